/* Runs the passes of a plan's backward half over a group of images. */
#include <string.h>

#include "fused_train.h"

/* What a pass works on: pass INDEX of IMAGE of group G. */
typedef struct work {
    const bs_fused *state;
    const bs_fused_group *g;
    const bs_reverse *reverse;
    const bs_step *step;
    const bs_fused_reverse *mine;
} work;

static bs_map map_of(const work *w, int where, int image)
{
    return bs_fused_map(w->state, w->g, where, image);
}

static void zero_map(const bs_map *map)
{
    for (int y = 0; y < map->height; y++) {
        memset(map->at + (size_t)y * map->row, 0,
               (size_t)(map->width * map->channels) * sizeof *map->at);
    }
}

/* The last linear layer, in double precision: of its input, its weights and its biases. */
static void reverse_head(const work *w, int image)
{
    const bs_fused *state = w->state;
    const bs_layer *layer = &state->network->layers[w->step->layer];
    const float *weights = state->weights + state->steps[w->reverse->step].weights;
    int channels = state->network->layers[w->step->input].channels;
    bs_map in = map_of(w, w->step->input, image);
    bs_map out = map_of(w, w->reverse->to < 0 ? w->step->input : w->reverse->to, image);
    size_t pixels = (size_t)in.height * (size_t)in.width;
    size_t features = (size_t)channels * pixels;
    const double *from =
        w->g->logits_gradient + (size_t)(w->g->first + image) * (size_t)layer->channels;
    double *totals = state->training->totals + w->mine->totals;
    double *biases = totals + features * (size_t)layer->channels;
    if (w->reverse->to >= 0 && !w->reverse->accumulate) {
        zero_map(&out);
    }
    for (size_t f = 0; f < features; f++) {
        size_t pixel = f % pixels;
        size_t y = pixel / (size_t)in.width;
        size_t at = pixel % (size_t)in.width * (size_t)in.channels + f / pixels;
        double value = (double)in.at[y * in.row + at];
        double total = 0.0;
        for (size_t k = 0; k < (size_t)layer->channels; k++) {
            totals[k * features + f] += from[k] * value;
            total += from[k] * (double)weights[k * features + f];
        }
        if (w->reverse->to >= 0) {
            out.at[y * out.row + at] += (float)total;
        }
    }
    for (int k = 0; k < layer->channels; k++) {
        biases[k] += from[k];
    }
}

static void reverse_pad(const work *w, int image)
{
    int stride = w->state->network->layers[w->step->layer].stride;
    if (w->reverse->to < 0) {
        return;
    }
    bs_map from = map_of(w, w->reverse->from, image);
    bs_map to = map_of(w, w->reverse->to, image);
    int before = (from.channels - to.channels) / 2;
    if (!w->reverse->accumulate) {
        zero_map(&to);
    }
    for (int y = 0; y < from.height; y++) {
        for (int x = 0; x < from.width; x++) {
            const float *in = from.at + (size_t)y * from.row + (size_t)(x * from.channels + before);
            float *out = to.at + (size_t)(y * stride) * to.row + (size_t)(x * stride * to.channels);
            for (int c = 0; c < to.channels; c++) {
                out[c] += in[c];
            }
        }
    }
}

static void reverse_pool(const work *w, int image)
{
    bs_map to = map_of(w, w->reverse->to, image);
    w->state->gradient->spread(map_of(w, w->reverse->from, image).at,
                               1.0F / (float)(to.height * to.width), w->reverse->accumulate, &to);
}

static void reverse_bend(const work *w, int image)
{
    const bs_step *step = w->step;
    bs_fused_training *t = w->state->training;
    bs_finish finish = bs_fused_finish(w->state, w->g, w->reverse->step, image);
    bool norms = step->main.norm >= 0 || (step->has_skip && step->skip.norm >= 0);
    bs_bend bend = {.finish = &finish,
                    .from = map_of(w, w->reverse->from, image),
                    .to = map_of(w, w->reverse->to, image),
                    .means = norms ? t->constants + w->mine->constants : NULL,
                    .sums = t->image_sums};
    if (step->kind == BS_STEP_POINTWISE) {
        bend.main = map_of(w, step->main.value, image);
    }
    w->state->gradient->bend(&bend);
    for (size_t i = 0; norms && i < 3 * (size_t)bend.from.channels; i++) {
        t->totals[w->mine->totals + i] += (double)t->image_sums[i];
    }
}

static void reverse_operand(const work *w, int image)
{
    const bs_operand *operand = w->reverse->skip ? &w->step->skip : &w->step->main;
    bs_through through = {.from = map_of(w, w->reverse->from, image),
                          .constants = w->state->training->constants + w->mine->constants,
                          .accumulate = w->reverse->accumulate,
                          .out = map_of(w, w->reverse->to, image)};
    if (operand->norm >= 0) {
        through.value = map_of(w, operand->value, image);
    }
    w->state->gradient->pass_through(&through);
}

/* Zeros between the pixels of FROM make of a strided convolution one that is not. */
static bs_map spread_out(const work *w, int image)
{
    int stride = w->state->network->layers[w->step->layer].stride;
    bs_map from = map_of(w, w->reverse->from, image);
    bs_map to = map_of(w, w->reverse->spread, image);
    for (int y = 0; y < from.height; y++) {
        for (int x = 0; x < from.width; x++) {
            memcpy(to.at + (size_t)(y * stride) * to.row + (size_t)(x * stride * to.channels),
                   from.at + (size_t)y * from.row + (size_t)(x * from.channels),
                   (size_t)from.channels * sizeof *to.at);
        }
    }
    return to;
}

static bs_finish plain_finish(const work *w, const bs_map *out)
{
    return (bs_finish){.scale = w->state->training->ones,
                       .shift = w->state->training->zeros,
                       .accumulate = w->reverse->accumulate,
                       .out = *out};
}

/* Tiles of small maps wait until there are enough of them, or no image comes any more. */
static void sum_tiles(const work *w, const bs_weight_sums *sums, int image)
{
    const bs_winograd_weights *winograd = w->state->winograd_weights;
    int per_image = bs_weight_tiles(&w->state->network->layers[w->step->layer]);
    int at_once = bs_weight_tiles_at_once(w->state, w->step);
    float *tiles = w->state->training->tiles + w->mine->tiles;
    if (per_image >= at_once) {
        for (int t = 0; t < per_image; t += at_once) {
            int count = per_image - t < at_once ? per_image - t : at_once;
            winograd->transform(sums, t, 0, count, tiles);
            winograd->multiply(sums, count, tiles, sums->sums);
        }
        return;
    }
    int slot = (w->g->first + image) % (at_once / per_image) * per_image;
    winograd->transform(sums, 0, slot, per_image, tiles);
    slot += per_image;
    if (slot == at_once || w->g->first + image + 1 == w->state->images) {
        winograd->multiply(sums, slot, tiles, sums->sums);
    }
}

/* The derivatives by the weights. */
static void reverse_weights(const work *w, int image)
{
    const bs_fused *state = w->state;
    const bs_layer *layer = &state->network->layers[w->step->layer];
    bs_map in = map_of(w, w->step->input, image);
    bs_map out = map_of(w, w->reverse->from, image);
    size_t halo = layer->kernel == 3 ? in.row + (size_t)in.channels : 0;
    const bs_weight_sums sums = {.in = in.at - halo,
                                 .row = in.row,
                                 .pixel = (size_t)in.channels,
                                 .channels = in.channels,
                                 .kernel = layer->kernel,
                                 .stride = layer->stride,
                                 .out = out.at,
                                 .out_row = out.row,
                                 .out_pixel = (size_t)out.channels,
                                 .height = out.height,
                                 .width = out.width,
                                 .filters = out.channels,
                                 .sums = state->training->weight_sums + w->mine->sums};
    if (w->mine->winograd_weights) {
        sum_tiles(w, &sums, image);
    } else {
        state->gradient->sum_weights(&sums);
    }
}

/* The convolution that gives the derivatives by the input. */
static bs_convolution back_of(const work *w, int image)
{
    const bs_layer *layer = &w->state->network->layers[w->step->layer];
    bs_map out =
        w->reverse->spread >= 0 ? spread_out(w, image) : map_of(w, w->reverse->from, image);
    bs_map to = map_of(w, w->reverse->to, image);
    size_t halo = layer->kernel == 3 ? out.row + (size_t)out.channels : 0;
    return (bs_convolution){.in = out.at - halo,
                            .row = out.row,
                            .pixel = (size_t)out.channels,
                            .channels = out.channels,
                            .kernel = layer->kernel,
                            .stride = 1,
                            .weights = w->state->training->weights + w->mine->weights,
                            .finish = plain_finish(w, &to)};
}

/* Images share the filters. */
static void reverse_conv(const work *w)
{
    bs_convolution back[BS_TOGETHER];
    for (int image = 0; image < w->g->count; image++) {
        int waiting = image % BS_TOGETHER + 1;
        reverse_weights(w, image);
        if (w->reverse->to < 0) {
            continue;
        }
        back[waiting - 1] = back_of(w, image);
        if (!w->mine->winograd) {
            w->state->vector->convolve(&back[waiting - 1]);
        } else if (waiting == BS_TOGETHER || image + 1 == w->g->count) {
            w->state->winograd->convolve(back, waiting, w->state->scratch);
        }
    }
}

/* A linear layer over the whole group, both times as a kernel of one pixel over a row of images. */
static void reverse_dense(const work *w)
{
    const bs_fused *state = w->state;
    const bs_plan *plan = state->plan;
    const bs_layer *layer = &state->network->layers[w->step->layer];
    const bs_layer *input = &state->network->layers[w->step->input];
    bs_map from = map_of(w, w->reverse->from, 0);
    size_t pixel = plan->buffers[plan->buffer_of[w->reverse->from]].image;
    double *biases = state->training->totals + w->mine->totals;
    const bs_weight_sums sums = {.in = map_of(w, w->step->input, 0).at,
                                 .pixel = plan->buffers[plan->buffer_of[w->step->input]].image,
                                 .channels = input->channels * input->height * input->width,
                                 .kernel = 1,
                                 .stride = 1,
                                 .out = from.at,
                                 .out_pixel = pixel,
                                 .height = 1,
                                 .width = w->g->count,
                                 .filters = from.channels,
                                 .sums = state->training->weight_sums + w->mine->sums};
    state->gradient->sum_weights(&sums);
    for (int n = 0; n < w->g->count; n++) {
        for (int k = 0; k < layer->channels; k++) {
            biases[k] += (double)from.at[(size_t)n * pixel + (size_t)k];
        }
    }
    if (w->reverse->to < 0) {
        return;
    }
    int features = (int)plan->buffers[plan->buffer_of[w->reverse->to]].image;
    const bs_map to = {.at = map_of(w, w->reverse->to, 0).at,
                       .height = 1,
                       .width = bs_fused_row_of_images(state, w->g),
                       .channels = features};
    const bs_convolution back = {.in = from.at,
                                 .pixel = pixel,
                                 .channels = layer->channels,
                                 .kernel = 1,
                                 .stride = 1,
                                 .weights = state->training->weights + w->mine->weights,
                                 .finish = plain_finish(w, &to)};
    state->vector->convolve(&back);
}

static void run_image(const work *w, int image)
{
    switch (w->reverse->kind) {
    case BS_REVERSE_HEAD:
        reverse_head(w, image);
        break;
    case BS_REVERSE_POOL:
        reverse_pool(w, image);
        break;
    case BS_REVERSE_PAD:
        reverse_pad(w, image);
        break;
    case BS_REVERSE_BEND:
        reverse_bend(w, image);
        break;
    case BS_REVERSE_OPERAND:
        reverse_operand(w, image);
        break;
    case BS_REVERSE_CONV:
    case BS_REVERSE_DENSE:
        break; /* the group at once */
    }
}

void bs_fused_run_reverse(bs_fused *state, const bs_fused_group *g, int segment)
{
    const bs_plan *plan = state->plan;
    for (int i = 0; i < plan->reverse_count; i++) {
        const bs_reverse *reverse = &plan->reverses[i];
        const work w = {.state = state,
                        .g = g,
                        .reverse = reverse,
                        .step = &plan->steps[reverse->step],
                        .mine = &state->training->reverses[i]};
        if (reverse->segment != segment) {
            continue;
        }
        if (reverse->kind == BS_REVERSE_DENSE) {
            reverse_dense(&w);
        } else if (reverse->kind == BS_REVERSE_CONV) {
            reverse_conv(&w);
        }
        for (int image = 0; image < g->count; image++) {
            run_image(&w, image);
        }
    }
}
