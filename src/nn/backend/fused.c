/* The direct and Winograd backends: run a plan in single precision, group by group and image by
 * image. */
#include <string.h>

#include "blueshift/memory.h"
#include "fused.h"
#include "backends.h"
#include "backward_rules.h"

/* Everything but the state itself. */
static void release(bs_fused *state)
{
    bs_plan_destroy(state->plan);
    bs_free(state->steps);
    bs_free(state->passing);
    bs_free(state->arena);
    bs_free(state->weights);
    bs_free(state->affine);
    bs_free(state->scratch);
    bs_free(state->vectors);
    bs_free(state->statistics);
    bs_free(state->moments.pivot);
    bs_free(state->moments.sum);
    bs_free(state->moments.squares);
    bs_free(state->measured);
    bs_free(state->means);
    bs_free(state->squares);
    bs_free(state->tap_affine);
    bs_free(state->sums[0]);
    bs_free(state->sums[1]);
    bs_fused_train_release(state->training);
}

static void fused_destroy(void *opaque)
{
    bs_fused *state = opaque;
    if (state != NULL) {
        release(state);
        bs_free(state);
    }
}

typedef struct inner_loops {
    const bs_vector *vector;
    const bs_vector_gradient *gradient;
    const bs_winograd_weights *winograd_weights;
    const bs_winograd *winograd;
} inner_loops;

static bs_status fused_create(const inner_loops *loops, const bs_network *network, int max_images,
                              bool batch, void **opaque)
{
    *opaque = NULL;
    bs_fused *state = bs_alloc(1, sizeof *state);
    if (state == NULL) {
        return BS_ERR_MEMORY;
    }
    state->network = network;
    state->vector = loops->vector;
    state->gradient = loops->gradient;
    state->winograd_weights = loops->winograd_weights;
    state->winograd = loops->winograd;
    state->max_images = max_images;
    const bs_plan_use use = {.max_images = max_images, .batch = batch, .early = true};
    bs_status status = bs_plan_create(network, &use, &state->plan);
    if (status == BS_OK) {
        status = bs_fused_allocate(state);
    }
    if (status != BS_OK) {
        fused_destroy(state);
        return status;
    }
    *opaque = state;
    return BS_OK;
}

/* Starts over with a plan for another USE. */
static bs_status start_over(bs_fused *state, const bs_plan_use *use, bs_observer *observer)
{
    bs_fused fresh = {.network = state->network,
                      .vector = state->vector,
                      .gradient = state->gradient,
                      .winograd_weights = state->winograd_weights,
                      .winograd = state->winograd,
                      .max_images = state->max_images,
                      .observer = observer};
    bs_status status = bs_plan_create(state->network, use, &fresh.plan);
    if (status == BS_OK) {
        status = bs_fused_allocate(&fresh);
    }
    if (status == BS_OK && use->trained) {
        status = bs_fused_train_allocate(&fresh);
    }
    if (status != BS_OK) {
        release(&fresh);
        return status;
    }
    release(state);
    *state = fresh;
    return BS_OK;
}

static bs_status fused_observe(void *opaque, bs_observer *observer)
{
    bs_fused *state = opaque;
    const bs_plan_use use = {.max_images = state->max_images,
                             .batch = state->plan->batch,
                             .observed = true,
                             .early = true};
    if (state->training != NULL) {
        return bs_backward_refuse("networks that are observed");
    }
    return start_over(state, &use, observer);
}

static bs_status fused_train(void *opaque)
{
    bs_fused *state = opaque;
    const bs_plan_use use = {
        .max_images = state->max_images, .batch = state->plan->batch, .trained = true};
    BS_TRY(bs_backward_check(state->network, use.batch, state->observer));
    return start_over(state, &use, NULL);
}

static bs_status fused_load(void *opaque, const float *theta, const float *statistics)
{
    bs_fused *state = opaque;
    BS_TRY(bs_fused_load(state, theta, statistics));
    if (state->training != NULL) {
        bs_fused_train_load(state, theta);
    }
    return BS_OK;
}

static bs_status fused_forward(void *opaque, const float *images, int count, double *logits)
{
    bs_fused *state = opaque;
    const bs_plan *plan = state->plan;
    if (count < 1 || count > state->max_images) {
        return BS_FAIL(BS_ERR_INTERNAL, "%d images given to a state for 1 to %d", count,
                       state->max_images);
    }
    state->images = count;
    for (int segment = 0; segment < plan->segment_count; segment++) {
        if (plan->batch) {
            bs_fused_set_affine(state, segment);
        }
        int group = plan->groups[segment];
        for (int first = 0; first < count; first += group) {
            int rest = count - first;
            bs_fused_group g = {.first = first,
                                .count = rest < group ? rest : group,
                                .images = images,
                                .logits = logits};
            bs_fused_run(state, &g, segment);
        }
    }
    if (state->observer != NULL) {
        bs_observer_add_up(state->observer);
    }
    if (state->training != NULL) {
        state->training->ready = true;
    }
    return BS_OK;
}

/* Tells SINK which parameters before END have their final gradients now, and returns the first of
 * them. */
static int report_final(const bs_fused *state, int end, const bs_gradient_sink *sink)
{
    const bs_network *network = state->network;
    int first = end;
    size_t size = 0;
    while (first > 0 && state->training->final[first - 1]) {
        first--;
        size += network->parameters[first].count;
    }
    if (first < end && sink != NULL) {
        sink->done(sink->context, network->parameters[first].offset, size);
    }
    return first;
}

static bs_status fused_backward(void *opaque, const double *logits_gradient, float *gradient,
                                const bs_gradient_sink *sink)
{
    bs_fused *state = opaque;
    const bs_plan *plan = state->plan;
    int final = state->network->parameter_count;
    if (state->training == NULL || !state->training->ready) {
        return bs_backward_too_early();
    }
    memset(gradient, 0, state->network->parameter_size * sizeof *gradient);
    for (int segment = 0; segment < plan->reverse_segments; segment++) {
        bs_fused_gradient_begin(state, segment);
        int group = plan->reverse_groups[segment];
        for (int first = 0; first < state->images; first += group) {
            int rest = state->images - first;
            bs_fused_group g = {.first = first,
                                .count = rest < group ? rest : group,
                                .logits_gradient = logits_gradient};
            bs_fused_run_reverse(state, &g, segment);
        }
        bs_fused_gradient_finish(state, segment, gradient);
        final = report_final(state, final, sink);
    }
    state->training->ready = false;
    return BS_OK;
}

static void fused_statistics(const void *opaque, double *statistics)
{
    const bs_fused *state = opaque;
    const bs_network *network = state->network;
    memset(statistics, 0, network->statistic_size * sizeof *statistics);
    for (int i = 0; i < network->layer_count; i++) {
        const bs_layer *layer = &network->layers[i];
        for (int c = 0; layer->kind == BS_LAYER_NORM && c < layer->channels; c++) {
            double measured[2];
            bs_fused_statistics(state, i, c, measured);
            statistics[network->statistics[layer->mean].offset + (size_t)c] = measured[0];
            statistics[network->statistics[layer->variance].offset + (size_t)c] = measured[1];
        }
    }
}

/* Backends of one plan that differ in their inner loops. Errors are those of AVX-512 and, to the
 * bit, AVX2 (docs/accuracy.jsonl). */
#define BACKEND(id, title, text, error, relative, isa, winograds)                                  \
    static bs_status create_##id(const bs_network *network, int max_images, bool batch,            \
                                 void **state)                                                     \
    {                                                                                              \
        const inner_loops loops = {&bs_vector_##isa, &bs_vector_gradient_##isa,                    \
                                   &bs_winograd_weights_##isa, winograds};                         \
        return fused_create(&loops, network, max_images, batch, state);                            \
    }                                                                                              \
    const bs_backend bs_backend_##id = {.name = title,                                             \
                                        .arithmetic = text,                                        \
                                        .loss_error = error,                                       \
                                        .relative_error = relative,                                \
                                        .create = create_##id,                                     \
                                        .load = fused_load,                                        \
                                        .forward = fused_forward,                                  \
                                        .batch_statistics = fused_statistics,                      \
                                        .print_plan = bs_fused_print_plan,                         \
                                        .observe = fused_observe,                                  \
                                        .train = fused_train,                                      \
                                        .backward = fused_backward,                                \
                                        .destroy = fused_destroy};

#define WINOGRAD(isa, text, tile, error, relative)                                                 \
    BACKEND(winograd_##tile##_##isa, "winograd-" #tile "-" #isa,                                   \
            "float32 (" text ", Winograd F(" #tile ",3x3))", error, relative, isa,                 \
            &bs_winograd_##tile##_##isa)

#define BACKENDS(isa, text)                                                                        \
    BACKEND(direct_##isa, "direct-" #isa, "float32 (" text ")", 1.5e-7, 3.5e-7, isa, NULL)         \
    WINOGRAD(isa, text, 2x2, 1.7e-7, 2.5e-7)                                                       \
    WINOGRAD(isa, text, 2x4, 1.5e-7, 3.5e-7)                                                       \
    WINOGRAD(isa, text, 4x4, 2.4e-7, 4.2e-7)

#if defined(__x86_64__)
BACKENDS(avx512, "AVX-512")
BACKENDS(avx2, "AVX2")
BACKENDS(sse, "SSE4")
#else
BACKENDS(generic, "generic")
#endif
