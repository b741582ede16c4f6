/* The reference backend: double precision, one layer after the other, each by its definition. */
#include <string.h>

#include "blueshift/memory.h"
#include "backends.h"
#include "backward_rules.h"
#include "reference.h"
#include "reference_observe.h"

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
static size_t assign_slots(bs_reference *state, int *until)
{
    const bs_network *network = state->network;
    size_t count = 0;
    for (int i = 0; i < network->layer_count; i++) {
        size_t slot = 0;
        while (slot < count && until[slot] >= i) {
            slot++;
        }
        count = slot == count ? count + 1 : count;
        state->places[i] = slot * state->value_size;
        until[slot] = last_reader(network, i);
    }
    return count;
}

static void reference_destroy(void *opaque)
{
    bs_reference *state = opaque;
    if (state != NULL) {
        bs_free(state->theta);
        bs_free(state->statistics);
        bs_free(state->places);
        bs_free(state->values);
        bs_free(state->gradients);
        bs_free(state->theta_gradient);
        bs_free(state);
    }
}

static bs_status allocate(bs_reference *state)
{
    const bs_network *network = state->network;
    size_t layers = (size_t)network->layer_count;
    size_t largest = 0;
    for (int i = 0; i < network->layer_count; i++) {
        size_t size = bs_layer_size(&network->layers[i]);
        largest = size > largest ? size : largest;
    }
    state->value_size = largest * (size_t)state->max_images;
    state->theta = bs_alloc(network->parameter_size, sizeof *state->theta);
    state->statistics = bs_alloc(network->statistic_size, sizeof *state->statistics);
    state->places = bs_alloc(layers, sizeof *state->places);
    int *until = bs_alloc(layers, sizeof *until);
    if (until != NULL && state->places != NULL) {
        size_t slots = assign_slots(state, until);
        state->values = bs_alloc(slots * state->value_size, sizeof *state->values);
    }
    bs_free(until);
    bool all = state->theta != NULL && state->statistics != NULL && state->values != NULL;
    return all ? BS_OK : BS_ERR_MEMORY;
}

static bs_status reference_create(const bs_network *network, int max_images, bool batch,
                                  void **opaque)
{
    *opaque = NULL;
    bs_reference *state = bs_alloc(1, sizeof *state);
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
    bs_reference *state = opaque;
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

static bs_status reference_forward(void *opaque, const float *images, int count, double *logits)
{
    bs_reference *state = opaque;
    int last = state->network->layer_count - 1;
    if (count < 1 || count > state->max_images) {
        return BS_FAIL(BS_ERR_INTERNAL, "%d images given to a state for 1 to %d", count,
                       state->max_images);
    }
    size_t size = (size_t)count * bs_layer_size(&state->network->layers[last]);
    int tail = 0;
    for (int i = 0; i <= last; i++) {
        bs_reference_forward_layer(state, i, images, count);
        if (tail < state->network->tail_count && state->network->tails[tail].head == i) {
            tail++;
            memcpy(logits + (size_t)tail * size, bs_reference_value(state, i),
                   size * sizeof *logits);
        }
        if (state->observer != NULL) {
            bs_reference_observe(state->observer, i, bs_reference_value(state, i));
        }
    }
    memcpy(logits, bs_reference_value(state, last), size * sizeof *logits);
    state->images = state->trains ? count : 0;
    return BS_OK;
}

static void reference_statistics(const void *opaque, double *statistics)
{
    const bs_reference *state = opaque;
    memcpy(statistics, state->statistics, state->network->statistic_size * sizeof *statistics);
}

static bs_status reference_observe(void *opaque, bs_observer *observer)
{
    bs_reference *state = opaque;
    if (state->trains) {
        return bs_backward_refuse("networks that are observed");
    }
    state->observer = observer;
    return BS_OK;
}

/* Gives every value a place of its own. */
static bs_status reference_train(void *opaque)
{
    bs_reference *state = opaque;
    const bs_network *network = state->network;
    BS_TRY(bs_backward_check(network, state->batch, state->observer));
    size_t size = 0;
    for (int i = 0; i < network->layer_count; i++) {
        state->places[i] = size;
        size += (size_t)state->max_images * bs_layer_size(&network->layers[i]);
    }
    bs_free(state->values);
    bs_free(state->gradients);
    bs_free(state->theta_gradient);
    state->values = bs_alloc(size, sizeof *state->values);
    state->gradients = bs_alloc(size, sizeof *state->gradients);
    state->theta_gradient = bs_alloc(network->parameter_size, sizeof *state->theta_gradient);
    state->value_size = size;
    state->trains = true;
    state->images = 0;
    bool all = state->values != NULL && state->gradients != NULL && state->theta_gradient != NULL;
    return all ? BS_OK : BS_ERR_MEMORY;
}

static bs_status reference_backward(void *opaque, const double *logits_gradient, float *gradient,
                                    const bs_gradient_sink *sink)
{
    bs_reference *state = opaque;
    const bs_network *network = state->network;
    int last = network->layer_count - 1;
    if (state->images == 0) {
        return bs_backward_too_early();
    }
    memset(state->gradients, 0, state->value_size * sizeof *state->gradients);
    memset(state->theta_gradient, 0, network->parameter_size * sizeof *state->theta_gradient);
    memcpy(state->gradients + state->places[last], logits_gradient,
           (size_t)state->images * bs_layer_size(&network->layers[last]) *
               sizeof *state->gradients);
    for (int i = last; i >= 0; i--) {
        bs_reference_backward_layer(state, i);
    }
    for (size_t i = 0; i < network->parameter_size; i++) {
        gradient[i] = (float)state->theta_gradient[i];
    }
    if (sink != NULL) {
        sink->done(sink->context, 0, network->parameter_size);
    }
    state->images = 0;
    return BS_OK;
}

static void reference_print_plan(const void *opaque, FILE *out)
{
    const bs_reference *state = opaque;
    fprintf(out, "plan: one pass per layer (%d), all images at a time, double precision\n",
            state->network->layer_count);
}

const bs_backend bs_backend_reference = {
    .name = "reference",
    .arithmetic = "float64",
    .loss_error = 1e-15,
    .relative_error = 1e-15,
    .create = reference_create,
    .load = reference_load,
    .forward = reference_forward,
    .batch_statistics = reference_statistics,
    .print_plan = reference_print_plan,
    .observe = reference_observe,
    .train = reference_train,
    .backward = reference_backward,
    .destroy = reference_destroy,
};
