/* Fuses layers into steps: norms, sums and activations ride on the pass that makes their input.
 *
 * One walk over the table, front to back, with no search: a layer that computes opens a step, and
 * the step swallows its readers one after the other as long as the value has exactly one reader and
 * the finish has room for it (an affine map, one other operand, an activation, a factor, in this
 * order). What stops a step is what the network needs twice: a value with two readers must lie in
 * memory.
 *
 * - Norms are affine maps of a value once their statistics are known. With given statistics they
 * join the convolution before them. With batch statistics they cannot, since all images of the
 * batch must have passed first: they stay DEFERRED, cost nothing by themselves, and whoever reads
 * the value applies them, in the same pass as the activation after them.
 * - A sum is no step either. The step that computes its last term adds the others, of which one may
 *   be read from memory; with more than two terms (averages of paths) the terms are added to the
 * sum's own memory as they come (PARTIAL, accumulate), so that no path waits in a buffer for the
 * others.
 * - A plan that trains keeps what activations bend, so computing steps do not take them, and
 * applies a norm in one step only, which is where its derivatives come together. */
#include <stdint.h>

#include "blueshift/memory.h"
#include "plan.h"

/* What is known of a layer's value while the table is walked from front to back. */
typedef enum value_state {
    VALUE_UNKNOWN,  /* no step makes it yet */
    VALUE_STORED,   /* in memory */
    VALUE_DEFERRED, /* a norm of a stored value, applied by whoever reads it */
    VALUE_FUSED     /* exists only inside a step */
} value_state;

typedef struct fuser {
    bs_plan *plan;
    const bs_network *network;
    value_state *states; /* [layer_count] */
    int *use_counts;     /* [layer_count] */
    int *readers;        /* [layer_count]: the last reader */
    uint32_t *absorbed;  /* [layer_count]: a sum's terms that are in its memory or in a step */
    bool *partial;       /* [layer_count]: some of a sum's terms are in its memory */
} fuser;

static bs_status unsupported(int layer, const char *what)
{
    return BS_FAIL(BS_ERR_INTERNAL,
                   "layer %d: the fast backends have no plan for %s; use the "
                   "reference backend",
                   layer, what);
}

static bs_step new_step(bs_step_kind kind, int layer, int input)
{
    return (bs_step){.kind = kind,
                     .layer = layer,
                     .input = input,
                     .main = {.value = layer, .norm = -1, .coefficient = 1.0},
                     .factor = 1.0,
                     .output = layer};
}

/* The table has room for a layer's own step, or one a term of a sum, and for one that stores its
 * deferred input. */
static void push(fuser *fuse, const bs_step *step)
{
    fuse->plan->steps[fuse->plan->step_count++] = *step;
}

static bool is_known(const fuser *fuse, int value)
{
    return fuse->states[value] == VALUE_STORED || fuse->states[value] == VALUE_DEFERRED;
}

static bs_operand operand_of(const fuser *fuse, int value, double coefficient)
{
    bs_operand operand = {.value = value, .norm = -1, .coefficient = coefficient};
    if (fuse->states[value] == VALUE_DEFERRED) {
        operand.value = fuse->network->layers[value].inputs[0];
        operand.norm = value;
    }
    return operand;
}

static bs_step new_pointwise(const fuser *fuse, int value, double coefficient, int output)
{
    bs_step step = new_step(BS_STEP_POINTWISE, -1, -1);
    step.main = operand_of(fuse, value, coefficient);
    step.output = output;
    return step;
}

/* Makes sure that VALUE is in memory. */
static void store(fuser *fuse, int value)
{
    if (fuse->states[value] == VALUE_DEFERRED) {
        bs_step step = new_pointwise(fuse, value, 1.0, value);
        push(fuse, &step);
        fuse->states[value] = VALUE_STORED;
    }
}

static int term_of(const bs_layer *sum, int value)
{
    int term = 0;
    while (sum->inputs[term] != value) {
        term++;
    }
    return term;
}

/* The terms of a sum that no step has taken yet, but for TERM (-1: all of them): how many are at
 * hand, one of those, and how many are still to be computed. */
typedef struct sum_rest {
    int known, some, pending;
} sum_rest;

static sum_rest rest_of_sum(const fuser *fuse, int sum, int term)
{
    const bs_layer *layer = &fuse->network->layers[sum];
    sum_rest rest = {0, -1, 0};
    for (int j = 0; j < layer->input_count; j++) {
        if (j == term || (fuse->absorbed[sum] >> j & 1U) != 0) {
            continue;
        }
        if (is_known(fuse, layer->inputs[j])) {
            rest.known++;
            rest.some = j;
        } else {
            rest.pending++;
        }
    }
    return rest;
}

static void absorb(fuser *fuse, int sum, int term)
{
    fuse->absorbed[sum] |= UINT32_C(1) << term;
}

/* Gives STEP the one other term of SUM that is at hand: what earlier steps left in the sum's
 * memory, or a stored value. */
static void add_skip(fuser *fuse, bs_step *step, int sum, const sum_rest *rest)
{
    const bs_layer *layer = &fuse->network->layers[sum];
    if (fuse->partial[sum]) {
        step->has_skip = true;
        step->skip = (bs_operand){.value = sum, .norm = -1, .coefficient = 1.0};
    } else if (rest->known > 0) {
        step->has_skip = true;
        step->skip = operand_of(fuse, layer->inputs[rest->some], layer->coefficients[rest->some]);
        absorb(fuse, sum, rest->some);
    }
}

/* Lets STEP, whose result is VALUE, add itself to SUM. False when it cannot. *VALUE becomes the
 * sum when it is complete and the step may continue. */
static bool join_sum(fuser *fuse, bs_step *step, int sum, int *value)
{
    const bs_layer *layer = &fuse->network->layers[sum];
    int term = term_of(layer, *value);
    sum_rest rest = rest_of_sum(fuse, sum, term);
    int others = rest.known + (fuse->partial[sum] ? 1 : 0);
    if (others > 1 || step->has_skip || (step->activate && rest.known > 0)) {
        return false;
    }
    if (step->activate) {
        step->factor = layer->coefficients[term];
        step->accumulate = fuse->partial[sum];
    } else {
        step->main.coefficient *= layer->coefficients[term];
        add_skip(fuse, step, sum, &rest);
    }
    absorb(fuse, sum, term);
    fuse->states[*value] = VALUE_FUSED;
    fuse->partial[sum] = rest.pending > 0;
    *value = sum;
    return true;
}

/* Whether a step may hide VALUE from everybody but the layer that reads it. */
static bool may_hide(const fuser *fuse, int value)
{
    bool addend = fuse->plan->observed && bs_plan_is_addend(fuse->network, value);
    return !addend && fuse->use_counts[value] == 1;
}

/* Extends STEP, whose result so far is VALUE, through the layers after it, and pushes it. */
static void push_chain(fuser *fuse, bs_step *step, int value)
{
    bool open = true;
    while (open && may_hide(fuse, value)) {
        int next = fuse->readers[value];
        bool plain = !step->has_skip && !step->activate && step->main.norm < 0 &&
                     step->main.coefficient == 1.0;
        bool computes = step->kind != BS_STEP_POINTWISE;
        switch (fuse->network->layers[next].kind) {
        case BS_LAYER_NORM:
            open = computes && plain && !fuse->plan->batch;
            step->main.norm = open ? next : step->main.norm;
            break;
        case BS_LAYER_ACTIVATION:
            open = !step->activate && !(computes && fuse->plan->trained);
            step->activate = step->activate || open;
            break;
        case BS_LAYER_SUM: {
            bool activated = step->activate;
            bool joined = join_sum(fuse, step, next, &value);
            open = joined && !activated && !fuse->partial[next];
            next = value;
            break;
        }
        case BS_LAYER_INPUT:
        case BS_LAYER_CONV:
        case BS_LAYER_PAD:
        case BS_LAYER_POOL:
        case BS_LAYER_LINEAR:
            open = false;
            break;
        }
        if (open) {
            fuse->states[value] = VALUE_FUSED;
            value = next;
        }
    }
    step->output = value;
    fuse->states[value] = fuse->partial[value] ? VALUE_UNKNOWN : VALUE_STORED;
    push(fuse, step);
}

/* A sum that no chain could finish: takes the terms that are left one step at a time. */
static void push_sum(fuser *fuse, int sum)
{
    const bs_layer *layer = &fuse->network->layers[sum];
    sum_rest rest = rest_of_sum(fuse, sum, -1);
    while (rest.some >= 0) {
        double coefficient = layer->coefficients[rest.some];
        bs_step step = new_pointwise(fuse, layer->inputs[rest.some], coefficient, sum);
        absorb(fuse, sum, rest.some);
        rest = rest_of_sum(fuse, sum, -1);
        add_skip(fuse, &step, sum, &rest);
        rest = rest_of_sum(fuse, sum, -1);
        fuse->partial[sum] = rest.known > 0;
        if (fuse->partial[sum]) {
            push(fuse, &step);
        } else {
            push_chain(fuse, &step, sum);
        }
    }
}

/* Steps whose input must lie in memory as it is. */
static void push_plain(fuser *fuse, bs_step_kind kind, int layer)
{
    int input = fuse->network->layers[layer].inputs[0];
    store(fuse, input);
    bs_step step = new_step(kind, layer, input);
    if (kind == BS_STEP_CONV || kind == BS_STEP_DENSE) {
        push_chain(fuse, &step, layer);
        return;
    }
    push(fuse, &step);
    fuse->states[layer] = VALUE_STORED;
}

/* Number of the logits that LAYER gives, 0 for the network's own; -1: none. */
static int head_of(const bs_network *network, int layer)
{
    for (int t = 0; t < network->tail_count; t++) {
        if (network->tails[t].head == layer) {
            return 1 + t;
        }
    }
    return layer == network->layer_count - 1 ? 0 : -1;
}

static void push_head(fuser *fuse, int layer, int head)
{
    int input = fuse->network->layers[layer].inputs[0];
    store(fuse, input);
    bs_step step = new_step(BS_STEP_HEAD, layer, input);
    step.output = -1;
    step.head = head;
    push(fuse, &step);
}

static bs_status fuse_layer(fuser *fuse, int index)
{
    const bs_layer *layer = &fuse->network->layers[index];
    int head = head_of(fuse->network, index);
    if ((head >= 0) != (layer->kind == BS_LAYER_LINEAR && fuse->use_counts[index] == 0)) {
        return unsupported(index, "a linear layer that nobody reads and that is no head");
    }
    switch (layer->kind) {
    case BS_LAYER_INPUT: {
        bs_step step = new_step(BS_STEP_INPUT, index, -1);
        push(fuse, &step);
        fuse->states[index] = VALUE_STORED;
        break;
    }
    case BS_LAYER_CONV:
        push_plain(fuse, BS_STEP_CONV, index);
        break;
    case BS_LAYER_NORM:
        store(fuse, layer->inputs[0]);
        fuse->states[index] = VALUE_DEFERRED;
        if (fuse->plan->trained && fuse->use_counts[index] > 1) {
            store(fuse, index);
        }
        break;
    case BS_LAYER_ACTIVATION: {
        bs_step step = new_pointwise(fuse, layer->inputs[0], 1.0, index);
        step.activate = true;
        push_chain(fuse, &step, index);
        break;
    }
    case BS_LAYER_PAD:
        push_plain(fuse, BS_STEP_PAD, index);
        break;
    case BS_LAYER_SUM:
        push_sum(fuse, index);
        break;
    case BS_LAYER_POOL:
        push_plain(fuse, BS_STEP_POOL, index);
        break;
    case BS_LAYER_LINEAR:
        if (head >= 0) {
            push_head(fuse, index, head);
        } else {
            push_plain(fuse, BS_STEP_DENSE, index);
        }
        break;
    }
    return BS_OK;
}

static bs_status fuse_layers(fuser *fuse)
{
    const bs_network *network = fuse->network;
    for (int i = 0; i < network->layer_count; i++) {
        for (int j = 0; j < network->layers[i].input_count; j++) {
            fuse->use_counts[network->layers[i].inputs[j]]++;
            fuse->readers[network->layers[i].inputs[j]] = i;
        }
    }
    for (int i = 0; i < network->layer_count; i++) {
        if (fuse->states[i] == VALUE_UNKNOWN) {
            BS_TRY(fuse_layer(fuse, i));
        }
    }
    return BS_OK;
}

bs_status bs_plan_fuse(bs_plan *plan)
{
    size_t layers = (size_t)plan->network->layer_count;
    fuser fuse = {.plan = plan, .network = plan->network};
    bs_status status = BS_ERR_MEMORY;
    plan->steps = bs_alloc((BS_LAYER_INPUTS + 1) * layers, sizeof *plan->steps);
    fuse.states = bs_alloc(layers, sizeof *fuse.states);
    fuse.use_counts = bs_alloc(layers, sizeof *fuse.use_counts);
    fuse.readers = bs_alloc(layers, sizeof *fuse.readers);
    fuse.absorbed = bs_alloc(layers, sizeof *fuse.absorbed);
    fuse.partial = bs_alloc(layers, sizeof *fuse.partial);
    if (plan->steps != NULL && fuse.states != NULL && fuse.use_counts != NULL &&
        fuse.readers != NULL && fuse.absorbed != NULL && fuse.partial != NULL) {
        status = fuse_layers(&fuse);
    }
    bs_free(fuse.states);
    bs_free(fuse.use_counts);
    bs_free(fuse.readers);
    bs_free(fuse.absorbed);
    bs_free(fuse.partial);
    return status;
}
