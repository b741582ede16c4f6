/* Prints a plan: what its passes do, and how much memory they take. */
#include <string.h>

#include "fused.h"

#define WORDS(kind, words) words,
static const char *const kind_names[] = {BS_STEP_KINDS(WORDS)};
#undef WORDS

/* The name of the layer whose weights a step multiplies by: its tensor's up to the last dot. */
static void print_layer(const bs_fused *state, const bs_step *step, FILE *out)
{
    const bs_layer *layer = &state->network->layers[step->layer];
    const char *name = state->network->parameters[layer->weight].name;
    const char *end = strrchr(name, '.');
    fprintf(out, " by %.*s", (int)(end == NULL ? strlen(name) : (size_t)(end - name)), name);
}

static void print_operand(const bs_operand *operand, FILE *out)
{
    if (operand->coefficient != 1.0) {
        fprintf(out, " %g *", operand->coefficient);
    }
    if (operand->norm >= 0) {
        fprintf(out, " norm");
    }
}

/* What happens to a result on its way from the registers to memory. */
static void print_finish(const bs_step *step, FILE *out)
{
    fprintf(out, ";");
    print_operand(&step->main, out);
    if (step->has_skip) {
        fprintf(out, " +");
        print_operand(&step->skip, out);
        fprintf(out, " %d", step->skip.value);
    }
    if (step->activate) {
        fprintf(out, ", activate");
    }
    if (step->factor != 1.0) {
        fprintf(out, ", times %g", step->factor);
    }
    if (step->accumulate) {
        fprintf(out, ", add to what is there");
    }
}

static void print_step(const bs_fused *state, int index, FILE *out)
{
    const bs_step *step = &state->plan->steps[index];
    int from = step->kind == BS_STEP_POINTWISE ? step->main.value : step->input;
    fprintf(out, "  %3d: %s", index, kind_names[step->kind]);
    if (from >= 0) {
        fprintf(out, " %d", from);
    }
    if (step->kind == BS_STEP_CONV || step->kind == BS_STEP_DENSE || step->kind == BS_STEP_HEAD) {
        print_layer(state, step, out);
        fprintf(out, "%s", state->steps[index].winograd ? ", Winograd" : "");
    }
    if (step->kind == BS_STEP_CONV || step->kind == BS_STEP_DENSE ||
        step->kind == BS_STEP_POINTWISE) {
        print_finish(step, out);
    }
    if (step->output >= 0) {
        const bs_layer *shape = &state->network->layers[step->output];
        fprintf(out, " -> %d [%d x %d x %d]", step->output, shape->height, shape->width,
                shape->channels);
    }
    fprintf(out, "%s%s\n", step->moments ? ", measured" : "",
            state->steps[index].made_here ? ", rows at a time as the next pass reads them" : "");
}

static void print_segment(const bs_plan *plan, int segment, FILE *out)
{
    int group = plan->groups[segment];
    const char *why = segment == 0  ? ""
                      : plan->batch ? "the statistics of all images are known: "
                                    : "smaller maps: ";
    fprintf(out, "  ---- %s%d image%s at a time\n", why, group, group == 1 ? "" : "s");
}

void bs_fused_print_plan(const void *opaque, FILE *out)
{
    const bs_fused *state = opaque;
    const bs_plan *plan = state->plan;
    const double mebibyte = 1048576.0;
    fprintf(out, "plan: %d passes in %d segment%s, %.1f MiB of values in %d buffers\n",
            plan->step_count, plan->segment_count, plan->segment_count == 1 ? "" : "s",
            (double)(plan->arena_size * sizeof(float)) / mebibyte, plan->buffer_count);
    for (int s = 0; s < plan->step_count; s++) {
        if (s == 0 || plan->steps[s].segment != plan->steps[s - 1].segment) {
            print_segment(plan, plan->steps[s].segment, out);
        }
        print_step(state, s, out);
    }
}
