/* Plans: a network's table fused into the few passes over memory that fast backends run.
 *
 * Why: with a pass per layer, as the reference runs it, half of the time would go to memory, since
 * norms, sums and activations do one or two operations on a number that they read and write. Every
 * number that a convolution has in registers therefore takes all that follows on its way to memory
 * (the finish), and what is left are passes that follow a convolution of another value, or
 * wait for statistics that are not known yet. The plan is made once per network and says which pass
 * does what, in what order, in which buffers; how a pass computes is the vector code's business. */
#ifndef BLUESHIFT_NN_PLAN_H
#define BLUESHIFT_NN_PLAN_H

#include <stdbool.h>
#include <stddef.h>

#include "blueshift/network.h"

/* Channel counts in memory are multiples of this, except in the input image. */
enum { BS_PLAN_CHANNELS = 16 };

/* What a step does, and the words for it in a printed plan. A convolution, a dense (a linear layer
 * over many images at a time) and a pointwise step (over a stored value) end with the finish; pad
 * is the shortcut of option A, pool the global average, a head gives logits. */
#define BS_STEP_KINDS(KIND)                                                                        \
    KIND(INPUT, "copy the images")                                                                 \
    KIND(CONV, "convolve")                                                                         \
    KIND(DENSE, "multiply")                                                                        \
    KIND(POINTWISE, "read")                                                                        \
    KIND(PAD, "pad")                                                                               \
    KIND(POOL, "average")                                                                          \
    KIND(HEAD, "multiply (double precision)")

#define BS_STEP_ENUMERATOR(kind, words) BS_STEP_##kind,
typedef enum bs_step_kind { BS_STEP_KINDS(BS_STEP_ENUMERATOR) } bs_step_kind;
#undef BS_STEP_ENUMERATOR

/* coefficient * norm(value). Values are named by the layer that defines them. */
typedef struct bs_operand {
    int value;
    int norm; /* norm layer; -1: none */
    double coefficient;
} bs_operand;

/* One pass. The finish of convolutions, dense layers and pointwise passes is
 *   output = [output +] factor * [activation] (main [+ skip]),
 * where MAIN's value is the convolution's or dense layer's result, or a stored value. */
typedef struct bs_step {
    bs_step_kind kind;
    int layer; /* convolution, linear, pad or pool layer; -1: none */
    int input; /* value it reads; -1: none */
    bs_operand main;
    bool has_skip;
    bs_operand skip;
    bool activate;
    double factor;
    bool accumulate;
    int output;   /* value it stores into; -1: logits */
    int head;     /* of heads: number of the logits, 0 for the network's own, 1 + tail */
    bool moments; /* batch mode: OUTPUT's mean and variance are measured after this step */
    int segment;
    int first_tap, tap_count; /* signals to be read before it runs */
} bs_step;

/* A signal of a block that lies in memory as an operand of a step: coefficient * norm(value). */
typedef struct bs_tap {
    int block, branch;
    bs_operand signal;
    bool skip; /* the step's skip operand; otherwise the main one */
} bs_tap;

/* Memory of stored values. Buffers have a zero halo where a 3 x 3 convolution reads them; nothing
 * ever writes to it, since only values of one shape share a buffer. */
typedef struct bs_buffer {
    int channels, height, width, halo;
    bool spread;  /* only every second pixel is ever written */
    bool whole;   /* holds all images of a call; otherwise one group */
    int images;   /* of the largest group that goes through it */
    size_t row;   /* floats between rows */
    size_t image; /* floats between images */
    size_t first; /* floats from the arena's start to pixel (0, 0) of image 0 */
} bs_buffer;

/* What a pass of the backward half of a plan does with derivatives: those of a step, in turn from
 * the last to the first. Bend: by the step's output before its activation, and, for norm layers,
 * sums over the images; operand: by one of its stored operands, through the norm layer of which
 * there is one; the others: by the step's input and its layer's parameters. */
typedef enum bs_reverse_kind {
    BS_REVERSE_HEAD,
    BS_REVERSE_POOL,
    BS_REVERSE_PAD,
    BS_REVERSE_CONV,
    BS_REVERSE_DENSE,
    BS_REVERSE_BEND,
    BS_REVERSE_OPERAND
} bs_reverse_kind;

/* One pass over derivatives. FROM, TO and SPREAD are places, numbers in buffer_of. */
typedef struct bs_reverse {
    bs_reverse_kind kind;
    int step;
    bool skip;       /* operands: the step's skip operand; otherwise the main one */
    int from;        /* -1: the logits' */
    int to;          /* -1: nobody asks for them */
    bool accumulate; /* onto what TO holds */
    int spread;      /* a strided convolution's FROM with zeros between the pixels; -1: none */
    int segment;
} bs_reverse;

/* Steps run image by image inside a group, group by group inside a segment. Segments end where
 * batch statistics of all images must be known; with given statistics where maps become smaller,
 * and a group stays in cache from one such place to the next. */
typedef struct bs_plan {
    const bs_network *network;
    bool batch;
    bool trained;  /* what the backward half reads stays in memory */
    bool observed; /* the blocks' signals, but for sums of other signals, lie in memory */
    int step_count;
    bs_step *steps;
    int tap_count; /* 0 unless observed */
    bs_tap *taps;  /* in the order of their steps */
    int segment_count;
    int *starts; /* [segment_count + 1]: the segments' first steps, and the number of steps */
    int *groups; /* [segment_count]: images at a time */
    int buffer_count;
    bs_buffer *buffers;
    int *buffer_of;    /* [place_count]: a place's buffer; -1: never stored */
    int place_count;   /* a value's place is its number; with a backward half there are more */
    int reverse_count; /* 0 unless trained */
    bs_reverse *reverses;
    int reverse_segments;
    int *reverse_groups; /* [reverse_segments]: images at a time */
    size_t arena_size;   /* floats */
} bs_plan;

/* What a plan is for. */
typedef struct bs_plan_use {
    int max_images; /* a call */
    bool batch, observed, trained;
    bool early; /* steps run in the first segment that can; otherwise in the network's order */
} bs_plan_use;

/* Borrows NETWORK until the destroy. BS_ERR_INTERNAL names a layer that the plan has no place for.
 */
bs_status bs_plan_create(const bs_network *network, const bs_plan_use *use, bs_plan **plan);
void bs_plan_destroy(bs_plan *plan);

/* The parts of bs_plan_create: fills steps; segments; the backward half; buffers; taps. */
bs_status bs_plan_fuse(bs_plan *plan);
bs_status bs_plan_cut(bs_plan *plan, bool early);
bs_status bs_plan_reverse(bs_plan *plan);
bs_status bs_plan_allocate(bs_plan *plan, int max_images);
bs_status bs_plan_tap(bs_plan *plan);

/* With batch statistics: how many images the convolution LAYER wants at a time. */
int bs_plan_conv_group(const bs_network *network, int layer);

/* Places of derivatives: by a value; by a step's output before its activation, where that has a
 * place of its own; those of a strided convolution between zeros. */
static inline int bs_plan_gradient(const bs_plan *plan, int value)
{
    return plan->network->layer_count + value;
}

static inline int bs_plan_bent(const bs_plan *plan, int step)
{
    return 2 * plan->network->layer_count + step;
}

static inline int bs_plan_spread(const bs_plan *plan, int step)
{
    return 2 * plan->network->layer_count + plan->step_count + step;
}

/* Whether LAYER gives a path's signal, or the skip one other than as the block's own input. */
bool bs_plan_is_addend(const bs_network *network, int layer);

/* CHANNELS in memory. */
static inline int bs_plan_round(int channels)
{
    return (channels + BS_PLAN_CHANNELS - 1) / BS_PLAN_CHANNELS * BS_PLAN_CHANNELS;
}

/* The channels in memory of a layer's value. */
static inline int bs_plan_channels(const bs_layer *layer)
{
    return layer->kind == BS_LAYER_INPUT ? layer->channels : bs_plan_round(layer->channels);
}

#endif
