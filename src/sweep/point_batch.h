/* The evaluation of some points by all shards of a group, and their partial results. Private to
 * src/sweep. */
#ifndef BLUESHIFT_SWEEP_POINT_BATCH_H
#define BLUESHIFT_SWEEP_POINT_BATCH_H

#include "blueshift/partition.h"
#include "blueshift/sweep.h"

/* Points of one (network, realisation) that the evaluator takes at once, and room for what it gives
 * of them. */
typedef struct bs_point_batch {
    const bs_groups *groups;       /* borrowed */
    const bs_evaluator *evaluator; /* borrowed */
    int most;                      /* points at once */
    bs_range blocks;               /* this shard's */
    bool *failed;                  /* [most]: of the last evaluation, the same on all shards */
    double seconds;                /* within the evaluator so far */
    double *mine;                  /* [most][blocks of this shard][partials] */
    double *whole;                 /* [blocks][partials] of a point; NULL: MINE is all of it */
    int *gather_counts, *gather_offsets;
} bs_point_batch;

/* Points that EVALUATOR is given at once: as many as it asks for, unless their partial results
 * would take too much memory. */
int bs_point_batch_size(const bs_evaluator *evaluator);

/* Borrows until the release, which the caller owes also after a failure. Not collective. */
bs_status bs_point_batch_init(bs_point_batch *batch, const bs_groups *groups,
                              const bs_evaluator *evaluator);

/* Evaluates POINTS, COUNT of them and at most batch->most, and says in batch->failed which of them
 * could not be: points that fail together are tried one by one. An error ends the sweep: MPI's, or
 * BS_ERR_DEVICE, and then no point of these counts. Collective over the group. */
bs_status bs_point_batch_evaluate(bs_point_batch *batch, const bs_point *points, int count);

/* The partial results of all blocks of point I of the last evaluation, on the leader; valid until
 * the next call. Collective over the group. */
bs_status bs_point_batch_gather(bs_point_batch *batch, int i, const double **partials);

void bs_point_batch_release(bs_point_batch *batch);

#endif
