/* Cuts a plan into segments, and chooses how many images go through a segment at a time.
 *
 * All images run through a segment before the next begins. Batch statistics cut wherever those of
 * all images must be known. With given statistics a group of images could stay in the cache from
 * the image to the logits, but for the filters, which grow as maps become smaller: at 64 channels a
 * layer's transformed filters are larger than the maps of all images of a group, and come from the
 * third-level cache for each group. A cut where maps become smaller lets more of the small ones
 * share them, for a map an image that is written and read once more. */
#include <string.h>
#include <unistd.h>

#include "blueshift/memory.h"
#include "plan.h"

/* Dense layers read all their weights for every tile, so they want many images; and whatever is
 * done to values of one pixel takes whole tiles of images. */
enum { DENSE_GROUP = 64, CONV_GROUP_MIN = 8, CONV_GROUP_MAX = 32, CACHE_BYTES = 1 << 20 };

/* Pixels of the images that share filters too large for a cache. */
enum { SHARING_PIXELS = 512 };

/* The value whose statistics a norm layer needs. */
static int measured_value(const bs_network *network, int norm)
{
    return network->layers[norm].inputs[0];
}

static bool needs(const bs_network *network, const bs_operand *operand, const bool *fresh)
{
    return operand->norm >= 0 && fresh[measured_value(network, operand->norm)];
}

/* Marks the steps after which a value is measured. */
static void mark_measured(bs_plan *plan)
{
    const bs_network *network = plan->network;
    for (int i = 0; i < network->layer_count; i++) {
        int last = plan->step_count;
        while (network->layers[i].kind == BS_LAYER_NORM && last-- > 0) {
            if (plan->steps[last].output == measured_value(network, i)) {
                plan->steps[last].moments = true;
                break;
            }
        }
    }
}

/* A new segment before a step that needs statistics measured in the segment it would stand in.
 * FRESH [layer_count]: false. Returns the number of segments. */
static int cut_at_statistics(bs_plan *plan, bool *fresh)
{
    const bs_network *network = plan->network;
    int segment = 0;
    for (int s = 0; s < plan->step_count; s++) {
        bs_step *step = &plan->steps[s];
        if (needs(network, &step->main, fresh) ||
            (step->has_skip && needs(network, &step->skip, fresh))) {
            segment++;
            for (int i = 0; i < network->layer_count; i++) {
                fresh[i] = false;
            }
        }
        step->segment = segment;
        if (step->moments) {
            fresh[step->output] = true;
        }
    }
    return segment + 1;
}

/* The first segment that can read OPERAND, when values are made in the segments MADE_IN. */
static int readable_in(const bs_network *network, const bs_operand *operand, const int *made_in)
{
    int made = made_in[operand->value];
    int measured = operand->norm < 0 ? -1 : made_in[measured_value(network, operand->norm)];
    return measured + 1 > made ? measured + 1 : made;
}

/* Every step into the first segment that can run it, in place: several paths from one value go
 * through a segment together, and the value is read once. MADE_IN [layer_count]: 0. Returns the
 * number of segments. */
static int move_to_first_segments(bs_plan *plan, int *made_in, bs_step *sorted)
{
    int count = 0;
    int taken = 0;
    for (int s = 0; s < plan->step_count; s++) {
        bs_step *step = &plan->steps[s];
        int segment = step->input < 0 ? 0 : made_in[step->input];
        int operands[] = {
            step->kind == BS_STEP_POINTWISE ? readable_in(plan->network, &step->main, made_in) : 0,
            step->has_skip ? readable_in(plan->network, &step->skip, made_in) : 0,
            step->output < 0 ? 0 : made_in[step->output]};
        for (int i = 0; i < 3; i++) {
            segment = operands[i] > segment ? operands[i] : segment;
        }
        step->segment = segment;
        count = segment + 1 > count ? segment + 1 : count;
        if (step->output >= 0) {
            made_in[step->output] = segment;
        }
    }
    for (int segment = 0; segment < count; segment++) {
        for (int s = 0; s < plan->step_count; s++) {
            if (plan->steps[s].segment == segment) {
                sorted[taken++] = plan->steps[s];
            }
        }
    }
    memcpy(plan->steps, sorted, (size_t)taken * sizeof *sorted);
    return count;
}

static bs_status sort_steps(bs_plan *plan)
{
    int *made_in = bs_alloc((size_t)plan->network->layer_count, sizeof *made_in);
    bs_step *sorted = bs_alloc((size_t)plan->step_count, sizeof *sorted);
    bs_status status = made_in == NULL || sorted == NULL ? BS_ERR_MEMORY : BS_OK;
    if (status == BS_OK) {
        plan->segment_count = move_to_first_segments(plan, made_in, sorted);
    }
    bs_free(made_in);
    bs_free(sorted);
    return status;
}

static int pixels_of(const bs_network *network, int value)
{
    return value < 0 ? 1 : network->layers[value].height * network->layers[value].width;
}

/* A new segment before a step whose result has fewer pixels than all before, but more than one. A
 * plan that trains has one segment in both of its halves. */
static int cut_at_resolutions(bs_plan *plan)
{
    int segment = 0;
    int fewest = 0;
    for (int s = 0; s < plan->step_count; s++) {
        int pixels = pixels_of(plan->network, plan->steps[s].output);
        if (pixels > 1 && pixels < fewest && !plan->trained) {
            segment++;
        }
        fewest = pixels > 1 && (fewest == 0 || pixels < fewest) ? pixels : fewest;
        plan->steps[s].segment = segment;
    }
    return segment + 1;
}

static size_t cache_bytes(void)
{
    long bytes = sysconf(_SC_LEVEL2_CACHE_SIZE);
    return bytes > 0 ? (size_t)bytes : CACHE_BYTES;
}

/* Winograd's filters are up to four times as large as those that they are made of. */
int bs_plan_conv_group(const bs_network *network, int layer)
{
    const bs_layer *conv = &network->layers[layer];
    size_t filters = 4 * sizeof(float) * network->parameters[conv->weight].count;
    int images = SHARING_PIXELS / (conv->height * conv->width);
    return filters <= cache_bytes() / 2 || images < 1 ? 1 : images;
}

/* Images at a time, so that two or three maps each fill half of the second-level cache. With batch
 * statistics one: a layer's filters stay in the cache over all images, and the other half is for
 * the next image, which is far away; unless they are too large for that. Values do not depend on
 * it. */
static int choose_group(const bs_plan *plan, int segment)
{
    const bs_network *network = plan->network;
    size_t largest = 1;
    int shared = 1;
    bool dense = false;
    for (int i = 0; i + 1 < network->layer_count; i++) {
        const bs_layer *layer = &network->layers[i];
        dense = dense || (layer->kind != BS_LAYER_POOL && layer->height * layer->width == 1);
    }
    for (int s = 0; s < plan->step_count; s++) {
        int value = plan->steps[s].output;
        if (plan->steps[s].segment != segment) {
            continue;
        }
        if (plan->steps[s].kind == BS_STEP_CONV) {
            int wanted = bs_plan_conv_group(network, plan->steps[s].layer);
            shared = wanted > shared ? wanted : shared;
        }
        if (value >= 0) {
            size_t size = sizeof(float) * (size_t)bs_plan_channels(&network->layers[value]) *
                          (size_t)pixels_of(network, value);
            largest = size > largest ? size : largest;
        }
    }
    size_t group = cache_bytes() / (6 * largest);
    if (dense || plan->batch) {
        return dense ? DENSE_GROUP : shared;
    }
    return group < CONV_GROUP_MIN   ? CONV_GROUP_MIN
           : group > CONV_GROUP_MAX ? CONV_GROUP_MAX
                                    : (int)group;
}

static bs_status cut_batch(bs_plan *plan, bool early)
{
    mark_measured(plan);
    if (early) {
        return sort_steps(plan);
    }
    bool *fresh = bs_alloc((size_t)plan->network->layer_count, sizeof *fresh);
    if (fresh == NULL) {
        return BS_ERR_MEMORY;
    }
    plan->segment_count = cut_at_statistics(plan, fresh);
    bs_free(fresh);
    return BS_OK;
}

bs_status bs_plan_cut(bs_plan *plan, bool early)
{
    if (plan->batch) {
        BS_TRY(cut_batch(plan, early));
    } else {
        plan->segment_count = cut_at_resolutions(plan);
    }
    plan->starts = bs_alloc((size_t)plan->segment_count + 1, sizeof *plan->starts);
    plan->groups = bs_alloc((size_t)plan->segment_count, sizeof *plan->groups);
    if (plan->starts == NULL || plan->groups == NULL) {
        return BS_ERR_MEMORY;
    }
    for (int s = 0; s < plan->step_count; s++) {
        plan->starts[plan->steps[s].segment + 1] = s + 1;
    }
    for (int segment = 0; segment < plan->segment_count; segment++) {
        plan->groups[segment] = choose_group(plan, segment);
    }
    return BS_OK;
}
