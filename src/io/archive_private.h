/* What the files of the module archive share; not part of its interface. */
#ifndef BLUESHIFT_IO_ARCHIVE_PRIVATE_H
#define BLUESHIFT_IO_ARCHIVE_PRIVATE_H

#include "blueshift/archive.h"

enum { ARCHIVE_ITEMS = 64, ARCHIVE_NAME = 64 };

typedef struct archive_dimension {
    char name[ARCHIVE_NAME];
    int64_t length;
} archive_dimension;

typedef struct archive_array {
    char name[ARCHIVE_NAME];
    char units[ARCHIVE_NAME];
    char *long_name;
    int ndim;
    int dims[BS_ARCHIVE_DIMS]; /* slowest first */
    double *values;
} archive_array;

typedef struct archive_attribute {
    char name[ARCHIVE_NAME];
    char *text; /* NULL: a number */
    double number;
} archive_attribute;

struct bs_archive {
    int dimension_count, array_count, attribute_count;
    archive_dimension dimensions[ARCHIVE_ITEMS];
    archive_array arrays[ARCHIVE_ITEMS];
    archive_attribute attributes[ARCHIVE_ITEMS];
};

/* Elements of an array. */
int64_t bs_archive_count(const bs_archive *archive, const archive_array *array);

#endif
