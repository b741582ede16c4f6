/* Gives values their places: buffers in shared memory while an operation needs them, slots in
 * global memory between stages, and for those that have to make room.
 *
 * As few buffers as possible, since two blocks on a multiprocessor are faster than one, and without
 * making room if any number of buffers can do without. */
#include "blueshift/memory.h"
#include "cuda_program.h"

enum { FAR = 1 << 30 };

typedef struct placer {
    bs_cuda_program *program;
    int stage, limit;          /* buffers that may be used */
    bool make_room;            /* whether values may be saved for others */
    int held[BS_CUDA_BUFFERS]; /* values; -1: free */
    int *slot_of;              /* [layer_count]: in the stage; -1: none */
    int *next_slot_of;         /* [layer_count]: in the next stage */
    int slots, next_slots;
} placer;

static void emit(const placer *p, const bs_cuda_operation *operation)
{
    p->program->operations[p->program->operation_count++] = *operation;
}

/* The first draft of the stage after AFTER that reads VALUE; FAR when it is over, or written anew.
 */
static int next_use(const placer *p, int value, int after)
{
    for (int i = after + 1; i < p->program->draft_count; i++) {
        const bs_cuda_draft *draft = &p->program->drafts[i];
        if (draft->stage != p->stage) {
            break;
        }
        if (bs_cuda_reads(draft, value)) {
            return i;
        }
        if (draft->output == value) {
            break;
        }
    }
    return FAR;
}

static int buffer_of(const placer *p, int value)
{
    for (int b = 0; b < p->limit; b++) {
        if (value >= 0 && p->held[b] == value) {
            return b;
        }
    }
    return -1;
}

/* A buffer whose value nobody needs from draft AFTER + 1 on, other than those in the set TAKEN; -1:
 * none. */
static int idle_buffer(const placer *p, int after, unsigned taken)
{
    for (int b = 0; b < p->limit; b++) {
        if ((taken >> b & 1U) == 0 && (p->held[b] < 0 || next_use(p, p->held[b], after) == FAR)) {
            return b;
        }
    }
    return -1;
}

/* Saves the value that is needed last, and gives its buffer; -1: all are taken. */
static int vacate(placer *p, int after, unsigned taken)
{
    int best = -1;
    int latest = -1;
    for (int b = 0; b < p->limit && p->make_room; b++) {
        const int use = (taken >> b & 1U) != 0 ? -1 : next_use(p, p->held[b], after);
        if (use > latest) {
            latest = use;
            best = b;
        }
    }
    if (best >= 0 && p->slot_of[p->held[best]] < 0) {
        const bs_cuda_operation save = {
            .kind = BS_CUDA_SAVE, .input = best, .output = p->slots, .skip = -1, .factor = 1.0F};
        p->slot_of[p->held[best]] = p->slots++;
        emit(p, &save);
    }
    return best;
}

static unsigned bit(int buffer)
{
    return buffer < 0 ? 0U : 1U << buffer;
}

/* Sees to it that draft INDEX finds VALUE in a buffer, which joins TAKEN. False: there is no room.
 */
static bool bring(placer *p, int value, int index, unsigned *taken, int *buffer)
{
    *buffer = buffer_of(p, value);
    if (*buffer < 0) {
        int to = idle_buffer(p, index - 1, *taken);
        to = to < 0 ? vacate(p, index - 1, *taken) : to;
        if (to < 0 || p->slot_of[value] < 0) {
            return false;
        }
        const bs_cuda_operation fetch = {.kind = BS_CUDA_FETCH,
                                         .input = p->slot_of[value],
                                         .output = to,
                                         .skip = -1,
                                         .factor = 1.0F};
        emit(p, &fetch);
        p->held[to] = value;
        *buffer = to;
    }
    *taken |= bit(*buffer);
    return true;
}

/* The buffer for the result of draft INDEX, whose operands are in the buffers of OP. An operand's
 * own, if that is its last use: of a skip, and of whatever a warp reads of its own place only; a
 * convolution's input only when nothing else is idle, since all warps must have read it. */
static int choose_output(placer *p, int index, bs_cuda_operation *op)
{
    const bs_cuda_draft *draft = &p->program->drafts[index];
    const unsigned taken = bit(op->input) | bit(op->skip);
    const bool own = op->kind == BS_CUDA_LOAD;
    if (op->skip >= 0 && op->skip != op->input &&
        (draft->skip == draft->output || next_use(p, draft->skip, index) == FAR)) {
        return op->skip;
    }
    const bool last = draft->input >= 0 && next_use(p, draft->input, index) == FAR;
    if (own && last) {
        return op->input;
    }
    const int idle = idle_buffer(p, index, taken);
    if (idle >= 0) {
        return idle;
    }
    if (last && op->skip != op->input) {
        op->flags |= BS_CUDA_IN_PLACE;
        return op->input;
    }
    return vacate(p, index, taken);
}

static int new_slot(placer *p, int value)
{
    p->next_slot_of[value] = p->next_slots;
    return p->next_slots++;
}

/* Emits draft INDEX and what it needs before it. False: there is no room. */
static bool place_draft(placer *p, int index)
{
    bs_cuda_draft *draft = &p->program->drafts[index];
    bs_cuda_operation op = draft->operation;
    unsigned taken = 0;
    op.input = -1;
    if (draft->input >= 0 && !bring(p, draft->input, index, &taken, &op.input)) {
        return false;
    }
    if (draft->skip >= 0 && !bring(p, draft->skip, index, &taken, &op.skip)) {
        return false;
    }
    if (op.kind == BS_CUDA_STRIDE || op.kind == BS_CUDA_PAD) {
        op.output = new_slot(p, draft->output);
        emit(p, &op);
        return true;
    }
    if (draft->output < 0) {
        emit(p, &op);
        return true;
    }
    if ((op.flags & BS_CUDA_ACCUMULATE) != 0) {
        if (!bring(p, draft->output, index, &taken, &op.output)) {
            return false;
        }
    } else {
        op.output = choose_output(p, index, &op);
        if (op.output < 0) {
            return false;
        }
    }
    const int old = buffer_of(p, draft->output);
    if (old >= 0) {
        p->held[old] = -1;
    }
    p->held[op.output] = draft->output;
    p->slot_of[draft->output] = -1;
    emit(p, &op);
    return true;
}

/* The drafts of the stage, with the buffers that P allows. */
static bool try_stage(placer *p)
{
    for (int b = 0; b < BS_CUDA_BUFFERS; b++) {
        p->held[b] = -1;
    }
    for (int i = 0; i < p->program->draft_count; i++) {
        if (p->program->drafts[i].stage == p->stage && !place_draft(p, i)) {
            return false;
        }
    }
    return true;
}

/* SLOTS: those that the stage before has filled, by SLOT_OF. */
static bool place_stage(placer *p, size_t shared_bytes, const int *entering, int slots)
{
    const int layers = p->program->network->layer_count;
    const int start = p->program->operation_count;
    for (int attempt = 0; attempt < 2 * (BS_CUDA_BUFFERS - 1); attempt++) {
        p->limit = 2 + attempt % (BS_CUDA_BUFFERS - 1);
        p->make_room = attempt >= BS_CUDA_BUFFERS - 1;
        p->slots = slots;
        p->next_slots = 0;
        p->program->operation_count = start;
        for (int i = 0; i < layers; i++) {
            p->slot_of[i] = entering[i];
            p->next_slot_of[i] = -1;
        }
        if (bs_cuda_stage_bytes(p->stage, p->limit) <= shared_bytes && try_stage(p)) {
            p->program->buffers[p->stage] = p->limit;
            p->program->slots[p->stage] = p->slots;
            return true;
        }
    }
    return false;
}

static bool place_stages(placer *p, size_t shared_bytes, int *entering)
{
    int slots = 0;
    for (p->stage = 0; p->stage < BS_CUDA_STAGES; p->stage++) {
        p->program->first[p->stage] = p->program->operation_count;
        if (!place_stage(p, shared_bytes, entering, slots)) {
            return false;
        }
        for (int i = 0; i < p->program->network->layer_count; i++) {
            entering[i] = p->next_slot_of[i];
        }
        slots = p->next_slots;
    }
    p->program->first[BS_CUDA_STAGES] = p->program->operation_count;
    return true;
}

/* Tells operations of the next convolution of stride 1 in their stage. */
static void look_ahead(bs_cuda_program *program)
{
    for (int stage = 0; stage < BS_CUDA_STAGES; stage++) {
        const bs_cuda_operation *next = NULL;
        for (int i = program->first[stage + 1] - 1; i >= program->first[stage]; i--) {
            bs_cuda_operation *op = &program->operations[i];
            op->ahead = next == NULL ? -1 : next->weights;
            op->ahead_group = next == NULL ? 0 : next->chunks * 3 * 64;
            next = op->kind == BS_CUDA_CONV ? op : next;
        }
    }
}

bs_status bs_cuda_program_place(bs_cuda_program *program, size_t shared_bytes, bool *fits)
{
    const size_t layers = (size_t)program->network->layer_count;
    placer p = {.program = program};
    bs_status status = BS_ERR_MEMORY;
    *fits = false;
    /* An operation brings at most three values, and each may send another away; its result, too. */
    const size_t most = 8 * (size_t)program->draft_count;
    program->operations = bs_alloc(most, sizeof *program->operations);
    p.slot_of = bs_alloc(layers, sizeof *p.slot_of);
    p.next_slot_of = bs_alloc(layers, sizeof *p.next_slot_of);
    int *entering = bs_alloc(layers, sizeof *entering);
    if (program->operations != NULL && p.slot_of != NULL && p.next_slot_of != NULL &&
        entering != NULL) {
        for (size_t i = 0; i < layers; i++) {
            entering[i] = -1;
        }
        *fits = place_stages(&p, shared_bytes, entering);
        status = BS_OK;
    }
    if (status == BS_OK && *fits) {
        look_ahead(program);
    } else {
        bs_free(program->operations);
        program->operations = NULL;
    }
    bs_free(p.slot_of);
    bs_free(p.next_slot_of);
    bs_free(entering);
    return status;
}
