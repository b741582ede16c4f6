/* Named arrays in memory, and the self-describing file that holds them all. */
#ifndef BLUESHIFT_DATASET_H
#define BLUESHIFT_DATASET_H

#include <stdbool.h>
#include <stdint.h>

#include "blueshift/status.h"

/* For results that are no surfaces: no points that are evaluated one by one, nothing to resume, and
 * small enough for one process. Everything else belongs into a surface file (surface.h). Nothing
 * here is collective. */
typedef struct bs_dataset bs_dataset;

enum { BS_DATASET_DIMS = 4 };

bs_status bs_dataset_create(bs_dataset **dataset);
void bs_dataset_destroy(bs_dataset *dataset); /* NULL is fine */

/* A dimension NAME of LENGTH, 1 or more. Copies. */
bs_status bs_dataset_dimension(bs_dataset *dataset, const char *name, int64_t length);

/* An array over the dimensions DIMS, names with blanks between them, slowest first; "" for a single
 * number. *VALUES are its zeros, owned by the dataset. Copies the texts. BS_ERR_INTERNAL for an
 * unknown dimension or a name twice. */
bs_status bs_dataset_array(bs_dataset *dataset, const char *name, const char *dims,
                           const char *units, const char *long_name, double **values);

/* Global attributes. Copies. */
bs_status bs_dataset_text(bs_dataset *dataset, const char *name, const char *text);
bs_status bs_dataset_number(bs_dataset *dataset, const char *name, double number);

/* What is there; NULL, 0 or "" when it is not. Borrowed. */
const double *bs_dataset_values(const bs_dataset *dataset, const char *name);
bool bs_dataset_is_over(const bs_dataset *dataset, const char *name,
                        const char *dims); /* an array over these, as in bs_dataset_array */
int64_t bs_dataset_length(const bs_dataset *dataset, const char *dimension);
const char *bs_dataset_attribute(const bs_dataset *dataset, const char *name);
double bs_dataset_attribute_number(const bs_dataset *dataset,
                                   const char *name); /* NaN: not there */

/* NetCDF (CDF-5); the file appears whole or not at all; an older one goes only to REPLACE.
 * BS_ERR_INPUT, BS_ERR_IO. */
bs_status bs_dataset_write(const bs_dataset *dataset, const char *path, bool replace);

/* Whether FILE is a NetCDF file with the global attribute NAME. */
bool bs_dataset_is(const char *path, const char *name);

/* A file of bs_dataset_write. BS_ERR_INPUT when it is none. */
bs_status bs_dataset_read(const char *path, bs_dataset **dataset);

#endif
