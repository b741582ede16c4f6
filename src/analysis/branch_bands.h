/* Correlation of branch losses by octaves of the wavenumber; private to the module branches. */
#ifndef BLUESHIFT_ANALYSIS_BRANCH_BANDS_H
#define BLUESHIFT_ANALYSIS_BRANCH_BANDS_H

#include "branch_signals.h"

/* Adds the arrays for the branch losses OF (an array of points) of a file of SCHEMA. Pure. */
bs_status bs_branch_bands_list_arrays(const bs_surface_schema *schema, const bs_array *of,
                                      bs_array_list *list);

/* Correlates the branch losses SIGNALS of a network band by band, with the null of foreign
 * realisations, and writes what comes into SURFACE. The same bits from any number of ranks.
 * Collective over COMM. */
bs_status bs_branch_bands_run(const bs_comm *comm, bs_surface *surface, int network,
                              const bs_branch_signals *signals);

#endif
