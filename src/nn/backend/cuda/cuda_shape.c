/* The shapes of values, and the stages of drafts by them; what to say of those that have none. */
#include "blueshift/memory.h"
#include "cuda_program.h"

bs_status bs_cuda_refuse(const char *what)
{
    return BS_FAIL(BS_ERR_USAGE, "there is no CUDA kernel for %s yet; take --backend=auto", what);
}

int bs_cuda_stage_of(const bs_cuda_program *program, int value)
{
    const bs_layer *layer = &program->network->layers[value < 0 ? 0 : value];
    if (program->flat) {
        return BS_CUDA_STAGES - 1;
    }
    for (int i = 0; i < BS_CUDA_STAGES; i++) {
        if (layer->height == BS_CUDA_SHAPES[i].side && layer->width == layer->height) {
            return i;
        }
    }
    return -1;
}

int bs_cuda_channels_of(const bs_cuda_program *program, int value)
{
    const bs_layer *layer = &program->network->layers[value];
    if (program->flat) {
        return layer->channels * layer->height * layer->width;
    }
    return layer->kind == BS_LAYER_INPUT ? BS_CUDA_GROUP : layer->channels;
}

/* Takes note of the channels of VALUE, of STAGE: other than the stage's are only done by layers. */
static void note_channels(bs_cuda_program *program, int value, int stage)
{
    const int channels = value < 0 ? 0 : bs_cuda_channels_of(program, value);
    const int filled = BS_CUDA_GROUP * BS_CUDA_GROUPS(channels);
    program->channels = filled > program->channels ? filled : program->channels;
    program->by_layers =
        program->by_layers || (value >= 0 && channels != BS_CUDA_SHAPES[stage].channels);
}

/* The stage of each draft, by the value that it reads; and whether all shapes have one. */
static bs_status assign_stages(bs_cuda_program *program)
{
    program->channels = BS_CUDA_CHANNELS;
    for (int i = 0; i < program->draft_count; i++) {
        bs_cuda_draft *draft = &program->drafts[i];
        const int after = bs_cuda_stage_of(program, draft->output);
        draft->stage = bs_cuda_stage_of(program, draft->input);
        if (draft->stage < 0 || after < 0) {
            return bs_cuda_refuse("maps other than 32 x 32, 16 x 16 and 8 x 8");
        }
        note_channels(program, draft->input, draft->stage);
        note_channels(program, draft->output, after);
    }
    return BS_OK;
}

/* Sorts the drafts by stages, otherwise in their order. */
static bs_status sort_stages(bs_cuda_program *program)
{
    bs_cuda_draft *sorted = bs_alloc((size_t)program->draft_count, sizeof *sorted);
    if (sorted == NULL) {
        return BS_ERR_MEMORY;
    }
    int count = 0;
    for (int stage = 0; stage < BS_CUDA_STAGES; stage++) {
        for (int i = 0; i < program->draft_count; i++) {
            if (program->drafts[i].stage == stage) {
                sorted[count++] = program->drafts[i];
            }
        }
    }
    bs_free(program->drafts);
    program->drafts = sorted;
    return BS_OK;
}

bs_status bs_cuda_program_shape(bs_cuda_program *program)
{
    BS_TRY(assign_stages(program));
    return sort_stages(program);
}
