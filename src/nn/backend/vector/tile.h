/* Tiles of pixels by one vector of channels in registers, and the finish that stores them. */
#ifndef BLUESHIFT_NN_VECTOR_TILE_H
#define BLUESHIFT_NN_VECTOR_TILE_H

#include "../vector.h"
#include "activations.h"
#include "simd.h"

/* A tile's accumulators, a filter row and one broadcast pixel fill the vector registers: 32 with
 * 16 floats, 16 with fewer. */
enum { LANES = BS_VECTOR, TILE = BS_VECTOR == 16 ? 16 : 8, NARROW = 8 };

/* Pixels that are handled together, TILE at most, ROWS rows of COLUMNS; and their place in a map.
 */
typedef struct patch {
    int rows, columns;
} patch;

typedef struct place {
    int y, x, channel;
} place;

INLINE int pixels_of(patch shape)
{
    return shape.rows * shape.columns;
}

INLINE size_t offset_in_tile(int pixel, patch shape, size_t row, size_t step)
{
    return (size_t)(pixel / shape.columns) * row + (size_t)(pixel % shape.columns) * step;
}

INLINE size_t offset_in_map(const place *at, size_t row, size_t step)
{
    return (size_t)at->y * row + (size_t)at->x * step + (size_t)at->channel;
}

INLINE void load_tile(vec *tile, const float *from, patch shape, size_t row, size_t step)
{
    UNROLL for (int p = 0; p < pixels_of(shape); p++)
    {
        tile[p] = load(from + offset_in_tile(p, shape, row, step));
    }
}

INLINE void store_tile(const vec *tile, float *to, patch shape, size_t row, size_t step)
{
    UNROLL for (int p = 0; p < pixels_of(shape); p++)
    {
        store(to + offset_in_tile(p, shape, row, step), tile[p]);
    }
}

/* Any activation, in place. Not inlined: the smooth ones are too long to stand in every
 * convolution. */
static __attribute__((noinline)) void activate_values(const bs_finish *finish, int count,
                                                      float *values)
{
    for (float *at = values; at < values + count; at += LANES) {
        store(at, activate(finish->activation, finish->slope, load(at)));
    }
}

/* The piecewise linear ones on registers, where they cost almost nothing; others through memory. */
INLINE void activate_tile(vec *tile, patch shape, const bs_finish *finish)
{
    if (finish->activation == BS_ACTIVATION_RELU) {
        UNROLL for (int p = 0; p < pixels_of(shape); p++)
        {
            tile[p] = activate(BS_ACTIVATION_RELU, 0.0F, tile[p]);
        }
    } else if (finish->activation == BS_ACTIVATION_LEAKY_RELU) {
        UNROLL for (int p = 0; p < pixels_of(shape); p++)
        {
            tile[p] = activate(BS_ACTIVATION_LEAKY_RELU, finish->slope, tile[p]);
        }
    } else {
        float values[TILE * LANES];
        const patch line = {1, pixels_of(shape)};
        store_tile(tile, values, line, 0, LANES);
        activate_values(finish, line.columns * LANES, values);
        load_tile(tile, values, line, 0, LANES);
    }
}

/* Applies FINISH to a tile at AT and stores it. */
INLINE void finish_tile(vec *tile, patch shape, const bs_finish *finish, const place *at)
{
    size_t step = (size_t)finish->out.channels;
    size_t row = finish->out.row;
    float *out = finish->out.at + offset_in_map(at, row, step);
    if (finish->scale != NULL) {
        vec scale = load(finish->scale + at->channel);
        vec shift = load(finish->shift + at->channel);
        UNROLL for (int p = 0; p < pixels_of(shape); p++)
        {
            tile[p] = fma_vec(tile[p], scale, shift);
        }
    }
    if (finish->skip != NULL) {
        size_t other = finish->skip_row;
        const float *skip = finish->skip + offset_in_map(at, other, step);
        vec weight = load(finish->skip_scale + at->channel);
        UNROLL for (int p = 0; p < pixels_of(shape); p++)
        {
            tile[p] = fma_vec(load(skip + offset_in_tile(p, shape, other, step)), weight, tile[p]);
        }
    }
    if (finish->activate) {
        activate_tile(tile, shape, finish);
    }
    if (finish->scaled) {
        vec factor = broadcast(finish->factor);
        UNROLL for (int p = 0; p < pixels_of(shape); p++)
        {
            tile[p] *= factor;
        }
    }
    if (finish->accumulate) {
        UNROLL for (int p = 0; p < pixels_of(shape); p++)
        {
            tile[p] += load(out + offset_in_tile(p, shape, row, step));
        }
    }
    store_tile(tile, out, shape, row, step);
}

/* The finish over a stored map, patch by patch. */
INLINE void finish_map(const bs_map *in, const bs_finish *finish, patch shape)
{
    for (int y = 0; y < in->height; y += shape.rows) {
        for (int k = 0; k < in->channels; k += LANES) {
            for (int x = 0; x < in->width; x += shape.columns) {
                vec tile[TILE];
                const place at = {y, x, k};
                size_t step = (size_t)in->channels;
                load_tile(tile, in->at + offset_in_map(&at, in->row, step), shape, in->row, step);
                finish_tile(tile, shape, finish, &at);
            }
        }
    }
}

#define JOIN_NAME(a, b) a##b
#define ISA_NAME(prefix, isa) JOIN_NAME(prefix, isa)

#endif
