/* Weight gradients: sums of outer products, a block of them in registers. */
#ifndef BLUESHIFT_NN_VECTOR_WEIGHT_SUMS_H
#define BLUESHIFT_NN_VECTOR_WEIGHT_SUMS_H

#include "../vector_gradient.h"
#include "simd.h"

/* Input channels at a time: with three filter columns each they fill 24 of 32 registers, or 12 of
 * 16. */
enum { SUM_LANES = BS_VECTOR, SUM_BLOCK = BS_VECTOR == 16 ? 8 : 4, SUM_COLUMNS = 3 };

/* Pixels of the derivatives after which the sums go to memory: few enough that what one block of
 * channels reads is still in the first-level cache for the next. */
enum { SUM_PIXELS = 128 };

typedef struct sum_shape {
    int block, kernel, stride;
} sum_shape;

/* One row of derivatives and one of the input. With stride 1 every pixel of the input meets three
 * neighbouring derivatives, which roll through three registers; those beyond the edges are zeros
 * of the halo. */
INLINE void sum_row(vec sums[SUM_BLOCK][SUM_COLUMNS], const bs_weight_sums *w, const float *in,
                    const float *out, sum_shape s)
{
    bool rolling = s.kernel == 3 && s.stride == 1;
    const float *at = rolling ? in + w->pixel : in;
    for (int x = 0; x < w->width; x++, out += w->out_pixel, at += (size_t)s.stride * w->pixel) {
        vec derivatives[SUM_COLUMNS];
        derivatives[0] = load(rolling ? out + w->out_pixel : out);
        if (rolling) {
            derivatives[1] = load(out);
            derivatives[2] = load(out - w->out_pixel);
        }
        UNROLL for (int i = 0; i < s.block; i++)
        {
            vec value = broadcast(at[i]);
            UNROLL for (int k = 0; k < s.kernel; k++)
            {
                if (!rolling && k > 0) {
                    value = broadcast(at[(size_t)k * w->pixel + (size_t)i]);
                }
                sums[i][k] = fma_vec(value, derivatives[rolling ? k : 0], sums[i][k]);
            }
        }
    }
}

/* The sums of one vector of filters, one filter row and a block of channels, over some rows. */
INLINE void sum_block(const bs_weight_sums *w, const float *in, const float *out, int rows,
                      float *to, sum_shape s)
{
    vec sums[SUM_BLOCK][SUM_COLUMNS];
    UNROLL for (int i = 0; i < s.block; i++)
    {
        UNROLL for (int k = 0; k < s.kernel; k++)
        {
            sums[i][k] = broadcast(0.0F);
        }
    }
    for (int y = 0; y < rows; y++) {
        sum_row(sums, w, in + (size_t)(y * s.stride) * w->row, out + (size_t)y * w->out_row, s);
    }
    UNROLL for (int i = 0; i < s.block; i++)
    {
        UNROLL for (int k = 0; k < s.kernel; k++)
        {
            float *place = to + (size_t)(i * s.kernel + k) * SUM_LANES;
            store(place, load(place) + sums[i][k]);
        }
    }
}

INLINE void sum_strip(const bs_weight_sums *w, int first, int rows, int kernel, int stride)
{
    size_t filter_row = (size_t)(w->channels * kernel) * SUM_LANES;
    for (int k = 0; k < w->filters; k += SUM_LANES) {
        const float *out = w->out + (size_t)first * w->out_row + k;
        float *to = w->sums + (size_t)(k / SUM_LANES * kernel) * filter_row;
        for (int ky = 0; ky < kernel; ky++, to += filter_row) {
            const float *in = w->in + (size_t)(first * stride + ky) * w->row;
            int c = 0;
            for (; c + SUM_BLOCK <= w->channels; c += SUM_BLOCK) {
                sum_block(w, in + c, out, rows, to + (size_t)(c * kernel) * SUM_LANES,
                          (sum_shape){SUM_BLOCK, kernel, stride});
            }
            for (; c < w->channels; c++) {
                sum_block(w, in + c, out, rows, to + (size_t)(c * kernel) * SUM_LANES,
                          (sum_shape){1, kernel, stride});
            }
        }
    }
}

INLINE void sum_map(const bs_weight_sums *w, int kernel, int stride)
{
    int strip = SUM_PIXELS / w->width > 1 ? SUM_PIXELS / w->width : 1;
    for (int y = 0; y < w->height; y += strip) {
        int rest = w->height - y;
        sum_strip(w, y, rest < strip ? rest : strip, kernel, stride);
    }
}

/* Whole functions, so that each gets the registers for itself. */
#define SUM(name, kernel, stride)                                                                  \
    static __attribute__((noinline)) void name(const bs_weight_sums *w)                            \
    {                                                                                              \
        sum_map(w, kernel, stride);                                                                \
    }

SUM(sum_three, 3, 1)
SUM(sum_three_halving, 3, 2)
SUM(sum_points, 1, 1)
SUM(sum_points_halving, 1, 2)

static void sum_weights(const bs_weight_sums *w)
{
    static void (*const sums[2][2])(const bs_weight_sums *) = {{sum_points, sum_points_halving},
                                                               {sum_three, sum_three_halving}};
    sums[w->kernel == 3][w->stride == 2](w);
}

#endif
