/* Moves runs of a variable's elements between memory and a NetCDF file. */
#ifndef BLUESHIFT_NETCDF_SLAB_H
#define BLUESHIFT_NETCDF_SLAB_H

#include <stddef.h>
#include <stdint.h>

#include "blueshift/netcdf_check.h"
#include "blueshift/partition.h"

enum {
    BS_SLAB_DIMS = 9,       /* of a variable, at most */
    BS_SLAB_CHUNK = 1 << 16 /* elements moved at once */
};

/* Extents of a variable, slowest first. */
typedef struct bs_shape {
    int ndim;
    size_t extent[BS_SLAB_DIMS];
} bs_shape;

int64_t bs_shape_elements(const bs_shape *shape);

/* A variable of a file whose elements have SIZE bytes, in memory as in the file. */
typedef struct bs_slab {
    int variable;
    size_t size;
    bs_shape shape;
} bs_slab;

/* Reads elements [range), counted along the last dimension first, to DATA. Not collective. */
bs_status bs_slab_get(const bs_nc *nc, const bs_slab *slab, bs_range range, void *data);

/* Writes them, reads them back to ECHO, which has room for BS_SLAB_CHUNK elements, and compares: a
 * write counts only when it can be read. BS_ERR_IO. Not collective. */
bs_status bs_slab_put(const bs_nc *nc, const bs_slab *slab, bs_range range, const void *data,
                      void *echo);

#endif
