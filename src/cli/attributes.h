/* The global attributes of a sweep's file: the experiment and its provenance. */
#ifndef BLUESHIFT_CLI_ATTRIBUTES_H
#define BLUESHIFT_CLI_ATTRIBUTES_H

#include "blueshift/experiment.h"
#include "blueshift/network_surface.h"

enum { BS_ATTRIBUTES_MAX = 32 };

typedef struct bs_attributes {
    int count;
    bs_attribute list[BS_ATTRIBUTES_MAX];
    char *networks; /* owned text of the networks attribute */
    char created[32];
} bs_attributes;

/* Borrows from EXPERIMENT and NETWORKS until the release. Not collective, but every rank must make
 * the same list: NetCDF defines attributes collectively, with rank 0's host and time. */
bs_status bs_attributes_make(const bs_groups *groups, const bs_experiment *experiment,
                             const bs_network_surface *networks, bs_attributes *attributes);

void bs_attributes_release(bs_attributes *attributes);

#endif
