/* Philox4x32-10 addressed by (seed; stream, realisation, item, index). */
#include "blueshift/rng.h"

#include <assert.h>
#include <math.h>

/* Random123's headers are C and C++ at once; their conversions are not ours to mend. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wconversion"
#pragma GCC diagnostic ignored "-Wsign-conversion"
#pragma GCC diagnostic ignored "-Wundef"
#include <Random123/philox.h>
#pragma GCC diagnostic pop

static const double TWO_PI = 6.283185307179586476925286766559;

/* 52 bits of two words, centred in their cell: exact in double, so neither 0 nor 1 can occur. */
static double to_unit(uint32_t high, uint32_t low)
{
    uint64_t bits = ((uint64_t)high << 20) | (uint64_t)(low >> 12);
    return ((double)bits + 0.5) * 0x1p-52;
}

/* The two uniform numbers of counter PAIR. */
static void draw_pair(const bs_rng *rng, uint64_t pair, double out[2])
{
    assert((unsigned)rng->stream < 256 && rng->realisation < (1u << 24));
    philox4x32_key_t key = {{(uint32_t)rng->seed, (uint32_t)(rng->seed >> 32)}};
    philox4x32_ctr_t counter = {{(uint32_t)pair, (uint32_t)(pair >> 32), rng->item,
                                 ((uint32_t)rng->stream << 24) | rng->realisation}};
    philox4x32_ctr_t random = philox4x32(counter, key);
    out[0] = to_unit(random.v[0], random.v[1]);
    out[1] = to_unit(random.v[2], random.v[3]);
}

static void to_normal(double pair[2])
{
    double radius = sqrt(-2.0 * log(pair[0]));
    double angle = TWO_PI * pair[1];
    pair[0] = radius * cos(angle);
    pair[1] = radius * sin(angle);
}

void bs_rng_uniform(const bs_rng *rng, uint64_t first, size_t count, double *out)
{
    for (size_t i = 0; i < count;) {
        double pair[2];
        uint64_t index = first + i;
        draw_pair(rng, index / 2, pair);
        for (uint64_t half = index % 2; half < 2 && i < count; half++, i++) {
            out[i] = pair[half];
        }
    }
}

void bs_rng_normal(const bs_rng *rng, uint64_t first, size_t count, double *out)
{
    for (size_t i = 0; i < count;) {
        double pair[2];
        uint64_t index = first + i;
        draw_pair(rng, index / 2, pair);
        to_normal(pair);
        for (uint64_t half = index % 2; half < 2 && i < count; half++, i++) {
            out[i] = pair[half];
        }
    }
}
