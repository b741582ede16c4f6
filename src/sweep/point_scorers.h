/* Scores points at once in threads, while a backend goes on with others. Private to src/sweep. */
#ifndef BLUESHIFT_SWEEP_POINT_SCORERS_H
#define BLUESHIFT_SWEEP_POINT_SCORERS_H

#include <pthread.h>

#include "network_evaluator.h"

/* One block of images at some points, evaluated and not yet scored. */
typedef struct bs_scored_block {
    bs_network_surface *s;
    int count; /* points */
    int block, half;
    double *partials; /* of the first point's row for the block */
    size_t row;       /* numbers from one point's to the next one's */
} bs_scored_block;

/* What a scorer has of it. */
typedef struct bs_scoring_part {
    const bs_scored_block *block;
    int number;
    bool runs; /* in a thread, to be joined */
    pthread_t thread;
} bs_scoring_part;

/* A block that is scored; zeros: none. */
typedef struct bs_scoring {
    bs_scored_block block;
    bs_scoring_part parts[BS_POINT_SCORERS];
} bs_scoring;

/* Makes the scorers of the model that is ready: one, and of observed models, whose branch losses
 * take long, as many as this process may use processors. The caller releases, also after a failure,
 * before the model's destroy. */
bs_status bs_point_scorers_init(bs_network_surface *s);
void bs_point_scorers_release(bs_network_surface *s);

/* Begins to fill the partial rows of BLOCK, and s->left_over of each point: whether its score is
 * not finite. What finds no thread is done at once. SCORING stays where it is until the join. */
void bs_point_scorers_start(bs_scoring *scoring, const bs_scored_block *block);

/* Waits until that is done. Nothing was begun: fine. */
void bs_point_scorers_join(bs_scoring *scoring);

#endif
