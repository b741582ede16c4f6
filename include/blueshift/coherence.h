/* Coherence matrices of many signals, distributed, and how many of the signals are independent. */
#ifndef BLUESHIFT_COHERENCE_H
#define BLUESHIFT_COHERENCE_H

#include <stdint.h>

#include "blueshift/complex.h"
#include "blueshift/process_grid.h"

/* Memory for the coherence matrix of SIGNALS signals; used again and again. */
typedef struct bs_coherence bs_coherence;

/* Blocks of BLOCK x BLOCK over GRID (borrowed until the destroy); 0 chooses. Collective over the
 * grid; all its ranks return the same status. */
bs_status bs_coherence_create(const bs_process_grid *grid, int signals, int block,
                              bs_coherence **coherence);

/* Eigenvalues [signals], ascending, of G_ij = <X_i conj X_j> / sqrt(<|X_i|^2> <|X_j|^2>), the mean
 * over SAMPLES samples; their sum is the number of signals. X [signals][samples], the same on all
 * ranks of the grid. SQUARES [1 + samples]: sum of the squared eigenvalues, and the same with one
 * sample left out. All NaN when a signal is not finite, or nothing of it is left without a sample.
 * BS_ERR_LIBRARY when trace or Frobenius norm of the matrix are not those of its eigenvalues,
 * whatever ScaLAPACK says. Collective over the grid. */
bs_status bs_coherence_eigenvalues(bs_coherence *coherence, int64_t samples,
                                   const double complex *x, double *eigenvalues, double *squares);

void bs_coherence_destroy(bs_coherence *coherence); /* NULL is fine; not collective */

/* Effective number of independent signals (sum lambda)^2 / sum lambda^2 from the sum of squares:
 * N for independent signals and many samples, 1 for identical ones.
 * Source: Bretherton et al. 1999, the effective number of degrees of freedom. */
double bs_coherence_effective(int64_t signals, double squares);

/* What SIGNALS independent signals are expected to give with SAMPLES samples, N n / (n + N - 1):
 * never more than n. Exact for the mean of the sum of squares. */
double bs_coherence_ceiling(int64_t signals, int64_t samples);

/* The effective number without the bias of few samples: each |G_ij|^2 off the diagonal replaced by
 * (n |G_ij|^2 - 1) / (n - 1), of mean zero for independent signals. May exceed N by chance. NaN
 * with a single sample, and where chance leaves no positive sum of squares. */
double bs_coherence_corrected(int64_t signals, int64_t samples, double squares);

#endif
