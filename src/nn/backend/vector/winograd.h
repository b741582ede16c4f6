/* Winograd's convolution with tiles of ROWS x COLUMNS pixels, macros of the file that includes it.
 */
#ifndef BLUESHIFT_NN_VECTOR_WINOGRAD_H
#define BLUESHIFT_NN_VECTOR_WINOGRAD_H

#include "winograd_products.h"
#include "winograd_rows.h"

INLINE int tiles_of(const bs_map *out)
{
    return out->height * out->width / (ROWS * COLUMNS);
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
 * point, LINES of each stretch at a time. */
typedef struct fetcher {
    size_t lines[BS_STRETCHES];
} fetcher;

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

/* A block of tiles while it goes through a convolution: COUNT tiles from FIRST on of each of MAPS
 * neighbouring maps, which are whole if there are several. */
typedef struct tile_block {
    int maps, first, count;
} tile_block;

/* Makes the inputs ready and transforms them. READY: of the map, if there is only one. */
INLINE void gather_block(const bs_convolution *c, tile_block b, rows_ready *ready, float *to,
                         product p)
{
    const bs_map *out = &c->finish.out;
    int per_row = out->width / COLUMNS;
    int first = b.first / per_row * ROWS;
    int last = (b.first + b.count - 1) / per_row * ROWS;
    for (int m = 0; m < b.maps; m++, c++, to += (size_t)b.count * (size_t)p.channels) {
        *ready = b.first == 0 ? (rows_ready){0, 0} : *ready;
        int top = prepare_rows(c, ready, first, last, HIGH);
        transform_block(c, top, b.first, b.count, to, p);
        if (b.first + b.count == tiles_of(out)) {
            leave_rows(c);
        }
    }
}

/* The maps of C that blocks of ROOM tiles take together. */
INLINE void convolve_maps(const bs_convolution *c, int maps, int room, float *scratch, product p)
{
    int filters = c->finish.out.channels;
    int wide = p.vectors * LANES;
    int tiles = tiles_of(&c->finish.out);
    rows_ready ready = {0, 0};
    /* Products of all output channels at once may replace their operands. */
    bool in_place = p.block == BLOCK && filters == wide && p.channels == wide;
    float *sums = in_place ? scratch : scratch + POINTS * input_stride(p);
    size_t part = 0;
    size_t blocks = ((size_t)tiles + (size_t)room - 1) / (size_t)room;
    fetcher fetch = begin_fetching(c, blocks * POINTS);
    for (int first = 0; first < tiles; first += room) {
        const float *factors = c->weights;
        const tile_block b = {maps, first, tiles - first < room ? tiles - first : room};
        gather_block(c, b, &ready, scratch, p);
        for (int k = 0; k < filters; k += wide) {
            for (int i = 0; i < POINTS; i++, factors += filter_stride(p.channels, p.vectors)) {
                const float *in = scratch + (size_t)i * input_stride(p);
                float *to = sums + (size_t)i * output_stride(p);
                for (int m = 0; m < maps && k == 0; m++) {
                    fetch_ahead(c + m, &fetch, part);
                }
                part += k == 0 ? 1 : 0;
                if (p.block == BLOCK) {
                    multiply_point(in, factors, to, maps * b.count, p);
                } else {
                    multiply_many(in, factors, to, maps * b.count, p);
                }
            }
            for (int m = 0; m < maps; m++) {
                finish_block(c + m, first, b.count, k, p, sums + (size_t)(m * b.count * wide));
            }
        }
    }
}

INLINE void convolve_all(const bs_convolution *c, int count, float *scratch, product p)
{
    int tiles = tiles_of(&c->finish.out);
    int room = p.block == BLOCK ? BLOCK : tiles_in_room(p.channels);
    int together = tiles < room ? room / tiles : 1;
    for (int i = 0; i < count; i += together) {
        convolve_maps(c + i, count - i < together ? count - i : together, room, scratch, p);
    }
}

/* Whole functions, so that each gets the registers for itself. */
#define CONVOLVE(name, channels, vectors, tiles, block)                                            \
    static __attribute__((noinline)) void name(const bs_convolution *c, int count, float *scratch) \
    {                                                                                              \
        convolve_all(c, count, scratch, (product){channels, vectors, tiles, block});               \
    }

/* At least 8 accumulators hide the latency of the sums. */
#if BS_VECTOR == 16
CONVOLVE(convolve_16, 16, 1, 8, BLOCK)
CONVOLVE(convolve_32, 32, 2, 8, BLOCK)
CONVOLVE(convolve_64, 64, 4, 4, BLOCK)
CONVOLVE(convolve_1, c->channels, 1, 8, BLOCK)
CONVOLVE(convolve_2, c->channels, 2, 8, BLOCK)
CONVOLVE(convolve_3, c->channels, 3, 8, BLOCK)
CONVOLVE(convolve_4, c->channels, 4, 4, BLOCK)
CONVOLVE(convolve_few_1, c->channels, 1, 4, BLOCK)
CONVOLVE(convolve_few_2, c->channels, 2, 4, BLOCK)
CONVOLVE(convolve_few_3, c->channels, 3, 4, BLOCK)
CONVOLVE(convolve_many_2, c->channels, 2, 4, MANY)
CONVOLVE(convolve_many_3, c->channels, 3, 4, MANY)
CONVOLVE(convolve_many_4, c->channels, 4, 4, MANY)

/* FEW: tiles come in fours only. */
static void convolve_general(const bs_convolution *c, int count, float *scratch, bool few)
{
    enum { EIGHTS, FOURS, WIDE_BLOCKS, WAYS };
    static void (*const convolutions[WAYS][WIDEST])(const bs_convolution *, int, float *) = {
        [EIGHTS] = {convolve_1, convolve_2, convolve_3, convolve_4},
        [FOURS] = {convolve_few_1, convolve_few_2, convolve_few_3, convolve_4},
        [WIDE_BLOCKS] = {NULL, convolve_many_2, convolve_many_3, convolve_many_4}};
    int filters = c->finish.out.channels;
    int way = is_wide(c->channels, filters) ? WIDE_BLOCKS : few ? FOURS : EIGHTS;
    convolutions[way][vectors_at_once(filters) - 1](c, count, scratch);
}
#else
CONVOLVE(convolve_16, 16, 2, 4, BLOCK)
CONVOLVE(convolve_32, 32, 2, 4, BLOCK)
CONVOLVE(convolve_64, 64, 2, 4, BLOCK)
CONVOLVE(convolve_pairs, c->channels, 2, 4, BLOCK)
CONVOLVE(convolve_many_pairs, c->channels, 2, 4, MANY)

/* Channels come in sixteens: always pairs of vectors, of four tiles. */
static void convolve_general(const bs_convolution *c, int count, float *scratch, bool few)
{
    (void)few;
    if (is_wide(c->channels, c->finish.out.channels)) {
        convolve_many_pairs(c, count, scratch);
    } else {
        convolve_pairs(c, count, scratch);
    }
}
#endif

static void convolve(const bs_convolution *c, int count, float *scratch)
{
    const bs_map *out = &c->finish.out;
    int channels = c->channels == out->channels ? c->channels : 0;
    bool few = tiles_of(out) % BLOCK != 0;
    if (channels == 16 && !few) {
        convolve_16(c, count, scratch);
    } else if (channels == 32 && !few) {
        convolve_32(c, count, scratch);
    } else if (channels == 64) {
        convolve_64(c, count, scratch);
    } else {
        convolve_general(c, count, scratch, few);
    }
}

static size_t scratch_size(int channels)
{
    const product p = {channels, WIDEST, 0, MANY};
    return POINTS * (input_stride(p) + output_stride(p));
}

#define WINOGRAD                                                                                   \
    {                                                                                              \
        .rows = ROWS, .columns = COLUMNS, .filters_size = filters_size,                            \
        .scratch_size = scratch_size, .transform_filters = transform_filters, .convolve = convolve \
    }

#endif
