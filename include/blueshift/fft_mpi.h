/* Distributed discrete Fourier transforms of real surfaces: FFTW-MPI slabs. */
#ifndef BLUESHIFT_FFT_MPI_H
#define BLUESHIFT_FFT_MPI_H

#include <stdint.h>

#include "blueshift/comm.h"
#include "blueshift/complex.h"
#include "blueshift/grid.h"
#include "blueshift/partition.h"
#include "blueshift/window.h"

/* A 2-D or 3-D real transform, slabs of the slowest axis. */
typedef struct bs_fft bs_fft;

/* Plans it for all ranks of COMM (borrowed until the destroy); the plan may be used again and
 * again. SHAPE[0] is the slowest axis (as in C arrays), NDIM 2 or 3. BS_ERR_LIBRARY when FFTW has
 * no plan. The last bits of a transform depend on the number of ranks, since FFTW plans the parts
 * of a slab by their size. Collective over COMM; all ranks return the same status. */
bs_status bs_fft_create(const bs_comm *comm, int ndim, const int64_t *shape, bs_fft **fft);

/* Rows of the slowest axis that this rank holds, before and after the transform. May be empty, and
 * then begins at the end. */
bs_range bs_fft_slab(const bs_fft *fft);

/* X_k = (1/N) sum_j x_j exp(-2 pi i jk/N). IN: real [slab.count][...][nx]; OUT: complex
 * [slab.count][...][nx / 2 + 1]: the half of the last axis that is not redundant; the other half
 * follows from X_-k = conj X_k. Collective. */
bs_status bs_fft_forward(bs_fft *fft, const double *in, double complex *out);

void bs_fft_destroy(bs_fft *fft); /* collective; NULL is fine */

/* One real line of N samples on this rank alone; the same definition, N / 2 + 1 values. Not
 * collective. */
bs_status bs_fft_line(int64_t n, const double *in, double complex *out);

/* Subtracts the mean of the whole surface under the window (window.h) and applies the window along
 * every axis, in place, to this rank's slab. The mean is made of sums of whole rows, added in the
 * order of the rows: the same bits from any number of ranks. Collective over COMM. GRID's axis[0]
 * is x, the fastest; 1 to 3 axes. ROWS is this rank's range of the slowest axis; the ranges of all
 * ranks tile it. */
bs_status bs_fft_detrend(const bs_comm *comm, const bs_grid *grid, bs_window window, bs_range rows,
                         double *values);

#endif
