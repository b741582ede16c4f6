/* One vector of BS_VECTOR floats, and the few operations that compilers need help with. */
#ifndef BLUESHIFT_NN_VECTOR_SIMD_H
#define BLUESHIFT_NN_VECTOR_SIMD_H

#include <string.h>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

#define INLINE static inline __attribute__((always_inline))

typedef float vec __attribute__((vector_size(4 * BS_VECTOR)));
typedef int ivec __attribute__((vector_size(4 * BS_VECTOR)));
typedef unsigned uvec __attribute__((vector_size(4 * BS_VECTOR)));

INLINE vec load(const float *from)
{
    vec v;
    memcpy(&v, from, sizeof v);
    return v;
}

INLINE void store(float *to, vec v)
{
    memcpy(to, &v, sizeof v);
}

/* A where MASK, a comparison's result, holds; B elsewhere. */
INLINE vec choose(ivec mask, vec a, vec b)
{
    return (vec)((mask & (ivec)a) | (~mask & (ivec)b));
}

/* a * b + c, rounded once where the instruction set can. larger(a, NaN) is NaN, larger(NaN, b) is
 * b: constants come first. */
#if defined(__AVX512F__)
INLINE vec fma_vec(vec a, vec b, vec c)
{
    return (vec)_mm512_fmadd_ps((__m512)a, (__m512)b, (__m512)c);
}

INLINE vec broadcast(float x)
{
    return (vec)_mm512_set1_ps(x);
}

INLINE vec larger(vec a, vec b)
{
    return (vec)_mm512_max_ps((__m512)a, (__m512)b);
}
#elif defined(__AVX2__)
INLINE vec fma_vec(vec a, vec b, vec c)
{
    return (vec)_mm256_fmadd_ps((__m256)a, (__m256)b, (__m256)c);
}

INLINE vec broadcast(float x)
{
    return (vec)_mm256_set1_ps(x);
}

INLINE vec larger(vec a, vec b)
{
    return (vec)_mm256_max_ps((__m256)a, (__m256)b);
}
#else
INLINE vec fma_vec(vec a, vec b, vec c)
{
    return a * b + c;
}

INLINE vec broadcast(float x)
{
    return x - (vec){0};
}

INLINE vec larger(vec a, vec b)
{
    return choose(a > b, a, b);
}
#endif

#endif
