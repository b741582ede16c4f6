/* The backward half of a plan: what its steps do to derivatives, from the last step to the first.
 *
 * Every stored value has a place for the derivatives by it, to which its readers add in turn: the
 * last reader, which comes first, writes. Derivatives by a step's output become those before its
 * activation in place; and an operand that the step takes as it is shares that memory, so that a
 * shortcut costs nothing. A norm layer's derivatives need sums over all images of the batch, which
 * cuts the passes into segments, as its statistics cut the steps. */
#include "blueshift/memory.h"
#include "plan.h"

typedef struct reverser {
    bs_plan *plan;
    int *places;   /* [layer_count]: of the derivatives by a value */
    bool *started; /* [layer_count]: some are there */
    int *writers;  /* [layer_count]: steps that write a value */
    int segment;
} reverser;

static bs_reverse new_reverse(const reverser *r, bs_reverse_kind kind, int step, int from)
{
    return (bs_reverse){
        .kind = kind, .step = step, .from = from, .to = -1, .spread = -1, .segment = r->segment};
}

static void push(reverser *r, const bs_reverse *reverse)
{
    r->plan->reverses[r->plan->reverse_count++] = *reverse;
}

/* Lets REVERSE end in the derivatives by VALUE. */
static void direct(reverser *r, bs_reverse *reverse, int value)
{
    if (r->plan->network->layers[value].kind != BS_LAYER_INPUT) {
        reverse->to = r->places[value];
        reverse->accumulate = r->started[value];
        r->started[value] = true;
    }
}

/* Whether the derivatives by OPERAND of step INDEX may share the memory FROM of those by the step's
 * output, which nothing must read any more once others add to them. */
static bool may_share(const reverser *r, int index, const bs_operand *operand, int from)
{
    const bs_step *step = &r->plan->steps[index];
    bool alone = from != r->places[step->output] || r->writers[step->output] == 1;
    return alone && operand->norm < 0 && operand->coefficient == 1.0 &&
           !r->started[operand->value] && operand->value != step->input &&
           r->plan->network->layers[operand->value].kind != BS_LAYER_INPUT;
}

/* The derivatives by one operand; returns whether they share FROM. */
static bool reverse_operand(reverser *r, int index, bool skip, int from, bool shared)
{
    const bs_step *step = &r->plan->steps[index];
    const bs_operand *operand = skip ? &step->skip : &step->main;
    if (!shared && may_share(r, index, operand, from)) {
        r->places[operand->value] = from;
        r->started[operand->value] = true;
        return true;
    }
    bs_reverse reverse = new_reverse(r, BS_REVERSE_OPERAND, index, from);
    reverse.skip = skip;
    direct(r, &reverse, operand->value);
    if (reverse.to >= 0) {
        push(r, &reverse);
    }
    return shared;
}

/* A step that ends with the finish. Terms that a sum already had in its memory have the sum's
 * derivatives as they are. */
static void reverse_finish(reverser *r, int index)
{
    const bs_step *step = &r->plan->steps[index];
    int from = r->places[step->output];
    bool norms = step->main.norm >= 0 || (step->has_skip && step->skip.norm >= 0);
    bool shared = false;
    if (step->activate || norms) {
        bs_reverse bend = new_reverse(r, BS_REVERSE_BEND, index, from);
        bool in_place = !step->activate || r->writers[step->output] == 1;
        bend.to = in_place ? from : bs_plan_bent(r->plan, index);
        push(r, &bend);
        from = bend.to;
        r->segment += norms ? 1 : 0;
    }
    if (step->kind == BS_STEP_POINTWISE) {
        shared = reverse_operand(r, index, false, from, shared);
    }
    if (step->has_skip && step->skip.value != step->output) {
        (void)reverse_operand(r, index, true, from, shared);
    }
    if (step->kind != BS_STEP_POINTWISE) {
        bool conv = step->kind == BS_STEP_CONV;
        bs_reverse reverse = new_reverse(r, conv ? BS_REVERSE_CONV : BS_REVERSE_DENSE, index, from);
        direct(r, &reverse, step->input);
        if (conv && reverse.to >= 0 && r->plan->network->layers[step->layer].stride > 1) {
            reverse.spread = bs_plan_spread(r->plan, index);
        }
        push(r, &reverse);
    }
}

static void reverse_plain(reverser *r, bs_reverse_kind kind, int index)
{
    const bs_step *step = &r->plan->steps[index];
    int from = step->output < 0 ? -1 : r->places[step->output];
    bs_reverse reverse = new_reverse(r, kind, index, from);
    direct(r, &reverse, step->input);
    push(r, &reverse);
}

static void reverse_step(reverser *r, int index)
{
    switch (r->plan->steps[index].kind) {
    case BS_STEP_INPUT:
        break;
    case BS_STEP_CONV:
    case BS_STEP_DENSE:
    case BS_STEP_POINTWISE:
        reverse_finish(r, index);
        break;
    case BS_STEP_PAD:
        reverse_plain(r, BS_REVERSE_PAD, index);
        break;
    case BS_STEP_POOL:
        reverse_plain(r, BS_REVERSE_POOL, index);
        break;
    case BS_STEP_HEAD:
        reverse_plain(r, BS_REVERSE_HEAD, index);
        break;
    }
}

/* As many images as go through the first segment, and more where a convolution wants them. */
static bs_status choose_groups(bs_plan *plan)
{
    plan->reverse_groups = bs_alloc((size_t)plan->reverse_segments, sizeof *plan->reverse_groups);
    if (plan->reverse_groups == NULL) {
        return BS_ERR_MEMORY;
    }
    for (int segment = 0; segment < plan->reverse_segments; segment++) {
        plan->reverse_groups[segment] = plan->groups[0];
    }
    for (int i = 0; i < plan->reverse_count && plan->batch; i++) {
        const bs_reverse *reverse = &plan->reverses[i];
        int *group = &plan->reverse_groups[reverse->segment];
        int wanted = reverse->kind == BS_REVERSE_CONV
                         ? bs_plan_conv_group(plan->network, plan->steps[reverse->step].layer)
                         : 1;
        *group = wanted > *group ? wanted : *group;
    }
    return BS_OK;
}

bs_status bs_plan_reverse(bs_plan *plan)
{
    size_t layers = (size_t)plan->network->layer_count;
    reverser r = {.plan = plan};
    enum { PASSES_MAX = 4 }; /* a step: bend, two operands, a convolution */
    plan->reverses = bs_alloc(PASSES_MAX * (size_t)plan->step_count, sizeof *plan->reverses);
    r.places = bs_alloc(layers, sizeof *r.places);
    r.started = bs_alloc(layers, sizeof *r.started);
    r.writers = bs_alloc(layers, sizeof *r.writers);
    bs_status status = BS_ERR_MEMORY;
    if (plan->reverses != NULL && r.places != NULL && r.started != NULL && r.writers != NULL) {
        for (int i = 0; i < plan->network->layer_count; i++) {
            r.places[i] = bs_plan_gradient(plan, i);
        }
        for (int s = 0; s < plan->step_count; s++) {
            r.writers[plan->steps[s].output < 0 ? 0 : plan->steps[s].output]++;
        }
        for (int s = plan->step_count - 1; s >= 0; s--) {
            reverse_step(&r, s);
        }
        plan->reverse_segments = r.segment + 1;
        status = choose_groups(plan);
    }
    bs_free(r.places);
    bs_free(r.started);
    bs_free(r.writers);
    return status;
}
