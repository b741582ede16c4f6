/* Winograd's F(2x2, 3x3): 3 x 3 convolutions of stride 1 with 16 multiplications for 4 pixels. */
#include "winograd.h"

enum {
    BLOCK = 8, /* few, so that they stay in the first-level cache in all 16 points */
    /* The most vectors of output channels at once; each takes a pixel's broadcast once more. */
    WIDEST = BS_VECTOR == 16 ? 4 : 2
};

/* What the compiler knows of a product: input channels, vectors of output channels, and how many
 * tiles have their accumulators in registers at once. */
typedef struct product {
    int channels, vectors, tiles;
} product;

/* Floats from one point of a block to the next. */
INLINE size_t input_stride(product p)
{
    return (size_t)p.channels * BLOCK + SKEW;
}

INLINE size_t output_stride(product p)
{
    return (size_t)p.vectors * LANES * BLOCK + SKEW;
}

/* TO[K / wide][point][c][wide] */
static void transform_filters(int channels, int filters, const float *from, float *to)
{
    float taps[PART * TAPS * LANES] __attribute__((aligned(64)));
    int wide = vectors_at_once(filters, WIDEST) * LANES;
    size_t filter = (size_t)channels * TAPS;
    size_t point = (size_t)channels * (size_t)wide;
    for (int k = 0; k < filters; k += LANES) {
        float *block = to + (size_t)(k / wide) * POINTS * point + k % wide;
        for (int first = 0; first < channels; first += PART) {
            transpose_taps(from + (size_t)k * filter + (size_t)first * TAPS, filter, taps);
            for (int c = 0; c < PART; c++) {
                vec points[POINTS];
                transform_filter(taps + (size_t)(c * TAPS) * LANES, points);
                UNROLL for (int i = 0; i < POINTS; i++)
                {
                    store(block + (size_t)i * point + (size_t)(first + c) * (size_t)wide,
                          points[i]);
                }
            }
        }
    }
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
            vec points[4];
            transform_row(points, left[y], middle[y], right[y], last[y]);
            UNROLL for (int x = 0; x < 4; x++)
            {
                store(to + (size_t)(4 * y + x) * point + (size_t)t * pixel, points[x]);
            }
            left[y] = right[y];
            middle[y] = last[y];
        }
    }
}

/* QUAD tiles of the map, from TILE on. */
INLINE void transform_quad(const bs_convolution *c, int tile, float *to, product p)
{
    const float *in = input_of_tile(c, tile, p.channels);
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

INLINE void convolve_map(const bs_convolution *c, float *scratch, product p)
{
    const bs_map *out = &c->finish.out;
    int wide = p.vectors * LANES;
    int tiles = out->height * out->width / 4;
    size_t weights = (size_t)p.channels * (size_t)wide;
    /* Products of all output channels at once may replace their operands. */
    bool in_place = out->channels == wide && p.channels == wide;
    float *sums = in_place ? scratch : scratch + POINTS * input_stride(p);
    for (int first = 0; first < tiles; first += BLOCK) {
        const float *factors = c->weights;
        for (int t = 0; t < BLOCK; t += QUAD) {
            transform_quad(c, first + t, scratch + (size_t)(t * p.channels), p);
        }
        for (int k = 0; k < out->channels; k += wide) {
            for (int i = 0; i < POINTS; i++, factors += weights) {
                if (k == 0 && c->ahead != NULL) {
                    fetch_ahead(c, first, BLOCK, i);
                }
                multiply_point(scratch + (size_t)i * input_stride(p), factors,
                               sums + (size_t)i * output_stride(p), p);
            }
            finish_block(c, first, k, (products){sums, output_stride(p), BLOCK, p.vectors});
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
    convolutions[vectors_at_once(c->finish.out.channels, WIDEST) - 1](c, scratch);
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

static size_t filters_size(int channels, int filters)
{
    return (size_t)channels * (size_t)filters * POINTS;
}

static size_t scratch_size(int channels)
{
    const product p = {channels, WIDEST, 0};
    return POINTS * (input_stride(p) + output_stride(p));
}

const bs_winograd ISA_NAME(bs_winograd_, BS_ISA) = {
    .tiles = BLOCK,
    .filters_size = filters_size,
    .scratch_size = scratch_size,
    .transform_filters = transform_filters,
    .convolve = convolve,
};
