/* What a sweep or a training would cost. */
#ifndef BLUESHIFT_CLI_DRY_RUN_H
#define BLUESHIFT_CLI_DRY_RUN_H

#include <stdbool.h>

#include "blueshift/network_surface.h"
#include "blueshift/trainer.h"

/* Estimates points, operations, time, memory and file size of a sweep, and prints them on rank 0.
 * ON_DEMAND: how its points would be handed out. Collective. */
bs_status bs_dry_run(const bs_groups *groups, const bs_experiment *experiment,
                     const bs_network_surface *networks, bool on_demand);

/* Estimates steps, operations, time, memory and sizes of files of a training, and prints them on
 * rank 0. Collective over WORLD. */
bs_status bs_dry_run_training(const bs_comm *world, const bs_experiment *experiment,
                              const bs_trainer_options *options);

#endif
