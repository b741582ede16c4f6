/* A training step of a case's network: the loss of its images and the gradient of it. */
#ifndef BLUESHIFT_TEST_GRADIENT_CASE_H
#define BLUESHIFT_TEST_GRADIENT_CASE_H

#include "blueshift/loss.h"
#include "nn_case.h"

enum { GRADIENT_IMAGES_MAX = 64 };

/* A state of BACKEND that trains. */
static inline void *make_trainer(const nn_case *c, const bs_backend *backend)
{
    bool batch = c->network->architecture.norm == BS_NORM_BATCH;
    void *state = NULL;
    assert_int_equal(backend->create(c->network, c->count, batch, &state), BS_OK);
    if (backend->train(state) != BS_OK) {
        fail_msg("%s", bs_error_text());
    }
    return state;
}

/* The mean loss at THETA; GRADIENT [parameter_size] (may be NULL) of it. Image i has label
 * 7 i modulo the classes. */
static inline double step_case(const nn_case *c, const bs_backend *backend, void *state,
                               const float *theta, float *gradient)
{
    double logits[GRADIENT_IMAGES_MAX * BS_CLASSES];
    double derivatives[GRADIENT_IMAGES_MAX * BS_CLASSES];
    uint8_t labels[GRADIENT_IMAGES_MAX];
    bs_loss_totals totals = {0};
    const bs_loss loss = {BS_CLASSES, 0.1, 1.0 / c->count};
    assert_in_range(c->count, 1, GRADIENT_IMAGES_MAX);
    for (int i = 0; i < c->count; i++) {
        labels[i] = (uint8_t)(7 * i % BS_CLASSES);
    }
    assert_int_equal(backend->load(state, theta, NULL), BS_OK);
    assert_int_equal(backend->forward(state, c->images, c->count, logits), BS_OK);
    bs_loss_evaluate(&loss, logits, labels, c->count, derivatives, &totals);
    if (gradient != NULL) {
        assert_int_equal(backend->backward(state, derivatives, gradient, NULL), BS_OK);
    }
    return totals.loss / c->count;
}

#endif
