/* Weight gradients of 3 x 3 convolutions by Winograd's F(3x3, 4x4). */
#include "../vector_gradient.h"
#include "winograd_transforms.h"

#define JOIN_NAME(a, b) a##b
#define ISA_NAME(prefix, isa) JOIN_NAME(prefix, isa)

/* The roles of outputs and filters change places: a tile of 4 x 4 derivatives is the filter that a
 * tile of 6 x 6 inputs meets, and the 3 x 3 weights are the outputs. The points, and so the input's
 * transform, are those of F(4x4, 3x3); its constant factors are applied to the sums over all tiles,
 * once. SKEW keeps points from falling onto the same sets of a cache. */
enum { WIDTH = BS_VECTOR, SIDE = 6, POINTS = SIDE * SIDE, TAPS = 3, SKEW = 16 };

/* Sums of products in registers, for pairs of vectors; triples have half as many again. */
enum { ACCUMULATORS = BS_VECTOR == 16 ? 16 : 8, WIDEST = BS_VECTOR == 16 ? 3 : 2 };

/* Tiles at a time: more where sums that are read and written for them do not fit into half of the
 * second-level cache, a megabyte. */
enum { MANY = 2 * BS_WEIGHT_TILES, ROOM = 1 << 18 };

static size_t products_size(int channels, int filters)
{
    return (size_t)POINTS * (size_t)channels * (size_t)filters;
}

static int tiles_at_once(int channels, int filters)
{
    return products_size(channels, filters) > ROOM ? MANY : BS_WEIGHT_TILES;
}

static size_t point_stride(int channels, int tiles)
{
    return (size_t)channels * (size_t)tiles + SKEW;
}

static size_t tiles_size(int channels, int filters)
{
    int tiles = tiles_at_once(channels, filters);
    return POINTS * (point_stride(channels, tiles) + point_stride(filters, tiles));
}

/* SIDE points of four derivatives, those of a pair without their common factor. */
INLINE void derivative_axis(vec out[SIDE], const vec g[4])
{
    UNROLL for (size_t pair = 0; pair < 2; pair++)
    {
        const float point = pair == 0 ? 5.0F / 8.0F : 3.0F / 2.0F;
        vec even = fma_vec(broadcast(point * point), g[2], g[0]);
        vec odd = broadcast(point) * fma_vec(broadcast(point * point), g[3], g[1]);
        out[2 * pair] = even + odd;
        out[2 * pair + 1] = even - odd;
    }
    out[4] = g[0];
    out[5] = g[3];
}

INLINE void transform_derivatives(const float *from, size_t row, size_t pixel, float *to,
                                  size_t stride)
{
    vec columns[4][SIDE];
    UNROLL for (int x = 0; x < 4; x++)
    {
        vec g[4];
        UNROLL for (int y = 0; y < 4; y++)
        {
            g[y] = load(from + (size_t)y * row + (size_t)x * pixel);
        }
        derivative_axis(columns[x], g);
    }
    UNROLL for (int y = 0; y < SIDE; y++)
    {
        const vec g[4] = {columns[0][y], columns[1][y], columns[2][y], columns[3][y]};
        vec points[SIDE];
        derivative_axis(points, g);
        UNROLL for (int x = 0; x < SIDE; x++)
        {
            store(to + (size_t)(y * SIDE + x) * stride, points[x]);
        }
    }
}

/* Two rows of points at a time: all of them would not fit into the registers. */
INLINE void transform_input(const float *from, size_t row, size_t pixel, float *to, size_t stride)
{
    UNROLL for (int pair = 0; pair < SIDE / 2; pair++)
    {
        vec rows[2][SIDE];
        UNROLL for (int x = 0; x < SIDE; x++)
        {
            vec d[SIDE];
            vec out[2];
            UNROLL for (int y = 0; y < SIDE; y++)
            {
                d[y] = load(from + (size_t)y * row + (size_t)x * pixel);
            }
            input_pair(out, d, SIDE, pair);
            rows[0][x] = out[0];
            rows[1][x] = out[1];
        }
        UNROLL for (int y = 0; y < 2; y++)
        {
            UNROLL for (int x = 0; x < SIDE; x += 2)
            {
                vec points[2];
                float *at = to + (size_t)((2 * pair + y) * SIDE + x) * stride;
                input_pair(points, rows[y], SIDE, x / 2);
                store(at, points[0]);
                store(at + stride, points[1]);
            }
        }
    }
}

static void transform(const bs_weight_sums *w, int first, int slot, int count, float *tiles)
{
    int at_once = tiles_at_once(w->channels, w->filters);
    size_t in_stride = point_stride(w->channels, at_once);
    size_t out_stride = point_stride(w->filters, at_once);
    float *outs = tiles + POINTS * in_stride;
    int per_row = w->width / 4;
    for (int t = 0; t < count; t++) {
        size_t y = 4 * (size_t)((first + t) / per_row);
        size_t x = 4 * (size_t)((first + t) % per_row);
        const float *in = w->in + y * w->row + x * w->pixel;
        const float *out = w->out + y * w->out_row + x * w->out_pixel;
        for (int c = 0; c < w->channels; c += WIDTH) {
            transform_input(in + c, w->row, w->pixel,
                            tiles + (size_t)((slot + t) * w->channels + c), in_stride);
        }
        for (int k = 0; k < w->filters; k += WIDTH) {
            transform_derivatives(out + k, w->out_row, w->out_pixel,
                                  outs + (size_t)((slot + t) * w->filters + k), out_stride);
        }
    }
}

/* What the compiler knows of a product: vectors of filters at once, and channels. */
typedef struct outer {
    int vectors, channels;
} outer;

/* A point of tiles, whose numbers are STRIDE floats apart. */
typedef struct point_tiles {
    const float *at;
    size_t stride;
} point_tiles;

/* Adds to a block of the sums of one point what COUNT tiles give. */
INLINE void multiply_block(point_tiles in, point_tiles out, int count, float *to, outer o)
{
    vec sums[ACCUMULATORS * WIDEST / 2];
    UNROLL for (int i = 0; i < o.vectors * o.channels; i++)
    {
        sums[i] = load(to + (size_t)i * WIDTH);
    }
    for (int t = 0; t < count; t++, in.at += in.stride, out.at += out.stride) {
        vec derivatives[WIDEST];
        UNROLL for (int j = 0; j < o.vectors; j++)
        {
            derivatives[j] = load(out.at + (size_t)j * WIDTH);
        }
        UNROLL for (int i = 0; i < o.channels; i++)
        {
            vec value = broadcast(in.at[i]);
            UNROLL for (int j = 0; j < o.vectors; j++)
            {
                sums[i * o.vectors + j] = fma_vec(value, derivatives[j], sums[i * o.vectors + j]);
            }
        }
    }
    UNROLL for (int i = 0; i < o.vectors * o.channels; i++)
    {
        store(to + (size_t)i * WIDTH, sums[i]);
    }
}

/* Products are [points][K / (vectors * lanes)][C][vectors][lanes]. */
INLINE void multiply_tiles(const bs_weight_sums *w, int count, const float *tiles, float *products,
                           outer o)
{
    int at_once = tiles_at_once(w->channels, w->filters);
    size_t in_stride = point_stride(w->channels, at_once);
    size_t out_stride = point_stride(w->filters, at_once);
    const float *outs = tiles + POINTS * in_stride;
    for (int p = 0; p < POINTS; p++, tiles += in_stride, outs += out_stride) {
        for (int k = 0; k < w->filters; k += o.vectors * WIDTH) {
            for (int c = 0; c < w->channels; c += o.channels) {
                multiply_block((point_tiles){tiles + c, (size_t)w->channels},
                               (point_tiles){outs + k, (size_t)w->filters}, count, products, o);
                products += (size_t)(o.vectors * o.channels) * WIDTH;
            }
        }
    }
}

/* Channels and filters come in sixteens. */
static int vectors_of(int filters)
{
    return filters % (2 * WIDTH) == 0 ? 2 : filters % (WIDEST * WIDTH) == 0 ? WIDEST : 1;
}

/* Whole functions, so that each gets the registers for itself. */
#define MULTIPLY(name, vectors, channels)                                                          \
    static __attribute__((noinline)) void name(const bs_weight_sums *w, int count,                 \
                                               const float *tiles, float *products)                \
    {                                                                                              \
        multiply_tiles(w, count, tiles, products, (outer){vectors, channels});                     \
    }

MULTIPLY(multiply_singles, 1, ACCUMULATORS)
MULTIPLY(multiply_pairs, 2, ACCUMULATORS / 2)
#if BS_VECTOR == 16
MULTIPLY(multiply_triples, 3, ACCUMULATORS / 2)
#endif

static void multiply(const bs_weight_sums *w, int count, const float *tiles, float *products)
{
    static void (*const ways[WIDEST])(const bs_weight_sums *, int, const float *, float *) = {
        multiply_singles,
        multiply_pairs,
#if BS_VECTOR == 16
        multiply_triples
#endif
    };
    ways[vectors_of(w->filters) - 1](w, count, tiles, products);
}

/* TAPS outputs of the sums at SIDE points, which take their factors here. */
INLINE void weight_axis(vec out[TAPS], const vec m[SIDE])
{
    vec near = times(-2048.0 / 2975.0, m[0] + m[1]);
    vec near_odd = times(-2048.0 / 2975.0, m[0] - m[1]);
    vec far = times(128.0 / 1071.0, m[2] + m[3]);
    vec far_odd = times(128.0 / 1071.0, m[2] - m[3]);
    out[0] = times(256.0 / 225.0, m[4]) + (near + far);
    out[1] = fma_vec(broadcast(5.0F / 8.0F), near_odd, broadcast(3.0F / 2.0F) * far_odd);
    out[2] = fma_vec(broadcast(25.0F / 64.0F), near, fma_vec(broadcast(9.0F / 4.0F), far, m[5]));
}

/* One vector of filters, one channel. */
INLINE void finish_one(const float *from, size_t point, float *to, size_t filter_row)
{
    vec rows[SIDE][TAPS];
    UNROLL for (int y = 0; y < SIDE; y++)
    {
        vec m[SIDE];
        UNROLL for (int x = 0; x < SIDE; x++)
        {
            m[x] = load(from + (size_t)(y * SIDE + x) * point);
        }
        weight_axis(rows[y], m);
    }
    UNROLL for (int x = 0; x < TAPS; x++)
    {
        vec m[SIDE];
        vec taps[TAPS];
        UNROLL for (int y = 0; y < SIDE; y++)
        {
            m[y] = rows[y][x];
        }
        weight_axis(taps, m);
        UNROLL for (int y = 0; y < TAPS; y++)
        {
            store(to + (size_t)y * filter_row + (size_t)x * WIDTH, taps[y]);
        }
    }
}

static void finish(int channels, int filters, const float *products, float *sums)
{
    size_t point = (size_t)channels * (size_t)filters;
    size_t filter_row = (size_t)channels * TAPS * WIDTH;
    size_t vectors = (size_t)vectors_of(filters);
    for (size_t k = 0; k < (size_t)filters / WIDTH; k++) {
        for (size_t c = 0; c < (size_t)channels; c++) {
            size_t block = (k / vectors * (size_t)channels + c) * vectors + k % vectors;
            finish_one(products + block * WIDTH, point,
                       sums + k * TAPS * filter_row + c * TAPS * WIDTH, filter_row);
        }
    }
}

const bs_winograd_weights ISA_NAME(bs_winograd_weights_, BS_ISA) = {
    .tiles_at_once = tiles_at_once,
    .tiles_size = tiles_size,
    .products_size = products_size,
    .transform = transform,
    .multiply = multiply,
    .finish = finish,
};
