/* What the files of the module dataset share; not part of its interface. */
#ifndef BLUESHIFT_DATASET_PRIVATE_H
#define BLUESHIFT_DATASET_PRIVATE_H

#include "blueshift/dataset.h"

enum { DATASET_ENTRIES = 64, DATASET_NAME = 64 };

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
    dataset_dimension dimensions[DATASET_ENTRIES];
    dataset_array arrays[DATASET_ENTRIES];
    dataset_attribute attributes[DATASET_ENTRIES];
};

#endif
