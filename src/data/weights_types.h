/* The number types of weights files, and how they become single precision. Private to src/data. */
#ifndef BLUESHIFT_WEIGHTS_TYPES_H
#define BLUESHIFT_WEIGHTS_TYPES_H

#include <stddef.h>

/* Longest list of their names. */
enum { BS_WEIGHTS_TYPES_TEXT = 64 };

typedef struct bs_weights_type {
    const char *name; /* as safetensors writes it: "F32" */
    size_t size;      /* bytes of a number */

    /* COUNT numbers of RAW to OUT, each to the nearest single-precision one; numbers beyond its
     * range become infinite. RAW may lie anywhere. */
    void (*convert)(const unsigned char *raw, size_t count, float *out);
} bs_weights_type;

/* The type NAME; NULL when it is not read: then KNOWN lists those that are. */
const bs_weights_type *bs_weights_type_find(const char *name, char known[BS_WEIGHTS_TYPES_TEXT]);

#endif
