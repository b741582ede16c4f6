/* Safetensors files made byte by byte, right or wrong. */
#ifndef BLUESHIFT_TESTS_WEIGHTS_FILES_H
#define BLUESHIFT_TESTS_WEIGHTS_FILES_H

#include <stdint.h>
#include <stdlib.h>

#include "scratch.h"

/* A small valid header: 6 + 4 values, and a counter of PyTorch's, 48 bytes of data in all. */
static const char SMALL_HEADER[] =
    "{\"__metadata__\":{\"depth\":\"20\",\"shortcut\":\"pad\"},"
    "\"fc.weight\":{\"dtype\":\"F32\",\"shape\":[2,3],\"data_offsets\":[16,40]},"
    "\"conv1.weight\":{\"dtype\":\"F32\",\"shape\":[2,1,2,1],\"data_offsets\":[0,16]},"
    "\"bn1.num_batches_tracked\":{\"dtype\":\"I64\",\"shape\":[],\"data_offsets\":[40,48]}}";
enum { SMALL_DATA = 48 };

/* Writes "weights" with the length CLAIMED (or the true one when it is negative), HEADER and
 * DATA_BYTES bytes of data, floats 1, 2, 3, ...; returns its path. */
static inline const char *weights_file(int64_t claimed, const void *header, size_t header_bytes,
                                       size_t data_bytes)
{
    uint64_t length = claimed >= 0 ? (uint64_t)claimed : header_bytes;
    size_t bytes = sizeof length + header_bytes + data_bytes;
    char *file = malloc(bytes);
    if (file == NULL) {
        return NULL;
    }
    memcpy(file, &length, sizeof length);
    memcpy(file + sizeof length, header, header_bytes);
    for (size_t i = 0; i < data_bytes; i++) {
        float value = (float)((int)(i / sizeof value) + 1);
        memcpy(file + sizeof length + header_bytes + i, (const char *)&value + i % sizeof value, 1);
    }
    const char *path = scratch_write("weights", file, bytes);
    free(file);
    return path;
}

#endif
