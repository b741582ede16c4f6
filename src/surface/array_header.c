/* Arrays in the header of the file: defines them, and recovers them from their attributes. */
#include <string.h>

#include "surface_private.h"

/* Values of the attribute blueshift_kind, in the order of bs_array_kind. */
static const char *const kinds[] = {"point", "item", "network", "global"};
enum { KINDS = sizeof kinds / sizeof kinds[0] };

/* Names that say what shape the whole file has. */
static bool is_reserved(const char *name)
{
    static const char *const names[] = {"network", "realisation", "x", "y", "z"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (strcmp(name, names[i]) == 0) {
            return true;
        }
    }
    return false;
}

/* A dimension is defined once; later arrays share it, as they may those of the values. */
static bs_status find_dimension(bs_surface *surface, const bs_dimension *dimension, int *id)
{
    size_t length = 0;
    int code = nc_inq_dimid(surface->ncid, dimension->name, id);
    if (code == NC_EBADDIM && !is_reserved(dimension->name) && dimension->length > 0) {
        return BS_NC(surface,
                     nc_def_dim(surface->ncid, dimension->name, (size_t)dimension->length, id));
    }
    if (code == NC_NOERR) {
        BS_TRY(BS_NC(surface, nc_inq_dimlen(surface->ncid, *id, &length)));
    }
    if ((int64_t)length != dimension->length || length == 0) {
        return BS_FAIL(BS_ERR_INTERNAL, "%s: dimension %s of %lld, the file has %lld",
                       surface->path, dimension->name, (long long)dimension->length,
                       (long long)length);
    }
    return BS_OK;
}

static bs_status define_array(bs_surface *surface, const bs_array *array, const int *value_dims,
                              const char *coordinates, int *id)
{
    int dims[BS_SURFACE_DIMS];
    int leading = bs_array_leading(&surface->layout, array->kind)->ndim;
    memcpy(dims, value_dims, (size_t)leading * sizeof *dims);
    for (int d = 0; d < array->ndim; d++) {
        BS_TRY(find_dimension(surface, &array->dims[d], &dims[leading + d]));
    }
    BS_TRY(bs_surface_define_variable(surface, &array->variable, leading + array->ndim, dims, id));
    if (array->comment != NULL) {
        BS_TRY(bs_surface_put_text(surface, *id, "comment", array->comment));
    }
    if (array->kind == BS_ARRAY_POINT) {
        BS_TRY(bs_surface_put_text(surface, *id, "coordinates", coordinates));
        BS_TRY(bs_surface_put_text(surface, *id, "ancillary_variables", "status"));
    } else if (array->kind != BS_ARRAY_GLOBAL && surface->schema.networks > 1) {
        BS_TRY(bs_surface_put_text(surface, *id, "coordinates", "network_name"));
    }
    BS_TRY(bs_surface_put_text(surface, *id, "blueshift_kind", kinds[array->kind]));
    return bs_surface_put_fill(surface, *id);
}

bs_status bs_surface_define_arrays(bs_surface *surface, const int *value_dims,
                                   const char *coordinates)
{
    for (int a = 0; a < surface->schema.array_count; a++) {
        BS_TRY(define_array(surface, &surface->schema.arrays[a], value_dims, coordinates,
                            &surface->array_ids[a]));
    }
    return BS_OK;
}

static bs_status read_kind(bs_surface *surface, int id, bs_array *array)
{
    char *text = NULL;
    BS_TRY(bs_surface_get_text(surface, id, "blueshift_kind", &text));
    for (int k = 0; k < KINDS && text != NULL; k++) {
        if (strcmp(text, kinds[k]) == 0) {
            array->kind = (bs_array_kind)k;
            return BS_OK;
        }
    }
    return BS_FAIL(BS_ERR_INPUT, "%s is damaged: %s is of an unknown kind", surface->path,
                   array->variable.name);
}

/* The array's own dimensions, behind those of its kind. */
static bs_status read_dimensions(bs_surface *surface, const bs_surface_shapes *layout, int id,
                                 bs_array *array)
{
    int ndim = 0;
    int leading = bs_array_leading(layout, array->kind)->ndim;
    BS_TRY(BS_NC(surface, nc_inq_varndims(surface->ncid, id, &ndim)));
    array->ndim = ndim - leading;
    if (array->ndim < 0 || array->ndim > BS_ARRAY_DIMS) {
        return BS_FAIL(BS_ERR_INPUT, "%s is damaged: %s has %d dimensions", surface->path,
                       array->variable.name, ndim);
    }
    int dims[BS_SURFACE_DIMS];
    BS_TRY(BS_NC(surface, nc_inq_vardimid(surface->ncid, id, dims)));
    for (int d = 0; d < array->ndim; d++) {
        size_t length = 0;
        char *name = bs_surface_own(surface, NC_MAX_NAME + 1, 1);
        if (name == NULL) {
            return BS_ERR_MEMORY;
        }
        BS_TRY(BS_NC(surface, nc_inq_dim(surface->ncid, dims[leading + d], name, &length)));
        array->dims[d] = (bs_dimension){name, (int64_t)length};
    }
    return BS_OK;
}

static bs_status read_array(bs_surface *surface, const bs_surface_shapes *layout, int id,
                            bs_array *array)
{
    char *comment = NULL;
    BS_TRY(read_kind(surface, id, array));
    BS_TRY(bs_surface_get_text(surface, id, "comment", &comment));
    array->comment = comment;
    return read_dimensions(surface, layout, id, array);
}

bs_status bs_surface_recognise_arrays(bs_surface *surface)
{
    static const char list[] = "blueshift_arrays";
    bs_surface_schema *schema = &surface->schema;
    const bs_surface_shapes layout = bs_surface_shapes_of(schema);
    const bs_variable *variables = NULL;
    char *present = NULL;
    BS_TRY(bs_surface_get_text(surface, NC_GLOBAL, list, &present));
    if (present == NULL) {
        return BS_OK; /* a file from before there were arrays */
    }
    BS_TRY(bs_surface_get_variables(surface, list, &schema->array_count, &variables,
                                    &surface->array_ids));
    bs_array *arrays = bs_surface_own(surface, (size_t)schema->array_count, sizeof *arrays);
    if (arrays == NULL) {
        return BS_ERR_MEMORY;
    }
    for (int a = 0; a < schema->array_count; a++) {
        arrays[a].variable = variables[a];
        BS_TRY(read_array(surface, &layout, surface->array_ids[a], &arrays[a]));
    }
    schema->arrays = arrays;
    return BS_OK;
}
