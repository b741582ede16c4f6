/* A network of nn_case.h on an emulated GPU. */
#ifndef BLUESHIFT_TEST_CUDA_CASE_H
#define BLUESHIFT_TEST_CUDA_CASE_H

#include <stdlib.h>

#include "../../src/nn/backend/backends.h"
#include "../../src/nn/backend/cuda/cuda_plan.h"
#include "emulation/emulated_device.h"
#include "nn_case.h"

/* Shared memory of a block on an H100 and on an A100. */
enum { CUDA_MULTIPROCESSORS = 132, H100_SHARED = 227 * 1024, A100_SHARED = 163 * 1024 };

/* What is evaluated: VECTORS of the case's points, of which the first is its theta. */
typedef struct cuda_request {
    int multiprocessors;
    size_t shared_bytes;
    int points, vectors;
    const double *coefficients;     /* [points][vectors]; NULL: theta, POINTS times */
    const float *const *directions; /* [vectors - 1] */
    bool origin_vectors;
    bool by_layers;
} cuda_request;

static const cuda_request ONE_POINT = {.multiprocessors = CUDA_MULTIPROCESSORS,
                                       .shared_bytes = H100_SHARED,
                                       .points = 1,
                                       .vectors = 1};

/* Versions, shortcuts and norms of a ResNet-8 in all combinations, the second half of PATHS paths.
 */
enum { VARIANTS = 36 };

static inline bs_architecture variant(int i, int paths)
{
    static const bs_norm norms[] = {BS_NORM_NONE, BS_NORM_FROZEN, BS_NORM_BATCH};
    bs_architecture a = RESNET_8;
    a.version = (bs_version)(i % 2);
    a.shortcut = (bs_shortcut)(i / 2 % 3);
    a.norm = norms[i / 6 % 3];
    a.paths = 2 * i < VARIANTS ? 1 : paths;
    a.skip_weight = 0.7;
    return a;
}

static inline bool is_batch(const nn_case *c)
{
    return c->network->architecture.norm == BS_NORM_BATCH;
}

static inline bs_status evaluate_plan(const nn_case *c, const cuda_request *request,
                                      bs_cuda_plan *plan, bs_cuda_address images, double *logits)
{
    static const double ones[16] = {1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0,
                                    1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0};
    const float *vectors[BS_CUDA_VECTORS] = {c->theta};
    for (int v = 1; v < request->vectors; v++) {
        vectors[v] = request->directions[v - 1];
    }
    const bs_cuda_points points = {.count = request->points,
                                   .coefficients =
                                       request->coefficients == NULL ? ones : request->coefficients,
                                   .statistics = c->statistics,
                                   .same_statistics = true,
                                   .origin_vectors = request->origin_vectors};
    BS_TRY(bs_cuda_plan_vectors(plan, request->vectors, vectors));
    BS_TRY(bs_cuda_plan_load(plan, &points));
    return bs_cuda_plan_forward(plan, images, 0, c->count, logits);
}

/* LOGITS [points][1 + tail][count][classes]; STATISTICS (may be NULL): [points][statistic_size]. */
static inline bs_status run_on_device(const nn_case *c, const cuda_request *request,
                                      const bs_cuda_device *device, double *logits,
                                      double *statistics)
{
    const size_t bytes = (size_t)c->count * BS_IMAGE_BYTES * sizeof *c->images;
    const bs_cuda_use use = {.max_points = request->points,
                             .max_images = c->count,
                             .batch = is_batch(c),
                             .by_layers = request->by_layers};
    bs_cuda_plan *plan = NULL;
    bs_cuda_address images = 0;
    bs_status status = bs_cuda_plan_create(c->network, device, &use, &plan);
    if (status == BS_OK) {
        status = device->allocate(device->context, bytes, &images);
    }
    if (status == BS_OK) {
        status = device->upload(device->context, images, c->images, bytes);
    }
    if (status == BS_OK) {
        status = evaluate_plan(c, request, plan, images, logits);
    }
    if (status == BS_OK && statistics != NULL) {
        status = bs_cuda_plan_statistics(plan, statistics);
    }
    device->release(device->context, images);
    bs_cuda_plan_destroy(plan);
    return status;
}

/* The same on an emulated device of its own. */
static inline bs_status run_cuda(const nn_case *c, const cuda_request *request, double *logits,
                                 double *statistics)
{
    bs_cuda_device *device =
        emulated_device_create(request->multiprocessors, request->shared_bytes);
    if (device == NULL) {
        return BS_ERR_MEMORY;
    }
    bs_status status = run_on_device(c, request, device, logits, statistics);
    emulated_device_destroy(device);
    return status;
}

/* The same, which must succeed. */
static inline void run_cuda_well(const nn_case *c, const cuda_request *request, double *logits,
                                 double *statistics)
{
    if (run_cuda(c, request, logits, statistics) != BS_OK) {
        fail_msg("%s", bs_error_text());
    }
}

static inline double *new_logits(const nn_case *c, int points)
{
    double *logits = bs_alloc(
        (size_t)(points * (1 + c->network->tail_count) * c->count) * BS_CLASSES, sizeof *logits);
    assert_non_null(logits);
    return logits;
}

static inline void skip_without_emulation(void)
{
    if (!emulated_device_runs()) {
        skip();
    }
}

#endif
