/* Does a surface file give back what was written, for every shape, and explain itself? */
#include "surface_fixture.h"

#include "blueshift/memory.h"

#include <netcdf.h>

static const char *path_of(const char *name)
{
    static char path[128];
    snprintf(path, sizeof path, "%s/%s", mpi_test_folder, name);
    return path;
}

static bool same_variable(const bs_variable *a, const bs_variable *b)
{
    return strcmp(a->name, b->name) == 0 && strcmp(a->long_name, b->long_name) == 0 &&
           strcmp(a->units, b->units) == 0;
}

static bool same_array(const bs_array *a, const bs_array *b)
{
    bool same = same_variable(&a->variable, &b->variable) && a->kind == b->kind &&
                a->ndim == b->ndim && (a->comment == NULL) == (b->comment == NULL) &&
                (a->comment == NULL || strcmp(a->comment, b->comment) == 0);
    for (int i = 0; i < a->ndim && same; i++) {
        same =
            strcmp(a->dims[i].name, b->dims[i].name) == 0 && a->dims[i].length == b->dims[i].length;
    }
    return same;
}

static bool same_schema(const bs_surface_schema *a, const bs_surface_schema *b)
{
    bool same = a->grid.ndim == b->grid.ndim && a->networks == b->networks &&
                a->realisations == b->realisations && a->value_count == b->value_count &&
                a->scalar_count == b->scalar_count && a->array_count == b->array_count &&
                a->spectrum_of == b->spectrum_of &&
                strcmp(a->spectrum_units, b->spectrum_units) == 0;
    for (int i = 0; i < a->grid.ndim && same; i++) {
        const bs_axis *x = &a->grid.axis[i];
        const bs_axis *y = &b->grid.axis[i];
        same = x->from == y->from && x->to == y->to && x->points == y->points &&
               x->endpoint == y->endpoint && same_variable(&a->axes[i], &b->axes[i]);
    }
    for (int i = 0; i < a->networks && same; i++) {
        same = strcmp(a->network_names[i], b->network_names[i]) == 0;
    }
    for (int i = 0; i < a->value_count && same; i++) {
        same = same_variable(&a->values[i], &b->values[i]);
    }
    for (int i = 0; i < a->scalar_count && same; i++) {
        same = same_variable(&a->scalars[i], &b->scalars[i]);
    }
    for (int i = 0; i < a->array_count && same; i++) {
        same = same_array(&a->arrays[i], &b->arrays[i]);
    }
    return same;
}

/* Ranks take turns with pieces of a few points (more of a long line), so that pieces begin and end
 * anywhere. */
static bs_status write_pieces(const bs_comm *world, bs_surface *surface)
{
    int64_t points = bs_surface_points(surface);
    bs_status status = BS_OK;
    int64_t length = 1;
    int64_t longer = 1 + points / 1000;
    for (int64_t first = 0, piece = 0; first < points && status == BS_OK; piece++) {
        int64_t count = first + length <= points ? length : points - first;
        if (piece % world->size == world->rank) {
            status = fixture_write(surface, (bs_range){first, count});
        }
        first += count;
        length = length % (11 * longer) + longer;
    }
    return bs_agree(world, status);
}

static bool all_pending(bs_surface *surface)
{
    int64_t points = bs_surface_points(surface);
    uint8_t *status = malloc((size_t)points);
    memset(status, 9, (size_t)points);
    bool good = bs_surface_read_status(surface, (bs_range){0, points}, status) == BS_OK;
    for (int64_t i = 0; i < points && good; i++) {
        good = status[i] == BS_POINT_PENDING;
    }
    free(status);
    return good;
}

static void test_reopen(const bs_comm *comm, const char *path, const bs_surface_schema *schema)
{
    bs_surface *surface = NULL;
    bs_status opened = bs_surface_open_read(comm, path, &surface);
    bool good = opened == BS_OK && same_schema(bs_surface_get_schema(surface), schema) &&
                fixture_holds(surface, (bs_range){0, bs_surface_points(surface)});
    bs_surface_close(surface);
    mpi_test_check(good, "the same values read back by another number of ranks");
}

static void test_shape(const bs_comm *world, const bs_surface_schema *schema, const char *what)
{
    const char *path = path_of("shape.nc");
    bs_surface *surface = NULL;
    bs_status status = fixture_create(world, path, schema, &surface);
    if (!mpi_test_check(status == BS_OK, "%s: created and opened", what)) {
        return;
    }
    int64_t points = bs_grid_points(&schema->grid) * schema->networks * schema->realisations;
    mpi_test_check(same_schema(bs_surface_get_schema(surface), schema), "the schema comes back");
    mpi_test_check(bs_surface_points(surface) == points, "%lld points", (long long)points);
    mpi_test_check(all_pending(surface), "all points are pending");
    MPI_Barrier(world->mpi);
    mpi_test_check(write_pieces(world, surface) == BS_OK, "written piece by piece");
    MPI_Barrier(world->mpi);
    mpi_test_check(fixture_holds(surface, (bs_range){0, points}), "every rank reads every bit");
    int64_t middle = points / 2;
    mpi_test_check(fixture_holds(surface, (bs_range){middle, points - middle}), "and a part of it");
    mpi_test_check(bs_surface_sync(surface) == BS_OK, "flushed to the disk");
    mpi_test_check(bs_surface_close(surface) == BS_OK, "closed");

    bs_comm half;
    MPI_Comm split = MPI_COMM_NULL;
    MPI_Comm_split(world->mpi, world->rank % 2, world->rank, &split);
    mpi_test_check(bs_comm_adopt(split, &half) == BS_OK, "half of the ranks");
    test_reopen(&half, path, schema);
    bs_comm_release(&half);
    mpi_test_remove(world, path);
}

static void test_shapes(const bs_comm *world)
{
    static const int64_t one[] = {1, 1, 1};
    static const int64_t odd[] = {51, 31, 2};
    static const int64_t cube[] = {7, 5, 3};
    static const int64_t few[] = {3, 1, 2};
    static const int64_t many[] = {200003, 1, 1};
    bs_surface_schema schema = fixture_schema(1, one, 1, 1);
    test_shape(world, &schema, "a single point");
    schema = fixture_schema(1, few, 1, 1);
    test_shape(world, &schema, "3 points");
    schema = fixture_schema(1, odd, 3, 1);
    test_shape(world, &schema, "lines of 3 networks");
    schema = fixture_schema(2, odd, 1, 1);
    test_shape(world, &schema, "51x31");
    schema = fixture_schema(2, odd, 2, 3);
    test_shape(world, &schema, "51x31, 2 networks, 3 realisations");
    schema = fixture_schema(3, cube, 1, 4);
    test_shape(world, &schema, "7x5x3, 4 realisations");
    schema = fixture_schema(3, few, 2, 1);
    schema.spectrum_of = -1;
    schema.spectrum_units = "";
    schema.scalar_count = 0;
    test_shape(world, &schema, "3x1x2 without scalars and spectrum");
    schema = fixture_schema(1, many, 1, 1);
    test_shape(world, &schema, "a line longer than one transfer");
}

/* What another program reads: serial NetCDF on rank 0. */
static bool read_foreign(const char *path, const char *name, double *values)
{
    int file = 0;
    int variable = 0;
    int code = nc_open(path, NC_NOWRITE, &file);
    if (code != NC_NOERR) {
        return false;
    }
    code = nc_inq_varid(file, name, &variable);
    if (code == NC_NOERR) {
        code = nc_get_var_double(file, variable, values);
    }
    nc_close(file);
    return code == NC_NOERR;
}

static bool spectrum_is_right(const char *path)
{
    /* (realisation 2, ky 3, kx 3) of a 4 x 3 plane. */
    double real[18];
    double imag[18];
    double kx[3];
    double ky[3];
    bool good = read_foreign(path, "train_loss_spectrum_real", real) &&
                read_foreign(path, "train_loss_spectrum_imag", imag) &&
                read_foreign(path, "kx", kx) && read_foreign(path, "ky", ky);
    for (int i = 0; i < 18 && good; i++) {
        good = i < 9 ? real[i] == NC_FILL_DOUBLE && imag[i] == NC_FILL_DOUBLE
                     : real[i] == i && imag[i] == -2.0 * i;
    }
    /* x: -1 to 1.25 in 4 samples, step 0.75; y: -2 to 2.25 in 3 without the end. */
    return good && kx[0] == 0.0 && fabs(kx[1] - 1.0 / 3.0) < 1e-15 &&
           fabs(kx[2] - 2.0 / 3.0) < 1e-15 && ky[0] == 0.0 && fabs(ky[1] - 1.0 / 4.25) < 1e-15 &&
           fabs(ky[2] + 1.0 / 4.25) < 1e-15;
}

static void test_spectrum(const bs_comm *world)
{
    static const int64_t shape[] = {4, 3};
    const char *path = path_of("spectrum.nc");
    bs_surface_schema schema = fixture_schema(2, shape, 1, 2);
    bs_surface *surface = NULL;
    bs_status status = fixture_create(world, path, &schema, &surface);
    if (!mpi_test_check(status == BS_OK, "a file for spectra")) {
        return;
    }
    double complex spectrum[9];
    for (int i = 0; i < 9; i++) {
        spectrum[i] = CMPLX(9 + i, -2.0 * (9 + i));
    }
    bs_range rows = bs_partition_block(3, world->size, world->rank);
    status = bs_surface_write_spectrum(surface, 0, 1, rows, spectrum + 3 * rows.first);
    mpi_test_check(status == BS_OK, "rows of a spectrum, some ranks with none");
    mpi_test_check(bs_surface_close(surface) == BS_OK, "closed");
    mpi_test_check(world->rank != 0 || spectrum_is_right(path),
                   "spectrum and wavenumbers as another program reads them");
    mpi_test_remove(world, path);
}

static void test_turn(const bs_comm *world)
{
    static const int64_t shape[] = {8};
    const char *path = path_of("period.nc");
    bs_surface_schema schema = fixture_schema(1, shape, 1, 1);
    schema.grid.axis[0] = (bs_axis){0.0, 6.283185307179586, 8, false};
    schema.axes[0].units = "radian";
    bs_surface *surface = NULL;
    bs_status status = fixture_create(world, path, &schema, &surface);
    double complex spectrum[5] = {1.0, 2.0, 3.0, 4.0, CMPLX(0.0, 5.0)};
    if (status == BS_OK && world->rank == world->size - 1) {
        status = bs_surface_write_spectrum(surface, 0, 0, (bs_range){0, 8}, spectrum);
    }
    bs_surface_close(surface);
    mpi_test_check(status == BS_OK, "the spectrum of a ring, written by one rank");
    double k[5] = {0};
    double imag[5] = {0};
    bool good = world->rank != 0 || (read_foreign(path, "kx", k) &&
                                     read_foreign(path, "train_loss_spectrum_imag", imag) &&
                                     k[1] == 1.0 && k[4] == 4.0 && imag[4] == 5.0);
    mpi_test_check(good, "the wavenumbers of a period are integers");
    mpi_test_remove(world, path);
}

static void test_items(const bs_comm *world, bs_surface *surface)
{
    const bs_surface_schema *schema = bs_surface_get_schema(surface);
    int sets = schema->networks * schema->realisations;
    bs_status status = BS_OK;
    for (int i = world->rank; i < sets && status == BS_OK; i += world->size) {
        const double scalars[FIXTURE_ITEMS] = {i + 0.5, -i};
        status = bs_surface_write_scalars(surface, i / schema->realisations,
                                          i % schema->realisations, scalars);
    }
    status = bs_agree(world, status);
    bool good = status == BS_OK;
    for (int i = 0; i < sets && good; i++) {
        double scalars[FIXTURE_ITEMS] = {0.0};
        good = bs_surface_read_scalars(surface, i / schema->realisations, i % schema->realisations,
                                       scalars) == BS_OK &&
               scalars[0] == i + 0.5 && scalars[1] == -i;
    }
    mpi_test_check(good, "scalars of every network and realisation");
}

static void test_attribute(bs_surface *surface, const char *name, const char *wanted)
{
    char *text = NULL;
    bs_status status = bs_surface_attribute(surface, name, &text);
    bool good = status == BS_OK && (wanted == NULL) == (text == NULL) &&
                (wanted == NULL || strcmp(text, wanted) == 0);
    mpi_test_check(good, "attribute %s is %s", name, wanted == NULL ? "absent" : wanted);
    bs_free(text);
}

/* A status that reached the disk without its values, as after a loss of power. */
static void test_lost_values(const bs_comm *world, bs_surface *surface)
{
    double lost[2 * FIXTURE_POINT] = {1.0, NC_FILL_DOUBLE, 2.0};
    lost[FIXTURE_POINT + FIXTURE_VALUES + 5] = NC_FILL_DOUBLE; /* the last logit */
    const uint8_t done[2] = {BS_POINT_DONE, BS_POINT_DONE};
    bs_status status = BS_OK;
    if (world->rank == 0) {
        status = bs_surface_write_points(surface, (bs_range){1, 2}, lost, done);
    }
    status = bs_agree(world, status);
    uint8_t found[3] = {9, 9, 9};
    mpi_test_check(status == BS_OK &&
                       bs_surface_read_status(surface, (bs_range){0, 3}, found) == BS_OK &&
                       found[1] == BS_POINT_PENDING && found[2] == BS_POINT_PENDING,
                   "points of which a value or a row is missing are pending again");
}

static void test_details(const bs_comm *world)
{
    static const int64_t shape[] = {2, 2};
    const char *path = path_of("details.nc");
    bs_surface_schema schema = fixture_schema(2, shape, 2, 2);
    bs_surface *surface = NULL;
    bs_status status = fixture_create(world, path, &schema, &surface);
    if (!mpi_test_check(status == BS_OK, "a small file")) {
        return;
    }
    test_items(world, surface);
    test_attribute(surface, "title", "a test");
    test_attribute(surface, "seed", "12345678901");
    test_attribute(surface, "empty", "");
    test_attribute(surface, "Conventions", "CF-1.8");
    test_attribute(surface, "nothing", NULL);
    test_lost_values(world, surface);
    mpi_test_check(fixture_write(surface, (bs_range){15, 2}) == BS_ERR_INTERNAL,
                   "points outside the file are our bug");
    mpi_test_check(bs_surface_add_session(surface, 1.5) == BS_OK &&
                       bs_surface_add_session(surface, 2.0) == BS_OK &&
                       bs_surface_close(surface) == BS_OK,
                   "two sessions");
    double seconds = 0.0;
    double sessions = 0.0;
    mpi_test_check(world->rank != 0 ||
                       (read_foreign(path, "wall_time", &seconds) && seconds == 3.5 &&
                        read_foreign(path, "sessions", &sessions) && sessions == 2.0),
                   "wall time and sessions add up");
    mpi_test_check(bs_surface_close(NULL) == BS_OK, "closing nothing is fine");
    mpi_test_remove(world, path);
}

static void run_all(const bs_comm *world)
{
    test_shapes(world);
    test_spectrum(world);
    test_turn(world);
    test_details(world);
}

const mpi_test mpi_test_file = {.run = run_all};
