/* What observers of blocks' signals get from a plan. */
#include <string.h>

#include "blueshift/memory.h"
#include "cuda_plan_state.h"

/* Of a point's signals, the heads' logits: [tap][images][classes]; the probes are behind them. */
static size_t head_numbers(const bs_cuda_plan *plan, int images)
{
    return plan->use.observer->pooled
               ? (size_t)plan->program->tap_count * (size_t)images * BS_CUDA_CLASSES
               : 0;
}

size_t bs_cuda_plan_signal_stride(const bs_cuda_plan *plan, int images)
{
    return plan->use.observer == NULL
               ? 0
               : head_numbers(plan, images) +
                     (size_t)plan->program->tap_count * (size_t)plan->use.observer->probe_count;
}

size_t bs_cuda_plan_signal_count(const bs_cuda_plan *plan)
{
    return (size_t)plan->use.max_points * bs_cuda_plan_signal_stride(plan, plan->use.max_images);
}

void bs_cuda_plan_measure_observed(bs_cuda_plan *plan)
{
    const bs_observer *observer = plan->use.observer;
    if (observer == NULL) {
        return;
    }
    const size_t blocks = (size_t)plan->network->block_count;
    plan->bytes[REGION_HEADS] = observer->pooled ? blocks * (size_t)plan->program->channels *
                                                       BS_CUDA_CLASSES * sizeof(double)
                                                 : 0;
    plan->bytes[REGION_PROBES] = blocks * (size_t)observer->probe_count * sizeof(bs_cuda_probe);
    plan->bytes[REGION_SIGNALS] = bs_cuda_plan_signal_count(plan) * sizeof(double);
}

/* Uploads what MAKE writes into host memory of the region's size. */
static bs_status fill(const bs_cuda_plan *plan, region where,
                      void (*make)(const bs_cuda_plan *plan, void *out))
{
    const bs_cuda_device *device = plan->device;
    const size_t bytes = plan->bytes[where];
    if (bytes == 0) {
        return BS_OK;
    }
    void *table = bs_alloc(bytes, 1);
    bs_status status = BS_ERR_MEMORY;
    if (table != NULL) {
        make(plan, table);
        status = device->upload(device->context, plan->memory[where], table, bytes);
    }
    bs_free(table);
    return status;
}

static void make_heads(const bs_cuda_plan *plan, void *out)
{
    const bs_network *network = plan->network;
    double *heads = out;
    for (int b = 0; b < network->block_count; b++) {
        const int channels = network->layers[network->blocks[b].sum].channels;
        memcpy(heads + (size_t)(b * plan->program->channels) * BS_CUDA_CLASSES,
               plan->use.observer->heads[b], (size_t)channels * BS_CUDA_CLASSES * sizeof *heads);
    }
}

static void make_probes(const bs_cuda_plan *plan, void *out)
{
    const bs_observer *observer = plan->use.observer;
    bs_cuda_probe *probes = out;
    for (int i = 0; i < plan->network->block_count * observer->probe_count; i++) {
        const bs_probe *p = &observer->probes[i];
        probes[i] = (bs_cuda_probe){(int32_t)p->image, p->channel, p->row, p->column};
    }
}

bs_status bs_cuda_plan_fill_observed(const bs_cuda_plan *plan)
{
    BS_TRY(fill(plan, REGION_HEADS, make_heads));
    return fill(plan, REGION_PROBES, make_probes);
}

bs_status bs_cuda_plan_signals(const bs_cuda_plan *plan, double *signals)
{
    const bs_cuda_device *device = plan->device;
    const size_t bytes =
        (size_t)plan->points * bs_cuda_plan_signal_stride(plan, plan->images) * sizeof *signals;
    return bytes == 0
               ? BS_OK
               : device->download(device->context, signals, plan->memory[REGION_SIGNALS], bytes);
}

/* What a signal's probes saw, [probe], in the images that OBSERVER began with. */
static void tell_probes(const int which[2], const double *seen, bs_observer *observer)
{
    for (int n = 0; n < observer->count; n++) {
        const bs_probes_in probes = bs_observer_probes(observer, which[0], n);
        for (int i = probes.first; i < probes.end; i++) {
            const int probe = probes.order[i];
            *bs_observer_value(observer, which[0], which[1], probe) = seen[probe];
        }
    }
}

void bs_cuda_plan_report(const bs_cuda_plan *plan, const double *signals, int point,
                         bs_observer *observer)
{
    const double *logits =
        signals + (size_t)point * bs_cuda_plan_signal_stride(plan, observer->count);
    const double *seen = logits + head_numbers(plan, observer->count);
    for (int tap = 0; tap < plan->program->tap_count; tap++) {
        const int *which = plan->program->taps[tap];
        for (int n = 0; n < observer->count && observer->pooled; n++) {
            bs_observer_take_logits(observer, which[0], which[1], n, logits);
            logits += BS_CUDA_CLASSES;
        }
        tell_probes(which, seen + (size_t)tap * (size_t)observer->probe_count, observer);
    }
    bs_observer_add_up(observer);
}
