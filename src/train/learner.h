/* One rank's network in training: micro-batches in, losses and gradients out. Private to training.
 */
#ifndef BLUESHIFT_TRAIN_LEARNER_H
#define BLUESHIFT_TRAIN_LEARNER_H

#include "blueshift/backend.h"
#include "blueshift/epoch.h"
#include "blueshift/images.h"
#include "blueshift/loss.h"
#include "blueshift/training.h"

/* What a learner learns from. Borrowed until its destroy. */
typedef struct bs_lesson {
    const bs_network *network; /* with norms of the batch, or without norms */
    const bs_backend *backend; /* with a backward pass */
    const bs_images *images;
    const bs_normalisation *normalisation;
    const bs_training *training;
    uint64_t seed;
    uint32_t realisation;
    int size; /* images of a micro-batch at most */
} bs_lesson;

typedef struct bs_learner bs_learner;

/* Not collective, as all of this; every rank has its own. */
bs_status bs_learner_create(const bs_lesson *lesson, bs_learner **learner);
void bs_learner_destroy(bs_learner *learner); /* NULL is fine */

/* Takes new parameters [parameter_size] (copies). */
bs_status bs_learner_load(bs_learner *learner, const float *theta);

/* Runs a micro-batch: the derivatives of the sum of its losses, times SCALE, come in GRADIENT
 * [parameter_size], as SINK is told. */
bs_status bs_learner_evaluate(bs_learner *learner, const bs_batch *micro, double scale,
                              float *gradient, const bs_gradient_sink *sink);

/* Of the last micro-batch: losses, and mean and biased variance of its norms [statistic_size],
 * untouched where there are none. */
const bs_loss_totals *bs_learner_totals(const bs_learner *learner);
void bs_learner_statistics(const bs_learner *learner, double *statistics);

/* Moves the running statistics of NETWORK's norms, [statistic_size], on by those of a micro-batch
 * of COUNT images: .9 of them and .1 of the new ones, variances unbiased, as PyTorch's BatchNorm2d
 * does. Pure. */
void bs_running_update(const bs_network *network, int64_t count, const double *statistics,
                       float *running);

#endif
