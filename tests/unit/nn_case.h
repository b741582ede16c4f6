/* A network with perturbed initial parameters, statistics and random images, for backend tests. */
#ifndef BLUESHIFT_TEST_NN_CASE_H
#define BLUESHIFT_TEST_NN_CASE_H

#include <math.h>
#include <string.h>

#include "blueshift/images.h"
#include "blueshift/backend.h"
#include "blueshift/memory.h"
#include "blueshift/rng.h"

typedef struct nn_case {
    bs_network *network;
    int count;
    float *theta, *statistics, *images;
} nn_case;

static const bs_architecture RESNET_8 = {.depth = 8,
                                         .shortcut = BS_SHORTCUT_PAD,
                                         .skip_weight = 1.0,
                                         .paths = 1,
                                         .width = 1,
                                         .slope = 0.25,
                                         .norm = BS_NORM_BATCH};

static void fill_normal(uint32_t item, double mean, double deviation, size_t count, float *out)
{
    const bs_rng rng = {.seed = 20, .stream = BS_STREAM_TEST, .item = item};
    double *numbers = bs_alloc(count, sizeof *numbers);
    assert_non_null(numbers);
    bs_rng_normal(&rng, 0, count, numbers);
    for (size_t i = 0; i < count; i++) {
        out[i] = (float)(mean + deviation * numbers[i]);
    }
    bs_free(numbers);
}

/* Norm scales, shifts and means away from 1 and 0, variances from 0.5 to 2. */
static inline nn_case make_case(const bs_architecture *hyperparameters, int count)
{
    nn_case c = {.count = count};
    assert_int_equal(bs_network_create(hyperparameters, &c.network), BS_OK);
    size_t pixels = (size_t)count * BS_IMAGE_BYTES;
    c.theta = bs_alloc(c.network->parameter_size, sizeof *c.theta);
    c.statistics = bs_alloc(c.network->statistic_size, sizeof *c.statistics);
    c.images = bs_alloc(pixels, sizeof *c.images);
    assert_true(c.theta != NULL && c.statistics != NULL && c.images != NULL);
    bs_network_init(c.network, 7, BS_STREAM_INIT, 3, c.theta);
    for (int i = 0; i < c.network->parameter_count; i++) {
        const bs_tensor *t = &c.network->parameters[i];
        bool scale = strstr(t->name, "weight") != NULL;
        if (t->ndim == 1) {
            fill_normal((uint32_t)i, scale ? 1.0 : 0.0, 0.2, t->count, c.theta + t->offset);
        }
    }
    fill_normal(1000, 0.0, 0.3, c.network->statistic_size, c.statistics);
    for (int i = 1; i < c.network->statistic_count; i += 2) {
        const bs_tensor *t = &c.network->statistics[i];
        for (size_t j = t->offset; j < t->offset + t->count; j++) {
            c.statistics[j] = exp2f(2.0F * c.statistics[j]);
        }
    }
    fill_normal(1001, 0.1, 1.0, pixels, c.images);
    return c;
}

static inline void free_case(nn_case *c)
{
    bs_network_destroy(c->network);
    bs_free(c->theta);
    bs_free(c->statistics);
    bs_free(c->images);
}

/* Logits of the case's images from a new state of BACKEND; STATISTICS (may be NULL): those of the
 * batch. */
static inline void run_case(const nn_case *c, const bs_backend *backend, double *logits,
                            double *statistics)
{
    bool batch = c->network->architecture.norm == BS_NORM_BATCH;
    void *state = NULL;
    assert_int_equal(backend->create(c->network, c->count, batch, &state), BS_OK);
    assert_int_equal(backend->load(state, c->theta, c->statistics), BS_OK);
    assert_int_equal(backend->forward(state, c->images, c->count, logits), BS_OK);
    if (statistics != NULL) {
        backend->batch_statistics(state, statistics);
    }
    backend->destroy(state);
}

#endif
