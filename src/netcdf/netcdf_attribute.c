/* Writes and reads attributes of NetCDF files. */
#include "blueshift/netcdf_attribute.h"

#include <stdio.h>
#include <string.h>

#include <netcdf.h>

#include "blueshift/memory.h"

enum { NUMBER_TEXT = 26 }; /* a blank and 17 digits with sign, point and exponent */

bs_status bs_nc_put_text(const bs_nc *nc, int variable, const char *name, const char *text)
{
    return BS_NC(nc, nc_put_att_text(nc->id, variable, name, strlen(text), text));
}

bs_status bs_nc_put_number(const bs_nc *nc, int variable, const char *name, double number)
{
    return BS_NC(nc, nc_put_att_double(nc->id, variable, name, NC_DOUBLE, 1, &number));
}

bs_status bs_nc_put_integers(const bs_nc *nc, int variable, const char *name, int count,
                             const int *integers)
{
    return BS_NC(nc, nc_put_att_int(nc->id, variable, name, NC_INT, (size_t)count, integers));
}

static bs_status read_text(const bs_nc *nc, int variable, const char *name, size_t length,
                           char *text)
{
    text[length] = '\0';
    return BS_NC(nc, nc_get_att_text(nc->id, variable, name, text));
}

/* COUNT numbers as a text with room for them. */
static bs_status print_numbers(const bs_nc *nc, int variable, const char *name, size_t count,
                               char *text)
{
    double *numbers = bs_alloc(count, sizeof *numbers);
    if (numbers == NULL) {
        return BS_ERR_MEMORY;
    }
    bs_status status = BS_NC(nc, nc_get_att_double(nc->id, variable, name, numbers));
    size_t used = 0;
    for (size_t i = 0; i < count && status == BS_OK; i++) {
        used +=
            (size_t)snprintf(text + used, NUMBER_TEXT, "%s%.17g", i == 0 ? "" : " ", numbers[i]);
    }
    bs_free(numbers);
    return status;
}

bs_status bs_nc_get_attribute(const bs_nc *nc, int variable, const char *name, bool *found,
                              char **text, double *number)
{
    nc_type type = NC_NAT;
    size_t length = 0;
    *text = NULL;
    int code = nc_inq_att(nc->id, variable, name, &type, &length);
    *found = code != NC_ENOTATT;
    if (!*found) {
        return BS_OK;
    }
    BS_TRY(bs_nc_check(code, name, nc->path, __FILE__, __LINE__));
    if (type != NC_CHAR && length == 1) {
        return BS_NC(nc, nc_get_att_double(nc->id, variable, name, number));
    }
    char *copy = bs_alloc(type == NC_CHAR ? length + 1 : length * NUMBER_TEXT + 1, 1);
    if (copy == NULL) {
        return BS_ERR_MEMORY;
    }
    bs_status status = type == NC_CHAR ? read_text(nc, variable, name, length, copy)
                                       : print_numbers(nc, variable, name, length, copy);
    if (status != BS_OK) {
        bs_free(copy);
        return status;
    }
    *text = copy;
    return BS_OK;
}

bs_status bs_nc_get_number(const bs_nc *nc, int variable, const char *name, double *number)
{
    char *text = NULL;
    bool found = false;
    BS_TRY(bs_nc_get_attribute(nc, variable, name, &found, &text, number));
    bool good = found && text == NULL;
    bs_free(text);
    return good ? BS_OK
                : BS_FAIL(BS_ERR_INPUT, "%s is damaged: the attribute %s is not one number",
                          nc->path, name);
}

bs_status bs_nc_get_text(const bs_nc *nc, int variable, const char *name, char **text)
{
    double number = 0.0;
    bool found = false;
    BS_TRY(bs_nc_get_attribute(nc, variable, name, &found, text, &number));
    return !found || *text != NULL
               ? BS_OK
               : BS_FAIL(BS_ERR_INPUT, "%s is damaged: the attribute %s is not a text", nc->path,
                         name);
}
