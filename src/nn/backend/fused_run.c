/* Runs the steps of a plan over a group of images, image by image or all at once. */
#include <string.h>

#include "fused.h"

bs_map bs_fused_map(const bs_fused *state, const bs_fused_group *g, int where, int index)
{
    const bs_buffer *buffer = &state->plan->buffers[state->plan->buffer_of[where]];
    size_t image = (size_t)(buffer->whole ? g->first + index : index);
    return (bs_map){.at = state->arena + buffer->first + image * buffer->image,
                    .row = buffer->row,
                    .height = buffer->height,
                    .width = buffer->width,
                    .channels = buffer->channels};
}

bs_finish bs_fused_finish(const bs_fused *state, const bs_fused_group *g, int index, int image)
{
    const bs_step *step = &state->plan->steps[index];
    const bs_architecture *hyperparameters = &state->network->architecture;
    bs_finish finish = {.out = bs_fused_map(state, g, step->output, image)};
    const float *affine = state->affine + state->steps[index].affine;
    finish.scale = state->steps[index].plain ? NULL : affine;
    finish.shift = affine + finish.out.channels;
    finish.skip_scale = finish.shift + finish.out.channels;
    finish.activate = step->activate;
    finish.activation = hyperparameters->activation;
    finish.slope = (float)hyperparameters->slope;
    finish.scaled = step->factor != 1.0;
    finish.factor = (float)step->factor;
    finish.accumulate = step->accumulate;
    if (step->has_skip) {
        bs_map skip = bs_fused_map(state, g, step->skip.value, image);
        finish.skip = skip.at;
        finish.skip_row = skip.row;
    }
    return finish;
}

static void copy_input(const bs_fused *state, const bs_fused_group *g, int value, int index)
{
    bs_map map = bs_fused_map(state, g, value, index);
    size_t row = (size_t)map.width * (size_t)map.channels;
    const float *from = g->images + (size_t)(g->first + index) * (size_t)map.height * row;
    for (int y = 0; y < map.height; y++) {
        memcpy(map.at + (size_t)y * map.row, from + (size_t)y * row, row * sizeof *from);
    }
}

/* What pointwise step INDEX does on the way to a convolution. */
static bs_preparation preparation_of(const bs_fused *state, const bs_fused_group *g, int index,
                                     int image)
{
    const bs_step *step = &state->plan->steps[index];
    return (bs_preparation){
        .in = bs_fused_map(state, g, step->main.value, image),
        .finish = bs_fused_finish(state, g, index, image),
        .in_passes = state->passing[step->main.value],
        .skip_passes = step->has_skip && state->passing[step->skip.value],
        .out_passes = state->passing[step->output],
    };
}

static bs_moments moments_of(const bs_fused *state, int image)
{
    size_t at = (size_t)(image % BS_TOGETHER) * state->moments_stride;
    const bs_moments *all = &state->moments;
    return (bs_moments){all->pivot + at, all->sum + at, all->squares + at};
}

/* What both ways of a convolution need. */
static bs_convolution convolution_of(const bs_fused *state, const bs_fused_group *g, int index,
                                     int image)
{
    const bs_step *step = &state->plan->steps[index];
    const bs_layer *layer = &state->network->layers[step->layer];
    bs_map in = bs_fused_map(state, g, step->input, image);
    size_t halo = layer->kernel == 3 ? in.row + (size_t)in.channels : 0;
    return (bs_convolution){.in = in.at - halo,
                            .row = in.row,
                            .pixel = (size_t)in.channels,
                            .channels = in.channels,
                            .kernel = layer->kernel,
                            .stride = layer->stride,
                            .weights = state->weights + state->steps[index].weights,
                            .finish = bs_fused_finish(state, g, index, image)};
}

/* What a Winograd convolution does on the way. */
typedef struct on_the_way {
    bs_preparation before[BS_PREPARATIONS];
    bs_moments moments;
} on_the_way;

static void add_on_the_way(const bs_fused *state, const bs_fused_group *g, int index, int image,
                           bs_convolution *convolution, on_the_way *mine)
{
    const bs_step *step = &state->plan->steps[index];
    int later = image + state->plan->groups[step->segment];
    const int *ahead = state->steps[index].ahead;
    for (int i = 0; i < BS_STRETCHES && ahead[i] >= 0 && g->first + later < state->images; i++) {
        bs_map next = bs_fused_map(state, g, ahead[i], later);
        convolution->ahead[i] = (bs_stretch){next.at, (size_t)next.height * next.row};
    }
    int count = state->steps[index].before_count;
    for (int i = 0; i < count; i++) {
        mine->before[i] = preparation_of(state, g, index - count + i, image);
    }
    mine->moments = moments_of(state, image);
    convolution->before = mine->before;
    convolution->before_count = count;
    convolution->rolling = state->steps[index].rolling;
    convolution->moments = step->moments ? &mine->moments : NULL;
}

/* COUNT images from the group's FIRST on. */
static void run_convolutions(const bs_fused *state, const bs_fused_group *g, int index, int first,
                             int count)
{
    bs_convolution convolutions[BS_TOGETHER];
    on_the_way all[BS_TOGETHER];
    for (int i = 0; i < count; i++) {
        convolutions[i] = convolution_of(state, g, index, first + i);
        if (state->steps[index].winograd) {
            add_on_the_way(state, g, index, first + i, &convolutions[i], &all[i]);
        } else {
            state->vector->convolve(&convolutions[i]);
        }
    }
    if (state->steps[index].winograd) {
        state->winograd->convolve(convolutions, count, state->scratch);
    }
}

/* Values of one pixel lie side by side, image after image: a row of images, up to the end of the
 * last tile. What fills it holds old numbers; nobody reads what becomes of them. */
int bs_fused_row_of_images(const bs_fused *state, const bs_fused_group *g)
{
    int tile = state->vector->tile;
    return (g->count + tile - 1) / tile * tile;
}

/* A linear layer over the whole group, as a kernel of one pixel over a row of images. */
static void run_dense(const bs_fused *state, const bs_fused_group *g, int index)
{
    const bs_plan *plan = state->plan;
    const bs_step *step = &plan->steps[index];
    const bs_layer *input = &state->network->layers[step->input];
    bs_convolution convolution = {.in = bs_fused_map(state, g, step->input, 0).at,
                                  .pixel = plan->buffers[plan->buffer_of[step->input]].image,
                                  .channels = input->channels * input->height * input->width,
                                  .kernel = 1,
                                  .stride = 1,
                                  .weights = state->weights + state->steps[index].weights,
                                  .finish = bs_fused_finish(state, g, index, 0)};
    convolution.finish.out.width = bs_fused_row_of_images(state, g);
    state->vector->convolve(&convolution);
}

/* The finish over a stored value of one pixel, the whole group as a row of images. */
static void run_points(const bs_fused *state, const bs_fused_group *g, int index)
{
    bs_map in = bs_fused_map(state, g, state->plan->steps[index].main.value, 0);
    bs_finish finish = bs_fused_finish(state, g, index, 0);
    in.width = bs_fused_row_of_images(state, g);
    finish.out.width = in.width;
    state->vector->finish(&in, &finish);
}

static void run_pad(const bs_fused *state, const bs_fused_group *g, int index, int image)
{
    const bs_step *step = &state->plan->steps[index];
    int stride = state->network->layers[step->layer].stride;
    bs_map in = bs_fused_map(state, g, step->input, image);
    bs_map out = bs_fused_map(state, g, step->output, image);
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
static void run_head(const bs_fused *state, const bs_fused_group *g, int index, int image)
{
    const bs_step *step = &state->plan->steps[index];
    const bs_layer *layer = &state->network->layers[step->layer];
    const float *weights = state->weights + state->steps[index].weights;
    bs_map in = bs_fused_map(state, g, step->input, image);
    int channels = state->network->layers[step->input].channels;
    size_t row = (size_t)step->head * (size_t)state->images + (size_t)(g->first + image);
    double *logits = g->logits + row * (size_t)layer->channels;
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

/* Adds the moments that STEP gives of one image, the g->first + INDEX-th, to those of the images
 * before (Chan et al. 1979). */
static void add_moments(bs_fused *state, const bs_fused_group *g, int step, int index)
{
    const bs_moments moments = moments_of(state, index);
    int value = state->plan->steps[step].output;
    bs_map map = bs_fused_map(state, g, value, index);
    double *means = state->means + state->measured[value];
    double *squares = state->squares + state->measured[value];
    double pixels = (double)map.height * map.width;
    double before = (double)(g->first + index);
    double share = 1.0 / (before + 1.0);
    if (!state->steps[step].winograd) {
        state->vector->measure(&map, &moments);
    }
    for (int c = 0; c < map.channels; c++) {
        double sum = (double)moments.sum[c];
        double mean = (double)moments.pivot[c] + sum / pixels;
        double deviation = (double)moments.squares[c] - sum * sum / pixels;
        double delta = before > 0.0 ? mean - means[c] : 0.0;
        means[c] = before > 0.0 ? means[c] + delta * share : mean;
        squares[c] =
            (before > 0.0 ? squares[c] : 0.0) + deviation + delta * delta * before * share * pixels;
    }
}

/* The finish over a stored value; for averages it sums what it reads anyway. */
static void run_pointwise(const bs_fused *state, const bs_fused_group *g, int index, int image)
{
    const bs_step *step = &state->plan->steps[index];
    bs_map in = bs_fused_map(state, g, step->main.value, image);
    bs_finish finish = bs_fused_finish(state, g, index, image);
    if (step->tap_count > 0 && state->observer->pooled) {
        state->vector->finish_and_sum(&in, &finish, state->sums[0], state->sums[1]);
    } else {
        state->vector->finish(&in, &finish);
    }
}

/* What must be seen before the step, which may write over its operands, runs. */
static void look(const bs_fused *state, const bs_fused_group *g, int index, int image,
                 bs_map operands[2])
{
    const bs_step *step = &state->plan->steps[index];
    if (step->kind == BS_STEP_POINTWISE) {
        operands[0] = bs_fused_map(state, g, step->main.value, image);
    }
    if (step->has_skip) {
        operands[1] = bs_fused_map(state, g, step->skip.value, image);
    }
    bs_fused_probe(state, index, g->first + image, operands);
}

static void run_image(bs_fused *state, const bs_fused_group *g, int index, int image)
{
    const bs_step *step = &state->plan->steps[index];
    bool pools = step->tap_count > 0 && state->observer->pooled;
    if (step->tap_count > 0) {
        bs_map operands[2] = {{0}, {0}};
        look(state, g, index, image, operands);
        if (pools && step->kind != BS_STEP_POINTWISE) {
            state->vector->sum(&operands[1], state->sums[1]);
        }
    }
    switch (step->kind) {
    case BS_STEP_INPUT:
        copy_input(state, g, step->output, image);
        break;
    case BS_STEP_CONV:
        run_convolutions(state, g, index, image, 1);
        break;
    case BS_STEP_POINTWISE:
        run_pointwise(state, g, index, image);
        break;
    case BS_STEP_PAD:
        run_pad(state, g, index, image);
        break;
    case BS_STEP_POOL: {
        bs_map in = bs_fused_map(state, g, step->input, image);
        state->vector->pool(&in, bs_fused_map(state, g, step->output, image).at);
        break;
    }
    case BS_STEP_HEAD:
        run_head(state, g, index, image);
        break;
    case BS_STEP_DENSE:
        break; /* run_together */
    }
    if (step->moments) {
        add_moments(state, g, index, image);
    }
    if (pools) {
        bs_fused_pool(state, index, g->first + image);
    }
}

/* Whether a step takes the group's images at once. */
static bool is_together(const bs_fused *state, const bs_step *step)
{
    const bs_layer *shape = &state->network->layers[step->output < 0 ? 0 : step->output];
    return step->kind == BS_STEP_DENSE ||
           (step->kind == BS_STEP_POINTWISE && shape->height * shape->width == 1);
}

/* A convolution that nobody watches: its images share the filters. */
static void run_in_groups(bs_fused *state, const bs_fused_group *g, int index)
{
    for (int first = 0; first < g->count; first += BS_TOGETHER) {
        int count = g->count - first < BS_TOGETHER ? g->count - first : BS_TOGETHER;
        run_convolutions(state, g, index, first, count);
        for (int i = first; i < first + count && state->plan->steps[index].moments; i++) {
            add_moments(state, g, index, i);
        }
    }
}

/* The average over one pixel is the pixel. */
static void run_together(bs_fused *state, const bs_fused_group *g, int index)
{
    const bs_step *step = &state->plan->steps[index];
    for (int i = 0; i < g->count && step->tap_count > 0; i++) {
        bs_map operands[2] = {{0}, {0}};
        look(state, g, index, i, operands);
        for (int j = 0; j < 2 && state->observer->pooled; j++) {
            if (operands[j].at != NULL) {
                state->vector->pool(&operands[j], state->sums[j]);
            }
        }
        if (state->observer->pooled) {
            bs_fused_pool(state, index, g->first + i);
        }
    }
    if (step->kind == BS_STEP_DENSE) {
        run_dense(state, g, index);
    } else {
        run_points(state, g, index);
    }
    for (int i = 0; i < g->count && step->moments; i++) {
        add_moments(state, g, index, i);
    }
}

void bs_fused_run(bs_fused *state, const bs_fused_group *g, int segment)
{
    const bs_plan *plan = state->plan;
    for (int s = plan->starts[segment]; s < plan->starts[segment + 1]; s++) {
        if (state->steps[s].made_here) {
            continue;
        }
        if (is_together(state, &plan->steps[s])) {
            run_together(state, g, s);
            continue;
        }
        if (state->steps[s].winograd && plan->steps[s].tap_count == 0) {
            run_in_groups(state, g, s);
            continue;
        }
        for (int i = 0; i < g->count; i++) {
            run_image(state, g, s, i);
        }
    }
}
