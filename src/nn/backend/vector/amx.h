/* Matrix tiles of bf16 pairs, multiplied and summed in single precision: by AMX, or the same in C.
 */
#ifndef BLUESHIFT_NN_VECTOR_AMX_H
#define BLUESHIFT_NN_VECTOR_AMX_H

#include <stdbool.h>
#include <stdint.h>

#include "simd.h"

/* A tile in memory is SIDE rows of SIDE pairs, or of SIDE sums. A product adds to sum (m, n)
 *   sum over k of input[m][k].low * filter[k][n].low + input[m][k].high * filter[k][n].high.
 * There are SUMS tiles of sums, named by a constant, one of inputs and one of filters. */
enum { SIDE = 16, PAIRS = SIDE * SIDE, SUMS = 4 };

#if defined(BS_TILES_AMX)

/* A register's number is part of its instruction. SUM is constant: one case is left. */
#define WITH_SUM(sum, use)                                                                         \
    switch (sum) {                                                                                 \
    case 0:                                                                                        \
        use(0);                                                                                    \
        break;                                                                                     \
    case 1:                                                                                        \
        use(1);                                                                                    \
        break;                                                                                     \
    case 2:                                                                                        \
        use(2);                                                                                    \
        break;                                                                                     \
    default:                                                                                       \
        use(3);                                                                                    \
        break;                                                                                     \
    }

/* Compilers do not all know that the instructions read and write memory. */
INLINE void order_memory(void)
{
    __asm__ volatile("" ::: "memory");
}

/* Every tile has 16 rows of 64 bytes. */
INLINE void tiles_begin(void)
{
    static const struct __attribute__((packed, aligned(64))) {
        uint8_t palette, start_row, reserved[14];
        uint16_t row_bytes[16];
        uint8_t rows[16];
    } shapes = {.palette = 1,
                .row_bytes = {64, 64, 64, 64, 64, 64, 64, 64},
                .rows = {SIDE, SIDE, SIDE, SIDE, SIDE, SIDE, SIDE, SIDE}};
    order_memory();
    _tile_loadconfig(&shapes);
}

/* Whatever switches between processes need not save released tiles. */
INLINE void tiles_end(void)
{
    _tile_release();
}

INLINE void tile_clear(int sum){
#define CLEAR(t) _tile_zero(t)
    WITH_SUM(sum, CLEAR)
#undef CLEAR
}

INLINE void tile_load_input(const float *from)
{
    order_memory();
    _tile_loadd(6, from, 64);
}

INLINE void tile_load_filter(const float *from)
{
    order_memory();
    _tile_loadd(7, from, 64);
}

INLINE void tile_multiply(int sum){
#define MULTIPLY(t) _tile_dpbf16ps(t, 6, 7)
    WITH_SUM(sum, MULTIPLY)
#undef MULTIPLY
}

/* Rows of TO are ROW floats apart. */
INLINE void tile_store(int sum, float *to, size_t row)
{
#define STORE(t) _tile_stored(t, to, row * sizeof(float))
    WITH_SUM(sum, STORE)
#undef STORE
    order_memory();
}

#else

/* What TDPBF16PS does (Intel's Software Developer's Manual, volume 2): a row's low and high
 * products are summed apart from each other, in the order of k and rounded to nearest, then
 * together, then to the old sum; inputs and results below 2^-126 are zero. Products of bf16 are
 * exact in single precision, so that a multiplication and an addition round as a fused one does,
 * unless the product itself is out of its range.
 *
 * In short vectors, which every machine has; a longer one is slow where it is made of several. */
enum { SHORT = 4 };
typedef float quad __attribute__((vector_size(4 * SHORT)));
typedef uint32_t bits __attribute__((vector_size(4 * SHORT)));

static _Thread_local struct {
    quad sums[SUMS][SIDE][SIDE / SHORT];
    uint32_t input[SIDE][SIDE];
    bits filter[SIDE][SIDE / SHORT];
} registers;

/* Zero, with its sign, where X is denormal. */
INLINE quad flush(quad x)
{
    const bits denormal = (bits)(((bits)x & 0x7F800000U) == 0U);
    return (quad)((bits)x & ~(denormal & 0x7FFFFFFFU));
}

/* The low and the high numbers of PAIRS. Adds to SMALL the lanes that hold one below 2^-47. */
INLINE void widen(bits pairs, quad *low, quad *high, bits *small)
{
    *low = flush((quad)(pairs << 16));
    *high = flush((quad)(pairs & 0xFFFF0000U));
    for (int i = 0; i < 2; i++) {
        const bits exponent = (bits)(i == 0 ? *low : *high) >> 23 & 0xFFU;
        *small |= (bits)(exponent != 0U) & (bits)(exponent < 127U - 47U);
    }
}

/* SMALL: whether a product or a partial sum may be denormal. */
INLINE void multiply_row(quad inputs[2][SIDE], quad filters[2][SIDE], bool small, quad *sum)
{
    quad low = {0};
    quad high = {0};
    for (int k = 0; k < SIDE; k++) {
        low += inputs[0][k] * filters[0][k];
        high += inputs[1][k] * filters[1][k];
        low = small ? flush(low) : low;
        high = small ? flush(high) : high;
    }
    *sum = flush(*sum + flush(low + high));
}

INLINE void tiles_begin(void)
{
}

INLINE void tiles_end(void)
{
}

INLINE void tile_clear(int sum)
{
    memset(registers.sums[sum], 0, sizeof registers.sums[sum]);
}

INLINE void tile_load_input(const float *from)
{
    memcpy(registers.input, from, sizeof registers.input);
}

INLINE void tile_load_filter(const float *from)
{
    memcpy(registers.filter, from, sizeof registers.filter);
}

/* Multiples of 2^-54 have products, and sums of these, that are multiples of 2^-108: zero or
 * normal.
 */
static __attribute__((noinline)) void tile_multiply(int sum)
{
    quad inputs[SIDE][2][SIDE];
    quad filters[SIDE / SHORT][2][SIDE];
    bits small = {0};
    for (int k = 0; k < SIDE; k++) {
        for (int m = 0; m < SIDE; m++) {
            uint32_t pair = registers.input[m][k];
            const bits pairs = {pair, pair, pair, pair};
            widen(pairs, &inputs[m][0][k], &inputs[m][1][k], &small);
        }
        for (int n = 0; n < SIDE / SHORT; n++) {
            widen(registers.filter[k][n], &filters[n][0][k], &filters[n][1][k], &small);
        }
    }
    bool any = (small[0] | small[1] | small[2] | small[3]) != 0;
    for (int m = 0; m < SIDE; m++) {
        for (int n = 0; n < SIDE / SHORT; n++) {
            quad *at = &registers.sums[sum][m][n];
            if (any) {
                multiply_row(inputs[m], filters[n], true, at);
            } else {
                multiply_row(inputs[m], filters[n], false, at);
            }
        }
    }
}

INLINE void tile_store(int sum, float *to, size_t row)
{
    for (int m = 0; m < SIDE; m++) {
        memcpy(to + (size_t)m * row, registers.sums[sum][m], sizeof registers.sums[sum][m]);
    }
}

#endif

#endif
