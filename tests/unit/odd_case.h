/* A case over a table that no architecture has. */
#ifndef BLUESHIFT_TEST_ODD_CASE_H
#define BLUESHIFT_TEST_ODD_CASE_H

#include <stdlib.h>

#include "../../src/nn/network/network_build.h"
#include "nn_case.h"

/* Norms, sums and activations in places where ResNets have none. */
static inline void build_odd(bs_builder *b)
{
    static const double three[] = {0.5, -1.0, 2.0};
    static const double twice[] = {1.0, 0.5};
    static const double scale[] = {3.0};
    int image = bs_build_input(b, BS_IMAGE_CHANNELS, BS_IMAGE_SIDE);
    int raw = bs_build_conv(b, image, "a", 16, 3, 1);
    int norm = bs_build_norm(b, raw, "b");
    int next = bs_build_conv(b, norm, "c", 16, 1, 1);
    int x = bs_build_sum(b, 3, (const int[]){raw, norm, next}, three);
    x = bs_build_activation(b, x);
    x = bs_build_activation(b, x);
    x = bs_build_sum(b, 1, &x, scale);
    x = bs_build_norm(b, x, "d");
    x = bs_build_norm(b, x, "e");
    int other = bs_build_conv(b, image, "f", 16, 3, 1);
    other = bs_build_sum(b, 1, &other, scale);
    other = bs_build_norm(b, other, "g");
    x = bs_build_sum(b, 2, (const int[]){other, x}, twice);
    int half = bs_build_pad(b, x, 48, 2);
    x = bs_build_sum(b, 2, (const int[]){half, half}, twice);
    int deep = bs_build_conv(b, x, "h", 48, 3, 1);
    deep = bs_build_sum(b, 2, (const int[]){deep, x}, twice);
    deep = bs_build_sum(b, 2, (const int[]){deep, half}, twice);
    static const double ones[] = {1.0, 1.0};
    int beside = bs_build_conv(b, deep, "o", 48, 3, 1); /* added to what it reads */
    deep = bs_build_sum(b, 2, (const int[]){beside, deep}, ones);
    x = bs_build_conv(b, deep, "i", 48, 3, 2);
    x = bs_build_pool(b, bs_build_norm(b, x, "j"));
    x = bs_build_linear(b, x, "k", 21, true);
    int bent = bs_build_activation(b, x); /* beside x: passes over values of one pixel */
    x = bs_build_sum(b, 3, (const int[]){x, bent, bent}, three);
    x = bs_build_activation(b, bs_build_norm(b, x, "n"));
    x = bs_build_linear(b, x, "l", 33, false);
    bs_build_linear(b, x, "m", BS_CLASSES, true);
}

static inline nn_case make_odd(bs_norm norm, int images)
{
    bs_architecture hyperparameters = RESNET_8;
    hyperparameters.norm = norm;
    hyperparameters.activation = BS_ACTIVATION_TANH;
    nn_case c = make_case(&hyperparameters, images); /* its images; its network is replaced */
    bs_network_destroy(c.network);
    c.network = bs_alloc(1, sizeof *c.network);
    assert_non_null(c.network);
    c.network->architecture = hyperparameters;
    bs_builder builder = {.network = c.network, .block = -1};
    build_odd(&builder);
    assert_int_equal(builder.status, BS_OK);
    bs_free(c.theta);
    bs_free(c.statistics);
    c.theta = bs_alloc(c.network->parameter_size, sizeof *c.theta);
    c.statistics = bs_alloc(c.network->statistic_size, sizeof *c.statistics);
    if (c.theta == NULL || c.statistics == NULL) {
        abort();
    }
    fill_normal(1, 0.0, 0.2, c.network->parameter_size, c.theta);
    for (size_t i = 0; i < c.network->statistic_size; i++) {
        c.statistics[i] = 0.5F;
    }
    return c;
}

#endif
