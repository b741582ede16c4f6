/* From the steps of a plan to operations on values.
 *
 * A convolution of stride 2 belongs to the stage of its input, and so runs before everything of the
 * next; what its step does with other values of the next stage becomes an operation of that stage.
 * In batch mode a norm that alone reads a convolution's result is applied by the convolution
 * itself, which has it in registers while the moments are found; and so is all that its reader
 * does. */
#include "blueshift/memory.h"
#include "cuda_program.h"

typedef struct drafter {
    bs_cuda_program *program;
    const bs_plan *plan;
    const bs_network *network;
    int *pooled; /* [layer_count]: the value that a pool averages */
    int *eager;  /* [layer_count]: the norm that its convolution applies; -1: none */
} drafter;

static bs_cuda_draft new_draft(bs_cuda_operation_kind kind, int input, int output)
{
    return (bs_cuda_draft){
        .raw = -1,
        .operation = {.kind = (int32_t)kind, .skip = -1, .skip_coefficient = 1.0F, .factor = 1.0F},
        .input = input,
        .skip = -1,
        .output = output,
        .layer = -1,
        .main = {.value = -1, .norm = -1, .coefficient = 1.0}};
}

static void push(drafter *d, const bs_cuda_draft *draft)
{
    d->program->drafts[d->program->draft_count++] = *draft;
}

static bool reads_raw(const bs_step *step, int value)
{
    bool main = step->kind == BS_STEP_POINTWISE && step->main.value == value && step->main.norm < 0;
    return step->input == value || main ||
           (step->has_skip && step->skip.value == value && step->skip.norm < 0);
}

/* The norm through which alone VALUE is read; -1: none. */
static int only_norm(const bs_plan *plan, int value)
{
    int norm = -1;
    for (int s = 0; s < plan->step_count; s++) {
        const bs_step *step = &plan->steps[s];
        const bs_operand *operands[2] = {&step->main, &step->skip};
        if (reads_raw(step, value)) {
            return -1;
        }
        for (int i = 0; i < 2; i++) {
            const bool there = i == 0 ? step->kind == BS_STEP_POINTWISE : step->has_skip;
            if (there && operands[i]->value == value) {
                if (norm >= 0 && operands[i]->norm != norm) {
                    return -1;
                }
                norm = operands[i]->norm;
            }
        }
    }
    return norm;
}

/* A convolution whose result is measured as it is. */
static bool is_measured_result(const bs_step *step)
{
    return step->kind == BS_STEP_CONV && step->moments && !step->has_skip && !step->activate &&
           !step->accumulate && step->factor == 1.0 && step->main.coefficient == 1.0;
}

/* The operand without the norm that its value's convolution has applied. */
static bs_operand simplify(const drafter *d, bs_operand operand)
{
    if (operand.norm >= 0 && d->eager[operand.value] == operand.norm) {
        operand.norm = -1;
    }
    return operand;
}

/* Gives DRAFT what STEP does after its result. */
static bs_status take_finish(const drafter *d, const bs_step *step, bs_cuda_draft *draft)
{
    bs_cuda_operation *op = &draft->operation;
    if (step->has_skip) {
        const bs_operand skip = simplify(d, step->skip);
        if (skip.norm >= 0) {
            return bs_cuda_refuse("a norm layer of a skip that others read, too");
        }
        draft->skip = skip.value;
        op->skip_coefficient = (float)skip.coefficient;
    }
    op->factor = (float)step->factor;
    op->flags |= step->activate ? BS_CUDA_ACTIVATE : 0;
    op->flags |= step->accumulate ? BS_CUDA_ACCUMULATE : 0;
    op->flags |= step->moments && d->eager[step->output] < 0 ? BS_CUDA_MEASURE_OUTPUT : 0;
    draft->output = step->output;
    return BS_OK;
}

static bool is_simple(const bs_cuda_draft *draft)
{
    const int other = BS_CUDA_ACCUMULATE | BS_CUDA_MEASURE_OUTPUT;
    return draft->skip < 0 && draft->operation.factor == 1.0F &&
           (draft->operation.flags & other) == 0;
}

/* Pushes a convolution; of one with stride 2 only what it can do itself. */
static void push_convolution(drafter *d, const bs_cuda_draft *draft)
{
    if (draft->operation.kind == BS_CUDA_CONV || is_simple(draft)) {
        push(d, draft);
        return;
    }
    bs_cuda_draft first = *draft;
    first.operation.flags &= BS_CUDA_MEASURE_RESULT | BS_CUDA_NORMALISE;
    first.operation.factor = 1.0F;
    first.skip = -1;
    first.output = draft->layer;
    push(d, &first);
    bs_cuda_draft rest = new_draft(BS_CUDA_LOAD, draft->layer, draft->output);
    rest.skip = draft->skip;
    rest.operation.skip_coefficient = draft->operation.skip_coefficient;
    rest.operation.factor = draft->operation.factor;
    rest.operation.flags = draft->operation.flags & ~(BS_CUDA_MEASURE_RESULT | BS_CUDA_NORMALISE);
    push(d, &rest);
}

static void draft_image(drafter *d, int value)
{
    const bs_cuda_draft image = new_draft(BS_CUDA_IMAGE, -1, value);
    push(d, &image);
}

static bs_status draft_convolution(drafter *d, const bs_step *step)
{
    const bs_layer *layer = &d->network->layers[step->layer];
    const bs_layer *source = &d->network->layers[step->input];
    const bool stem = source->kind == BS_LAYER_INPUT;
    bs_cuda_draft draft =
        new_draft(layer->stride == 1 ? BS_CUDA_CONV : BS_CUDA_STRIDE, step->input, step->output);
    if ((layer->stride != 1 && layer->stride != 2) || (layer->kernel != 3 && layer->kernel != 1)) {
        return bs_cuda_refuse("convolutions other than 3 x 3 and 1 x 1 of stride 1 or 2");
    }
    if (layer->kernel == 1 && layer->stride == 1) {
        draft.operation.kind = BS_CUDA_DENSE;
        d->program->by_layers = true;
    }
    draft.layer = step->layer;
    draft.main = step->main;
    draft.operation.taps = stem ? 1 : layer->kernel;
    draft.operation.chunks = stem ? 1 : BS_CUDA_GROUPS(source->channels) * layer->kernel;
    BS_TRY(take_finish(d, step, &draft));
    if (d->eager[step->output] >= 0) {
        draft.main.norm = d->eager[step->output];
        draft.normalises = true;
        draft.operation.flags |= BS_CUDA_MEASURE_RESULT | BS_CUDA_NORMALISE;
    }
    if (stem) {
        draft_image(d, step->input);
    }
    push_convolution(d, &draft);
    return BS_OK;
}

/* How often the plan's steps and taps read VALUE. */
static int count_operands(const bs_plan *plan, int value)
{
    int count = 0;
    for (int s = 0; s < plan->step_count; s++) {
        const bs_step *step = &plan->steps[s];
        count += step->kind == BS_STEP_POINTWISE && step->main.value == value ? 1 : 0;
        count += step->has_skip && step->skip.value == value ? 1 : 0;
        count += step->input == value ? 1 : 0;
    }
    for (int t = 0; t < plan->tap_count; t++) {
        count += plan->taps[t].signal.value == value ? 1 : 0;
    }
    return count;
}

/* Takes the draft that makes VALUE out of the list if pointwise STEP, its only reader, can be done
 * by it: a convolution whose finish is free behind the norm. */
static bool take_convolution(drafter *d, const bs_step *step, bs_cuda_draft *draft)
{
    bs_cuda_program *program = d->program;
    const int value = step->main.value;
    const bool strided_can =
        !step->has_skip && !step->accumulate && step->factor == 1.0 && !step->moments;
    int i = program->draft_count - 1;
    while (i >= 0 && program->drafts[i].output != value) {
        i--;
    }
    if (i < 0 || d->eager[value] < 0 || count_operands(d->plan, value) != 1 ||
        program->drafts[i].operation.kind == BS_CUDA_LOAD ||
        (program->drafts[i].operation.kind == BS_CUDA_STRIDE && !strided_can)) {
        return false;
    }
    *draft = program->drafts[i];
    program->draft_count--;
    for (; i < program->draft_count; i++) {
        program->drafts[i] = program->drafts[i + 1];
    }
    return true;
}

static bs_status draft_pointwise(drafter *d, const bs_step *step)
{
    bs_cuda_draft draft;
    const bs_operand main = simplify(d, step->main);
    if (take_convolution(d, step, &draft)) {
        draft.main.coefficient *= main.coefficient;
    } else {
        draft = new_draft(BS_CUDA_LOAD, main.value, step->output);
        draft.main = main;
        draft.normalises = main.norm >= 0 && d->program->batch;
        draft.operation.flags |= draft.normalises ? BS_CUDA_NORMALISE : 0;
    }
    BS_TRY(take_finish(d, step, &draft));
    push(d, &draft);
    return BS_OK;
}

/* A linear layer over many images, which are pixels. */
static bs_status draft_dense(drafter *d, const bs_step *step)
{
    bs_cuda_draft draft = new_draft(BS_CUDA_DENSE, step->input, step->output);
    if (!d->program->flat) {
        return bs_cuda_refuse("fully connected layers behind convolutions");
    }
    draft.layer = step->layer;
    draft.main = step->main;
    draft.operation.taps = 1;
    draft.operation.chunks = BS_CUDA_GROUPS(bs_cuda_channels_of(d->program, step->input));
    BS_TRY(take_finish(d, step, &draft));
    push(d, &draft);
    return BS_OK;
}

static bs_status draft_head(drafter *d, const bs_step *step)
{
    const int value = d->program->flat ? step->input : d->pooled[step->input];
    if (value < 0) {
        return bs_cuda_refuse("a last layer over more than averages");
    }
    bs_cuda_draft draft = new_draft(BS_CUDA_HEAD, value, -1);
    draft.layer = step->layer;
    draft.operation.head = step->head;
    push(d, &draft);
    return BS_OK;
}

/* The signals that STEP is about to read. */
static bs_status draft_taps(drafter *d, const bs_step *step)
{
    bs_cuda_program *program = d->program;
    for (int t = step->first_tap; t < step->first_tap + step->tap_count; t++) {
        const bs_tap *tap = &d->plan->taps[t];
        const bs_operand signal = simplify(d, tap->signal);
        bs_cuda_draft draft = new_draft(BS_CUDA_TAP, signal.value, -1);
        if (program->batch && signal.norm >= 0) {
            return bs_cuda_refuse("signals whose norm layer others read, too");
        }
        draft.main = signal;
        draft.operation.tap = program->tap_count;
        draft.operation.block = tap->block;
        program->taps[program->tap_count][0] = tap->block;
        program->taps[program->tap_count++][1] = tap->branch;
        push(d, &draft);
    }
    return BS_OK;
}

static bs_status draft_step(drafter *d, const bs_step *step)
{
    BS_TRY(draft_taps(d, step));
    switch (step->kind) {
    case BS_STEP_INPUT:
        if (d->program->flat) {
            draft_image(d, step->output);
        }
        break;
    case BS_STEP_CONV:
        return draft_convolution(d, step);
    case BS_STEP_DENSE:
        return draft_dense(d, step);
    case BS_STEP_POINTWISE:
        return draft_pointwise(d, step);
    case BS_STEP_PAD: {
        bs_cuda_draft draft = new_draft(BS_CUDA_PAD, step->input, step->layer);
        push(d, &draft);
        break;
    }
    case BS_STEP_POOL:
        d->pooled[step->layer] = step->input;
        break;
    case BS_STEP_HEAD:
        return draft_head(d, step);
    }
    return BS_OK;
}

/* Numbers what is measured, and sees to it that a statistic is there when it is used. Results' are
 * used at once; of outputs the last one's is kept, and those before it are measured again by who
 * reads. */
static bs_status number_measured(bs_cuda_program *program)
{
    int last = -1;
    int last_measured = -1;
    for (int i = 0; i < program->draft_count; i++) {
        bs_cuda_draft *draft = &program->drafts[i];
        bs_cuda_operation *op = &draft->operation;
        op->flags |= draft->normalises && last != draft->main.value ? BS_CUDA_MEASURE_RESULT : 0;
        const bool result = (op->flags & BS_CUDA_MEASURE_RESULT) != 0;
        const bool output = (op->flags & BS_CUDA_MEASURE_OUTPUT) != 0;
        op->statistic = result ? 0 : 1;
        op->known = result ? program->measured_count : last_measured;
        if (result && output) {
            return bs_cuda_refuse("a value measured twice");
        }
        last_measured = output ? program->measured_count : last_measured;
        if (result || output) {
            op->measured = program->measured_count;
            program->measured[program->measured_count++] =
                result ? program->network->layers[draft->main.norm].inputs[0] : draft->output;
        }
        last = output ? draft->output : last;
    }
    return BS_OK;
}

static bs_status draft_all(drafter *d)
{
    for (int i = 0; i < d->network->layer_count; i++) {
        d->pooled[i] = -1;
        d->eager[i] = -1;
    }
    for (int s = 0; s < d->plan->step_count; s++) {
        if (is_measured_result(&d->plan->steps[s])) {
            const int value = d->plan->steps[s].output;
            d->eager[value] = only_norm(d->plan, value);
        }
    }
    for (int s = 0; s < d->plan->step_count; s++) {
        BS_TRY(draft_step(d, &d->plan->steps[s]));
    }
    BS_TRY(bs_cuda_program_shape(d->program));
    bs_cuda_program_fold(d->program);
    return number_measured(d->program);
}

bs_status bs_cuda_program_draft(bs_cuda_program *program, const bs_plan *plan)
{
    const size_t layers = (size_t)program->network->layer_count;
    drafter d = {.program = program, .plan = plan, .network = program->network};
    bs_status status = BS_ERR_MEMORY;
    /* At most two for a step, one for a tap, and the image; each measures at most once. */
    const size_t most = 2 * (size_t)plan->step_count + (size_t)plan->tap_count + 1;
    program->drafts = bs_alloc(most, sizeof *program->drafts);
    program->measured = bs_alloc(most, sizeof *program->measured);
    program->taps = bs_alloc((size_t)plan->tap_count, sizeof *program->taps);
    d.pooled = bs_alloc(layers, sizeof *d.pooled);
    d.eager = bs_alloc(layers, sizeof *d.eager);
    if (program->drafts != NULL && program->measured != NULL && program->taps != NULL &&
        d.pooled != NULL && d.eager != NULL) {
        status = draft_all(&d);
    }
    bs_free(d.pooled);
    bs_free(d.eager);
    return status;
}
