/* The tensor core's sums, and halves. */
#include <cstring>
#include <immintrin.h>

#include "emulator.h"

namespace emulator
{

namespace
{

enum { ROWS = 16, COLUMNS = 8, DEPTH = 16 };

/* Exponents of zeros, and of sums of nothing else: below all others. */
enum { NO_EXPONENT = -1000, LEAST_EXPONENT = -100 };

typedef float Floats __attribute__((vector_size(32)));
typedef int Ints __attribute__((vector_size(32)));

struct Operands {
    float a[ROWS][DEPTH];
    int a_exponent[ROWS][DEPTH];
    Floats b[DEPTH];
    Ints b_exponent[DEPTH];
    bool finite;
};

struct Half {
    float value;
    int exponent; /* of subnormals that of the smallest normal numbers */
};

Half decode(unsigned half)
{
    const int field = static_cast<int>(half >> 10 & 31U);
    const bool zero = (half & 0x7FFFU) == 0;
    return {half_to_float(half), zero ? NO_EXPONENT : field == 0 ? -14 : field - 15};
}

void take_a(Operands &o, int row, int k, unsigned pair)
{
    for (int i = 0; i < 2; i++) {
        const Half h = decode(pair >> 16 * i & 0xFFFFU);
        o.a[row][k + i] = h.value;
        o.a_exponent[row][k + i] = h.exponent;
        o.finite = o.finite && h.exponent < 16;
    }
}

void take_b(Operands &o, int k, int column, unsigned pair)
{
    for (int i = 0; i < 2; i++) {
        const Half h = decode(pair >> 16 * i & 0xFFFFU);
        o.b[k + i][column] = h.value;
        o.b_exponent[k + i][column] = h.exponent;
        o.finite = o.finite && h.exponent < 16;
    }
}

Operands gather(const Fragments *const *lanes)
{
    Operands o;
    o.finite = true;
    for (int lane = 0; lane < LANES; lane++) {
        const int g = lane / 4;
        const int t = lane % 4;
        for (int i = 0; i < 4; i++) {
            take_a(o, g + 8 * (i % 2), 2 * t + 8 * (i / 2), lanes[lane]->a[i]);
        }
        take_b(o, 2 * t, g, lanes[lane]->b[0]);
        take_b(o, 2 * t + 8, g, lanes[lane]->b[1]);
    }
    return o;
}

float power_of_two(int exponent)
{
    const int bits = (exponent + 127) << 23;
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

int exponent_of(float value)
{
    int bits;
    memcpy(&bits, &value, sizeof bits);
    const int field = bits >> 23 & 255;
    return (bits & 0x7FFFFFFF) == 0 ? NO_EXPONENT : field == 0 ? -126 : field - 127;
}

/* VALUE cut to 24 bits. */
float cut(double value)
{
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    bits &= ~((UINT64_C(1) << 29) - 1);
    memcpy(&value, &bits, sizeof value);
    return static_cast<float>(value);
}

/* A row of the result: C [column] plus the products, in place. */
void add_row(const Operands &o, int row, float *c)
{
    Ints largest;
    for (int n = 0; n < COLUMNS; n++) {
        const int exponent = exponent_of(c[n]);
        largest[n] = exponent > LEAST_EXPONENT ? exponent : LEAST_EXPONENT;
    }
    for (int k = 0; k < DEPTH; k++) {
        const Ints exponent = o.b_exponent[k] + o.a_exponent[row][k];
        largest = exponent > largest ? exponent : largest;
    }
    /* In units of 2^(largest - 25) a product is below 2^27: eight fit into an integer. */
    const Ints bits = (25 - largest + 127) << 23;
    const Floats units = reinterpret_cast<Floats>(bits);
    Ints sums[2] = {{0}, {0}};
    for (int k = 0; k < DEPTH; k++) {
        const Floats product = o.b[k] * o.a[row][k] * units;
        sums[k / 8] += __builtin_convertvector(product, Ints);
    }
    for (int n = 0; n < COLUMNS; n++) {
        const double addend = static_cast<double>(static_cast<int>(c[n] * units[n]));
        const double sum = static_cast<double>(sums[0][n]) + static_cast<double>(sums[1][n]);
        c[n] = cut((sum + addend) * static_cast<double>(power_of_two(largest[n] - 25)));
    }
}

/* Infinities and NaNs: whatever double precision makes of them. */
void add_row_not_finite(const Operands &o, int row, float *c)
{
    for (int n = 0; n < COLUMNS; n++) {
        double sum = static_cast<double>(c[n]);
        for (int k = 0; k < DEPTH; k++) {
            sum += static_cast<double>(o.a[row][k]) * static_cast<double>(o.b[k][n]);
        }
        c[n] = static_cast<float>(sum);
    }
}

} // namespace

void multiply_tiles(const Fragments *const *lanes)
{
    const Operands o = gather(lanes);
    for (int row = 0; row < ROWS; row++) {
        float c[COLUMNS];
        bool finite = o.finite;
        for (int n = 0; n < COLUMNS; n++) {
            c[n] = lanes[row % 8 * 4 + n / 2]->d[row / 8 * 2 + n % 2];
            finite = finite && exponent_of(c[n]) < 100;
        }
        if (finite) {
            add_row(o, row, c);
        } else {
            add_row_not_finite(o, row, c);
        }
        for (int n = 0; n < COLUMNS; n++) {
            lanes[row % 8 * 4 + n / 2]->d[row / 8 * 2 + n % 2] = c[n];
        }
    }
}

float half_to_float(unsigned half)
{
    return _cvtsh_ss(static_cast<unsigned short>(half));
}

unsigned float_to_half(float value)
{
    return _cvtss_sh(value, _MM_FROUND_TO_NEAREST_INT);
}

} // namespace emulator
