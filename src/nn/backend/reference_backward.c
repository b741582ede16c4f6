/* The backward pass of the reference backend: the chain rule of each layer's definition. */
#include <math.h>

#include "blueshift/activation.h"
#include "reference.h"

static double *gradient_of(const bs_reference *state, int layer)
{
    return state->gradients + state->places[layer];
}

static double *parameter_gradient(const bs_reference *state, int parameter)
{
    return state->theta_gradient + state->network->parameters[parameter].offset;
}

/* An input and an output plane of one image, and the derivatives by them. */
typedef struct planes {
    const double *in;
    double *in_gradient;
    const double *out_gradient;
} planes;

/* Adds the derivatives by the plane IN; returns those by the tap's WEIGHT at offset (DY, DX). */
static double tap_gradient(const bs_layer *layer, const bs_layer *source, const planes *p,
                           const int offset[2], double weight)
{
    double total = 0.0;
    int stride = layer->stride;
    bs_columns columns = bs_reference_columns(layer, source, offset[1]);
    for (int y = 0; y < layer->height; y++) {
        int row = y * stride + offset[0];
        if (row < 0 || row >= source->height) {
            continue;
        }
        const double *from = p->out_gradient + (ptrdiff_t)y * layer->width;
        for (int x = columns.first; x < columns.end; x++) {
            int pixel = row * source->width + x * stride + offset[1];
            total += from[x] * p->in[pixel];
            p->in_gradient[pixel] += from[x] * weight;
        }
    }
    return total;
}

static void conv_gradient(const bs_reference *state, const bs_layer *layer, const double *out)
{
    const bs_layer *source = &state->network->layers[layer->inputs[0]];
    const double *in = bs_reference_value(state, layer->inputs[0]);
    double *in_gradient = gradient_of(state, layer->inputs[0]);
    const double *weights = bs_reference_parameter(state, layer->weight);
    double *weight_gradient = parameter_gradient(state, layer->weight);
    int kernel = layer->kernel;
    size_t plane = (size_t)source->height * (size_t)source->width;
    ptrdiff_t out_plane = (ptrdiff_t)layer->height * layer->width;
    for (int n = 0; n < state->images; n++) {
        for (int k = 0; k < layer->channels; k++, out += out_plane) {
            for (int c = 0; c < source->channels; c++) {
                size_t at = (size_t)(n * source->channels + c) * plane;
                size_t filter = (size_t)(k * source->channels + c) * (size_t)(kernel * kernel);
                const planes p = {in + at, in_gradient + at, out};
                for (int tap = 0; tap < kernel * kernel; tap++) {
                    const int offset[2] = {tap / kernel - kernel / 2, tap % kernel - kernel / 2};
                    weight_gradient[filter + (size_t)tap] +=
                        tap_gradient(layer, source, &p, offset, weights[filter + (size_t)tap]);
                }
            }
        }
    }
}

/* y = scale xhat + shift, xhat = (x - mean) / deviation: the mean and the deviation are functions
 * of all x of the channel, which takes the mean, and the part along xhat, out of the derivatives
 * (Ioffe and Szegedy 2015). */
static void norm_gradient(const bs_reference *state, const bs_layer *layer, const double *out)
{
    const double *in = bs_reference_value(state, layer->inputs[0]);
    double *in_gradient = gradient_of(state, layer->inputs[0]);
    size_t plane = (size_t)layer->height * (size_t)layer->width;
    double numbers = (double)state->images * (double)plane;
    for (int c = 0; c < layer->channels; c++) {
        double mean = bs_reference_statistic(state, layer->mean)[c];
        double variance = bs_reference_statistic(state, layer->variance)[c];
        double inverse = 1.0 / sqrt(variance + BS_NORM_EPSILON);
        double scale = bs_reference_parameter(state, layer->weight)[c];
        double shift_gradient = 0.0;
        double scale_gradient = 0.0;
        for (int n = 0; n < state->images; n++) {
            size_t first = (size_t)n * bs_layer_size(layer) + (size_t)c * plane;
            for (size_t p = first; p < first + plane; p++) {
                shift_gradient += out[p];
                scale_gradient += out[p] * (in[p] - mean) * inverse;
            }
        }
        for (int n = 0; n < state->images; n++) {
            size_t first = (size_t)n * bs_layer_size(layer) + (size_t)c * plane;
            for (size_t p = first; p < first + plane; p++) {
                double along = (in[p] - mean) * inverse * scale_gradient / numbers;
                in_gradient[p] += scale * inverse * (out[p] - shift_gradient / numbers - along);
            }
        }
        parameter_gradient(state, layer->weight)[c] += scale_gradient;
        parameter_gradient(state, layer->bias)[c] += shift_gradient;
    }
}

static void activation_gradient(const bs_reference *state, const bs_layer *layer, const double *out)
{
    const bs_architecture *architecture = &state->network->architecture;
    const double *in = bs_reference_value(state, layer->inputs[0]);
    double *in_gradient = gradient_of(state, layer->inputs[0]);
    for (size_t i = 0; i < (size_t)state->images * bs_layer_size(layer); i++) {
        in_gradient[i] +=
            out[i] * bs_activation_derivative(architecture->activation, architecture->slope, in[i]);
    }
}

static void pad_gradient(const bs_reference *state, const bs_layer *layer, const double *out)
{
    const bs_layer *source = &state->network->layers[layer->inputs[0]];
    double *in_gradient = gradient_of(state, layer->inputs[0]);
    int before = (layer->channels - source->channels) / 2;
    for (int n = 0; n < state->images; n++) {
        for (int c = 0; c < source->channels; c++) {
            const double *from = out + (size_t)n * bs_layer_size(layer) +
                                 (size_t)(c + before) * (size_t)(layer->height * layer->width);
            double *to = in_gradient + (size_t)(n * source->channels + c) *
                                           (size_t)(source->height * source->width);
            for (int y = 0; y < layer->height; y++) {
                for (int x = 0; x < layer->width; x++) {
                    to[y * layer->stride * source->width + x * layer->stride] += *from++;
                }
            }
        }
    }
}

static void sum_gradient(const bs_reference *state, const bs_layer *layer, const double *out)
{
    for (int j = 0; j < layer->input_count; j++) {
        double *in_gradient = gradient_of(state, layer->inputs[j]);
        for (size_t i = 0; i < (size_t)state->images * bs_layer_size(layer); i++) {
            in_gradient[i] += layer->coefficients[j] * out[i];
        }
    }
}

static void pool_gradient(const bs_reference *state, const bs_layer *layer, const double *out)
{
    const bs_layer *source = &state->network->layers[layer->inputs[0]];
    double *in_gradient = gradient_of(state, layer->inputs[0]);
    int plane = source->height * source->width;
    for (int i = 0; i < state->images * layer->channels; i++) {
        for (int p = 0; p < plane; p++) {
            *in_gradient++ += out[i] / plane;
        }
    }
}

static void linear_gradient(const bs_reference *state, const bs_layer *layer, const double *out)
{
    size_t features = bs_layer_size(&state->network->layers[layer->inputs[0]]);
    const double *in = bs_reference_value(state, layer->inputs[0]);
    double *in_gradient = gradient_of(state, layer->inputs[0]);
    const double *weights = bs_reference_parameter(state, layer->weight);
    double *weight_gradient = parameter_gradient(state, layer->weight);
    for (int n = 0; n < state->images; n++) {
        for (size_t k = 0; k < (size_t)layer->channels; k++, out++) {
            for (size_t i = 0; i < features; i++) {
                weight_gradient[k * features + i] += *out * in[(size_t)n * features + i];
                in_gradient[(size_t)n * features + i] += *out * weights[k * features + i];
            }
            if (layer->bias >= 0) {
                parameter_gradient(state, layer->bias)[k] += *out;
            }
        }
    }
}

void bs_reference_backward_layer(const bs_reference *state, int index)
{
    const bs_layer *layer = &state->network->layers[index];
    const double *out = gradient_of(state, index);
    switch (layer->kind) {
    case BS_LAYER_INPUT:
        break; /* nobody asks for the derivatives by the images */
    case BS_LAYER_CONV:
        conv_gradient(state, layer, out);
        break;
    case BS_LAYER_NORM:
        norm_gradient(state, layer, out);
        break;
    case BS_LAYER_ACTIVATION:
        activation_gradient(state, layer, out);
        break;
    case BS_LAYER_PAD:
        pad_gradient(state, layer, out);
        break;
    case BS_LAYER_SUM:
        sum_gradient(state, layer, out);
        break;
    case BS_LAYER_POOL:
        pool_gradient(state, layer, out);
        break;
    case BS_LAYER_LINEAR:
        linear_gradient(state, layer, out);
        break;
    }
}
