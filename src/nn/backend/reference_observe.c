/* Pools and probes the reference backend's values, in double precision. */
#include "reference_observe.h"

/* A signal is FACTOR times VALUES. */
typedef struct seen {
    int block, branch;
    double factor;
    const bs_layer *shape;
    const double *values;
} seen;

static const double *plane_of(const seen *s, int image, int channel)
{
    size_t plane = (size_t)s->shape->height * (size_t)s->shape->width;
    return s->values + ((size_t)image * (size_t)s->shape->channels + (size_t)channel) * plane;
}

static void pool(bs_observer *observer, const seen *s)
{
    int pixels = s->shape->height * s->shape->width;
    for (int n = 0; n < observer->count; n++) {
        for (int c = 0; c < s->shape->channels; c++) {
            const double *plane = plane_of(s, n, c);
            double total = 0.0;
            for (int p = 0; p < pixels; p++) {
                total += plane[p];
            }
            observer->means[c] = s->factor * (total / pixels);
        }
        bs_observer_pool(observer, s->block, s->branch, n, observer->means);
    }
}

static void probe(bs_observer *observer, const seen *s)
{
    for (int i = 0; i < observer->probe_count; i++) {
        const bs_probe *p = bs_observer_probe(observer, s->block, i);
        int64_t image = p->image - observer->first;
        if (image >= 0 && image < observer->count) {
            const double *plane = plane_of(s, (int)image, p->channel);
            *bs_observer_value(observer, s->block, s->branch, i) =
                s->factor * plane[p->row * s->shape->width + p->column];
        }
    }
}

static void see(bs_observer *observer, const seen *s)
{
    if (observer->pooled) {
        pool(observer, s);
    }
    probe(observer, s);
}

void bs_reference_observe(bs_observer *observer, int layer, const double *values)
{
    const bs_network *network = observer->network;
    seen s = {.factor = 1.0, .shape = &network->layers[layer], .values = values};
    for (s.block = 0; s.block < network->block_count; s.block++) {
        const bs_block *block = &network->blocks[s.block];
        for (s.branch = 0; s.branch < observer->branches; s.branch++) {
            int source = s.branch == BS_BRANCH_SKIP  ? block->skip
                         : s.branch == BS_BRANCH_SUM ? block->sum
                                                     : block->paths[s.branch - BS_BRANCH_PATH];
            if (source == layer) {
                s.factor = s.branch == BS_BRANCH_SKIP ? block->skip_weight : 1.0;
                see(observer, &s);
            }
        }
    }
}
