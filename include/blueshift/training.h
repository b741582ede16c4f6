/* How a network is trained: the choices, and the steps, batches and micro-batches that they make.
 *
 * Everything here is a pure function of its arguments, the same on every rank. */
#ifndef BLUESHIFT_TRAINING_H
#define BLUESHIFT_TRAINING_H

#include <stdbool.h>
#include <stdint.h>

#include "blueshift/words.h"

typedef enum bs_rate_schedule {
    BS_RATE_CONSTANT,
    BS_RATE_STEP,     /* falls by a factor at every milestone */
    BS_RATE_COSINE,   /* falls to 0 along half a period */
    BS_RATE_ONE_CYCLE /* rises and falls along cosines, as PyTorch's OneCycleLR */
} bs_rate_schedule;

typedef enum bs_augmentation {
    BS_AUGMENT_NONE,
    BS_AUGMENT_FLIP, /* left and right change places in half of the images */
    BS_AUGMENT_CROP, /* moved by up to 4 pixels in both directions; black comes in */
    BS_AUGMENT_CROP_FLIP
} bs_augmentation;

/* Which parameters decay. */
typedef enum bs_decay {
    BS_DECAY_WEIGHTS, /* those of convolutions and linear layers */
    BS_DECAY_ALL      /* norms and biases too, as with PyTorch's weight_decay */
} bs_decay;

extern const bs_words bs_rate_schedule_words, bs_augmentation_words, bs_decay_words;

enum { BS_MILESTONES_MAX = 16 };

/* The choices of an experiment. */
typedef struct bs_training {
    int64_t epochs; /* passes over the images */
    int64_t steps;  /* instead of epochs; 0: by epochs */
    int64_t batch;  /* images of a step */
    double learning_rate;
    bs_rate_schedule schedule;
    double warm_up; /* fraction of the steps in which the rate rises */
    unsigned milestone_count;
    double *milestones; /* of BS_RATE_STEP: fractions of the steps, rising */
    double factor;      /* of BS_RATE_STEP */
    double momentum;
    bool nesterov;
    double weight_decay;
    bs_decay decay;
    double label_smoothing; /* share of the label that all classes have in equal parts */
    bs_augmentation augmentation;

    int64_t test_images; /* the first ones of the test split; 0: all */
    int64_t test_every;  /* epochs between tests; 0: none */

    int64_t checkpoint_every; /* steps; 0: an epoch's */
    int64_t checkpoint_keep;  /* the last ones */
    int64_t trajectory_every; /* steps between weights that are kept for good; 0: none */
} bs_training;

/* Images by their place in the order of an epoch. */
typedef struct bs_batch {
    int64_t epoch;
    int64_t first, count; /* places in the epoch's order */
} bs_batch;

/* Steps of an epoch of IMAGES images, whose last batch may be smaller; and of all. */
int64_t bs_training_epoch_steps(const bs_training *training, int64_t images);
int64_t bs_training_steps(const bs_training *training, int64_t images);

/* Epochs begun by all steps. */
int64_t bs_training_epochs(const bs_training *training, int64_t images);

/* The batch of STEP, from 0. */
bs_batch bs_training_batch(const bs_training *training, int64_t images, int64_t step);

/* How many micro-batches of at most SIZE images BATCH is cut into, and number INDEX of them: a
 * micro-batch is the unit of batch statistics, of summation and of work, whoever does it. */
int bs_micro_batch_count(const bs_batch *batch, int64_t size);
bs_batch bs_micro_batch(const bs_batch *batch, int64_t size, int index);

/* Images of the smallest micro-batch of all steps. */
int64_t bs_training_smallest(const bs_training *training, int64_t images, int64_t size);

/* Whether the steps 0 to STEP - 1 end an epoch, or the training. */
bool bs_training_ends_epoch(const bs_training *training, int64_t images, int64_t step);

/* The attribute by which logs of trainings are known: what decided their values. */
#define BS_TRAINING_IDENTITY "training_identity"

#endif
