/* The constants of the fast backends: packed filters, scales and shifts. */
#include "fused.h"

#include <string.h>

#include "blueshift/memory.h"
#include "norm_scale.h"

static const bs_layer *input_of(const bs_fused *state, const bs_layer *layer)
{
    return &state->network->layers[layer->inputs[0]];
}

static bool has_weights(const bs_step *step)
{
    return step->kind == BS_STEP_CONV || step->kind == BS_STEP_DENSE || step->kind == BS_STEP_HEAD;
}

static bool has_finish(const bs_step *step)
{
    return step->kind == BS_STEP_CONV || step->kind == BS_STEP_DENSE ||
           step->kind == BS_STEP_POINTWISE;
}

bool bs_fused_fits_winograd(const bs_winograd *winograd, const bs_layer *output, int channels,
                            int filters)
{
    return winograd != NULL && output->height % winograd->rows == 0 &&
           output->width % (2 * winograd->columns) == 0 &&
           output->height * output->width % (4 * winograd->rows * winograd->columns) == 0 &&
           channels % BS_PLAN_CHANNELS == 0 && filters % BS_PLAN_CHANNELS == 0;
}

/* Floats that a step's weights take. */
static size_t weights_of(const bs_fused *state, const bs_fused_step *mine, const bs_step *step)
{
    const bs_layer *layer = &state->network->layers[step->layer];
    const bs_tensor *tensor = &state->network->parameters[layer->weight];
    if (mine->winograd) {
        return state->winograd->filters_size(input_of(state, layer)->channels, layer->channels);
    }
    return (size_t)bs_plan_round(layer->channels) * (tensor->count / (size_t)tensor->shape[0]);
}

/* A convolution whose result is measured before anything happens to it. */
static bool is_plain(const bs_plan *plan, const bs_step *step)
{
    return !plan->trained && step->kind == BS_STEP_CONV && !step->has_skip && step->main.norm < 0 &&
           step->main.coefficient == 1.0;
}

static bool is_ready(const bs_fused *state)
{
    return state->steps != NULL && state->arena != NULL && state->weights != NULL &&
           state->affine != NULL && state->vectors != NULL && state->statistics != NULL &&
           state->moments.pivot != NULL && state->moments.sum != NULL &&
           state->moments.squares != NULL && state->measured != NULL && state->means != NULL &&
           state->squares != NULL && state->tap_affine != NULL && state->sums[0] != NULL &&
           state->sums[1] != NULL && (state->winograd == NULL || state->scratch != NULL);
}

size_t bs_fused_scratch_size(const bs_fused *state)
{
    size_t most = 0;
    for (int s = 0; s < state->plan->step_count; s++) {
        if (state->steps[s].winograd) {
            const bs_layer *layer = &state->network->layers[state->plan->steps[s].layer];
            size_t size = state->winograd->scratch_size(input_of(state, layer)->channels);
            most = size > most ? size : most;
        }
    }
    return most;
}

bs_status bs_fused_allocate(bs_fused *state)
{
    const bs_network *network = state->network;
    const bs_plan *plan = state->plan;
    size_t weights = 0;
    size_t affine = 0;
    size_t measured = 0;
    size_t widest = 0;
    state->steps = bs_alloc((size_t)plan->step_count, sizeof *state->steps);
    state->passing = bs_alloc((size_t)network->layer_count, sizeof *state->passing);
    state->measured = bs_alloc((size_t)network->layer_count, sizeof *state->measured);
    if (state->steps == NULL || state->passing == NULL || state->measured == NULL) {
        return BS_ERR_MEMORY;
    }
    for (int s = 0; s < plan->step_count; s++) {
        const bs_step *step = &plan->steps[s];
        state->steps[s] =
            (bs_fused_step){.weights = weights, .affine = affine, .plain = is_plain(plan, step)};
        if (has_weights(step)) {
            const bs_layer *layer = &network->layers[step->layer];
            state->steps[s].winograd =
                step->kind == BS_STEP_CONV && layer->kernel == 3 && layer->stride == 1 &&
                bs_fused_fits_winograd(state->winograd, layer, input_of(state, layer)->channels,
                                       layer->channels);
            weights += weights_of(state, &state->steps[s], step);
        }
        size_t channels =
            step->output < 0 ? 0 : (size_t)bs_plan_round(network->layers[step->output].channels);
        affine += has_finish(step) ? 3 * channels : 0;
        widest = channels > widest ? channels : widest;
        if (step->moments) {
            state->measured[step->output] = measured;
            measured += channels;
        }
    }
    bs_fused_join(state);
    state->arena = bs_alloc(plan->arena_size, sizeof *state->arena);
    state->weights = bs_alloc(weights, sizeof *state->weights);
    state->affine = bs_alloc(affine, sizeof *state->affine);
    if (state->winograd != NULL) {
        state->scratch = bs_alloc(bs_fused_scratch_size(state), sizeof *state->scratch);
    }
    state->vectors = bs_alloc(network->parameter_size, sizeof *state->vectors);
    state->statistics = bs_alloc(network->statistic_size, sizeof *state->statistics);
    state->moments_stride = widest;
    state->moments.pivot = bs_alloc(BS_TOGETHER * widest, sizeof(float));
    state->moments.sum = bs_alloc(BS_TOGETHER * widest, sizeof(float));
    state->moments.squares = bs_alloc(BS_TOGETHER * widest, sizeof(float));
    state->means = bs_alloc(measured, sizeof *state->means);
    state->squares = bs_alloc(measured, sizeof *state->squares);
    state->sums[0] = bs_alloc(widest, sizeof(float));
    state->sums[1] = bs_alloc(widest, sizeof(float));
    state->tap_stride = 2 * widest;
    state->tap_affine =
        bs_alloc((size_t)plan->tap_count * state->tap_stride, sizeof *state->tap_affine);
    return is_ready(state) ? BS_OK : BS_ERR_MEMORY;
}

void bs_fused_pack_filters(const int shape[3], int lanes, const float *from, float *to)
{
    int channels = shape[1];
    int kernel = shape[2];
    size_t block = (size_t)channels * (size_t)(kernel * kernel * lanes);
    for (int k = 0; k < shape[0]; k++) {
        float *lane = to + (size_t)(k / lanes) * block + k % lanes;
        for (int c = 0; c < channels; c++) {
            for (int tap = 0; tap < kernel * kernel; tap++) {
                int place = (tap / kernel * channels + c) * kernel + tap % kernel;
                lane[(size_t)place * (size_t)lanes] = *from++;
            }
        }
    }
}

/* to[k / lanes][h, w, c][k % lanes] = from[k][c, h, w] */
static void pack_matrix(const bs_layer *layer, const bs_layer *input, int lanes, const float *from,
                        float *to)
{
    int pixels = input->height * input->width;
    size_t block = (size_t)input->channels * (size_t)pixels * (size_t)lanes;
    for (int k = 0; k < layer->channels; k++) {
        float *lane = to + (size_t)(k / lanes) * block + k % lanes;
        for (int c = 0; c < input->channels; c++) {
            for (int p = 0; p < pixels; p++) {
                lane[((size_t)p * (size_t)input->channels + (size_t)c) * (size_t)lanes] = *from++;
            }
        }
    }
}

static void load_weights(bs_fused *state, int index, const float *theta)
{
    const bs_step *step = &state->plan->steps[index];
    const bs_layer *layer = &state->network->layers[step->layer];
    const bs_layer *input = input_of(state, layer);
    const bs_tensor *tensor = &state->network->parameters[layer->weight];
    const float *from = theta + tensor->offset;
    float *to = state->weights + state->steps[index].weights;
    if (state->steps[index].winograd) {
        state->winograd->transform_filters(input->channels, layer->channels, from, to);
    } else if (step->kind == BS_STEP_CONV) {
        const int shape[] = {layer->channels, input->channels, layer->kernel};
        bs_fused_pack_filters(shape, state->vector->lanes, from, to);
    } else if (step->kind == BS_STEP_DENSE) {
        pack_matrix(layer, input, state->vector->lanes, from, to);
    } else {
        memcpy(to, from, tensor->count * sizeof *to);
    }
}

bs_status bs_fused_load(void *opaque, const float *theta, const float *statistics)
{
    bs_fused *state = opaque;
    const bs_network *network = state->network;
    const bs_plan *plan = state->plan;
    bool given = !plan->batch && network->statistic_count > 0;
    if (given && statistics == NULL) {
        return BS_FAIL(BS_ERR_INTERNAL, "a network with given statistics was loaded without");
    }
    if (given) {
        memcpy(state->statistics, statistics, network->statistic_size * sizeof *statistics);
    }
    for (int i = 0; i < network->parameter_count; i++) {
        const bs_tensor *tensor = &network->parameters[i];
        if (tensor->ndim == 1) {
            memcpy(state->vectors + tensor->offset, theta + tensor->offset,
                   tensor->count * sizeof *theta);
        }
    }
    for (int s = 0; s < plan->step_count; s++) {
        if (has_weights(&plan->steps[s])) {
            load_weights(state, s, theta);
        }
    }
    for (int segment = 0; segment < plan->segment_count && !plan->batch; segment++) {
        bs_fused_set_affine(state, segment);
    }
    return BS_OK;
}

void bs_fused_statistics(const bs_fused *state, int norm, int channel, double result[2])
{
    const bs_network *network = state->network;
    const bs_layer *layer = &network->layers[norm];
    if (!state->plan->batch) {
        result[0] =
            (double)state->statistics[network->statistics[layer->mean].offset + (size_t)channel];
        result[1] =
            (double)
                state->statistics[network->statistics[layer->variance].offset + (size_t)channel];
        return;
    }
    size_t at = state->measured[layer->inputs[0]] + (size_t)channel;
    double pixels = (double)state->images * layer->height * layer->width;
    result[0] = state->means[at];
    result[1] = state->squares[at] / pixels;
}

static double vector_element(const bs_fused *state, int parameter, int channel)
{
    return (double)state->vectors[state->network->parameters[parameter].offset + (size_t)channel];
}

/* RESULT: factor and offset that the operand's norm and coefficient apply to its raw value. */
static void operand_affine(const bs_fused *state, const bs_operand *operand, int channel,
                           double result[2])
{
    double scale = 1.0;
    double shift = 0.0;
    if (operand->norm >= 0) {
        const bs_layer *norm = &state->network->layers[operand->norm];
        double statistics[2];
        bs_fused_statistics(state, operand->norm, channel, statistics);
        scale = bs_norm_scale(vector_element(state, norm->weight, channel), statistics[1]);
        shift = vector_element(state, norm->bias, channel) - statistics[0] * scale;
    }
    result[0] = operand->coefficient * scale;
    result[1] = operand->coefficient * shift;
}

static void set_step_affine(bs_fused *state, int index)
{
    const bs_step *step = &state->plan->steps[index];
    int channels = state->network->layers[step->output].channels;
    size_t stride = (size_t)bs_plan_round(channels);
    float *scale = state->affine + state->steps[index].affine;
    int bias = step->kind == BS_STEP_DENSE ? state->network->layers[step->layer].bias : -1;
    for (int c = 0; c < channels; c++) {
        double main[2];
        double skip[2] = {0.0, 0.0};
        operand_affine(state, &step->main, c, main);
        if (step->has_skip) {
            operand_affine(state, &step->skip, c, skip);
        }
        double constant = bias < 0 ? 0.0 : main[0] * vector_element(state, bias, c);
        scale[c] = (float)main[0];
        scale[stride + (size_t)c] = (float)(constant + main[1] + skip[1]);
        scale[2 * stride + (size_t)c] = (float)skip[0];
    }
}

static void set_tap_affine(bs_fused *state, int index)
{
    const bs_tap *tap = &state->plan->taps[index];
    double *factors = state->tap_affine + (size_t)index * state->tap_stride;
    double *offsets = factors + state->tap_stride / 2;
    for (int c = 0; c < state->network->layers[tap->signal.value].channels; c++) {
        double affine[2];
        operand_affine(state, &tap->signal, c, affine);
        factors[c] = affine[0];
        offsets[c] = affine[1];
    }
}

void bs_fused_set_affine(bs_fused *state, int segment)
{
    for (int s = 0; s < state->plan->step_count; s++) {
        const bs_step *step = &state->plan->steps[s];
        if (step->segment == segment && has_finish(step)) {
            set_step_affine(state, s);
        }
        for (int t = 0; step->segment == segment && t < step->tap_count; t++) {
            set_tap_affine(state, step->first_tap + t);
        }
    }
}
