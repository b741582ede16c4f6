/* Small files in CIFAR-10's binary layout, whose every byte follows from its place. */
#ifndef BLUESHIFT_TESTS_CIFAR_FILES_H
#define BLUESHIFT_TESTS_CIFAR_FILES_H

#include <stdint.h>
#include <stdlib.h>

#include "blueshift/images.h"
#include "scratch.h"

enum { RECORD = BS_IMAGE_BYTES + 1, SMALL_TRAIN = 12 };

/* Label and pixels of the image with number G over all files. */
static inline uint8_t small_label(int64_t g)
{
    return (uint8_t)(g * 3 % BS_CLASSES);
}

static inline uint8_t small_pixel(int64_t g, int i)
{
    return (uint8_t)(g * 37 + (int64_t)i * 11 + i / 256);
}

/* Writes NAME with COUNT records, numbers FIRST and on; returns its path. */
static inline const char *small_file(const char *name, int first, int count)
{
    uint8_t *records = malloc((size_t)(count > 0 ? count : 1) * RECORD);
    if (records == NULL) {
        return NULL;
    }
    for (ptrdiff_t n = 0; n < count; n++) {
        records[n * RECORD] = small_label(first + n);
        for (int i = 0; i < BS_IMAGE_BYTES; i++) {
            records[n * RECORD + 1 + i] = small_pixel(first + n, i);
        }
    }
    const char *path = scratch_write(name, records, (size_t)count * RECORD);
    free(records);
    return path;
}

/* Five training files of 3, 1, 2, 4, 2 records and a test file of 5, in the folder SUB ("x/" or
 * ""). */
static inline void small_cifar(const char *sub)
{
    static const int counts[] = {3, 1, 2, 4, 2};
    char name[128];
    int first = 0;
    for (int file = 0; file < 5; file++) {
        snprintf(name, sizeof name, "%sdata_batch_%d.bin", sub, file + 1);
        small_file(name, first, counts[file]);
        first += counts[file];
    }
    snprintf(name, sizeof name, "%stest_batch.bin", sub);
    small_file(name, 100, 5);
}

#endif
