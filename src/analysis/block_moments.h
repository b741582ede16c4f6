/* How fast the signals of each block vary along the path; private to the module branches. */
#ifndef BLUESHIFT_ANALYSIS_BLOCK_MOMENTS_H
#define BLUESHIFT_ANALYSIS_BLOCK_MOMENTS_H

#include "branch_signals.h"

/* Adds the arrays for the branch arrays that a path's file of SCHEMA has. Pure. */
bs_status bs_block_moments_list_arrays(const bs_surface_schema *schema, bs_array_list *list);

/* Writes <k^2> and the undersampled fraction of every branch of every block of a network into
 * SURFACE. SIGNALS are those of the array OF, which has such arrays. The same bits from any number
 * of ranks. Collective over COMM. */
bs_status bs_block_moments_run(const bs_comm *comm, bs_surface *surface, int network,
                               const char *of, const bs_branch_signals *signals);

#endif
