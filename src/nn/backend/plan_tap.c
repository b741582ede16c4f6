/* Finds where the steps of an observed plan read the signals of blocks.
 *
 * A signal is looked at where a step reads it anyway, so that observing costs no pass of its own;
 * the observed plan keeps such values in memory, which the fusion would otherwise let ride in
 * registers.
 */
#include "blueshift/memory.h"
#include "blueshift/observables.h"
#include "plan.h"

bool bs_plan_is_addend(const bs_network *network, int layer)
{
    int index = network->layers[layer].block;
    if (index < 0 || index >= network->block_count) {
        return false;
    }
    const bs_block *block = &network->blocks[index];
    bool addend = block->skip == layer;
    for (int j = 0; j < block->path_count; j++) {
        addend = addend || block->paths[j] == layer;
    }
    return addend;
}

/* The signal as it lies in memory: norms that no step stores are left to those who read. */
static bs_operand signal_of(const bs_plan *plan, int block, int branch)
{
    const bs_block *b = &plan->network->blocks[block];
    bool skip = branch == BS_BRANCH_SKIP;
    int layer = skip ? b->skip : b->paths[branch - BS_BRANCH_PATH];
    bs_operand signal = {.value = layer, .norm = -1, .coefficient = skip ? b->skip_weight : 1.0};
    if (plan->buffer_of[layer] < 0 && plan->network->layers[layer].kind == BS_LAYER_NORM) {
        signal.norm = layer;
        signal.value = plan->network->layers[layer].inputs[0];
    }
    return signal;
}

/* A step that looks at SIGNAL's value when it is complete, and its norm's statistics known. */
static bool reads(const bs_step *step, const bs_operand *operand, const bs_operand *signal)
{
    return operand->value == signal->value && step->output != signal->value &&
           (signal->norm < 0 || operand->norm == signal->norm);
}

static bool is_tapped(const bs_plan *plan, int block, int branch)
{
    for (int t = 0; t < plan->tap_count; t++) {
        if (plan->taps[t].block == block && plan->taps[t].branch == branch) {
            return true;
        }
    }
    return false;
}

static void tap_step(bs_plan *plan, bs_step *step)
{
    const bs_network *network = plan->network;
    step->first_tap = plan->tap_count;
    for (int b = 0; b < network->block_count; b++) {
        for (int j = 0; j < bs_branch_count(network); j++) {
            if (j == BS_BRANCH_SUM || !bs_branch_exists(network, j)) {
                continue;
            }
            bs_operand signal = signal_of(plan, b, j);
            bool main = step->kind == BS_STEP_POINTWISE && reads(step, &step->main, &signal);
            bool other = step->has_skip && reads(step, &step->skip, &signal);
            if ((main || other) && !is_tapped(plan, b, j)) {
                plan->taps[plan->tap_count++] =
                    (bs_tap){.block = b, .branch = j, .signal = signal, .skip = !main};
            }
        }
    }
    step->tap_count = plan->tap_count - step->first_tap;
}

bs_status bs_plan_tap(bs_plan *plan)
{
    const bs_network *network = plan->network;
    int signals = bs_branch_count(network) - (bs_branch_exists(network, BS_BRANCH_SKIP) ? 1 : 2);
    int wanted = network->block_count * signals;
    plan->taps = bs_alloc((size_t)wanted, sizeof *plan->taps);
    if (plan->taps == NULL) {
        return BS_ERR_MEMORY;
    }
    for (int s = 0; s < plan->step_count; s++) {
        tap_step(plan, &plan->steps[s]);
    }
    if (plan->tap_count < wanted) {
        return BS_FAIL(BS_ERR_INTERNAL,
                       "the fast backends' plan reads only %d of %d signals of the blocks; use the "
                       "reference backend",
                       plan->tap_count, wanted);
    }
    return BS_OK;
}
