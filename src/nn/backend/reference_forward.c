/* The forward pass of the reference backend, each layer by its definition. */
#include <string.h>

#include "blueshift/activation.h"
#include "norm_scale.h"
#include "reference.h"

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
static void add_tap(const bs_layer *layer, const bs_layer *source, const double *restrict in,
                    const int offset[2], double weight, double *restrict out)
{
    const int stride = layer->stride;
    bs_columns columns = bs_reference_columns(layer, source, offset[1]);
    for (int y = 0; y < layer->height; y++) {
        int row = y * stride + offset[0];
        if (row < 0 || row >= source->height) {
            continue;
        }
        const double *from = in + (ptrdiff_t)row * source->width;
        double *to = out + (ptrdiff_t)y * layer->width;
        for (int x = columns.first; x < columns.end; x++) {
            to[x] += weight * from[x * stride + offset[1]];
        }
    }
}

static void run_conv(const bs_reference *state, const bs_layer *layer, int count, double *out)
{
    const bs_layer *source = &state->network->layers[layer->inputs[0]];
    const double *in = bs_reference_value(state, layer->inputs[0]);
    const double *weights = bs_reference_parameter(state, layer->weight);
    int kernel = layer->kernel;
    int in_plane = source->height * source->width;
    int out_plane = layer->height * layer->width;
    memset(out, 0, (size_t)count * bs_layer_size(layer) * sizeof *out);
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
    size_t image = bs_layer_size(layer);
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

static void run_norm(const bs_reference *state, const bs_layer *layer, int count, double *out)
{
    const double *in = bs_reference_value(state, layer->inputs[0]);
    size_t plane = (size_t)layer->height * (size_t)layer->width;
    for (int c = 0; c < layer->channels; c++) {
        double *mean = &bs_reference_statistic(state, layer->mean)[c];
        double *variance = &bs_reference_statistic(state, layer->variance)[c];
        if (state->batch) {
            double measured[2];
            measure(layer, in, count, c, measured);
            *mean = measured[0];
            *variance = measured[1];
        }
        double scale = bs_norm_scale(bs_reference_parameter(state, layer->weight)[c], *variance);
        double shift = bs_reference_parameter(state, layer->bias)[c];
        for (int n = 0; n < count; n++) {
            size_t first = (size_t)n * bs_layer_size(layer) + (size_t)c * plane;
            for (size_t p = first; p < first + plane; p++) {
                out[p] = (in[p] - *mean) * scale + shift;
            }
        }
    }
}

static void run_pad(const bs_reference *state, const bs_layer *layer, int count, double *out)
{
    const bs_layer *source = &state->network->layers[layer->inputs[0]];
    const double *in = bs_reference_value(state, layer->inputs[0]);
    int before = (layer->channels - source->channels) / 2;
    for (int n = 0; n < count; n++) {
        for (int c = -before; c < layer->channels - before; c++) {
            const double *plane =
                in + (size_t)n * bs_layer_size(source) +
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

static void run_sum(const bs_reference *state, const bs_layer *layer, size_t size, double *out)
{
    memset(out, 0, size * sizeof *out);
    for (int j = 0; j < layer->input_count; j++) {
        const double *in = bs_reference_value(state, layer->inputs[j]);
        for (size_t i = 0; i < size; i++) {
            out[i] += layer->coefficients[j] * in[i];
        }
    }
}

static void run_pool(const bs_reference *state, const bs_layer *layer, int count, double *out)
{
    const bs_layer *source = &state->network->layers[layer->inputs[0]];
    const double *in = bs_reference_value(state, layer->inputs[0]);
    int plane = source->height * source->width;
    for (int i = 0; i < count * layer->channels; i++) {
        double total = 0.0;
        for (int p = 0; p < plane; p++) {
            total += *in++;
        }
        out[i] = total / plane;
    }
}

static void run_linear(const bs_reference *state, const bs_layer *layer, int count, double *out)
{
    size_t features = bs_layer_size(&state->network->layers[layer->inputs[0]]);
    const double *in = bs_reference_value(state, layer->inputs[0]);
    const double *weights = bs_reference_parameter(state, layer->weight);
    for (int n = 0; n < count; n++) {
        for (int k = 0; k < layer->channels; k++) {
            double total = layer->bias < 0 ? 0.0 : bs_reference_parameter(state, layer->bias)[k];
            for (size_t i = 0; i < features; i++) {
                total += weights[(size_t)k * features + i] * in[(size_t)n * features + i];
            }
            *out++ = total;
        }
    }
}

void bs_reference_forward_layer(const bs_reference *state, int index, const float *images,
                                int count)
{
    const bs_layer *layer = &state->network->layers[index];
    const bs_architecture *architecture = &state->network->architecture;
    double *out = bs_reference_value(state, index);
    size_t size = (size_t)count * bs_layer_size(layer);
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
                                         bs_reference_value(state, layer->inputs[0])[i]);
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
