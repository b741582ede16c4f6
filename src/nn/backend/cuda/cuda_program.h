/* Programs: what the kernels are told to do for a network, the same for all of its points.
 *
 * Made of the steps of a plan (plan.h) in three passes: drafts are operations on values; memory
 * gives values their buffers and slots, or in programs that run by layers slots alone; tables say
 * which weights and constants an operation reads. Nothing here touches a device. */
#ifndef BLUESHIFT_NN_CUDA_PROGRAM_H
#define BLUESHIFT_NN_CUDA_PROGRAM_H

#include <stdbool.h>
#include <stddef.h>

#include "../plan.h"
#include "blueshift/network.h"
#include "kernels.h"

/* An operation on values, which are named by the layers that define them; -1: none. */
typedef struct bs_cuda_draft {
    bs_cuda_operation operation;
    int stage;
    int input, skip, output;
    int layer;       /* whose filters or matrix */
    bs_operand main; /* the norm and coefficient of the finish */
    bool normalises; /* batch mode: by MAIN's norm */
    int raw;         /* by layers: the slot of the result before its norm; -1: none */
} bs_cuda_draft;

/* Memory of one value at a time, by layers: of GROUPS of 16 channels, and the shape of STAGE. */
typedef struct bs_cuda_slot {
    int stage, groups;
    size_t first; /* bytes before it, for a single picture */
} bs_cuda_slot;

typedef struct bs_cuda_program {
    const bs_network *network;
    bool batch;
    bool by_layers; /* otherwise by stages */
    bool flat;      /* fully connected: by layers, pixels are images */
    int channels;   /* the most of a value, with those that fill up groups of 16 */
    int draft_count;
    bs_cuda_draft *drafts; /* in the order of the stages */

    int slot_count; /* by layers */
    bs_cuda_slot *slot_table;
    size_t picture_bytes; /* of all slots */

    int operation_count;
    bs_cuda_operation *operations; /* by layers one for each draft */
    int first[BS_CUDA_STAGES + 1]; /* a stage's first operation */
    int buffers[BS_CUDA_STAGES], slots[BS_CUDA_STAGES];

    int filter_count, group_count, constant_count;
    bs_cuda_filter *filters;
    int32_t (*groups)[2]; /* filter, first of its 16 */
    bs_cuda_constant *constants;
    int weight_stride, constant_stride; /* a point's: 16 bytes, floats */
    size_t group_bytes;                 /* the largest group's floats */

    int measured_count;
    int *measured; /* [measured_count]: values */

    int tap_count;  /* 0 unless observed */
    int (*taps)[2]; /* block, branch */
} bs_cuda_program;

/* What a program may need. */
typedef struct bs_cuda_limits {
    bool batch;          /* statistics of the images, otherwise given ones */
    bool observed;       /* signals of the blocks are looked at */
    bool by_layers;      /* although stages may fit */
    size_t shared_bytes; /* the most shared memory of a block */
} bs_cuda_limits;

/* Borrows NETWORK. BS_ERR_USAGE names what has no kernel; *PROGRAM is NULL then. */
bs_status bs_cuda_program_create(const bs_network *network, const bs_cuda_limits *limits,
                                 bs_cuda_program **program);
void bs_cuda_program_destroy(bs_cuda_program *program);

/* The passes: DRAFTS from PLAN; by stages, of which shapes may ask for layers; fewer of them;
 * OPERATIONS, buffers and slots from them, by stages if they fit, or by layers; tables. */
bs_status bs_cuda_program_draft(bs_cuda_program *program, const bs_plan *plan);
bs_status bs_cuda_program_shape(bs_cuda_program *program);
void bs_cuda_program_fold(bs_cuda_program *program);
bs_status bs_cuda_program_place(bs_cuda_program *program, size_t shared_bytes, bool *fits);
bs_status bs_cuda_program_place_layers(bs_cuda_program *program);
bs_status bs_cuda_program_tabulate(bs_cuda_program *program);

/* Says that there is no kernel for WHAT. */
bs_status bs_cuda_refuse(const char *what);

/* Whether a draft scales and shifts: those that end in a finish, and taps. */
static inline bool bs_cuda_scales(const bs_cuda_draft *draft)
{
    const int32_t kind = draft->operation.kind;
    return kind == BS_CUDA_CONV || kind == BS_CUDA_STRIDE || kind == BS_CUDA_LOAD ||
           kind == BS_CUDA_TAP || kind == BS_CUDA_DENSE;
}

static inline bool bs_cuda_reads(const bs_cuda_draft *draft, int value)
{
    const bool accumulates = (draft->operation.flags & BS_CUDA_ACCUMULATE) != 0;
    return draft->input == value || draft->skip == value || (accumulates && draft->output == value);
}

/* Whether it has filters. */
static inline bool bs_cuda_filters(const bs_cuda_draft *draft)
{
    const int32_t kind = draft->operation.kind;
    return kind == BS_CUDA_CONV || kind == BS_CUDA_STRIDE || kind == BS_CUDA_DENSE;
}

/* The stage of VALUE, by its shape; images, and no value (-1), are of the first. -1: none. */
int bs_cuda_stage_of(const bs_cuda_program *program, int value);

/* Channels of a value: numbers of an image where pixels are images; of the input those that its
 * filters see. */
int bs_cuda_channels_of(const bs_cuda_program *program, int value);

/* Dynamic shared memory of a block of a stage with BUFFERS values; and of a layer with as many
 * groups of channels. */
static inline size_t bs_cuda_stage_bytes(int stage, int buffers)
{
    const bs_cuda_shape *shape = &BS_CUDA_SHAPES[stage];
    return (size_t)buffers * (size_t)shape->images * (size_t)bs_cuda_value_bytes(shape) +
           BS_CUDA_SCRATCH_BYTES;
}

static inline size_t bs_cuda_layer_bytes(int stage, int buffers)
{
    const bs_cuda_shape *shape = &BS_CUDA_SHAPES[stage];
    return (size_t)buffers * (size_t)shape->images * (size_t)bs_cuda_group_bytes(shape->side) +
           BS_CUDA_SCRATCH_BYTES;
}

#endif
