/* Sweeps of surfaces in closed form, without a network: run one, then read its file back. */
#ifndef BLUESHIFT_TESTS_CLOSED_FORM_H
#define BLUESHIFT_TESTS_CLOSED_FORM_H

#include <netcdf.h>

#include "blueshift/analysis.h"
#include "blueshift/sweep.h"
#include "mpi/result_file.h"

/* Values of a point: the loss, and the coordinates that the evaluator was given. */
enum { FORM_LOSS, FORM_X, FORM_Y, FORM_Z, FORM_VALUES };

typedef struct closed_form closed_form;

/* A surface to sweep. Zero means: one block, every point can be evaluated. */
struct closed_form {
    double (*loss)(const closed_form *form, const bs_point *point);
    double parameter[8];
    bool (*fails)(const bs_point *point);
    int failing_block; /* the block that cannot be evaluated where FAILS says so */
    int blocks;
    int64_t evaluations; /* points this rank was asked for */
    int64_t together;    /* of them, those that came with others and were done */
    int network;         /* what prepare was called for */
    int realisation;
};

/* What to run. */
typedef struct form_run {
    bs_grid grid;
    int networks, realisations, shards;
    bool on_demand;
    int batch; /* points at once that the evaluator asks for; 0: none but one by one */
    bs_window window;
} form_run;

/* Share of a point's loss in BLOCK: sums of these depend on their order in the last bits. */
static inline double form_share(double loss, int block)
{
    return loss / (1.0 + 0.7 * block);
}

static inline bs_status form_prepare(void *context, const bs_comm *group, int network,
                                     int realisation, double *scalars)
{
    closed_form *form = context;
    (void)group;
    form->network = network;
    form->realisation = realisation;
    if (scalars != NULL) {
        scalars[0] = 100.0 * network + realisation;
    }
    return BS_OK;
}

static inline bs_status form_evaluate(void *context, const bs_point *point, int first, int count,
                                      double *partials)
{
    closed_form *form = context;
    form->evaluations++;
    if (form->network != point->network || form->realisation != point->realisation) {
        return BS_FAIL(BS_ERR_INTERNAL, "evaluated before it was prepared");
    }
    bool holds = first <= form->failing_block && form->failing_block < first + count;
    if (holds && form->fails != NULL && form->fails(point)) {
        return BS_FAIL(BS_ERR_LIBRARY, "this point fails on purpose");
    }
    for (int b = 0; b < count; b++) {
        double *partial = partials + (size_t)b * FORM_VALUES;
        partial[FORM_LOSS] = form_share(form->loss(form, point), first + b);
        memcpy(partial + FORM_X, point->coordinates, sizeof point->coordinates);
    }
    return BS_OK;
}

/* Several points at once; none of them counts when one cannot be evaluated. */
static inline bs_status form_evaluate_batch(void *context, const bs_point *points, int point_count,
                                            int first, int count, double *partials)
{
    closed_form *form = context;
    const int64_t before = form->evaluations;
    if (point_count < 2) {
        return BS_FAIL(BS_ERR_INTERNAL, "a batch of %d points", point_count);
    }
    for (int i = 0; i < point_count; i++) {
        size_t place = (size_t)i * (size_t)count * FORM_VALUES;
        bs_status status = form_evaluate(context, &points[i], first, count, partials + place);
        if (status != BS_OK) {
            form->evaluations = before;
            return status;
        }
    }
    form->together += point_count;
    return BS_OK;
}

static inline void form_reduce(const void *context, const double *partials, double *values)
{
    const closed_form *form = context;
    memcpy(values, partials, FORM_VALUES * sizeof *values);
    for (int b = 1; b < form->blocks; b++) {
        values[FORM_LOSS] += partials[(size_t)b * FORM_VALUES + FORM_LOSS];
    }
}

/* The loss that a file must hold: the shares of all blocks in their order. */
static inline double form_expected(const closed_form *form, const bs_point *point)
{
    double sum = form_share(form->loss(form, point), 0);
    for (int b = 1; b < form->blocks; b++) {
        sum += form_share(form->loss(form, point), b);
    }
    return sum;
}

static inline bs_status form_create(const bs_comm *world, const form_run *run)
{
    static const bs_variable values[] = {{"loss", "loss", "1"},
                                         {"seen_x", "x of the evaluation", "1"},
                                         {"seen_y", "y of the evaluation", "1"},
                                         {"seen_z", "z of the evaluation", "1"}};
    static const bs_variable scalars[] = {{"item", "number of the item", "1"}};
    bs_surface_schema schema = result_schema(&run->grid, "1", run->networks, run->realisations);
    schema.value_count = FORM_VALUES;
    schema.values = values;
    schema.scalar_count = 1;
    schema.scalars = scalars;
    schema.spectrum_of = FORM_LOSS;
    return result_create(world, &schema);
}

/* One session on the existing file: all that is pending, then the spectra. Collective. */
static inline bs_status form_sweep(const bs_comm *world, const form_run *run, closed_form *form,
                                   bs_sweep_report *summary, int *skipped)
{
    const bs_evaluator evaluator = {.context = form,
                                    .blocks = form->blocks,
                                    .partials = FORM_VALUES,
                                    .values = FORM_VALUES,
                                    .scalars = 1,
                                    .prepare = form_prepare,
                                    .evaluate = form_evaluate,
                                    .batch = run->batch,
                                    .evaluate_batch = run->batch > 0 ? form_evaluate_batch : NULL,
                                    .reduce = form_reduce};
    const bs_sweep_options options = {
        .on_demand = run->on_demand, .start = MPI_Wtime(), .flush_interval = 0.1};
    bs_groups groups;
    bs_surface *surface = NULL;
    form->evaluations = 0;
    form->together = 0;
    form->network = -1;
    BS_TRY(bs_groups_create(world, run->shards, &groups));
    bs_status status = bs_surface_open(world, mpi_test_result, &surface);
    if (status == BS_OK) {
        status = bs_sweep_run(&groups, surface, &evaluator, &options, summary);
    }
    if (status == BS_OK) {
        const bs_analysis_options analysis = {
            .window = run->window, .cutoff = 0.5, .tail = {0.25, 0.75}};
        status = bs_analysis_run(world, surface, &analysis, skipped);
    }
    bs_status closed = bs_surface_close(surface);
    bs_groups_release(&groups);
    return status != BS_OK ? status : closed;
}

/* Makes the file again and runs one session; whether all of it went well. Collective. */
static inline bool form_do(const bs_comm *world, const form_run *run, closed_form *form,
                           bs_sweep_report *summary, int *skipped)
{
    form->blocks = form->blocks == 0 ? 1 : form->blocks;
    bs_status status = form_create(world, run);
    if (status == BS_OK) {
        status = form_sweep(world, run, form, summary, skipped);
    }
    return mpi_test_check(status == BS_OK, "a sweep of %d axes runs, %d shards", run->grid.ndim,
                          run->shards);
}

/* The whole variable NAME as doubles, read by plain NetCDF and not by our own reader; NULL unless
 * it has COUNT elements. For bs_free. */
static inline double *form_read(const char *name, size_t count)
{
    int file = -1;
    int id = -1;
    int ndim = 0;
    int dims[NC_MAX_VAR_DIMS];
    size_t elements = 1;
    double *values = bs_alloc(count, sizeof *values);
    int code = nc_open(mpi_test_result, NC_NOWRITE, &file);
    code = code == NC_NOERR ? nc_inq_varid(file, name, &id) : code;
    code = code == NC_NOERR ? nc_inq_var(file, id, NULL, NULL, &ndim, dims, NULL) : code;
    for (int d = 0; d < ndim && code == NC_NOERR; d++) {
        size_t length = 0;
        code = nc_inq_dimlen(file, dims[d], &length);
        elements *= length;
    }
    code = code == NC_NOERR && elements == count ? nc_get_var_double(file, id, values) : NC_EINVAL;
    nc_close(file);
    if (code != NC_NOERR) {
        fprintf(stderr, "# %s: %s: %s\n", mpi_test_result, name, nc_strerror(code));
        bs_free(values);
        return NULL;
    }
    return values;
}

#endif
