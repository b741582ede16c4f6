/* What observers of blocks' signals get from a plan. */
#include "blueshift/memory.h"
#include "cuda_plan_state.h"

void bs_cuda_plan_measure_observed(bs_cuda_plan *plan)
{
    const bs_observer *observer = plan->use.observer;
    const size_t points = (size_t)plan->use.max_points;
    const size_t taps = (size_t)plan->program->tap_count;
    if (observer == NULL) {
        return;
    }
    const size_t probes = (size_t)observer->probe_count;
    plan->bytes[REGION_PROBES] =
        (size_t)plan->network->block_count * probes * sizeof(bs_cuda_probe);
    plan->bytes[REGION_AVERAGES] = observer->pooled ? points * taps * (size_t)plan->use.max_images *
                                                          BS_CUDA_CHANNELS * sizeof(double)
                                                    : 0;
    plan->bytes[REGION_SEEN] = points * taps * probes * sizeof(double);
}

bs_status bs_cuda_plan_fill_observed(bs_cuda_plan *plan)
{
    const bs_cuda_device *device = plan->device;
    const bs_observer *observer = plan->use.observer;
    const size_t points = (size_t)plan->use.max_points;
    const size_t count = plan->bytes[REGION_PROBES] / sizeof(bs_cuda_probe);
    plan->averages = bs_alloc(plan->bytes[REGION_AVERAGES] / points, 1);
    plan->seen = bs_alloc(plan->bytes[REGION_SEEN] / points, 1);
    bs_cuda_probe *probes = bs_alloc(count, sizeof *probes);
    bs_status status = BS_ERR_MEMORY;
    if (plan->averages != NULL && plan->seen != NULL && probes != NULL) {
        for (size_t i = 0; i < count; i++) {
            const bs_probe *p = &observer->probes[i];
            probes[i] = (bs_cuda_probe){(int32_t)p->image, p->channel, p->row, p->column};
        }
        status = count == 0 ? BS_OK
                            : device->upload(device->context, plan->memory[REGION_PROBES], probes,
                                             plan->bytes[REGION_PROBES]);
    }
    bs_free(probes);
    return status;
}

/* What a signal's probes saw in the images of the last forward. */
static void tell_probes(const bs_cuda_plan *plan, int tap, bs_observer *observer)
{
    const int block = plan->program->taps[tap][0];
    const double *seen = plan->seen + (size_t)tap * (size_t)observer->probe_count;
    for (int n = 0; n < plan->images; n++) {
        const bs_probes_in probes = bs_observer_probes(observer, block, n);
        for (int i = probes.first; i < probes.end; i++) {
            const int probe = probes.order[i];
            *bs_observer_value(observer, block, plan->program->taps[tap][1], probe) = seen[probe];
        }
    }
}

static void tell(const bs_cuda_plan *plan, bs_observer *observer)
{
    for (int tap = 0; tap < plan->program->tap_count; tap++) {
        const int *which = plan->program->taps[tap];
        for (int n = 0; n < plan->images && observer->pooled; n++) {
            const size_t row = (size_t)tap * (size_t)plan->images + (size_t)n;
            bs_observer_pool(observer, which[0], which[1], n,
                             plan->averages + row * BS_CUDA_CHANNELS);
        }
        tell_probes(plan, tap, observer);
    }
    bs_observer_add_up(observer);
}

bs_status bs_cuda_plan_report(bs_cuda_plan *plan, int point, bs_observer *observer)
{
    const bs_cuda_device *device = plan->device;
    const size_t taps = (size_t)plan->program->tap_count;
    const size_t averages = observer->pooled ? taps * (size_t)plan->images * BS_CUDA_CHANNELS : 0;
    const size_t seen = taps * (size_t)observer->probe_count;
    if (averages > 0) {
        BS_TRY(device->download(device->context, plan->averages,
                                plan->memory[REGION_AVERAGES] +
                                    (size_t)point * averages * sizeof *plan->averages,
                                averages * sizeof *plan->averages));
    }
    if (seen > 0) {
        BS_TRY(
            device->download(device->context, plan->seen,
                             plan->memory[REGION_SEEN] + (size_t)point * seen * sizeof *plan->seen,
                             seen * sizeof *plan->seen));
    }
    tell(plan, observer);
    return BS_OK;
}
