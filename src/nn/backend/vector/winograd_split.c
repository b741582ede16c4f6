/* Winograd's F(2x2, 3x3) with products of bf16 terms on matrix tiles. */
#include "amx.h"
#include "winograd.h"

/* A number of single precision is the sum of three of bf16, x = h + m + l, each of 8 bits. With
 * three terms a product is
 *   x y = h h + (h m + m h) + (h l + m m + l h),
 * and the three products left out are below its last bit. With two terms and the first three
 * products about 16 bits are right.
 *
 * A pair of a matrix tile holds either one term of two channels 16 apart, when there are 32 at
 * least (paired); or two terms of one channel, when there are 16. Either way no half of a tile is
 * empty, and a term is moved by a shift, never across lanes. */
enum { THREE = 3, BLOCK = SIDE, WIDEST = 4 };

/* What the compiler knows of a convolution; VECTORS of output channels are summed at once. */
typedef struct split {
    int terms;
    bool paired;
    int vectors;
} split;

static bool is_paired(int channels)
{
    return channels % (2 * LANES) == 0;
}

/* Channels that one set of matrix tiles holds: a slab. */
INLINE int slab_channels(split s)
{
    return s.paired ? 2 * LANES : LANES;
}

/* Matrix tiles of the inputs of a slab; of its filters there are as many as terms. */
INLINE int input_tiles(split s)
{
    return s.paired ? s.terms : s.terms - 1;
}

/* Floats from one point of the inputs, of the filters, of the sums to the next. */
INLINE size_t input_stride(int channels, split s)
{
    return (size_t)(channels / slab_channels(s) * input_tiles(s)) * PAIRS + SKEW;
}

INLINE size_t filter_stride(int channels, split s)
{
    return (size_t)(channels / slab_channels(s) * s.terms * s.vectors) * PAIRS;
}

INLINE size_t sum_stride(split s)
{
    return (size_t)(s.vectors * PAIRS) + SKEW;
}

/* X as a sum of bf16 terms, each in the upper half of its lanes. The first is rounded, so that the
 * others have either sign, whatever X's, and what is left out has no bias. The second is cut, since
 * rounding could carry a NaN's payload away in both, and the third is exactly the rest. */
INLINE void split_vector(vec x, uvec terms[THREE])
{
    const uvec upper = (uvec){0} + 0xFFFF0000U;
    terms[0] = ((uvec)x + 0x8000U) & upper;
    vec rest = x - (vec)terms[0];
    terms[1] = (uvec)rest & upper;
    terms[2] = (uvec)(rest - (vec)terms[1]);
}

INLINE uvec pair_of(uvec low, uvec high)
{
    return low >> 16 | high;
}

/* One row of every input tile of a slab, from its one or two vectors of channels. */
INLINE void pair_inputs(const vec x[2], uvec pairs[THREE], split s)
{
    uvec a[THREE];
    uvec b[THREE];
    split_vector(x[0], a);
    if (s.paired) {
        split_vector(x[1], b);
        UNROLL for (int i = 0; i < s.terms; i++)
        {
            pairs[i] = pair_of(a[i], b[i]);
        }
    } else {
        pairs[0] = pair_of(a[0], a[1]);
        pairs[1] = pair_of(a[2], a[0]);
    }
}

/* One row of every filter tile of a slab, from its one or two channels, over output channels. */
INLINE void pair_filters(const vec x[2], uvec pairs[THREE], split s)
{
    if (s.paired) {
        pair_inputs(x, pairs, s);
    } else {
        uvec a[THREE];
        split_vector(x[0], a);
        pairs[0] = pair_of(a[0], a[0]);
        pairs[1] = pair_of(a[1], a[1]);
        pairs[2] = pair_of(a[0], a[2]);
    }
}

/* Which input tile of a slab meets which filter tile, small products first. */
typedef struct meeting {
    int input, filter;
} meeting;

typedef struct meetings {
    int count;
    meeting each[6];
} meetings;

static const meetings MEETINGS[2][2] = {
    {{2, {{0, 1}, {0, 0}}}, {3, {{1, 2}, {0, 1}, {0, 0}}}},
    {{3, {{1, 0}, {0, 1}, {0, 0}}}, {6, {{2, 0}, {1, 1}, {1, 0}, {0, 2}, {0, 1}, {0, 0}}}},
};

/* The filters of LANES output channels for the channels of one slab. */
INLINE void pack_slab(const float *from, size_t filter, float *to, size_t point, split s)
{
    float taps[2][PART * TAPS * LANES] __attribute__((aligned(64)));
    int halves = slab_channels(s) / PART;
    for (int half = 0; half < halves; half++) {
        transpose_taps(from + (size_t)(half * PART) * TAPS, filter, taps[half]);
    }
    for (int c = 0; c < PART; c++) {
        vec points[2][POINTS];
        UNROLL for (int half = 0; half < halves; half++)
        {
            transform_filter(taps[half] + (size_t)(c * TAPS) * LANES, points[half]);
        }
        UNROLL for (int i = 0; i < POINTS; i++)
        {
            const vec x[2] = {points[0][i], points[halves - 1][i]};
            uvec pairs[THREE];
            pair_filters(x, pairs, s);
            UNROLL for (int term = 0; term < s.terms; term++)
            {
                store(to + (size_t)i * point + (size_t)(term * s.vectors) * PAIRS +
                          (size_t)(c * LANES),
                      (vec)pairs[term]);
            }
        }
    }
}

/* TO[K / wide][point][slab][term][vector][channel][LANES pairs] */
INLINE void pack_filters(int channels, int filters, const float *from, float *to, split s)
{
    int wide = s.vectors * LANES;
    int slab = slab_channels(s);
    size_t filter = (size_t)channels * TAPS;
    size_t point = filter_stride(channels, s);
    for (int k = 0; k < filters; k += LANES) {
        float *block =
            to + (size_t)(k / wide) * POINTS * point + (size_t)(k % wide / LANES) * PAIRS;
        for (int c = 0; c < channels; c += slab) {
            pack_slab(from + (size_t)k * filter + (size_t)c * TAPS, filter,
                      block + (size_t)(c / slab * s.terms * s.vectors) * PAIRS, point, s);
        }
    }
}

INLINE void transform_filters(int channels, int filters, const float *from, float *to, int terms)
{
    int vectors = vectors_at_once(filters, WIDEST);
    if (is_paired(channels)) {
        pack_filters(channels, filters, from, to, (split){terms, true, vectors});
    } else {
        pack_filters(channels, filters, from, to, (split){terms, false, vectors});
    }
}

/* QUAD neighbours, the channels of one slab. Neighbours share two columns of pixels. */
INLINE void transform_tiles(const bs_convolution *c, const float *in, float *to, split s)
{
    int halves = slab_channels(s) / LANES;
    size_t pixel = (size_t)c->channels;
    size_t point = input_stride(c->channels, s);
    vec columns[2][4][4];
    UNROLL for (int half = 0; half < halves; half++)
    {
        transform_column(columns[half][0], in + (size_t)(half * LANES), c->row);
        transform_column(columns[half][1], in + pixel + (size_t)(half * LANES), c->row);
    }
    UNROLL for (int t = 0; t < QUAD; t++)
    {
        UNROLL for (int half = 0; half < halves; half++)
        {
            const float *next = in + (size_t)(2 * t + 2) * pixel + (size_t)(half * LANES);
            transform_column(columns[half][2], next, c->row);
            transform_column(columns[half][3], next + pixel, c->row);
        }
        UNROLL for (int y = 0; y < 4; y++)
        {
            vec row[2][4];
            UNROLL for (int half = 0; half < halves; half++)
            {
                vec(*column)[4] = columns[half];
                transform_row(row[half], column[0][y], column[1][y], column[2][y], column[3][y]);
                column[0][y] = column[2][y];
                column[1][y] = column[3][y];
            }
            UNROLL for (int x = 0; x < 4; x++)
            {
                const vec values[2] = {row[0][x], row[halves - 1][x]};
                float *at = to + (size_t)(4 * y + x) * point + (size_t)(t * SIDE);
                uvec pairs[THREE];
                pair_inputs(values, pairs, s);
                UNROLL for (int i = 0; i < input_tiles(s); i++)
                {
                    store(at + (size_t)i * PAIRS, (vec)pairs[i]);
                }
            }
        }
    }
}

/* TO[point][slab][input tile][SIDE tiles of the map][SIDE pairs] */
INLINE void transform_block(const bs_convolution *c, int first, float *to, split s)
{
    int slab = slab_channels(s);
    for (int t = 0; t < BLOCK; t += QUAD) {
        const float *in = input_of_tile(c, first + t, c->channels);
        for (int k = 0; k < c->channels; k += slab) {
            transform_tiles(c, in + k,
                            to + (size_t)(k / slab * input_tiles(s)) * PAIRS + (size_t)(t * SIDE),
                            s);
        }
    }
}

/* The products of a block of tiles in all points, for output channels that are summed at once. */
typedef struct task {
    const bs_convolution *convolution;
    int first; /* tile */
    bool fetch;
    split s;
    const float *inputs, *filters;
    float *sums;
    size_t input_stride, sum_stride;
} task;

INLINE void multiply_point(const task *t, const float *in, const float *filters, int sum,
                           int vectors)
{
    const meetings *m = &MEETINGS[t->s.paired][t->s.terms == THREE];
    size_t step = (size_t)vectors * PAIRS;
    UNROLL for (int j = 0; j < vectors; j++)
    {
        tile_clear(sum + j);
    }
    for (int k = 0; k < t->convolution->channels; k += slab_channels(t->s)) {
        for (int i = 0; i < m->count; i++) {
            const float *filter = filters + (size_t)m->each[i].filter * step;
            if (i == 0 || m->each[i].input != m->each[i - 1].input) {
                tile_load_input(in + (size_t)m->each[i].input * PAIRS);
            }
            UNROLL for (int j = 0; j < vectors; j++)
            {
                tile_load_filter(filter + (size_t)j * PAIRS);
                tile_multiply(sum + j);
            }
        }
        in += (size_t)input_tiles(t->s) * PAIRS;
        filters += (size_t)t->s.terms * step;
    }
}

/* Points take turns with the tiles of sums, so that one need not wait for the other. */
INLINE void multiply_block(const task *t, int vectors)
{
    size_t filter_step = filter_stride(t->convolution->channels, t->s);
    int together = SUMS / vectors;
    for (int i = 0; i < POINTS; i += together) {
        UNROLL for (int p = 0; p < together; p++)
        {
            size_t point = (size_t)i + (size_t)p;
            if (t->fetch) {
                fetch_ahead(t->convolution, t->first, BLOCK, i + p);
            }
            multiply_point(t, t->inputs + point * t->input_stride, t->filters + point * filter_step,
                           p * vectors, vectors);
        }
        UNROLL for (int p = 0; p < together; p++)
        {
            UNROLL for (int j = 0; j < vectors; j++)
            {
                tile_store(p * vectors + j,
                           t->sums + (size_t)(i + p) * t->sum_stride + (size_t)(j * LANES),
                           (size_t)vectors * LANES);
            }
        }
    }
}

/* Whole functions, so that each gets the registers for itself. */
#define TRANSFORM(name, terms, paired)                                                             \
    static __attribute__((noinline)) void name(const bs_convolution *c, int first, float *to)      \
    {                                                                                              \
        transform_block(c, first, to, (split){terms, paired, 0});                                  \
    }
TRANSFORM(transform_single_two, 2, false)
TRANSFORM(transform_single_three, 3, false)
TRANSFORM(transform_paired_two, 2, true)
TRANSFORM(transform_paired_three, 3, true)

#define MULTIPLY(name, vectors)                                                                    \
    static __attribute__((noinline)) void name(const task *t)                                      \
    {                                                                                              \
        multiply_block(t, vectors);                                                                \
    }
MULTIPLY(multiply_1, 1)
MULTIPLY(multiply_2, 2)
MULTIPLY(multiply_3, 3)
MULTIPLY(multiply_4, 4)

static __attribute__((noinline)) void finish(const task *t, int channel)
{
    const products from = {t->sums, t->sum_stride, BLOCK, t->s.vectors};
    finish_block(t->convolution, t->first, channel, from);
}

static void convolve(const bs_convolution *c, float *scratch, int terms)
{
    static void (*const transform[2][2])(const bs_convolution *, int, float *) = {
        {transform_single_two, transform_single_three},
        {transform_paired_two, transform_paired_three}};
    static void (*const multiply[WIDEST])(const task *) = {multiply_1, multiply_2, multiply_3,
                                                           multiply_4};
    const bs_map *out = &c->finish.out;
    const split s = {terms, is_paired(c->channels), vectors_at_once(out->channels, WIDEST)};
    int wide = s.vectors * LANES;
    task t = {c, 0, false, s, scratch, NULL, scratch, input_stride(c->channels, s), 0};
    /* Sums of all output channels at once may replace the inputs. */
    bool in_place = out->channels == wide && c->channels == wide;
    t.sums += in_place ? 0 : POINTS * t.input_stride;
    t.sum_stride = in_place ? t.input_stride : sum_stride(s);
    tiles_begin();
    for (t.first = 0; t.first < out->height * out->width / 4; t.first += BLOCK) {
        t.filters = c->weights;
        transform[s.paired][terms == THREE](c, t.first, scratch);
        for (int k = 0; k < out->channels; k += wide) {
            t.fetch = k == 0 && c->ahead != NULL;
            multiply[s.vectors - 1](&t);
            t.filters += POINTS * filter_stride(c->channels, s);
            finish(&t, k);
        }
    }
    tiles_end();
}

static size_t filters_size(int channels, int filters, int terms)
{
    const split s = {terms, is_paired(channels), 1};
    return (size_t)(filters / LANES) * POINTS * filter_stride(channels, s);
}

static size_t scratch_size(int channels, int terms)
{
    const split s = {terms, is_paired(channels), WIDEST};
    return POINTS * (input_stride(channels, s) + sum_stride(s));
}

#define WINOGRAD(name, terms)                                                                      \
    static size_t name##_filters_size(int channels, int filters)                                   \
    {                                                                                              \
        return filters_size(channels, filters, terms);                                             \
    }                                                                                              \
    static size_t name##_scratch_size(int channels)                                                \
    {                                                                                              \
        return scratch_size(channels, terms);                                                      \
    }                                                                                              \
    static void name##_transform_filters(int channels, int filters, const float *from, float *to)  \
    {                                                                                              \
        transform_filters(channels, filters, from, to, terms);                                     \
    }                                                                                              \
    static void name##_convolve(const bs_convolution *c, float *scratch)                           \
    {                                                                                              \
        convolve(c, scratch, terms);                                                               \
    }                                                                                              \
    const bs_winograd ISA_NAME(bs_winograd_##name##_, BS_ISA) = {                                  \
        .tiles = BLOCK,                                                                            \
        .filters_size = name##_filters_size,                                                       \
        .scratch_size = name##_scratch_size,                                                       \
        .transform_filters = name##_transform_filters,                                             \
        .convolve = name##_convolve,                                                               \
    };

WINOGRAD(split, 3)
WINOGRAD(preview, 2)
