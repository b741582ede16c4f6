/* The launches of programs that run by stages. */
#include "cuda_plan_state.h"

static int blocks_a_point(int stage, int images)
{
    const int together = BS_CUDA_SHAPES[stage].images;
    return (images + together - 1) / together;
}

/* The launch of STAGE, without parameters; and how many points' IMAGES a device holds at a time in
 * batch mode, where they wait for one another. */
static bs_status shape_launch(const bs_cuda_plan *plan, int stage, int images,
                              bs_cuda_launch *launch, int *teams)
{
    const bs_cuda_device *device = plan->device;
    const int blocks = blocks_a_point(stage, images);
    int resident = 0;
    *launch =
        (bs_cuda_launch){.kernel = (bs_cuda_kernel)(BS_CUDA_KERNEL_STAGE1 + stage),
                         .grid = plan->points * blocks,
                         .block = 32 * BS_CUDA_SHAPES[stage].warps,
                         .shared_bytes = bs_cuda_stage_bytes(stage, plan->program->buffers[stage]),
                         .cooperative = plan->use.batch,
                         .parameter_bytes = sizeof(bs_cuda_stage)};
    if (plan->use.batch) {
        BS_TRY(device->resident(device->context, launch, &resident));
        *teams = resident * device->multiprocessors / blocks;
        launch->grid = (*teams < plan->points ? *teams : plan->points) * blocks;
    }
    return BS_OK;
}

bs_status bs_cuda_stages_fit(const bs_cuda_plan *plan, bool *fit)
{
    *fit = true;
    for (int stage = 0; stage < BS_CUDA_STAGES; stage++) {
        bs_cuda_launch launch;
        int teams = 1;
        BS_TRY(shape_launch(plan, stage, plan->use.max_images, &launch, &teams));
        *fit = *fit && teams > 0;
    }
    return BS_OK;
}

static bs_status launch_stage(const bs_cuda_plan *plan, int stage, const bs_cuda_forward *forward)
{
    const bs_cuda_device *device = plan->device;
    const bs_cuda_program *program = plan->program;
    const int next = stage + 1 < BS_CUDA_STAGES ? stage + 1 : stage;
    bs_cuda_launch launch;
    int teams = 0;
    bs_cuda_stage p = {.forward = *forward,
                       .program = plan->memory[REGION_OPERATIONS] +
                                  (size_t)program->first[stage] * sizeof *program->operations,
                       .slots = plan->memory[REGION_SLOTS + stage],
                       .next_slots = plan->memory[REGION_SLOTS + next],
                       .counters = plan->memory[REGION_COUNTERS],
                       .operation_count = program->first[stage + 1] - program->first[stage],
                       .buffer_count = program->buffers[stage]};
    p.forward.blocks_a_point = blocks_a_point(stage, forward->image_count);
    BS_TRY(shape_launch(plan, stage, forward->image_count, &launch, &teams));
    if (launch.cooperative) {
        BS_TRY(device->clear(device->context, plan->memory[REGION_COUNTERS],
                             plan->bytes[REGION_COUNTERS]));
    }
    launch.parameters = &p;
    return device->launch(device->context, &launch);
}

bs_status bs_cuda_plan_run_stages(const bs_cuda_plan *plan, const bs_cuda_forward *forward)
{
    for (int stage = 0; stage < BS_CUDA_STAGES; stage++) {
        BS_TRY(launch_stage(plan, stage, forward));
    }
    return BS_OK;
}
