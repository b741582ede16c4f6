/* One vector of BS_VECTOR floats, and the few operations that compilers need help with. */
#ifndef BLUESHIFT_NN_VECTOR_SIMD_H
#define BLUESHIFT_NN_VECTOR_SIMD_H

#include <string.h>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

#define INLINE static inline __attribute__((always_inline))

/* Loops over tiles must be unrolled for the accumulators to live in registers. */
#define UNROLL _Pragma("GCC unroll 64")

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

/* The lower, and the upper, halves of A and B, element by element in turn. */
#if BS_VECTOR == 16
#define LOWER 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23
#define UPPER 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31
#elif BS_VECTOR == 8
#define LOWER 0, 8, 1, 9, 2, 10, 3, 11
#define UPPER 4, 12, 5, 13, 6, 14, 7, 15
#else
#define LOWER 0, 4, 1, 5
#define UPPER 2, 6, 3, 7
#endif
#if defined(__clang__)
#define SHUFFLE(a, b, ...) __builtin_shufflevector(a, b, __VA_ARGS__)
#else
#define SHUFFLE(a, b, ...) __builtin_shuffle(a, b, (ivec){__VA_ARGS__})
#endif

/* Transposes a square in registers: each of log2 BS_VECTOR rounds interleaves its upper half of
 * rows with its lower half. */
INLINE void transpose(vec rows[BS_VECTOR])
{
    UNROLL for (int round = 1; round < BS_VECTOR; round *= 2)
    {
        vec mixed[BS_VECTOR];
        UNROLL for (size_t i = 0; i < BS_VECTOR / 2; i++)
        {
            mixed[2 * i] = SHUFFLE(rows[i], rows[i + BS_VECTOR / 2], LOWER);
            mixed[2 * i + 1] = SHUFFLE(rows[i], rows[i + BS_VECTOR / 2], UPPER);
        }
        UNROLL for (int i = 0; i < BS_VECTOR; i++)
        {
            rows[i] = mixed[i];
        }
    }
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
