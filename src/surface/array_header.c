/* Arrays in the header of the file: defines them, and recovers them from their attributes. */
#include <string.h>

#include "blueshift/memory.h"
#include "blueshift/netcdf_attribute.h"
#include "surface_private.h"

/* Values of the attribute blueshift_kind, in the order of bs_array_kind. */
static const char *const kinds[] = {"point", "realisation", "network", "global"};
enum { KINDS = sizeof kinds / sizeof kinds[0] };

static const char list_name[] = "blueshift_arrays";

/* With it the arrays begin, in this list, that an analysis derives. */
static const char first_derived[] = "analysis_complete";

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
    int code = nc_inq_dimid(surface->nc.id, dimension->name, id);
    if (code == NC_EBADDIM && !is_reserved(dimension->name) && dimension->length > 0) {
        return BS_NC(&surface->nc,
                     nc_def_dim(surface->nc.id, dimension->name, (size_t)dimension->length, id));
    }
    if (code == NC_NOERR) {
        BS_TRY(BS_NC(&surface->nc, nc_inq_dimlen(surface->nc.id, *id, &length)));
    }
    if ((int64_t)length != dimension->length || length == 0) {
        return BS_FAIL(BS_ERR_INTERNAL, "%s: dimension %s of %lld, the file has %lld",
                       surface->nc.path, dimension->name, (long long)dimension->length,
                       (long long)length);
    }
    return BS_OK;
}

static bs_status define_array(bs_surface *surface, const bs_array *array,
                              const bs_surface_dims *leading_dims, int *id)
{
    const bs_nc *nc = &surface->nc;
    int dims[BS_SLAB_DIMS];
    int leading = bs_array_leading(&surface->layout, array->kind)->ndim;
    memcpy(dims, leading_dims->values, (size_t)leading * sizeof *dims);
    for (int d = 0; d < array->ndim; d++) {
        BS_TRY(find_dimension(surface, &array->dims[d], &dims[leading + d]));
    }
    BS_TRY(bs_variable_define(surface, &array->variable, leading + array->ndim, dims, id));
    if (array->comment != NULL) {
        BS_TRY(bs_nc_put_text(nc, *id, "comment", array->comment));
    }
    if (array->kind != BS_ARRAY_GLOBAL) {
        BS_TRY(bs_variable_put_coordinates(surface, *id));
    }
    if (array->kind == BS_ARRAY_POINT) {
        BS_TRY(bs_nc_put_text(nc, *id, "ancillary_variables", "status"));
    }
    BS_TRY(bs_nc_put_text(nc, *id, "blueshift_kind", kinds[array->kind]));
    /* A coordinate variable has no missing values (CF). */
    const bool coordinate =
        array->ndim == 1 && strcmp(array->variable.name, array->dims[0].name) == 0;
    return coordinate ? BS_OK : bs_variable_put_fill(surface, *id);
}

static bs_status put_list(bs_surface *surface)
{
    const bs_surface_schema *schema = &surface->schema;
    bs_variable *variables = bs_alloc((size_t)schema->array_count, sizeof *variables);
    if (variables == NULL) {
        return BS_ERR_MEMORY;
    }
    for (int a = 0; a < schema->array_count; a++) {
        variables[a] = schema->arrays[a].variable;
    }
    bs_status status = bs_variable_put_list(surface, list_name, schema->array_count, variables);
    bs_free(variables);
    return status;
}

bs_status bs_array_define_all(bs_surface *surface, const bs_surface_dims *dims)
{
    for (int a = 0; a < surface->schema.array_count; a++) {
        BS_TRY(define_array(surface, &surface->schema.arrays[a], dims, &surface->array_ids[a]));
    }
    return put_list(surface);
}

static bs_status read_kind(bs_surface *surface, int id, bs_array *array)
{
    char *stored = NULL;
    BS_TRY(bs_nc_get_text(&surface->nc, id, "blueshift_kind", &stored));
    char *text = bs_format_current_name(surface->format, stored != NULL ? stored : "");
    bs_free(stored);
    if (text == NULL) {
        return BS_ERR_MEMORY;
    }
    int kind = 0;
    while (kind < KINDS && strcmp(text, kinds[kind]) != 0) {
        kind++;
    }
    bs_free(text);
    if (kind == KINDS) {
        return BS_FAIL(BS_ERR_INPUT, "%s is damaged: %s is of an unknown kind", surface->nc.path,
                       array->variable.name);
    }
    array->kind = (bs_array_kind)kind;
    return BS_OK;
}

/* The array's own dimensions, after those of its kind. */
static bs_status read_dimensions(bs_surface *surface, int leading, int id, bs_array *array)
{
    int ndim = 0;
    int dims[BS_SLAB_DIMS];
    BS_TRY(BS_NC(&surface->nc, nc_inq_varndims(surface->nc.id, id, &ndim)));
    array->ndim = ndim - leading;
    BS_TRY(BS_NC(&surface->nc, nc_inq_vardimid(surface->nc.id, id, dims)));
    for (int d = 0; d < array->ndim; d++) {
        size_t length = 0;
        char *name = bs_surface_own(surface, NC_MAX_NAME + 1, 1);
        if (name == NULL) {
            return BS_ERR_MEMORY;
        }
        BS_TRY(BS_NC(&surface->nc, nc_inq_dim(surface->nc.id, dims[leading + d], name, &length)));
        array->dims[d] = (bs_dimension){name, (int64_t)length};
    }
    return BS_OK;
}

static bs_status read_array(bs_surface *surface, const bs_surface_dims *dims,
                            const bs_surface_shapes *layout, int id, bs_array *array)
{
    int comment = 0;
    BS_TRY(read_kind(surface, id, array));
    int leading = bs_array_leading(layout, array->kind)->ndim;
    BS_TRY(bs_variable_check(surface, id, NC_DOUBLE, leading, dims->values, true));
    if (nc_inq_attid(surface->nc.id, id, "comment", &comment) == NC_NOERR) {
        BS_TRY(bs_variable_read_text(surface, id, "comment", &array->comment));
    }
    return read_dimensions(surface, leading, id, array);
}

bs_status bs_array_read_all(bs_surface *surface, const bs_surface_dims *dims,
                            const bs_surface_shapes *layout)
{
    bs_surface_schema *schema = &surface->schema;
    const bs_variable *variables = NULL;
    int id = 0;
    if (nc_inq_attid(surface->nc.id, NC_GLOBAL, list_name, &id) == NC_ENOTATT) {
        return BS_OK; /* a file from before there were arrays */
    }
    BS_TRY(bs_variable_read_all(surface, list_name, &schema->array_count, &variables,
                                &surface->array_ids));
    bs_array *arrays = bs_surface_own(surface, (size_t)schema->array_count, sizeof *arrays);
    if (arrays == NULL) {
        return BS_ERR_MEMORY;
    }
    for (int a = 0; a < schema->array_count; a++) {
        if (surface->part && strcmp(variables[a].name, first_derived) == 0) {
            schema->array_count = a; /* what follows belongs to the whole */
            break;
        }
        arrays[a].variable = variables[a];
        BS_TRY(read_array(surface, dims, layout, surface->array_ids[a], &arrays[a]));
    }
    schema->arrays = arrays;
    return BS_OK;
}
