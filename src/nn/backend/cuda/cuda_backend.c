/* The GPU's backend: plans on a card, one point at a time or many. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "../backends.h"
#include "blueshift/images.h"
#include "blueshift/memory.h"
#include "cuda_image.h"
#include "cuda_plan.h"
#include "cuda_program.h"
#include "driver.h"
#include "driver_device.h"

enum { NAME_BYTES = 32 };

typedef struct cuda_state {
    const bs_network *network;
    const bs_cuda_device *device;
    bs_cuda_plan *plan;
    bs_cuda_use use;
    bs_cuda_address one_batch; /* [max_images] images, for forward */
    bs_cuda_address all;       /* [total] images, for points */
    int64_t total;
    bs_observer *observer; /* NULL: nobody */
    double *signals;       /* of one point, observed */
} cuda_state;

/* Which card is this process's, and what the backend is called on it. */
static struct {
    int number, most; /* as bs_backend_share_cards was told */
    const bs_cuda_device *device;
    bs_backend_card card;
    char name[NAME_BYTES];
} chosen;

static const size_t IMAGE_FLOATS = BS_IMAGE_BYTES;

void bs_backend_share_cards(int number, int cards)
{
    chosen.number = number;
    chosen.most = cards;
}

bs_backend_card bs_backend_card_in_use(void)
{
    return chosen.card;
}

const char *bs_backend_cuda_text(void)
{
    return bs_cuda_image_text();
}

static void cuda_destroy(void *opaque)
{
    cuda_state *s = opaque;
    if (s != NULL) {
        bs_cuda_plan_destroy(s->plan);
        s->device->release(s->device->context, s->one_batch);
        s->device->release(s->device->context, s->all);
        bs_free(s->signals);
        bs_free(s);
    }
}

static bs_status cuda_create(const bs_network *network, int max_images, bool batch, void **state)
{
    *state = NULL;
    cuda_state *s = bs_alloc(1, sizeof *s);
    if (s == NULL) {
        return BS_ERR_MEMORY;
    }
    s->network = network;
    s->device = chosen.device;
    s->use = (bs_cuda_use){.max_points = 1, .max_images = max_images, .batch = batch};
    bs_status status = bs_cuda_plan_create(network, s->device, &s->use, &s->plan);
    if (status == BS_OK) {
        status = s->device->allocate(
            s->device->context, (size_t)max_images * IMAGE_FLOATS * sizeof(float), &s->one_batch);
    }
    if (status != BS_OK) {
        cuda_destroy(s);
        return status;
    }
    *state = s;
    return BS_OK;
}

static bs_status cuda_load(void *state, const float *theta, const float *statistics)
{
    cuda_state *s = state;
    static const double one = 1.0;
    const bool given = !s->use.batch && s->network->statistic_size > 0;
    const bs_cuda_points points = {.count = 1,
                                   .coefficients = &one,
                                   .statistics = given ? statistics : NULL,
                                   .same_statistics = given};
    BS_TRY(bs_cuda_plan_vectors(s->plan, 1, &theta));
    return bs_cuda_plan_load(s->plan, &points);
}

static bs_status check_count(const cuda_state *s, int count)
{
    return count >= 1 && count <= s->use.max_images
               ? BS_OK
               : BS_FAIL(BS_ERR_INTERNAL, "%d images given to a backend for at most %d", count,
                         s->use.max_images);
}

static bs_status cuda_forward(void *state, const float *images, int count, double *logits)
{
    cuda_state *s = state;
    BS_TRY(check_count(s, count));
    BS_TRY(s->device->upload(s->device->context, s->one_batch, images,
                             (size_t)count * IMAGE_FLOATS * sizeof *images));
    BS_TRY(bs_cuda_plan_forward(s->plan, s->one_batch, s->observer == NULL ? 0 : s->observer->first,
                                count, logits));
    if (s->observer != NULL) {
        BS_TRY(bs_cuda_plan_signals(s->plan, s->signals));
        bs_cuda_plan_report(s->plan, s->signals, 0, s->observer);
    }
    return BS_OK;
}

static void cuda_batch_statistics(const void *state, double *statistics)
{
    const cuda_state *s = state;
    if (bs_cuda_plan_statistics(s->plan, statistics) != BS_OK) {
        for (size_t i = 0; i < s->network->statistic_size; i++) {
            statistics[i] = (double)NAN;
        }
    }
}

static void cuda_print_plan(const void *state, FILE *out)
{
    const cuda_state *s = state;
    fprintf(out, "%s: %d point%s of %d images at once\n", chosen.card.name, s->use.max_points,
            s->use.max_points == 1 ? "" : "s", s->use.max_images);
    bs_cuda_plan_print(s->plan, out);
}

/* A plan that looks at signals. */
static bs_status cuda_observe(void *state, bs_observer *observer)
{
    cuda_state *s = state;
    bs_cuda_plan_destroy(s->plan);
    s->plan = NULL;
    s->observer = observer;
    s->use.observer = observer;
    BS_TRY(bs_cuda_plan_create(s->network, s->device, &s->use, &s->plan));
    s->signals = bs_alloc(bs_cuda_plan_signal_count(s->plan), sizeof *s->signals);
    return s->signals == NULL ? BS_ERR_MEMORY : BS_OK;
}

static bs_status points_accepts(const bs_network *network, bool batch, bool observed)
{
    const bs_cuda_limits limits = {
        .batch = batch, .observed = observed, .shared_bytes = chosen.device->shared_bytes};
    bs_cuda_program *program = NULL;
    bs_status status = bs_cuda_program_create(network, &limits, &program);
    bs_cuda_program_destroy(program);
    return status;
}

/* Whole waves: the fewest points with which the multiprocessors are busiest, among those whose
 * images fit in WAVES waves of one image each. */
static int points_wanted(const bs_network *network, int images)
{
    (void)network;
    enum { WAVES = 64 };
    const int most = chosen.device->multiprocessors;
    int best = 1;
    double busiest = 0.0;
    for (int points = 1; points == 1 || points * images <= WAVES * most; points++) {
        int waves = (points * images + most - 1) / most;
        double busy = (double)points * images / ((double)waves * most);
        best = busy > busiest ? points : best;
        busiest = busy > busiest ? busy : busiest;
    }
    return best;
}

/* Fewer points take less memory; one takes the least. */
static bs_status points_reserve(void *state, int64_t total, int wanted, int *points)
{
    cuda_state *s = state;
    bs_cuda_plan_destroy(s->plan);
    s->plan = NULL;
    s->device->release(s->device->context, s->all);
    s->all = 0;
    bs_status status = s->device->allocate(s->device->context,
                                           (size_t)total * IMAGE_FLOATS * sizeof(float), &s->all);
    s->total = total;
    *points = wanted;
    while (status == BS_OK && s->plan == NULL) {
        s->use.max_points = *points;
        bs_status made = bs_cuda_plan_create(s->network, s->device, &s->use, &s->plan);
        bool smaller = made == BS_ERR_MEMORY && *points > 1;
        *points = smaller ? (*points + 1) / 2 : *points;
        status = smaller ? BS_OK : made;
    }
    return status;
}

static bs_status points_place(void *state, int64_t first, int count, const float *images)
{
    const cuda_state *s = state;
    const size_t bytes = IMAGE_FLOATS * sizeof *images;
    return s->device->upload(s->device->context, s->all + (size_t)first * bytes, images,
                             (size_t)count * bytes);
}

static bs_status points_vectors(void *state, int count, const float *const *vectors)
{
    cuda_state *s = state;
    return bs_cuda_plan_vectors(s->plan, count, vectors);
}

static bs_status points_load(void *state, const bs_point_weights *weights)
{
    cuda_state *s = state;
    const bs_cuda_points points = {.count = weights->count,
                                   .coefficients = weights->coefficients,
                                   .statistics = weights->statistics,
                                   .same_statistics = weights->same_statistics,
                                   .origin_vectors = weights->origin_vectors};
    return bs_cuda_plan_load(s->plan, &points);
}

static size_t points_signals(const void *state)
{
    const cuda_state *s = state;
    return s->observer == NULL ? 0 : bs_cuda_plan_signal_count(s->plan);
}

static bs_status points_forward(void *state, int64_t first, int count, double *logits,
                                double *signals)
{
    cuda_state *s = state;
    BS_TRY(check_count(s, count));
    if (first < 0 || first + count > s->total) {
        return BS_FAIL(BS_ERR_INTERNAL, "images from %lld on, of %lld", (long long)first,
                       (long long)s->total);
    }
    BS_TRY(bs_cuda_plan_forward(s->plan, s->all + (size_t)first * IMAGE_FLOATS * sizeof(float),
                                first, count, logits));
    return s->observer == NULL ? BS_OK : bs_cuda_plan_signals(s->plan, signals);
}

static bs_status points_statistics(void *state, double *statistics)
{
    const cuda_state *s = state;
    return bs_cuda_plan_statistics(s->plan, statistics);
}

static void points_report(const void *state, const double *signals, int point,
                          bs_observer *observer)
{
    const cuda_state *s = state;
    bs_cuda_plan_report(s->plan, signals, point, observer);
}

static const bs_backend_points cuda_points = {
    .accepts = points_accepts,
    .wanted = points_wanted,
    .reserve = points_reserve,
    .place = points_place,
    .vectors = points_vectors,
    .load = points_load,
    .signals = points_signals,
    .forward = points_forward,
    .statistics = points_statistics,
    .report = points_report,
};

/* Opens this process's card: processes take cards in turn. */
static bs_status open_card(void)
{
    const bs_cuda_driver *driver = NULL;
    BS_TRY(bs_cuda_driver_open(&driver));
    int cards = driver->cards;
    cards = chosen.most > 0 && chosen.most < cards ? chosen.most : cards;
    bs_backend_card card = {.number = chosen.number % cards, .seen = driver->cards};
    BS_TRY(bs_cuda_device_open(card.number, &chosen.device));
    BS_TRY(bs_cuda_device_id(card.id));
    card.name = chosen.device->name;
    chosen.card = card;
    snprintf(chosen.name, sizeof chosen.name, "cuda-sm%d", chosen.device->capability);
    return BS_OK;
}

bs_status bs_backend_cuda_find(const char *name, const bs_backend **backend)
{
    static const bs_backend cuda = {
        .name = chosen.name,
        .arithmetic = "float32 as two float16, summed in float32 (CUDA)",
        /* Of the emulation (tests/golden/test_cuda_trained.c: ResNet-56, given statistics, 6
         * points of 48 images, mean loss 0.209): no card has run these kernels yet. A prototype
         * with the same arithmetic had 1.3e-7 on an H200. */
        .loss_error = 1.8e-7,
        .relative_error = 8.6e-7,
        .create = cuda_create,
        .load = cuda_load,
        .forward = cuda_forward,
        .batch_statistics = cuda_batch_statistics,
        .print_plan = cuda_print_plan,
        .observe = cuda_observe,
        .destroy = cuda_destroy,
        .points = &cuda_points,
    };
    *backend = NULL;
    if (chosen.device == NULL) {
        BS_TRY(open_card());
    }
    if (strcmp(name, "cuda") != 0 && strcmp(name, chosen.name) != 0) {
        return BS_FAIL(BS_ERR_DEVICE, "backend \"%s\": the GPU here, %s, is %s", name,
                       chosen.card.name, chosen.name);
    }
    *backend = &cuda;
    return BS_OK;
}
