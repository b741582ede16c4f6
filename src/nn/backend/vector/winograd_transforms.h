/* The transforms of Winograd's convolutions along one axis of a tile. */
#ifndef BLUESHIFT_NN_VECTOR_WINOGRAD_TRANSFORMS_H
#define BLUESHIFT_NN_VECTOR_WINOGRAD_TRANSFORMS_H

#include "simd.h"

/* F(R, 3) gives R outputs of a filter of 3 taps from SIDE = R + 2 inputs by SIDE products: inputs
 * and filters are polynomials, evaluated at SIDE points, multiplied there, and interpolated (Lavin
 * and Gray 2016). Points lie in pairs: side 4 has 1, -1, then 0 and infinity; side 6 has 5/8, -5/8,
 * 3/2, -3/2, then 0 and infinity. What is common to a pair is computed once.
 *
 * Not the textbook's 1 and 2 for side 6: with points nearer to each other, whose powers differ
 * less, rounding is four times smaller; and their powers are exact. All factors that are not stand
 * in the filter's transform, which runs once for many images and takes them in two parts. Rounded
 * once they would be wrong alike for all filters of all layers, by up to 5e-8, and that adds up to
 * a bias: in the loss of a trained ResNet-20 1.2e-7, where it is 4e-8 with exact factors. */

/* Two points of B' d, those of PAIR. */
INLINE void input_pair(vec out[2], const vec *d, int side, int pair)
{
    if (side == 4 && pair == 0) {
        out[0] = d[1] + d[2];
        out[1] = d[2] - d[1];
    } else if (side == 4) {
        out[0] = d[0] - d[2];
        out[1] = d[1] - d[3];
    } else if (pair == 2) {
        vec first = broadcast(225.0F / 256.0F);
        vec middle = broadcast(-169.0F / 64.0F);
        out[0] = fma_vec(first, d[0], fma_vec(middle, d[2], d[4]));
        out[1] = fma_vec(first, d[1], fma_vec(middle, d[3], d[5]));
    } else {
        vec point = broadcast(pair == 0 ? 5.0F / 8.0F : 3.0F / 2.0F);
        vec other = broadcast(pair == 0 ? -9.0F / 4.0F : -25.0F / 64.0F);
        vec even = fma_vec(other, d[2], d[4]);
        vec odd = fma_vec(other, d[1], d[3]);
        out[0] = fma_vec(point, odd, even);
        out[1] = fma_vec(-point, odd, even);
    }
}

/* A' m: SIDE - 2 outputs. */
INLINE void output_axis(vec *out, const vec *m, int side)
{
    vec sum = m[0] + m[1];
    vec difference = m[0] - m[1];
    if (side == 4) {
        out[0] = m[2] + sum;
        out[1] = difference - m[3];
        return;
    }
    vec other_sum = m[2] + m[3];
    vec other = m[2] - m[3];
    out[0] = m[4] + (sum + other_sum);
    out[1] = fma_vec(broadcast(5.0F / 8.0F), difference, broadcast(3.0F / 2.0F) * other);
    out[2] = fma_vec(broadcast(25.0F / 64.0F), sum, broadcast(9.0F / 4.0F) * other_sum);
    out[3] = fma_vec(broadcast(125.0F / 512.0F), difference,
                     fma_vec(broadcast(27.0F / 8.0F), other, m[5]));
}

/* FACTOR times X, rounded as if FACTOR were exact. */
INLINE vec times(double factor, vec x)
{
    float high = (float)factor;
    float low = (float)(factor - (double)high);
    return fma_vec(broadcast(high), x, broadcast(low) * x);
}

/* FACTOR times (g0 + POINT^2 g2 +- POINT g1). */
INLINE void filter_pair(vec out[2], const vec g[3], float point, double factor)
{
    vec even = fma_vec(broadcast(point * point), g[2], g[0]);
    vec odd = broadcast(point) * g[1];
    out[0] = times(factor, even + odd);
    out[1] = times(factor, even - odd);
}

/* G g: SIDE points of three taps. */
INLINE void filter_axis(vec *out, const vec g[3], int side)
{
    if (side == 4) {
        filter_pair(out, g, 1.0F, 1.0 / 2.0);
        out[2] = g[0];
        out[3] = g[2];
    } else {
        filter_pair(out, g, 5.0F / 8.0F, -2048.0 / 2975.0);
        filter_pair(out + 2, g, 3.0F / 2.0F, 128.0 / 1071.0);
        out[4] = times(256.0 / 225.0, g[0]);
        out[5] = g[2];
    }
}

#endif
