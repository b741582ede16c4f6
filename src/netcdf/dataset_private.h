/* What the files of the module record share; not part of its interface. */
#ifndef BLUESHIFT_IO_RECORD_PRIVATE_H
#define BLUESHIFT_IO_RECORD_PRIVATE_H

#include "blueshift/dataset.h"

enum { RECORD_ITEMS = 64, RECORD_NAME = 64 };

typedef struct record_dimension {
    char name[RECORD_NAME];
    int64_t length;
} record_dimension;

typedef struct record_array {
    char name[RECORD_NAME];
    char units[RECORD_NAME];
    char *long_name;
    int ndim;
    int dims[BS_RECORD_DIMS]; /* slowest first */
    double *values;
} record_array;

typedef struct record_attribute {
    char name[RECORD_NAME];
    char *text; /* NULL: a number */
    double number;
} record_attribute;

struct bs_record {
    int dimension_count, array_count, attribute_count;
    record_dimension dimensions[RECORD_ITEMS];
    record_array arrays[RECORD_ITEMS];
    record_attribute attributes[RECORD_ITEMS];
};

/* Elements of an array. */
int64_t bs_record_count(const bs_record *record, const record_array *array);

#endif
