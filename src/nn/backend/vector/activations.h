/* Activations and their derivatives on vectors, the smooth ones to a few units in the last place of
 * single precision. */
#ifndef BLUESHIFT_NN_VECTOR_ACTIVATIONS_H
#define BLUESHIFT_NN_VECTOR_ACTIVATIONS_H

#include "blueshift/activation.h"
#include "simd.h"

/* Polynomial in X with COUNT coefficients, highest power first. */
INLINE vec polynomial(vec x, const float *coefficients, int count)
{
    vec sum = broadcast(coefficients[0]);
    for (int i = 1; i < count; i++) {
        sum = fma_vec(sum, x, broadcast(coefficients[i]));
    }
    return sum;
}

INLINE vec magnitude(vec x)
{
    return (vec)((ivec)x & 0x7FFFFFFF);
}

INLINE vec with_sign_of(vec x, vec sign)
{
    return (vec)((ivec)x | ((ivec)sign & ~0x7FFFFFFF));
}

/* exp(x) for x <= 0; what would be below the smallest normal number is that number. The exponent n
 * is rounded by adding 3 * 2^22, which leaves it in the low bits; ln 2 comes in two parts so that
 * n ln 2 is exact. */
INLINE vec exp_negative(vec x)
{
    static const float terms[] = {1.0F / 720, 1.0F / 120, 1.0F / 24, 1.0F / 6, 0.5F, 1.0F, 1.0F};
    const vec round = broadcast(12582912.0F);
    x = larger(broadcast(-87.0F), x);
    vec shifted = fma_vec(x, broadcast(1.44269504F), round);
    vec n = shifted - round;
    vec rest = fma_vec(n, broadcast(-0.693359375F), x);
    rest = fma_vec(n, broadcast(2.12194440e-4F), rest);
    vec power = (vec)(((uvec)shifted + 127) << 23);
    return polynomial(rest, terms, 7) * power;
}

/* Near zero an odd polynomial (Cephes, Moshier 1992), where 1 - exp(-2|x|) would cancel. */
INLINE vec tanh_vec(vec x)
{
    static const float near[] = {-5.70498872745e-3F, 2.06390887954e-2F, -5.37397155531e-2F,
                                 1.33314422036e-1F, -3.33332819422e-1F};
    vec size = magnitude(x);
    vec square = x * x;
    vec small = fma_vec(polynomial(square, near, 5) * square, x, x);
    vec decay = exp_negative(-2.0F * size);
    vec large = with_sign_of((1.0F - decay) / (1.0F + decay), x);
    return choose(size < broadcast(0.625F), small, large);
}

/* max(x, 0) + log(1 + t) with t = exp(-|x|); log(1 + t) = 2 artanh(s) with s = t / (2 + t) at most
 * 1/3. */
INLINE vec softplus_vec(vec x)
{
    static const float terms[] = {2.0F / 15, 2.0F / 13, 2.0F / 11, 2.0F / 9,
                                  2.0F / 7,  2.0F / 5,  2.0F / 3,  2.0F};
    vec decay = exp_negative(-magnitude(x));
    vec s = decay / (2.0F + decay);
    return fma_vec(polynomial(s * s, terms, 8), s, larger(broadcast(0.0F), x));
}

/* erfc(z) for z >= 1 over exp(-z^2): one polynomial in 1/z^2 below 2, one above (Cephes). */
INLINE vec scaled_erfc(vec z)
{
    static const float middle[] = {
        2.326819970068386e-2F,  -1.387039388740657e-1F, 3.687424674597105e-1F,
        -5.824733027278666e-1F, 6.210004621745983e-1F,  -4.944515323274145e-1F,
        3.404879937665872e-1F,  -2.741127028184656e-1F, 5.638259427386472e-1F};
    static const float far[] = {-1.047766399936249e+1F, 1.297719955372516e+1F,
                                -7.495518717768503e+0F, 2.921019019210786e+0F,
                                -1.015265279202700e+0F, 4.218463358204948e-1F,
                                -2.820767439740514e-1F, 5.641895067754075e-1F};
    vec inverse = 1.0F / z;
    vec square = inverse * inverse;
    vec below = polynomial(square, middle, 9);
    vec above = polynomial(square, far, 8);
    return inverse * choose(z < broadcast(2.0F), below, above);
}

/* HALF erfc(-x / sqrt 2): with half a one Phi(x), the normal distribution, with x/2 gelu. */
INLINE vec scaled_normal(vec x, vec half)
{
    static const float near[] = {7.853861353153693e-5F, -8.010193625184903e-4F,
                                 5.188327685732524e-3F, -2.685381193529856e-2F,
                                 1.128358514861418e-1F, -3.761262582423300e-1F,
                                 1.128379165726710e+0F};
    vec z = 0.70710678F * magnitude(x);
    vec square = z * z;
    vec error = with_sign_of(z * polynomial(square, near, 7), x);
    vec tail = exp_negative(-0.5F * (x * x)) * scaled_erfc(larger(broadcast(1.0F), z));
    vec small = fma_vec(half, error, half);
    vec large = choose(x < broadcast(0.0F), half * tail, half * (2.0F - tail));
    return choose(z < broadcast(1.0F), small, large);
}

INLINE vec gelu_vec(vec x)
{
    return scaled_normal(x, 0.5F * x);
}

/* 1 / (1 + exp(-x)) */
INLINE vec logistic_vec(vec x)
{
    vec decay = exp_negative(-magnitude(x));
    return choose(x < broadcast(0.0F), decay, broadcast(1.0F)) / (1.0F + decay);
}

/* Phi(x) + x phi(x) */
INLINE vec gelu_derivative(vec x)
{
    vec density = 0.39894228F * exp_negative(-0.5F * (x * x));
    return fma_vec(x, density, scaled_normal(x, broadcast(0.5F)));
}

/* The activation of X by element; NaN stays NaN. */
INLINE vec activate(bs_activation activation, float slope, vec x)
{
    switch (activation) {
    case BS_ACTIVATION_RELU:
        return larger(broadcast(0.0F), x);
    case BS_ACTIVATION_LEAKY_RELU:
        return choose(x < broadcast(0.0F), broadcast(slope) * x, x);
    case BS_ACTIVATION_TANH:
        return tanh_vec(x);
    case BS_ACTIVATION_SOFTPLUS:
        return softplus_vec(x);
    case BS_ACTIVATION_GELU:
        return gelu_vec(x);
    }
    return x;
}

/* Its derivative at X by element; of the piecewise linear ones at 0 that from below. */
INLINE vec activate_derivative(bs_activation activation, float slope, vec x)
{
    const vec one = broadcast(1.0F);
    switch (activation) {
    case BS_ACTIVATION_RELU:
        return choose(x <= broadcast(0.0F), broadcast(0.0F), one);
    case BS_ACTIVATION_LEAKY_RELU:
        return choose(x <= broadcast(0.0F), broadcast(slope), one);
    case BS_ACTIVATION_TANH:
        return one - tanh_vec(x) * tanh_vec(x);
    case BS_ACTIVATION_SOFTPLUS:
        return logistic_vec(x);
    case BS_ACTIVATION_GELU:
        return gelu_derivative(x);
    }
    return one;
}

#endif
