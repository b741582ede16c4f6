/* Winograd's convolution with tiles of ROWS x COLUMNS pixels, macros of the file that includes it.
 */
#ifndef BLUESHIFT_NN_VECTOR_WINOGRAD_H
#define BLUESHIFT_NN_VECTOR_WINOGRAD_H

#include "winograd_filters.h"
#include "winograd_rows.h"

/* What the compiler knows of a product: input channels, vectors of output channels, and how many
 * tiles have their accumulators in registers at once. */
typedef struct product {
    int channels, vectors, tiles;
} product;

/* Floats from one point of a block, and of a block's products, to the next. */
INLINE size_t input_stride(product p)
{
    return (size_t)p.channels * BLOCK + SKEW;
}

INLINE size_t output_stride(product p)
{
    return (size_t)p.vectors * LANES * BLOCK + SKEW;
}

/* Two rows of points, those of PAIR, of one column of pixels. */
INLINE void transform_column(vec out[2], const float *in, size_t row, int pair)
{
    vec d[HIGH];
    UNROLL for (int y = 0; y < HIGH; y++)
    {
        d[y] = load(in + (size_t)y * row);
    }
    input_pair(out, d, HIGH, pair);
}

/* One pass over COUNT neighbouring tiles, one vector of channels: two rows of points. All rows at
 * once would not fit into the registers. Neighbours share two columns of pixels. */
INLINE void transform_pass(const float *in, size_t row, float *to, int count, int pair, product p)
{
    size_t pixel = (size_t)p.channels;
    size_t point = input_stride(p);
    vec rows[WIDE][2];
    transform_column(rows[0], in, row, pair);
    transform_column(rows[1], in + pixel, row, pair);
    for (int t = 0; t < count; t++, in += COLUMNS * pixel, to += pixel) {
        UNROLL for (int x = 2; x < WIDE; x++)
        {
            transform_column(rows[x], in + (size_t)x * pixel, row, pair);
        }
        UNROLL for (int y = 0; y < 2; y++)
        {
            vec d[WIDE];
            UNROLL for (int x = 0; x < WIDE; x++)
            {
                d[x] = rows[x][y];
            }
            UNROLL for (int x = 0; x < WIDE; x += 2)
            {
                vec points[2];
                float *at = to + (size_t)((2 * pair + y) * WIDE + x) * point;
                input_pair(points, d, WIDE, x / 2);
                store(at, points[0]);
                store(at + point, points[1]);
            }
        }
        UNROLL for (int y = 0; y < 2; y++)
        {
            rows[0][y] = rows[COLUMNS][y];
            rows[1][y] = rows[COLUMNS + 1][y];
        }
    }
}

/* Tiles FIRST to FIRST + COUNT - 1 of the map, in runs along its rows; C->in stands for row TOP. */
INLINE void transform_block(const bs_convolution *c, int top, int first, int count, float *to,
                            product p)
{
    int per_row = c->finish.out.width / COLUMNS;
    int run = per_row % 4 == 0 ? 4 : 2;
    for (int t = 0; t < count; t += run) {
        int y = (first + t) / per_row * ROWS - top;
        int x = (first + t) % per_row * COLUMNS;
        const float *in = c->in + (size_t)y * c->row + (size_t)(x * p.channels);
        for (int k = 0; k < p.channels; k += LANES) {
            UNROLL for (int pair = 0; pair < HIGH / 2; pair++)
            {
                transform_pass(in + k, c->row, to + (size_t)(t * p.channels) + k, run, pair, p);
            }
        }
    }
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

/* The moments of one vector of channels while a tile is added to them. */
typedef struct tile_moments {
    vec pivot, sum, squares;
} tile_moments;

/* FIRST is the map's first pixel in the first tile, the pivot then. */
INLINE tile_moments begin_moments(const bs_moments *all, const place *at, vec first)
{
    if (at->y == 0 && at->x == 0) {
        store(all->pivot + at->channel, first);
        store(all->sum + at->channel, broadcast(0.0F));
        store(all->squares + at->channel, broadcast(0.0F));
    }
    return (tile_moments){.pivot = load(all->pivot + at->channel)};
}

INLINE void add_column(tile_moments *tile, const vec column[ROWS])
{
    UNROLL for (int y = 0; y < ROWS; y += 2)
    {
        vec upper = column[y] - tile->pivot;
        vec lower = column[y + 1] - tile->pivot;
        tile->sum += upper + lower;
        tile->squares = fma_vec(upper, upper, fma_vec(lower, lower, tile->squares));
    }
}

/* Tile by tile, so that rounding does not grow with the number of pixels. */
INLINE void end_moments(const tile_moments *tile, const bs_moments *all, int channel)
{
    store(all->sum + channel, load(all->sum + channel) + tile->sum);
    store(all->squares + channel, load(all->squares + channel) + tile->squares);
}

/* One tile, one vector of output channels: A' m A, then the finish, column by column. */
INLINE void finish_one(const bs_convolution *c, const float *from, size_t point, const place *at)
{
    vec rows[HIGH][COLUMNS];
    tile_moments moments = {{0}, {0}, {0}};
    UNROLL for (int y = 0; y < HIGH; y++)
    {
        vec m[WIDE];
        UNROLL for (int x = 0; x < WIDE; x++)
        {
            m[x] = load(from + (size_t)(WIDE * y + x) * point);
        }
        output_axis(rows[y], m, WIDE);
    }
    UNROLL for (int x = 0; x < COLUMNS; x++)
    {
        vec column[HIGH];
        vec out[ROWS];
        const place pixel = {at->y, at->x + x, at->channel};
        UNROLL for (int y = 0; y < HIGH; y++)
        {
            column[y] = rows[y][x];
        }
        output_axis(out, column, HIGH);
        finish_tile(out, (patch){ROWS, 1}, &c->finish, &pixel);
        if (c->moments != NULL) {
            moments = x == 0 ? begin_moments(c->moments, at, out[0]) : moments;
            add_column(&moments, out);
        }
    }
    if (c->moments != NULL) {
        end_moments(&moments, c->moments, at->channel);
    }
}

/* Output channels CHANNEL and on of COUNT tiles from FIRST on, whose products are FROM. */
INLINE void finish_block(const bs_convolution *c, int first, int count, int channel, product p,
                         const float *from)
{
    int per_row = c->finish.out.width / COLUMNS;
    for (int t = 0; t < count; t++) {
        for (int j = 0; j < p.vectors; j++) {
            const place at = {(first + t) / per_row * ROWS, (first + t) % per_row * COLUMNS,
                              channel + j * LANES};
            finish_one(c, from + (size_t)(t * p.vectors + j) * LANES, output_stride(p), &at);
        }
    }
}

/* What comes next is fetched into the second-level cache bit by bit, after the products of each
 * point. A line is 16 floats; LINES of each stretch at a time. */
typedef struct fetcher {
    size_t lines[BS_STRETCHES];
} fetcher;

enum { LINE = 16 };

/* All of it in PARTS. Divisions here, once a map: two for each part took a seventh of a
 * convolution's time. */
INLINE fetcher begin_fetching(const bs_convolution *c, size_t parts)
{
    fetcher fetch = {{0}};
    for (int s = 0; s < BS_STRETCHES && c->ahead[s].at != NULL; s++) {
        fetch.lines[s] = (c->ahead[s].size / LINE + parts - 1) / parts;
    }
    return fetch;
}

INLINE void fetch_ahead(const bs_convolution *c, const fetcher *fetch, size_t part)
{
    for (int s = 0; s < BS_STRETCHES && c->ahead[s].at != NULL; s++) {
        size_t size = c->ahead[s].size;
        const float *at = c->ahead[s].at;
        size_t first = fetch->lines[s] * part * LINE;
        size_t end = first + fetch->lines[s] * LINE < size ? first + fetch->lines[s] * LINE : size;
        for (size_t i = first; i < end; i += LINE) {
            __builtin_prefetch(at + i, 0, 2);
        }
    }
}

INLINE void convolve_map(const bs_convolution *c, float *scratch, product p)
{
    const bs_map *out = &c->finish.out;
    int wide = p.vectors * LANES;
    int tiles = out->height * out->width / (ROWS * COLUMNS);
    int per_row = out->width / COLUMNS;
    rows_ready ready = {0, 0};
    /* Products of all output channels at once may replace their operands. */
    bool in_place = out->channels == wide && p.channels == wide;
    float *sums = in_place ? scratch : scratch + POINTS * input_stride(p);
    size_t part = 0;
    size_t blocks = ((size_t)tiles + BLOCK - 1) / BLOCK;
    fetcher fetch = begin_fetching(c, blocks * POINTS);
    for (int first = 0; first < tiles; first += BLOCK) {
        const float *factors = c->weights;
        int count = tiles - first < BLOCK ? tiles - first : BLOCK;
        int top = prepare_rows(c, &ready, first / per_row * ROWS,
                               (first + count - 1) / per_row * ROWS, HIGH);
        transform_block(c, top, first, count, scratch, p);
        for (int k = 0; k < out->channels; k += wide) {
            for (int i = 0; i < POINTS; i++, factors += filter_stride(p.channels, p.vectors)) {
                if (k == 0) {
                    fetch_ahead(c, &fetch, part++);
                }
                multiply_point(scratch + (size_t)i * input_stride(p), factors,
                               sums + (size_t)i * output_stride(p), count, p);
            }
            finish_block(c, first, count, k, p, sums);
        }
    }
    leave_rows(c);
}

/* Whole functions, so that each gets the registers for itself. */
#define CONVOLVE(name, channels, vectors, tiles)                                                   \
    static __attribute__((noinline)) void name(const bs_convolution *c, float *scratch)            \
    {                                                                                              \
        convolve_map(c, scratch, (product){channels, vectors, tiles});                             \
    }

/* At least 8 accumulators hide the latency of the sums. */
#if BS_VECTOR == 16
CONVOLVE(convolve_16, 16, 1, 8)
CONVOLVE(convolve_32, 32, 2, 8)
CONVOLVE(convolve_64, 64, 4, 4)
CONVOLVE(convolve_1, c->channels, 1, 8)
CONVOLVE(convolve_2, c->channels, 2, 8)
CONVOLVE(convolve_3, c->channels, 3, 8)
CONVOLVE(convolve_4, c->channels, 4, 4)
CONVOLVE(convolve_few_1, c->channels, 1, 4)
CONVOLVE(convolve_few_2, c->channels, 2, 4)
CONVOLVE(convolve_few_3, c->channels, 3, 4)

/* FEW: tiles come in fours only. */
static void convolve_general(const bs_convolution *c, float *scratch, bool few)
{
    static void (*const convolutions[2][WIDEST])(const bs_convolution *, float *) = {
        {convolve_1, convolve_2, convolve_3, convolve_4},
        {convolve_few_1, convolve_few_2, convolve_few_3, convolve_4}};
    convolutions[few][vectors_at_once(c->finish.out.channels) - 1](c, scratch);
}
#else
CONVOLVE(convolve_16, 16, 2, 4)
CONVOLVE(convolve_32, 32, 2, 4)
CONVOLVE(convolve_64, 64, 2, 4)
CONVOLVE(convolve_pairs, c->channels, 2, 4)

/* Channels come in sixteens: always pairs of vectors, of four tiles. */
static void convolve_general(const bs_convolution *c, float *scratch, bool few)
{
    (void)few;
    convolve_pairs(c, scratch);
}
#endif

static void convolve(const bs_convolution *c, float *scratch)
{
    const bs_map *out = &c->finish.out;
    int channels = c->channels == out->channels ? c->channels : 0;
    bool few = out->height * out->width / (ROWS * COLUMNS) % BLOCK != 0;
    if (channels == 16 && !few) {
        convolve_16(c, scratch);
    } else if (channels == 32 && !few) {
        convolve_32(c, scratch);
    } else if (channels == 64) {
        convolve_64(c, scratch);
    } else {
        convolve_general(c, scratch, few);
    }
}

static size_t scratch_size(int channels)
{
    const product p = {channels, WIDEST, 0};
    return POINTS * (input_stride(p) + output_stride(p));
}

#define WINOGRAD                                                                                   \
    {                                                                                              \
        .rows = ROWS, .columns = COLUMNS, .filters_size = filters_size,                            \
        .scratch_size = scratch_size, .transform_filters = transform_filters, .convolve = convolve \
    }

#endif
