/* Exact Gaussian vectors of any covariance by a distributed Cholesky factorisation. */
#ifndef BLUESHIFT_CHOLESKY_H
#define BLUESHIFT_CHOLESKY_H

#include <stdint.h>

#include "blueshift/partition.h"
#include "blueshift/process_grid.h"
#include "blueshift/rng.h"

/* Covariance of elements I and J; symmetric, positive definite. Pure. */
typedef double (*bs_covariance)(const void *context, int64_t i, int64_t j);

/* C = L L^T, block-cyclic on a process grid: N^2 / ranks doubles per rank. */
typedef struct bs_cholesky bs_cholesky;

/* Factors the N x N matrix of COVARIANCE with CONTEXT (both used only during the call) and checks
 * the factor against it. BS_ERR_INPUT when it is not positive definite, saying at which row,
 * BS_ERR_LIBRARY when the residual is above rounding. Borrows GRID. Collective over its
 * communicator. Source: ScaLAPACK's pdpotrf. */
bs_status bs_cholesky_create(const bs_process_grid *grid, int64_t n, bs_covariance covariance,
                             const void *context, bs_cholesky **cholesky);
void bs_cholesky_destroy(bs_cholesky *cholesky); /* not collective; NULL is fine */

/* Estimate of |C - L L^T| / |C| (Frobenius), from one random vector. */
double bs_cholesky_residual(const bs_cholesky *cholesky);

/* Vectors L z, z standard normal: numbers 0 to N - 1 of RNG with the realisations
 * rng->realisation + p, p below COUNT, so that vector p is the same on any number of ranks up to
 * rounding. *MINE are the vectors of this rank, all ranks' ranges tile 0 to COUNT - 1, and
 * *VECTORS [mine.count][n] is the caller's, for bs_free. Collective. */
bs_status bs_cholesky_sample(const bs_cholesky *cholesky, const bs_rng *rng, int64_t count,
                             bs_range *mine, double **vectors);

#endif
