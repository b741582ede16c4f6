/* A record as a NetCDF file, and back. */
#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <netcdf.h>

#include "blueshift/fault.h"
#include "blueshift/memory.h"
#include "dataset_private.h"

#define NC(call) check_nc((call), path)

static bs_status check_nc(int code, const char *path)
{
    if (code != NC_NOERR) {
        return BS_FAIL(BS_ERR_IO, "%s: NetCDF failed: %s; is the disk full?", path,
                       nc_strerror(code));
    }
    return BS_OK;
}

/* ---- writing ---- */

static bs_status put_text(int file, int variable, const char *name, const char *text,
                          const char *path)
{
    return NC(nc_put_att_text(file, variable, name, strlen(text), text));
}

static bs_status define(const bs_dataset *record, int file, const char *path)
{
    int dims[RECORD_ITEMS];
    for (int i = 0; i < record->dimension_count; i++) {
        const dataset_dimension *d = &record->dimensions[i];
        BS_TRY(NC(nc_def_dim(file, d->name, (size_t)d->length, &dims[i])));
    }
    for (int i = 0; i < record->array_count; i++) {
        const dataset_array *array = &record->arrays[i];
        int own[BS_DATASET_DIMS] = {0};
        int id = 0;
        for (int d = 0; d < array->ndim; d++) {
            own[d] = dims[array->dims[d]];
        }
        BS_TRY(NC(nc_def_var(file, array->name, NC_DOUBLE, array->ndim, own, &id)));
        BS_TRY(put_text(file, id, "long_name", array->long_name, path));
        BS_TRY(put_text(file, id, "units", array->units, path));
    }
    for (int i = 0; i < record->attribute_count; i++) {
        const dataset_attribute *a = &record->attributes[i];
        if (a->text != NULL) {
            BS_TRY(put_text(file, NC_GLOBAL, a->name, a->text, path));
        } else {
            BS_TRY(NC(nc_put_att_double(file, NC_GLOBAL, a->name, NC_DOUBLE, 1, &a->number)));
        }
    }
    return NC(nc_enddef(file));
}

static bs_status fill(const bs_dataset *record, int file, const char *path)
{
    for (int i = 0; i < record->array_count; i++) {
        int id = 0;
        if (bs_fault("io_write")) {
            return BS_FAIL(BS_ERR_IO, "%s: cannot be written (injected)", path);
        }
        BS_TRY(NC(nc_inq_varid(file, record->arrays[i].name, &id)));
        BS_TRY(NC(nc_put_var_double(file, id, record->arrays[i].values)));
    }
    return BS_OK;
}

static bs_status write_to(const bs_dataset *record, const char *temporary, const char *path)
{
    int file = 0;
    BS_TRY(NC(nc_create(temporary, NC_CLOBBER | NC_64BIT_DATA, &file)));
    bs_status status = define(record, file, path);
    if (status == BS_OK) {
        status = fill(record, file, path);
    }
    bs_status closed = NC(nc_close(file));
    return status != BS_OK ? status : closed;
}

bs_status bs_dataset_write(const bs_dataset *record, const char *path)
{
    char temporary[PATH_MAX];
    if (snprintf(temporary, sizeof temporary, "%s.tmp", path) >= (int)sizeof temporary) {
        return BS_FAIL(BS_ERR_IO, "%s: the name is too long", path);
    }
    /* A plain open first: its reasons are clearer than the library's. */
    FILE *probe = fopen(temporary, "w");
    if (probe == NULL) {
        return BS_FAIL(BS_ERR_IO, "%s cannot be created: %s; choose another output", path,
                       strerror(errno));
    }
    fclose(probe);
    bs_status status = write_to(record, temporary, path);
    if (status == BS_OK && rename(temporary, path) != 0) {
        status =
            BS_FAIL(BS_ERR_IO, "%s: cannot rename %s to it: %s", path, temporary, strerror(errno));
    }
    if (status != BS_OK) {
        unlink(temporary);
    }
    return status;
}

/* ---- reading ---- */

static bs_status get_text(int file, int variable, const char *name, const char *path, char **text)
{
    size_t length = 0;
    BS_TRY(NC(nc_inq_attlen(file, variable, name, &length)));
    *text = bs_alloc(length + 1, 1);
    if (*text == NULL) {
        return BS_ERR_MEMORY;
    }
    bs_status status = NC(nc_get_att_text(file, variable, name, *text));
    if (status != BS_OK) {
        bs_free(*text);
    }
    return status;
}

static bs_status read_attribute(int file, int index, const char *path, bs_dataset *record)
{
    char name[NC_MAX_NAME + 1];
    nc_type type = NC_NAT;
    BS_TRY(NC(nc_inq_attname(file, NC_GLOBAL, index, name)));
    BS_TRY(NC(nc_inq_atttype(file, NC_GLOBAL, name, &type)));
    if (type == NC_CHAR) {
        char *text = NULL;
        BS_TRY(get_text(file, NC_GLOBAL, name, path, &text));
        bs_status status = bs_dataset_text(record, name, text);
        bs_free(text);
        return status;
    }
    double number = 0.0;
    BS_TRY(NC(nc_get_att_double(file, NC_GLOBAL, name, &number)));
    return bs_dataset_number(record, name, number);
}

static bs_status read_array(int file, int id, const char *path, bs_dataset *record)
{
    char name[NC_MAX_NAME + 1];
    char dims[DATASET_NAME * BS_DATASET_DIMS] = "";
    int ids[NC_MAX_VAR_DIMS];
    int ndim = 0;
    nc_type type = NC_NAT;
    BS_TRY(NC(nc_inq_var(file, id, name, &type, &ndim, ids, NULL)));
    if (ndim > BS_DATASET_DIMS || type != NC_DOUBLE) {
        return BS_FAIL(BS_ERR_INPUT, "%s: %s is no array of a demo", path, name);
    }
    for (int d = 0; d < ndim; d++) {
        size_t used = strlen(dims);
        snprintf(dims + used, sizeof dims - used, "%s%s", d > 0 ? " " : "",
                 record->dimensions[ids[d]].name);
    }
    char *long_name = NULL;
    char *units = NULL;
    double *values = NULL;
    bs_status status = get_text(file, id, "long_name", path, &long_name);
    if (status == BS_OK) {
        status = get_text(file, id, "units", path, &units);
    }
    if (status == BS_OK) {
        status = bs_dataset_array(record, name, dims, units, long_name, &values);
    }
    if (status == BS_OK) {
        status = NC(nc_get_var_double(file, id, values));
    }
    bs_free(long_name);
    bs_free(units);
    return status;
}

static bs_status read_all(int file, const char *path, bs_dataset *record)
{
    int dims = 0;
    int arrays = 0;
    int attributes = 0;
    BS_TRY(NC(nc_inq(file, &dims, &arrays, &attributes, NULL)));
    for (int i = 0; i < dims; i++) {
        char name[NC_MAX_NAME + 1];
        size_t length = 0;
        BS_TRY(NC(nc_inq_dim(file, i, name, &length)));
        BS_TRY(bs_dataset_dimension(record, name, (int64_t)length));
    }
    for (int i = 0; i < attributes; i++) {
        BS_TRY(read_attribute(file, i, path, record));
    }
    for (int i = 0; i < arrays; i++) {
        BS_TRY(read_array(file, i, path, record));
    }
    return BS_OK;
}

bool bs_dataset_is(const char *path, const char *name)
{
    int file = 0;
    int id = 0;
    if (nc_open(path, NC_NOWRITE, &file) != NC_NOERR) {
        return false;
    }
    bool there = nc_inq_attid(file, NC_GLOBAL, name, &id) == NC_NOERR;
    nc_close(file);
    return there;
}

bs_status bs_dataset_read(const char *path, bs_dataset **record)
{
    int file = 0;
    int code = nc_open(path, NC_NOWRITE, &file);
    if (code != NC_NOERR) {
        return BS_FAIL(BS_ERR_INPUT, "%s: cannot be read: %s", path, nc_strerror(code));
    }
    bs_dataset *created = NULL;
    bs_status status = bs_dataset_create(&created);
    if (status == BS_OK) {
        status = read_all(file, path, created);
    }
    nc_close(file);
    if (status != BS_OK) {
        bs_dataset_destroy(created);
        return BS_FAIL(BS_ERR_INPUT, "%s: not the file of a demo, or damaged: %s", path,
                       bs_error_text());
    }
    *record = created;
    return BS_OK;
}
