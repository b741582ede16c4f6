/* Sums of a convolution and a value of the stage before: the convolution adds the value itself. */
#include "cuda_program.h"

/* A convolution of stride 1 whose result, normalised at most, is stored as it is. */
static bool is_plain(const bs_cuda_draft *draft)
{
    const int other = BS_CUDA_ACTIVATE | BS_CUDA_ACCUMULATE | BS_CUDA_MEASURE_OUTPUT;
    return draft->operation.kind == BS_CUDA_CONV && draft->skip < 0 &&
           draft->operation.factor == 1.0F && (draft->operation.flags & other) == 0;
}

static bool touches(const bs_cuda_draft *draft, int value)
{
    return draft->input == value || draft->skip == value || draft->output == value;
}

/* The convolution whose result draft INDEX alone reads, as its skip; -1: none. */
static int convolution_before(const bs_cuda_program *program, int index)
{
    const bs_cuda_draft *sum = &program->drafts[index];
    const int value = sum->skip;
    int j = index - 1;
    if (sum->operation.kind != BS_CUDA_LOAD || sum->main.norm >= 0 || value < 0 ||
        sum->operation.skip_coefficient != 1.0F) {
        return -1;
    }
    while (j >= 0 && !touches(&program->drafts[j], value)) {
        j--;
    }
    for (int i = index + 1; i < program->draft_count && sum->output != value; i++) {
        if (touches(&program->drafts[i], value)) {
            return -1;
        }
    }
    return j >= 0 && program->drafts[j].output == value && is_plain(&program->drafts[j]) ? j : -1;
}

void bs_cuda_program_fold(bs_cuda_program *program)
{
    for (int i = 0; i < program->draft_count; i++) {
        const int from = convolution_before(program, i);
        if (from < 0) {
            continue;
        }
        const bs_cuda_draft sum = program->drafts[i];
        bs_cuda_draft both = program->drafts[from];
        both.skip = sum.input;
        both.operation.skip_coefficient = (float)sum.main.coefficient;
        both.operation.factor = sum.operation.factor;
        both.operation.flags |= sum.operation.flags;
        both.output = sum.output;
        program->drafts[i] = both;
        program->draft_count--;
        for (int j = from; j < program->draft_count; j++) {
            program->drafts[j] = program->drafts[j + 1];
        }
        i--;
    }
}
