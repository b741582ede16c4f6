/* A result file whose values are given by a function, for tests of what is derived of it. */
#ifndef BLUESHIFT_ANALYSIS_FIXTURE_H
#define BLUESHIFT_ANALYSIS_FIXTURE_H

#include "blueshift/analysis.h"
#include "blueshift/backend.h"
#include "blueshift/observables.h"
#include "blueshift/rng.h"
#include "blueshift/statistics.h"
#include "mpi/result_file.h"

/* A file: of each point the loss and its standard error, and along a path perhaps logits. */
typedef struct made {
    bs_grid grid;
    bool radians; /* units of the axes: a full period without its end is a closed path */
    int networks, realisations;
    bs_attribute backend; /* what the file says of its backend; without a name: nothing */
    double (*loss)(int pair, int64_t point, const double coordinates[BS_GRID_DIMS]);
    double error;            /* loss_stderr */
    int64_t images, classes; /* logits; 0: none */
    double (*logit)(int pair, double x, int64_t channel);
    int64_t pending; /* index of a point that is left out; -1: none */
} made;

/* Adds arrays of logits, and those of the analysis, to SCHEMA; LIST holds them. */
static inline bs_status made_list_arrays(const made *m, bool with_analysis,
                                         bs_surface_schema *schema, bs_array_list *list)
{
    const bs_array logits = {.variable = {BS_LOGITS, "logits", "1"},
                             .kind = BS_ARRAY_POINT,
                             .ndim = 2,
                             .dims = {{"image", m->images}, {"class", m->classes}}};
    bs_status status = m->images > 0 ? bs_array_list_add(list, &logits) : BS_OK;
    schema->array_count = list->count;
    schema->arrays = &logits; /* not those of the list, which grows meanwhile */
    if (status == BS_OK && with_analysis) {
        status = bs_analysis_list_arrays(schema, list);
    }
    schema->array_count = list->count;
    schema->arrays = list->arrays;
    return status;
}

/* Writes every point of surface ITEM but the one left out. */
static inline bs_status made_fill_item(bs_surface *surface, const made *m, int pair, double *rows,
                                       const uint8_t *done)
{
    const int64_t size = bs_surface_point_size(surface);
    const int64_t points = bs_grid_points(&m->grid);
    const int64_t first = pair * points;
    for (int64_t i = 0; i < points; i++) {
        double coordinates[BS_GRID_DIMS];
        double *row = rows + i * size;
        bs_grid_coordinates(&m->grid, i, coordinates);
        row[0] = m->loss(pair, i, coordinates);
        row[1] = m->error;
        for (int64_t c = 0; c < size - 2; c++) {
            row[2 + c] = m->logit(pair, coordinates[0], c);
        }
    }
    bool all = m->pending < first || m->pending >= first + points;
    const int64_t before = all ? points : m->pending - first;
    BS_TRY(bs_surface_write_points(surface, (bs_range){first, before}, rows, done));
    const int64_t after = all ? 0 : points - before - 1;
    return after == 0 ? BS_OK
                      : bs_surface_write_points(surface, (bs_range){m->pending + 1, after},
                                                rows + (before + 1) * size, done);
}

/* Writes the file. One rank. */
static inline bs_status made_fill(bs_surface *surface, const void *content)
{
    const made *m = content;
    const size_t points = (size_t)bs_grid_points(&m->grid);
    double *rows = bs_alloc(points * (size_t)bs_surface_point_size(surface), sizeof *rows);
    uint8_t *done = bs_alloc(points, 1);
    bs_status status = rows == NULL || done == NULL ? BS_ERR_MEMORY : BS_OK;
    if (status == BS_OK) {
        memset(done, BS_POINT_DONE, points);
    }
    for (int pair = 0; pair < m->networks * m->realisations && status == BS_OK; pair++) {
        status = made_fill_item(surface, m, pair, rows, done);
    }
    bs_free(rows);
    bs_free(done);
    return status;
}

/* Makes the file and opens it. Collective. */
static inline bs_surface *made_open(const bs_comm *comm, const made *m, bool with_analysis)
{
    static const bs_variable values[] = {{"train_loss", "loss", "1"},
                                         {"loss_stderr", "standard error of the loss", "1"}};
    bs_surface_schema schema =
        result_schema(&m->grid, m->radians ? "radian" : "1", m->networks, m->realisations);
    schema.value_count = 2;
    schema.values = values;
    schema.spectrum_of = 0;
    schema.attribute_count = m->backend.name != NULL ? 1 : 0;
    schema.attributes = &m->backend;
    bs_array_list list = {0};
    bs_surface *surface = NULL;
    bs_status status = made_list_arrays(m, with_analysis, &schema, &list);
    if (status == BS_OK) {
        status = result_make(comm, &schema, made_fill, m, &surface);
    }
    bs_array_list_release(&list);
    if (status != BS_OK) {
        fprintf(stderr, "# rank %d: %s\n", comm->rank, bs_error_text());
        MPI_Abort(MPI_COMM_WORLD, 1);
    }
    return surface;
}

/* Row ROW of array NAME on every rank. For bs_free. Collective. */
static inline double *made_row(const bs_comm *comm, bs_surface *surface, const char *name,
                               int64_t row, int64_t *count)
{
    MPI_Barrier(comm->mpi);
    double *data = result_row(surface, name, row, count);
    if (data == NULL) {
        fprintf(stderr, "# %s: %s\n", name, bs_error_text());
        abort();
    }
    return data;
}

/* A single number. */
static inline double made_number(const bs_comm *comm, bs_surface *surface, const char *name,
                                 int64_t row)
{
    int64_t count = 0;
    double *data = made_row(comm, surface, name, row, &count);
    double number = count == 1 ? data[0] : -1e300;
    bs_free(data);
    return number;
}

/* Whether A and B agree to TOLERANCE, relative above 1; two NaN do. */
static inline bool made_close(double a, double b, double tolerance)
{
    return (isnan(a) && isnan(b)) || fabs(a - b) <= tolerance * fmax(1.0, fabs(b));
}

/* ---- surfaces to analyse ---- */

static const bs_analysis_options plain = {
    .window = BS_WINDOW_NONE, .cutoff = 0.5, .tail = {0.25, 0.75}};
static const bs_analysis_options hann = {
    .window = BS_WINDOW_HANN, .cutoff = 0.5, .tail = {0.25, 0.75}};

static inline bs_axis made_unit_axis(int64_t points)
{
    return (bs_axis){.from = -0.5, .to = 0.5, .points = points};
}

static inline bs_grid made_unit_grid(int ndim, int64_t nx, int64_t ny, int64_t nz)
{
    return (bs_grid){.ndim = ndim,
                     .axis = {made_unit_axis(nx), made_unit_axis(ny), made_unit_axis(nz)}};
}

static inline bs_grid made_period_grid(int64_t points)
{
    return (bs_grid){.ndim = 1, .axis = {{.from = 0.0, .to = 2.0 * BS_PI, .points = points}}};
}

/* Two waves on a mean, in cycles per unit: (3, 4, 0) and (0, 0, 2); of a path 3 alone. */
static inline double made_waves(int pair, int64_t point, const double c[BS_GRID_DIMS])
{
    (void)pair;
    (void)point;
    return 5.0 + 0.75 * cos(2 * BS_PI * (3 * c[0] - 4 * c[1]) + 0.4) +
           0.5 * cos(2 * BS_PI * 2 * c[2]);
}

static inline double made_harmonics(int pair, int64_t point, const double c[BS_GRID_DIMS])
{
    (void)point;
    return 1.0 + pair + 0.75 * cos(3 * c[0] + 0.1) + 0.25 * sin(7 * c[0]);
}

static inline double made_noise(int pair, int64_t point, const double c[BS_GRID_DIMS])
{
    double x = 0.0;
    bs_rng rng = {.seed = 7, .stream = BS_STREAM_TEST, .item = (uint32_t)pair};
    (void)c;
    bs_rng_normal(&rng, (uint64_t)point * 4, 1, &x);
    return 2.0 + 0.1 * x;
}

static inline bs_surface *made_analysed(const bs_comm *comm, const made *m,
                                        const bs_analysis_options *options)
{
    int skipped = -1;
    bs_surface *surface = made_open(comm, m, true);
    bs_status status = bs_analysis_run(comm, surface, options, &skipped);
    mpi_test_check(status == BS_OK && skipped == (m->pending >= 0), "%d axes are analysed",
                   m->grid.ndim);
    return surface;
}

#endif
