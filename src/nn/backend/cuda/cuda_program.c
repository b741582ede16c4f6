/* Programs from networks, and their tables of filters and constants. */
#include "cuda_program.h"

#include "blueshift/memory.h"

static const bs_tensor *weight_of(const bs_network *network, int layer)
{
    return &network->parameters[network->layers[layer].weight];
}

static int32_t offset_of(const bs_tensor *tensors, int index)
{
    return index < 0 ? -1 : (int32_t)tensors[index].offset;
}

/* The filters of convolution DRAFT, which begin at the end of the weights so far. */
static void add_filters(bs_cuda_program *program, bs_cuda_draft *draft)
{
    const bs_tensor *tensor = weight_of(program->network, draft->layer);
    const bs_layer *source = &program->network->layers[draft->input];
    const int rows = tensor->ndim < 3 ? 1 : (int)tensor->shape[2];
    const int channels = (int)(tensor->count / (size_t)tensor->shape[0]) / (rows * rows);
    const int piece = channels < BS_CUDA_PACK_CHANNELS ? channels : BS_CUDA_PACK_CHANNELS;
    bs_cuda_filter *filter = &program->filters[program->filter_count];
    *filter = (bs_cuda_filter){.parameter = (int32_t)tensor->offset,
                               .filters = (int32_t)tensor->shape[0],
                               .channels = channels,
                               .taps = rows,
                               .stem = !program->flat && source->kind == BS_LAYER_INPUT,
                               .weights = program->weight_stride,
                               .constants = program->constant_stride};
    draft->operation.weights = program->weight_stride;
    program->weight_stride += BS_CUDA_GROUPS(filter->filters) * draft->operation.chunks * rows * 64;
    for (int k = 0; k < filter->filters; k += BS_CUDA_GROUP) {
        program->groups[program->group_count][0] = program->filter_count;
        program->groups[program->group_count++][1] = k;
    }
    const size_t bytes = BS_CUDA_GROUP * (size_t)(piece * rows * rows) * sizeof(float);
    program->group_bytes = bytes > program->group_bytes ? bytes : program->group_bytes;
    program->filter_count++;
}

/* The constants of a draft's finish. */
static void add_finish(bs_cuda_program *program, bs_cuda_draft *draft)
{
    const bs_network *network = program->network;
    const bool filtered = draft->layer >= 0;
    const int linear = filtered ? network->layers[draft->layer].bias : -1;
    const bs_layer *norm = draft->main.norm < 0 ? NULL : &network->layers[draft->main.norm];
    const int channels = network->layers[filtered ? draft->layer : draft->input].channels;
    program->constants[program->constant_count++] = (bs_cuda_constant){
        .constants = program->constant_stride,
        .channels = channels,
        .powers = filtered,
        .copy = -1,
        .weight = norm == NULL ? -1 : offset_of(network->parameters, norm->weight),
        .bias = offset_of(network->parameters, norm == NULL ? linear : norm->bias),
        .mean = norm == NULL ? -1 : offset_of(network->statistics, norm->mean),
        .variance = norm == NULL ? -1 : offset_of(network->statistics, norm->variance),
        .batch = draft->normalises,
        .coefficient = draft->main.coefficient};
    draft->operation.constants = program->constant_stride;
    program->constant_stride += 4 * BS_CUDA_GROUP * BS_CUDA_GROUPS(channels);
}

/* The matrix and the biases of a head, which stay zeros where there are none. */
static void add_head(bs_cuda_program *program, bs_cuda_draft *draft)
{
    const bs_network *network = program->network;
    const int tensors[2] = {network->layers[draft->layer].weight,
                            network->layers[draft->layer].bias};
    draft->operation.constants = program->constant_stride;
    for (int i = 0; i < 2; i++) {
        if (tensors[i] < 0) {
            program->constant_stride += BS_CUDA_CLASSES;
            continue;
        }
        const bs_tensor *tensor = &network->parameters[tensors[i]];
        program->constants[program->constant_count++] =
            (bs_cuda_constant){.constants = program->constant_stride,
                               .channels = (int32_t)tensor->count,
                               .copy = (int32_t)tensor->offset,
                               .vector = i,
                               .weight = -1};
        program->constant_stride += (int)tensor->count;
    }
    program->constant_stride = (program->constant_stride + 3) / 4 * 4;
}

bs_status bs_cuda_program_tabulate(bs_cuda_program *program)
{
    const size_t drafts = (size_t)program->draft_count;
    program->filters = bs_alloc(drafts, sizeof *program->filters);
    program->groups =
        bs_alloc((size_t)program->channels / BS_CUDA_GROUP * drafts, sizeof *program->groups);
    program->constants = bs_alloc(2 * drafts, sizeof *program->constants);
    if (program->filters == NULL || program->groups == NULL || program->constants == NULL) {
        return BS_ERR_MEMORY;
    }
    for (int i = 0; i < program->draft_count; i++) {
        bs_cuda_draft *draft = &program->drafts[i];
        if (bs_cuda_filters(draft)) {
            add_filters(program, draft);
        }
        if (bs_cuda_scales(draft)) {
            add_finish(program, draft);
        } else if (draft->operation.kind == BS_CUDA_HEAD) {
            add_head(program, draft);
        }
    }
    return BS_OK;
}

static bs_status make(bs_cuda_program *program, const bs_cuda_limits *limits)
{
    const bs_plan_use use = {.max_images = 1, .batch = limits->batch, .observed = limits->observed};
    bs_plan *plan = NULL;
    bool fits = false;
    program->flat = program->network->architecture.family == BS_FAMILY_MLP;
    program->by_layers = limits->by_layers || program->flat;
    BS_TRY(bs_plan_create(program->network, &use, &plan));
    bs_status status = bs_cuda_program_draft(program, plan);
    bs_plan_destroy(plan);
    if (status == BS_OK) {
        status = bs_cuda_program_tabulate(program);
    }
    if (status == BS_OK && !program->by_layers) {
        status = bs_cuda_program_place(program, limits->shared_bytes, &fits);
    }
    if (status != BS_OK || fits) {
        return status;
    }
    program->by_layers = true;
    if (bs_cuda_layer_bytes(0, 1) > limits->shared_bytes) {
        return bs_cuda_refuse("GPUs with less than 72 KB of shared memory a block");
    }
    return bs_cuda_program_place_layers(program);
}

bs_status bs_cuda_program_create(const bs_network *network, const bs_cuda_limits *limits,
                                 bs_cuda_program **program)
{
    *program = NULL;
    bs_cuda_program *made = bs_alloc(1, sizeof *made);
    if (made == NULL) {
        return BS_ERR_MEMORY;
    }
    made->network = network;
    made->batch = limits->batch;
    bs_status status = make(made, limits);
    if (status != BS_OK) {
        bs_cuda_program_destroy(made);
        return status;
    }
    *program = made;
    return BS_OK;
}

void bs_cuda_program_destroy(bs_cuda_program *program)
{
    if (program != NULL) {
        bs_free(program->drafts);
        bs_free(program->slot_table);
        bs_free(program->operations);
        bs_free(program->filters);
        bs_free(program->groups);
        bs_free(program->constants);
        bs_free(program->measured);
        bs_free(program->taps);
        bs_free(program);
    }
}
