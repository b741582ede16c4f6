/* Cuts runs of elements into hyperslabs, and checks what was written. */
#include "blueshift/netcdf_slab.h"

#include <inttypes.h>
#include <stdbool.h>
#include <string.h>

#include <netcdf.h>

#include "blueshift/fault.h"

int64_t bs_shape_elements(const bs_shape *shape)
{
    int64_t elements = 1;
    for (int i = 0; i < shape->ndim; i++) {
        elements *= (int64_t)shape->extent[i];
    }
    return elements;
}

/* A hyperslab of the library. */
typedef struct hyperslab {
    size_t start[BS_SLAB_DIMS];
    size_t count[BS_SLAB_DIMS];
} hyperslab;

/* The largest hyperslab that starts at element range.first and is contiguous in the file: it grows
 * along the last dimension, and along an earlier one only when all later ones are whole. Returns
 * its elements, at most range.count. */
static int64_t cut_slab(const bs_shape *shape, bs_range range, hyperslab *part)
{
    size_t *start = part->start;
    size_t *count = part->count;
    size_t rest = (size_t)range.first;
    for (int d = shape->ndim - 1; d >= 0; d--) {
        start[d] = rest % shape->extent[d];
        rest /= shape->extent[d];
        count[d] = 1;
    }
    size_t elements = 1;
    bool whole = true;
    for (int d = shape->ndim - 1; d >= 0 && whole; d--) {
        size_t room = shape->extent[d] - start[d];
        size_t wanted = (size_t)range.count / elements;
        count[d] = wanted < room ? wanted : room;
        whole = count[d] == shape->extent[d];
        elements *= count[d];
    }
    return (int64_t)elements;
}

/* Open MPI's OMPIO answers MPI_SUCCESS to a write that the system refused (disk full, I/O error),
 * so a write counts only when it can be read back. */
static bs_status put(const bs_nc *nc, int variable, const hyperslab *part, const void *data,
                     void *echo, size_t bytes)
{
    if (bs_fault("io_write")) {
        return BS_FAIL(BS_ERR_IO, "%s: injected write error", nc->path);
    }
    BS_TRY(BS_NC(nc, nc_put_vara(nc->id, variable, part->start, part->count, data)));
    BS_TRY(BS_NC(nc, nc_get_vara(nc->id, variable, part->start, part->count, echo)));
    if (memcmp(echo, data, bytes) != 0) {
        return BS_FAIL(BS_ERR_IO,
                       "%s: what was written cannot be read back; look for a full disk, an "
                       "exceeded quota or an input/output error in the system's log, then run the "
                       "same command again: finished points are kept",
                       nc->path);
    }
    return BS_OK;
}

static bs_status check_range(const bs_nc *nc, const bs_shape *shape, bs_range range)
{
    int64_t elements = bs_shape_elements(shape);
    if (range.first < 0 || range.count < 0 || range.first > elements - range.count) {
        return BS_FAIL(BS_ERR_INTERNAL,
                       "%s: elements %" PRId64 " to %" PRId64 " of a variable of %" PRId64,
                       nc->path, range.first, range.first + range.count - 1, elements);
    }
    return BS_OK;
}

static bs_range next_part(bs_range range)
{
    return (bs_range){range.first, range.count < BS_SLAB_CHUNK ? range.count : BS_SLAB_CHUNK};
}

bs_status bs_slab_put(const bs_nc *nc, const bs_slab *slab, bs_range range, const void *data,
                      void *echo)
{
    BS_TRY(check_range(nc, &slab->shape, range));
    const char *bytes = data;
    while (range.count > 0) {
        hyperslab part;
        int64_t elements = cut_slab(&slab->shape, next_part(range), &part);
        size_t size = (size_t)elements * slab->size;
        BS_TRY(put(nc, slab->variable, &part, bytes, echo, size));
        bytes += size;
        range.first += elements;
        range.count -= elements;
    }
    return BS_OK;
}

bs_status bs_slab_get(const bs_nc *nc, const bs_slab *slab, bs_range range, void *data)
{
    BS_TRY(check_range(nc, &slab->shape, range));
    char *bytes = data;
    while (range.count > 0) {
        hyperslab part;
        int64_t elements = cut_slab(&slab->shape, next_part(range), &part);
        BS_TRY(BS_NC(nc, nc_get_vara(nc->id, slab->variable, part.start, part.count, bytes)));
        bytes += (size_t)elements * slab->size;
        range.first += elements;
        range.count -= elements;
    }
    return BS_OK;
}
