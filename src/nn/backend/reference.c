/* The reference backend: double precision, one layer after the other, each by its definition. */
#include <string.h>

#include "blueshift/activation.h"
#include "blueshift/memory.h"
#include "backends.h"
#include "norm_scale.h"
#include "reference_observe.h"

/* Values are [N][C][H][W], as in the definitions. A layer's value lives in a slot until its last
 * reader has run; all slots have the size of the largest value. */
typedef struct reference {
    const bs_network *network;
    int max_images;
    bool batch;
    double *theta;      /* [parameter_size] */
    double *statistics; /* [statistic_size]: given, or measured by the last forward */
    int *slots;         /* [layer_count] */
    double *values;     /* [slot_count][value_size] */
    size_t value_size;
    bs_observer *observer; /* NULL: nobody */
} reference;

static size_t layer_size(const bs_layer *layer)
{
    return (size_t)layer->channels * (size_t)layer->height * (size_t)layer->width;
}

static double *value_of(const reference *state, int layer)
{
    return state->values + (size_t)state->slots[layer] * state->value_size;
}

static const double *parameter_of(const reference *state, int parameter)
{
    return state->theta + state->network->parameters[parameter].offset;
}

static double *statistic_of(const reference *state, int statistic)
{
    return state->statistics + state->network->statistics[statistic].offset;
}

static int last_reader(const bs_network *network, int layer)
{
    int last = layer;
    for (int i = layer + 1; i < network->layer_count; i++) {
        for (int j = 0; j < network->layers[i].input_count; j++) {
            last = network->layers[i].inputs[j] == layer ? i : last;
        }
    }
    return last;
}

/* Gives every layer a slot that no value still to be read holds; returns the number of slots.
 * UNTIL is scratch: the last reader of the value in each slot. */
static int assign_slots(const bs_network *network, int *slots, int *until)
{
    int count = 0;
    for (int i = 0; i < network->layer_count; i++) {
        int slot = 0;
        while (slot < count && until[slot] >= i) {
            slot++;
        }
        count = slot == count ? count + 1 : count;
        slots[i] = slot;
        until[slot] = last_reader(network, i);
    }
    return count;
}

static void reference_destroy(void *opaque)
{
    reference *state = opaque;
    if (state != NULL) {
        bs_free(state->theta);
        bs_free(state->statistics);
        bs_free(state->slots);
        bs_free(state->values);
        bs_free(state);
    }
}

static bs_status allocate(reference *state)
{
    const bs_network *network = state->network;
    size_t layers = (size_t)network->layer_count;
    size_t largest = 0;
    for (int i = 0; i < network->layer_count; i++) {
        size_t size = layer_size(&network->layers[i]);
        largest = size > largest ? size : largest;
    }
    state->value_size = largest * (size_t)state->max_images;
    state->theta = bs_alloc(network->parameter_size, sizeof *state->theta);
    state->statistics = bs_alloc(network->statistic_size, sizeof *state->statistics);
    state->slots = bs_alloc(layers, sizeof *state->slots);
    int *until = bs_alloc(layers, sizeof *until);
    if (until != NULL && state->slots != NULL) {
        int slots = assign_slots(network, state->slots, until);
        state->values = bs_alloc((size_t)slots * state->value_size, sizeof *state->values);
    }
    bs_free(until);
    bool all = state->theta != NULL && state->statistics != NULL && state->values != NULL;
    return all ? BS_OK : BS_ERR_MEMORY;
}

static bs_status reference_create(const bs_network *network, int max_images, bool batch,
                                  void **opaque)
{
    *opaque = NULL;
    reference *state = bs_alloc(1, sizeof *state);
    if (state == NULL) {
        return BS_ERR_MEMORY;
    }
    state->network = network;
    state->max_images = max_images;
    state->batch = batch;
    bs_status status = allocate(state);
    if (status != BS_OK) {
        reference_destroy(state);
        return status;
    }
    *opaque = state;
    return BS_OK;
}

static bs_status reference_load(void *opaque, const float *theta, const float *statistics)
{
    reference *state = opaque;
    const bs_network *network = state->network;
    for (size_t i = 0; i < network->parameter_size; i++) {
        state->theta[i] = (double)theta[i];
    }
    if (!state->batch && network->statistic_count > 0) {
        if (statistics == NULL) {
            return BS_FAIL(BS_ERR_INTERNAL, "a network with given statistics was loaded without");
        }
        for (size_t i = 0; i < network->statistic_size; i++) {
            state->statistics[i] = (double)statistics[i];
        }
    }
    return BS_OK;
}

/* out[c][h][w] = image[h][w][c] */
static void run_input(const bs_layer *layer, const float *images, int count, double *out)
{
    int pixels = layer->height * layer->width;
    for (int n = 0; n < count; n++) {
        for (int c = 0; c < layer->channels; c++) {
            for (int p = 0; p < pixels; p++) {
                *out++ =
                    (double)images[(size_t)(n * pixels + p) * (size_t)layer->channels + (size_t)c];
            }
        }
    }
}

/* Adds one tap of a filter, WEIGHT at offset (DY, DX), to the plane OUT of one image. */
static void add_tap(const bs_layer *layer, const bs_layer *source, const double *in,
                    const int offset[2], double weight, double *out)
{
    int stride = layer->stride;
    int first = 0;
    int end = layer->width;
    while (first < end && first * stride + offset[1] < 0) {
        first++;
    }
    while (end > first && (end - 1) * stride + offset[1] >= source->width) {
        end--;
    }
    for (int y = 0; y < layer->height; y++) {
        int row = y * stride + offset[0];
        if (row < 0 || row >= source->height) {
            continue;
        }
        const double *from = in + (ptrdiff_t)row * source->width;
        double *to = out + (ptrdiff_t)y * layer->width;
        for (int x = first; x < end; x++) {
            to[x] += weight * from[x * stride + offset[1]];
        }
    }
}

static void run_conv(const reference *state, const bs_layer *layer, int count, double *out)
{
    const bs_layer *source = &state->network->layers[layer->inputs[0]];
    const double *in = value_of(state, layer->inputs[0]);
    const double *weights = parameter_of(state, layer->weight);
    int kernel = layer->kernel;
    int in_plane = source->height * source->width;
    int out_plane = layer->height * layer->width;
    memset(out, 0, (size_t)count * layer_size(layer) * sizeof *out);
    for (int n = 0; n < count; n++) {
        for (int k = 0; k < layer->channels; k++, out += out_plane) {
            for (int c = 0; c < source->channels; c++) {
                const double *plane = in + (size_t)(n * source->channels + c) * (size_t)in_plane;
                const double *filter =
                    weights + (size_t)(k * source->channels + c) * (size_t)(kernel * kernel);
                for (int tap = 0; tap < kernel * kernel; tap++) {
                    const int offset[2] = {tap / kernel - kernel / 2, tap % kernel - kernel / 2};
                    add_tap(layer, source, plane, offset, filter[tap], out);
                }
            }
        }
    }
}

/* Mean and biased variance of channel C over the batch: two passes. */
static void measure(const bs_layer *layer, const double *in, int count, int channel,
                    double result[2])
{
    size_t plane = (size_t)layer->height * (size_t)layer->width;
    size_t image = layer_size(layer);
    const double *first = in + (size_t)channel * plane;
    double total = 0.0;
    double squares = 0.0;
    for (int n = 0; n < count; n++) {
        for (size_t p = 0; p < plane; p++) {
            total += first[(size_t)n * image + p];
        }
    }
    double mean = total / ((double)count * (double)plane);
    for (int n = 0; n < count; n++) {
        for (size_t p = 0; p < plane; p++) {
            double deviation = first[(size_t)n * image + p] - mean;
            squares += deviation * deviation;
        }
    }
    result[0] = mean;
    result[1] = squares / ((double)count * (double)plane);
}

static void run_norm(const reference *state, const bs_layer *layer, int count, double *out)
{
    const double *in = value_of(state, layer->inputs[0]);
    size_t plane = (size_t)layer->height * (size_t)layer->width;
    for (int c = 0; c < layer->channels; c++) {
        double *mean = &statistic_of(state, layer->mean)[c];
        double *variance = &statistic_of(state, layer->variance)[c];
        if (state->batch) {
            double measured[2];
            measure(layer, in, count, c, measured);
            *mean = measured[0];
            *variance = measured[1];
        }
        double scale = bs_norm_scale(parameter_of(state, layer->weight)[c], *variance);
        double shift = parameter_of(state, layer->bias)[c];
        for (int n = 0; n < count; n++) {
            size_t first = (size_t)n * layer_size(layer) + (size_t)c * plane;
            for (size_t p = first; p < first + plane; p++) {
                out[p] = (in[p] - *mean) * scale + shift;
            }
        }
    }
}

static void run_pad(const reference *state, const bs_layer *layer, int count, double *out)
{
    const bs_layer *source = &state->network->layers[layer->inputs[0]];
    const double *in = value_of(state, layer->inputs[0]);
    int before = (layer->channels - source->channels) / 2;
    for (int n = 0; n < count; n++) {
        for (int c = -before; c < layer->channels - before; c++) {
            const double *plane =
                in + (size_t)n * layer_size(source) +
                (size_t)(c < 0 ? 0 : c) * (size_t)(source->height * source->width);
            for (int y = 0; y < layer->height; y++) {
                for (int x = 0; x < layer->width; x++) {
                    int pixel = y * layer->stride * source->width + x * layer->stride;
                    *out++ = c >= 0 && c < source->channels ? plane[pixel] : 0.0;
                }
            }
        }
    }
}

static void run_sum(const reference *state, const bs_layer *layer, size_t size, double *out)
{
    memset(out, 0, size * sizeof *out);
    for (int j = 0; j < layer->input_count; j++) {
        const double *in = value_of(state, layer->inputs[j]);
        for (size_t i = 0; i < size; i++) {
            out[i] += layer->coefficients[j] * in[i];
        }
    }
}

static void run_pool(const reference *state, const bs_layer *layer, int count, double *out)
{
    const bs_layer *source = &state->network->layers[layer->inputs[0]];
    const double *in = value_of(state, layer->inputs[0]);
    int plane = source->height * source->width;
    for (int i = 0; i < count * layer->channels; i++) {
        double total = 0.0;
        for (int p = 0; p < plane; p++) {
            total += *in++;
        }
        out[i] = total / plane;
    }
}

static void run_linear(const reference *state, const bs_layer *layer, int count, double *out)
{
    size_t features = layer_size(&state->network->layers[layer->inputs[0]]);
    const double *in = value_of(state, layer->inputs[0]);
    const double *weights = parameter_of(state, layer->weight);
    for (int n = 0; n < count; n++) {
        for (int k = 0; k < layer->channels; k++) {
            double total = layer->bias < 0 ? 0.0 : parameter_of(state, layer->bias)[k];
            for (size_t i = 0; i < features; i++) {
                total += weights[(size_t)k * features + i] * in[(size_t)n * features + i];
            }
            *out++ = total;
        }
    }
}

static void run_layer(const reference *state, int index, const float *images, int count)
{
    const bs_layer *layer = &state->network->layers[index];
    const bs_architecture *architecture = &state->network->architecture;
    double *out = value_of(state, index);
    size_t size = (size_t)count * layer_size(layer);
    switch (layer->kind) {
    case BS_LAYER_INPUT:
        run_input(layer, images, count, out);
        break;
    case BS_LAYER_CONV:
        run_conv(state, layer, count, out);
        break;
    case BS_LAYER_NORM:
        run_norm(state, layer, count, out);
        break;
    case BS_LAYER_ACTIVATION:
        for (size_t i = 0; i < size; i++) {
            out[i] = bs_activation_apply(architecture->activation, architecture->slope,
                                         value_of(state, layer->inputs[0])[i]);
        }
        break;
    case BS_LAYER_PAD:
        run_pad(state, layer, count, out);
        break;
    case BS_LAYER_SUM:
        run_sum(state, layer, size, out);
        break;
    case BS_LAYER_POOL:
        run_pool(state, layer, count, out);
        break;
    case BS_LAYER_LINEAR:
        run_linear(state, layer, count, out);
        break;
    }
}

static bs_status reference_forward(void *opaque, const float *images, int count, double *logits)
{
    const reference *state = opaque;
    int last = state->network->layer_count - 1;
    if (count < 1 || count > state->max_images) {
        return BS_FAIL(BS_ERR_INTERNAL, "%d images given to a state for 1 to %d", count,
                       state->max_images);
    }
    size_t size = (size_t)count * layer_size(&state->network->layers[last]);
    int tail = 0;
    for (int i = 0; i <= last; i++) {
        run_layer(state, i, images, count);
        if (tail < state->network->tail_count && state->network->tails[tail].head == i) {
            tail++;
            memcpy(logits + (size_t)tail * size, value_of(state, i), size * sizeof *logits);
        }
        if (state->observer != NULL) {
            bs_reference_observe(state->observer, i, value_of(state, i));
        }
    }
    memcpy(logits, value_of(state, last), size * sizeof *logits);
    return BS_OK;
}

static void reference_statistics(const void *opaque, double *statistics)
{
    const reference *state = opaque;
    memcpy(statistics, state->statistics, state->network->statistic_size * sizeof *statistics);
}

static bs_status reference_observe(void *opaque, bs_observer *observer)
{
    reference *state = opaque;
    state->observer = observer;
    return BS_OK;
}

static void reference_print_plan(const void *opaque, FILE *out)
{
    const reference *state = opaque;
    fprintf(out, "plan: one pass per layer (%d), all images at a time, double precision\n",
            state->network->layer_count);
}

const bs_backend bs_backend_reference = {
    .name = "reference",
    .arithmetic = "float64",
    .relative_error = 1e-15,
    .create = reference_create,
    .load = reference_load,
    .forward = reference_forward,
    .batch_statistics = reference_statistics,
    .print_plan = reference_print_plan,
    .observe = reference_observe,
    .destroy = reference_destroy,
};
