/* Gives the values of programs that run by layers their slots in global memory.
 *
 * A slot is a value's until nobody needs it, then another's of the same shape, so that what lies
 * beside the pictures stays zero. An operation never writes where it reads other pixels, since its
 * result has a slot before those of its operands are free. */
#include "blueshift/memory.h"
#include "cuda_program.h"

typedef struct placer {
    bs_cuda_program *program;
    int *slot_of; /* [layer_count]; -1: none */
    int *held;    /* [slot]: whether it is taken */
} placer;

/* Whether VALUE is read after draft INDEX, before it is written anew. */
static bool is_needed(const bs_cuda_program *program, int value, int index)
{
    for (int i = index + 1; i < program->draft_count; i++) {
        if (bs_cuda_reads(&program->drafts[i], value)) {
            return true;
        }
        if (program->drafts[i].output == value) {
            return false;
        }
    }
    return false;
}

/* A slot for a value of the shape of VALUE. */
static int take_slot(placer *p, int value)
{
    bs_cuda_program *program = p->program;
    const int stage = bs_cuda_stage_of(program, value);
    const int groups = BS_CUDA_GROUPS(bs_cuda_channels_of(program, value));
    int slot = 0;
    while (slot < program->slot_count &&
           (p->held[slot] != 0 || program->slot_table[slot].stage != stage ||
            program->slot_table[slot].groups != groups)) {
        slot++;
    }
    if (slot == program->slot_count) {
        program->slot_table[slot] =
            (bs_cuda_slot){.stage = stage, .groups = groups, .first = program->picture_bytes};
        program->picture_bytes +=
            (size_t)groups * (size_t)bs_cuda_group_bytes(BS_CUDA_SHAPES[stage].side);
        program->slot_count++;
    }
    p->held[slot] = 1;
    return slot;
}

static void leave(placer *p, int value, int index)
{
    if (value >= 0 && p->slot_of[value] >= 0 && !is_needed(p->program, value, index)) {
        p->held[p->slot_of[value]] = 0;
        p->slot_of[value] = -1;
    }
}

static void place_draft(placer *p, int index)
{
    bs_cuda_draft *draft = &p->program->drafts[index];
    bs_cuda_operation *op = &p->program->operations[index];
    *op = draft->operation;
    op->input = draft->input < 0 ? -1 : p->slot_of[draft->input];
    op->skip = draft->skip < 0 ? -1 : p->slot_of[draft->skip];
    if (draft->output >= 0 && p->slot_of[draft->output] < 0) {
        p->slot_of[draft->output] = take_slot(p, draft->output);
    }
    op->output = draft->output < 0 ? -1 : p->slot_of[draft->output];
    if ((op->flags & BS_CUDA_MEASURE_RESULT) != 0) {
        draft->raw = take_slot(p, draft->output);
        p->held[draft->raw] = 0;
    }
    leave(p, draft->input, index);
    leave(p, draft->skip, index);
    leave(p, draft->output, index);
}

bs_status bs_cuda_program_place_layers(bs_cuda_program *program)
{
    const size_t layers = (size_t)program->network->layer_count;
    const size_t drafts = (size_t)program->draft_count;
    placer p = {.program = program};
    bs_status status = BS_ERR_MEMORY;
    program->operations = bs_alloc(drafts, sizeof *program->operations);
    program->slot_table = bs_alloc(2 * drafts, sizeof *program->slot_table);
    p.slot_of = bs_alloc(layers, sizeof *p.slot_of);
    p.held = bs_alloc(2 * drafts, sizeof *p.held);
    if (program->operations != NULL && program->slot_table != NULL && p.slot_of != NULL &&
        p.held != NULL) {
        for (size_t i = 0; i < layers; i++) {
            p.slot_of[i] = -1;
        }
        for (int i = 0; i < program->draft_count; i++) {
            place_draft(&p, i);
        }
        program->operation_count = program->draft_count;
        status = BS_OK;
    }
    bs_free(p.slot_of);
    bs_free(p.held);
    return status;
}
