/* Schedules of the learning rate. */
#ifndef BLUESHIFT_LEARNING_RATE_H
#define BLUESHIFT_LEARNING_RATE_H

#include "blueshift/training.h"

/* The learning rate of STEP among STEPS, from 0. With w = warm_up * steps, to the nearest step:
 *   all but one-cycle:  rate * (step + 1) / w before w, and then, u = (step - w) / (steps - w):
 *     constant  rate;
 *     step      rate * factor^n after n milestones (step >= milestone * steps);
 *     cosine    rate * (1 + cos(pi u)) / 2 (Loshchilov and Hutter 2017, without restarts);
 *   one-cycle:  PyTorch's OneCycleLR with pct_start = warm_up, div_factor 25 and final_div_factor
 *     1e4 (Smith and Topin 2018); the momentum stays.
 * Pure. */
double bs_learning_rate(const bs_training *training, int64_t step, int64_t steps);

#endif
