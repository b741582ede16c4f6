/* The products of Winograd's convolutions: at each point a small matrix product over a block of
 * tiles.
 */
#ifndef BLUESHIFT_NN_VECTOR_WINOGRAD_PRODUCTS_H
#define BLUESHIFT_NN_VECTOR_WINOGRAD_PRODUCTS_H

#include "winograd_filters.h"

enum {
    LINE = 16,     /* floats in a line of a cache */
    MANY = 32,     /* tiles of a block whose filters are too large for the second-level cache */
    ROOM = 1 << 18 /* floats: half of that cache */
};

/* What the compiler knows of a product: input channels, vectors of output channels, how many tiles
 * have their accumulators in registers at once, and how many a block has at most. */
typedef struct product {
    int channels, vectors, tiles, block;
} product;

/* Floats from one point of a block, and of a block's products, to the next. */
INLINE size_t input_stride(product p)
{
    return (size_t)p.channels * (size_t)p.block + SKEW;
}

INLINE size_t output_stride(product p)
{
    return (size_t)(p.vectors * LANES) * (size_t)p.block + SKEW;
}

/* SUMS of CHAIN input channels for p.tiles tiles: ROW and WEIGHTS begin with the first of them. */
INLINE void sum_chain(vec sums[BLOCK][WIDEST], const float *row, const float *weights, product p)
{
    size_t wide = (size_t)p.vectors * LANES;
    UNROLL for (int i = 0; i < p.tiles; i++)
    {
        UNROLL for (int j = 0; j < p.vectors; j++)
        {
            sums[i][j] = broadcast(0.0F);
        }
    }
    _Pragma("GCC unroll 4") for (int c = 0; c < CHAIN; c++)
    {
        vec filter[WIDEST];
        UNROLL for (int j = 0; j < p.vectors; j++)
        {
            filter[j] = load(weights + (size_t)c * wide + (size_t)(j * LANES));
        }
        UNROLL for (int i = 0; i < p.tiles; i++)
        {
            vec value = broadcast(row[i * p.channels + c]);
            UNROLL for (int j = 0; j < p.vectors; j++)
            {
                sums[i][j] = fma_vec(value, filter[j], sums[i][j]);
            }
        }
    }
}

/* One point: [COUNT tiles][C] times [C][vectors]. Channels are summed in short chains, then the
 * chains' sums: rounding of one chain over 64 channels would be three quarters of all error. */
INLINE void multiply_point(const float *in, const float *weights, float *to, int count, product p)
{
    size_t wide = (size_t)p.vectors * LANES;
    for (int t = 0; t < count; t += p.tiles) {
        vec sums[BLOCK][WIDEST];
        vec totals[BLOCK][WIDEST];
        const float *row = in + (size_t)(t * p.channels);
        sum_chain(totals, row, weights, p);
        for (int first = CHAIN; first < p.channels; first += CHAIN) {
            sum_chain(sums, row + first, weights + (size_t)first * wide, p);
            UNROLL for (int i = 0; i < p.tiles; i++)
            {
                UNROLL for (int j = 0; j < p.vectors; j++)
                {
                    totals[i][j] += sums[i][j];
                }
            }
        }
        UNROLL for (int i = 0; i < p.tiles; i++)
        {
            UNROLL for (int j = 0; j < p.vectors; j++)
            {
                store(to + (size_t)(t + i) * wide + (size_t)(j * LANES), totals[i][j]);
            }
        }
    }
}

/* The same bits where the filters of a point do not stay in the first-level cache: each chain's are
 * read once for all tiles, whose sums so far lie in TO, and the next chain's fetched meanwhile. */
INLINE void multiply_many(const float *in, const float *weights, float *to, int count, product p)
{
    size_t wide = (size_t)p.vectors * LANES;
    size_t lines = CHAIN * wide / LINE * (size_t)p.tiles / (size_t)count;
    for (int first = 0; first < p.channels; first += CHAIN, weights += CHAIN * wide) {
        const float *next = weights + CHAIN * wide;
        for (int t = 0; t < count; t += p.tiles) {
            vec sums[BLOCK][WIDEST];
            for (size_t i = 0; i < lines; i++, next += LINE) {
                __builtin_prefetch(next, 0, 3);
            }
            sum_chain(sums, in + (size_t)t * (size_t)p.channels + first, weights, p);
            UNROLL for (int i = 0; i < p.tiles; i++)
            {
                UNROLL for (int j = 0; j < p.vectors; j++)
                {
                    float *at = to + (size_t)(t + i) * wide + (size_t)(j * LANES);
                    store(at, first == 0 ? sums[i][j] : load(at) + sums[i][j]);
                }
            }
        }
    }
}

/* Whether the filters leave no room in the second-level cache: then every block streams them, and
 * is better large. With one vector at a time a block of four tiles would wait for its own sums. */
static bool is_wide(int channels, int filters)
{
    return vectors_at_once(filters) > 1 && POINTS * (size_t)channels * (size_t)filters > ROOM;
}

/* Tiles in a wide block: their inputs stay in that cache while the filters pass. */
static int tiles_in_room(int channels)
{
    int tiles = MANY;
    while (tiles > BLOCK && POINTS * (size_t)channels * (size_t)tiles > ROOM) {
        tiles /= 2;
    }
    return tiles;
}

#endif
