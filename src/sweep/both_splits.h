/* Both splits of the images at every point: one evaluator of two. Private to src/sweep. */
#ifndef BLUESHIFT_SWEEP_BOTH_SPLITS_H
#define BLUESHIFT_SWEEP_BOTH_SPLITS_H

#include "blueshift/sweep.h"

/* Which evaluators, and where the numbers of a row come from: VALUES values of each, those of the
 * second behind those of the first, and then what the first observes. */
typedef struct bs_both_splits {
    const bs_evaluator *first, *second; /* borrowed; partial rows of the same width */
    int values;
    int first_count;  /* index of a number that counts in both, among the first's; -1: none */
    int second_count; /* and among the second's */
    double *room;     /* [second->values] of reduce */
} bs_both_splits;

/* An evaluator of BOTH (borrowed, complete but for its room): the blocks of the first, and after
 * them those of the second, so that shards share them like those of one. Every number is, to the
 * bit, that of the evaluator alone. The caller releases BOTH, also after a failure. */
bs_status bs_both_splits_init(bs_both_splits *both, bs_evaluator *evaluator);
void bs_both_splits_release(bs_both_splits *both);

#endif
