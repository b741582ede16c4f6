/* Applies the heads to pooled signals, keeps what probes see, and scores. */
#include "blueshift/observer.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "blueshift/memory.h"
#include "blueshift/score.h"

/* A probe's number and image, for sorting. */
typedef struct numbered {
    int64_t image;
    int probe;
} numbered;

static int compare(const void *a, const void *b)
{
    const numbered *x = a;
    const numbered *y = b;
    if (x->image != y->image) {
        return x->image < y->image ? -1 : 1;
    }
    return (x->probe > y->probe) - (x->probe < y->probe);
}

/* SCRATCH [M]. */
static void place_probes(bs_observer *o, int block, const bs_observables *wanted, uint64_t seed,
                         int64_t images, numbered *scratch)
{
    bs_probe *probes = o->probes + (size_t)block * (size_t)o->probe_count;
    int *order = o->order + (size_t)block * (size_t)o->probe_count;
    bs_branch_positions(o->network, block, seed, images, wanted, probes);
    for (int i = 0; i < o->probe_count; i++) {
        scratch[i] = (numbered){probes[i].image, i};
    }
    qsort(scratch, (size_t)o->probe_count, sizeof *scratch, compare);
    for (int i = 0; i < o->probe_count; i++) {
        order[i] = scratch[i].probe;
    }
}

static bs_status draw_head(bs_observer *o, int block, uint64_t seed)
{
    const bs_layer *shape = &o->network->layers[o->network->blocks[block].sum];
    o->heads[block] = bs_alloc((size_t)shape->channels * BS_CLASSES, sizeof(double));
    if (o->heads[block] == NULL) {
        return BS_ERR_MEMORY;
    }
    bs_branch_head(o->network, block, seed, o->heads[block]);
    return BS_OK;
}

static int most_channels(const bs_network *network)
{
    int most = 0;
    for (int b = 0; b < network->block_count; b++) {
        int channels = network->layers[network->blocks[b].sum].channels;
        most = channels > most ? channels : most;
    }
    return most;
}

/* What the copies share, and what each has of its own. */
static bs_status allocate_shared(bs_observer *o)
{
    size_t blocks = (size_t)o->network->block_count;
    size_t probes = (size_t)o->probe_count;
    o->heads = bs_alloc(blocks, sizeof *o->heads);
    o->probes = bs_alloc(blocks * probes, sizeof *o->probes);
    o->order = bs_alloc(blocks * probes, sizeof *o->order);
    return o->heads != NULL && o->probes != NULL && o->order != NULL ? BS_OK : BS_ERR_MEMORY;
}

static bs_status allocate_own(bs_observer *o)
{
    size_t probes = (size_t)o->probe_count;
    size_t signals = (size_t)o->network->block_count * (size_t)o->branches;
    size_t images = o->pooled ? (size_t)o->max_images : 0;
    o->logits = bs_alloc(signals * images * BS_CLASSES, sizeof *o->logits);
    o->values = bs_alloc(signals * probes, sizeof *o->values);
    o->losses = bs_alloc(signals, sizeof *o->losses);
    o->means = bs_alloc((size_t)most_channels(o->network), sizeof *o->means);
    bool all = o->logits != NULL && o->values != NULL && o->losses != NULL && o->means != NULL;
    return all ? BS_OK : BS_ERR_MEMORY;
}

static bs_status draw(bs_observer *o, const bs_observables *wanted, uint64_t seed, int64_t images)
{
    numbered *scratch = bs_alloc((size_t)o->probe_count, sizeof *scratch);
    bs_status status = scratch == NULL ? BS_ERR_MEMORY : BS_OK;
    for (int b = 0; b < o->network->block_count && status == BS_OK; b++) {
        status = draw_head(o, b, seed);
        place_probes(o, b, wanted, seed, images, scratch);
    }
    bs_free(scratch);
    return status;
}

bs_status bs_observer_create(const bs_network *network, const bs_observables *wanted, uint64_t seed,
                             int64_t images, int max_images, bs_observer **observer)
{
    *observer = NULL;
    bs_observer *made = bs_alloc(1, sizeof *made);
    if (made == NULL) {
        return BS_ERR_MEMORY;
    }
    made->network = network;
    made->pooled = wanted->branch_losses;
    made->probe_count = (int)bs_probe_count(wanted);
    made->branches = bs_branch_count(network);
    made->max_images = max_images;
    bs_status status = allocate_shared(made);
    if (status == BS_OK) {
        status = allocate_own(made);
    }
    if (status == BS_OK) {
        status = draw(made, wanted, seed, images);
    }
    if (status != BS_OK) {
        bs_observer_destroy(made);
        return status;
    }
    *observer = made;
    return BS_OK;
}

bs_status bs_observer_copy(const bs_observer *observer, bs_observer **copy)
{
    *copy = NULL;
    bs_observer *made = bs_alloc(1, sizeof *made);
    if (made == NULL) {
        return BS_ERR_MEMORY;
    }
    *made = *observer;
    made->copy = true;
    bs_status status = allocate_own(made);
    if (status != BS_OK) {
        bs_observer_destroy(made);
        return status;
    }
    *copy = made;
    return BS_OK;
}

static void release_shared(bs_observer *observer)
{
    for (int b = 0; observer->heads != NULL && b < observer->network->block_count; b++) {
        bs_free(observer->heads[b]);
    }
    bs_free(observer->heads);
    bs_free(observer->probes);
    bs_free(observer->order);
}

void bs_observer_destroy(bs_observer *observer)
{
    if (observer != NULL) {
        if (!observer->copy) {
            release_shared(observer);
        }
        bs_free(observer->logits);
        bs_free(observer->values);
        bs_free(observer->losses);
        bs_free(observer->means);
        bs_free(observer);
    }
}

void bs_observer_begin(bs_observer *observer, int64_t first, int count)
{
    size_t signals = (size_t)observer->network->block_count * (size_t)observer->branches;
    observer->first = first;
    observer->count = count;
    for (size_t i = 0; i < signals * (size_t)observer->probe_count; i++) {
        observer->values[i] = (double)NAN;
    }
    for (size_t i = 0; i < signals; i++) {
        observer->losses[i] = (double)NAN;
    }
}

static double *logits_of(const bs_observer *o, int block, int branch, int image)
{
    size_t row = (size_t)block * (size_t)o->max_images + (size_t)image;
    return o->logits + (row * (size_t)o->branches + (size_t)branch) * BS_CLASSES;
}

void bs_observer_pool(bs_observer *observer, int block, int branch, int image, const double *means)
{
    const double *head = observer->heads[block];
    int channels = observer->network->layers[observer->network->blocks[block].sum].channels;
    double totals[BS_CLASSES] = {0.0};
    for (int c = 0; c < channels; c++, head += BS_CLASSES) {
        /* Unrolled, the totals live in registers. */
        _Pragma("GCC unroll 10") for (int k = 0; k < BS_CLASSES; k++)
        {
            totals[k] += head[k] * means[c];
        }
    }
    memcpy(logits_of(observer, block, branch, image), totals, sizeof totals);
}

void bs_observer_take_logits(bs_observer *observer, int block, int branch, int image,
                             const double *logits)
{
    memcpy(logits_of(observer, block, branch, image), logits, BS_CLASSES * sizeof *logits);
}

bs_probes_in bs_observer_probes(const bs_observer *observer, int block, int image)
{
    int64_t wanted = observer->first + image;
    const int *order = observer->order + (size_t)block * (size_t)observer->probe_count;
    int low = 0;
    int high = observer->probe_count;
    while (low < high) {
        int middle = low + (high - low) / 2;
        if (bs_observer_probe(observer, block, order[middle])->image < wanted) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    while (high < observer->probe_count &&
           bs_observer_probe(observer, block, order[high])->image == wanted) {
        high++;
    }
    return (bs_probes_in){.order = order, .first = low, .end = high};
}

/* sum = [skip +] the mean of the paths, for COUNT numbers a signal, signals STRIDE apart. */
static void add_up(const bs_block *block, double *signals, size_t stride, int count)
{
    double *sum = signals + BS_BRANCH_SUM * stride;
    for (int i = 0; i < count; i++) {
        double total = 0.0;
        for (int j = 0; j < block->path_count; j++) {
            total += signals[(size_t)(BS_BRANCH_PATH + j) * stride + (size_t)i];
        }
        total /= block->path_count;
        sum[i] = block->addend ? total + signals[BS_BRANCH_SKIP * stride + (size_t)i] : total;
    }
}

void bs_observer_add_up(bs_observer *observer)
{
    for (int b = 0; b < observer->network->block_count; b++) {
        const bs_block *block = &observer->network->blocks[b];
        for (int n = 0; n < observer->count && observer->pooled; n++) {
            add_up(block, logits_of(observer, b, 0, n), BS_CLASSES, BS_CLASSES);
        }
        if (observer->probe_count > 0) {
            add_up(block, bs_observer_value(observer, b, 0, 0), (size_t)observer->probe_count,
                   observer->probe_count);
        }
    }
}

void bs_observer_score(bs_observer *observer, const uint8_t *labels)
{
    for (int b = 0; b < observer->network->block_count && observer->pooled; b++) {
        double *losses = observer->losses + (size_t)b * (size_t)observer->branches;
        for (int j = 0; j < observer->branches; j++) {
            if (!bs_branch_exists(observer->network, j)) {
                continue;
            }
            losses[j] = 0.0;
            for (int n = 0; n < observer->count; n++) {
                losses[j] += bs_cross_entropy(logits_of(observer, b, j, n), BS_CLASSES, labels[n]);
            }
        }
    }
}

/* Whether the signal's values at probes in the images at hand are finite. */
static bool probes_finite(const bs_observer *o, int block, int branch)
{
    const double *values =
        o->values + ((size_t)block * (size_t)o->branches + (size_t)branch) * (size_t)o->probe_count;
    bool finite = true;
    for (int i = 0; i < o->probe_count; i++) {
        const int64_t image = bs_observer_probe(o, block, i)->image - o->first;
        finite = finite && (image < 0 || image >= o->count || isfinite(values[i]));
    }
    return finite;
}

bool bs_observer_finite(const bs_observer *observer)
{
    bool finite = true;
    for (int b = 0; b < observer->network->block_count; b++) {
        for (int j = 0; j < observer->branches; j++) {
            const double loss =
                observer->losses[(size_t)b * (size_t)observer->branches + (size_t)j];
            if (bs_branch_exists(observer->network, j)) {
                finite = finite && (!observer->pooled || isfinite(loss)) &&
                         probes_finite(observer, b, j);
            }
        }
    }
    return finite;
}
