/* Arrays beside the values: their list, their shapes, and access to their rows. */
#include <string.h>

#include "blueshift/memory.h"
#include "surface_private.h"

bs_status bs_array_list_add(bs_array_list *list, const bs_array *array)
{
    for (int i = 0; i < list->count; i++) {
        if (strcmp(list->arrays[i].variable.name, array->variable.name) == 0) {
            return BS_FAIL(BS_ERR_INTERNAL, "array %s is in the list already",
                           array->variable.name);
        }
    }
    bs_array *longer = bs_alloc((size_t)list->count + 1, sizeof *longer);
    if (longer == NULL) {
        return BS_ERR_MEMORY;
    }
    if (list->count > 0) {
        memcpy(longer, list->arrays, (size_t)list->count * sizeof *longer);
    }
    longer[list->count++] = *array;
    bs_free(list->arrays);
    list->arrays = longer;
    return BS_OK;
}

void bs_array_list_release(bs_array_list *list)
{
    bs_free(list->arrays);
    *list = (bs_array_list){0};
}

int64_t bs_array_row(const bs_array *array)
{
    int64_t row = 1;
    for (int d = 0; d < array->ndim; d++) {
        row *= array->dims[d].length;
    }
    return row;
}

const bs_shape *bs_array_leading(const bs_surface_shapes *layout, bs_array_kind kind)
{
    static const bs_shape none = {.ndim = 0};
    switch (kind) {
    case BS_ARRAY_POINT:
        return &layout->values;
    case BS_ARRAY_REALISATION:
        return &layout->scalars;
    case BS_ARRAY_NETWORK:
        return &layout->networks;
    case BS_ARRAY_GLOBAL:
        return &none;
    }
    return &none;
}

bs_shape bs_array_shape(const bs_surface_shapes *layout, const bs_array *array)
{
    bs_shape shape = *bs_array_leading(layout, array->kind);
    for (int d = 0; d < array->ndim; d++) {
        shape.extent[shape.ndim++] = (size_t)array->dims[d].length;
    }
    return shape;
}

int64_t bs_surface_point_size(const bs_surface *surface)
{
    const bs_surface_schema *schema = &surface->schema;
    int64_t size = schema->value_count;
    for (int a = 0; a < schema->array_count; a++) {
        if (schema->arrays[a].kind == BS_ARRAY_POINT) {
            size += bs_array_row(&schema->arrays[a]);
        }
    }
    return size;
}

int bs_column_count(const bs_surface *surface)
{
    return surface->schema.value_count + surface->schema.array_count;
}

bs_column bs_column_at(const bs_surface *surface, int i)
{
    int values = surface->schema.value_count;
    if (i < values) {
        return (bs_column){surface->value_ids[i], surface->layout.values, 1};
    }
    const bs_array *array = &surface->schema.arrays[i - values];
    int64_t row = array->kind == BS_ARRAY_POINT ? bs_array_row(array) : 0;
    return (bs_column){surface->array_ids[i - values], bs_array_shape(&surface->layout, array),
                       row};
}

int bs_surface_find_array(const bs_surface *surface, const char *name)
{
    for (int a = 0; a < surface->schema.array_count; a++) {
        if (strcmp(surface->schema.arrays[a].variable.name, name) == 0) {
            return a;
        }
    }
    return -1;
}

static bs_status check_array(const bs_surface *surface, int array)
{
    if (array < 0 || array >= surface->schema.array_count) {
        return BS_FAIL(BS_ERR_INTERNAL, "%s: array %d of %d", surface->nc.path, array,
                       surface->schema.array_count);
    }
    return BS_OK;
}

static bs_range elements_of(const bs_array *array, bs_range rows)
{
    int64_t row = bs_array_row(array);
    return (bs_range){rows.first * row, rows.count * row};
}

bs_status bs_surface_write_array(bs_surface *surface, int array, bs_range rows, const double *data)
{
    BS_TRY(check_array(surface, array));
    const bs_array *a = &surface->schema.arrays[array];
    if (a->kind == BS_ARRAY_POINT) {
        return BS_FAIL(BS_ERR_INTERNAL, "%s: %s is written with its points", surface->nc.path,
                       a->variable.name);
    }
    const bs_shape shape = bs_array_shape(&surface->layout, a);
    return bs_surface_put(surface, surface->array_ids[array], &shape, elements_of(a, rows),
                          sizeof *data, data);
}

bs_status bs_surface_read_array(bs_surface *surface, int array, bs_range rows, double *data)
{
    BS_TRY(check_array(surface, array));
    const bs_array *a = &surface->schema.arrays[array];
    const bs_shape shape = bs_array_shape(&surface->layout, a);
    return bs_surface_get(surface, surface->array_ids[array], &shape, elements_of(a, rows),
                          sizeof *data, data);
}
