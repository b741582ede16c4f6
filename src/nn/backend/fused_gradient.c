/* The constants of the fast backends' backward half, and the sums that become the gradient. */
#include <string.h>

#include "fused_train.h"
#include "norm_scale.h"

static double vector_element(const bs_fused *state, int parameter, int channel)
{
    return (double)state->vectors[state->network->parameters[parameter].offset + (size_t)channel];
}

/* The means that a bend takes away from its operands. */
static void set_means(bs_fused *state, int index)
{
    const bs_step *step = bs_reverse_step(state, &state->plan->reverses[index]);
    const bs_operand *operands[] = {&step->main, step->has_skip ? &step->skip : NULL};
    float *means = state->training->constants + state->training->reverses[index].constants;
    for (int j = 0; j < 2; j++, means += bs_reverse_channels(state, step)) {
        int norm = operands[j] == NULL ? -1 : operands[j]->norm;
        for (int c = 0; norm >= 0 && c < state->network->layers[norm].channels; c++) {
            double statistics[2];
            bs_fused_statistics(state, norm, c, statistics);
            means[c] = (float)statistics[0];
        }
    }
}

/* What a norm layer makes of a channel's sums: SUMS[0] of the derivatives, SUMS[1] of the
 * derivatives times its value less the mean, which is corrected for the mean's rounding. */
typedef struct norm_sums {
    double inverse; /* of the standard deviation */
    double mean, rounded, sums[2];
} norm_sums;

static norm_sums sums_of(const bs_fused *state, int bend, bool skip, int channel)
{
    const bs_step *step = bs_reverse_step(state, &state->plan->reverses[bend]);
    const bs_fused_reverse *mine = &state->training->reverses[bend];
    size_t channels = bs_reverse_channels(state, step);
    size_t c = (size_t)channel;
    const double *totals = state->training->totals + mine->totals;
    const float *means = state->training->constants + mine->constants;
    double statistics[2];
    bs_fused_statistics(state, skip ? step->skip.norm : step->main.norm, channel, statistics);
    norm_sums s = {.inverse = bs_norm_scale(1.0, statistics[1]),
                   .mean = statistics[0],
                   .rounded = (double)means[(skip ? channels : 0) + c]};
    s.sums[0] = totals[c];
    s.sums[1] = totals[(skip ? 2 : 1) * channels + c] + (s.rounded - s.mean) * totals[c];
    return s;
}

/* out = scale from + slope (value - mean) + shift takes the derivatives' mean, and the part along
 * the value, out of them (reference_backward.c). */
static void set_through(bs_fused *state, int index)
{
    const bs_reverse *reverse = &state->plan->reverses[index];
    const bs_step *step = bs_reverse_step(state, reverse);
    const bs_operand *operand = reverse->skip ? &step->skip : &step->main;
    const bs_layer *shape = &state->network->layers[step->output];
    const bs_fused_reverse *mine = &state->training->reverses[index];
    size_t channels = bs_reverse_channels(state, step);
    float *constants = state->training->constants + mine->constants;
    double numbers = (double)state->images * shape->height * shape->width;
    for (int c = 0; c < shape->channels; c++) {
        float *of_channel = constants + c;
        of_channel[0] = (float)operand->coefficient;
        if (operand->norm >= 0) {
            const bs_layer *norm = &state->network->layers[operand->norm];
            norm_sums s = sums_of(state, mine->bend, reverse->skip, c);
            double scale =
                operand->coefficient * vector_element(state, norm->weight, c) * s.inverse;
            double slope = -scale * s.inverse * s.inverse * s.sums[1] / numbers;
            of_channel[0] = (float)scale;
            of_channel[channels] = (float)slope;
            of_channel[2 * channels] = (float)s.rounded;
            of_channel[3 * channels] =
                (float)(slope * (s.rounded - s.mean) - scale * s.sums[0] / numbers);
        }
    }
}

void bs_fused_gradient_begin(bs_fused *state, int segment)
{
    bs_fused_training *t = state->training;
    if (segment == 0) {
        memset(t->weight_sums, 0, t->sum_count * sizeof *t->weight_sums);
        memset(t->totals, 0, t->total_count * sizeof *t->totals);
        for (int i = 0; i < state->network->parameter_count; i++) {
            t->final[i] = true;
        }
        for (int i = 0; i < state->network->layer_count; i++) {
            const bs_layer *layer = &state->network->layers[i];
            if (layer->weight >= 0) {
                t->final[layer->weight] = false;
            }
            if (layer->bias >= 0) {
                t->final[layer->bias] = false;
            }
        }
    }
    for (int i = 0; i < state->plan->reverse_count; i++) {
        const bs_reverse *reverse = &state->plan->reverses[i];
        if (reverse->segment == segment && reverse->kind == BS_REVERSE_BEND) {
            set_means(state, i);
        } else if (reverse->segment == segment && reverse->kind == BS_REVERSE_OPERAND) {
            set_through(state, i);
        }
    }
}

static float *gradient_at(bs_fused *state, int parameter, float *gradient)
{
    state->training->final[parameter] = true;
    return gradient + state->network->parameters[parameter].offset;
}

/* The derivatives by a norm layer's scale and shift. */
static void finish_norm(bs_fused *state, int bend, const bs_operand *operand, bool skip,
                        float *gradient)
{
    if (operand->norm >= 0) {
        const bs_layer *norm = &state->network->layers[operand->norm];
        float *scales = gradient_at(state, norm->weight, gradient);
        float *shifts = gradient_at(state, norm->bias, gradient);
        for (int c = 0; c < norm->channels; c++) {
            norm_sums s = sums_of(state, bend, skip, c);
            scales[c] = (float)(operand->coefficient * s.inverse * s.sums[1]);
            shifts[c] = (float)(operand->coefficient * s.sums[0]);
        }
    }
}

/* to[k][c][ky][kx] = factor * from[k / lanes][ky][c][kx][k % lanes] */
static void unpack_filters(const int shape[3], int lanes, float factor, const float *from,
                           float *to)
{
    int channels = shape[1];
    int kernel = shape[2];
    size_t block = (size_t)channels * (size_t)(kernel * kernel * lanes);
    for (int k = 0; k < shape[0]; k++) {
        const float *lane = from + (size_t)(k / lanes) * block + k % lanes;
        for (int c = 0; c < channels; c++) {
            for (int tap = 0; tap < kernel * kernel; tap++) {
                int place = (tap / kernel * channels + c) * kernel + tap % kernel;
                *to++ = factor * lane[(size_t)place * (size_t)lanes];
            }
        }
    }
}

static void finish_conv(bs_fused *state, int index, float *gradient)
{
    const bs_step *step = bs_reverse_step(state, &state->plan->reverses[index]);
    const bs_layer *layer = bs_reverse_layer(state, step);
    const bs_fused_reverse *mine = &state->training->reverses[index];
    const int shape[] = {layer->channels, bs_reverse_input(state, step)->channels, layer->kernel};
    const float *sums = state->training->weight_sums + mine->sums;
    if (mine->winograd_weights) {
        state->winograd_weights->finish(shape[1], shape[0], sums, state->training->flipped);
        sums = state->training->flipped;
    }
    unpack_filters(shape, state->vector->lanes, (float)step->main.coefficient, sums,
                   gradient_at(state, layer->weight, gradient));
}

static void finish_dense(bs_fused *state, int index, float *gradient)
{
    const bs_step *step = bs_reverse_step(state, &state->plan->reverses[index]);
    const bs_layer *layer = bs_reverse_layer(state, step);
    const bs_fused_reverse *mine = &state->training->reverses[index];
    size_t lanes = (size_t)state->vector->lanes;
    size_t filters = (size_t)layer->channels;
    size_t features = state->network->parameters[layer->weight].count / filters;
    const float *from = state->training->weight_sums + mine->sums;
    float factor = (float)step->main.coefficient;
    float *to = gradient_at(state, layer->weight, gradient);
    for (size_t k = 0; k < filters; k++) {
        for (size_t i = 0; i < features; i++) {
            size_t f = bs_packed_feature(bs_reverse_input(state, step), i);
            *to++ = factor * from[(k / lanes * features + f) * lanes + k % lanes];
        }
    }
    for (size_t k = 0; layer->bias >= 0 && k < filters; k++) {
        gradient_at(state, layer->bias, gradient)[k] =
            (float)(step->main.coefficient * state->training->totals[mine->totals + k]);
    }
}

static void finish_head(bs_fused *state, int index, float *gradient)
{
    const bs_layer *layer =
        bs_reverse_layer(state, bs_reverse_step(state, &state->plan->reverses[index]));
    size_t count = state->network->parameters[layer->weight].count;
    const double *totals = state->training->totals + state->training->reverses[index].totals;
    float *weights = gradient_at(state, layer->weight, gradient);
    for (size_t i = 0; i < count; i++) {
        weights[i] = (float)totals[i];
    }
    for (int k = 0; layer->bias >= 0 && k < layer->channels; k++) {
        gradient_at(state, layer->bias, gradient)[k] = (float)totals[count + (size_t)k];
    }
}

static void finish_reverse(bs_fused *state, int index, float *gradient)
{
    const bs_reverse *reverse = &state->plan->reverses[index];
    const bs_step *step = bs_reverse_step(state, reverse);
    switch (reverse->kind) {
    case BS_REVERSE_HEAD:
        finish_head(state, index, gradient);
        break;
    case BS_REVERSE_CONV:
        finish_conv(state, index, gradient);
        break;
    case BS_REVERSE_DENSE:
        finish_dense(state, index, gradient);
        break;
    case BS_REVERSE_BEND:
        finish_norm(state, index, &step->main, false, gradient);
        if (step->has_skip) {
            finish_norm(state, index, &step->skip, true, gradient);
        }
        break;
    case BS_REVERSE_PAD:
    case BS_REVERSE_POOL:
    case BS_REVERSE_OPERAND:
        break;
    }
}

void bs_fused_gradient_finish(bs_fused *state, int segment, float *gradient)
{
    for (int i = 0; i < state->plan->reverse_count; i++) {
        if (state->plan->reverses[i].segment == segment) {
            finish_reverse(state, i, gradient);
        }
    }
}
