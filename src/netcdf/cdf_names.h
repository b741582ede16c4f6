/* The names in one list of a NetCDF header, by NetCDF's rules. */
#ifndef BLUESHIFT_CDF_NAMES_H
#define BLUESHIFT_CDF_NAMES_H

#include <stdint.h>

enum { CDF_NAME_LENGTH = 256 };

/* What NetCDF does not take in NAME (ended by a zero, which is none of its bytes), for a message
 * about the file; NULL: nothing. A library that reads such a name can neither find it again nor
 * write it. */
const char *bs_cdf_name_fault(const char *name);

/* Sorts COUNT names; the first that is there twice, or NULL. */
const char *bs_cdf_name_twice(char (*names)[CDF_NAME_LENGTH + 1], int64_t count);

#endif
