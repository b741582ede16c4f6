/* Gives stored values their memory: few buffers, used again as soon as their value is dead.
 *
 * Why few: a group's values should stay in the second-level cache, and a buffer that was just read
 * is in it. Only values of one shape share a buffer, since the zeros around a map, which
 * convolutions read as padding, are written once, when the arena is allocated, and never again. */
#include "blueshift/memory.h"
#include "plan.h"

enum { ALIGN_FLOATS = BS_ALIGNMENT / (int)sizeof(float) };

/* When what is in a place lives, and what memory it needs. */
typedef struct life {
    int first, last; /* passes: the steps, then those of the backward half */
    int segment;     /* of the first */
    bool whole;
    bool halo;     /* a convolution looks over its edge */
    bool packed;   /* a linear layer reads it as one vector */
    bool finished; /* a finish or a pool reads it */
} life;

typedef struct placer {
    bs_plan *plan;
    life *lives;  /* [place_count] */
    int *holders; /* [buffer_count]: the place in the buffer; -1: free */
} placer;

/* The segment of a pass; those of the backward half come after the others. */
static int segment_of(const bs_plan *plan, int pass)
{
    return pass < plan->step_count
               ? plan->steps[pass].segment
               : plan->segment_count + plan->reverses[pass - plan->step_count].segment;
}

static void touch(placer *place, int where, int pass)
{
    life *l = &place->lives[where];
    if (l->first < 0) {
        l->first = pass;
        l->segment = segment_of(place->plan, pass);
    }
    l->last = pass;
    l->whole = l->whole || segment_of(place->plan, pass) != l->segment;
}

/* Images that a pass takes at a time. */
static int group_of(const bs_plan *plan, int pass)
{
    return pass < plan->step_count
               ? plan->groups[plan->steps[pass].segment]
               : plan->reverse_groups[plan->reverses[pass - plan->step_count].segment];
}

/* What a pass of the backward half reads of the forward one, and writes. */
static void touch_reverse(placer *place, int index)
{
    const bs_plan *plan = place->plan;
    const bs_reverse *reverse = &plan->reverses[index];
    const bs_step *step = &plan->steps[reverse->step];
    int pass = plan->step_count + index;
    bool padded = reverse->kind == BS_REVERSE_CONV && plan->network->layers[step->layer].kernel > 1;
    const int places[] = {reverse->from, reverse->to, reverse->spread};
    for (int i = 0; i < 3; i++) {
        if (places[i] >= 0) {
            touch(place, places[i], pass);
        }
    }
    if (padded) {
        place->lives[reverse->spread >= 0 ? reverse->spread : reverse->from].halo = true;
    }
    if (reverse->kind == BS_REVERSE_DENSE && reverse->to >= 0) {
        place->lives[reverse->to].packed = true;
    }
    if (reverse->kind == BS_REVERSE_BEND || reverse->kind == BS_REVERSE_OPERAND) {
        if (step->kind == BS_STEP_POINTWISE) {
            touch(place, step->main.value, pass);
        }
        if (step->has_skip) {
            touch(place, step->skip.value, pass);
        }
    } else if (step->input >= 0) {
        touch(place, step->input, pass);
    }
}

static void find_lives(placer *place)
{
    const bs_plan *plan = place->plan;
    for (int i = 0; i < plan->place_count; i++) {
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
    for (int i = 0; i < plan->reverse_count; i++) {
        touch_reverse(place, i);
    }
}

static size_t round_up(size_t value, size_t multiple)
{
    return (value + multiple - 1) / multiple * multiple;
}

/* The layer whose value has the shape of what is in place WHERE. */
static int shape_layer(const bs_plan *plan, int where)
{
    int layers = plan->network->layer_count;
    if (where < 2 * layers) {
        return where % layers;
    }
    int step = where - 2 * layers;
    bool spread = step >= plan->step_count;
    return spread ? plan->steps[step - plan->step_count].input : plan->steps[step].output;
}

static bs_buffer shape_of(const placer *place, int where)
{
    const bs_plan *plan = place->plan;
    const bs_layer *layer = &plan->network->layers[shape_layer(plan, where)];
    const life *l = &place->lives[where];
    bs_buffer buffer = {.channels = bs_plan_channels(layer),
                        .height = layer->height,
                        .width = layer->width,
                        .halo = l->halo ? 1 : 0,
                        .spread = where >= bs_plan_spread(plan, 0),
                        .whole = l->whole};
    if (buffer.spread) {
        int step = where - bs_plan_spread(plan, 0);
        buffer.channels = bs_plan_channels(&plan->network->layers[plan->steps[step].layer]);
    }
    size_t halo = 2 * (size_t)buffer.halo;
    buffer.row = ((size_t)buffer.width + halo) * (size_t)buffer.channels;
    buffer.image = round_up(((size_t)buffer.height + halo) * buffer.row, ALIGN_FLOATS);
    return buffer;
}

static bool same_shape(const bs_buffer *a, const bs_buffer *b)
{
    return a->channels == b->channels && a->height == b->height && a->width == b->width &&
           a->halo == b->halo && a->spread == b->spread && a->whole == b->whole;
}

/* Takes the most recently freed buffer of the value's shape, which is likely in cache, or a new
 * one. */
static void take_buffer(placer *place, int where)
{
    bs_plan *plan = place->plan;
    bs_buffer shape = shape_of(place, where);
    int found = plan->buffer_count;
    for (int b = 0; b < plan->buffer_count; b++) {
        if (place->holders[b] < 0 && same_shape(&plan->buffers[b], &shape)) {
            found = b;
        }
    }
    if (found == plan->buffer_count) {
        plan->buffers[plan->buffer_count++] = shape;
    }
    place->holders[found] = where;
    plan->buffer_of[where] = found;
    for (int pass = place->lives[where].first; pass <= place->lives[where].last; pass++) {
        int group = group_of(plan, pass);
        int *images = &plan->buffers[found].images;
        *images = group > *images ? group : *images;
    }
}

/* Frees buffers whose value was last touched by PASS, but for KEPT. */
static void release_buffers(placer *place, int pass, const int kept[2])
{
    for (int b = 0; b < place->plan->buffer_count; b++) {
        int where = place->holders[b];
        bool dies = where >= 0 && place->lives[where].last == pass;
        if (dies && where != kept[0] && where != kept[1]) {
            place->holders[b] = -1;
        }
    }
}

/* Vector loops take whole vectors of channels, pixel tiles of 16 or of two rows of 8, and a linear
 * layer's input without gaps. */
static bs_status check_value(const placer *place, int where)
{
    int value = shape_layer(place->plan, where);
    const bs_layer *layer = &place->plan->network->layers[value];
    const life *l = &place->lives[where];
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

static bs_status place_one(placer *place, int where)
{
    if (where >= 0 && place->plan->buffer_of[where] < 0) {
        BS_TRY(check_value(place, where));
        take_buffer(place, where);
    }
    return BS_OK;
}

/* A finish reads and writes one element at a time, so its operands' memory may become its output:
 * it is free before the output is placed. Whatever else reads its input at other places than it
 * writes. */
static bs_status place_values(placer *place)
{
    static const int none[2] = {-1, -1};
    const bs_plan *plan = place->plan;
    for (int s = 0; s < plan->step_count; s++) {
        const bs_step *step = &plan->steps[s];
        const int kept[2] = {step->output, step->input};
        const int output[2] = {step->output, -1};
        release_buffers(place, s, kept);
        BS_TRY(place_one(place, step->output));
        release_buffers(place, s, output);
    }
    for (int i = 0; i < plan->reverse_count; i++) {
        BS_TRY(place_one(place, plan->reverses[i].spread));
        BS_TRY(place_one(place, plan->reverses[i].to));
        release_buffers(place, plan->step_count + i, none);
    }
    return BS_OK;
}

/* The places of buffers in the arena. Whole buffers hold full groups, so that steps over a group
 * need no special case for the last one. */
static void lay_out(bs_plan *plan, int max_images)
{
    for (int b = 0; b < plan->buffer_count; b++) {
        bs_buffer *buffer = &plan->buffers[b];
        size_t halo = (size_t)buffer->halo;
        size_t group = (size_t)buffer->images;
        size_t images = buffer->whole ? round_up((size_t)max_images, group) : group;
        buffer->first = plan->arena_size + halo * buffer->row + halo * (size_t)buffer->channels;
        plan->arena_size += images * buffer->image;
    }
}

bs_status bs_plan_allocate(bs_plan *plan, int max_images)
{
    plan->place_count =
        plan->trained ? bs_plan_spread(plan, plan->step_count) : plan->network->layer_count;
    size_t places = (size_t)plan->place_count;
    placer place = {.plan = plan};
    bs_status status = BS_ERR_MEMORY;
    plan->buffers = bs_alloc(places, sizeof *plan->buffers);
    plan->buffer_of = bs_alloc(places, sizeof *plan->buffer_of);
    place.lives = bs_alloc(places, sizeof *place.lives);
    place.holders = bs_alloc(places, sizeof *place.holders);
    if (plan->buffers != NULL && plan->buffer_of != NULL && place.lives != NULL &&
        place.holders != NULL) {
        for (size_t i = 0; i < places; i++) {
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
