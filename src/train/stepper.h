/* Steps of data-parallel descent: the same bits on any number of ranks. Private to training. */
#ifndef BLUESHIFT_TRAIN_STEPPER_H
#define BLUESHIFT_TRAIN_STEPPER_H

#include "blueshift/comm.h"
#include "learner.h"
#include "run_log.h"

typedef struct bs_stepper bs_stepper;

/* Borrows what LESSON has, and COMM, until the destroy. Collective over COMM. */
bs_status bs_stepper_create(const bs_comm *comm, const bs_lesson *lesson, bs_stepper **stepper);
void bs_stepper_destroy(bs_stepper *stepper); /* NULL is fine; not collective */

/* The momentum of all parameters, ALL [parameter_size] on rank 0: out of the ranks that own its
 * slices, and back to them. Zeros at first. Collective. */
bs_status bs_stepper_collect(const bs_stepper *stepper, float *all);
bs_status bs_stepper_deal(bs_stepper *stepper, const float *all);

/* What came of a step; the same on every rank but for its seconds. */
typedef struct bs_step_outcome {
    bs_step_record record;
    bool finite; /* otherwise nothing was changed */
    bool stop;   /* some rank wanted to */
} bs_step_outcome;

/* Step number STEP from THETA [parameter_size] and running STATISTICS [statistic_size], which have
 * the same values on every rank, to the next ones. WANT_STOP: whether this rank wants the run to
 * stop after it. Collective. */
bs_status bs_stepper_step(bs_stepper *stepper, int64_t step, float *theta, float *statistics,
                          bool want_stop, bs_step_outcome *outcome);

#endif
