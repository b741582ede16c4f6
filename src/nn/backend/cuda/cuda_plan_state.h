/* The state of a plan: its program, and what lies where on the device. */
#ifndef BLUESHIFT_NN_CUDA_PLAN_STATE_H
#define BLUESHIFT_NN_CUDA_PLAN_STATE_H

#include "cuda_plan.h"
#include "cuda_program.h"

/* What lies on the device. */
typedef enum region {
    REGION_OPERATIONS,
    REGION_FILTERS,
    REGION_GROUPS,
    REGION_CONSTANT_TABLE,
    REGION_VECTORS,
    REGION_COEFFICIENTS,
    REGION_STATISTICS,
    REGION_WEIGHTS,
    REGION_CONSTANTS,
    REGION_SLOTS, /* one for each stage; by layers the first is all */
    REGION_PARTIALS = REGION_SLOTS + BS_CUDA_STAGES,
    REGION_COUNTERS,
    REGION_MOMENTS,
    REGION_LOGITS,
    REGION_HEADS, /* of observed plans */
    REGION_PROBES,
    REGION_SIGNALS,
    REGION_COUNT
} region;

/* Kernels read a chunk of filters that is not used, behind the last. */
enum { WEIGHTS_BEHIND = 6 * 32 * 16 };

struct bs_cuda_plan {
    const bs_network *network;
    const bs_cuda_device *device;
    bs_cuda_use use;
    bs_cuda_program *program;
    bs_cuda_address memory[REGION_COUNT];
    size_t bytes[REGION_COUNT];
    double *moments; /* of all points: as bs_cuda_stage has them */
    int vectors;     /* on the device */
    int points;      /* loaded */
    int images;      /* of the last forward */
};

/* Doubles that an observed plan gives of a point's signals in IMAGES images; 0 of others. */
size_t bs_cuda_plan_signal_stride(const bs_cuda_plan *plan, int images);

/* Whether a device holds all blocks of a batch at a time, by stages. */
bs_status bs_cuda_stages_fit(const bs_cuda_plan *plan, bool *fit);

/* The launches of a forward of the points that are loaded, as FORWARD says. */
bs_status bs_cuda_plan_run_stages(const bs_cuda_plan *plan, const bs_cuda_forward *forward);
bs_status bs_cuda_plan_run_layers(const bs_cuda_plan *plan, const bs_cuda_forward *forward);

/* Pictures that IMAGES are, by layers. */
static inline int bs_cuda_pictures(const bs_cuda_program *program, int images)
{
    const int side = BS_CUDA_SHAPES[BS_CUDA_STAGES - 1].side;
    return program->flat ? (images + side * side - 1) / (side * side) : images;
}

/* Bytes of what an observed plan has beside the others; and what it puts on the device. */
void bs_cuda_plan_measure_observed(bs_cuda_plan *plan);
bs_status bs_cuda_plan_fill_observed(const bs_cuda_plan *plan);

#endif
