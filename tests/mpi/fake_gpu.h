/* A stand-in for the GPU's backend, in place of src/nn/backend/cuda/cuda_backend.c: it takes
 * several points at once, evaluates them one by one by a backend of the processor, and fails as it
 * is told. */
#ifndef BLUESHIFT_TESTS_FAKE_GPU_H
#define BLUESHIFT_TESTS_FAKE_GPU_H

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "blueshift/backend.h"
#include "blueshift/images.h"
#include "blueshift/memory.h"
#include "blueshift/observer.h"

/* How it behaves. */
static struct {
    int wanted;       /* points at once that it asks for */
    int room;         /* and has memory for */
    double overflows; /* images from LATE on overflow where the first coordinate is above this */
    int64_t late;
    bool unseen;  /* then only a signal of a block overflows, not the logits */
    double wrong; /* what is added to a logit */
    bool lost;    /* every evaluation finds the device lost */
    bool missing; /* this rank has none */
    int cards;    /* as bs_backend_share_cards was told */
    int number;
    int most; /* points that ever came together */
} fake_gpu = {.wanted = 3, .room = 2, .overflows = 1e300, .late = 4};

typedef struct fake_state {
    const bs_network *network;
    void *inner;
    bool batch;
    float *images;
    float *vectors[4];
    float *theta;
    double coefficients[64 * 4];
    float *statistics;
    double *measured; /* of the last forward, batch mode */
    bs_point_weights points;
    int room;
    bs_observer *observer; /* the model's */
    bs_observer own;       /* as the model's, but with room of its own for what it is told */
} fake_state;

/* Doubles of what an observer is told: values at probes, and heads' logits. */
static inline size_t fake_values(const bs_observer *o)
{
    return (size_t)o->network->block_count * (size_t)o->branches * (size_t)o->probe_count;
}

static inline size_t fake_logits(const bs_observer *o)
{
    return o->pooled ? (size_t)o->network->block_count * (size_t)o->branches *
                           (size_t)o->max_images * BS_CLASSES
                     : 0;
}

static inline const bs_backend *fake_inner(void)
{
    const bs_backend *backend = NULL;
    (void)bs_backend_find("direct", &backend);
    return backend;
}

static inline bs_status fake_create(const bs_network *network, int max_images, bool batch,
                                    void **state)
{
    fake_state *s = bs_alloc(1, sizeof *s);
    *state = s;
    s->network = network;
    s->batch = batch;
    s->theta = bs_alloc(network->parameter_size, sizeof *s->theta);
    s->statistics = bs_alloc(64 * network->statistic_size, sizeof *s->statistics);
    s->measured = bs_alloc(64 * network->statistic_size, sizeof *s->measured);
    for (int v = 0; v < 4; v++) {
        s->vectors[v] = bs_alloc(network->parameter_size, sizeof *s->theta);
    }
    return fake_inner()->create(network, max_images, batch, &s->inner);
}

static inline void fake_destroy(void *state)
{
    fake_state *s = state;
    fake_inner()->destroy(s->inner);
    for (int v = 0; v < 4; v++) {
        bs_free(s->vectors[v]);
    }
    bs_free(s->own.values);
    bs_free(s->own.logits);
    bs_free(s->own.losses);
    bs_free(s->own.means);
    bs_free(s->images);
    bs_free(s->theta);
    bs_free(s->statistics);
    bs_free(s->measured);
    bs_free(s);
}

static inline bs_status fake_load(void *state, const float *theta, const float *statistics)
{
    return fake_inner()->load(((fake_state *)state)->inner, theta, statistics);
}

static inline bs_status fake_forward(void *state, const float *images, int count, double *logits)
{
    return fake_inner()->forward(((fake_state *)state)->inner, images, count, logits);
}

static inline size_t fake_signals(const void *state)
{
    const fake_state *s = state;
    return s->observer == NULL ? 0
                               : (size_t)s->room * (fake_values(&s->own) + fake_logits(&s->own));
}

static inline void fake_report(const void *state, const double *signals, int point,
                               bs_observer *observer)
{
    (void)state;
    const size_t values = fake_values(observer);
    const size_t logits = fake_logits(observer);
    signals += (size_t)point * (values + logits);
    memcpy(observer->values, signals, values * sizeof(double));
    memcpy(observer->logits, signals + values, logits * sizeof(double));
}

/* Keeps what the point just evaluated told. */
static inline void fake_keep(const fake_state *s, int point, double *signals)
{
    const size_t values = fake_values(&s->own);
    const size_t logits = fake_logits(&s->own);
    memcpy(signals + (size_t)point * (values + logits), s->own.values, values * sizeof(double));
    memcpy(signals + (size_t)point * (values + logits) + values, s->own.logits,
           logits * sizeof(double));
}

static inline void fake_statistics(const void *state, double *statistics)
{
    fake_inner()->batch_statistics(((const fake_state *)state)->inner, statistics);
}

static inline void fake_print(const void *state, FILE *out)
{
    (void)state;
    fprintf(out, "a stand-in\n");
}

static inline bs_status fake_accepts(const bs_network *network, bool batch, bool observed)
{
    (void)batch;
    (void)observed;
    return network->architecture.width > 1 ? BS_FAIL(BS_ERR_USAGE, "the stand-in is narrow")
                                           : BS_OK;
}

static inline bs_status fake_observe(void *state, bs_observer *observer)
{
    enum { CHANNELS = 64 };
    fake_state *s = state;
    const size_t signals = (size_t)observer->network->block_count * (size_t)observer->branches;
    s->observer = observer;
    s->own = *observer;
    s->own.values = bs_alloc(fake_values(observer), sizeof(double));
    s->own.logits = bs_alloc(fake_logits(observer), sizeof(double));
    s->own.losses = bs_alloc(signals, sizeof(double));
    s->own.means = bs_alloc(CHANNELS, sizeof(double));
    return fake_inner()->observe(s->inner, &s->own);
}

static inline int fake_wanted(const bs_network *network, int images)
{
    (void)network;
    (void)images;
    return fake_gpu.wanted;
}

static inline bs_status fake_reserve(void *state, int64_t total, int wanted, int *points)
{
    fake_state *s = state;
    bs_free(s->images);
    s->images = bs_alloc((size_t)total * BS_IMAGE_BYTES, sizeof *s->images);
    *points = wanted < fake_gpu.room ? wanted : fake_gpu.room;
    s->room = *points;
    return BS_OK;
}

static inline bs_status fake_place(void *state, int64_t first, int count, const float *images)
{
    memcpy(((fake_state *)state)->images + first * BS_IMAGE_BYTES, images,
           (size_t)count * BS_IMAGE_BYTES * sizeof *images);
    return BS_OK;
}

static inline bs_status fake_vectors(void *state, int count, const float *const *vectors)
{
    fake_state *s = state;
    for (int v = 0; v < count; v++) {
        memcpy(s->vectors[v], vectors[v], s->network->parameter_size * sizeof(float));
    }
    return BS_OK;
}

static inline bs_status fake_load_points(void *state, const bs_point_weights *points)
{
    fake_state *s = state;
    s->points = *points;
    fake_gpu.most = points->count > fake_gpu.most ? points->count : fake_gpu.most;
    memcpy(s->coefficients, points->coefficients,
           (size_t)(points->count * points->vectors) * sizeof *s->coefficients);
    if (points->statistics != NULL) {
        size_t rows = points->same_statistics ? 1 : (size_t)points->count;
        memcpy(s->statistics, points->statistics,
               rows * s->network->statistic_size * sizeof(float));
    }
    return BS_OK;
}

/* What the weights are, as backend.h defines them. */
static inline void fake_weights(fake_state *s, const double *c)
{
    for (size_t i = 0; i < s->network->parameter_size; i++) {
        double sum = c[0] * (double)s->vectors[0][i];
        for (int v = 1; v < s->points.vectors; v++) {
            sum += c[v] * (double)s->vectors[v][i];
        }
        s->theta[i] = (float)sum;
    }
    const size_t sets = s->network->parameter_size /
                        (s->network->parameters[s->network->parameter_count - 1].offset +
                         s->network->parameters[s->network->parameter_count - 1].count);
    for (int t = 0; t < s->network->parameter_count && s->points.origin_vectors; t++) {
        const bs_tensor *tensor = &s->network->parameters[t];
        for (size_t set = 0; set < sets && tensor->ndim == 1; set++) {
            size_t first = tensor->offset + set * s->network->parameter_size / sets;
            memcpy(s->theta + first, s->vectors[0] + first, tensor->count * sizeof(float));
        }
    }
}

/* Makes one signal infinite: in a branch loss, or else at the probes. */
static inline void fake_overflow(bs_observer *o)
{
    if (o->pooled) {
        o->logits[0] = (double)INFINITY;
    }
    for (size_t i = 0; i < fake_values(o) && !o->pooled; i++) {
        o->values[i] += (double)INFINITY;
    }
}

/* One point, of which images overflow as it is told. */
static inline bs_status fake_evaluate(fake_state *s, int point, int64_t first, int count,
                                      double *logits)
{
    const double *c = s->coefficients + (size_t)point * (size_t)s->points.vectors;
    const size_t row = s->points.same_statistics ? 0 : (size_t)point;
    const float *images = s->images + first * BS_IMAGE_BYTES;
    const bool over = c[1] > fake_gpu.overflows && first >= fake_gpu.late;
    fake_weights(s, c);
    BS_TRY(fake_load(s, s->theta, s->statistics + row * s->network->statistic_size));
    if (s->observer != NULL) {
        bs_observer_begin(&s->own, first, count);
    }
    BS_TRY(fake_inner()->forward(s->inner, images, count, logits));
    logits[0] += fake_gpu.wrong;
    if (s->batch) {
        double *measured = s->measured + (size_t)point * s->network->statistic_size;
        fake_statistics(s, measured);
        measured[0] += over ? (double)NAN : 0.0;
    }
    if (over && fake_gpu.unseen) {
        fake_overflow(&s->own);
    } else if (over) {
        logits[0] = (double)NAN;
    }
    return BS_OK;
}

static inline bs_status fake_forward_points(void *state, int64_t first, int count, double *logits,
                                            double *signals)
{
    fake_state *s = state;
    const size_t width = (size_t)(1 + s->network->tail_count) * (size_t)count * BS_CLASSES;
    if (fake_gpu.lost) {
        return BS_FAIL(BS_ERR_DEVICE, "the stand-in is lost");
    }
    for (int i = 0; i < s->points.count; i++) {
        BS_TRY(fake_evaluate(s, i, first, count, logits + (size_t)i * width));
        if (s->observer != NULL) {
            fake_keep(s, i, signals);
        }
    }
    return BS_OK;
}

static inline bs_status fake_all_statistics(void *state, double *statistics)
{
    const fake_state *s = state;
    memcpy(statistics, s->measured,
           (size_t)s->points.count * s->network->statistic_size * sizeof *statistics);
    return BS_OK;
}

bs_status bs_backend_cuda_find(const char *name, const bs_backend **backend);
bs_status bs_backend_cuda_find(const char *name, const bs_backend **backend)
{
    static const bs_backend_points points = {.accepts = fake_accepts,
                                             .wanted = fake_wanted,
                                             .reserve = fake_reserve,
                                             .place = fake_place,
                                             .vectors = fake_vectors,
                                             .load = fake_load_points,
                                             .signals = fake_signals,
                                             .forward = fake_forward_points,
                                             .statistics = fake_all_statistics,
                                             .report = fake_report};
    static const bs_backend fake = {.name = "cuda-fake",
                                    .arithmetic = "a stand-in",
                                    .create = fake_create,
                                    .load = fake_load,
                                    .forward = fake_forward,
                                    .batch_statistics = fake_statistics,
                                    .print_plan = fake_print,
                                    .observe = fake_observe,
                                    .destroy = fake_destroy,
                                    .points = &points};
    (void)name;
    *backend = &fake;
    return fake_gpu.missing ? BS_FAIL(BS_ERR_DEVICE, "this rank has no stand-in") : BS_OK;
}

void bs_backend_share_cards(int number, int cards)
{
    fake_gpu.number = number;
    fake_gpu.cards = cards;
}

bs_backend_card bs_backend_card_in_use(void)
{
    return (bs_backend_card){.name = "a stand-in", .seen = 1};
}

const char *bs_backend_cuda_text(void)
{
    return "a stand-in";
}

#endif
