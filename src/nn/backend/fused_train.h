/* What passes of a backward half work on. */
#ifndef BLUESHIFT_NN_FUSED_TRAIN_H
#define BLUESHIFT_NN_FUSED_TRAIN_H

#include "fused.h"

static inline const bs_layer *bs_reverse_layer(const bs_fused *state, const bs_step *step)
{
    return &state->network->layers[step->layer];
}

static inline const bs_layer *bs_reverse_input(const bs_fused *state, const bs_step *step)
{
    return &state->network->layers[step->input];
}

static inline const bs_step *bs_reverse_step(const bs_fused *state, const bs_reverse *reverse)
{
    return &state->plan->steps[reverse->step];
}

static inline size_t bs_reverse_channels(const bs_fused *state, const bs_step *step)
{
    return (size_t)bs_plan_round(state->network->layers[step->output].channels);
}

/* Where feature (c, pixel) lies in a packed input. */
static inline size_t bs_packed_feature(const bs_layer *input, size_t feature)
{
    size_t pixels = (size_t)input->height * (size_t)input->width;
    return feature % pixels * (size_t)input->channels + feature / pixels;
}

/* Tiles of 4 x 4 pixels in a layer's map, and how many the sums of its weights take at a time. */
static inline int bs_weight_tiles(const bs_layer *layer)
{
    return layer->height / 4 * (layer->width / 4);
}

static inline int bs_weight_tiles_at_once(const bs_fused *state, const bs_step *step)
{
    return state->winograd_weights->tiles_at_once(bs_reverse_input(state, step)->channels,
                                                  bs_reverse_layer(state, step)->channels);
}

#endif
