/* Variables in the header of the file: their definition, and what is read and checked of them. */
#include "surface_private.h"

#include <stdio.h>
#include <string.h>

#include "blueshift/memory.h"
#include "blueshift/netcdf_attribute.h"

enum { DIMS_TEXT = 256 };

/* ---- writing ---- */

bs_status bs_variable_put_fill(bs_surface *surface, int id)
{
    return bs_nc_put_number(&surface->nc, id, "_FillValue", NC_FILL_DOUBLE);
}

bs_status bs_variable_put_coordinates(bs_surface *surface, int id)
{
    return surface->schema.networks > 1
               ? bs_nc_put_text(&surface->nc, id, "coordinates", BS_NETWORK_NAMES)
               : BS_OK;
}

bs_status bs_variable_define(bs_surface *surface, const bs_variable *variable, int ndim,
                             const int *dims, int *id)
{
    BS_TRY(
        BS_NC(&surface->nc, nc_def_var(surface->nc.id, variable->name, NC_DOUBLE, ndim, dims, id)));
    BS_TRY(bs_nc_put_text(&surface->nc, *id, "long_name", variable->long_name));
    return bs_nc_put_text(&surface->nc, *id, "units", variable->units);
}

bs_status bs_variable_put_list(bs_surface *surface, const char *name, int count,
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
    bs_status status = bs_nc_put_text(&surface->nc, NC_GLOBAL, name, text);
    bs_free(text);
    return status;
}

/* ---- reading ---- */

bs_status bs_dimension_find(bs_surface *surface, const char *name, bool *found, int *id,
                            int64_t *length)
{
    size_t elements = 1;
    int code = nc_inq_dimid(surface->nc.id, name, id);
    *found = code != NC_EBADDIM;
    if (*found) {
        BS_TRY(bs_nc_check(code, name, surface->nc.path, __FILE__, __LINE__));
        BS_TRY(BS_NC(&surface->nc, nc_inq_dimlen(surface->nc.id, *id, &elements)));
    }
    *length = (int64_t)elements;
    return BS_OK;
}

bs_status bs_dimension_need(bs_surface *surface, const char *name, int *id, int64_t *length)
{
    bool found = false;
    BS_TRY(bs_dimension_find(surface, name, &found, id, length));
    return found ? BS_OK
                 : BS_FAIL(BS_ERR_INPUT, "%s is damaged: it has no dimension %s", surface->nc.path,
                           name);
}

bs_status bs_variable_read_text(bs_surface *surface, int id, const char *name, const char **text)
{
    char *found = NULL;
    char *kept = NULL;
    *text = "";
    BS_TRY(bs_nc_get_text(&surface->nc, id, name, &found));
    if (found == NULL) {
        return BS_OK;
    }
    BS_TRY(bs_surface_keep(surface, found, &kept));
    *text = kept;
    return BS_OK;
}

bs_status bs_variable_find(bs_surface *surface, const char *stored, bs_variable *variable, int *id)
{
    char *name = NULL;
    int code = nc_inq_varid(surface->nc.id, stored, id);
    if (code == NC_ENOTVAR) {
        return BS_FAIL(BS_ERR_INPUT, "%s is damaged, or a part without it: no variable %s",
                       surface->nc.path, stored);
    }
    BS_TRY(bs_nc_check(code, stored, surface->nc.path, __FILE__, __LINE__));
    BS_TRY(bs_surface_keep(surface, bs_format_current_name(surface->format, stored), &name));
    variable->name = name;
    BS_TRY(bs_variable_read_text(surface, *id, "long_name", &variable->long_name));
    return bs_variable_read_text(surface, *id, "units", &variable->units);
}

/* "y, x" for messages. */
static void dimensions_text(const bs_surface *surface, int ndim, const int *dims,
                            char text[DIMS_TEXT])
{
    size_t used = 0;
    text[0] = '\0';
    for (int d = 0; d < ndim && used < DIMS_TEXT; d++) {
        char name[NC_MAX_NAME + 1] = "?";
        nc_inq_dimname(surface->nc.id, dims[d], name);
        used += (size_t)snprintf(text + used, DIMS_TEXT - used, "%s%s", d == 0 ? "" : ", ", name);
    }
}

bs_status bs_variable_check(bs_surface *surface, int id, int type, int ndim, const int *dims,
                            bool rest)
{
    char name[NC_MAX_NAME + 1] = "";
    int found[NC_MAX_VAR_DIMS];
    int count = 0;
    nc_type stored = NC_NAT;
    BS_TRY(BS_NC(&surface->nc, nc_inq_var(surface->nc.id, id, name, &stored, &count, found, NULL)));
    if (stored != type) {
        return BS_FAIL(BS_ERR_INPUT, "%s is damaged: %s has another type of numbers than it had",
                       surface->nc.path, name);
    }
    bool fits = rest ? count >= ndim && count <= ndim + BS_ARRAY_DIMS : count == ndim;
    bool same = ndim == 0 || memcmp(found, dims, (size_t)ndim * sizeof *dims) == 0;
    if (!fits || !same) {
        char have[DIMS_TEXT];
        char want[DIMS_TEXT];
        dimensions_text(surface, count, found, have);
        dimensions_text(surface, ndim, dims, want);
        return BS_FAIL(BS_ERR_INPUT,
                       "%s: %s has the dimensions (%s), not (%s%s) as a result has; put them in "
                       "this order, for instance with ncpdq",
                       surface->nc.path, name, have, want, rest ? ", ..." : "");
    }
    return BS_OK;
}

bs_status bs_variable_read_list(bs_surface *surface, const char *name, char **words, int *count)
{
    char *found = NULL;
    char *text = NULL;
    *count = 0;
    char *stored = bs_format_stored_name(surface->format, name);
    if (stored == NULL) {
        return BS_ERR_MEMORY;
    }
    bs_status status = bs_nc_get_text(&surface->nc, NC_GLOBAL, stored, &found);
    bs_free(stored);
    BS_TRY(status);
    if (found == NULL) {
        return BS_FAIL(BS_ERR_INPUT, "%s is damaged: it has no attribute %s", surface->nc.path,
                       name);
    }
    BS_TRY(bs_surface_keep(surface, found, &text));
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

bs_status bs_variable_read_all(bs_surface *surface, const char *list, int *count,
                               const bs_variable **variables, int **ids)
{
    char none[] = "";
    char *word = none;
    BS_TRY(bs_variable_read_list(surface, list, &word, count));
    bs_variable *found = bs_surface_own(surface, (size_t)*count, sizeof *found);
    *ids = bs_surface_own(surface, (size_t)*count, sizeof **ids);
    if (found == NULL || *ids == NULL) {
        return BS_ERR_MEMORY;
    }
    for (int i = 0; i < *count; i++) {
        BS_TRY(bs_variable_find(surface, word, &found[i], &(*ids)[i]));
        word += strlen(word) + 1;
    }
    *variables = found;
    return BS_OK;
}
