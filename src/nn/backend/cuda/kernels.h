/* The kernels by number and name, and what they take: shared by the .cu files, by plain C, and by
 * the emulation of the tests.
 *
 * A network is a list of operations that the host makes of it once (cuda_program.h), which runs in
 * one of two ways, to the same bits:
 * - By stages, that is, sizes of maps: a block of threads holds values of its images in shared
 *   memory and works through all operations of the stage in one launch. Values that leave a stage,
 *   or wait for long, lie in slots in global memory, as they would in shared memory.
 * - By layers: an operation is a launch, and all values lie in slots; a block brings 16 channels
 *   of its input at a time. For what does not fit in shared memory, or not all at once on a card.
 * A fully connected network runs by layers: its pixels are images, 64 of them a picture. */
#ifndef BLUESHIFT_NN_CUDA_KERNELS_H
#define BLUESHIFT_NN_CUDA_KERNELS_H

#include <stdint.h>

/* Memory of a device. */
typedef uint64_t bs_cuda_address;

/* Enumerator, function (extern "C"), the structure that it takes by value. */
#define BS_CUDA_KERNELS(KERNEL)                                                                    \
    KERNEL(STAGE1, bs_cuda_stage1, bs_cuda_stage)                                                  \
    KERNEL(STAGE2, bs_cuda_stage2, bs_cuda_stage)                                                  \
    KERNEL(STAGE3, bs_cuda_stage3, bs_cuda_stage)                                                  \
    KERNEL(LAYER1, bs_cuda_layer1, bs_cuda_layer)                                                  \
    KERNEL(LAYER2, bs_cuda_layer2, bs_cuda_layer)                                                  \
    KERNEL(LAYER3, bs_cuda_layer3, bs_cuda_layer)                                                  \
    KERNEL(MERGE, bs_cuda_merge_moments, bs_cuda_merge)                                            \
    KERNEL(PACK, bs_cuda_pack, bs_cuda_preparation)                                                \
    KERNEL(CONSTANTS, bs_cuda_constants, bs_cuda_preparation)

#define BS_CUDA_ENUMERATOR(id, name, parameters) BS_CUDA_KERNEL_##id,
typedef enum bs_cuda_kernel {
    BS_CUDA_KERNELS(BS_CUDA_ENUMERATOR) BS_CUDA_KERNEL_COUNT
} bs_cuda_kernel;
#undef BS_CUDA_ENUMERATOR

enum {
    BS_CUDA_STAGES = 3,
    BS_CUDA_BUFFERS = 3,    /* values in shared memory at a time, at most */
    BS_CUDA_VECTORS = 4,    /* a point's weights: an origin and up to three directions */
    BS_CUDA_STATISTICS = 2, /* measured at a time */
    BS_CUDA_CLASSES = 10,
    BS_CUDA_GROUP = 16,    /* channels: a warp's, and a fragment's */
    BS_CUDA_CHANNELS = 64, /* the most of a value in a stage, and that a block of a layer has */
    BS_CUDA_PACK_THREADS = 128, /* of both preparing kernels */
    BS_CUDA_PACK_CHANNELS = 64, /* of filters that are packed at a time */
    BS_CUDA_MERGE_THREADS = 128
};

/* What an operation does. Those that end in a finish have a result in registers:
 *   v = scale * result + shift, then, in batch mode, a norm;  v += skip_coefficient * skip;
 *   v = activation(v);  v *= factor;  v += what the output holds;  output = v,
 * each where the operation asks for it. */
typedef enum bs_cuda_operation_kind {
    BS_CUDA_FETCH,  /* OUTPUT = the slot INPUT of this stage */
    BS_CUDA_SAVE,   /* the slot OUTPUT of this stage = INPUT */
    BS_CUDA_IMAGE,  /* OUTPUT = the image: channel 3 kx + c is channel c of the pixel kx - 1 away;
                       layers of linear ones: channel 1024 c + 32 row + column */
    BS_CUDA_CONV,   /* 3 rows of taps, stride 1; finish */
    BS_CUDA_STRIDE, /* TAPS x TAPS, stride 2, into the slot OUTPUT of the next stage; finish without
                       skip and accumulation */
    BS_CUDA_LOAD,   /* the result is INPUT; finish */
    BS_CUDA_PAD,    /* option A: the slot OUTPUT of the next stage = every second pixel of INPUT,
                       zero channels on both sides */
    BS_CUDA_HEAD,   /* average over the pixels, linear layer: logits HEAD */
    BS_CUDA_TAP,    /* probes of scale * INPUT + shift, and what BLOCK's random head makes of its
                       averages over the pixels: signal TAP */
    BS_CUDA_DENSE,  /* layers: 1 x 1, stride 1; finish */
    BS_CUDA_RAW     /* layers: the result is RAW, after its scale and shift; the rest of the finish
                     */
} bs_cuda_operation_kind;

typedef enum bs_cuda_flag {
    BS_CUDA_ACTIVATE = 1,
    BS_CUDA_ACCUMULATE = 2,
    BS_CUDA_IN_PLACE = 4,        /* OUTPUT is what all warps read: they wait for one another */
    BS_CUDA_MEASURE_RESULT = 8,  /* batch mode: moments of scale * result + shift over the batch;
                                    layers: then that into RAW, and no more */
    BS_CUDA_MEASURE_OUTPUT = 16, /* of what is stored */
    BS_CUDA_NORMALISE = 32       /* batch mode: the norm, with the moments in STATISTIC */
} bs_cuda_flag;

typedef struct bs_cuda_operation {
    int32_t kind, flags;
    int32_t input, output, skip; /* buffers, or slots; skip -1: none */
    int32_t taps;                /* columns of taps: 3; 1: the middle one alone */
    int32_t chunks;              /* of 16 input channels and one column of taps */
    int32_t weights;             /* the first 16 bytes among a point's; see bs_cuda_filter */
    int32_t constants;           /* the first float among a point's: scale, shift, and in batch mode
                                    norm's weight and bias, each [channels]; heads: the matrix
                                    [classes][channels], biases */
    int32_t statistic;           /* where moments are kept while they are needed */
    int32_t measured;            /* and the number under which the host finds them */
    int32_t known;               /* the number of the moments that NORMALISE takes */
    int32_t head;
    int32_t tap, block;
    int32_t ahead, ahead_group; /* WEIGHTS of the stage's next convolution of stride 1, and from 16
                                   of its filters to the next 16; -1: there is none */
    float skip_coefficient, factor;
} bs_cuda_operation;

/* A position of a block's signals, as bs_probe. */
typedef struct bs_cuda_probe {
    int32_t image, channel, row, column;
} bs_cuda_probe;

/* What the kernels of a forward have in common. */
typedef struct bs_cuda_forward {
    bs_cuda_address weights;   /* 16 bytes [point][weight_stride]; readable a chunk beyond */
    bs_cuda_address constants; /* float [point][constant_stride] */
    bs_cuda_address inputs;   /* float [image_count][32][32][3]: normalised images, of all points */
    bs_cuda_address partials; /* batch mode; stages: float [2][grid / blocks_a_point][channels]
                                 [blocks_a_point][2]; layers: [point][channels]... */
    bs_cuda_address moments;  /* batch mode: double [point][measured_count][channels][2] */
    bs_cuda_address logits;   /* double [point][head_count][image_count][classes] */
    bs_cuda_address heads;    /* double [block][channels][classes]; 0: nobody wants them */
    bs_cuda_address probes;   /* bs_cuda_probe [block][probe_count] */
    bs_cuda_address signals;  /* double [point][signal_stride]: with heads [tap][image_count]
                                 [classes], then [tap][probe_count], of probes in these images */
    int32_t signal_stride, tap_count, probe_count;
    int32_t first_image; /* the first image's number for probes */
    int32_t point_count, image_count, blocks_a_point;
    int32_t weight_stride, constant_stride, measured_count, head_count;
    int32_t channels;   /* the most of a value; stages: BS_CUDA_CHANNELS */
    int32_t activation; /* bs_activation */
    float slope;
} bs_cuda_forward;

/* What a stage's kernel takes. Block b works on images b % blocks_a_point * images a block and on,
 * of point b / blocks_a_point, then goes on as block b + grid. */
typedef struct bs_cuda_stage {
    bs_cuda_forward forward;
    bs_cuda_address program;    /* bs_cuda_operation [operation_count] */
    bs_cuda_address slots;      /* of this stage: [slot][point][image_count] values, halos zero */
    bs_cuda_address next_slots; /* of the next */
    bs_cuda_address counters;   /* batch mode: uint32 [grid / blocks_a_point], 0 at the launch */
    int32_t operation_count, buffer_count;
} bs_cuda_stage;

/* What a layer's kernel takes: the shape is that of the operation's input. Values are [point]
 * [picture][16 channels] values of one group of channels, halos zero. Block b works on part
 * b % parts of the output's channels, of pictures b / parts % blocks_a_point * images a block and
 * on, of the next point for every blocks_a_point. RAW has floats, high 16 bits in the place of high
 * halves. Heads and taps count images where others count pictures. */
typedef struct bs_cuda_layer {
    bs_cuda_forward forward;
    bs_cuda_operation operation;
    bs_cuda_address input, output, skip, raw;
    int32_t input_groups, output_groups; /* of 16 channels */
    int32_t channels;                    /* of the output; heads and taps: of the input */
    int32_t parts, pictures;
    int32_t pixels;  /* of an image: all of a picture, or one */
    int32_t buffers; /* of 16 channels in shared memory: 0 to 2 */
} bs_cuda_layer;

/* What the merge of partial moments takes: a warp for each channel of a point. */
typedef struct bs_cuda_merge {
    bs_cuda_forward forward;
    int32_t channels, measured;
    int32_t pixels, images; /* of a channel in an image; of a full block */
} bs_cuda_merge;

/* The filters of a convolution: floats [filters][channels][taps][taps] of a point, packed as
 *   [filters / 16][chunk][row of taps][2][lane] of 16 bytes,
 * a lane's part of the fragment B of mma.m16n8k16: high halves of k 0-7 and 8-15, low halves. Chunk
 * (16 channels, column of taps); of the stem all columns of the 3 channels are one chunk. Filters
 * and channels are filled up with zeros to 16. */
typedef struct bs_cuda_filter {
    int32_t parameter; /* the first float among a point's parameters */
    int32_t filters, channels, taps;
    int32_t stem;
    int32_t weights;   /* as bs_cuda_operation has it */
    int32_t constants; /* gets the powers of two that undo the filters', [filters] */
} bs_cuda_filter;

/* Constants of a finish, or of a head (parameters as they are). Numbers of parameters and
 * statistics are those of a point's first floats; -1: none. Those of a finish are rows of CHANNELS,
 * filled up with zeros to 16. BIAS without WEIGHT: a linear layer's. */
typedef struct bs_cuda_constant {
    int32_t constants, channels;
    int32_t powers; /* 1: multiply by what stands there, the filters' powers */
    int32_t copy;   /* parameter from which CHANNELS floats are copied; -1: a finish */
    int32_t vector; /* 1: copied from a tensor of one dimension */
    int32_t weight, bias, mean, variance;
    int32_t batch; /* the statistics are not known yet */
    double coefficient;
} bs_cuda_constant;

/* What both preparing kernels take: grid = groups * points, for groups of 16 filters in PACK, whose
 * dynamic shared memory holds up to 64 channels of the largest group and 16 more floats; for
 * constants in CONSTANTS, after it. A point's parameters are the sum of vectors times coefficients,
 * in double precision in the vectors' order, rounded once: as landscape/path.c makes them. */
typedef struct bs_cuda_preparation {
    bs_cuda_address vectors[BS_CUDA_VECTORS]; /* float [parameter_size] */
    bs_cuda_address coefficients;             /* double [point][vector_count] */
    bs_cuda_address statistics;               /* float [point][statistic_stride] */
    bs_cuda_address filters;                  /* bs_cuda_filter, [group] of each */
    bs_cuda_address groups;                   /* int32 [group][2]: filter, first of its 16 */
    bs_cuda_address constant_table;           /* bs_cuda_constant [group] */
    bs_cuda_address weights, constants;       /* as in bs_cuda_stage */
    int32_t vector_count, group_count;
    int32_t weight_stride, constant_stride;
    int32_t statistic_stride; /* 0: all points have the same */
    int32_t origin_vectors;   /* 1: parameters of one dimension are the origin's */
} bs_cuda_preparation;

/* Shapes of a stage: pixels a side, channels, images and warps a block. */
typedef struct bs_cuda_shape {
    int side, channels, images, warps;
} bs_cuda_shape;

static const bs_cuda_shape BS_CUDA_SHAPES[BS_CUDA_STAGES] = {
    {32, 16, 1, 8}, {16, 32, 1, 4}, {8, 64, 2, 4}};

/* Groups of CHANNELS. */
#define BS_CUDA_GROUPS(channels) (((channels) + BS_CUDA_GROUP - 1) / BS_CUDA_GROUP)

/* Bytes of 16 channels of one image: high halves, low halves, each [side][side + 2][channels]. */
static inline int bs_cuda_group_bytes(int side)
{
    return 2 * 2 * side * (side + 2) * BS_CUDA_GROUP;
}

/* Of all channels of a stage. */
static inline int bs_cuda_value_bytes(const bs_cuda_shape *shape)
{
    return BS_CUDA_GROUPS(shape->channels) * bs_cuda_group_bytes(shape->side);
}

/* Dynamic shared memory of a block beside its values. */
enum { BS_CUDA_SCRATCH_BYTES = 4096 };

#endif
