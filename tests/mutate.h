/* Deterministic damage to bytes, for tests that feed damaged files to a reader. */
#ifndef BLUESHIFT_TESTS_MUTATE_H
#define BLUESHIFT_TESTS_MUTATE_H

#include <stdint.h>
#include <string.h>

#include "blueshift/rng.h"

/* The next numbers of one mutation; the same for the same item. */
typedef struct mutation {
    bs_rng rng;
    uint64_t drawn;
} mutation;

/* A number in [0, LIMIT). */
static inline size_t draw_below(mutation *m, size_t limit)
{
    double value = 0.;
    bs_rng_uniform(&m->rng, m->drawn++, 1, &value);
    size_t number = (size_t)(value * (double)limit);
    return number < limit ? number : limit - 1;
}

/* Changes one of the BYTES bytes of DATA, cuts its end off, repeats a piece, or writes a piece of
 * one of the WORDS over it. Returns the new size, at most BYTES. */
static inline size_t mutate(mutation *m, uint8_t *data, size_t bytes, const char *const words[])
{
    size_t count = 0;
    while (words[count] != NULL) {
        count++;
    }
    if (bytes == 0) {
        return 0;
    }
    size_t place = draw_below(m, bytes);
    size_t room = bytes - place;
    const char *word = words[draw_below(m, count)];
    size_t length = strnlen(word, room);
    switch (draw_below(m, 8)) {
    case 0:
        return place;
    case 1:
        data[place] = (uint8_t)draw_below(m, 256);
        return bytes;
    case 2:
        memmove(data + draw_below(m, bytes - room / 2), data + place, room / 2);
        return bytes;
    case 3:
    case 4:
        memcpy(data + place, word, length);
        return bytes;
    case 5: /* without the bytes between: what follows moves up */
        memmove(data + place, data + place + length, room - length);
        return bytes - length;
    default:
        data[place] = (uint8_t)(data[place] ^ 1u << draw_below(m, 8));
        return bytes;
    }
}

#endif
