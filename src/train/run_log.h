/* What a run records of its steps and epochs. Private to training. */
#ifndef BLUESHIFT_TRAIN_RUN_LOG_H
#define BLUESHIFT_TRAIN_RUN_LOG_H

#include <stdint.h>

#include "blueshift/status.h"
#include "blueshift/training.h"

/* Of a step: sum of the losses of its images, how many were classified correctly in the forward
 * pass of training, norm of the gradient of their mean loss without weight decay, and seconds. */
typedef struct bs_step_record {
    double loss, correct, gradient_norm, seconds;
} bs_step_record;

/* After an epoch: mean loss over the test images with running statistics, and percent of them that
 * were classified correctly; NaN: not tested. */
typedef struct bs_test_record {
    double loss, accuracy;
} bs_test_record;

typedef struct bs_run_log {
    const bs_training *training; /* borrowed */
    int64_t images;              /* of an epoch */
    int64_t step_count;          /* of the whole run */
    int64_t epoch_count;
    int64_t done; /* steps so far */
    bs_step_record *steps;
    bs_test_record *tests;
} bs_run_log;

/* An empty log of IMAGES images an epoch. Release it. */
bs_status bs_run_log_init(const bs_training *training, int64_t images, bs_run_log *log);
void bs_run_log_release(bs_run_log *log);

/* The means of an epoch's steps so far. */
typedef struct bs_epoch_summary {
    int64_t images;        /* 0: it has not begun */
    double loss, accuracy; /* accuracy in percent */
    double gradient_norm;  /* mean over its steps */
    double images_per_second;
} bs_epoch_summary;

bs_epoch_summary bs_run_log_epoch(const bs_run_log *log, int64_t epoch);

#endif
