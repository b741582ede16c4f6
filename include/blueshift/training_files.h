/* The files that trainings leave beside their log: weights and checkpoints. */
#ifndef BLUESHIFT_TRAINING_FILES_H
#define BLUESHIFT_TRAINING_FILES_H

#include "blueshift/experiment.h"

/* Where the trained weights of a run go: output.weights, or of several runs "OUT-0-Short-r2.
 * safetensors". A new string for bs_free; NULL: no memory. Pure. */
char *bs_training_weights_path(const bs_experiment *experiment, int network, uint32_t realisation);

/* What a run has in the folder of its checkpoints; zeros where there is none. */
typedef struct bs_training_kept {
    int64_t checkpoints, last; /* to resume from, and the steps behind the last of them */
    int64_t weights;           /* kept along its way (train.trajectory_every) */
} bs_training_kept;

/* BS_ERR_MEMORY. Not collective. */
bs_status bs_training_list_kept(const bs_experiment *experiment, int network, uint32_t realisation,
                                bs_training_kept *kept);

#endif
