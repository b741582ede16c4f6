/* Wavenumbers shared among the ranks; private to the module branches. */
#ifndef BLUESHIFT_ANALYSIS_BRANCH_TRANSPOSE_H
#define BLUESHIFT_ANALYSIS_BRANCH_TRANSPOSE_H

#include "branch_signals.h"

/* Adds this rank's part of the sums of wavenumbers [bins) to OUT [bins.count][size], which holds
 * those of the ranks before it. */
typedef bs_status (*bs_branch_fill)(const bs_branch_signals *signals, const void *context,
                                    bs_range bins, double *out);

/* The wavenumbers of rank RANK: contiguous, in the order of the ranks. */
bs_range bs_branch_slice(const bs_branch_shape *shape, const bs_comm *comm, int rank);

/* Sums over all ranks, SIZE numbers per wavenumber, into OWN [own slice][size]: before, channels
 * are shared among the ranks, thereafter wavenumbers. The terms are added in the order of the
 * units, so that the sums have the same bits on any number of ranks. Collective. */
bs_status bs_branch_transpose_sum(const bs_comm *comm, const bs_branch_signals *signals,
                                  int64_t size, bs_branch_fill fill, const void *context,
                                  double *own);

/* OWN [own slice][size] of all ranks into ALL [bins][size] on rank 0. Collective. */
bs_status bs_branch_transpose_gather(const bs_comm *comm, const bs_branch_shape *shape,
                                     int64_t size, const double *own, double *all);

/* Coherence matrices of the branch losses SIGNALS of a network, their eigenvalues and effective
 * numbers, written into SURFACE. Collective. */
bs_status bs_branch_independence_run(const bs_comm *comm, bs_surface *surface, int network,
                                     const bs_branch_signals *signals);

#endif
