/* Defines the file: dimensions, variables and the attributes that make it explain itself. */
#include "surface_private.h"

#include <stdio.h>
#include <string.h>

#include "blueshift/netcdf_attribute.h"
#include "blueshift/wavenumber.h"

enum { TEXT_MAX = 512 };

static const char *const spectrum_letters[BS_GRID_DIMS] = {"kx", "ky", "kz"};

static bs_status define_dimension(bs_surface *surface, const char *name, int64_t length, int *id)
{
    return BS_NC(&surface->nc, nc_def_dim(surface->nc.id, name, (size_t)length, id));
}

static bs_status define_dimensions(bs_surface *surface, bs_surface_dims *dims)
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
        BS_TRY(define_dimension(surface, bs_axis_letters[axis], schema->grid.axis[axis].points,
                                &dims->values[d]));
    }
    for (int axis = ndim - 1, d = leading; axis >= 0 && schema->spectrum_of >= 0; axis--, d++) {
        int64_t points = schema->grid.axis[axis].points;
        BS_TRY(define_dimension(surface, spectrum_letters[axis],
                                axis == 0 ? points / 2 + 1 : points, &dims->spectrum[d]));
    }
    return BS_OK;
}

/* The axis is described by its ends, since coordinates are computed from them, never summed. */
static bs_status define_axis(bs_surface *surface, int axis, const int *dim)
{
    const bs_axis *shape = &surface->schema.grid.axis[axis];
    const int endpoint = shape->endpoint ? 1 : 0;
    int id = 0;
    BS_TRY(bs_variable_define(surface, &surface->schema.axes[axis], 1, dim, &id));
    BS_TRY(bs_nc_put_number(&surface->nc, id, "from", shape->from));
    BS_TRY(bs_nc_put_number(&surface->nc, id, "to", shape->to));
    BS_TRY(bs_nc_put_integers(&surface->nc, id, "endpoint", 1, &endpoint));
    return bs_nc_put_text(&surface->nc, id, "comment",
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
    BS_TRY(bs_variable_define(surface, &variable, 1, dim, &id));
    return bs_nc_put_text(&surface->nc, id, "comment",
                          axis == 0 ? "0 to N/2: the half that is not redundant"
                                    : "0, 1, ..., -2, -1: the order of numpy.fft.fftfreq");
}

static bs_status define_values(bs_surface *surface, const bs_surface_dims *dims)
{
    const bs_surface_schema *schema = &surface->schema;
    for (int v = 0; v < schema->value_count; v++) {
        int *id = &surface->value_ids[v];
        BS_TRY(bs_variable_define(surface, &schema->values[v], surface->layout.values.ndim,
                                  dims->values, id));
        BS_TRY(bs_variable_put_coordinates(surface, *id));
        BS_TRY(bs_nc_put_text(&surface->nc, *id, "ancillary_variables", "status"));
        BS_TRY(bs_variable_put_fill(surface, *id));
    }
    for (int i = 0; i < schema->scalar_count; i++) {
        int *id = &surface->scalar_ids[i];
        BS_TRY(bs_variable_define(surface, &schema->scalars[i], surface->layout.scalars.ndim,
                                  dims->scalars, id));
        BS_TRY(bs_variable_put_coordinates(surface, *id));
        BS_TRY(bs_variable_put_fill(surface, *id));
    }
    return BS_OK;
}

static bs_status define_status(bs_surface *surface, const bs_surface_dims *dims)
{
    static const signed char flags[] = {BS_POINT_PENDING, BS_POINT_DONE, BS_POINT_NON_FINITE,
                                        BS_POINT_FAILED};
    int *id = &surface->status_id;
    BS_TRY(BS_NC(&surface->nc, nc_def_var(surface->nc.id, "status", NC_BYTE,
                                          surface->layout.values.ndim, dims->values, id)));
    BS_TRY(bs_nc_put_text(&surface->nc, *id, "long_name",
                          "state of a point, written after its values"));
    BS_TRY(bs_variable_put_coordinates(surface, *id));
    BS_TRY(BS_NC(&surface->nc, nc_put_att_schar(surface->nc.id, *id, "flag_values", NC_BYTE,
                                                sizeof flags, flags)));
    BS_TRY(bs_nc_put_text(&surface->nc, *id, "flag_meanings", "pending done non_finite failed"));
    return bs_nc_put_text(
        &surface->nc, *id, "comment",
        "non_finite: a value is NaN or infinite, kept as computed; failed: could not "
        "be evaluated, a resume tries again; done, whatever the value, is final");
}

static bs_status define_spectrum_half(bs_surface *surface, const bs_surface_dims *dims, int half)
{
    static const char *const suffix[] = {"real", "imag"};
    static const char *const part[] = {"real", "imaginary"};
    const bs_surface_schema *schema = &surface->schema;
    const char *of = schema->values[schema->spectrum_of].name;
    char name[NC_MAX_NAME];
    char long_name[TEXT_MAX];
    snprintf(name, sizeof name, "%s_spectrum_%s", of, suffix[half]);
    snprintf(long_name, sizeof long_name, "%s part of the discrete Fourier transform of %s",
             part[half], of);
    const bs_variable variable = {name, long_name, schema->spectrum_units};
    int *id = &surface->spectrum_ids[half];
    BS_TRY(
        bs_variable_define(surface, &variable, surface->layout.spectrum.ndim, dims->spectrum, id));
    BS_TRY(bs_variable_put_coordinates(surface, *id));
    BS_TRY(bs_nc_put_text(
        &surface->nc, *id, "definition",
        "X_k = (1/N) sum_j w_j (x_j - m) exp(-2 pi i j.k/N) over the N points of a "
        "surface, w the window that analysis_window names, m = sum_j w_j x_j / sum_j w_j"));
    BS_TRY(bs_nc_put_text(&surface->nc, *id, "comment",
                          "of the last dimension the half that is not redundant: X_-k = conj X_k; "
                          "missing where the surface is not complete and finite"));
    return bs_variable_put_fill(surface, *id);
}

static bs_status define_spectrum(bs_surface *surface, const bs_surface_dims *dims)
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
    BS_TRY(bs_variable_define(surface, &wall_time, 0, NULL, &surface->wall_time_id));
    BS_TRY(BS_NC(&surface->nc,
                 nc_def_var(surface->nc.id, "sessions", NC_INT, 0, NULL, &surface->sessions_id)));
    return bs_nc_put_text(&surface->nc, surface->sessions_id, "long_name",
                          "number of runs that worked on this file");
}

/* One network is named by an attribute, several by a coordinate. */
static bs_status define_network_names(bs_surface *surface, const bs_surface_dims *dims)
{
    const bs_surface_schema *schema = &surface->schema;
    if (schema->networks == 1) {
        return bs_nc_put_text(&surface->nc, NC_GLOBAL, "network_name", schema->network_names[0]);
    }
    size_t longest = 1;
    for (int n = 0; n < schema->networks; n++) {
        size_t length = strlen(schema->network_names[n]);
        longest = length > longest ? length : longest;
    }
    int both[2] = {dims->scalars[0], 0};
    int id = 0;
    BS_TRY(define_dimension(surface, "name_length", (int64_t)longest, &both[1]));
    BS_TRY(
        BS_NC(&surface->nc, nc_def_var(surface->nc.id, BS_NETWORK_NAMES, NC_CHAR, 2, both, &id)));
    BS_TRY(bs_nc_put_text(&surface->nc, id, "_Encoding", "utf-8")); /* then xarray gives text */
    return bs_nc_put_text(&surface->nc, id, "long_name", "name of the network");
}

/* Of the whole: a file that another program cut out of it still says so. */
static bs_status put_shape(bs_surface *surface)
{
    const bs_surface_schema *schema = &surface->schema;
    int shape[2 + BS_GRID_DIMS] = {schema->networks, schema->realisations};
    for (int axis = 0; axis < schema->grid.ndim; axis++) {
        shape[2 + axis] = (int)schema->grid.axis[axis].points;
    }
    return bs_nc_put_integers(&surface->nc, NC_GLOBAL, "blueshift_shape", 2 + schema->grid.ndim,
                              shape);
}

static bs_status put_globals(bs_surface *surface)
{
    const bs_surface_schema *schema = &surface->schema;
    const bs_nc *nc = &surface->nc;
    const int format = BS_FORMAT;
    BS_TRY(bs_nc_put_text(nc, NC_GLOBAL, "Conventions", "CF-1.8"));
    for (int i = 0; i < schema->attribute_count; i++) {
        const bs_attribute *a = &schema->attributes[i];
        BS_TRY(a->text != NULL ? bs_nc_put_text(nc, NC_GLOBAL, a->name, a->text)
                               : bs_nc_put_number(nc, NC_GLOBAL, a->name, a->number));
    }
    BS_TRY(bs_nc_put_integers(nc, NC_GLOBAL, "blueshift_format", 1, &format));
    return put_shape(surface);
}

/* The lists by which the reader recognises the variables' roles; that of the arrays is beside them.
 */
static bs_status put_lists(bs_surface *surface)
{
    const bs_surface_schema *schema = &surface->schema;
    bool spectrum = schema->spectrum_of >= 0;
    BS_TRY(bs_variable_put_list(surface, "blueshift_axes", schema->grid.ndim, schema->axes));
    BS_TRY(bs_variable_put_list(surface, "blueshift_values", schema->value_count, schema->values));
    BS_TRY(
        bs_variable_put_list(surface, "blueshift_scalars", schema->scalar_count, schema->scalars));
    return bs_variable_put_list(surface, "blueshift_spectrum", spectrum ? 1 : 0,
                                spectrum ? &schema->values[schema->spectrum_of] : NULL);
}

bs_status bs_header_define(bs_surface *surface)
{
    const bs_surface_schema *schema = &surface->schema;
    bs_surface_dims dims = {{0}, {0}, {0}};
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
    BS_TRY(bs_array_define_all(surface, &dims));
    BS_TRY(define_scalars(surface));
    BS_TRY(put_globals(surface));
    return put_lists(surface);
}
