/* Winograd's convolution with tiles of ROWS x COLUMNS pixels, macros of the file that includes it.
 */
#ifndef BLUESHIFT_NN_VECTOR_WINOGRAD_H
#define BLUESHIFT_NN_VECTOR_WINOGRAD_H

#include "tile.h"
#include "winograd_transforms.h"

/* A map is cut into tiles of ROWS x COLUMNS output pixels, each seeing HIGH x WIDE input pixels.
 * With d such an input, g a filter and Y the output of a tile,
 *   Y = A'[sum over channels of (G g G') .* (B' d B)] A,
 * elementwise in the POINTS of the middle: as many small matrix products over a block of tiles. */
enum {
    HIGH = ROWS + 2,
    WIDE = COLUMNS + 2,
    POINTS = HIGH * WIDE,
    TAPS = 9,
    BLOCK = 8, /* few, so that they stay in the first-level cache in all points */
    /* Keeps the points of one tile, or of one filter, from falling into the same set of a cache. */
    SKEW = 16,
    /* Input channels whose filters are transposed together. */
    PART = 16,
    /* The most vectors of output channels at once; each takes a pixel's broadcast once more. */
    WIDEST = BS_VECTOR == 16 ? 4 : 2
};

/* What the compiler knows of a product: input channels, vectors of output channels, and how many
 * tiles have their accumulators in registers at once. */
typedef struct product {
    int channels, vectors, tiles;
} product;

/* Floats from one point of a block, of a block's products, and of the filters to the next. */
INLINE size_t input_stride(product p)
{
    return (size_t)p.channels * BLOCK + SKEW;
}

INLINE size_t output_stride(product p)
{
    return (size_t)p.vectors * LANES * BLOCK + SKEW;
}

INLINE size_t filter_stride(int channels, int vectors)
{
    return (size_t)channels * (size_t)vectors * LANES + SKEW;
}

/* Vectors of output channels that are summed at once. */
static int vectors_at_once(int filters)
{
    int vectors = WIDEST;
    while (filters / LANES % vectors != 0) {
        vectors--;
    }
    return vectors;
}

/* Taps of PART input channels of LANES filters: TAPS_TO [PART][TAPS][LANES] from FROM [LANES][PART]
 * [TAPS], filters FILTER floats apart. A transform right after its own transposition would wait for
 * the stores. */
INLINE void transpose_taps(const float *from, size_t filter, float *taps_to)
{
    for (int first = 0; first < PART * TAPS; first += LANES) {
        vec square[LANES];
        UNROLL for (int l = 0; l < LANES; l++)
        {
            square[l] = load(from + (size_t)l * filter + first);
        }
        transpose(square);
        UNROLL for (int l = 0; l < LANES; l++)
        {
            store(taps_to + (size_t)(first + l) * LANES, square[l]);
        }
    }
}

/* G g G' of LANES filters for one input channel, points STRIDE floats apart. */
INLINE void transform_filter(const float *taps, float *to, size_t stride)
{
    vec rows[3][WIDE];
    UNROLL for (int y = 0; y < 3; y++)
    {
        vec row[3];
        UNROLL for (int x = 0; x < 3; x++)
        {
            row[x] = load(taps + (size_t)(3 * y + x) * LANES);
        }
        filter_axis(rows[y], row, WIDE);
    }
    UNROLL for (int x = 0; x < WIDE; x++)
    {
        vec points[HIGH];
        const vec column[3] = {rows[0][x], rows[1][x], rows[2][x]};
        filter_axis(points, column, HIGH);
        UNROLL for (int y = 0; y < HIGH; y++)
        {
            store(to + (size_t)(WIDE * y + x) * stride, points[y]);
        }
    }
}

/* TO[K / wide][point][c][wide] */
static void transform_filters(int channels, int filters, const float *from, float *to)
{
    float taps[PART * TAPS * LANES] __attribute__((aligned(64)));
    int vectors = vectors_at_once(filters);
    int wide = vectors * LANES;
    size_t filter = (size_t)channels * TAPS;
    size_t stride = filter_stride(channels, vectors);
    for (int k = 0; k < filters; k += LANES) {
        float *block = to + (size_t)(k / wide) * POINTS * stride + k % wide;
        for (int first = 0; first < channels; first += PART) {
            transpose_taps(from + (size_t)k * filter + (size_t)first * TAPS, filter, taps);
            for (int c = 0; c < PART; c++) {
                transform_filter(taps + (size_t)(c * TAPS) * LANES,
                                 block + (size_t)(first + c) * (size_t)wide, stride);
            }
        }
    }
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

/* Tiles FIRST to FIRST + COUNT - 1 of the map, in runs along its rows. */
INLINE void transform_block(const bs_convolution *c, int first, int count, float *to, product p)
{
    int per_row = c->finish.out.width / COLUMNS;
    int run = per_row % 4 == 0 ? 4 : 2;
    for (int t = 0; t < count; t += run) {
        int y = (first + t) / per_row * ROWS;
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

/* One point: [COUNT tiles][C] times [C][vectors]. */
INLINE void multiply_point(const float *in, const float *weights, float *to, int count, product p)
{
    size_t wide = (size_t)p.vectors * LANES;
    for (int t = 0; t < count; t += p.tiles) {
        vec sums[BLOCK][WIDEST];
        const float *row = in + (size_t)(t * p.channels);
        UNROLL for (int i = 0; i < p.tiles; i++)
        {
            UNROLL for (int j = 0; j < p.vectors; j++)
            {
                sums[i][j] = broadcast(0.0F);
            }
        }
        _Pragma("GCC unroll 4") for (int c = 0; c < p.channels; c++)
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
        UNROLL for (int i = 0; i < p.tiles; i++)
        {
            UNROLL for (int j = 0; j < p.vectors; j++)
            {
                store(to + (size_t)(t + i) * wide + (size_t)(j * LANES), sums[i][j]);
            }
        }
    }
}

/* One tile, one vector of output channels: A' m A, then the finish, column by column. */
INLINE void finish_one(const bs_convolution *c, const float *from, size_t point, const place *at)
{
    vec rows[HIGH][COLUMNS];
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

/* Fetches a fraction of what comes next into the second-level cache, after the products of a point;
 * PART counts these over the whole map. */
INLINE void fetch_ahead(const bs_convolution *c, int tiles, int part)
{
    enum { LINE = 16 };
    size_t lines = c->ahead_size / LINE;
    size_t parts = (size_t)(tiles / BLOCK) * POINTS;
    size_t from = lines * (size_t)part / parts;
    size_t to = lines * ((size_t)part + 1) / parts;
    for (size_t i = from; i < to; i++) {
        __builtin_prefetch(c->ahead + i * LINE, 0, 2);
    }
}

INLINE void convolve_map(const bs_convolution *c, float *scratch, product p)
{
    const bs_map *out = &c->finish.out;
    int wide = p.vectors * LANES;
    int tiles = out->height * out->width / (ROWS * COLUMNS);
    /* Products of all output channels at once may replace their operands. */
    bool in_place = out->channels == wide && p.channels == wide;
    float *sums = in_place ? scratch : scratch + POINTS * input_stride(p);
    for (int first = 0; first < tiles; first += BLOCK) {
        const float *factors = c->weights;
        int count = tiles - first < BLOCK ? tiles - first : BLOCK;
        transform_block(c, first, count, scratch, p);
        for (int k = 0; k < out->channels; k += wide) {
            for (int i = 0; i < POINTS; i++, factors += filter_stride(p.channels, p.vectors)) {
                if (k == 0 && c->ahead != NULL && count == BLOCK) {
                    fetch_ahead(c, tiles, first / BLOCK * POINTS + i);
                }
                multiply_point(scratch + (size_t)i * input_stride(p), factors,
                               sums + (size_t)i * output_stride(p), count, p);
            }
            finish_block(c, first, count, k, p, sums);
        }
    }
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

static size_t filters_size(int channels, int filters)
{
    int vectors = vectors_at_once(filters);
    return (size_t)(filters / LANES / vectors) * POINTS * filter_stride(channels, vectors);
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
