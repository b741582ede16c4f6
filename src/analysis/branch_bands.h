/* Two branches of a block by octaves of the wavenumber; private to the module branches. */
#ifndef BLUESHIFT_ANALYSIS_BRANCH_BANDS_H
#define BLUESHIFT_ANALYSIS_BRANCH_BANDS_H

#include "branch_signals.h"

/* What is measured: an array of points, or what is made of one. */
typedef enum bs_band_source {
    BS_BAND_BRANCH_LOSS,     /* losses of the branches through a random head */
    BS_BAND_SURFACE_LOSS,    /* losses of the branches through the rest of the network */
    BS_BAND_SURFACE_LOGITS,  /* the logits there, less the mean over the classes */
    BS_BAND_SURFACE_SQUARES, /* the squares of those: blind to the signs of branches */
    BS_BAND_SOURCES
} bs_band_source;

/* Name of the array of points that SOURCE is made of. */
const char *bs_band_source_array(bs_band_source source);

/* Adds the arrays for what is measured of the branch losses and branch surfaces of a path's file of
 * SCHEMA. Pure. */
bs_status bs_branch_bands_list_arrays(const bs_surface_schema *schema, bs_array_list *list);

/* Measures two branches of every block of a network band by band, with the null of foreign
 * realisations, and writes what comes into SURFACE. SIGNALS are those of SOURCE, a neuron per
 * block, GRAFTED (NULL: none) the paths of another network through the same rest. The same bits
 * from any number of ranks. Collective over COMM. */
bs_status bs_branch_bands_run(const bs_comm *comm, bs_surface *surface, int network,
                              bs_band_source source, const bs_branch_signals *signals,
                              const bs_branch_signals *grafted);

#endif
