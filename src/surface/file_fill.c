/* Fills a new file, so that the disk's space is taken at once, and writes its coordinates. */
#include "surface_private.h"

#include <stdio.h>
#include <string.h>

#include "blueshift/wavenumber.h"

/* This rank's part of a variable, every element set to the SIZE bytes at PATTERN. */
static bs_status fill(bs_surface *surface, int variable, const bs_shape *shape, size_t size,
                      const void *pattern)
{
    char *bytes = (char *)surface->column;
    for (size_t i = 0; i < BS_SLAB_CHUNK; i++) {
        memcpy(bytes + i * size, pattern, size);
    }
    bs_range mine =
        bs_partition_block(bs_shape_elements(shape), surface->comm.size, surface->comm.rank);
    while (mine.count > 0) {
        bs_range part = {mine.first, mine.count < BS_SLAB_CHUNK ? mine.count : BS_SLAB_CHUNK};
        BS_TRY(bs_surface_put(surface, variable, shape, part, size, bytes));
        mine.first += part.count;
        mine.count -= part.count;
    }
    return BS_OK;
}

static bs_status fill_reals(bs_surface *surface, int variable, const bs_shape *shape)
{
    const double value = NC_FILL_DOUBLE;
    return fill(surface, variable, shape, sizeof value, &value);
}

static bs_status write_axis(bs_surface *surface, int axis, bool wavenumbers)
{
    const bs_axis *grid = &surface->schema.grid.axis[axis];
    const bs_variable *of = &surface->schema.axes[axis];
    char name[NC_MAX_NAME];
    int id = 0;
    snprintf(name, sizeof name, "%s%s", wavenumbers ? "k" : "", of->name);
    BS_TRY(BS_NC(&surface->nc, nc_inq_varid(surface->nc.id, name, &id)));
    int64_t points = wavenumbers && axis == 0 ? grid->points / 2 + 1 : grid->points;
    const bs_shape shape = {.ndim = 1, .extent = {(size_t)points}};
    for (int64_t first = 0; first < points; first += BS_SLAB_CHUNK) {
        bs_range part = {first, points - first < BS_SLAB_CHUNK ? points - first : BS_SLAB_CHUNK};
        for (int64_t i = 0; i < part.count; i++) {
            surface->column[i] = wavenumbers ? bs_wavenumber(grid, of, axis == 0, first + i)
                                             : bs_axis_coordinate(grid, first + i);
        }
        BS_TRY(bs_surface_put(surface, id, &shape, part, sizeof(double), surface->column));
    }
    return BS_OK;
}

static bs_status write_network_names(bs_surface *surface)
{
    const bs_surface_schema *schema = &surface->schema;
    if (schema->networks == 1) {
        return BS_OK;
    }
    int id = 0;
    int dim = 0;
    size_t length = 0;
    BS_TRY(BS_NC(&surface->nc, nc_inq_varid(surface->nc.id, BS_NETWORK_NAMES, &id)));
    BS_TRY(BS_NC(&surface->nc, nc_inq_dimid(surface->nc.id, "name_length", &dim)));
    BS_TRY(BS_NC(&surface->nc, nc_inq_dimlen(surface->nc.id, dim, &length)));
    const bs_shape shape = {.ndim = 2, .extent = {(size_t)schema->networks, length}};
    char *name = bs_surface_own(surface, length, 1);
    if (name == NULL) {
        return BS_ERR_MEMORY;
    }
    for (int n = 0; n < schema->networks; n++) {
        memset(name, 0, length);
        memcpy(name, schema->network_names[n], strlen(schema->network_names[n]));
        bs_range row = {n * (int64_t)length, (int64_t)length};
        BS_TRY(bs_surface_put(surface, id, &shape, row, 1, name));
    }
    return BS_OK;
}

/* What is small is rank 0's alone. */
static bs_status write_small(bs_surface *surface)
{
    const bs_shape scalar = {.ndim = 0};
    const bs_range one = {0, 1};
    const double no_time = 0.0;
    const int no_sessions = 0;
    for (int axis = 0; axis < surface->schema.grid.ndim; axis++) {
        BS_TRY(write_axis(surface, axis, false));
        if (surface->schema.spectrum_of >= 0) {
            BS_TRY(write_axis(surface, axis, true));
        }
    }
    BS_TRY(write_network_names(surface));
    BS_TRY(bs_surface_put(surface, surface->wall_time_id, &scalar, one, sizeof no_time, &no_time));
    return bs_surface_put(surface, surface->sessions_id, &scalar, one, sizeof no_sessions,
                          &no_sessions);
}

bs_status bs_surface_fill(bs_surface *surface)
{
    const bs_surface_schema *schema = &surface->schema;
    const bs_surface_shapes *layout = &surface->layout;
    const uint8_t pending = BS_POINT_PENDING;
    BS_TRY(fill(surface, surface->status_id, &layout->values, sizeof pending, &pending));
    for (int v = 0; v < schema->value_count; v++) {
        BS_TRY(fill_reals(surface, surface->value_ids[v], &layout->values));
    }
    for (int i = 0; i < schema->scalar_count; i++) {
        BS_TRY(fill_reals(surface, surface->scalar_ids[i], &layout->scalars));
    }
    for (int half = 0; half < 2 && schema->spectrum_of >= 0; half++) {
        BS_TRY(fill_reals(surface, surface->spectrum_ids[half], &layout->spectrum));
    }
    for (int a = 0; a < schema->array_count; a++) {
        const bs_shape shape = bs_array_shape(layout, &schema->arrays[a]);
        BS_TRY(fill_reals(surface, surface->array_ids[a], &shape));
    }
    return surface->comm.rank == 0 ? write_small(surface) : BS_OK;
}
