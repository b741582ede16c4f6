/* The picture of a training's log. Private to this layer. */
#ifndef BLUESHIFT_PLOT_TRAINING_H
#define BLUESHIFT_PLOT_TRAINING_H

#include <stdbool.h>

#include "blueshift/dataset.h"

/* Draws the DATASET of a training into OUTPUT, over an older picture only to REPLACE. BS_ERR_INPUT
 * when it lacks an array; otherwise as bs_plot. */
bs_status bs_plot_training(const bs_dataset *dataset, const char *output, bool replace);

#endif
