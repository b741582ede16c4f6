/* Plans on an emulated GPU as a backend, for the batteries of all backends. */
#ifndef BLUESHIFT_TEST_CUDA_BACKEND_CASE_H
#define BLUESHIFT_TEST_CUDA_BACKEND_CASE_H

#include "cuda_case.h"

typedef struct emulated_state {
    const bs_network *network;
    bs_cuda_device *device;
    bs_cuda_plan *plan;
    bs_cuda_use use;
    bs_observer *observer;
    double *signals;
    bs_cuda_address images;
} emulated_state;

static inline void emulated_destroy(void *opaque)
{
    emulated_state *s = opaque;
    bs_cuda_plan_destroy(s->plan);
    s->device->release(s->device->context, s->images);
    emulated_device_destroy(s->device);
    bs_free(s->signals);
    bs_free(s);
}

static inline bs_status emulated_create(const bs_network *network, int max_images, bool batch,
                                        void **state)
{
    emulated_state *s = bs_alloc(1, sizeof *s);
    assert_non_null(s);
    s->network = network;
    s->device = emulated_device_create(CUDA_MULTIPROCESSORS, H100_SHARED);
    assert_non_null(s->device);
    s->use = (bs_cuda_use){.max_points = 1, .max_images = max_images, .batch = batch};
    bs_status status = s->device->allocate(
        s->device->context, (size_t)max_images * BS_IMAGE_BYTES * sizeof(float), &s->images);
    if (status == BS_OK) {
        status = bs_cuda_plan_create(network, s->device, &s->use, &s->plan);
    }
    *state = s;
    return status;
}

static inline bs_status emulated_load(void *state, const float *theta, const float *statistics)
{
    const emulated_state *s = state;
    static const double one = 1.0;
    const bs_cuda_points points = {
        .count = 1, .coefficients = &one, .statistics = statistics, .same_statistics = true};
    BS_TRY(bs_cuda_plan_vectors(s->plan, 1, &theta));
    return bs_cuda_plan_load(s->plan, &points);
}

static inline bs_status emulated_forward(void *state, const float *images, int count,
                                         double *logits)
{
    const emulated_state *s = state;
    BS_TRY(s->device->upload(s->device->context, s->images, images,
                             (size_t)count * BS_IMAGE_BYTES * sizeof *images));
    BS_TRY(bs_cuda_plan_forward(s->plan, s->images, s->observer == NULL ? 0 : s->observer->first,
                                count, logits));
    if (s->observer != NULL) {
        BS_TRY(bs_cuda_plan_signals(s->plan, s->signals));
        bs_cuda_plan_report(s->plan, s->signals, 0, s->observer);
    }
    return BS_OK;
}

static inline bs_status emulated_observe(void *state, bs_observer *observer)
{
    emulated_state *s = state;
    bs_cuda_plan_destroy(s->plan);
    s->observer = observer;
    s->use.observer = observer;
    BS_TRY(bs_cuda_plan_create(s->network, s->device, &s->use, &s->plan));
    s->signals = bs_alloc(bs_cuda_plan_signal_count(s->plan), sizeof *s->signals);
    assert_non_null(s->signals);
    return BS_OK;
}

static const bs_backend EMULATED_BACKEND = {.name = "cuda-emulated",
                                            .create = emulated_create,
                                            .load = emulated_load,
                                            .forward = emulated_forward,
                                            .observe = emulated_observe,
                                            .destroy = emulated_destroy};

#endif
