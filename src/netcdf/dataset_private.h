/* What the files of the module record share; not part of its interface. */
#ifndef BLUESHIFT_IO_RECORD_PRIVATE_H
#define BLUESHIFT_IO_RECORD_PRIVATE_H

#include "blueshift/dataset.h"

enum { RECORD_ITEMS = 64, DATASET_NAME = 64 };

typedef struct dataset_dimension {
    char name[DATASET_NAME];
    int64_t length;
} dataset_dimension;

typedef struct dataset_array {
    char name[DATASET_NAME];
    char units[DATASET_NAME];
    char *long_name;
    int ndim;
    int dims[BS_DATASET_DIMS]; /* slowest first */
    double *values;
} dataset_array;

typedef struct dataset_attribute {
    char name[DATASET_NAME];
    char *text; /* NULL: a number */
    double number;
} dataset_attribute;

struct bs_dataset {
    int dimension_count, array_count, attribute_count;
    dataset_dimension dimensions[RECORD_ITEMS];
    dataset_array arrays[RECORD_ITEMS];
    dataset_attribute attributes[RECORD_ITEMS];
};

/* Elements of an array. */
int64_t bs_dataset_count(const bs_dataset *record, const dataset_array *array);

#endif
