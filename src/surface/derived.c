/* Reads numbers out of derived arrays. */
#include "blueshift/derived.h"

#include <math.h>
#include <netcdf.h>
#include <stdio.h>
#include <string.h>

#include "blueshift/memory.h"

enum { ARRAY_NAME = BS_CLAIM_TEXT + 16 };

/* Number INDEX of NETWORK in array NAME; NaN where there is none. */
static bs_status read_one(bs_surface *surface, const char *name, int network, int64_t index,
                          double *value)
{
    const int array = bs_surface_find_array(surface, name);
    *value = (double)NAN;
    if (array < 0) {
        return BS_OK;
    }
    const bs_array *a = &bs_surface_get_schema(surface)->arrays[array];
    const int64_t count = bs_array_row(a);
    if (a->kind != BS_ARRAY_NETWORK || index >= count) {
        return BS_OK;
    }
    double *row = bs_alloc((size_t)count, sizeof *row);
    if (row == NULL) {
        return BS_ERR_MEMORY;
    }
    bs_status status = bs_surface_read_array(surface, array, (bs_range){network, 1}, row);
    if (status == BS_OK && row[index] != NC_FILL_DOUBLE) {
        *value = row[index];
    }
    bs_free(row);
    return status;
}

bs_status bs_derived_read(bs_surface *surface, const char *name, int network, int64_t index,
                          bs_derived *number)
{
    char whole[ARRAY_NAME];
    snprintf(whole, sizeof whole, "%s_mean", name);
    BS_TRY(read_one(surface, whole, network, index, &number->mean));
    if (isnan(number->mean)) {
        BS_TRY(read_one(surface, name, network, index, &number->mean));
    }
    snprintf(whole, sizeof whole, "%s_stderr", name);
    return read_one(surface, whole, network, index, &number->error);
}

/* Of a network by its name. */
static bs_status read_named(void *file, const char *quantity, int64_t index, const char *name,
                            bs_derived *number)
{
    const bs_surface_schema *schema = bs_surface_get_schema(file);
    *number = (bs_derived){(double)NAN, (double)NAN};
    for (int n = 0; n < schema->networks; n++) {
        if (strcmp(schema->network_names[n], name) == 0) {
            return bs_derived_read(file, quantity, n, index, number);
        }
    }
    return BS_OK;
}

bs_status bs_surface_judge_claims(bs_surface *surface, bs_claim_taker *take, void *context)
{
    const bs_claim_source source = {read_named, surface};
    char *text = NULL;
    BS_TRY(bs_surface_attribute(surface, BS_CLAIM_ATTRIBUTE, &text));
    bs_status status = bs_claims_judge(text != NULL ? text : "", &source, take, context);
    bs_free(text);
    return status;
}
