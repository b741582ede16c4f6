/* Box and Muller's transform in plain arithmetic that compilers make vectors of.
 *
 * The C library's functions take 36 ns a number, one after the other, which was most of what a
 * sweep does before its first point, and their last bits differ between versions. Logarithm, sine
 * and cosine here are fdlibm's (Sun Microsystems, 1993): the same reductions, and its polynomials,
 * all with errors below one unit of the last place. No step has a branch, and nothing is
 * contracted. */
#include "normal.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

/* One function for each instruction set, chosen when the program is loaded. */
#if defined(__x86_64__) && defined(__GLIBC__)
#define FOR_EVERY_PROCESSOR __attribute__((target_clones("avx512f", "avx2", "default")))
#else
#define FOR_EVERY_PROCESSOR
#endif
#define INLINE static inline __attribute__((always_inline))

static const double TWO_PI = 6.283185307179586476925286766559;

INLINE uint64_t bits_of(double value)
{
    uint64_t bits = 0;
    memcpy(&bits, &value, sizeof bits);
    return bits;
}

INLINE double double_of(uint64_t bits)
{
    double value = 0.0;
    memcpy(&value, &bits, sizeof value);
    return value;
}

/* ln(x) of a normal number above 0: x = 2^k (1 + f), with 1 + f from sqrt(1/2) to sqrt(2), and
 * ln(1 + f) = f - f^2/2 + s (f^2/2 + R(s^2)), s = f / (2 + f). */
INLINE double logarithm(double x)
{
    const uint64_t one = UINT64_C(0x3ff0000000000000);
    const uint64_t root = UINT64_C(0x3fe6a09e667f3bcd); /* sqrt(1/2) */
    const uint64_t two_to_52 = UINT64_C(0x4330000000000000);
    const double ln2_high = 6.93147180369123816490e-01;
    const double ln2_low = 1.90821492927058770002e-10;
    uint64_t biased = (bits_of(x) + (one - root)) >> 52;
    double k = double_of(two_to_52 | biased) - (0x1p52 + 1023.0);
    double f = double_of(bits_of(x) + one - (biased << 52)) - 1.0;
    double s = f / (2.0 + f);
    double z = s * s;
    double w = z * z;
    double even = w * (3.999999999940941908e-01 +
                       w * (2.222219843214978396e-01 + w * 1.531383769920937332e-01));
    double odd = z * (6.666666666666735130e-01 +
                      w * (2.857142874366239149e-01 +
                           w * (1.818357216161805012e-01 + w * 1.479819860511658591e-01)));
    double half_square = 0.5 * f * f;
    double rest = s * (half_square + (even + odd)) + k * ln2_low;
    return k * ln2_high - ((half_square - rest) - f);
}

/* sin(high + low), |high| at most pi/4. */
INLINE double small_sine(double high, double low)
{
    double z = high * high;
    double cube = z * high;
    double r = 8.33333333332248946124e-03 +
               z * (-1.98412698298579493134e-04 +
                    z * (2.75573137070700676789e-06 +
                         z * (-2.50507602534068634195e-08 + z * 1.58969099521155010221e-10)));
    return high - ((z * (0.5 * low - cube * r) - low) + cube * 1.66666666666666324348e-01);
}

/* cos(high + low), |high| at most pi/4. */
INLINE double small_cosine(double high, double low)
{
    double z = high * high;
    double r =
        z * (4.16666666666666019037e-02 +
             z * (-1.38888888888741095749e-03 +
                  z * (2.48015872894767294178e-05 +
                       z * (-2.75573143513906633035e-07 +
                            z * (2.08757232129817482790e-09 + z * -1.13596475577881948265e-11)))));
    double half = 0.5 * z;
    double w = 1.0 - half;
    return w + (((1.0 - w) - half) + (z * r - high * low));
}

/* COSINE and SINE of 0 to 2 pi: less the nearest multiple n of pi/2, which is in three parts so
 * that digits are left where a sine is next to zero. */
INLINE void turn(double angle, double *cosine, double *sine)
{
    /* 33 bits each: n times them is exact. */
    const double pi_half_first = 1.57079632673412561417e+00;
    const double pi_half_second = 6.07710050630396597660e-11;
    const double pi_half_third = 2.02226624879595063154e-21;
    const double shift = 0x1.8p52; /* rounds to integers, which are its last bits */
    double shifted = angle * 6.36619772367581382433e-01 + shift;
    double n = shifted - shift;
    double coarse = angle - n * pi_half_first;
    double step = n * pi_half_second;
    double fine = coarse - step;
    double rest = n * pi_half_third - ((coarse - fine) - step);
    double high = fine - rest;
    double low = (fine - high) - rest;
    uint64_t s = bits_of(small_sine(high, low));
    uint64_t c = bits_of(small_cosine(high, low));
    /* Odd n change places; the signs are those of the second bits of n and n + 1. */
    uint64_t quarter = bits_of(shifted);
    uint64_t swap = UINT64_C(0) - (quarter & 1);
    uint64_t difference = (s ^ c) & swap;
    *sine = double_of(s ^ difference ^ ((quarter & 2) << 62));
    *cosine = double_of(c ^ difference ^ (((quarter + 1) & 2) << 62));
}

FOR_EVERY_PROCESSOR
static void transform(size_t count, double *restrict first, double *restrict second)
{
    for (size_t i = 0; i < count; i++) {
        double radius = sqrt(-2.0 * logarithm(first[i]));
        double cosine = 0.0;
        double sine = 0.0;
        turn(TWO_PI * second[i], &cosine, &sine);
        first[i] = radius * cosine;
        second[i] = radius * sine;
    }
}

/* Clang 14 gives what it clones no name that other files could link with. */
void bs_normal_pairs(size_t count, double *first, double *second)
{
    transform(count, first, second);
}
