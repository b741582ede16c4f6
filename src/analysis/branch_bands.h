/* Two branches of a block by octaves of the wavenumber; private to the module branches. */
#ifndef BLUESHIFT_ANALYSIS_BRANCH_BANDS_H
#define BLUESHIFT_ANALYSIS_BRANCH_BANDS_H

#include "branch_signals.h"

/* Adds the arrays for what is measured of the branch losses and branch surfaces of a path's file of
 * SCHEMA. Pure. */
bs_status bs_branch_bands_list_arrays(const bs_surface_schema *schema, bs_array_list *list);

/* Measures two branches of every block of a network band by band, with the null of foreign
 * realisations, and writes what comes into SURFACE. SIGNALS are those of the array OF
 * (BS_BRANCH_LOSS, BS_SURFACE_LOSS or BS_SURFACE_LOGITS), a neuron per block; the mean over the
 * classes is taken out of logits. The same bits from any number of ranks. Collective over COMM. */
bs_status bs_branch_bands_run(const bs_comm *comm, bs_surface *surface, int network, const char *of,
                              const bs_branch_signals *signals);

#endif
