/* The arrays of the branch statistics, by name, statistic and level; private to the module
 * branches.
 */
#ifndef BLUESHIFT_ANALYSIS_BRANCH_ARRAYS_H
#define BLUESHIFT_ANALYSIS_BRANCH_ARRAYS_H

#include "branch_accumulate.h"

/* Adds the arrays of the statistics of a path's branch losses and probes, as far as a file of
 * SCHEMA has them. Pure. */
bs_status bs_branch_arrays_list(const bs_surface_schema *schema, bs_array_list *list);

/* Writes STATISTICS [bin][level][statistic][2] of branch losses or probes of a network. Not
 * collective.
 */
bs_status bs_branch_arrays_write(bs_surface *surface, int network, const bs_branch_shape *shape,
                                 bool losses, const double *statistics);

/* Writes one network's row of a named array. BS_ERR_INTERNAL when the file was not described so. */
bs_status bs_branch_array_write(bs_surface *surface, const char *name, int network,
                                const double *row);

/* Index of the array of branch losses, or else of branch probes, in a schema; -1: none. */
int bs_branch_array_find(const bs_surface_schema *schema, bool losses);

/* Names of the arrays that are no statistics. */
#define BS_COHERENCE_FLOOR "coherence_floor"
#define BS_COHERENCE_EIGENVALUE "coherence_eigenvalue"
#define BS_EFFECTIVE_SIGNALS "effective_signals"
#define BS_EFFECTIVE_CORRECTED "effective_signals_corrected"
#define BS_EFFECTIVE_CEILING "effective_signals_ceiling"
#define BS_STDERR "_stderr"

#endif
