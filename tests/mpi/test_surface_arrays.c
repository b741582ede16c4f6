/* Do arrays of every kind come back, in every shape and number, and only where they may be? */
#include "surface_fixture.h"

#include <sys/stat.h>

#include <netcdf.h>

static const char *path_of(const char *name)
{
    static char path[128];
    snprintf(path, sizeof path, "%s/%s", mpi_test_folder, name);
    return path;
}

static bs_surface *make(const bs_comm *world, const char *path, const bs_surface_schema *schema)
{
    bs_surface *surface = NULL;
    if (bs_surface_create(world, path, schema) == BS_OK) {
        bs_surface_open(world, path, &surface);
    }
    return surface;
}

/* Whether rows [range) hold base, base + 1, ...; or the fill value when BASE is that. */
static bool rows_hold(bs_surface *surface, const char *name, bs_range range, double base)
{
    int array = bs_surface_find_array(surface, name);
    double rows[64];
    if (array < 0 || bs_surface_read_array(surface, array, range, rows) != BS_OK) {
        return false;
    }
    int64_t count = range.count * bs_array_row(&bs_surface_get_schema(surface)->arrays[array]);
    for (int i = 0; i < count; i++) {
        double wanted = base == NC_FILL_DOUBLE ? base : base + i;
        if (rows[i] != wanted) {
            return false;
        }
    }
    return true;
}

static bs_status write_rows(bs_surface *surface, const char *name, bs_range range, double base)
{
    double rows[64];
    for (int i = 0; i < 64; i++) {
        rows[i] = base + i;
    }
    return bs_surface_write_array(surface, bs_surface_find_array(surface, name), range, rows);
}

static void test_kinds(const bs_comm *world)
{
    static const int64_t shape[] = {3, 2};
    const char *path = path_of("kinds.nc");
    bs_surface_schema schema = fixture_schema(2, shape, 2, 3);
    bs_surface *surface = make(world, path, &schema);
    if (!mpi_test_check(surface != NULL, "a file with arrays of all kinds")) {
        return;
    }
    mpi_test_check(bs_surface_point_size(surface) == FIXTURE_POINT, "numbers of a point");
    mpi_test_check(rows_hold(surface, "block_norm", (bs_range){0, 6}, NC_FILL_DOUBLE) &&
                       rows_hold(surface, "share", (bs_range){0, 2}, NC_FILL_DOUBLE) &&
                       rows_hold(surface, "logits", (bs_range){30, 6}, NC_FILL_DOUBLE),
                   "the fill value before they are written");
    MPI_Barrier(world->mpi);
    /* Every rank its scalars; networks and global rows by the last and the first. */
    bs_status status = BS_OK;
    for (int i = world->rank; i < 6 && status == BS_OK; i += world->size) {
        status = write_rows(surface, "block_norm", (bs_range){i, 1}, 4.0 * i);
    }
    if (world->rank == world->size - 1 && status == BS_OK) {
        status = write_rows(surface, "share", (bs_range){0, 2}, 7.0);
        status =
            status == BS_OK ? write_rows(surface, "class_mean", (bs_range){1, 1}, -9.0) : status;
    }
    if (world->rank == 0 && status == BS_OK) {
        status = write_rows(surface, "block_width", (bs_range){0, 1}, 0.5);
    }
    mpi_test_check(bs_agree(world, status) == BS_OK, "rows are written by all ranks");
    mpi_test_check(rows_hold(surface, "block_norm", (bs_range){0, 6}, 0.0) &&
                       rows_hold(surface, "block_norm", (bs_range){4, 2}, 16.0) &&
                       rows_hold(surface, "share", (bs_range){0, 2}, 7.0) &&
                       rows_hold(surface, "class_mean", (bs_range){0, 1}, NC_FILL_DOUBLE) &&
                       rows_hold(surface, "class_mean", (bs_range){1, 1}, -9.0) &&
                       rows_hold(surface, "block_width", (bs_range){0, 1}, 0.5),
                   "and read by all ranks");
    mpi_test_check(write_rows(surface, "logits", (bs_range){0, 1}, 1.0) == BS_ERR_INTERNAL &&
                       write_rows(surface, "nothing", (bs_range){0, 1}, 1.0) == BS_ERR_INTERNAL &&
                       write_rows(surface, "share", (bs_range){1, 2}, 1.0) == BS_ERR_INTERNAL &&
                       write_rows(surface, "block_width", (bs_range){1, 1}, 1.0) == BS_ERR_INTERNAL,
                   "rows of points, of no array and outside it are refused");
    mpi_test_check(bs_surface_close(surface) == BS_OK, "closed");
    mpi_test_remove(world, path);
}

enum { MANY = 120, LONG = 3000 };

/* More arrays and longer texts than any buffer would hold. */
static void test_many(const bs_comm *world)
{
    static const int64_t shape[] = {5};
    static char names[MANY][64];
    static char comment[LONG + 1];
    const char *path = path_of("many.nc");
    bs_surface_schema schema = fixture_schema(1, shape, 3, 1);
    bs_array_list list = {0};
    memset(comment, 'c', LONG);
    bs_status status = BS_OK;
    for (int i = 0; i < MANY && status == BS_OK; i++) {
        snprintf(names[i], sizeof names[i], "an_array_with_quite_a_long_name_number_%d", i);
        bs_array array = {.variable = {names[i], comment, "1"},
                          .comment = comment,
                          .kind = (bs_array_kind)(i % 4),
                          .ndim = i % 3,
                          .dims = {{"row", 2}, {"column", 5}}};
        status = bs_array_list_add(&list, &array);
    }
    mpi_test_check(status == BS_OK && bs_array_list_add(&list, &list.arrays[7]) == BS_ERR_INTERNAL,
                   "a list takes each name once");
    schema.array_count = list.count;
    schema.arrays = list.arrays;
    bs_surface *surface = make(world, path, &schema);
    bool good = surface != NULL && bs_surface_get_schema(surface)->array_count == MANY;
    for (int i = 0; i < MANY && good; i++) {
        const bs_array *array = &bs_surface_get_schema(surface)->arrays[i];
        good = strcmp(array->variable.name, names[i]) == 0 &&
               strcmp(array->comment, comment) == 0 && array->kind == list.arrays[i].kind &&
               array->ndim == i % 3 && bs_surface_find_array(surface, names[i]) == i;
    }
    mpi_test_check(good, "%d arrays with texts of %d letters come back", MANY, LONG);
    struct stat file;
    int64_t expected = bs_surface_file_size(&schema);
    mpi_test_check(stat(path, &file) == 0 && (int64_t)file.st_size <= expected &&
                       expected < 2 * (int64_t)file.st_size,
                   "the file of %lld bytes was expected to take at most %lld",
                   (long long)file.st_size, (long long)expected);
    bs_surface_close(surface);
    bs_array_list_release(&list);
    mpi_test_check(list.count == 0 && list.arrays == NULL, "an empty list again");
    mpi_test_remove(world, path);
}

/* Rows longer than one transfer, and longer than half of one. */
static void test_long_rows(const bs_comm *world, int64_t length)
{
    static const int64_t shape[] = {3, 2};
    const char *path = path_of("long.nc");
    const bs_array arrays[] = {
        {{"short", "a number", "1"}, NULL, BS_ARRAY_POINT, 0, {{NULL, 0}}},
        {{"long", "many numbers", "1"}, NULL, BS_ARRAY_POINT, 1, {{"sample", length}}}};
    bs_surface_schema schema = fixture_schema(2, shape, 1, 1);
    schema.value_count = 1;
    schema.array_count = 2;
    schema.arrays = arrays;
    int64_t size = 2 + length;
    bs_surface *surface = make(world, path, &schema);
    double *values = calloc((size_t)(6 * size), sizeof *values);
    const uint8_t status[6] = {1, 1, 1, 1, 1, 1};
    for (int64_t i = 0; i < 6 * size; i++) {
        values[i] = (double)i / 3;
    }
    bs_range mine = bs_partition_block(6, world->size, world->rank);
    bs_status written =
        surface == NULL
            ? BS_ERR_IO
            : bs_surface_write_points(surface, mine, values + mine.first * size, status);
    bool good = bs_agree(world, written) == BS_OK && bs_surface_point_size(surface) == size;
    double *rows = calloc((size_t)(6 * length), sizeof *rows);
    uint8_t found[6] = {0};
    good = good && bs_surface_read_array(surface, 1, (bs_range){0, 6}, rows) == BS_OK &&
           bs_surface_read_status(surface, (bs_range){0, 6}, found) == BS_OK &&
           memcmp(found, status, sizeof found) == 0;
    for (int64_t i = 0; i < 6 && good; i++) {
        good = memcmp(rows + i * length, values + i * size + 2, (size_t)length * sizeof *rows) == 0;
    }
    mpi_test_check(good, "rows of %lld numbers", (long long)length);
    free(rows);
    free(values);
    bs_surface_close(surface);
    mpi_test_remove(world, path);
}

/* A schema that no file can have. */
static void refuse(const bs_comm *world, const bs_array *second, const char *what)
{
    static const int64_t shape[] = {3};
    const char *path = path_of("refused.nc");
    const bs_array arrays[] = {fixture_arrays[0], *second};
    bs_surface_schema schema = fixture_schema(1, shape, 1, 1);
    struct stat file;
    schema.array_count = 2;
    schema.arrays = arrays;
    mpi_test_check(bs_surface_create(world, path, &schema) == BS_ERR_INTERNAL &&
                       stat(path, &file) != 0,
                   "refused: %s", what);
}

static void test_refused(const bs_comm *world)
{
    const bs_variable name = {"a", "a", "1"};
    const bs_array other_length = {name, NULL, BS_ARRAY_GLOBAL, 1, {{"class", 4}}};
    const bs_array reserved = {name, NULL, BS_ARRAY_GLOBAL, 1, {{"network", 2}}};
    const bs_array empty = {name, NULL, BS_ARRAY_GLOBAL, 1, {{"none", 0}}};
    const bs_array of_grid = {name, NULL, BS_ARRAY_GLOBAL, 1, {{"x", 4}}};
    refuse(world, &other_length, "one dimension of two lengths");
    refuse(world, &reserved, "a dimension that says how many networks there are");
    refuse(world, &empty, "a dimension of length 0");
    refuse(world, &of_grid, "the grid's dimension with another length");
}

/* Changes the header of the file on rank 0: removes the list, or spoils a kind. */
static void spoil(const bs_comm *world, const char *path, bool list)
{
    MPI_Barrier(world->mpi);
    if (world->rank == 0) {
        int file = 0;
        int variable = 0;
        nc_open(path, NC_WRITE, &file);
        nc_redef(file);
        nc_inq_varid(file, "logits", &variable);
        if (list) {
            nc_del_att(file, NC_GLOBAL, "blueshift_arrays");
        } else {
            nc_put_att_text(file, variable, "blueshift_kind", 6, "strange");
        }
        nc_close(file);
    }
    MPI_Barrier(world->mpi);
}

static void test_headers(const bs_comm *world)
{
    static const int64_t shape[] = {4, 2};
    const char *path = path_of("header.nc");
    bs_surface_schema schema = fixture_schema(2, shape, 1, 1);
    bs_surface *surface = make(world, path, &schema);
    bs_surface_close(surface);
    spoil(world, path, false);
    mpi_test_check(surface != NULL && bs_surface_open(world, path, &surface) == BS_ERR_INPUT &&
                       strstr(bs_error_text(), "logits is of an unknown kind") != NULL,
                   "an array of a kind that nobody knows");
    spoil(world, path, true);
    mpi_test_check(bs_surface_open_read(world, path, &surface) == BS_OK &&
                       bs_surface_get_schema(surface)->array_count == 0 &&
                       bs_surface_point_size(surface) == FIXTURE_VALUES,
                   "a file from before there were arrays has none");
    bs_surface_close(surface);
    mpi_test_remove(world, path);
}

static void run_all(const bs_comm *world)
{
    test_kinds(world);
    test_many(world);
    test_long_rows(world, 40000);
    test_long_rows(world, 70001);
    test_refused(world);
    test_headers(world);
}

const mpi_test mpi_test_file = {.run = run_all};
