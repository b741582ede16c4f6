/* Weights of every realisation. Private to src/sweep. */
#ifndef BLUESHIFT_SWEEP_BASE_SEEDS_H
#define BLUESHIFT_SWEEP_BASE_SEEDS_H

#include "blueshift/base_point.h"

/* Reads the weights of all realisations of EXPERIMENT into BASE, whose first weights are those of
 * realisation 0. BS_ERR_USAGE or BS_ERR_INPUT: a file is missing, or of another network. Collective
 * over COMM. */
bs_status bs_base_seeds_load(const bs_comm *comm, const bs_experiment *experiment,
                             bs_base_point *base);

#endif
