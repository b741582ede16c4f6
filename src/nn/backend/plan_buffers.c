/* Gives stored values their memory: few buffers, used again as soon as their value is dead.
 *
 * Why few: a group's values should stay in the second-level cache, and a buffer that was just read
 * is in it. Only values of one shape share a buffer, since the zeros around a map, which
 * convolutions read as padding, are written once, when the arena is allocated, and never again. */
#include "blueshift/memory.h"
#include "plan.h"

enum { ALIGN_FLOATS = BS_ALIGNMENT / (int)sizeof(float) };

/* When a stored value lives, and what memory it needs. */
typedef struct life {
    int first, last; /* steps */
    bool whole;
    bool halo;     /* a convolution looks over its edge */
    bool packed;   /* a linear layer reads it as one vector */
    bool finished; /* a finish or a pool reads it */
} life;

typedef struct placer {
    bs_plan *plan;
    life *lives;  /* [layer_count] */
    int *holders; /* [buffer_count]: the value in the buffer; -1: free */
} placer;

static void touch(placer *place, int value, int step)
{
    life *l = &place->lives[value];
    const bs_step *steps = place->plan->steps;
    if (l->first < 0) {
        l->first = step;
    }
    l->last = step;
    l->whole = l->whole || steps[step].segment != steps[l->first].segment;
}

static void find_lives(placer *place)
{
    const bs_plan *plan = place->plan;
    for (int i = 0; i < plan->network->layer_count; i++) {
        place->lives[i] = (life){.first = -1, .last = -1};
    }
    for (int s = 0; s < plan->step_count; s++) {
        const bs_step *step = &plan->steps[s];
        if (step->kind == BS_STEP_POINTWISE) {
            touch(place, step->main.value, s);
            place->lives[step->main.value].finished = true;
        }
        if (step->has_skip) {
            touch(place, step->skip.value, s);
            place->lives[step->skip.value].finished = true;
        }
        if (step->input >= 0) {
            life *input = &place->lives[step->input];
            touch(place, step->input, s);
            input->halo = input->halo || (step->kind == BS_STEP_CONV &&
                                          plan->network->layers[step->layer].kernel > 1);
            input->packed = input->packed || step->kind == BS_STEP_DENSE;
            input->finished = input->finished || step->kind == BS_STEP_POOL;
        }
        if (step->output >= 0) {
            touch(place, step->output, s);
        }
    }
}

static size_t round_up(size_t value, size_t multiple)
{
    return (value + multiple - 1) / multiple * multiple;
}

static bs_buffer shape_of(const placer *place, int value)
{
    const bs_layer *layer = &place->plan->network->layers[value];
    const life *l = &place->lives[value];
    bs_buffer buffer = {.channels = bs_plan_channels(layer),
                        .height = layer->height,
                        .width = layer->width,
                        .halo = l->halo ? 1 : 0,
                        .whole = l->whole};
    size_t halo = 2 * (size_t)buffer.halo;
    buffer.row = ((size_t)buffer.width + halo) * (size_t)buffer.channels;
    buffer.image = round_up(((size_t)buffer.height + halo) * buffer.row, ALIGN_FLOATS);
    return buffer;
}

static bool same_shape(const bs_buffer *a, const bs_buffer *b)
{
    return a->channels == b->channels && a->height == b->height && a->width == b->width &&
           a->halo == b->halo && a->whole == b->whole;
}

/* Takes the most recently freed buffer of the value's shape, which is likely in cache, or a new
 * one. */
static void take_buffer(placer *place, int value)
{
    bs_plan *plan = place->plan;
    bs_buffer shape = shape_of(place, value);
    int found = plan->buffer_count;
    for (int b = 0; b < plan->buffer_count; b++) {
        if (place->holders[b] < 0 && same_shape(&plan->buffers[b], &shape)) {
            found = b;
        }
    }
    if (found == plan->buffer_count) {
        plan->buffers[plan->buffer_count++] = shape;
    }
    place->holders[found] = value;
    plan->buffer_of[value] = found;
}

/* Frees buffers whose value was last touched by STEP. A finish reads and writes one element at a
 * time, so its operands' memory may become its output (BEFORE the output is placed); whatever
 * else reads its input at other places than it writes. */
static void release_buffers(placer *place, int step, bool before)
{
    const bs_step *s = &place->plan->steps[step];
    for (int b = 0; b < place->plan->buffer_count; b++) {
        int value = place->holders[b];
        bool dies = value >= 0 && value != s->output && place->lives[value].last == step;
        if (dies && (!before || value != s->input)) {
            place->holders[b] = -1;
        }
    }
}

/* Vector loops take whole vectors of channels, pixel tiles of 16 or of two rows of 8, and a linear
 * layer's input without gaps. */
static bs_status check_value(const placer *place, int value)
{
    const bs_layer *layer = &place->plan->network->layers[value];
    const life *l = &place->lives[value];
    bool image = layer->kind == BS_LAYER_INPUT;
    bool vectors = layer->channels % BS_PLAN_CHANNELS == 0 && layer->width % 8 == 0 &&
                   layer->height % 2 == 0 && (layer->width % 16 == 0 || layer->width == 8);
    bool point = layer->height * layer->width == 1;
    if ((l->halo && l->packed) || (image && l->finished) || !(vectors || point || image)) {
        return BS_FAIL(BS_ERR_INTERNAL,
                       "layer %d: the fast backends have no plan for a value of %d channels and "
                       "%d x %d pixels in its place; use the reference backend",
                       value, layer->channels, layer->height, layer->width);
    }
    return BS_OK;
}

static bs_status place_values(placer *place)
{
    const bs_plan *plan = place->plan;
    for (int s = 0; s < plan->step_count; s++) {
        int output = plan->steps[s].output;
        release_buffers(place, s, true);
        if (output >= 0 && plan->buffer_of[output] < 0) {
            BS_TRY(check_value(place, output));
            take_buffer(place, output);
        }
        release_buffers(place, s, false);
    }
    return BS_OK;
}

/* The places of buffers in the arena. Whole buffers hold full groups, so that steps over a group
 * need no special case for the last one. */
static void lay_out(bs_plan *plan, int max_images)
{
    size_t group = (size_t)plan->group;
    size_t whole = round_up((size_t)max_images, group);
    for (int b = 0; b < plan->buffer_count; b++) {
        bs_buffer *buffer = &plan->buffers[b];
        size_t halo = (size_t)buffer->halo;
        buffer->first = plan->arena_size + halo * buffer->row + halo * (size_t)buffer->channels;
        plan->arena_size += (buffer->whole ? whole : group) * buffer->image;
    }
}

bs_status bs_plan_allocate(bs_plan *plan, int max_images)
{
    size_t layers = (size_t)plan->network->layer_count;
    placer place = {.plan = plan};
    bs_status status = BS_ERR_MEMORY;
    plan->buffers = bs_alloc(layers, sizeof *plan->buffers);
    plan->buffer_of = bs_alloc(layers, sizeof *plan->buffer_of);
    place.lives = bs_alloc(layers, sizeof *place.lives);
    place.holders = bs_alloc(layers, sizeof *place.holders);
    if (plan->buffers != NULL && plan->buffer_of != NULL && place.lives != NULL &&
        place.holders != NULL) {
        for (size_t i = 0; i < layers; i++) {
            plan->buffer_of[i] = -1;
        }
        find_lives(&place);
        status = place_values(&place);
        lay_out(plan, max_images);
    }
    bs_free(place.lives);
    bs_free(place.holders);
    return status;
}
