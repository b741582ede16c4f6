/* The state of the direct and Winograd backends: a plan, the inner loops that run it, and its
 * memory. */
#ifndef BLUESHIFT_NN_FUSED_H
#define BLUESHIFT_NN_FUSED_H

#include <stdio.h>

#include "blueshift/backend.h"
#include "blueshift/observer.h"
#include "plan.h"
#include "vector.h"
#include "vector_gradient.h"

/* Where a step finds its constants. */
typedef struct bs_fused_step {
    bool winograd;
    size_t weights;   /* floats from the start of WEIGHTS: packed filters, or the head's matrix */
    bool made_here;   /* pointwise: the next convolution runs it, row by row as it reads */
    int before_count; /* of a convolution: the steps before it that it runs */
    bool rolling;     /* and nobody else reads what they give it */
    bool plain;       /* the finish only stores, but for the activation */
    int ahead[BS_STRETCHES]; /* values of a later image worth fetching meanwhile; -1: none */
    size_t affine; /* floats from the start of AFFINE: scale, shift, skip scale, each [C] */
} bs_fused_step;

/* Where a pass of the backward half finds its numbers. */
typedef struct bs_fused_reverse {
    bool winograd;         /* the derivatives by the input */
    bool winograd_weights; /* those by the weights, from tiles that lie in TILES */
    size_t tiles;
    int bend;         /* operands: the pass that bends for them; -1: none */
    size_t weights;   /* floats from the start of WEIGHTS: filters flipped and transposed */
    size_t sums;      /* floats from the start of WEIGHT_SUMS */
    size_t totals;    /* doubles from the start of TOTALS */
    size_t constants; /* floats from the start of CONSTANTS: bs_bend's means, or bs_through's */
} bs_fused_reverse;

/* What the backward half of a plan needs beside its buffers. */
typedef struct bs_fused_training {
    bs_fused_reverse *reverses; /* [reverse_count] */
    float *weights;
    float *tiles;       /* of Winograd weight gradients */
    float *weight_sums; /* of convolutions and dense layers, packed as filters are */
    double *totals;     /* bends: [3][C]; dense layers: [K] biases; heads: weights, then biases */
    size_t total_count;
    size_t sum_count;
    float *constants;
    float *flipped;      /* the filters of one layer */
    float *ones, *zeros; /* [widest] */
    float *image_sums;   /* [3][widest] */
    bool *final;         /* [parameter_count] */
    bool ready;          /* a forward has come that no backward has followed */
} bs_fused_training;

typedef struct bs_fused {
    const bs_network *network;
    const bs_vector *vector;
    const bs_vector_gradient *gradient;
    const bs_winograd_weights *winograd_weights;
    const bs_winograd *winograd; /* NULL: direct convolutions everywhere */
    bs_plan *plan;
    int max_images;
    bs_fused_step *steps; /* [step_count] */
    bool *passing;        /* [layer_count]: only rows of the value at hand are in memory */
    float *arena;         /* the plan's buffers */
    float *weights;
    float *affine;
    float *scratch;     /* of a Winograd convolution */
    float *vectors;     /* [parameter_size]: the parameters of one dimension, in place */
    float *statistics;  /* [statistic_size]: those given */
    bs_moments moments; /* [BS_TOGETHER][moments_stride]: of one image each */
    size_t moments_stride;
    size_t *measured;        /* [layer_count]: first element of a measured value in the next two */
    double *means, *squares; /* mean, and sum of squared deviations, over the images so far */
    int images;              /* of the last forward */
    bs_observer *observer;   /* NULL: nobody */
    double *tap_affine;      /* [taps][2][C of the widest]: factors and offsets of taps' values */
    size_t tap_stride;       /* doubles a tap */
    float *sums[2];          /* main, skip: of one image, [C] */
    bs_fused_training *training; /* NULL unless it trains */
} bs_fused;

/* Images FIRST to FIRST + COUNT - 1 of a call, and the caller's arrays. */
typedef struct bs_fused_group {
    int first, count;
    const float *images;
    double *logits;
    const double *logits_gradient; /* of the backward half */
} bs_fused_group;

/* Lays out and allocates what load fills. */
bs_status bs_fused_allocate(bs_fused *state);

/* Finds out what the steps' Winograd convolutions do on the way. */
void bs_fused_join(bs_fused *state);

bs_status bs_fused_load(void *state, const float *theta, const float *statistics);

/* Prints the plan, a line a pass. Values have the numbers of their layers. */
void bs_fused_print_plan(const void *state, FILE *out);

/* Computes scales and shifts of the steps of a segment from the statistics. */
void bs_fused_set_affine(bs_fused *state, int segment);

/* Runs the steps of SEGMENT over group G. */
void bs_fused_run(bs_fused *state, const bs_fused_group *g, int segment);

/* Where the value or derivatives in place WHERE of image INDEX of group G lie; what step INDEX does
 * to the IMAGE-th; and the group as a row of images that have one pixel, up to the end of the last
 * tile. */
bs_map bs_fused_map(const bs_fused *state, const bs_fused_group *g, int where, int index);
bs_finish bs_fused_finish(const bs_fused *state, const bs_fused_group *g, int index, int image);
int bs_fused_row_of_images(const bs_fused *state, const bs_fused_group *g);

/* Floats of scratch memory that the steps' Winograd convolutions need. */
size_t bs_fused_scratch_size(const bs_fused *state);

/* Whether Winograd's tiles fill OUTPUT's map and fit a convolution from CHANNELS to FILTERS. */
bool bs_fused_fits_winograd(const bs_winograd *winograd, const bs_layer *output, int channels,
                            int filters);

/* to[k / lanes][ky][c][kx][k % lanes] = from[k][c][ky][kx]; SHAPE: filters, channels, kernel. */
void bs_fused_pack_filters(const int shape[3], int lanes, const float *from, float *to);

/* Lays out and allocates what the backward half needs; release of NULL is fine. */
bs_status bs_fused_train_allocate(bs_fused *state);
void bs_fused_train_release(bs_fused_training *training);

/* Takes the parameters that the backward half needs. */
void bs_fused_train_load(bs_fused *state, const float *theta);

/* Before a segment of the backward half its constants, and after it what is final: into GRADIENT.
 */
void bs_fused_gradient_begin(bs_fused *state, int segment);
void bs_fused_gradient_finish(bs_fused *state, int segment, float *gradient);

/* Runs the passes of SEGMENT of the backward half over group G. */
void bs_fused_run_reverse(bs_fused *state, const bs_fused_group *g, int segment);

/* Show the observer what the probes see of the signals that step INDEX will read of image IMAGE of
 * the call, OPERANDS being main and skip; and, when the step has run and state->sums holds the
 * sums of its operands over their pixels, of the signals' averages. */
void bs_fused_probe(const bs_fused *state, int index, int image, const bs_map operands[2]);
void bs_fused_pool(const bs_fused *state, int index, int image);

/* Mean and biased variance that norm layer NORM uses for a channel. */
void bs_fused_statistics(const bs_fused *state, int norm, int channel, double result[2]);

#endif
