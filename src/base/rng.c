/* Philox4x32-10 addressed by (seed; stream, realisation, item, index). */
#include "blueshift/rng.h"

#include <assert.h>

/* Random123's headers are C and C++ at once; their conversions are not ours to mend. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wconversion"
#pragma GCC diagnostic ignored "-Wsign-conversion"
#pragma GCC diagnostic ignored "-Wundef"
#include <Random123/philox.h>
#pragma GCC diagnostic pop

#include "normal.h"

enum { BLOCK_PAIRS = 128 };

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
    double even[BLOCK_PAIRS];
    double odd[BLOCK_PAIRS];
    for (size_t i = 0; i < count;) {
        uint64_t pair = (first + i) / 2;
        uint64_t last = (first + count - 1) / 2;
        size_t pairs = last - pair < BLOCK_PAIRS ? (size_t)(last - pair) + 1 : BLOCK_PAIRS;
        for (size_t p = 0; p < pairs; p++) {
            double drawn[2];
            draw_pair(rng, pair + p, drawn);
            even[p] = drawn[0];
            odd[p] = drawn[1];
        }
        bs_normal_pairs(pairs, even, odd);
        for (size_t h = (size_t)(first + i) % 2; h < 2 * pairs && i < count; h++, i++) {
            out[i] = h % 2 == 0 ? even[h / 2] : odd[h / 2];
        }
    }
}
