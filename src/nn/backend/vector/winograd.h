/* The transforms of Winograd's F(2x2, 3x3). */
#ifndef BLUESHIFT_NN_VECTOR_WINOGRAD_H
#define BLUESHIFT_NN_VECTOR_WINOGRAD_H

#include "tile.h"

/* A map is cut into tiles of 2 x 2 output pixels, each seeing 4 x 4 input pixels. With d such an
 * input, g a filter and Y the output of a tile,
 *   Y = A'[sum over channels of (G g G') .* (B' d B)] A,
 * elementwise in the 16 points of the middle: 16 small matrix products over a block of tiles
 * (Lavin and Gray 2016). Only additions and halves: nearly as accurate as the direct sum. */
enum {
    POINTS = 16,
    TAPS = 9,
    /* Keeps the 16 points of one tile from falling into the same set of a cache. */
    SKEW = 16,
    /* Winograd tiles whose pixels fill a tile of the finish. */
    FINISHED = TILE / 4,
    /* Neighbouring tiles that are transformed together. */
    QUAD = 4,
    /* Input channels whose filters are transposed together. */
    PART = 16
};

/* Vectors of output channels that are summed at once, MOST at most. */
static int vectors_at_once(int filters, int most)
{
    int vectors = filters / LANES;
    while (vectors % most != 0) {
        most--;
    }
    return most;
}

/* Taps of PART input channels of LANES filters, transposed: [PART][TAPS][LANES]. FROM [LANES][PART]
 * [TAPS], filters FILTER floats apart. A transform right behind its own transposition would wait
 * for the stores. */
INLINE void transpose_taps(const float *from, size_t filter, float *taps)
{
    for (int l = 0; l < LANES; l++) {
        const float *source = from + (size_t)l * filter;
        for (int i = 0; i < PART * TAPS; i++) {
            taps[i * LANES + l] = source[i];
        }
    }
}

/* G g or, along the other side, g G': three taps to four points. */
INLINE void transform_taps(vec out[4], vec a, vec b, vec c)
{
    vec outer = 0.5F * (a + c);
    vec inner = 0.5F * b;
    out[0] = a;
    out[1] = outer + inner;
    out[2] = outer - inner;
    out[3] = c;
}

INLINE void transform_filter(const float *taps, vec out[POINTS])
{
    vec rows[3][4];
    UNROLL for (int y = 0; y < 3; y++)
    {
        const float *row = taps + (size_t)(3 * y) * LANES;
        transform_taps(rows[y], load(row), load(row + LANES), load(row + (size_t)2 * LANES));
    }
    UNROLL for (int x = 0; x < 4; x++)
    {
        vec column[4];
        transform_taps(column, rows[0][x], rows[1][x], rows[2][x]);
        UNROLL for (int y = 0; y < 4; y++)
        {
            out[4 * y + x] = column[y];
        }
    }
}

/* B' d: one column of four pixels. */
INLINE void transform_column(vec out[4], const float *in, size_t row)
{
    vec a = load(in);
    vec b = load(in + row);
    vec c = load(in + 2 * row);
    vec d = load(in + 3 * row);
    out[0] = a - c;
    out[1] = b + c;
    out[2] = c - b;
    out[3] = b - d;
}

/* (B' d) B: one row, from the four columns of a tile. */
INLINE void transform_row(vec out[4], vec a, vec b, vec c, vec d)
{
    out[0] = a - c;
    out[1] = b + c;
    out[2] = c - b;
    out[3] = b - d;
}

/* The first pixel that the map's tile TILE sees. */
INLINE const float *input_of_tile(const bs_convolution *c, int tile, int channels)
{
    int width = c->finish.out.width;
    return c->in + (size_t)(2 * tile / width * 2) * c->row + (size_t)(2 * tile % width * channels);
}

/* A' m A of one tile: rows 0 and 1 of the result. */
INLINE void untransform(vec out[2][2], const float *from, size_t point)
{
    vec rows[4][2];
    UNROLL for (int y = 0; y < 4; y++)
    {
        const float *at = from + (size_t)(4 * y) * point;
        vec b = load(at + point);
        vec c = load(at + 2 * point);
        rows[y][0] = load(at) + (b + c);
        rows[y][1] = (b - c) - load(at + 3 * point);
    }
    UNROLL for (int x = 0; x < 2; x++)
    {
        out[0][x] = rows[0][x] + (rows[1][x] + rows[2][x]);
        out[1][x] = (rows[1][x] - rows[2][x]) - rows[3][x];
    }
}

/* What the products left of a block of tiles: [POINTS][TILES][VECTORS * LANES], with POINT floats
 * from one point to the next. */
typedef struct products {
    const float *at;
    size_t point;
    int tiles, vectors;
} products;

/* Output channels CHANNEL and on of the block of tiles that starts at FIRST. */
INLINE void finish_block(const bs_convolution *c, int first, int channel, products from)
{
    int width = c->finish.out.width;
    size_t wide = (size_t)from.vectors * LANES;
    for (int j = 0; j < from.vectors; j++) {
        for (int t = 0; t < from.tiles; t += FINISHED) {
            vec tile[TILE];
            UNROLL for (int i = 0; i < FINISHED; i++)
            {
                vec out[2][2];
                untransform(out, from.at + (size_t)(t + i) * wide + (size_t)(j * LANES),
                            from.point);
                vec *pair = tile + (size_t)2 * (size_t)i;
                pair[0] = out[0][0];
                pair[1] = out[0][1];
                pair[TILE / 2] = out[1][0];
                pair[TILE / 2 + 1] = out[1][1];
            }
            int x = 2 * (first + t);
            const place at = {x / width * 2, x % width, channel + j * LANES};
            finish_tile(tile, &c->finish, &at, 2);
        }
    }
}

/* Fetches a share of what comes next into the second-level cache, behind the products of POINT in
 * the block of COUNT tiles that starts at FIRST. */
INLINE void fetch_ahead(const bs_convolution *c, int first, int count, int point)
{
    enum { LINE = 16 };
    size_t lines = c->ahead_size / LINE;
    size_t part = (size_t)(first / count) * POINTS + (size_t)point;
    size_t parts = (size_t)(c->finish.out.height * c->finish.out.width / (4 * count)) * POINTS;
    for (size_t i = lines * part / parts; i < lines * (part + 1) / parts; i++) {
        __builtin_prefetch(c->ahead + i * LINE, 0, 2);
    }
}

#endif
