/* The launches of programs that run by layers: one for an operation, or in batch mode up to its
 * norm, one that merges moments, and one for the rest. */
#include "cuda_plan_state.h"

/* Blocks that share the images of a fully connected network's input, for its channels. */
enum { FLAT_PARTS = 16 };

static int divide_up(int a, int b)
{
    return (a + b - 1) / b;
}

static bs_cuda_address slot_address(const bs_cuda_plan *plan, int slot)
{
    const size_t pictures = (size_t)plan->use.max_points *
                            (size_t)bs_cuda_pictures(plan->program, plan->use.max_images);
    return slot < 0 ? 0
                    : plan->memory[REGION_SLOTS] + plan->program->slot_table[slot].first * pictures;
}

static int groups_of(const bs_cuda_program *program, int value)
{
    return value < 0 ? 0 : BS_CUDA_GROUPS(bs_cuda_channels_of(program, value));
}

/* Blocks among which an operation's channels are divided. */
static int count_parts(const bs_cuda_program *program, const bs_cuda_draft *draft, int32_t kind)
{
    const int groups = groups_of(program, draft->output);
    const bs_cuda_shape *result = &BS_CUDA_SHAPES[bs_cuda_stage_of(program, draft->output)];
    if (kind == BS_CUDA_IMAGE) {
        return program->flat ? FLAT_PARTS : 1;
    }
    if (draft->output < 0) {
        return 1;
    }
    return kind == BS_CUDA_PAD ? groups : divide_up(groups, result->channels / BS_CUDA_GROUP);
}

/* What the launch of operation INDEX takes, done as KIND. */
static bs_cuda_layer describe(const bs_cuda_plan *plan, const bs_cuda_forward *forward, int index,
                              int32_t kind)
{
    const bs_cuda_program *program = plan->program;
    const bs_cuda_draft *draft = &program->drafts[index];
    const bs_cuda_operation *op = &program->operations[index];
    const bool ends = draft->output < 0; /* in numbers */
    bs_cuda_layer p = {.forward = *forward,
                       .operation = *op,
                       .input = slot_address(plan, op->input),
                       .output = slot_address(plan, op->output),
                       .skip = slot_address(plan, op->skip),
                       .raw = slot_address(plan, draft->raw),
                       .input_groups = groups_of(program, draft->input),
                       .output_groups = groups_of(program, draft->output),
                       .channels =
                           bs_cuda_channels_of(program, ends ? draft->input : draft->output),
                       .parts = count_parts(program, draft, kind),
                       .pictures = bs_cuda_pictures(program, forward->image_count)};
    p.operation.kind = kind;
    return p;
}

/* Launches operation INDEX as KIND with FLAGS. */
static bs_status launch(const bs_cuda_plan *plan, const bs_cuda_forward *forward, int index,
                        int32_t kind, int32_t flags)
{
    const bs_cuda_device *device = plan->device;
    const bs_cuda_program *program = plan->program;
    const bs_cuda_draft *draft = &program->drafts[index];
    const bool brings = bs_cuda_filters(draft) && kind != BS_CUDA_RAW;
    const int stage = kind == BS_CUDA_RAW ? bs_cuda_stage_of(program, draft->output) : draft->stage;
    const bs_cuda_shape *shape = &BS_CUDA_SHAPES[stage];
    bs_cuda_layer p = describe(plan, forward, index, kind);
    const int units = draft->output < 0 ? forward->image_count : p.pictures;
    p.operation.flags = flags;
    p.pixels = program->flat ? 1 : shape->side * shape->side;
    p.buffers = !brings ? 0 : bs_cuda_layer_bytes(stage, 2) <= device->shared_bytes ? 2 : 1;
    p.forward.blocks_a_point = divide_up(units, shape->images);
    const bs_cuda_launch l = {.kernel = (bs_cuda_kernel)(BS_CUDA_KERNEL_LAYER1 + stage),
                              .grid = plan->points * p.forward.blocks_a_point * p.parts,
                              .block = 32 * shape->warps,
                              .shared_bytes = bs_cuda_layer_bytes(stage, p.buffers),
                              .parameters = &p,
                              .parameter_bytes = sizeof p};
    return device->launch(device->context, &l);
}

/* Merges the partial moments of operation INDEX, whose blocks had the shape of its input. */
static bs_status merge(const bs_cuda_plan *plan, const bs_cuda_forward *forward, int index)
{
    const bs_cuda_device *device = plan->device;
    const bs_cuda_program *program = plan->program;
    const bs_cuda_draft *draft = &program->drafts[index];
    const int side = BS_CUDA_SHAPES[bs_cuda_stage_of(program, draft->output)].side;
    bs_cuda_merge p = {.forward = *forward,
                       .channels = bs_cuda_channels_of(program, draft->output),
                       .measured = program->operations[index].measured,
                       .pixels = side * side,
                       .images = BS_CUDA_SHAPES[draft->stage].images};
    p.forward.blocks_a_point = divide_up(forward->image_count, p.images);
    const bs_cuda_launch l = {.kernel = BS_CUDA_KERNEL_MERGE,
                              .grid =
                                  divide_up(plan->points * p.channels, BS_CUDA_MERGE_THREADS / 32),
                              .block = BS_CUDA_MERGE_THREADS,
                              .parameters = &p,
                              .parameter_bytes = sizeof p};
    return device->launch(device->context, &l);
}

static bs_status run_operation(const bs_cuda_plan *plan, const bs_cuda_forward *forward, int index)
{
    const bs_cuda_operation *op = &plan->program->operations[index];
    if ((op->flags & BS_CUDA_MEASURE_RESULT) != 0) {
        BS_TRY(launch(plan, forward, index, op->kind, BS_CUDA_MEASURE_RESULT));
        BS_TRY(merge(plan, forward, index));
        return launch(plan, forward, index, BS_CUDA_RAW, op->flags & ~BS_CUDA_MEASURE_RESULT);
    }
    BS_TRY(launch(plan, forward, index, op->kind, op->flags));
    return (op->flags & BS_CUDA_MEASURE_OUTPUT) == 0 ? BS_OK : merge(plan, forward, index);
}

bs_status bs_cuda_plan_run_layers(const bs_cuda_plan *plan, const bs_cuda_forward *forward)
{
    for (int i = 0; i < plan->program->operation_count; i++) {
        BS_TRY(run_operation(plan, forward, i));
    }
    return BS_OK;
}
