/* A network's program on a device: its memory, and the launches that load and evaluate points. */
#include "cuda_plan.h"

#include <string.h>

#include "blueshift/memory.h"
#include "cuda_plan_state.h"

/* Bytes of all regions. */
static void measure(bs_cuda_plan *plan)
{
    const bs_cuda_program *program = plan->program;
    const size_t points = (size_t)plan->use.max_points;
    const size_t values = points * (size_t)plan->use.max_images;
    const size_t channels = (size_t)program->channels;
    size_t *bytes = plan->bytes;
    bytes[REGION_OPERATIONS] =
        program->by_layers ? 0 : (size_t)program->operation_count * sizeof *program->operations;
    bytes[REGION_FILTERS] = (size_t)program->filter_count * sizeof *program->filters;
    bytes[REGION_GROUPS] = (size_t)program->group_count * sizeof *program->groups;
    bytes[REGION_CONSTANT_TABLE] = (size_t)program->constant_count * sizeof *program->constants;
    bytes[REGION_VECTORS] = BS_CUDA_VECTORS * plan->network->parameter_size * sizeof(float);
    bytes[REGION_COEFFICIENTS] = points * BS_CUDA_VECTORS * sizeof(double);
    bytes[REGION_STATISTICS] = points * plan->network->statistic_size * sizeof(float);
    bytes[REGION_WEIGHTS] = points * (size_t)program->weight_stride * 16 + WEIGHTS_BEHIND;
    bytes[REGION_CONSTANTS] = points * (size_t)program->constant_stride * sizeof(float);
    for (int stage = 0; stage < BS_CUDA_STAGES; stage++) {
        bytes[REGION_SLOTS + stage] = (size_t)program->slots[stage] * values *
                                      (size_t)bs_cuda_value_bytes(&BS_CUDA_SHAPES[stage]);
    }
    if (program->by_layers) {
        bytes[REGION_SLOTS] = program->picture_bytes * points *
                              (size_t)bs_cuda_pictures(program, plan->use.max_images);
    }
    const size_t shared = plan->use.batch ? values : 0;
    bytes[REGION_PARTIALS] = 2 * shared * channels * 2 * sizeof(float);
    bytes[REGION_COUNTERS] = plan->use.batch ? points * sizeof(uint32_t) : 0;
    bytes[REGION_MOMENTS] =
        points * (size_t)program->measured_count * channels * 2 * sizeof(double);
    bytes[REGION_LOGITS] =
        values * (size_t)(1 + plan->network->tail_count) * BS_CUDA_CLASSES * sizeof(double);
    bs_cuda_plan_measure_observed(plan);
}

static bs_status allocate(bs_cuda_plan *plan)
{
    const bs_cuda_device *device = plan->device;
    measure(plan);
    for (int i = 0; i < REGION_COUNT; i++) {
        if (plan->bytes[i] > 0) {
            BS_TRY(device->allocate(device->context, plan->bytes[i], &plan->memory[i]));
        }
    }
    plan->moments = bs_alloc(plan->bytes[REGION_MOMENTS], 1);
    return plan->moments == NULL ? BS_ERR_MEMORY : BS_OK;
}

/* Puts the program there, and zeros into the slots' columns beside the pictures, and where no
 * weights are. */
static bs_status fill(bs_cuda_plan *plan)
{
    const bs_cuda_device *device = plan->device;
    const bs_cuda_program *program = plan->program;
    const void *tables[] = {[REGION_OPERATIONS] = program->operations,
                            [REGION_FILTERS] = program->filters,
                            [REGION_GROUPS] = program->groups,
                            [REGION_CONSTANT_TABLE] = program->constants};
    for (int i = REGION_OPERATIONS; i <= REGION_CONSTANT_TABLE; i++) {
        if (plan->bytes[i] > 0) {
            BS_TRY(device->upload(device->context, plan->memory[i], tables[i], plan->bytes[i]));
        }
    }
    for (int i = REGION_WEIGHTS; i < REGION_SLOTS + BS_CUDA_STAGES; i++) {
        if (plan->bytes[i] > 0) {
            BS_TRY(device->clear(device->context, plan->memory[i], plan->bytes[i]));
        }
    }
    return plan->use.observer == NULL ? BS_OK : bs_cuda_plan_fill_observed(plan);
}

/* By stages if they fit, and if in batch mode a card holds all images of a point at a time. */
static bs_status make_program(bs_cuda_plan *plan)
{
    bs_cuda_limits limits = {.batch = plan->use.batch,
                             .observed = plan->use.observer != NULL,
                             .by_layers = plan->use.by_layers,
                             .shared_bytes = plan->device->shared_bytes};
    bool fits = true;
    BS_TRY(bs_cuda_program_create(plan->network, &limits, &plan->program));
    if (!plan->program->by_layers) {
        BS_TRY(bs_cuda_stages_fit(plan, &fits));
    }
    if (!fits) {
        limits.by_layers = true;
        bs_cuda_program_destroy(plan->program);
        BS_TRY(bs_cuda_program_create(plan->network, &limits, &plan->program));
    }
    return BS_OK;
}

static bs_status make(bs_cuda_plan *plan)
{
    BS_TRY(make_program(plan));
    BS_TRY(allocate(plan));
    return fill(plan);
}

bs_status bs_cuda_plan_create(const bs_network *network, const bs_cuda_device *device,
                              const bs_cuda_use *use, bs_cuda_plan **plan)
{
    *plan = NULL;
    bs_cuda_plan *made = bs_alloc(1, sizeof *made);
    if (made == NULL) {
        return BS_ERR_MEMORY;
    }
    made->network = network;
    made->device = device;
    made->use = *use;
    bs_status status = make(made);
    if (status != BS_OK) {
        bs_cuda_plan_destroy(made);
        return status;
    }
    *plan = made;
    return BS_OK;
}

void bs_cuda_plan_destroy(bs_cuda_plan *plan)
{
    if (plan != NULL) {
        for (int i = 0; i < REGION_COUNT; i++) {
            plan->device->release(plan->device->context, plan->memory[i]);
        }
        bs_cuda_program_destroy(plan->program);
        bs_free(plan->moments);
        bs_free(plan);
    }
}

bs_status bs_cuda_plan_vectors(bs_cuda_plan *plan, int count, const float *const *vectors)
{
    const bs_cuda_device *device = plan->device;
    const size_t bytes = plan->network->parameter_size * sizeof(float);
    if (count < 1 || count > BS_CUDA_VECTORS) {
        return BS_FAIL(BS_ERR_INTERNAL, "%d vectors given to a plan for 1 to %d", count,
                       BS_CUDA_VECTORS);
    }
    for (int v = 0; v < count; v++) {
        BS_TRY(device->upload(device->context, plan->memory[REGION_VECTORS] + (size_t)v * bytes,
                              vectors[v], bytes));
    }
    plan->vectors = count;
    plan->points = 0;
    return BS_OK;
}

static bs_cuda_preparation prepare(const bs_cuda_plan *plan, const bs_cuda_points *points)
{
    const size_t bytes = plan->network->parameter_size * sizeof(float);
    bs_cuda_preparation p = {
        .coefficients = plan->memory[REGION_COEFFICIENTS],
        .statistics = plan->memory[REGION_STATISTICS],
        .filters = plan->memory[REGION_FILTERS],
        .groups = plan->memory[REGION_GROUPS],
        .constant_table = plan->memory[REGION_CONSTANT_TABLE],
        .weights = plan->memory[REGION_WEIGHTS],
        .constants = plan->memory[REGION_CONSTANTS],
        .vector_count = plan->vectors,
        .weight_stride = plan->program->weight_stride,
        .constant_stride = plan->program->constant_stride,
        .statistic_stride = points->same_statistics ? 0 : (int32_t)plan->network->statistic_size,
        .origin_vectors = points->origin_vectors ? 1 : 0};
    for (int v = 0; v < BS_CUDA_VECTORS; v++) {
        p.vectors[v] = plan->memory[REGION_VECTORS] + (size_t)v * bytes;
    }
    return p;
}

/* Filters first: constants take the powers of two that they leave. */
static bs_status launch_preparation(const bs_cuda_plan *plan, bs_cuda_preparation *p, int points)
{
    const bs_cuda_device *device = plan->device;
    bs_cuda_launch launch = {.kernel = BS_CUDA_KERNEL_PACK,
                             .grid = points * plan->program->group_count,
                             .block = BS_CUDA_PACK_THREADS,
                             .shared_bytes = plan->program->group_bytes + 16 * sizeof(float),
                             .parameters = p,
                             .parameter_bytes = sizeof *p};
    p->group_count = plan->program->group_count;
    BS_TRY(device->launch(device->context, &launch));
    p->group_count = plan->program->constant_count;
    launch.kernel = BS_CUDA_KERNEL_CONSTANTS;
    launch.grid = points * plan->program->constant_count;
    launch.shared_bytes = 0;
    return device->launch(device->context, &launch);
}

bs_status bs_cuda_plan_load(bs_cuda_plan *plan, const bs_cuda_points *points)
{
    const bs_cuda_device *device = plan->device;
    const size_t count = (size_t)points->count;
    const bool given = !plan->use.batch && plan->network->statistic_size > 0;
    if (points->count < 1 || points->count > plan->use.max_points || plan->vectors == 0) {
        return BS_FAIL(BS_ERR_INTERNAL, "%d points of %d vectors given to a plan for 1 to %d",
                       points->count, plan->vectors, plan->use.max_points);
    }
    if (given && points->statistics == NULL) {
        return BS_FAIL(BS_ERR_INTERNAL, "a network with given statistics was loaded without");
    }
    plan->points = 0;
    BS_TRY(device->upload(device->context, plan->memory[REGION_COEFFICIENTS], points->coefficients,
                          count * (size_t)plan->vectors * sizeof *points->coefficients));
    if (given) {
        const size_t sets = points->same_statistics ? 1 : count;
        BS_TRY(device->upload(device->context, plan->memory[REGION_STATISTICS], points->statistics,
                              sets * plan->network->statistic_size * sizeof(float)));
    }
    bs_cuda_preparation p = prepare(plan, points);
    BS_TRY(launch_preparation(plan, &p, points->count));
    plan->points = points->count;
    return BS_OK;
}

static bs_cuda_forward describe(const bs_cuda_plan *plan, bs_cuda_address images, int64_t first,
                                int count)
{
    const bs_cuda_program *program = plan->program;
    const bs_observer *observer = plan->use.observer;
    const bs_architecture *architecture = &plan->network->architecture;
    return (bs_cuda_forward){.weights = plan->memory[REGION_WEIGHTS],
                             .constants = plan->memory[REGION_CONSTANTS],
                             .inputs = images,
                             .partials = plan->memory[REGION_PARTIALS],
                             .moments = plan->memory[REGION_MOMENTS],
                             .logits = plan->memory[REGION_LOGITS],
                             .heads = plan->memory[REGION_HEADS],
                             .probes = plan->memory[REGION_PROBES],
                             .signals = plan->memory[REGION_SIGNALS],
                             .signal_stride = (int32_t)bs_cuda_plan_signal_stride(plan, count),
                             .tap_count = program->tap_count,
                             .probe_count = observer == NULL ? 0 : observer->probe_count,
                             .first_image = (int32_t)first,
                             .point_count = plan->points,
                             .image_count = count,
                             .weight_stride = program->weight_stride,
                             .constant_stride = program->constant_stride,
                             .measured_count = program->measured_count,
                             .head_count = 1 + plan->network->tail_count,
                             .channels = program->channels,
                             .activation = (int32_t)architecture->activation,
                             .slope = architecture->activation == BS_ACTIVATION_LEAKY_RELU
                                          ? (float)architecture->slope
                                          : 0.0F};
}

bs_status bs_cuda_plan_forward(bs_cuda_plan *plan, bs_cuda_address images, int64_t first, int count,
                               double *logits)
{
    const bs_cuda_device *device = plan->device;
    if (count < 1 || count > plan->use.max_images || plan->points == 0) {
        return BS_FAIL(BS_ERR_INTERNAL, "%d images of %d points given to a plan for 1 to %d", count,
                       plan->points, plan->use.max_images);
    }
    const bs_cuda_forward forward = describe(plan, images, first, count);
    BS_TRY(plan->program->by_layers ? bs_cuda_plan_run_layers(plan, &forward)
                                    : bs_cuda_plan_run_stages(plan, &forward));
    const size_t numbers = (size_t)plan->points * (size_t)(1 + plan->network->tail_count) *
                           (size_t)count * BS_CUDA_CLASSES;
    BS_TRY(device->download(device->context, logits, plan->memory[REGION_LOGITS],
                            numbers * sizeof *logits));
    plan->images = count;
    return BS_OK;
}

/* What the norm layers that take value M of a plan's measured ones have: MOMENTS [channels][2]. */
static void spread_moments(const bs_cuda_plan *plan, int m, const double *moments,
                           double *statistics)
{
    const bs_network *network = plan->network;
    for (int i = 0; i < network->layer_count; i++) {
        const bs_layer *layer = &network->layers[i];
        if (layer->kind == BS_LAYER_NORM && layer->inputs[0] == plan->program->measured[m]) {
            double *mean = statistics + network->statistics[layer->mean].offset;
            double *variance = statistics + network->statistics[layer->variance].offset;
            for (int c = 0; c < layer->channels; c++) {
                mean[c] = moments[2 * (ptrdiff_t)c];
                variance[c] = moments[2 * (ptrdiff_t)c + 1];
            }
        }
    }
}

bs_status bs_cuda_plan_statistics(const bs_cuda_plan *plan, double *statistics)
{
    const bs_cuda_device *device = plan->device;
    const size_t points = (size_t)plan->points;
    const size_t measured = (size_t)plan->program->measured_count;
    const size_t numbers = 2 * (size_t)plan->program->channels;
    const size_t size = plan->network->statistic_size;
    memset(statistics, 0, points * size * sizeof *statistics);
    BS_TRY(device->download(device->context, plan->moments, plan->memory[REGION_MOMENTS],
                            points * measured * numbers * sizeof *plan->moments));
    for (size_t i = 0; i < points * measured; i++) {
        spread_moments(plan, (int)(i % measured), plan->moments + i * numbers,
                       statistics + i / measured * size);
    }
    return BS_OK;
}
