/* Counter-based random numbers: Philox4x32-10 (Salmon et al. 2011, Random123). */
#ifndef BLUESHIFT_RNG_H
#define BLUESHIFT_RNG_H

#include <stddef.h>
#include <stdint.h>

enum { BS_RNG_ITEMS = 1 << 16 }; /* tensors of one direction at most */

/* What numbers are drawn for. Counted by the compiler so that no two uses share a stream. */
typedef enum bs_stream {
    BS_STREAM_INIT,      /* initial weights; item = tensor */
    BS_STREAM_INIT_FAR,  /* the other end of a great circle; item = tensor */
    BS_STREAM_DIRECTION, /* random directions; item = direction * BS_RNG_ITEMS + tensor */
    BS_STREAM_SYNTHETIC, /* synthetic images; item = image, or class prototype */
    BS_STREAM_HEAD,      /* heads of branch losses; item = block */
    BS_STREAM_PROBE,     /* positions of branch probes; item = block */
    BS_STREAM_FBM,       /* fractional Brownian motion; item = generator */
    BS_STREAM_NOISE,     /* noisy signals of a demo; item = signal or noise of a copy */
    BS_STREAM_PHASOR,    /* complex coefficients of a demo; item = branch */
    BS_STREAM_CHECK,     /* vectors that check matrices */
    BS_STREAM_PHASES,    /* phase-shuffled nulls; item = neuron of a block */
    BS_STREAM_ORDER,     /* images of a training; item = epoch */
    BS_STREAM_AUGMENT,   /* how they are moved and mirrored; item = epoch */
    BS_STREAM_TEST,      /* tests only */
    BS_STREAM_COUNT
} bs_stream;

/* Addresses a sequence: the same address gives the same numbers on any rank, in any order. */
typedef struct bs_rng {
    uint64_t seed;        /* key */
    bs_stream stream;     /* purpose, below 256 */
    uint32_t realisation; /* repetition of the experiment, below 2^24 */
    uint32_t item;        /* tensor, image, ... */
} bs_rng;

/* Numbers FIRST to FIRST + COUNT - 1 of the sequence, uniform in the open interval (0, 1), 52 bits.
 * Not collective. */
void bs_rng_uniform(const bs_rng *rng, uint64_t first, size_t count, double *out);

/* The same for standard normal numbers (Box-Muller, double), with the same bits on every processor
 * and with every C library. Elements 2i and 2i+1 come from one counter, so any sub-range equals the
 * same part of the whole range. */
void bs_rng_normal(const bs_rng *rng, uint64_t first, size_t count, double *out);

#endif
