/* Distributed discrete Fourier transforms of real surfaces: FFTW-MPI slabs. */
#include "blueshift/fft_mpi.h"

#include <complex.h> /* before FFTW's header, which then uses C's complex type */

#include <inttypes.h>
#include <stdbool.h>

#include <fftw3-mpi.h>

#include "blueshift/memory.h"

struct bs_fft {
    bs_comm comm; /* borrowed */
    bs_range slab;
    int64_t lines;  /* lines of the fastest axis in this rank's slab */
    int64_t nx;     /* samples of a line */
    double points;  /* of the whole surface */
    double *buffer; /* lines padded to 2 (nx / 2 + 1), transformed in place */
    fftw_plan plan;
};

static int64_t frequencies(int64_t samples)
{
    return samples / 2 + 1;
}

static void init_once(void)
{
    static bool done;
    if (!done) {
        fftw_mpi_init();
        done = true;
    }
}

static bs_status check_shape(int ndim, const int64_t *shape)
{
    if (ndim < 2 || ndim > BS_GRID_DIMS) {
        return BS_FAIL(BS_ERR_INTERNAL, "a distributed transform of %d axes; 2 or 3 are possible",
                       ndim);
    }
    int64_t points = 1;
    for (int d = 0; d < ndim; d++) {
        if (shape[d] < 1 || shape[d] > BS_POINTS_MAX / points) {
            return BS_FAIL(BS_ERR_INTERNAL,
                           "a distributed transform with axis %d of %" PRId64 " points", d,
                           shape[d]);
        }
        points *= shape[d];
    }
    return BS_OK;
}

/* Asks FFTW for this rank's slab and takes the memory that the transform needs. */
static bs_status take_slab(bs_fft *fft, int ndim, const int64_t *shape)
{
    ptrdiff_t complex_shape[BS_GRID_DIMS];
    int64_t rest = 1;
    for (int d = 0; d < ndim; d++) {
        complex_shape[d] = (ptrdiff_t)(d == ndim - 1 ? frequencies(shape[d]) : shape[d]);
        rest *= d == 0 ? 1 : shape[d];
    }
    ptrdiff_t count = 0;
    ptrdiff_t first = 0;
    ptrdiff_t needed = fftw_mpi_local_size_many(ndim, complex_shape, 1, FFTW_MPI_DEFAULT_BLOCK,
                                                fft->comm.mpi, &count, &first);
    fft->slab = (bs_range){.first = count > 0 ? first : shape[0], .count = count};
    fft->nx = shape[ndim - 1];
    fft->lines = count * (rest / fft->nx);
    fft->points = (double)shape[0] * (double)rest;
    fft->buffer = bs_alloc((size_t)needed, sizeof(double complex));
    return fft->buffer == NULL ? BS_ERR_MEMORY : BS_OK;
}

static bs_status make_plan(bs_fft *fft, int ndim, const int64_t *shape)
{
    ptrdiff_t real_shape[BS_GRID_DIMS];
    for (int d = 0; d < ndim; d++) {
        real_shape[d] = (ptrdiff_t)shape[d];
    }
    /* In place and not transposed: slabs of the slowest axis on both sides. Estimated, never
     * measured: a plan chosen by a stopwatch would change the last bits from run to run. */
    fft->plan = fftw_mpi_plan_many_dft_r2c(
        ndim, real_shape, 1, FFTW_MPI_DEFAULT_BLOCK, FFTW_MPI_DEFAULT_BLOCK, fft->buffer,
        (fftw_complex *)fft->buffer, fft->comm.mpi, FFTW_ESTIMATE);
    if (fft->plan == NULL) {
        return BS_FAIL(BS_ERR_LIBRARY, "FFTW-MPI has no plan for a surface of %.0f points",
                       fft->points);
    }
    return BS_OK;
}

bs_status bs_fft_create(const bs_comm *comm, int ndim, const int64_t *shape, bs_fft **fft)
{
    BS_TRY(check_shape(ndim, shape));
    init_once();
    bs_fft *created = bs_alloc(1, sizeof *created);
    BS_TRY(bs_agree_block(comm, created));
    created->comm = *comm;
    bs_status status = bs_agree(comm, take_slab(created, ndim, shape));
    if (status == BS_OK) {
        status = bs_agree(comm, make_plan(created, ndim, shape));
    }
    if (status != BS_OK) {
        bs_fft_destroy(created);
        return status;
    }
    *fft = created;
    return BS_OK;
}

bs_range bs_fft_slab(const bs_fft *fft)
{
    return fft->slab;
}

bs_status bs_fft_forward(bs_fft *fft, const double *in, double complex *out)
{
    const int64_t nk = frequencies(fft->nx);
    for (int64_t line = 0; line < fft->lines; line++) {
        for (int64_t i = 0; i < fft->nx; i++) {
            fft->buffer[line * 2 * nk + i] = in[line * fft->nx + i];
        }
    }
    fftw_execute(fft->plan);
    const fftw_complex *transformed = (const fftw_complex *)fft->buffer;
    for (int64_t i = 0; i < fft->lines * nk; i++) {
        out[i] = transformed[i] / fft->points;
    }
    return BS_OK;
}

void bs_fft_destroy(bs_fft *fft)
{
    if (fft == NULL) {
        return;
    }
    fftw_destroy_plan(fft->plan);
    bs_free(fft->buffer);
    bs_free(fft);
}

bs_status bs_fft_line(int64_t n, const double *in, double complex *out)
{
    if (n < 1 || n > BS_POINTS_MAX) {
        return BS_FAIL(BS_ERR_INTERNAL, "a transform of %" PRId64 " samples", n);
    }
    /* A copy, because planning and in-place transforms may overwrite their input. */
    double *line = bs_alloc((size_t)(2 * frequencies(n)), sizeof *line);
    if (line == NULL) {
        return BS_ERR_MEMORY;
    }
    fftw_complex *transformed = (fftw_complex *)line;
    fftw_plan plan = fftw_plan_dft_r2c_1d((int)n, line, transformed, FFTW_ESTIMATE);
    if (plan == NULL) {
        bs_free(line);
        return BS_FAIL(BS_ERR_LIBRARY, "FFTW has no plan for a line of %" PRId64 " samples", n);
    }
    for (int64_t i = 0; i < n; i++) {
        line[i] = in[i];
    }
    fftw_execute(plan);
    for (int64_t k = 0; k < frequencies(n); k++) {
        out[k] = transformed[k] / (double)n;
    }
    fftw_destroy_plan(plan);
    bs_free(line);
    return BS_OK;
}
