/* What every part of the surface module needs: shapes, sizes, errors and memory. */
#include "surface_private.h"

#include <string.h>
#include <unistd.h>

#include "blueshift/memory.h"

/* A list of blocks, so that a schema read from a file is freed in one place. */
struct bs_owned {
    struct bs_owned *next;
    void *block;
};

/* Header without the caller's attributes and arrays, an array's part of it without its texts, and
 * PnetCDF's alignment of every variable. */
enum { HEADER_BYTES = 16384, ARRAY_HEADER_BYTES = 1536, ALIGNMENT_BYTES = 512 };

void *bs_surface_own(bs_surface *surface, size_t count, size_t size)
{
    struct bs_owned *node = bs_alloc(1, sizeof *node);
    void *block = bs_alloc(count, size);
    if (node == NULL || block == NULL) {
        bs_free(node);
        bs_free(block);
        return NULL;
    }
    *node = (struct bs_owned){.next = surface->owned, .block = block};
    surface->owned = node;
    return block;
}

bs_status bs_surface_init(bs_surface *surface, const bs_comm *comm, const char *path)
{
    *surface = (bs_surface){.comm = *comm, .ncid = -1, .descriptor = -1};
    size_t bytes = strlen(path) + 1;
    surface->path = bs_surface_own(surface, bytes, 1);
    surface->column = bs_surface_own(surface, BS_SURFACE_CHUNK, sizeof *surface->column);
    surface->echo = bs_surface_own(surface, BS_SURFACE_CHUNK, sizeof *surface->echo);
    if (surface->path == NULL || surface->column == NULL || surface->echo == NULL) {
        return BS_ERR_MEMORY;
    }
    memcpy(surface->path, path, bytes);
    return BS_OK;
}

void bs_surface_release(bs_surface *surface)
{
    if (surface->descriptor >= 0) {
        close(surface->descriptor);
        surface->descriptor = -1;
    }
    while (surface->owned != NULL) {
        struct bs_owned *next = surface->owned->next;
        bs_free(surface->owned->block);
        bs_free(surface->owned);
        surface->owned = next;
    }
}

bs_status bs_surface_hints(MPI_Info *info)
{
    BS_TRY(BS_MPI(MPI_Info_create(info)));
    /* Otherwise PnetCDF swaps bytes in the caller's own buffer for a while. */
    return BS_MPI(MPI_Info_set(*info, "nc_in_place_swap", "disable"));
}

static void append(bs_shape *shape, int64_t extent)
{
    shape->extent[shape->ndim++] = (size_t)extent;
}

bs_surface_shapes bs_surface_shapes_of(const bs_surface_schema *schema)
{
    bs_surface_shapes layout = {.networks = {.ndim = 0}};
    if (schema->networks > 1) {
        append(&layout.networks, schema->networks);
    }
    layout.scalars = layout.networks;
    if (schema->realisations > 1) {
        append(&layout.scalars, schema->realisations);
    }
    layout.values = layout.scalars;
    layout.spectrum = layout.scalars;
    for (int axis = schema->grid.ndim - 1; axis >= 0; axis--) {
        int64_t points = schema->grid.axis[axis].points;
        append(&layout.values, points);
        append(&layout.spectrum, axis == 0 ? points / 2 + 1 : points);
    }
    return layout;
}

int64_t bs_shape_elements(const bs_shape *shape)
{
    int64_t elements = 1;
    for (int i = 0; i < shape->ndim; i++) {
        elements *= (int64_t)shape->extent[i];
    }
    return elements;
}

static int64_t array_bytes(const bs_surface_shapes *layout, const bs_array *array)
{
    const bs_shape shape = bs_array_shape(layout, array);
    return bs_shape_elements(&shape) * (int64_t)sizeof(double);
}

/* Bytes that an array adds to the header, estimated from above. */
static int64_t array_header(const bs_array *array)
{
    int64_t bytes = ARRAY_HEADER_BYTES + (int64_t)strlen(array->variable.name) +
                    (int64_t)strlen(array->variable.long_name) +
                    (int64_t)strlen(array->variable.units);
    bytes += array->comment != NULL ? (int64_t)strlen(array->comment) : 0;
    for (int d = 0; d < array->ndim; d++) {
        bytes += 32 + (int64_t)strlen(array->dims[d].name);
    }
    return bytes;
}

int64_t bs_surface_data_size(const bs_surface_schema *schema)
{
    bs_surface_shapes layout = bs_surface_shapes_of(schema);
    const int64_t real = (int64_t)sizeof(double);
    int64_t bytes = bs_shape_elements(&layout.values) * (real * schema->value_count + 1);
    bytes += bs_shape_elements(&layout.scalars) * real * schema->scalar_count;
    if (schema->spectrum_of >= 0) {
        bytes += bs_shape_elements(&layout.spectrum) * 2 * real;
    }
    for (int a = 0; a < schema->array_count; a++) {
        bytes += array_bytes(&layout, &schema->arrays[a]);
    }
    return bytes;
}

int64_t bs_surface_file_size(const bs_surface_schema *schema)
{
    const int64_t real = (int64_t)sizeof(double);
    int64_t bytes = HEADER_BYTES + 2 * real + bs_surface_data_size(schema);
    for (int i = 0; i < schema->attribute_count; i++) {
        const bs_attribute *attribute = &schema->attributes[i];
        bytes += 64 + (attribute->text != NULL ? (int64_t)strlen(attribute->text) : real);
    }
    for (int a = 0; a < schema->array_count; a++) {
        bytes += array_header(&schema->arrays[a]);
    }
    for (int axis = 0; axis < schema->grid.ndim; axis++) {
        bytes += 2 * real * schema->grid.axis[axis].points;
    }
    int variables = schema->value_count + schema->scalar_count + schema->array_count;
    return bytes + ALIGNMENT_BYTES * (int64_t)variables;
}

const bs_surface_schema *bs_surface_get_schema(const bs_surface *surface)
{
    return &surface->schema;
}

int64_t bs_surface_points(const bs_surface *surface)
{
    return bs_shape_elements(&surface->layout.values);
}
