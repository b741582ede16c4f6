/* Winograd's F(2x2, 3x3): 3 x 3 convolutions of stride 1 with 16 multiplications for 4 pixels. */
#include "tile.h"

/* A map is cut into tiles of 2 x 2 output pixels, each seeing 4 x 4 input pixels. With d such an
 * input, g a filter and Y the output of a tile,
 *   Y = A'[sum over channels of (G g G') .* (B' d B)] A,
 * elementwise in the 16 points of the middle: 16 small matrix products over a block of tiles
 * (Lavin and Gray 2016). Only additions and halves: nearly as accurate as the direct sum. */
enum {
    POINTS = 16,
    BLOCK = BS_WINOGRAD_TILES,
    /* Keeps the 16 points of one tile from falling into the same set of a cache. */
    SKEW = 16,
    /* The most vectors of output channels at once; each takes a pixel's broadcast once more. */
    WIDEST = BS_VECTOR == 16 ? 4 : 2,
    /* Winograd tiles whose pixels fill a tile of the finish. */
    FINISHED = TILE / 4,
    /* Neighbouring tiles that are transformed together. */
    QUAD = 4
};

/* What the compiler knows of a product: input channels, vectors of output channels, and how many
 * tiles have their accumulators in registers at once. */
typedef struct product {
    int channels, vectors, tiles;
} product;

static int vectors_at_once(int filters)
{
    int vectors = filters / LANES;
    int most = WIDEST;
    while (vectors % most != 0) {
        most--;
    }
    return most;
}

/* Floats from one point of a block to the next. */
INLINE size_t input_stride(product p)
{
    return (size_t)p.channels * BLOCK + SKEW;
}

INLINE size_t output_stride(product p)
{
    return (size_t)p.vectors * LANES * BLOCK + SKEW;
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

INLINE void transform_filter(const float *taps, float *to, size_t point)
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
            store(to + (size_t)(4 * y + x) * point, column[y]);
        }
    }
}

/* FROM[k][c][3][3] to TO[K / wide][point][c][wide]. Filters are transposed some channels at a time:
 * a transform right behind its own transposition would wait for the stores. */
static void transform_filters(int channels, int filters, const float *from, float *to)
{
    enum { PART = 16, TAPS = 9 };
    float taps[PART * TAPS * LANES] __attribute__((aligned(64)));
    int wide = vectors_at_once(filters) * LANES;
    size_t filter = (size_t)channels * TAPS;
    size_t point = (size_t)channels * (size_t)wide;
    for (int k = 0; k < filters; k += LANES) {
        float *block = to + (size_t)(k / wide) * POINTS * point + k % wide;
        for (int first = 0; first < channels; first += PART) {
            for (int l = 0; l < LANES; l++) {
                const float *source = from + (size_t)(k + l) * filter + (size_t)first * TAPS;
                for (int i = 0; i < PART * TAPS; i++) {
                    taps[i * LANES + l] = source[i];
                }
            }
            for (int c = 0; c < PART; c++) {
                transform_filter(taps + (size_t)(c * TAPS) * LANES,
                                 block + (size_t)(first + c) * (size_t)wide, point);
            }
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

/* QUAD neighbours, one vector of channels. Neighbours share two columns of pixels. */
INLINE void transform_tiles(const float *in, size_t row, float *to, product p)
{
    size_t pixel = (size_t)p.channels;
    size_t point = input_stride(p);
    vec left[4];
    vec middle[4];
    transform_column(left, in, row);
    transform_column(middle, in + pixel, row);
    UNROLL for (int t = 0; t < QUAD; t++)
    {
        vec right[4];
        vec last[4];
        transform_column(right, in + (size_t)(2 * t + 2) * pixel, row);
        transform_column(last, in + (size_t)(2 * t + 3) * pixel, row);
        UNROLL for (int y = 0; y < 4; y++)
        {
            float *at = to + (size_t)(4 * y) * point + (size_t)t * pixel;
            store(at, left[y] - right[y]);
            store(at + point, middle[y] + right[y]);
            store(at + 2 * point, right[y] - middle[y]);
            store(at + 3 * point, middle[y] - last[y]);
            left[y] = right[y];
            middle[y] = last[y];
        }
    }
}

/* QUAD tiles of the map, from TILE on. */
INLINE void transform_quad(const bs_convolution *c, int tile, float *to, product p)
{
    int width = c->finish.out.width;
    const float *in =
        c->in + (size_t)(2 * tile / width * 2) * c->row + (size_t)(2 * tile % width * p.channels);
    for (int k = 0; k < p.channels; k += LANES) {
        transform_tiles(in + k, c->row, to + k, p);
    }
}

/* One point: [tiles][C] times [C][vectors]. */
INLINE void multiply_point(const float *in, const float *weights, float *to, product p)
{
    size_t wide = (size_t)p.vectors * LANES;
    for (int t = 0; t < BLOCK; t += p.tiles) {
        vec sums[BLOCK][WIDEST];
        const float *row = in + (size_t)(t * p.channels);
        UNROLL for (int i = 0; i < p.tiles; i++)
        {
            UNROLL for (int j = 0; j < p.vectors; j++)
            {
                sums[i][j] = broadcast(0.0F);
            }
        }
        for (int c = 0; c < p.channels; c++) {
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

/* Output channels CHANNEL and on of the block of tiles that starts at FIRST. */
INLINE void finish_block(const bs_convolution *c, int first, int channel, const float *from,
                         product p)
{
    int width = c->finish.out.width;
    size_t wide = (size_t)p.vectors * LANES;
    for (int j = 0; j < p.vectors; j++) {
        for (int t = 0; t < BLOCK; t += FINISHED) {
            vec tile[TILE];
            UNROLL for (int i = 0; i < FINISHED; i++)
            {
                vec out[2][2];
                untransform(out, from + (size_t)(t + i) * wide + (size_t)(j * LANES),
                            output_stride(p));
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
 * the block of tiles that starts at FIRST. */
INLINE void fetch_ahead(const bs_convolution *c, int first, int point)
{
    enum { LINE = 16 };
    size_t lines = c->ahead_size / LINE;
    size_t part = (size_t)first / BLOCK * POINTS + (size_t)point;
    size_t parts =
        (size_t)c->finish.out.height * (size_t)c->finish.out.width / ((size_t)4 * BLOCK) * POINTS;
    for (size_t i = lines * part / parts; i < lines * (part + 1) / parts; i++) {
        __builtin_prefetch(c->ahead + i * LINE, 0, 2);
    }
}

INLINE void convolve_map(const bs_convolution *c, float *scratch, product p)
{
    const bs_map *out = &c->finish.out;
    int wide = p.vectors * LANES;
    int tiles = out->height * out->width / 4;
    size_t weights = (size_t)p.channels * (size_t)wide;
    /* Products of all output channels at once may replace their operands. */
    bool in_place = out->channels == wide && p.channels == wide;
    float *products = in_place ? scratch : scratch + POINTS * input_stride(p);
    for (int first = 0; first < tiles; first += BLOCK) {
        const float *factors = c->weights;
        for (int t = 0; t < BLOCK; t += QUAD) {
            transform_quad(c, first + t, scratch + (size_t)(t * p.channels), p);
        }
        for (int k = 0; k < out->channels; k += wide) {
            for (int i = 0; i < POINTS; i++, factors += weights) {
                if (k == 0 && c->ahead != NULL) {
                    fetch_ahead(c, first, i);
                }
                multiply_point(scratch + (size_t)i * input_stride(p), factors,
                               products + (size_t)i * output_stride(p), p);
            }
            finish_block(c, first, k, products, p);
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

static void convolve_general(const bs_convolution *c, float *scratch)
{
    static void (*const convolutions[WIDEST])(const bs_convolution *, float *) = {
        convolve_1, convolve_2, convolve_3, convolve_4};
    convolutions[vectors_at_once(c->finish.out.channels) - 1](c, scratch);
}
#else
CONVOLVE(convolve_16, 16, 2, 4)
CONVOLVE(convolve_32, 32, 2, 4)
CONVOLVE(convolve_64, 64, 2, 4)

/* Channels come in sixteens: always pairs of vectors. */
CONVOLVE(convolve_general, c->channels, 2, 4)
#endif

static void convolve(const bs_convolution *c, float *scratch)
{
    int channels = c->channels;
    if (channels == c->finish.out.channels && channels == 16) {
        convolve_16(c, scratch);
    } else if (channels == c->finish.out.channels && channels == 32) {
        convolve_32(c, scratch);
    } else if (channels == c->finish.out.channels && channels == 64) {
        convolve_64(c, scratch);
    } else {
        convolve_general(c, scratch);
    }
}

static size_t scratch_size(int channels)
{
    const product p = {channels, WIDEST, 0};
    return POINTS * (input_stride(p) + output_stride(p));
}

const bs_winograd ISA_NAME(bs_winograd_, BS_ISA) = {
    .scratch_size = scratch_size,
    .transform_filters = transform_filters,
    .convolve = convolve,
};
