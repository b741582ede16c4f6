/* Point-major samples of many channels into channel-major spectra: one transpose, then lines. */
#include "blueshift/channels.h"

#include <complex.h> /* before FFTW's header, which then uses C's complex type */

#include <inttypes.h>
#include <string.h>

#include <fftw3-mpi.h>

#include "blueshift/grid.h"
#include "blueshift/memory.h"

struct bs_channels {
    bs_comm comm; /* borrowed */
    int64_t points, channels;
    bs_range rows;   /* points of this rank */
    bs_range own;    /* channels of this rank */
    double *matrix;  /* [rows.count][channels], transposed in place into [own.count][points] */
    double *line;    /* one channel, transformed in place: 2 (points / 2 + 1) */
    double *weights; /* of the window, computed once and not for every channel */
    fftw_plan transpose, transform;
};

/* Asks FFTW for this rank's rows and columns and takes the memory that the transpose needs. */
static bs_status take_blocks(bs_channels *plan)
{
    const ptrdiff_t shape[2] = {(ptrdiff_t)plan->points, (ptrdiff_t)plan->channels};
    ptrdiff_t row_count = 0;
    ptrdiff_t row_first = 0;
    ptrdiff_t own_count = 0;
    ptrdiff_t own_first = 0;
    ptrdiff_t needed = fftw_mpi_local_size_many_transposed(
        2, shape, 1, FFTW_MPI_DEFAULT_BLOCK, FFTW_MPI_DEFAULT_BLOCK, plan->comm.mpi, &row_count,
        &row_first, &own_count, &own_first);
    plan->rows = (bs_range){row_count > 0 ? row_first : shape[0], row_count};
    plan->own = (bs_range){own_count > 0 ? own_first : shape[1], own_count};
    plan->matrix = bs_alloc((size_t)needed, sizeof *plan->matrix);
    plan->line = bs_alloc((size_t)(2 * (plan->points / 2 + 1)), sizeof *plan->line);
    plan->weights = bs_alloc((size_t)plan->points, sizeof *plan->weights);
    bool allocated = plan->matrix != NULL && plan->line != NULL && plan->weights != NULL;
    return allocated ? BS_OK : BS_ERR_MEMORY;
}

/* Estimated, never measured: a plan chosen by a stopwatch would change the last bits from run to
 * run. One line at a time, always in the same aligned memory, so that the bits depend neither on
 * the number of channels of a rank nor on where they lie. */
static bs_status make_plans(bs_channels *plan)
{
    plan->transpose = fftw_mpi_plan_many_transpose(
        (ptrdiff_t)plan->points, (ptrdiff_t)plan->channels, 1, FFTW_MPI_DEFAULT_BLOCK,
        FFTW_MPI_DEFAULT_BLOCK, plan->matrix, plan->matrix, plan->comm.mpi, FFTW_ESTIMATE);
    plan->transform = fftw_plan_dft_r2c_1d((int)plan->points, plan->line,
                                           (fftw_complex *)plan->line, FFTW_ESTIMATE);
    if (plan->transpose == NULL || plan->transform == NULL) {
        return BS_FAIL(BS_ERR_LIBRARY,
                       "FFTW has no plan for %" PRId64 " channels of %" PRId64 " samples",
                       plan->channels, plan->points);
    }
    return BS_OK;
}

bs_status bs_channels_create(const bs_comm *comm, int64_t points, int64_t channels,
                             bs_channels **plan)
{
    *plan = NULL;
    if (points < 1 || channels < 1 || channels > BS_POINTS_MAX / points) {
        return BS_FAIL(BS_ERR_INTERNAL,
                       "a transform of %" PRId64 " channels of %" PRId64 " samples", channels,
                       points);
    }
    fftw_mpi_init();
    bs_channels *created = bs_alloc(1, sizeof *created);
    BS_TRY(bs_agree_block(comm, created));
    created->comm = *comm;
    created->points = points;
    created->channels = channels;
    bs_status status = bs_agree(comm, take_blocks(created));
    if (status == BS_OK) {
        status = bs_agree(comm, make_plans(created));
    }
    if (status != BS_OK) {
        bs_channels_destroy(created);
        return status;
    }
    *plan = created;
    return BS_OK;
}

bs_range bs_channels_points(const bs_channels *plan)
{
    return plan->rows;
}

bs_range bs_channels_own(const bs_channels *plan)
{
    return plan->own;
}

/* One channel in plan->line: mean, window, transform. */
static void transform_line(const bs_channels *plan, bool detrend, double complex *out)
{
    const int64_t n = plan->points;
    const double mean = detrend ? bs_window_mean(plan->weights, plan->line, n) : 0.0;
    for (int64_t j = 0; j < n; j++) {
        plan->line[j] = (plan->line[j] - mean) * plan->weights[j];
    }
    fftw_execute(plan->transform);
    const fftw_complex *transformed = (const fftw_complex *)plan->line;
    for (int64_t k = 0; k <= n / 2; k++) {
        out[k] = transformed[k] / (double)n;
    }
}

bs_status bs_channels_forward(bs_channels *plan, bs_window window, bool detrend, const double *in,
                              double complex *out)
{
    if (plan->rows.count > 0) {
        memcpy(plan->matrix, in, (size_t)(plan->rows.count * plan->channels) * sizeof *in);
    }
    bs_window_fill(window, plan->points, plan->weights);
    fftw_execute(plan->transpose);
    for (int64_t c = 0; c < plan->own.count; c++) {
        memcpy(plan->line, plan->matrix + c * plan->points,
               (size_t)plan->points * sizeof *plan->line);
        transform_line(plan, detrend, out + c * (plan->points / 2 + 1));
    }
    return BS_OK;
}

void bs_channels_destroy(bs_channels *plan)
{
    if (plan == NULL) {
        return;
    }
    fftw_destroy_plan(plan->transpose);
    fftw_destroy_plan(plan->transform);
    bs_free(plan->matrix);
    bs_free(plan->line);
    bs_free(plan->weights);
    bs_free(plan);
}
