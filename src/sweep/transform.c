/* Spectra of complete surfaces: lines one a rank, planes and volumes over all ranks. */
#include "blueshift/sweep.h"

#include "blueshift/fft_mpi.h"
#include "blueshift/memory.h"
#include "pending.h"

/* What both transforms need. */
typedef struct job {
    const bs_comm *comm;
    bs_surface *surface;
    const bs_surface_schema *schema;
    bs_window window;
    int64_t points; /* of one surface */
    double *values; /* this rank's rows */
    double complex *spectrum;
} job;

/* Whether every point of surface ITEM is done and finite; rank 0 looks. Collective. */
static bs_status is_complete(const job *j, int item, bool *complete)
{
    bs_status_counts counts = {{0}};
    bs_status status = BS_OK;
    if (j->comm->rank == 0) {
        status = bs_count_statuses(j->surface, (bs_range){item * j->points, j->points}, &counts);
    }
    BS_TRY(bs_agree(j->comm, status));
    int answer = counts.of[BS_POINT_DONE] == j->points;
    BS_TRY(BS_MPI(MPI_Bcast(&answer, 1, MPI_INT, 0, j->comm->mpi)));
    *complete = answer != 0;
    return BS_OK;
}

/* A line is transformed by one rank: item i by rank i mod size. Not collective. */
static bs_status transform_line(const job *j, int item)
{
    if (item % j->comm->size != j->comm->rank) {
        return BS_OK;
    }
    const bs_comm alone = {.mpi = MPI_COMM_SELF, .rank = 0, .size = 1};
    bs_range all = {0, j->points};
    BS_TRY(bs_surface_read_values(j->surface, j->schema->spectrum_of,
                                  (bs_range){item * j->points, j->points}, j->values));
    BS_TRY(bs_fft_detrend(&alone, &j->schema->grid, j->window, all, j->values));
    BS_TRY(bs_fft_line(j->points, j->values, j->spectrum));
    return bs_surface_write_spectrum(j->surface, item / j->schema->realisations,
                                     item % j->schema->realisations, all, j->spectrum);
}

static bs_status read_rows(const job *j, int item, bs_range rows, int64_t row_points)
{
    if (rows.count == 0) {
        return BS_OK;
    }
    bs_range range = {item * j->points + rows.first * row_points, rows.count * row_points};
    return bs_surface_read_values(j->surface, j->schema->spectrum_of, range, j->values);
}

/* A plane or volume over all ranks. Collective. */
static bs_status transform_slabs(const job *j, int item, bs_fft *fft, int64_t row_points)
{
    bs_range rows = bs_fft_slab(fft);
    BS_TRY(bs_agree(j->comm, read_rows(j, item, rows, row_points)));
    BS_TRY(bs_fft_detrend(j->comm, &j->schema->grid, j->window, rows, j->values));
    BS_TRY(bs_fft_forward(fft, j->values, j->spectrum));
    return bs_surface_write_spectrum(j->surface, item / j->schema->realisations,
                                     item % j->schema->realisations, rows, j->spectrum);
}

static bs_status transform_all(job *j, bs_fft *fft, int64_t row_points, int *skipped)
{
    int items = j->schema->networks * j->schema->realisations;
    for (int item = 0; item < items; item++) {
        bool complete = false;
        BS_TRY(is_complete(j, item, &complete));
        if (!complete) {
            (*skipped)++;
            continue;
        }
        bs_status status =
            fft == NULL ? transform_line(j, item) : transform_slabs(j, item, fft, row_points);
        BS_TRY(bs_agree(j->comm, status));
    }
    return BS_OK;
}

bs_status bs_sweep_transform(const bs_comm *comm, bs_surface *surface, bs_window window,
                             int *skipped)
{
    const bs_surface_schema *schema = bs_surface_describe(surface);
    const bs_grid *grid = &schema->grid;
    job j = {.comm = comm,
             .surface = surface,
             .schema = schema,
             .window = window,
             .points = bs_grid_points(grid)};
    *skipped = 0;
    bs_fft *fft = NULL;
    int64_t rows = 1;
    int64_t row_points = j.points;
    if (grid->ndim > 1) {
        int64_t shape[BS_GRID_DIMS];
        for (int i = 0; i < grid->ndim; i++) {
            shape[i] = grid->axis[grid->ndim - 1 - i].points;
        }
        BS_TRY(bs_fft_create(comm, grid->ndim, shape, &fft));
        rows = bs_fft_slab(fft).count;
        row_points = j.points / shape[0];
    }
    int64_t nx = grid->axis[0].points;
    int64_t lines = rows * row_points / nx;
    j.values = bs_alloc((size_t)(rows * row_points), sizeof *j.values);
    j.spectrum = bs_alloc((size_t)(lines * (nx / 2 + 1)), sizeof *j.spectrum);
    bs_status status = j.values == NULL || j.spectrum == NULL ? BS_ERR_MEMORY : BS_OK;
    status = bs_agree(comm, status);
    if (status == BS_OK) {
        status = transform_all(&j, fft, row_points, skipped);
    }
    bs_free(j.values);
    bs_free(j.spectrum);
    bs_fft_destroy(fft);
    return status;
}
