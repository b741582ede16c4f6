/* Activations in single precision, of basic operations alone, so that every machine gets the same
 * bits; formulas and coefficients are those of vector/activations.h. NaN stays NaN. */
#ifndef BLUESHIFT_NN_CUDA_ACTIVATIONS_H
#define BLUESHIFT_NN_CUDA_ACTIVATIONS_H

#include "blueshift/activation.h"
#include "primitives.cuh"

template <int COUNT> CUDA_FUNCTION float polynomial(float x, const float (&coefficients)[COUNT])
{
    float sum = coefficients[0];
#pragma unroll
    for (int i = 1; i < COUNT; i++) {
        sum = fused_multiply_add(sum, x, coefficients[i]);
    }
    return sum;
}

CUDA_FUNCTION float magnitude(float x)
{
    return float_of(bits_of(x) & 0x7FFFFFFFU);
}

CUDA_FUNCTION float with_sign_of(float x, float sign)
{
    return float_of(bits_of(x) | (bits_of(sign) & 0x80000000U));
}

/* exp(x) for x <= 0, at least the smallest normal number. */
CUDA_FUNCTION float exp_negative(float x)
{
    const float terms[] = {1.0F / 720, 1.0F / 120, 1.0F / 24, 1.0F / 6, 0.5F, 1.0F, 1.0F};
    const float round = 12582912.0F;
    x = x < -87.0F ? -87.0F : x;
    const float shifted = fused_multiply_add(x, 1.44269504F, round);
    const float n = shifted - round;
    float rest = fused_multiply_add(n, -0.693359375F, x);
    rest = fused_multiply_add(n, 2.12194440e-4F, rest);
    return polynomial(rest, terms) * float_of((bits_of(shifted) + 127U) << 23);
}

CUDA_FUNCTION float tanh_of(float x)
{
    const float near[] = {-5.70498872745e-3F, 2.06390887954e-2F, -5.37397155531e-2F,
                          1.33314422036e-1F, -3.33332819422e-1F};
    const float size = magnitude(x);
    const float square = x * x;
    if (size < 0.625F) {
        return fused_multiply_add(polynomial(square, near) * square, x, x);
    }
    const float decay = exp_negative(-2.0F * size);
    return with_sign_of((1.0F - decay) / (1.0F + decay), x);
}

CUDA_FUNCTION float softplus_of(float x)
{
    const float terms[] = {2.0F / 15, 2.0F / 13, 2.0F / 11, 2.0F / 9,
                           2.0F / 7,  2.0F / 5,  2.0F / 3,  2.0F};
    const float decay = exp_negative(-magnitude(x));
    const float s = decay / (2.0F + decay);
    return fused_multiply_add(polynomial(s * s, terms), s, x < 0.0F ? 0.0F : x);
}

/* erfc(z) for z >= 1 over exp(-z^2). */
CUDA_FUNCTION float scaled_erfc(float z)
{
    const float middle[] = {2.326819970068386e-2F,  -1.387039388740657e-1F, 3.687424674597105e-1F,
                            -5.824733027278666e-1F, 6.210004621745983e-1F,  -4.944515323274145e-1F,
                            3.404879937665872e-1F,  -2.741127028184656e-1F, 5.638259427386472e-1F};
    const float far[] = {-1.047766399936249e+1F, 1.297719955372516e+1F,  -7.495518717768503e+0F,
                         2.921019019210786e+0F,  -1.015265279202700e+0F, 4.218463358204948e-1F,
                         -2.820767439740514e-1F, 5.641895067754075e-1F};
    const float inverse = 1.0F / z;
    const float square = inverse * inverse;
    return inverse * (z < 2.0F ? polynomial(square, middle) : polynomial(square, far));
}

CUDA_FUNCTION float gelu_of(float x)
{
    const float near[] = {7.853861353153693e-5F,  -8.010193625184903e-4F, 5.188327685732524e-3F,
                          -2.685381193529856e-2F, 1.128358514861418e-1F,  -3.761262582423300e-1F,
                          1.128379165726710e+0F};
    const float half = 0.5F * x;
    const float z = 0.70710678F * magnitude(x);
    if (z < 1.0F) {
        const float error = with_sign_of(z * polynomial(z * z, near), x);
        return fused_multiply_add(half, error, half);
    }
    const float tail = exp_negative(-0.5F * (x * x)) * scaled_erfc(z);
    return x < 0.0F ? half * tail : half * (2.0F - tail);
}

CUDA_CALLED float smooth_activation(int activation, float x)
{
    return activation == BS_ACTIVATION_TANH       ? tanh_of(x)
           : activation == BS_ACTIVATION_SOFTPLUS ? softplus_of(x)
                                                  : gelu_of(x);
}

/* SLOPE is 0 for relu. A maximum would make 0 of NaN, and 0 times infinity NaN of a sound 0. */
template <int ROWS>
CUDA_FUNCTION void activate_tile(float (&tile)[ROWS][2][4], int activation, float slope)
{
    const bool smooth = activation != BS_ACTIVATION_RELU && activation != BS_ACTIVATION_LEAKY_RELU;
#pragma unroll
    for (int i = 0; i < 8 * ROWS; i++) {
        float &v = tile[i / 8][i / 4 % 2][i % 4];
        if (smooth) {
            v = smooth_activation(activation, v);
        } else {
            v = v < 0.0F ? (slope == 0.0F ? 0.0F : slope * v) : v;
        }
    }
}

#endif
