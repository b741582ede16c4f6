/* The state of the direct and Winograd backends: a plan, the inner loops that run it, and its
 * memory. */
#ifndef BLUESHIFT_NN_FUSED_H
#define BLUESHIFT_NN_FUSED_H

#include <stdio.h>

#include "blueshift/backend.h"
#include "blueshift/observer.h"
#include "plan.h"
#include "vector.h"

/* Where a step finds its constants. */
typedef struct bs_fused_step {
    bool winograd;
    size_t weights; /* floats from the start of WEIGHTS: packed filters, or the head's matrix */
    int ahead;      /* value of a later image worth fetching after this convolution; -1: none */
    size_t affine;  /* floats from the start of AFFINE: scale, shift, skip scale, each [C] */
} bs_fused_step;

typedef struct bs_fused {
    const bs_network *network;
    const bs_vector *vector;
    const bs_winograd *winograd; /* NULL: direct convolutions everywhere */
    bs_plan *plan;
    int max_images;
    bs_fused_step *steps; /* [step_count] */
    float *arena;         /* the plan's buffers */
    float *weights;
    float *affine;
    float *scratch;          /* of one Winograd convolution */
    float *vectors;          /* [parameter_size]: the parameters of one dimension, in place */
    float *statistics;       /* [statistic_size]: those given */
    bs_moments moments;      /* of one image */
    size_t *measured;        /* [layer_count]: first element of a measured value in the next two */
    double *means, *squares; /* mean, and sum of squared deviations, over the images so far */
    int images;              /* of the last forward */
    bs_observer *observer;   /* NULL: nobody */
    double *tap_affine;      /* [taps][2][C of the widest]: factors and offsets of taps' values */
    size_t tap_stride;       /* doubles a tap */
    float *sums[2];          /* main, skip: of one image, [C] */
} bs_fused;

/* Images FIRST to FIRST + COUNT - 1 of a call, and the caller's arrays. */
typedef struct bs_fused_group {
    int first, count;
    const float *images;
    double *logits;
} bs_fused_group;

/* Lays out and allocates what load fills. */
bs_status bs_fused_allocate(bs_fused *state);

bs_status bs_fused_load(void *state, const float *theta, const float *statistics);

/* Prints the plan, a line a pass. Values have the numbers of their layers. */
void bs_fused_print_plan(const void *state, FILE *out);

/* Computes scales and shifts of the steps of a segment from the statistics. */
void bs_fused_set_affine(bs_fused *state, int segment);

/* Runs the steps of SEGMENT over group G. */
void bs_fused_run(bs_fused *state, const bs_fused_group *g, int segment);

/* Show the observer what the probes see of the signals that step INDEX will read of image IMAGE of
 * the call, OPERANDS being main and skip; and, when the step has run and state->sums holds the
 * sums of its operands over their pixels, of the signals' averages. */
void bs_fused_probe(const bs_fused *state, int index, int image, const bs_map operands[2]);
void bs_fused_pool(const bs_fused *state, int index, int image);

/* Mean and biased variance that norm layer NORM uses for a channel. */
void bs_fused_statistics(const bs_fused *state, int norm, int channel, double result[2]);

#endif
