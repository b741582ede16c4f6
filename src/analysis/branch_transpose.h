/* Wavenumbers shared among the ranks; private to the module branches. */
#ifndef BLUESHIFT_ANALYSIS_BRANCH_SLICES_H
#define BLUESHIFT_ANALYSIS_BRANCH_SLICES_H

#include "branch_signals.h"

/* Fills OUT [bins.count][size] with this rank's part of the sums of wavenumbers [bins). */
typedef bs_status (*bs_branch_fill)(const bs_branch_signals *signals, const void *context,
                                    bs_range bins, double *out);

/* The wavenumbers of rank RANK: contiguous, in the order of the ranks. */
bs_range bs_branch_slice(const bs_branch_shape *shape, const bs_comm *comm, int rank);

/* Sums of all ranks, SIZE numbers a wavenumber, into OWN [own slice][size]: channels are shared
 * among the ranks, wavenumbers thereafter. Collective. */
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
