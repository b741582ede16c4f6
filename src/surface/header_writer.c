/* Defines the file: dimensions, variables and the attributes that make it explain itself. */
#include "surface_private.h"

#include <stdio.h>
#include <string.h>

#include "blueshift/memory.h"
#include "blueshift/wavenumber.h"

enum { TEXT_MAX = 512 };

/* Dimension numbers, in the order of bs_surface_shapes. */
typedef struct dimensions {
    int scalars[BS_SURFACE_DIMS];
    int values[BS_SURFACE_DIMS];
    int spectrum[BS_SURFACE_DIMS];
} dimensions;

static const char *const value_dims[BS_GRID_DIMS] = {"x", "y", "z"};
static const char *const spectrum_dims[BS_GRID_DIMS] = {"kx", "ky", "kz"};

bs_status bs_surface_put_text(bs_surface *surface, int variable, const char *name, const char *text)
{
    return BS_NC(surface, nc_put_att_text(surface->ncid, variable, name, strlen(text), text));
}

static bs_status define_dimension(bs_surface *surface, const char *name, int64_t length, int *id)
{
    return BS_NC(surface, nc_def_dim(surface->ncid, name, (size_t)length, id));
}

static bs_status define_dimensions(bs_surface *surface, dimensions *dims)
{
    const bs_surface_schema *schema = &surface->schema;
    int leading = 0;
    if (schema->networks > 1) {
        BS_TRY(define_dimension(surface, "network", schema->networks, &dims->scalars[leading++]));
    }
    if (schema->realisations > 1) {
        BS_TRY(define_dimension(surface, "realisation", schema->realisations,
                                &dims->scalars[leading++]));
    }
    memcpy(dims->values, dims->scalars, sizeof dims->scalars);
    memcpy(dims->spectrum, dims->scalars, sizeof dims->scalars);
    int ndim = schema->grid.ndim;
    for (int axis = ndim - 1, d = leading; axis >= 0; axis--, d++) {
        BS_TRY(define_dimension(surface, value_dims[axis], schema->grid.axis[axis].points,
                                &dims->values[d]));
    }
    for (int axis = ndim - 1, d = leading; axis >= 0 && schema->spectrum_of >= 0; axis--, d++) {
        int64_t points = schema->grid.axis[axis].points;
        BS_TRY(define_dimension(surface, spectrum_dims[axis], axis == 0 ? points / 2 + 1 : points,
                                &dims->spectrum[d]));
    }
    return BS_OK;
}

bs_status bs_surface_define_variable(bs_surface *surface, const bs_variable *variable, int ndim,
                                     const int *dims, int *id)
{
    BS_TRY(BS_NC(surface, nc_def_var(surface->ncid, variable->name, NC_DOUBLE, ndim, dims, id)));
    BS_TRY(bs_surface_put_text(surface, *id, "long_name", variable->long_name));
    return bs_surface_put_text(surface, *id, "units", variable->units);
}

bs_status bs_surface_put_fill(bs_surface *surface, int id)
{
    const double fill = NC_FILL_DOUBLE;
    return BS_NC(surface, nc_put_att_double(surface->ncid, id, "_FillValue", NC_DOUBLE, 1, &fill));
}

/* The axis is described by its ends, since coordinates are computed from them, never summed. */
static bs_status define_axis(bs_surface *surface, int axis, const int *dim)
{
    const bs_axis *shape = &surface->schema.grid.axis[axis];
    int endpoint = shape->endpoint ? 1 : 0;
    int id = 0;
    BS_TRY(bs_surface_define_variable(surface, &surface->schema.axes[axis], 1, dim, &id));
    BS_TRY(
        BS_NC(surface, nc_put_att_double(surface->ncid, id, "from", NC_DOUBLE, 1, &shape->from)));
    BS_TRY(BS_NC(surface, nc_put_att_double(surface->ncid, id, "to", NC_DOUBLE, 1, &shape->to)));
    BS_TRY(BS_NC(surface, nc_put_att_int(surface->ncid, id, "endpoint", NC_INT, 1, &endpoint)));
    return bs_surface_put_text(surface, id, "comment",
                               shape->endpoint ? "evenly spaced, both ends are samples"
                                               : "evenly spaced, the end `to` is left out");
}

static bs_status define_wavenumber(bs_surface *surface, int axis, const int *dim)
{
    const bs_variable *of = &surface->schema.axes[axis];
    const bs_axis *shape = &surface->schema.grid.axis[axis];
    char name[NC_MAX_NAME];
    char long_name[TEXT_MAX];
    char units[TEXT_MAX];
    snprintf(name, sizeof name, "k%s", of->name);
    bs_wavenumber_text(shape, of, long_name, units, TEXT_MAX);
    const bs_variable variable = {name, long_name, units};
    int id = 0;
    BS_TRY(bs_surface_define_variable(surface, &variable, 1, dim, &id));
    return bs_surface_put_text(surface, id, "comment",
                               axis == 0 ? "0 to N/2: the half that is not redundant"
                                         : "0, 1, ..., -2, -1: the order of numpy.fft.fftfreq");
}

/* Names of the coordinates of a surface, or with PREFIX "k" of its spectrum. */
static void coordinates_text(const bs_surface_schema *schema, const char *prefix, char *text)
{
    size_t used = 0;
    text[0] = '\0';
    if (schema->networks > 1) {
        used = (size_t)snprintf(text, TEXT_MAX, "network_name ");
    }
    for (int axis = schema->grid.ndim - 1; axis >= 0 && used < TEXT_MAX; axis--) {
        used += (size_t)snprintf(text + used, TEXT_MAX - used, "%s%s%s", prefix,
                                 schema->axes[axis].name, axis == 0 ? "" : " ");
    }
}

static bs_status define_values(bs_surface *surface, const dimensions *dims)
{
    const bs_surface_schema *schema = &surface->schema;
    char coordinates[TEXT_MAX];
    coordinates_text(schema, "", coordinates);
    for (int v = 0; v < schema->value_count; v++) {
        int *id = &surface->value_ids[v];
        BS_TRY(bs_surface_define_variable(surface, &schema->values[v], surface->layout.values.ndim,
                                          dims->values, id));
        BS_TRY(bs_surface_put_text(surface, *id, "coordinates", coordinates));
        BS_TRY(bs_surface_put_text(surface, *id, "ancillary_variables", "status"));
        BS_TRY(bs_surface_put_fill(surface, *id));
    }
    for (int i = 0; i < schema->scalar_count; i++) {
        int *id = &surface->scalar_ids[i];
        BS_TRY(bs_surface_define_variable(surface, &schema->scalars[i],
                                          surface->layout.scalars.ndim, dims->scalars, id));
        BS_TRY(bs_surface_put_fill(surface, *id));
    }
    return BS_OK;
}

static bs_status define_status(bs_surface *surface, const dimensions *dims)
{
    static const signed char flags[] = {BS_POINT_PENDING, BS_POINT_DONE, BS_POINT_NON_FINITE,
                                        BS_POINT_FAILED};
    char coordinates[TEXT_MAX];
    coordinates_text(&surface->schema, "", coordinates);
    int *id = &surface->status_id;
    BS_TRY(BS_NC(surface, nc_def_var(surface->ncid, "status", NC_BYTE, surface->layout.values.ndim,
                                     dims->values, id)));
    BS_TRY(bs_surface_put_text(surface, *id, "long_name",
                               "state of a point, written after its values"));
    BS_TRY(bs_surface_put_text(surface, *id, "coordinates", coordinates));
    BS_TRY(BS_NC(surface, nc_put_att_schar(surface->ncid, *id, "flag_values", NC_BYTE, sizeof flags,
                                           flags)));
    BS_TRY(bs_surface_put_text(surface, *id, "flag_meanings", "pending done non_finite failed"));
    return bs_surface_put_text(
        surface, *id, "comment",
        "non_finite: a value is NaN or infinite, kept as computed; failed: could not "
        "be evaluated, a resume tries again; done, whatever the value, is final");
}

static bs_status define_spectrum_half(bs_surface *surface, const dimensions *dims, int half)
{
    static const char *const suffix[] = {"real", "imag"};
    static const char *const part[] = {"real", "imaginary"};
    const bs_surface_schema *schema = &surface->schema;
    const char *of = schema->values[schema->spectrum_of].name;
    char name[NC_MAX_NAME];
    char long_name[TEXT_MAX];
    char coordinates[TEXT_MAX];
    snprintf(name, sizeof name, "%s_spectrum_%s", of, suffix[half]);
    snprintf(long_name, sizeof long_name, "%s part of the discrete Fourier transform of %s",
             part[half], of);
    coordinates_text(schema, "k", coordinates);
    const bs_variable variable = {name, long_name, schema->spectrum_units};
    int *id = &surface->spectrum_ids[half];
    BS_TRY(bs_surface_define_variable(surface, &variable, surface->layout.spectrum.ndim,
                                      dims->spectrum, id));
    BS_TRY(bs_surface_put_text(surface, *id, "coordinates", coordinates));
    BS_TRY(bs_surface_put_text(
        surface, *id, "definition",
        "X_k = (1/N) sum_j w_j (x_j - m) exp(-2 pi i j.k/N) over the N points of a "
        "surface, w the window that analysis_window names, m = sum_j w_j x_j / sum_j w_j"));
    BS_TRY(bs_surface_put_text(
        surface, *id, "comment",
        "of the last dimension the half that is not redundant: X_-k = conj X_k; "
        "missing where the surface is not complete and finite"));
    return bs_surface_put_fill(surface, *id);
}

static bs_status define_spectrum(bs_surface *surface, const dimensions *dims)
{
    if (surface->schema.spectrum_of < 0) {
        return BS_OK;
    }
    int leading = surface->layout.scalars.ndim;
    int ndim = surface->schema.grid.ndim;
    for (int axis = 0; axis < ndim; axis++) {
        BS_TRY(define_wavenumber(surface, axis, &dims->spectrum[leading + ndim - 1 - axis]));
    }
    BS_TRY(define_spectrum_half(surface, dims, 0));
    return define_spectrum_half(surface, dims, 1);
}

static bs_status define_scalars(bs_surface *surface)
{
    static const bs_variable wall_time = {"wall_time", "wall time of all sessions", "s"};
    BS_TRY(bs_surface_define_variable(surface, &wall_time, 0, NULL, &surface->wall_time_id));
    BS_TRY(BS_NC(surface,
                 nc_def_var(surface->ncid, "sessions", NC_INT, 0, NULL, &surface->sessions_id)));
    return bs_surface_put_text(surface, surface->sessions_id, "long_name",
                               "number of runs that worked on this file");
}

/* One network is named by an attribute, several by a coordinate. */
static bs_status define_network_names(bs_surface *surface, const dimensions *dims)
{
    const bs_surface_schema *schema = &surface->schema;
    if (schema->networks == 1) {
        return bs_surface_put_text(surface, NC_GLOBAL, "network_name", schema->network_names[0]);
    }
    size_t longest = 1;
    for (int n = 0; n < schema->networks; n++) {
        size_t length = strlen(schema->network_names[n]);
        longest = length > longest ? length : longest;
    }
    int both[2] = {dims->scalars[0], 0};
    int id = 0;
    BS_TRY(define_dimension(surface, "name_length", (int64_t)longest, &both[1]));
    BS_TRY(BS_NC(surface, nc_def_var(surface->ncid, "network_name", NC_CHAR, 2, both, &id)));
    return bs_surface_put_text(surface, id, "long_name", "name of the network");
}

/* The lists by which bs_surface_open tells the variables' roles. */
static bs_status put_list(bs_surface *surface, const char *name, int count,
                          const bs_variable *variables)
{
    size_t bytes = 1;
    for (int i = 0; i < count; i++) {
        bytes += strlen(variables[i].name) + 1;
    }
    char *text = bs_alloc(bytes, 1);
    if (text == NULL) {
        return BS_ERR_MEMORY;
    }
    size_t used = 0;
    for (int i = 0; i < count; i++) {
        used += (size_t)snprintf(text + used, bytes - used, "%s%s", i == 0 ? "" : " ",
                                 variables[i].name);
    }
    bs_status status = bs_surface_put_text(surface, NC_GLOBAL, name, text);
    bs_free(text);
    return status;
}

static bs_status put_array_list(bs_surface *surface)
{
    const bs_surface_schema *schema = &surface->schema;
    bs_variable *variables = bs_alloc((size_t)schema->array_count, sizeof *variables);
    if (variables == NULL) {
        return BS_ERR_MEMORY;
    }
    for (int a = 0; a < schema->array_count; a++) {
        variables[a] = schema->arrays[a].variable;
    }
    bs_status status = put_list(surface, "blueshift_arrays", schema->array_count, variables);
    bs_free(variables);
    return status;
}

static bs_status put_globals(bs_surface *surface)
{
    const bs_surface_schema *schema = &surface->schema;
    const int format = BS_SURFACE_FORMAT;
    BS_TRY(bs_surface_put_text(surface, NC_GLOBAL, "Conventions", "CF-1.8"));
    for (int i = 0; i < schema->attribute_count; i++) {
        const bs_attribute *a = &schema->attributes[i];
        int code =
            a->text != NULL
                ? nc_put_att_text(surface->ncid, NC_GLOBAL, a->name, strlen(a->text), a->text)
                : nc_put_att_double(surface->ncid, NC_GLOBAL, a->name, NC_DOUBLE, 1, &a->number);
        BS_TRY(bs_nc_check(code, a->name, surface->path, __FILE__, __LINE__));
    }
    BS_TRY(BS_NC(surface,
                 nc_put_att_int(surface->ncid, NC_GLOBAL, "blueshift_format", NC_INT, 1, &format)));
    BS_TRY(put_list(surface, "blueshift_axes", schema->grid.ndim, schema->axes));
    BS_TRY(put_list(surface, "blueshift_values", schema->value_count, schema->values));
    BS_TRY(put_list(surface, "blueshift_items", schema->scalar_count, schema->scalars));
    BS_TRY(put_array_list(surface));
    bool spectrum = schema->spectrum_of >= 0;
    return put_list(surface, "blueshift_spectrum", spectrum ? 1 : 0,
                    spectrum ? &schema->values[schema->spectrum_of] : NULL);
}

bs_status bs_surface_define(bs_surface *surface)
{
    const bs_surface_schema *schema = &surface->schema;
    dimensions dims = {{0}, {0}, {0}};
    char coordinates[TEXT_MAX];
    surface->value_ids = bs_surface_own(surface, (size_t)schema->value_count, sizeof(int));
    surface->scalar_ids = bs_surface_own(surface, (size_t)schema->scalar_count, sizeof(int));
    surface->array_ids = bs_surface_own(surface, (size_t)schema->array_count, sizeof(int));
    if (surface->value_ids == NULL || surface->scalar_ids == NULL || surface->array_ids == NULL) {
        return BS_ERR_MEMORY;
    }
    BS_TRY(define_dimensions(surface, &dims));
    int last = surface->layout.values.ndim - 1;
    for (int axis = 0; axis < schema->grid.ndim; axis++) {
        BS_TRY(define_axis(surface, axis, &dims.values[last - axis]));
    }
    BS_TRY(define_network_names(surface, &dims));
    BS_TRY(define_values(surface, &dims));
    BS_TRY(define_status(surface, &dims));
    BS_TRY(define_spectrum(surface, &dims));
    coordinates_text(schema, "", coordinates);
    BS_TRY(bs_surface_define_arrays(surface, dims.values, coordinates));
    BS_TRY(define_scalars(surface));
    return put_globals(surface);
}
