/* What models see of the signals of a case's blocks, for tests of observables. */
#ifndef BLUESHIFT_TEST_OBSERVE_CASE_H
#define BLUESHIFT_TEST_OBSERVE_CASE_H

#include "blueshift/model.h"
#include "nn_case.h"

enum { IMAGES = 7, FIRST = 2, COUNT = 2, PROBES = 40, SEED = 11 };

static uint8_t pixels[IMAGES * BS_IMAGE_BYTES];
static const uint8_t LABELS[IMAGES] = {3, 8, 8, 0, 6, 1, 9};
static const bs_normalisation NORMALISATION = {.mean = {0.5, 0.4, 0.3}, .std = {0.2, 0.25, 0.3}};
static const bs_observables ALL = {.branch_losses = true, .probes = PROBES, .probe_images = 1};

/* What a score gave; arrays owned. */
typedef struct seen {
    int signals;
    bs_score score;
    double *losses; /* [signals] */
    double *probes; /* [signals][PROBES] */
} seen;

static inline bs_images make_images(void)
{
    for (int i = 0; i < IMAGES * BS_IMAGE_BYTES; i++) {
        pixels[i] = (uint8_t)((i * 7919 + i / 3072 * 104729) >> 3);
    }
    return (bs_images){.count = IMAGES, .pixels = pixels, .labels = LABELS};
}

static inline double *copy(const double *from, int count)
{
    double *to = bs_alloc((size_t)count, sizeof *to);
    assert_non_null(to);
    if (from != NULL) {
        memcpy(to, from, (size_t)count * sizeof *to);
    }
    return to;
}

static inline seen observe(const nn_case *c, const bs_backend *backend,
                           const bs_observables *wanted)
{
    bs_images images = make_images();
    bs_model *model = NULL;
    seen s = {.signals = c->network->block_count * bs_branch_count(c->network)};
    assert_int_equal(bs_model_create(c->network, backend, COUNT, &NORMALISATION, &model), BS_OK);
    if (bs_model_observe(model, wanted, SEED, IMAGES) != BS_OK) {
        fail_msg("%s: %s", backend->name, bs_error_text());
    }
    assert_int_equal(bs_model_load(model, c->theta, c->statistics), BS_OK);
    assert_int_equal(bs_model_score(model, &images, FIRST, COUNT, &s.score), BS_OK);
    s.losses = copy(bs_model_branch_losses(model), s.signals);
    s.probes = copy(bs_model_branch_probes(model), s.signals * wanted->probes);
    bs_model_destroy(model);
    return s;
}

static inline void forget(seen *s)
{
    bs_free(s->losses);
    bs_free(s->probes);
}

/* The tensor NAME among the parameters. */
static inline const float *weights_of(const nn_case *c, const char *name)
{
    for (int i = 0; i < c->network->parameter_count; i++) {
        if (strcmp(c->network->parameters[i].name, name) == 0) {
            return c->theta + c->network->parameters[i].offset;
        }
    }
    fail_msg("there is no %s", name);
    return NULL;
}

static inline const bs_backend *reference_backend(void)
{
    const bs_backend *reference = NULL;
    assert_int_equal(bs_backend_find("reference", &reference), BS_OK);
    return reference;
}

#endif
