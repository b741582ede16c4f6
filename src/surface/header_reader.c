/* Recovers the schema of an open surface file. */
#include "surface_private.h"

#include <stdio.h>
#include <string.h>

static const char *const value_dims[BS_GRID_DIMS] = {"x", "y", "z"};

bs_status bs_surface_get_text(bs_surface *surface, int variable, const char *name, char **text)
{
    nc_type type = NC_NAT;
    size_t length = 0;
    *text = NULL;
    int code = nc_inq_att(surface->ncid, variable, name, &type, &length);
    if (code == NC_ENOTATT) {
        return BS_OK;
    }
    BS_TRY(bs_nc_check(code, name, surface->path, __FILE__, __LINE__));
    char *copy = bs_surface_own(surface, length + 32, 1);
    if (copy == NULL) {
        return BS_ERR_MEMORY;
    }
    if (type == NC_CHAR) {
        BS_TRY(BS_NC(surface, nc_get_att_text(surface->ncid, variable, name, copy)));
    } else if (length == 1) {
        double number = 0.0;
        BS_TRY(BS_NC(surface, nc_get_att_double(surface->ncid, variable, name, &number)));
        snprintf(copy, 32, "%.17g", number);
    }
    *text = copy;
    return BS_OK;
}

/* As bs_surface_get_text, but "" when absent. */
static bs_status read_string(bs_surface *surface, int variable, const char *name, const char **text)
{
    char *found = NULL;
    BS_TRY(bs_surface_get_text(surface, variable, name, &found));
    *text = found == NULL ? "" : found;
    return BS_OK;
}

/* Length of dimension NAME; 1 when the file has none. */
static bs_status read_length(bs_surface *surface, const char *name, int64_t *length)
{
    int dim = 0;
    size_t found = 1;
    int code = nc_inq_dimid(surface->ncid, name, &dim);
    if (code != NC_EBADDIM) {
        BS_TRY(bs_nc_check(code, name, surface->path, __FILE__, __LINE__));
        BS_TRY(BS_NC(surface, nc_inq_dimlen(surface->ncid, dim, &found)));
    }
    *length = (int64_t)found;
    return BS_OK;
}

static bs_status read_variable(bs_surface *surface, const char *name, bs_variable *variable,
                               int *id)
{
    variable->name = name;
    BS_TRY(bs_nc_check(nc_inq_varid(surface->ncid, name, id), name, surface->path, __FILE__,
                       __LINE__));
    BS_TRY(read_string(surface, *id, "long_name", &variable->long_name));
    return read_string(surface, *id, "units", &variable->units);
}

/* Cuts the list in attribute NAME at its spaces, in place: COUNT words, one after the other. */
static bs_status read_list(bs_surface *surface, const char *name, char **words, int *count)
{
    char *text = NULL;
    *count = 0;
    BS_TRY(bs_surface_get_text(surface, NC_GLOBAL, name, &text));
    if (text == NULL) {
        return BS_FAIL(BS_ERR_INPUT, "%s is damaged: it has no attribute %s", surface->path, name);
    }
    *words = text;
    *count = text[0] == '\0' ? 0 : 1;
    for (char *c = text; *c != '\0'; c++) {
        if (*c == ' ') {
            *c = '\0';
            (*count)++;
        }
    }
    return BS_OK;
}

bs_status bs_surface_get_variables(bs_surface *surface, const char *name, int *count,
                                   const bs_variable **variables, int **ids)
{
    char none[] = "";
    char *word = none;
    BS_TRY(read_list(surface, name, &word, count));
    bs_variable *found = bs_surface_own(surface, (size_t)*count, sizeof *found);
    *ids = bs_surface_own(surface, (size_t)*count, sizeof **ids);
    if (found == NULL || *ids == NULL) {
        return BS_ERR_MEMORY;
    }
    for (int i = 0; i < *count; i++) {
        BS_TRY(read_variable(surface, word, &found[i], &(*ids)[i]));
        word += strlen(word) + 1;
    }
    *variables = found;
    return BS_OK;
}

static bs_status read_axes(bs_surface *surface)
{
    bs_surface_schema *schema = &surface->schema;
    char none[] = "";
    char *word = none;
    int ndim = 0;
    BS_TRY(read_list(surface, "blueshift_axes", &word, &ndim));
    if (ndim < 1 || ndim > BS_GRID_DIMS) {
        return BS_FAIL(BS_ERR_INPUT, "%s is damaged: it has %d axes", surface->path, ndim);
    }
    schema->grid.ndim = ndim;
    for (int a = 0; a < ndim; a++) {
        bs_axis *axis = &schema->grid.axis[a];
        int endpoint = 0;
        int id = 0;
        BS_TRY(read_variable(surface, word, &schema->axes[a], &id));
        BS_TRY(read_length(surface, value_dims[a], &axis->points));
        BS_TRY(BS_NC(surface, nc_get_att_double(surface->ncid, id, "from", &axis->from)));
        BS_TRY(BS_NC(surface, nc_get_att_double(surface->ncid, id, "to", &axis->to)));
        BS_TRY(BS_NC(surface, nc_get_att_int(surface->ncid, id, "endpoint", &endpoint)));
        axis->endpoint = endpoint != 0;
        word += strlen(word) + 1;
    }
    return BS_OK;
}

static bs_status read_networks(bs_surface *surface)
{
    bs_surface_schema *schema = &surface->schema;
    int64_t networks = 0;
    int64_t realisations = 0;
    BS_TRY(read_length(surface, "network", &networks));
    BS_TRY(read_length(surface, "realisation", &realisations));
    schema->networks = (int)networks;
    schema->realisations = (int)realisations;
    const char **names = bs_surface_own(surface, (size_t)networks, sizeof *names);
    if (names == NULL) {
        return BS_ERR_MEMORY;
    }
    schema->network_names = names;
    if (networks == 1) {
        return read_string(surface, NC_GLOBAL, "network_name", &names[0]);
    }
    int id = 0;
    int64_t length = 0;
    BS_TRY(read_length(surface, "name_length", &length));
    BS_TRY(BS_NC(surface, nc_inq_varid(surface->ncid, "network_name", &id)));
    const bs_shape shape = {.ndim = 2, .extent = {(size_t)networks, (size_t)length}};
    for (int n = 0; n < schema->networks; n++) {
        char *name = bs_surface_own(surface, (size_t)length + 1, 1);
        if (name == NULL) {
            return BS_ERR_MEMORY;
        }
        BS_TRY(bs_surface_get(surface, id, &shape, (bs_range){n * length, length}, 1, name));
        names[n] = name;
    }
    return BS_OK;
}

static bs_status read_spectrum(bs_surface *surface)
{
    static const char *const suffix[] = {"real", "imag"};
    bs_surface_schema *schema = &surface->schema;
    char *of = NULL;
    int count = 0;
    schema->spectrum_of = -1;
    schema->spectrum_units = "";
    BS_TRY(read_list(surface, "blueshift_spectrum", &of, &count));
    if (count == 0) {
        return BS_OK;
    }
    for (int v = 0; v < schema->value_count; v++) {
        if (strcmp(schema->values[v].name, of) == 0) {
            schema->spectrum_of = v;
        }
    }
    for (int half = 0; half < 2; half++) {
        char name[NC_MAX_NAME];
        snprintf(name, sizeof name, "%s_spectrum_%s", of, suffix[half]);
        BS_TRY(BS_NC(surface, nc_inq_varid(surface->ncid, name, &surface->spectrum_ids[half])));
    }
    return read_string(surface, surface->spectrum_ids[0], "units", &schema->spectrum_units);
}

/* Text as text, and a number as a number, so that a copy of the file has the same types. */
static bs_status read_attribute(bs_surface *surface, bs_attribute *attribute)
{
    nc_type type = NC_NAT;
    size_t length = 0;
    BS_TRY(BS_NC(surface, nc_inq_att(surface->ncid, NC_GLOBAL, attribute->name, &type, &length)));
    if (type != NC_CHAR && length == 1) {
        return BS_NC(surface, nc_get_att_double(surface->ncid, NC_GLOBAL, attribute->name,
                                                &attribute->number));
    }
    return read_string(surface, NC_GLOBAL, attribute->name, &attribute->text);
}

static bs_status read_attributes(bs_surface *surface)
{
    bs_surface_schema *schema = &surface->schema;
    int count = 0;
    BS_TRY(BS_NC(surface, nc_inq_natts(surface->ncid, &count)));
    bs_attribute *attributes = bs_surface_own(surface, (size_t)count, sizeof *attributes);
    if (attributes == NULL) {
        return BS_ERR_MEMORY;
    }
    for (int i = 0; i < count; i++) {
        char *name = bs_surface_own(surface, NC_MAX_NAME + 1, 1);
        if (name == NULL) {
            return BS_ERR_MEMORY;
        }
        BS_TRY(BS_NC(surface, nc_inq_attname(surface->ncid, NC_GLOBAL, i, name)));
        attributes[i].name = name;
        BS_TRY(read_attribute(surface, &attributes[i]));
    }
    schema->attribute_count = count;
    schema->attributes = attributes;
    return BS_OK;
}

static bs_status check_format(bs_surface *surface)
{
    int format = 0;
    int code = nc_get_att_int(surface->ncid, NC_GLOBAL, "blueshift_format", &format);
    if (code == NC_ENOTATT) {
        return BS_FAIL(BS_ERR_INPUT,
                       "%s is a NetCDF file of another program and is not overwritten; choose "
                       "another output",
                       surface->path);
    }
    BS_TRY(bs_nc_check(code, "blueshift_format", surface->path, __FILE__, __LINE__));
    if (format != BS_SURFACE_FORMAT) {
        return BS_FAIL(BS_ERR_INPUT,
                       "%s has format %d, this version of blueshift reads format %d; use the "
                       "version that its attributes name",
                       surface->path, format, BS_SURFACE_FORMAT);
    }
    return BS_OK;
}

bs_status bs_surface_recognise(bs_surface *surface)
{
    bs_surface_schema *schema = &surface->schema;
    bs_variable ignored;
    BS_TRY(check_format(surface));
    BS_TRY(read_axes(surface));
    BS_TRY(read_networks(surface));
    BS_TRY(bs_grid_check(&schema->grid, (int64_t)schema->networks * schema->realisations));
    BS_TRY(bs_surface_get_variables(surface, "blueshift_values", &schema->value_count,
                                    &schema->values, &surface->value_ids));
    BS_TRY(bs_surface_get_variables(surface, "blueshift_items", &schema->scalar_count,
                                    &schema->scalars, &surface->scalar_ids));
    BS_TRY(bs_surface_recognise_arrays(surface));
    BS_TRY(read_spectrum(surface));
    BS_TRY(read_attributes(surface));
    BS_TRY(read_variable(surface, "status", &ignored, &surface->status_id));
    BS_TRY(read_variable(surface, "wall_time", &ignored, &surface->wall_time_id));
    BS_TRY(read_variable(surface, "sessions", &ignored, &surface->sessions_id));
    surface->layout = bs_surface_shapes_of(schema);
    return BS_OK;
}
