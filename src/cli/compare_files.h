/* Two results of one experiment, compared bit by bit. Private to src/cli. */
#ifndef BLUESHIFT_CLI_COMPARE_FILES_H
#define BLUESHIFT_CLI_COMPARE_FILES_H

#include <stdint.h>

#include "blueshift/status.h"

/* What came out. */
typedef struct comparison {
    int64_t points, equal; /* those that are done in the first file */
    double worst;          /* largest difference of a value, relative to the larger one */
} comparison;

/* Compares values and arrays of points of FIRST with those of SECOND, results of the same
 * experiment. Not collective: one process reads both. */
bs_status bs_compare_files(const char *first, const char *second, comparison *c);

#endif
