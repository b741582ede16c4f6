/* Arrays that tell the networks of a file apart by their hyperparameters. Private to src/sweep. */
#ifndef BLUESHIFT_SWEEP_NETWORK_KNOBS_H
#define BLUESHIFT_SWEEP_NETWORK_KNOBS_H

#include "blueshift/network.h"
#include "blueshift/surface.h"

/* Adds one array of networks for each hyperparameter that plots and analyses order networks by:
 * skip_weight, strength, depth, paths, width. */
bs_status bs_network_hyperparameters_list_arrays(bs_array_list *list);

/* Writes the hyperparameters of NETWORK, which is number INDEX of SURFACE, to those of the arrays
 * that the file has. Not collective. */
bs_status bs_network_hyperparameters_write(bs_surface *surface, int index,
                                           const bs_architecture *network);

#endif
