/* Pools and probes the signals that the steps of an observed plan read. */
#include "direct.h"

/* MEANS [C] of the signal, whose value is MAP. */
static void pool(const bs_direct *state, const bs_map *map, const double *factors,
                 const double *offsets, double *means)
{
    const bs_moments *moments = &state->moments;
    double share = 1.0 / ((double)map->height * map->width);
    state->vector->measure(map, moments);
    for (int c = 0; c < map->channels; c++) {
        double mean = (double)moments->pivot[c] + (double)moments->sum[c] * share;
        means[c] = factors[c] * mean + offsets[c];
    }
}

void bs_direct_observe(const bs_direct *state, int index, int image, const bs_map *main,
                       const bs_map *residual)
{
    const bs_step *step = &state->plan->steps[index];
    bs_observer *observer = state->observer;
    for (int t = step->first_tap; t < step->first_tap + step->tap_count; t++) {
        const bs_tap *tap = &state->plan->taps[t];
        const bs_map *map = tap->residual ? residual : main;
        const double *factors = state->tap_affine + (size_t)t * state->tap_stride;
        const double *offsets = factors + state->tap_stride / 2;
        if (observer->pooled) {
            pool(state, map, factors, offsets, observer->means);
            bs_observer_pool(observer, tap->block, tap->branch, image, observer->means);
        }
        bs_probes_in probes = bs_observer_probes(observer, tap->block, image);
        for (int i = probes.first; i < probes.end; i++) {
            const bs_probe *p = bs_observer_probe(observer, tap->block, probes.order[i]);
            double value = (double)map->at[(size_t)p->row * map->row +
                                           (size_t)(p->column * map->channels + p->channel)];
            *bs_observer_value(observer, tap->block, tap->branch, probes.order[i]) =
                factors[p->channel] * value + offsets[p->channel];
        }
    }
}
