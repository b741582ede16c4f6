/* Attributes of a NetCDF file: the one writer and the one reader. */
#ifndef BLUESHIFT_NETCDF_ATTRIBUTE_H
#define BLUESHIFT_NETCDF_ATTRIBUTE_H

#include <stdbool.h>

#include "blueshift/netcdf_check.h"

/* An attribute: TEXT, or NUMBER when TEXT is NULL. */
typedef struct bs_attribute {
    const char *name;
    const char *text;
    double number;
} bs_attribute;

/* Defines an attribute of VARIABLE (NC_GLOBAL: of the file). Not collective. */
bs_status bs_nc_put_text(const bs_nc *nc, int variable, const char *name, const char *text);
bs_status bs_nc_put_number(const bs_nc *nc, int variable, const char *name, double number);
bs_status bs_nc_put_integers(const bs_nc *nc, int variable, const char *name, int count,
                             const int *integers);

/* Reads one: *TEXT is a new string for bs_free, or NULL for a single number, which is *NUMBER; of
 * several numbers it is the text, with blanks between. FOUND is false, and nothing set, when there
 * is none. Not collective. */
bs_status bs_nc_get_attribute(const bs_nc *nc, int variable, const char *name, bool *found,
                              char **text, double *number);

/* Reads a number that has to be there. BS_ERR_INPUT. */
bs_status bs_nc_get_number(const bs_nc *nc, int variable, const char *name, double *number);

/* Reads a text, for bs_free; NULL when there is none. BS_ERR_INPUT when it is a number. */
bs_status bs_nc_get_text(const bs_nc *nc, int variable, const char *name, char **text);

#endif
