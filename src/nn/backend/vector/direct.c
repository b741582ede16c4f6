/* Direct convolutions and pointwise passes over tiles of pixels and one vector of channels. */
#include "tile.h"

/* What the compiler knows of a convolution: with these as constants it unrolls the filter row, and
 * turns a channel count into address offsets. */
typedef struct geometry {
    int channels, kernel, stride;
    patch tile;
} geometry;

/* One input channel of one filter row: each pixel is read once, for all filter columns. */
INLINE void add_pixels(vec tile[TILE], const float *in, size_t pixel, const vec *weights,
                       geometry s)
{
    int columns = s.tile.columns;
    UNROLL for (int x = 0; x < (columns - 1) * s.stride + s.kernel; x++)
    {
        if (x % s.stride >= s.kernel) {
            continue;
        }
        vec value = broadcast(in[(size_t)x * pixel]);
        UNROLL for (int k = 0; k < s.kernel; k++)
        {
            int p = (x - k) / s.stride;
            if (x >= k && (x - k) % s.stride == 0 && p < columns) {
                tile[p] = fma_vec(value, weights[k], tile[p]);
            }
        }
    }
}

INLINE void convolve_tile(vec tile[TILE], const bs_convolution *c, const float *in,
                          const float *weights, geometry s)
{
    /* Channels and pixels of convolutions are as far apart as there are channels. */
    size_t pixel = s.kernel == 3 ? (size_t)s.channels : c->pixel;
    UNROLL for (int p = 0; p < TILE; p++)
    {
        tile[p] = broadcast(0.0F);
    }
    for (int ky = 0; ky < s.kernel; ky++, in += c->row) {
        for (int i = 0; i < s.channels; i++, weights += (size_t)s.kernel * LANES) {
            vec row[3];
            UNROLL for (int k = 0; k < s.kernel; k++)
            {
                row[k] = load(weights + (size_t)k * LANES);
            }
            UNROLL for (int r = 0; r < s.tile.rows; r++)
            {
                add_pixels(tile + (size_t)(r * s.tile.columns),
                           in + (size_t)(r * s.stride) * c->row + i, pixel, row, s);
            }
        }
    }
}

INLINE void convolve_map(const bs_convolution *c, geometry s)
{
    const bs_map *out = &c->finish.out;
    size_t filter = (size_t)(s.kernel * s.kernel) * (size_t)s.channels * LANES;
    const float *weights = c->weights;
    for (int k = 0; k < out->channels; k += LANES, weights += filter) {
        for (int y = 0; y < out->height; y += s.tile.rows) {
            for (int x = 0; x < out->width; x += s.tile.columns) {
                vec tile[TILE];
                const place at = {y, x, k};
                const float *in =
                    c->in + (size_t)(y * s.stride) * c->row + (size_t)(x * s.stride) * c->pixel;
                convolve_tile(tile, c, in, weights, s);
                finish_tile(tile, s.tile, &c->finish, &at);
            }
        }
    }
}

/* The shapes of tiles in wide maps, and in those of width 8. */
static const patch LINE = {1, TILE};
static const patch LINES = {TILE / NARROW, NARROW};

INLINE bool is_wide(const bs_map *map)
{
    return map->width % TILE == 0;
}

/* Whole functions, so that each gets the registers for itself. */
#define CONVOLVE(name, channels, kernel, stride, tile)                                             \
    static __attribute__((noinline)) void name(const bs_convolution *c)                            \
    {                                                                                              \
        convolve_map(c, (geometry){channels, kernel, stride, tile});                               \
    }

CONVOLVE(convolve_stem, 3, 3, 1, LINE)
CONVOLVE(convolve_16, 16, 3, 1, LINE)
CONVOLVE(convolve_32, 32, 3, 1, LINE)
CONVOLVE(convolve_wide, c->channels, 3, 1, LINE)
CONVOLVE(convolve_narrow_64, 64, 3, 1, LINES)
CONVOLVE(convolve_narrow, c->channels, 3, 1, LINES)
CONVOLVE(convolve_halving, c->channels, 3, 2, LINE)
CONVOLVE(convolve_halving_narrow, c->channels, 3, 2, LINES)
CONVOLVE(convolve_point, c->channels, 1, 1, LINE)
CONVOLVE(convolve_point_narrow, c->channels, 1, 1, LINES)
CONVOLVE(convolve_point_halving, c->channels, 1, 2, LINE)
CONVOLVE(convolve_point_halving_narrow, c->channels, 1, 2, LINES)

static void convolve(const bs_convolution *c)
{
    static void (*const general[2][2][2])(const bs_convolution *) = {
        {{convolve_wide, convolve_narrow}, {convolve_halving, convolve_halving_narrow}},
        {{convolve_point, convolve_point_narrow},
         {convolve_point_halving, convolve_point_halving_narrow}}};
    bool narrow = !is_wide(&c->finish.out);
    if (c->kernel == 3 && c->stride == 1 && !narrow && c->channels == 3) {
        convolve_stem(c);
    } else if (c->kernel == 3 && c->stride == 1 && !narrow && c->channels == 16) {
        convolve_16(c);
    } else if (c->kernel == 3 && c->stride == 1 && !narrow && c->channels == 32) {
        convolve_32(c);
    } else if (c->kernel == 3 && c->stride == 1 && c->finish.out.width == NARROW &&
               c->channels == 64) {
        convolve_narrow_64(c);
    } else {
        general[c->kernel == 1][c->stride == 2][narrow](c);
    }
}

static void finish(const bs_map *in, const bs_finish *task)
{
    if (is_wide(in)) {
        finish_map(in, task, LINE);
    } else {
        finish_map(in, task, LINES);
    }
}

/* Halves on halves, so that rounding grows with the logarithm. */
INLINE vec sum_tile(const vec tile[TILE])
{
    vec sums[TILE / 2];
    UNROLL for (int p = 0; p < TILE / 2; p++)
    {
        sums[p] = tile[p] + tile[p + TILE / 2];
    }
    UNROLL for (int half = TILE / 4; half > 0; half /= 2)
    {
        UNROLL for (int p = 0; p < half; p++)
        {
            sums[p] += sums[p + half];
        }
    }
    return sums[0];
}

INLINE void finish_and_sum_map(const bs_map *in, const bs_finish *finish, float *sums[2],
                               patch shape)
{
    size_t step = (size_t)in->channels;
    for (int k = 0; k < in->channels; k += LANES) {
        vec main = broadcast(0.0F);
        vec other = broadcast(0.0F);
        for (int y = 0; y < in->height; y += shape.rows) {
            for (int x = 0; x < in->width; x += shape.columns) {
                vec tile[TILE];
                const place at = {y, x, k};
                if (finish->skip != NULL) {
                    load_tile(tile, finish->skip + offset_in_map(&at, finish->skip_row, step),
                              shape, finish->skip_row, step);
                    other += sum_tile(tile);
                }
                load_tile(tile, in->at + offset_in_map(&at, in->row, step), shape, in->row, step);
                main += sum_tile(tile);
                finish_tile(tile, shape, finish, &at);
            }
        }
        store(sums[0] + k, main);
        if (finish->skip != NULL) {
            store(sums[1] + k, other);
        }
    }
}

static void finish_and_sum(const bs_map *in, const bs_finish *task, float *main, float *skip)
{
    float *sums[2] = {main, skip};
    if (is_wide(in)) {
        finish_and_sum_map(in, task, sums, LINE);
    } else {
        finish_and_sum_map(in, task, sums, LINES);
    }
}

INLINE void sum_map(const bs_map *in, float *sum, patch shape)
{
    size_t step = (size_t)in->channels;
    for (int k = 0; k < in->channels; k += LANES) {
        vec total = broadcast(0.0F);
        for (int y = 0; y < in->height; y += shape.rows) {
            for (int x = 0; x < in->width; x += shape.columns) {
                vec tile[TILE];
                const place at = {y, x, k};
                load_tile(tile, in->at + offset_in_map(&at, in->row, step), shape, in->row, step);
                total += sum_tile(tile);
            }
        }
        store(sum + k, total);
    }
}

static void sum(const bs_map *in, float *total)
{
    if (is_wide(in)) {
        sum_map(in, total, LINE);
    } else {
        sum_map(in, total, LINES);
    }
}

enum { CHAINS = 4 };

/* Rows are summed first, so that rounding does not grow with the number of pixels, and in chains
 * that do not wait for each other. */
INLINE void measure_map(const bs_map *in, const bs_moments *moments, int chains)
{
    size_t step = (size_t)in->channels;
    for (int k = 0; k < in->channels; k += LANES) {
        vec pivot = load(in->at + k);
        vec sums[CHAINS] = {0};
        vec squares[CHAINS] = {0};
        for (int y = 0; y < in->height; y++) {
            const float *pixels = in->at + (size_t)y * in->row + k;
            vec row_sums[CHAINS] = {0};
            vec row_squares[CHAINS] = {0};
            for (int x = 0; x < in->width; x += chains) {
                UNROLL for (int i = 0; i < chains; i++)
                {
                    vec deviation = load(pixels + (size_t)(x + i) * step) - pivot;
                    row_sums[i] += deviation;
                    row_squares[i] = fma_vec(deviation, deviation, row_squares[i]);
                }
            }
            UNROLL for (int i = 0; i < CHAINS; i++)
            {
                sums[i] += row_sums[i];
                squares[i] += row_squares[i];
            }
        }
        store(moments->pivot + k, pivot);
        store(moments->sum + k, (sums[0] + sums[1]) + (sums[2] + sums[3]));
        store(moments->squares + k, (squares[0] + squares[1]) + (squares[2] + squares[3]));
    }
}

static void measure(const bs_map *in, const bs_moments *moments)
{
    if (in->width % CHAINS == 0) {
        measure_map(in, moments, CHAINS);
    } else {
        measure_map(in, moments, 1);
    }
}

static void pool(const bs_map *in, float *mean)
{
    vec share = broadcast(1.0F / (float)(in->height * in->width));
    for (int k = 0; k < in->channels; k += LANES) {
        vec sum = broadcast(0.0F);
        for (int y = 0; y < in->height; y++) {
            for (int x = 0; x < in->width; x++) {
                sum += load(in->at + (size_t)y * in->row + (size_t)(x * in->channels + k));
            }
        }
        store(mean + k, sum * share);
    }
}

const bs_vector ISA_NAME(bs_vector_, BS_ISA) = {
    .lanes = LANES,
    .tile = TILE,
    .convolve = convolve,
    .finish = finish,
    .finish_and_sum = finish_and_sum,
    .sum = sum,
    .measure = measure,
    .pool = pool,
};
