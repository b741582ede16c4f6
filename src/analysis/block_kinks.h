/* How often the signals of each block change their sign along the path; private to the module
 * branches. */
#ifndef BLUESHIFT_ANALYSIS_BLOCK_KINKS_H
#define BLUESHIFT_ANALYSIS_BLOCK_KINKS_H

#include "branch_signals.h"

/* Adds the arrays, where a path's file of SCHEMA has probes. Pure. */
bs_status bs_block_kinks_list_arrays(const bs_surface_schema *schema, bs_array_list *list);

/* Counts in the probes of a network's REALISATIONS (PAIRS as in bs_branch_shape), and writes. The
 * counts are whole numbers: the same bits from any number of ranks. Collective over COMM. */
bs_status bs_block_kinks_run(const bs_comm *comm, bs_surface *surface, int network,
                             int realisations, const int *pairs);

#endif
