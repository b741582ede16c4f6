/* Pools and probes the signals that the steps of an observed plan read. */
#include "fused.h"

/* Factors [C] that a tap applies to its value; offsets follow half a stride later. */
static const double *factors_of(const bs_fused *state, int tap)
{
    return state->tap_affine + (size_t)tap * state->tap_stride;
}

void bs_fused_probe(const bs_fused *state, int index, int image, const bs_map operands[2])
{
    const bs_step *step = &state->plan->steps[index];
    bs_observer *observer = state->observer;
    for (int t = step->first_tap; t < step->first_tap + step->tap_count; t++) {
        const bs_tap *tap = &state->plan->taps[t];
        const bs_map *map = &operands[tap->skip ? 1 : 0];
        const double *factors = factors_of(state, t);
        bs_probes_in probes = bs_observer_probes(observer, tap->block, image);
        for (int i = probes.first; i < probes.end; i++) {
            const bs_probe *p = bs_observer_probe(observer, tap->block, probes.order[i]);
            double value = (double)map->at[(size_t)p->row * map->row +
                                           (size_t)(p->column * map->channels + p->channel)];
            *bs_observer_value(observer, tap->block, tap->branch, probes.order[i]) =
                factors[p->channel] * value + factors[state->tap_stride / 2 + (size_t)p->channel];
        }
    }
}

void bs_fused_pool(const bs_fused *state, int index, int image)
{
    const bs_step *step = &state->plan->steps[index];
    double *means = state->observer->means;
    for (int t = step->first_tap; t < step->first_tap + step->tap_count; t++) {
        const bs_tap *tap = &state->plan->taps[t];
        const bs_layer *shape = &state->network->layers[tap->signal.value];
        const double *factors = factors_of(state, t);
        const double *offsets = factors + state->tap_stride / 2;
        const float *sums = state->sums[tap->skip ? 1 : 0];
        double share = 1.0 / ((double)shape->height * shape->width);
        for (int c = 0; c < shape->channels; c++) {
            means[c] = factors[c] * ((double)sums[c] * share) + offsets[c];
        }
        bs_observer_pool(state->observer, tap->block, tap->branch, image, means);
    }
}
