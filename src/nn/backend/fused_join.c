/* What Winograd convolutions do on the way: they run the pointwise steps before them, a few rows at
 * a time, and fetch what the next image needs. */
#include "fused.h"

static bool is_whole(const bs_plan *plan, int value)
{
    return value >= 0 && plan->buffers[plan->buffer_of[value]].whole;
}

/* Adds VALUE to what convolution STEP, or one after it in its segment, fetches, unless it is in
 * cache or on a list. */
static void fetch(bs_fused *state, int step, int value)
{
    const bs_plan *plan = state->plan;
    int end = plan->starts[plan->steps[step].segment + 1];
    for (int s = step; s < end && is_whole(plan, value); s++) {
        int *ahead = state->steps[s].ahead;
        for (int i = 0; i < BS_STRETCHES && state->steps[s].winograd; i++) {
            if (ahead[i] < 0) {
                ahead[i] = value;
            }
            if (plan->buffer_of[ahead[i]] == plan->buffer_of[value]) {
                return;
            }
        }
    }
}

/* Batch statistics: all images of a layer do not fit into a cache. Its convolutions have time to
 * fetch of the next image what the pointwise steps before them will read, and their own skip and
 * output. */
static void look_ahead(bs_fused *state)
{
    const bs_plan *plan = state->plan;
    for (int s = 0; s < plan->step_count; s++) {
        for (int i = 0; i < BS_STRETCHES; i++) {
            state->steps[s].ahead[i] = -1;
        }
    }
    for (int s = 0; s < plan->step_count; s++) {
        const bs_step *step = &plan->steps[s];
        if (step->kind == BS_STEP_POINTWISE) {
            fetch(state, s, step->main.value);
        }
        if (step->kind == BS_STEP_POINTWISE || state->steps[s].winograd) {
            fetch(state, s, step->has_skip ? step->skip.value : -1);
        }
        if (state->steps[s].winograd) {
            fetch(state, s, step->output);
        }
    }
}

/* How often STEP reads VALUE. */
static int count_reads(const bs_step *step, int value)
{
    return (step->input == value ? 1 : 0) +
           (step->kind == BS_STEP_POINTWISE && step->main.value == value ? 1 : 0) +
           (step->has_skip && step->skip.value == value ? 1 : 0);
}

static bool is_other(const bs_plan *plan, int value, int other)
{
    return other >= 0 && other != value && plan->buffer_of[other] == plan->buffer_of[value];
}

/* Whether VALUE is nobody's but that of the steps FIRST to LAST, of which READS read it, and
 * nothing else that they touch lies in its memory. */
static bool is_own(const bs_plan *plan, int value, int first, int last, int reads)
{
    for (int s = 0; s < plan->step_count; s++) {
        const bs_step *step = &plan->steps[s];
        reads -= count_reads(step, value);
        if (s >= first && s <= last &&
            (is_other(plan, value, step->input) || is_other(plan, value, step->output) ||
             (step->kind == BS_STEP_POINTWISE && is_other(plan, value, step->main.value)) ||
             (step->has_skip && is_other(plan, value, step->skip.value)))) {
            return false;
        }
    }
    return reads == 0 && !plan->trained;
}

/* Whether convolution CONV may run step S, one of those before it. Who observes wants to see whole
 * operands. */
static bool may_run(const bs_plan *plan, int s, int conv)
{
    const bs_step *step = &plan->steps[s];
    const bs_layer *shape = &plan->network->layers[plan->steps[conv].input];
    if (step->kind != BS_STEP_POINTWISE || step->segment != plan->steps[conv].segment ||
        step->accumulate || step->moments || step->tap_count > 0) {
        return false;
    }
    const bs_layer *layer = &plan->network->layers[step->output];
    return layer->height == shape->height && layer->width == shape->width &&
           layer->channels == shape->channels;
}

/* Lets convolution CONV run the pointwise steps before it, of which the last makes its input: maps
 * go through the first-level cache only. */
static void join(bs_fused *state, int conv)
{
    const bs_plan *plan = state->plan;
    const bs_step *step = &plan->steps[conv];
    int first = conv;
    if (conv == 0 || step->tap_count > 0 || plan->steps[conv - 1].output != step->input) {
        return;
    }
    while (first > 0 && conv - first < BS_PREPARATIONS && may_run(plan, first - 1, conv)) {
        first--;
    }
    for (int s = first; s < conv; s++) {
        int value = plan->steps[s].output;
        int reads = 0;
        for (int later = s + 1; later < conv; later++) {
            reads += count_reads(&plan->steps[later], value);
        }
        state->steps[s].made_here = true;
        state->passing[value] = value != step->input && is_own(plan, value, first, conv, reads);
    }
    state->steps[conv].before_count = conv - first;
    state->steps[conv].rolling = first < conv && is_own(plan, step->input, first, conv, 1);
}

void bs_fused_join(bs_fused *state)
{
    look_ahead(state);
    for (int s = 0; s < state->plan->step_count; s++) {
        if (state->steps[s].winograd) {
            join(state, s);
        }
    }
}
