/* The direct and Winograd kernels: run a plan in single precision, group by group and image by
 * image. */
#include <string.h>

#include "blueshift/memory.h"
#include "direct.h"
#include "kernels.h"

/* Images FIRST to FIRST + COUNT - 1 of a call, and the caller's arrays. */
typedef struct group {
    int first, count;
    const float *images;
    double *logits;
} group;

/* Everything but the state itself. */
static void release(bs_direct *state)
{
    bs_plan_destroy(state->plan);
    bs_free(state->steps);
    bs_free(state->arena);
    bs_free(state->weights);
    bs_free(state->affine);
    bs_free(state->scratch);
    bs_free(state->vectors);
    bs_free(state->statistics);
    bs_free(state->moments.pivot);
    bs_free(state->moments.sum);
    bs_free(state->moments.squares);
    bs_free(state->measured);
    bs_free(state->means);
    bs_free(state->squares);
    bs_free(state->tap_affine);
    bs_free(state->sums[0]);
    bs_free(state->sums[1]);
}

static void direct_destroy(void *opaque)
{
    bs_direct *state = opaque;
    if (state != NULL) {
        release(state);
        bs_free(state);
    }
}

typedef struct inner_loops {
    const bs_vector *vector;
    const bs_winograd *winograd;
} inner_loops;

static bs_status direct_create(const inner_loops *loops, const bs_network *network, int max_images,
                               bool batch, void **opaque)
{
    *opaque = NULL;
    bs_direct *state = bs_alloc(1, sizeof *state);
    if (state == NULL) {
        return BS_ERR_MEMORY;
    }
    state->network = network;
    state->vector = loops->vector;
    state->winograd = loops->winograd;
    state->max_images = max_images;
    const bs_plan_use use = {.max_images = max_images, .batch = batch};
    bs_status status = bs_plan_create(network, &use, &state->plan);
    if (status == BS_OK) {
        status = bs_direct_allocate(state);
    }
    if (status != BS_OK) {
        direct_destroy(state);
        return status;
    }
    *opaque = state;
    return BS_OK;
}

/* Starts anew with a plan that keeps the signals in memory. */
static bs_status direct_observe(void *opaque, bs_observer *observer)
{
    bs_direct *state = opaque;
    const bs_plan_use use = {
        .max_images = state->max_images, .batch = state->plan->batch, .observed = true};
    bs_direct fresh = {.network = state->network,
                       .vector = state->vector,
                       .winograd = state->winograd,
                       .max_images = state->max_images,
                       .observer = observer};
    bs_status status = bs_plan_create(state->network, &use, &fresh.plan);
    if (status == BS_OK) {
        status = bs_direct_allocate(&fresh);
    }
    if (status != BS_OK) {
        release(&fresh);
        return status;
    }
    release(state);
    *state = fresh;
    return BS_OK;
}

/* Where VALUE of image INDEX of group G lies. */
static bs_map map_of(const bs_direct *state, const group *g, int value, int index)
{
    const bs_buffer *buffer = &state->plan->buffers[state->plan->buffer_of[value]];
    size_t image = (size_t)(buffer->whole ? g->first + index : index);
    return (bs_map){.at = state->arena + buffer->first + image * buffer->image,
                    .row = buffer->row,
                    .height = buffer->height,
                    .width = buffer->width,
                    .channels = buffer->channels};
}

static bs_finish finish_of(const bs_direct *state, const group *g, int index, int image)
{
    const bs_step *step = &state->plan->steps[index];
    const bs_architecture *knobs = &state->network->architecture;
    bs_finish finish = {.out = map_of(state, g, step->output, image)};
    finish.scale = state->affine + state->steps[index].affine;
    finish.shift = finish.scale + finish.out.channels;
    finish.residual_scale = finish.shift + finish.out.channels;
    finish.activate = step->activate;
    finish.activation = knobs->activation;
    finish.slope = (float)knobs->slope;
    finish.scaled = step->factor != 1.0;
    finish.factor = (float)step->factor;
    finish.accumulate = step->accumulate;
    if (step->has_residual) {
        bs_map residual = map_of(state, g, step->residual.value, image);
        finish.residual = residual.at;
        finish.residual_row = residual.row;
    }
    return finish;
}

static void copy_input(const bs_direct *state, const group *g, int value, int index)
{
    bs_map map = map_of(state, g, value, index);
    size_t row = (size_t)map.width * (size_t)map.channels;
    const float *from = g->images + (size_t)(g->first + index) * (size_t)map.height * row;
    for (int y = 0; y < map.height; y++) {
        memcpy(map.at + (size_t)y * map.row, from + (size_t)y * row, row * sizeof *from);
    }
}

static void run_convolution(const bs_direct *state, const group *g, int index, int image)
{
    const bs_step *step = &state->plan->steps[index];
    const bs_layer *layer = &state->network->layers[step->layer];
    bs_map in = map_of(state, g, step->input, image);
    size_t halo = layer->kernel == 3 ? in.row + (size_t)in.channels : 0;
    bs_convolution convolution = {.in = in.at - halo,
                                  .row = in.row,
                                  .pixel = (size_t)in.channels,
                                  .channels = in.channels,
                                  .kernel = layer->kernel,
                                  .stride = layer->stride,
                                  .weights = state->weights + state->steps[index].weights,
                                  .finish = finish_of(state, g, index, image)};
    int ahead = state->steps[index].ahead;
    if (ahead >= 0 && g->first + image + state->plan->group < state->images) {
        bs_map next = map_of(state, g, ahead, image + state->plan->group);
        convolution.ahead = next.at;
        convolution.ahead_size = (size_t)next.height * next.row;
    }
    if (state->steps[index].winograd) {
        state->winograd->convolve(&convolution, state->scratch);
    } else {
        state->vector->convolve(&convolution);
    }
}

/* A linear layer over the whole group, as a kernel of one pixel over a row of images. The rows
 * that fill the last tile hold old numbers; nobody reads what becomes of them. */
static void run_dense(const bs_direct *state, const group *g, int index)
{
    const bs_plan *plan = state->plan;
    const bs_step *step = &plan->steps[index];
    const bs_layer *input = &state->network->layers[step->input];
    int tile = state->vector->tile;
    bs_convolution convolution = {.in = map_of(state, g, step->input, 0).at,
                                  .pixel = plan->buffers[plan->buffer_of[step->input]].image,
                                  .channels = input->channels * input->height * input->width,
                                  .kernel = 1,
                                  .stride = 1,
                                  .weights = state->weights + state->steps[index].weights,
                                  .finish = finish_of(state, g, index, 0)};
    convolution.finish.out.width = (g->count + tile - 1) / tile * tile;
    state->vector->convolve(&convolution);
}

static void run_pad(const bs_direct *state, const group *g, int index, int image)
{
    const bs_step *step = &state->plan->steps[index];
    int stride = state->network->layers[step->layer].stride;
    bs_map in = map_of(state, g, step->input, image);
    bs_map out = map_of(state, g, step->output, image);
    size_t before = (size_t)(out.channels - in.channels) / 2;
    for (int y = 0; y < out.height; y++) {
        for (int x = 0; x < out.width; x++) {
            const float *from =
                in.at + (size_t)(y * stride) * in.row + (size_t)(x * stride * in.channels);
            float *to = out.at + (size_t)y * out.row + (size_t)(x * out.channels);
            memset(to, 0, (size_t)out.channels * sizeof *to);
            memcpy(to + before, from, (size_t)in.channels * sizeof *to);
        }
    }
}

/* The last linear layer: few numbers, so that double precision costs nothing. */
static void run_head(const bs_direct *state, const group *g, int index, int image)
{
    const bs_step *step = &state->plan->steps[index];
    const bs_layer *layer = &state->network->layers[step->layer];
    const float *weights = state->weights + state->steps[index].weights;
    bs_map in = map_of(state, g, step->input, image);
    int channels = state->network->layers[step->input].channels;
    double *logits = g->logits + (size_t)(g->first + image) * (size_t)layer->channels;
    for (int k = 0; k < layer->channels; k++) {
        double total = 0.0;
        for (int c = 0; c < channels; c++) {
            for (int y = 0; y < in.height; y++) {
                for (int x = 0; x < in.width; x++) {
                    total += (double)*weights++ *
                             (double)in.at[(size_t)y * in.row + (size_t)(x * in.channels + c)];
                }
            }
        }
        size_t bias = layer->bias < 0 ? 0 : state->network->parameters[layer->bias].offset;
        logits[k] = layer->bias < 0 ? total : total + (double)state->vectors[bias + (size_t)k];
    }
}

/* Adds the moments of one image, the g->first + INDEX-th, to those of the images before (Chan et
 * al. 1979). */
static void add_moments(bs_direct *state, const group *g, int value, int index)
{
    const bs_moments *moments = &state->moments;
    bs_map map = map_of(state, g, value, index);
    double *means = state->means + state->measured[value];
    double *squares = state->squares + state->measured[value];
    double pixels = (double)map.height * map.width;
    double before = (double)(g->first + index);
    double share = 1.0 / (before + 1.0);
    state->vector->measure(&map, moments);
    for (int c = 0; c < map.channels; c++) {
        double sum = (double)moments->sum[c];
        double mean = (double)moments->pivot[c] + sum / pixels;
        double deviation = (double)moments->squares[c] - sum * sum / pixels;
        double delta = before > 0.0 ? mean - means[c] : 0.0;
        means[c] = before > 0.0 ? means[c] + delta * share : mean;
        squares[c] =
            (before > 0.0 ? squares[c] : 0.0) + deviation + delta * delta * before * share * pixels;
    }
}

/* The finish over a stored value; for averages it sums what it reads anyway. */
static void run_pointwise(const bs_direct *state, const group *g, int index, int image)
{
    const bs_step *step = &state->plan->steps[index];
    bs_map in = map_of(state, g, step->main.value, image);
    bs_finish finish = finish_of(state, g, index, image);
    if (step->tap_count > 0 && state->observer->pooled) {
        state->vector->finish_and_sum(&in, &finish, state->sums[0], state->sums[1]);
    } else {
        state->vector->finish(&in, &finish);
    }
}

/* What must be seen before the step, which may write over its operands, runs. */
static void look(const bs_direct *state, const group *g, int index, int image)
{
    const bs_step *step = &state->plan->steps[index];
    bs_map operands[2] = {{0}, {0}};
    if (step->kind == BS_STEP_POINTWISE) {
        operands[0] = map_of(state, g, step->main.value, image);
    }
    if (step->has_residual) {
        operands[1] = map_of(state, g, step->residual.value, image);
    }
    bs_direct_probe(state, index, g->first + image, operands);
    if (step->kind != BS_STEP_POINTWISE && state->observer->pooled) {
        state->vector->sum(&operands[1], state->sums[1]);
    }
}

static void run_image(bs_direct *state, const group *g, int index, int image)
{
    const bs_step *step = &state->plan->steps[index];
    if (step->tap_count > 0) {
        look(state, g, index, image);
    }
    switch (step->kind) {
    case BS_STEP_INPUT:
        copy_input(state, g, step->output, image);
        break;
    case BS_STEP_CONV:
        run_convolution(state, g, index, image);
        break;
    case BS_STEP_POINTWISE:
        run_pointwise(state, g, index, image);
        break;
    case BS_STEP_PAD:
        run_pad(state, g, index, image);
        break;
    case BS_STEP_POOL: {
        bs_map in = map_of(state, g, step->input, image);
        state->vector->pool(&in, map_of(state, g, step->output, image).at);
        break;
    }
    case BS_STEP_HEAD:
        run_head(state, g, index, image);
        break;
    case BS_STEP_DENSE:
        break; /* the group's images at once, before */
    }
    if (step->moments) {
        add_moments(state, g, step->output, image);
    }
    if (step->tap_count > 0 && state->observer->pooled) {
        bs_direct_pool(state, index, g->first + image);
    }
}

static void run_group(bs_direct *state, const group *g, int segment)
{
    const bs_plan *plan = state->plan;
    for (int s = 0; s < plan->step_count; s++) {
        if (plan->steps[s].segment != segment) {
            continue;
        }
        if (plan->steps[s].kind == BS_STEP_DENSE) {
            run_dense(state, g, s);
        }
        for (int i = 0; i < g->count; i++) {
            run_image(state, g, s, i);
        }
    }
}

static bs_status direct_forward(void *opaque, const float *images, int count, double *logits)
{
    bs_direct *state = opaque;
    const bs_plan *plan = state->plan;
    if (count < 1 || count > state->max_images) {
        return BS_FAIL(BS_ERR_INTERNAL, "%d images given to a state for 1 to %d", count,
                       state->max_images);
    }
    state->images = count;
    for (int segment = 0; segment < plan->segment_count; segment++) {
        if (plan->batch) {
            bs_direct_set_affine(state, segment);
        }
        for (int first = 0; first < count; first += plan->group) {
            int rest = count - first;
            group g = {.first = first,
                       .count = rest < plan->group ? rest : plan->group,
                       .images = images,
                       .logits = logits};
            run_group(state, &g, segment);
        }
    }
    if (state->observer != NULL) {
        bs_observer_add_up(state->observer);
    }
    return BS_OK;
}

static void direct_statistics(const void *opaque, double *statistics)
{
    const bs_direct *state = opaque;
    const bs_network *network = state->network;
    memset(statistics, 0, network->statistic_size * sizeof *statistics);
    for (int i = 0; i < network->layer_count; i++) {
        const bs_layer *layer = &network->layers[i];
        for (int c = 0; layer->kind == BS_LAYER_NORM && c < layer->channels; c++) {
            double measured[2];
            bs_direct_statistics(state, i, c, measured);
            statistics[network->statistics[layer->mean].offset + (size_t)c] = measured[0];
            statistics[network->statistics[layer->variance].offset + (size_t)c] = measured[1];
        }
    }
}

/* Kernels of one plan that differ in their inner loops. */
#define KERNEL(id, title, text, vectors, winograds, ...)                                           \
    static bs_status create_##id(const bs_network *network, int max_images, bool batch,            \
                                 void **state)                                                     \
    {                                                                                              \
        const inner_loops loops = {vectors, winograds};                                            \
        return direct_create(&loops, network, max_images, batch, state);                           \
    }                                                                                              \
    const bs_kernel bs_kernel_##id = {.name = title,                                               \
                                      .arithmetic = text,                                          \
                                      .create = create_##id,                                       \
                                      .load = bs_direct_load,                                      \
                                      .forward = direct_forward,                                   \
                                      .batch_statistics = direct_statistics,                       \
                                      .observe = direct_observe,                                   \
                                      .destroy = direct_destroy,                                   \
                                      __VA_ARGS__};

#define KERNELS(isa, text)                                                                         \
    KERNEL(direct_##isa, "direct-" #isa, "float32 (" text ")", &bs_vector_##isa, NULL, )           \
    KERNEL(winograd_##isa, "winograd-" #isa, "float32 (" text ", Winograd F(2x2,3x3))",            \
           &bs_vector_##isa, &bs_winograd_##isa, )

#if defined(__x86_64__)
KERNELS(avx512, "AVX-512")
KERNELS(avx2, "AVX2")
KERNELS(sse, "SSE4")
#define PLAIN bs_vector_sse
#else
KERNELS(generic, "generic")
#define PLAIN bs_vector_generic
#endif

/* Layers that Winograd's convolution cannot compute are direct, in single precision. */
#define SPLIT "float32 as 3 bfloat16 (AMX"
#define PREVIEW "2 bfloat16, about 16 bits (AMX"
#if defined(BS_AMX)
KERNEL(amx_split, "amx-split", SPLIT ", Winograd F(2x2,3x3))", &bs_vector_avx512,
       &bs_winograd_split_amx, .on_request = true)
KERNEL(amx_preview, "amx-preview", PREVIEW ", Winograd F(2x2,3x3))", &bs_vector_avx512,
       &bs_winograd_preview_amx, .on_request = true, .preview = true)
#endif
KERNEL(amx_split_emulated, "amx-split-emulated", SPLIT " in software, Winograd F(2x2,3x3))", &PLAIN,
       &bs_winograd_split_emulated, .on_request = true)
KERNEL(amx_preview_emulated, "amx-preview-emulated", PREVIEW " in software, Winograd F(2x2,3x3))",
       &PLAIN, &bs_winograd_preview_emulated, .on_request = true, .preview = true)
