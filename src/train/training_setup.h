/* What all runs of a training share, and the network at hand. Private to training. */
#ifndef BLUESHIFT_TRAIN_TRAINING_SETUP_H
#define BLUESHIFT_TRAIN_TRAINING_SETUP_H

#include "training_identity.h"

/* Its members are read by whoever has it. */
typedef struct bs_training_setup {
    const bs_comm *world; /* borrowed, as the next one */
    const bs_experiment *experiment;
    bs_shared_images images, tests;
    bs_training_subject subject; /* with the backend */

    /* of the network at hand */
    int network;
    bs_base_point base;
    bs_network *trained, *tested; /* with norms of the batch, and with running statistics */
} bs_training_setup;

/* Finds the backend and loads the images. BS_ERR_USAGE for what cannot be trained. Release it, also
 * after a failure. Collective over WORLD, as everything here. */
bs_status bs_training_setup_create(const bs_comm *world, const bs_experiment *experiment,
                                   bs_training_setup *setup);
void bs_training_setup_release(bs_training_setup *setup);

/* Loads NETWORK of the experiment, instead of the one before. BS_ERR_USAGE for one that cannot be
 * trained. */
bs_status bs_training_setup_enter(bs_training_setup *setup, int network);

#endif
