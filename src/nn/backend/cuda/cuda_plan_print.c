/* Plans in words. */
#include <stdio.h>

#include "cuda_plan_state.h"

static void print_operation(const bs_cuda_operation *op, FILE *out)
{
    static const char *const names[] = {
        "fetch", "save", "read the image", "convolve", "convolve, stride 2",
        "read",  "pad",  "give logits",    "look at",  "multiply"};
    fprintf(out, "  %s %d -> %d", names[op->kind], op->input, op->output);
    if (op->skip >= 0) {
        fprintf(out, " + %g * %d", (double)op->skip_coefficient, op->skip);
    }
    fprintf(out, "%s%s%s%s%s\n", (op->flags & BS_CUDA_MEASURE_RESULT) != 0 ? ", moments" : "",
            (op->flags & BS_CUDA_NORMALISE) != 0 ? ", norm" : "",
            (op->flags & BS_CUDA_ACTIVATE) != 0 ? ", activation" : "",
            (op->flags & BS_CUDA_ACCUMULATE) != 0 ? ", added to what is there" : "",
            (op->flags & BS_CUDA_MEASURE_OUTPUT) != 0 ? ", moments of the output" : "");
}

static void print_stages(const bs_cuda_program *program, FILE *out)
{
    for (int stage = 0; stage < BS_CUDA_STAGES; stage++) {
        const bs_cuda_shape *shape = &BS_CUDA_SHAPES[stage];
        fprintf(out, "stage %d (%d x %d, %d channels): %d images a block, %d values of them\n",
                stage + 1, shape->side, shape->side, shape->channels, shape->images,
                program->buffers[stage]);
        for (int i = program->first[stage]; i < program->first[stage + 1]; i++) {
            print_operation(&program->operations[i], out);
        }
    }
}

void bs_cuda_plan_print(const bs_cuda_plan *plan, FILE *out)
{
    const bs_cuda_program *program = plan->program;
    if (!program->by_layers) {
        print_stages(program, out);
        return;
    }
    fprintf(out, "layer by layer through global memory, %d values of an image:\n",
            program->slot_count);
    for (int i = 0; i < program->operation_count; i++) {
        print_operation(&program->operations[i], out);
    }
}
