/* What tests of networks as tables check: sizes, names, order, refusals. */
#ifndef BLUESHIFT_TEST_NETWORK_CASE_H
#define BLUESHIFT_TEST_NETWORK_CASE_H

#include <string.h>

#include "blueshift/network.h"

static inline bs_network *make(const bs_architecture *hyperparameters)
{
    bs_network *network = NULL;
    if (bs_network_create(hyperparameters, &network) != BS_OK) {
        fail_msg("%s", bs_error_text());
    }
    return network;
}

static inline void check_size(const bs_architecture *hyperparameters, size_t parameters)
{
    bs_network *network = make(hyperparameters);
    assert_int_equal(network->parameter_size, parameters);
    size_t total = 0;
    for (int i = 0; i < network->parameter_count; i++) {
        assert_int_equal(network->parameters[i].offset, total);
        total += network->parameters[i].count;
    }
    assert_int_equal(total, parameters);
    bs_network_destroy(network);
}

static inline void check_names(const bs_network *network, const char *const names[])
{
    int i = 0;
    for (; names[i] != NULL; i++) {
        assert_true(i < network->parameter_count);
        assert_string_equal(network->parameters[i].name, names[i]);
    }
}

/* Inputs come before their readers, shapes fit, sums add what has one shape. */
static inline void check_table(const bs_network *network)
{
    for (int i = 0; i < network->layer_count; i++) {
        const bs_layer *layer = &network->layers[i];
        assert_int_equal(layer->input_count == 0, layer->kind == BS_LAYER_INPUT);
        for (int j = 0; j < layer->input_count; j++) {
            assert_in_range(layer->inputs[j], 0, i - 1);
            const bs_layer *input = &network->layers[layer->inputs[j]];
            if (layer->kind == BS_LAYER_SUM || layer->kind == BS_LAYER_NORM ||
                layer->kind == BS_LAYER_ACTIVATION) {
                assert_int_equal(layer->channels, input->channels);
                assert_int_equal(layer->width, input->width);
            }
            if (layer->kind == BS_LAYER_CONV) {
                const bs_tensor *weight = &network->parameters[layer->weight];
                assert_int_equal(weight->shape[0], layer->channels);
                assert_int_equal(weight->shape[1], input->channels);
                assert_int_equal(input->width, layer->width * layer->stride);
            }
        }
    }
    assert_int_equal(network->layers[network->layer_count - 1].channels, 10);
}

static inline void check_refused(const bs_architecture *hyperparameters, const char *word)
{
    bs_network *network = NULL;
    assert_int_equal(bs_network_create(hyperparameters, &network), BS_ERR_USAGE);
    assert_null(network);
    if (strstr(bs_error_text(), word) == NULL) {
        fail_msg("\"%s\" does not name %s", bs_error_text(), word);
    }
}

#endif
