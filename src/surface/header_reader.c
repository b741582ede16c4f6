/* Recovers the schema of an open surface file, and checks that the file has its shape. */
#include "surface_private.h"

#include <stdio.h>
#include <string.h>

#include "blueshift/memory.h"
#include "blueshift/netcdf_attribute.h"
#include "blueshift/training.h"

/* What the header says before it is compared. */
typedef struct reading {
    bs_surface_dims dims;
    bs_surface_shapes layout;
    bool network, realisation;  /* whether the file has these dimensions */
    int made[2 + BS_GRID_DIMS]; /* networks, realisations, x, y, z of the whole; 0: not said */
} reading;

/* ---- networks and realisations ---- */

static bs_status read_names(bs_surface *surface, int network_dim, const char **names)
{
    const bs_surface_schema *schema = &surface->schema;
    int dims[2] = {network_dim, 0};
    int id = 0;
    int64_t length = 0;
    bs_variable ignored;
    BS_TRY(bs_dimension_need(surface, "name_length", &dims[1], &length));
    const char *of = surface->format == 1 ? "network_name" : BS_NETWORK_NAMES;
    BS_TRY(bs_variable_find(surface, of, &ignored, &id));
    BS_TRY(bs_variable_check(surface, id, NC_CHAR, 2, dims, false));
    const bs_shape shape = {.ndim = 2, .extent = {(size_t)schema->networks, (size_t)length}};
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

static bs_status read_networks(bs_surface *surface, reading *r)
{
    bs_surface_schema *schema = &surface->schema;
    int dims[2] = {0, 0};
    int64_t networks = 0;
    int64_t realisations = 0;
    BS_TRY(bs_dimension_find(surface, "network", &r->network, &dims[0], &networks));
    BS_TRY(bs_dimension_find(surface, "realisation", &r->realisation, &dims[1], &realisations));
    BS_TRY(bs_grid_check(
        &schema->grid, networks > INT32_MAX / realisations ? INT64_MAX : networks * realisations));
    schema->networks = (int)networks;
    schema->realisations = (int)realisations;
    int ndim = 0;
    if (r->network) {
        r->dims.scalars[ndim++] = dims[0];
    }
    if (r->realisation) {
        r->dims.scalars[ndim++] = dims[1];
    }
    const char **names = bs_surface_own(surface, (size_t)networks, sizeof *names);
    if (names == NULL) {
        return BS_ERR_MEMORY;
    }
    schema->network_names = names;
    return r->network ? read_names(surface, dims[0], names)
                      : bs_variable_read_text(surface, NC_GLOBAL, "network_name", &names[0]);
}

/* After network and realisation come z, y, x, of which read_axes left x first. */
static void order_dimensions(const bs_surface *surface, reading *r)
{
    int axes[BS_GRID_DIMS];
    int ndim = surface->schema.grid.ndim;
    int leading = r->layout.scalars.ndim;
    memcpy(axes, r->dims.values, sizeof axes);
    memcpy(r->dims.values, r->dims.scalars, sizeof r->dims.scalars);
    for (int a = 0; a < ndim; a++) {
        r->dims.values[leading + ndim - 1 - a] = axes[a];
    }
}

/* The shape that the file was made with; format 1 did not say. */
static bs_status read_shape(bs_surface *surface, reading *r)
{
    size_t length = 0;
    int shape[2 + BS_GRID_DIMS] = {0};
    if (surface->format == 1) {
        return BS_OK;
    }
    int code = nc_inq_attlen(surface->nc.id, NC_GLOBAL, "blueshift_shape", &length);
    if (code == NC_NOERR && length <= sizeof shape / sizeof shape[0]) {
        code = nc_get_att_int(surface->nc.id, NC_GLOBAL, "blueshift_shape", shape);
    }
    if (code != NC_NOERR || length < 3) {
        return BS_FAIL(BS_ERR_INPUT, "%s is damaged: its attribute blueshift_shape is no shape",
                       surface->nc.path);
    }
    memcpy(r->made, shape, sizeof shape);
    return BS_OK;
}

static void compare_shape(bs_surface *surface, const reading *r)
{
    const bs_surface_schema *schema = &surface->schema;
    int have[2 + BS_GRID_DIMS] = {schema->networks, schema->realisations};
    for (int axis = 0; axis < schema->grid.ndim; axis++) {
        have[2 + axis] = (int)schema->grid.axis[axis].points;
    }
    if (r->made[0] != 0 && memcmp(r->made, have, sizeof have) != 0) {
        surface->part = true;
    }
}

/* ---- values, spectrum, attributes ---- */

static bs_status read_values(bs_surface *surface, const reading *r)
{
    bs_surface_schema *schema = &surface->schema;
    BS_TRY(bs_variable_read_all(surface, "blueshift_values", &schema->value_count, &schema->values,
                                &surface->value_ids));
    BS_TRY(bs_variable_read_all(surface, "blueshift_scalars", &schema->scalar_count,
                                &schema->scalars, &surface->scalar_ids));
    for (int v = 0; v < schema->value_count; v++) {
        BS_TRY(bs_variable_check(surface, surface->value_ids[v], NC_DOUBLE, r->layout.values.ndim,
                                 r->dims.values, false));
    }
    for (int i = 0; i < schema->scalar_count; i++) {
        BS_TRY(bs_variable_check(surface, surface->scalar_ids[i], NC_DOUBLE, r->layout.scalars.ndim,
                                 r->dims.scalars, false));
    }
    return BS_OK;
}

/* The dimensions of the spectrum, after network and realisation. Those of a part are the whole's,
 * which is why nothing is read of its spectrum (bs_surface_read_spectrum). */
static bs_status read_spectrum_dims(bs_surface *surface, reading *r)
{
    const bs_grid *grid = &surface->schema.grid;
    int leading = r->layout.scalars.ndim;
    memcpy(r->dims.spectrum, r->dims.scalars, sizeof r->dims.scalars);
    for (int axis = 0; axis < grid->ndim; axis++) {
        char name[] = "k?";
        int64_t length = 0;
        int d = leading + grid->ndim - 1 - axis;
        name[1] = bs_axis_letters[axis][0];
        BS_TRY(bs_dimension_need(surface, name, &r->dims.spectrum[d], &length));
        if (!surface->part && length != (int64_t)r->layout.spectrum.extent[d]) {
            return BS_FAIL(BS_ERR_INPUT, "%s is damaged: %s has %lld elements", surface->nc.path,
                           name, (long long)length);
        }
    }
    return BS_OK;
}

static bs_status read_spectrum(bs_surface *surface, reading *r)
{
    static const char *const suffix[] = {"real", "imag"};
    bs_surface_schema *schema = &surface->schema;
    char none[] = "";
    char *of = none;
    int count = 0;
    schema->spectrum_of = -1;
    schema->spectrum_units = "";
    BS_TRY(bs_variable_read_list(surface, "blueshift_spectrum", &of, &count));
    for (int v = 0; v < schema->value_count && count > 0; v++) {
        if (strcmp(schema->values[v].name, of) == 0) {
            schema->spectrum_of = v;
        }
    }
    if (schema->spectrum_of < 0) {
        return BS_OK;
    }
    BS_TRY(read_spectrum_dims(surface, r));
    for (int half = 0; half < 2; half++) {
        char name[NC_MAX_NAME + 1];
        bs_variable variable;
        snprintf(name, sizeof name, "%s_spectrum_%s", of, suffix[half]);
        BS_TRY(bs_variable_find(surface, name, &variable, &surface->spectrum_ids[half]));
        BS_TRY(bs_variable_check(surface, surface->spectrum_ids[half], NC_DOUBLE,
                                 r->layout.spectrum.ndim, r->dims.spectrum, false));
        schema->spectrum_units = variable.units;
    }
    return BS_OK;
}

/* What says how the file is built is not the caller's. */
static bool is_structural(const char *name)
{
    return strncmp(name, "blueshift_", strlen("blueshift_")) == 0 ||
           strcmp(name, "network_name") == 0;
}

/* Text as text, and a number as a number, so that a copy of the file has the same types. */
static bs_status read_attribute(bs_surface *surface, const char *stored, bs_attribute *attribute)
{
    char *text = NULL;
    char *kept = NULL;
    bool found = false;
    BS_TRY(bs_surface_keep(surface, bs_format_current_name(surface->format, stored), &kept));
    attribute->name = kept;
    BS_TRY(bs_nc_get_attribute(&surface->nc, NC_GLOBAL, stored, &found, &text, &attribute->number));
    if (text == NULL) {
        return BS_OK;
    }
    if (strcmp(attribute->name, "experiment") == 0) {
        char *current = bs_format_current_experiment(surface->format, text);
        bs_free(text);
        text = current;
    }
    BS_TRY(bs_surface_keep(surface, text, &kept));
    attribute->text = kept;
    return BS_OK;
}

static bs_status read_attributes(bs_surface *surface)
{
    bs_surface_schema *schema = &surface->schema;
    int count = 0;
    BS_TRY(BS_NC(&surface->nc, nc_inq_natts(surface->nc.id, &count)));
    bs_attribute *attributes = bs_surface_own(surface, (size_t)count, sizeof *attributes);
    if (attributes == NULL) {
        return BS_ERR_MEMORY;
    }
    schema->attributes = attributes;
    for (int i = 0; i < count; i++) {
        char name[NC_MAX_NAME + 1];
        BS_TRY(BS_NC(&surface->nc, nc_inq_attname(surface->nc.id, NC_GLOBAL, i, name)));
        if (!is_structural(name)) {
            BS_TRY(read_attribute(surface, name, &attributes[schema->attribute_count++]));
        }
    }
    return BS_OK;
}

static bs_status read_format(bs_surface *surface)
{
    double format = 0.0;
    int id = 0;
    if (nc_inq_attid(surface->nc.id, NC_GLOBAL, "blueshift_format", &id) == NC_ENOTATT) {
        return BS_FAIL(BS_ERR_INPUT,
                       "%s is a NetCDF file of another program, not a result of blueshift",
                       surface->nc.path);
    }
    bool demo = nc_inq_attid(surface->nc.id, NC_GLOBAL, "demo", &id) == NC_NOERR;
    if (demo || nc_inq_attid(surface->nc.id, NC_GLOBAL, BS_TRAINING_IDENTITY, &id) == NC_NOERR) {
        return BS_FAIL(BS_ERR_INPUT,
                       "%s is the file of a %s, not of a sweep: blueshift plot draws it, and "
                       "blueshift info shows what it holds",
                       surface->nc.path, demo ? "demo" : "training");
    }
    BS_TRY(bs_nc_get_number(&surface->nc, NC_GLOBAL, "blueshift_format", &format));
    if (format != 1.0 && format != BS_FORMAT) {
        return BS_FAIL(BS_ERR_INPUT,
                       "%s has format %g, this version of blueshift reads formats 1 to %d; use the "
                       "version that its attributes name",
                       surface->nc.path, format, BS_FORMAT);
    }
    surface->format = (int)format;
    return BS_OK;
}

/* Status and the two numbers of the sessions. */
static bs_status read_state(bs_surface *surface, const reading *r)
{
    bs_variable ignored;
    BS_TRY(bs_variable_find(surface, "status", &ignored, &surface->status_id));
    BS_TRY(bs_variable_find(surface, "wall_time", &ignored, &surface->wall_time_id));
    BS_TRY(bs_variable_find(surface, "sessions", &ignored, &surface->sessions_id));
    BS_TRY(bs_variable_check(surface, surface->status_id, NC_BYTE, r->layout.values.ndim,
                             r->dims.values, false));
    BS_TRY(bs_variable_check(surface, surface->wall_time_id, NC_DOUBLE, 0, NULL, false));
    return bs_variable_check(surface, surface->sessions_id, NC_INT, 0, NULL, false);
}

bs_status bs_header_read(bs_surface *surface)
{
    reading r = {.network = false};
    BS_TRY(read_format(surface));
    BS_TRY(read_shape(surface, &r));
    BS_TRY(bs_axes_read(surface, r.made + 2, r.dims.values));
    BS_TRY(read_networks(surface, &r));
    compare_shape(surface, &r);
    r.layout = bs_surface_shapes_with(&surface->schema, r.network, r.realisation);
    order_dimensions(surface, &r);
    BS_TRY(read_values(surface, &r));
    BS_TRY(bs_array_read_all(surface, &r.dims, &r.layout));
    BS_TRY(read_spectrum(surface, &r));
    BS_TRY(read_attributes(surface));
    BS_TRY(read_state(surface, &r));
    surface->layout = r.layout;
    return BS_OK;
}
