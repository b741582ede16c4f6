/* What a training will cost, from a few steps on the ranks that would run it. */
#ifndef BLUESHIFT_TRAINING_COST_H
#define BLUESHIFT_TRAINING_COST_H

#include "blueshift/trainer.h"

typedef struct bs_training_cost {
    int64_t runs;
    int64_t steps, epochs;            /* of a run */
    int64_t images, test_images;      /* of an epoch, and of a test */
    int64_t micro_batches, of_a_rank; /* of a step, and of the rank that has most of them */
    int64_t kept_weights;             /* files that a run keeps along its way */
    double flop;                      /* two a multiply-add; a backward pass counts twice */
    double core_seconds, wall_seconds;
    double rank_bytes;       /* of the largest rank, resident after the measured steps */
    double node_image_bytes; /* the shared windows */
    double checkpoint_bytes; /* of all runs at their ends, with what they keep along their way */
    double weights_bytes, log_bytes; /* these without the headers of their formats */
} bs_training_cost;

/* Runs some steps and a block of the test of every network, from initial weights, for some seconds
 * in all. Makes no file. BS_ERR_USAGE or BS_ERR_INPUT for what cannot be trained. Collective over
 * WORLD; the same result on every rank. */
bs_status bs_training_cost_estimate(const bs_comm *world, const bs_experiment *experiment,
                                    const bs_trainer_options *options, bs_training_cost *cost);

#endif
