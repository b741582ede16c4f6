/* Memory and filters of the fast backends' backward half. */
#include "blueshift/memory.h"
#include "fused_train.h"

void bs_fused_train_release(bs_fused_training *training)
{
    if (training != NULL) {
        bs_free(training->reverses);
        bs_free(training->weights);
        bs_free(training->tiles);
        bs_free(training->weight_sums);
        bs_free(training->totals);
        bs_free(training->constants);
        bs_free(training->flipped);
        bs_free(training->ones);
        bs_free(training->zeros);
        bs_free(training->image_sums);
        bs_free(training->final);
        bs_free(training);
    }
}

/* Sizes while the passes are laid out: floats and doubles. */
typedef struct sizes {
    size_t weights, sums, totals, constants, largest, widest, scratch, tiles, shared_tiles;
} sizes;

/* Whether a group leaves tiles that wait for those of the next one. */
static bool leaves_tiles(const bs_fused *state, const bs_reverse *reverse)
{
    const bs_step *step = bs_reverse_step(state, reverse);
    int tiles = bs_weight_tiles(bs_reverse_layer(state, step));
    int at_once = bs_weight_tiles_at_once(state, step);
    return tiles < at_once && tiles * state->plan->reverse_groups[reverse->segment] % at_once != 0;
}

/* Sums of products of a convolution's tiles. Tiles that wait have memory of their own; the others
 * share theirs. */
static void lay_out_tiles(bs_fused *state, const bs_reverse *reverse, bs_fused_reverse *mine,
                          sizes *size)
{
    const bs_step *step = bs_reverse_step(state, reverse);
    int channels = bs_reverse_input(state, step)->channels;
    int filters = bs_reverse_layer(state, step)->channels;
    size_t tiles = state->winograd_weights->tiles_size(channels, filters);
    size->sums += state->winograd_weights->products_size(channels, filters);
    if (leaves_tiles(state, reverse)) {
        mine->tiles = size->tiles;
        size->tiles += tiles;
    } else {
        mine->tiles = 0;
        size->shared_tiles = tiles > size->shared_tiles ? tiles : size->shared_tiles;
    }
}

static bool fits_tiles(const bs_fused *state, const bs_step *step)
{
    const bs_layer *layer = bs_reverse_layer(state, step);
    int tiles = bs_weight_tiles(layer);
    return state->winograd != NULL && step->kind == BS_STEP_CONV && layer->kernel == 3 &&
           layer->stride == 1 && layer->height % 4 == 0 && layer->width % 4 == 0 &&
           (tiles % BS_WEIGHT_TILES == 0 || BS_WEIGHT_TILES % tiles == 0) &&
           bs_reverse_input(state, step)->channels % BS_PLAN_CHANNELS == 0;
}

/* A convolution's, or a dense layer's, filters in memory: of input features they are filled up to
 * vectors where these are what comes out. */
static void lay_out_weights(bs_fused *state, int index, sizes *size)
{
    const bs_reverse *reverse = &state->plan->reverses[index];
    const bs_step *step = bs_reverse_step(state, reverse);
    const bs_layer *layer = bs_reverse_layer(state, step);
    const bs_layer *input = bs_reverse_input(state, step);
    bs_fused_reverse *mine = &state->training->reverses[index];
    size_t count = state->network->parameters[layer->weight].count;
    size_t filters = (size_t)layer->channels;
    bool conv = reverse->kind == BS_REVERSE_CONV;
    mine->sums = size->sums;
    mine->winograd_weights = fits_tiles(state, step);
    if (mine->winograd_weights) {
        lay_out_tiles(state, reverse, mine, size);
    } else {
        size->sums += count / filters * (size_t)bs_plan_round(layer->channels);
    }
    size->largest = count > size->largest ? count : size->largest;
    size->totals += conv ? 0 : filters;
    if (reverse->to < 0) {
        return;
    }
    size_t features = state->plan->buffers[state->plan->buffer_of[reverse->to]].image;
    mine->weights = size->weights;
    mine->winograd =
        conv && layer->kernel == 3 &&
        bs_fused_fits_winograd(state->winograd, input, layer->channels, input->channels);
    if (mine->winograd) {
        size_t scratch = state->winograd->scratch_size(layer->channels);
        size->weights += state->winograd->filters_size(layer->channels, input->channels);
        size->scratch = scratch > size->scratch ? scratch : size->scratch;
    } else {
        size->weights += conv ? count : filters * features;
    }
    size_t widest = conv ? (size_t)input->channels : features;
    size->widest = widest > size->widest ? widest : size->widest;
}

static void lay_out(bs_fused *state, sizes *size)
{
    int bend = -1;
    for (int i = 0; i < state->plan->reverse_count; i++) {
        const bs_reverse *reverse = &state->plan->reverses[i];
        const bs_step *step = bs_reverse_step(state, reverse);
        bs_fused_reverse *mine = &state->training->reverses[i];
        mine->totals = size->totals;
        mine->constants = size->constants;
        mine->bend = -1;
        switch (reverse->kind) {
        case BS_REVERSE_HEAD:
            size->totals +=
                state->network->parameters[bs_reverse_layer(state, step)->weight].count +
                (size_t)bs_reverse_layer(state, step)->channels;
            break;
        case BS_REVERSE_CONV:
        case BS_REVERSE_DENSE:
            lay_out_weights(state, i, size);
            break;
        case BS_REVERSE_BEND:
            bend = i;
            size->totals += 3 * bs_reverse_channels(state, step);
            size->constants += 2 * bs_reverse_channels(state, step);
            break;
        case BS_REVERSE_OPERAND:
            mine->bend = bend >= 0 && state->plan->reverses[bend].step == reverse->step ? bend : -1;
            size->constants += 4 * bs_reverse_channels(state, step);
            break;
        case BS_REVERSE_PAD:
        case BS_REVERSE_POOL:
            break;
        }
        size_t channels = step->output < 0 ? 0 : bs_reverse_channels(state, step);
        size->widest = channels > size->widest ? channels : size->widest;
    }
}

bs_status bs_fused_train_allocate(bs_fused *state)
{
    const bs_plan *plan = state->plan;
    sizes size = {0};
    bs_fused_training *t = bs_alloc(1, sizeof *t);
    state->training = t;
    if (t == NULL) {
        return BS_ERR_MEMORY;
    }
    t->reverses = bs_alloc((size_t)plan->reverse_count, sizeof *t->reverses);
    if (t->reverses == NULL) {
        return BS_ERR_MEMORY;
    }
    lay_out(state, &size);
    t->total_count = size.totals;
    t->sum_count = size.sums;
    for (int i = 0; i < plan->reverse_count; i++) {
        bool own = t->reverses[i].winograd_weights && leaves_tiles(state, &plan->reverses[i]);
        t->reverses[i].tiles += own ? size.shared_tiles : 0;
    }
    t->tiles = bs_alloc(size.shared_tiles + size.tiles, sizeof *t->tiles);
    t->weights = bs_alloc(size.weights, sizeof *t->weights);
    t->weight_sums = bs_alloc(size.sums, sizeof *t->weight_sums);
    t->totals = bs_alloc(size.totals, sizeof *t->totals);
    t->constants = bs_alloc(size.constants, sizeof *t->constants);
    t->flipped = bs_alloc(size.largest, sizeof *t->flipped);
    t->ones = bs_alloc(size.widest, sizeof *t->ones);
    t->zeros = bs_alloc(size.widest, sizeof *t->zeros);
    t->image_sums = bs_alloc(3 * size.widest, sizeof *t->image_sums);
    t->final = bs_alloc((size_t)state->network->parameter_count, sizeof *t->final);
    size_t scratch = bs_fused_scratch_size(state);
    bs_free(state->scratch);
    state->scratch =
        bs_alloc(size.scratch > scratch ? size.scratch : scratch, sizeof *state->scratch);
    if (t->tiles == NULL || t->weights == NULL || t->weight_sums == NULL || t->totals == NULL ||
        t->constants == NULL || t->flipped == NULL || t->ones == NULL || t->zeros == NULL ||
        t->image_sums == NULL || t->final == NULL || state->scratch == NULL) {
        return BS_ERR_MEMORY;
    }
    for (size_t i = 0; i < size.widest; i++) {
        t->ones[i] = 1.0F;
    }
    return BS_OK;
}

/* to[c][k][..] = factor * from[k][c][..], the taps of each filter from the last to the first: the
 * filters that take derivatives back. */
static void flip_filters(const int shape[3], float factor, const float *from, float *to)
{
    int taps = shape[2] * shape[2];
    for (int k = 0; k < shape[0]; k++) {
        for (int c = 0; c < shape[1]; c++) {
            float *filter = to + (size_t)(c * shape[0] + k) * (size_t)taps;
            for (int tap = taps - 1; tap >= 0; tap--) {
                filter[tap] = factor * *from++;
            }
        }
    }
}

static void load_conv(bs_fused *state, int index, const float *from)
{
    const bs_step *step = bs_reverse_step(state, &state->plan->reverses[index]);
    const bs_layer *layer = bs_reverse_layer(state, step);
    const bs_fused_reverse *mine = &state->training->reverses[index];
    const int shape[] = {layer->channels, bs_reverse_input(state, step)->channels, layer->kernel};
    const int turned[] = {shape[1], shape[0], shape[2]};
    float *flipped = state->training->flipped;
    float *to = state->training->weights + mine->weights;
    flip_filters(shape, (float)step->main.coefficient, from, flipped);
    if (mine->winograd) {
        state->winograd->transform_filters(shape[0], shape[1], flipped, to);
    } else {
        bs_fused_pack_filters(turned, state->vector->lanes, flipped, to);
    }
}

/* to[f / lanes][k][f % lanes] = factor * from[k][c, h, w], f being (h, w, c) */
static void load_dense(bs_fused *state, int index, const float *from)
{
    const bs_step *step = bs_reverse_step(state, &state->plan->reverses[index]);
    const bs_layer *layer = bs_reverse_layer(state, step);
    const bs_layer *input = bs_reverse_input(state, step);
    size_t lanes = (size_t)state->vector->lanes;
    size_t filters = (size_t)layer->channels;
    size_t features = state->network->parameters[layer->weight].count / filters;
    float *to = state->training->weights + state->training->reverses[index].weights;
    for (size_t k = 0; k < filters; k++) {
        for (size_t i = 0; i < features; i++) {
            size_t f = bs_packed_feature(input, i);
            to[(f / lanes * filters + k) * lanes + f % lanes] =
                (float)step->main.coefficient * *from++;
        }
    }
}

void bs_fused_train_load(bs_fused *state, const float *theta)
{
    state->training->ready = false;
    for (int i = 0; i < state->plan->reverse_count; i++) {
        const bs_reverse *reverse = &state->plan->reverses[i];
        if (reverse->to < 0 ||
            (reverse->kind != BS_REVERSE_CONV && reverse->kind != BS_REVERSE_DENSE)) {
            continue;
        }
        const bs_layer *layer = bs_reverse_layer(state, bs_reverse_step(state, reverse));
        const float *from = theta + state->network->parameters[layer->weight].offset;
        if (reverse->kind == BS_REVERSE_CONV) {
            load_conv(state, i, from);
        } else {
            load_dense(state, i, from);
        }
    }
}
