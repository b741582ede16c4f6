/* The state of the reference backend, and its passes over layers. */
#ifndef BLUESHIFT_NN_REFERENCE_H
#define BLUESHIFT_NN_REFERENCE_H

#include "blueshift/network.h"
#include "blueshift/observer.h"

/* Values are [N][C][H][W], as in the definitions. A layer's value lives in a slot until its last
 * reader has run, all slots having the size of the largest value; for a backward pass every value
 * has a place of its own. */
typedef struct bs_reference {
    const bs_network *network;
    int max_images;
    bool batch;
    double *theta;      /* [parameter_size] */
    double *statistics; /* [statistic_size]: given, or measured by the last forward */
    size_t *places;     /* [layer_count]: a value's first element in VALUES and GRADIENTS */
    double *values;
    size_t value_size;
    bs_observer *observer; /* NULL: nobody */
    bool trains;
    double *gradients;      /* the derivatives by VALUES; NULL unless it trains */
    double *theta_gradient; /* [parameter_size]; NULL unless it trains */
    int images;             /* of a forward that no backward has followed; 0: none */
} bs_reference;

static inline size_t bs_layer_size(const bs_layer *layer)
{
    return (size_t)layer->channels * (size_t)layer->height * (size_t)layer->width;
}

static inline double *bs_reference_value(const bs_reference *state, int layer)
{
    return state->values + state->places[layer];
}

static inline const double *bs_reference_parameter(const bs_reference *state, int parameter)
{
    return state->theta + state->network->parameters[parameter].offset;
}

static inline double *bs_reference_statistic(const bs_reference *state, int statistic)
{
    return state->statistics + state->network->statistics[statistic].offset;
}

/* Columns FIRST to END - 1 of a convolution's output whose input, DX columns away, is in the map.
 */
typedef struct bs_columns {
    int first, end;
} bs_columns;

static inline bs_columns bs_reference_columns(const bs_layer *layer, const bs_layer *source, int dx)
{
    bs_columns columns = {0, layer->width};
    while (columns.first < columns.end && columns.first * layer->stride + dx < 0) {
        columns.first++;
    }
    while (columns.end > columns.first && (columns.end - 1) * layer->stride + dx >= source->width) {
        columns.end--;
    }
    return columns;
}

/* Computes the value of layer INDEX for COUNT images. */
void bs_reference_forward_layer(const bs_reference *state, int index, const float *images,
                                int count);

/* Adds to the gradients of the inputs and parameters of layer INDEX what follows from that of its
 * value, for state->images images. */
void bs_reference_backward_layer(const bs_reference *state, int index);

#endif
