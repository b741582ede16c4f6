/* Does a copy of a file hold everything that the sweep wrote, and nothing else? */
#include "surface_fixture.h"

#include <netcdf.h>

/* The fixture's file with its first POINTS points, scalars and two sessions. */
static bs_surface *make_source(const bs_comm *world, const char *path, int64_t points)
{
    static const int64_t shape[] = {7, 5};
    const double scalars[FIXTURE_ITEMS] = {3.5, -4.5};
    bs_surface_schema schema = fixture_schema(2, shape, 2, 2);
    bs_surface *surface = NULL;
    bs_status status = fixture_create(world, path, &schema, &surface);
    bs_range mine = bs_partition_block(points, world->size, world->rank);
    status = status == BS_OK ? fixture_write(surface, mine) : status;
    if (status == BS_OK && world->rank == 0) {
        status = bs_surface_write_scalars(surface, 1, 0, scalars);
    }
    if (status == BS_OK && world->rank == 0) {
        status = bs_surface_write_array(surface, bs_surface_find_array(surface, "share"),
                                        (bs_range){0, 2}, scalars);
    }
    status = bs_agree(world, status);
    status = status == BS_OK ? bs_surface_add_session(surface, 1.5) : status;
    status = status == BS_OK ? bs_surface_add_session(surface, 2.0) : status;
    bs_surface_close(surface);
    surface = NULL;
    if (status == BS_OK) {
        bs_surface_open_read(world, path, &surface);
    }
    return surface;
}

/* A new file for FROM's raw content, its arrays in another order after one of its own. */
static bs_surface *make_target(const bs_comm *world, const char *path, bs_surface *from)
{
    const bs_array own = {
        {"derived", "of an analysis", "1"}, NULL, BS_ARRAY_NETWORK, 0, {{NULL, 0}}};
    bs_surface_schema schema = *bs_surface_get_schema(from);
    bs_array_list list = {0};
    bs_status status = bs_array_list_add(&list, &own);
    for (int a = schema.array_count - 1; a >= 0 && status == BS_OK; a--) {
        if (schema.arrays[a].kind == BS_ARRAY_POINT) {
            status = bs_array_list_add(&list, &schema.arrays[a]);
        }
    }
    schema.array_count = list.count;
    schema.arrays = list.arrays;
    bs_surface *surface = NULL;
    status = status == BS_OK ? bs_surface_create(world, path, &schema) : status;
    status = status == BS_OK ? bs_surface_open(world, path, &surface) : status;
    bs_array_list_release(&list);
    return surface;
}

/* What other programs see: sessions, their time, and a number that is still a number. */
static bool small_things_hold(const char *path)
{
    int file = 0;
    int variable = 0;
    int sessions = 0;
    double seconds = 0.0;
    double seed = 0.0;
    nc_type type = NC_NAT;
    bool good = nc_open(path, NC_NOWRITE, &file) == NC_NOERR &&
                nc_inq_varid(file, "sessions", &variable) == NC_NOERR &&
                nc_get_var_int(file, variable, &sessions) == NC_NOERR && sessions == 2 &&
                nc_inq_varid(file, "wall_time", &variable) == NC_NOERR &&
                nc_get_var_double(file, variable, &seconds) == NC_NOERR && seconds == 3.5 &&
                nc_inq_atttype(file, NC_GLOBAL, "seed", &type) == NC_NOERR && type == NC_DOUBLE &&
                nc_get_att_double(file, NC_GLOBAL, "seed", &seed) == NC_NOERR &&
                seed == 12345678901.0 &&
                nc_inq_atttype(file, NC_GLOBAL, "blueshift_format", &type) == NC_NOERR &&
                type == NC_INT && nc_inq_varid(file, "share", &variable) == NC_ENOTVAR;
    nc_close(file);
    return good;
}

static bool rest_is_pending(bs_surface *surface, int64_t first)
{
    int64_t points = bs_surface_points(surface);
    uint8_t *status = calloc((size_t)points, 1);
    bool good = bs_surface_read_status(surface, (bs_range){first, points - first}, status) == BS_OK;
    for (int64_t i = 0; i < points - first && good; i++) {
        good = status[i] == BS_POINT_PENDING;
    }
    free(status);
    return good;
}

static void test_copy(const bs_comm *world, int64_t points)
{
    char source[80];
    char target[80];
    snprintf(source, sizeof source, "%s/source.nc", mpi_test_folder);
    snprintf(target, sizeof target, "%s/target.nc", mpi_test_folder);
    bs_surface *from = make_source(world, source, points);
    bs_surface *to = from == NULL ? NULL : make_target(world, target, from);
    if (!mpi_test_check(to != NULL, "a file with %lld points and an empty one",
                        (long long)points)) {
        return;
    }
    mpi_test_check(bs_surface_copy_raw(from, to) == BS_OK, "copied");
    mpi_test_check(fixture_holds(to, (bs_range){0, points}), "every number and status, bit by bit");
    mpi_test_check(rest_is_pending(to, points), "the rest is pending");
    double scalars[FIXTURE_ITEMS];
    double none[FIXTURE_ITEMS];
    double derived[2];
    bool good = bs_surface_read_scalars(to, 1, 0, scalars) == BS_OK && scalars[0] == 3.5 &&
                scalars[1] == -4.5 && bs_surface_read_scalars(to, 0, 1, none) == BS_OK &&
                none[0] == NC_FILL_DOUBLE &&
                bs_surface_read_array(to, 0, (bs_range){0, 2}, derived) == BS_OK &&
                derived[0] == NC_FILL_DOUBLE && derived[1] == NC_FILL_DOUBLE;
    mpi_test_check(good, "scalars are there, other arrays are empty");
    bs_surface_close(from);
    mpi_test_check(bs_surface_close(to) == BS_OK, "closed");
    mpi_test_check(world->rank != 0 || small_things_hold(target),
                   "sessions and the types of attributes");
    mpi_test_remove(world, source);
    mpi_test_remove(world, target);
}

/* Copies into a file of another shape, or of other arrays. */
static void refuse(const bs_comm *world, bs_surface *from, bs_surface_schema schema,
                   const char *what)
{
    char target[80];
    snprintf(target, sizeof target, "%s/target.nc", mpi_test_folder);
    bs_surface *to = NULL;
    bs_status status = fixture_create(world, target, &schema, &to);
    status = status == BS_OK ? bs_surface_copy_raw(from, to) : status;
    mpi_test_check(status == BS_ERR_INTERNAL && strstr(bs_error_text(), "differ in") != NULL,
                   "refused: %s", what);
    bs_surface_close(to);
    mpi_test_remove(world, target);
}

static void test_refused(const bs_comm *world)
{
    char source[80];
    snprintf(source, sizeof source, "%s/source.nc", mpi_test_folder);
    bs_surface *from = make_source(world, source, 3);
    if (!mpi_test_check(from != NULL, "a file to copy")) {
        return;
    }
    bs_surface_schema schema = *bs_surface_get_schema(from);
    schema.grid.axis[0].points++;
    refuse(world, from, schema, "another grid");
    schema = *bs_surface_get_schema(from);
    schema.value_count--;
    refuse(world, from, schema, "fewer values");
    schema = *bs_surface_get_schema(from);
    schema.scalar_count--;
    refuse(world, from, schema, "fewer scalars");
    schema = *bs_surface_get_schema(from);
    schema.array_count = 0;
    refuse(world, from, schema, "no arrays");
    bs_array arrays[FIXTURE_ARRAYS];
    memcpy(arrays, fixture_arrays, sizeof arrays);
    arrays[0].variable.name = "other";
    schema = *bs_surface_get_schema(from);
    schema.arrays = arrays;
    refuse(world, from, schema, "an array of another name");
    bs_surface_close(from);
    mpi_test_remove(world, source);
}

static void run_all(const bs_comm *world)
{
    test_copy(world, 140);
    test_copy(world, 11);
    test_refused(world);
}

const mpi_test mpi_test_file = {.run = run_all};
