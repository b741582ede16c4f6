/* A dataset as a NetCDF file, and back. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <netcdf.h>

#include "blueshift/cdf_header.h"
#include "blueshift/fault.h"
#include "blueshift/format.h"
#include "blueshift/memory.h"
#include "blueshift/netcdf_attribute.h"
#include "blueshift/output_file.h"
#include "dataset_private.h"

static const char format_name[] = "blueshift_format";
static const char shape_name[] = "blueshift_dimensions";
enum { SHAPE_TEXT = DATASET_ENTRIES * (DATASET_NAME + 24) };

/* "case=4 factor=3": the dimensions as they were made, which tells a part from the whole. */
static const char *describe_dimensions(const bs_dataset *dataset, char text[SHAPE_TEXT])
{
    size_t used = 0;
    text[0] = '\0';
    for (int i = 0; i < dataset->dimension_count; i++) {
        const dataset_dimension *d = &dataset->dimensions[i];
        used += (size_t)snprintf(text + used, SHAPE_TEXT - used, "%s%s=%" PRId64, i > 0 ? " " : "",
                                 d->name, d->length);
    }
    return text;
}

/* ---- writing ---- */

static bs_status define_arrays(const bs_dataset *dataset, const bs_nc *nc)
{
    int dims[DATASET_ENTRIES];
    for (int i = 0; i < dataset->dimension_count; i++) {
        const dataset_dimension *d = &dataset->dimensions[i];
        BS_TRY(BS_NC(nc, nc_def_dim(nc->id, d->name, (size_t)d->length, &dims[i])));
    }
    for (int i = 0; i < dataset->array_count; i++) {
        const dataset_array *array = &dataset->arrays[i];
        int own[BS_DATASET_DIMS] = {0};
        int id = 0;
        for (int d = 0; d < array->ndim; d++) {
            own[d] = dims[array->dims[d]];
        }
        BS_TRY(BS_NC(nc, nc_def_var(nc->id, array->name, NC_DOUBLE, array->ndim, own, &id)));
        BS_TRY(bs_nc_put_text(nc, id, "long_name", array->long_name));
        BS_TRY(bs_nc_put_text(nc, id, "units", array->units));
    }
    return BS_OK;
}

static bs_status define(const bs_dataset *dataset, const bs_nc *nc)
{
    const int format = BS_FORMAT;
    BS_TRY(define_arrays(dataset, nc));
    for (int i = 0; i < dataset->attribute_count; i++) {
        const dataset_attribute *a = &dataset->attributes[i];
        BS_TRY(a->text != NULL ? bs_nc_put_text(nc, NC_GLOBAL, a->name, a->text)
                               : bs_nc_put_number(nc, NC_GLOBAL, a->name, a->number));
    }
    BS_TRY(bs_nc_put_integers(nc, NC_GLOBAL, format_name, 1, &format));
    char shape[SHAPE_TEXT];
    BS_TRY(bs_nc_put_text(nc, NC_GLOBAL, shape_name, describe_dimensions(dataset, shape)));
    return BS_NC(nc, nc_enddef(nc->id));
}

static bs_status fill(const bs_dataset *dataset, const bs_nc *nc)
{
    for (int i = 0; i < dataset->array_count; i++) {
        int id = 0;
        if (bs_fault("io_write")) {
            return BS_FAIL(BS_ERR_IO, "%s: cannot be written (injected)", nc->path);
        }
        BS_TRY(BS_NC(nc, nc_inq_varid(nc->id, dataset->arrays[i].name, &id)));
        BS_TRY(BS_NC(nc, nc_put_var_double(nc->id, id, dataset->arrays[i].values)));
    }
    return BS_OK;
}

static bs_status write_to(const bs_dataset *dataset, const bs_output_file *file)
{
    char name[BS_DESCRIPTOR_PATH];
    bs_nc nc = {.path = file->path};
    /* CDF-2: small enough, and more programs read it than CDF-5. */
    BS_TRY(BS_NC(&nc, nc_create(bs_descriptor_path(file->descriptor, name),
                                NC_CLOBBER | NC_64BIT_OFFSET, &nc.id)));
    bs_status status = define(dataset, &nc);
    if (status == BS_OK) {
        status = fill(dataset, &nc);
    }
    bs_status closed = BS_NC(&nc, nc_close(nc.id));
    return status != BS_OK ? status : closed;
}

static bs_status write_content(const bs_output_file *file, FILE *stream, const void *context)
{
    (void)stream; /* the library writes to the descriptor */
    return bs_output_file_blame_disk(file, write_to(context, file));
}

bs_status bs_dataset_write(const bs_dataset *dataset, const char *path, bool replace)
{
    return bs_output_file_write(path, replace, write_content, dataset);
}

/* ---- reading ---- */

/* A file that is open twice: for the check of its header, and by the library. */
typedef struct opened {
    int descriptor;
    bs_nc nc;
    int format;
} opened;

static bs_status read_attribute(const opened *file, int index, bs_dataset *dataset)
{
    char name[NC_MAX_NAME + 1];
    char *text = NULL;
    double number = 0.0;
    bool found = false;
    BS_TRY(BS_NC(&file->nc, nc_inq_attname(file->nc.id, NC_GLOBAL, index, name)));
    BS_TRY(bs_nc_get_attribute(&file->nc, NC_GLOBAL, name, &found, &text, &number));
    bs_status status = BS_OK;
    if (strcmp(name, format_name) != 0 && strcmp(name, shape_name) != 0) {
        status = text != NULL ? bs_dataset_text(dataset, name, text)
                              : bs_dataset_number(dataset, name, number);
    }
    bs_free(text);
    return status;
}

/* The texts of an array, for bs_free. */
typedef struct texts {
    char *name, *long_name, *units;
} texts;

static void release_texts(texts *t)
{
    bs_free(t->name);
    bs_free(t->long_name);
    bs_free(t->units);
}

static bs_status read_texts(const opened *file, int id, const char *stored, texts *t)
{
    BS_TRY(bs_nc_get_text(&file->nc, id, "long_name", &t->long_name));
    BS_TRY(bs_nc_get_text(&file->nc, id, "units", &t->units));
    if (t->long_name == NULL || t->units == NULL) {
        return BS_FAIL(BS_ERR_INPUT, "%s: %s has no long_name or units", file->nc.path, stored);
    }
    t->name = bs_format_current_name(file->format, stored);
    return t->name == NULL ? BS_ERR_MEMORY : BS_OK;
}

static bs_status read_array(const opened *file, int id, bs_dataset *dataset)
{
    const bs_nc *nc = &file->nc;
    char stored[NC_MAX_NAME + 1];
    char dims[DATASET_NAME * BS_DATASET_DIMS] = "";
    int ids[NC_MAX_VAR_DIMS];
    int ndim = 0;
    nc_type type = NC_NAT;
    BS_TRY(BS_NC(nc, nc_inq_var(nc->id, id, stored, &type, &ndim, ids, NULL)));
    if (ndim > BS_DATASET_DIMS || type != NC_DOUBLE) {
        return BS_FAIL(BS_ERR_INPUT, "%s: %s is no array of a demo", nc->path, stored);
    }
    for (int d = 0; d < ndim; d++) {
        size_t used = strlen(dims);
        snprintf(dims + used, sizeof dims - used, "%s%s", d > 0 ? " " : "",
                 dataset->dimensions[ids[d]].name);
    }
    texts t = {NULL, NULL, NULL};
    double *values = NULL;
    bs_status status = read_texts(file, id, stored, &t);
    if (status == BS_OK) {
        status = bs_dataset_array(dataset, t.name, dims, t.units, t.long_name, &values);
    }
    release_texts(&t);
    return status != BS_OK ? status : BS_NC(nc, nc_get_var_double(nc->id, id, values));
}

/* Whether the dimensions are those that were made; files of before do not say. */
static bs_status check_whole(const bs_nc *nc, const bs_dataset *dataset)
{
    char *made = NULL;
    char found[SHAPE_TEXT];
    BS_TRY(bs_nc_get_text(nc, NC_GLOBAL, shape_name, &made));
    bool whole = made == NULL || strcmp(made, describe_dimensions(dataset, found)) == 0;
    bs_free(made);
    return whole ? BS_OK
                 : BS_FAIL(
                       BS_ERR_INPUT,
                       "another program cut or reversed it; take the whole file, or make it again");
}

static bs_status read_all(const opened *file, bs_dataset *dataset)
{
    const bs_nc *nc = &file->nc;
    int dims = 0;
    int arrays = 0;
    int attributes = 0;
    BS_TRY(BS_NC(nc, nc_inq(nc->id, &dims, &arrays, &attributes, NULL)));
    for (int i = 0; i < dims; i++) {
        char name[NC_MAX_NAME + 1];
        size_t length = 0;
        BS_TRY(BS_NC(nc, nc_inq_dim(nc->id, i, name, &length)));
        BS_TRY(bs_dataset_dimension(dataset, name, (int64_t)length));
    }
    BS_TRY(check_whole(nc, dataset));
    for (int i = 0; i < attributes; i++) {
        BS_TRY(read_attribute(file, i, dataset));
    }
    for (int i = 0; i < arrays; i++) {
        BS_TRY(read_array(file, i, dataset));
    }
    return BS_OK;
}

/* Format 1 had no number in the files of demos. */
static bs_status read_format(opened *file)
{
    int id = 0;
    double format = 1.0;
    if (nc_inq_attid(file->nc.id, NC_GLOBAL, format_name, &id) == NC_NOERR) {
        BS_TRY(bs_nc_get_number(&file->nc, NC_GLOBAL, format_name, &format));
    }
    if (format != 1.0 && format != BS_FORMAT) {
        return BS_FAIL(BS_ERR_INPUT, "it has format %g, this version of blueshift reads 1 to %d",
                       format, BS_FORMAT);
    }
    file->format = (int)format;
    return BS_OK;
}

static bs_status open_library(opened *file)
{
    char name[BS_DESCRIPTOR_PATH];
    struct stat found;
    if (fstat(file->descriptor, &found) != 0 || !S_ISREG(found.st_mode)) {
        return BS_FAIL(BS_ERR_INPUT, "%s is not a file; choose another one", file->nc.path);
    }
    BS_TRY(bs_cdf_header_check(file->descriptor, file->nc.path));
    return BS_NC(&file->nc,
                 nc_open(bs_descriptor_path(file->descriptor, name), NC_NOWRITE, &file->nc.id));
}

static bs_status open_file(const char *path, opened *file)
{
    *file = (opened){.nc = {.path = path}};
    file->descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (file->descriptor < 0) {
        return BS_FAIL(BS_ERR_INPUT, "%s: cannot be read: %s", path, strerror(errno));
    }
    bs_status status = open_library(file);
    if (status != BS_OK) {
        close(file->descriptor);
    }
    return status;
}

static void close_file(const opened *file)
{
    nc_close(file->nc.id);
    close(file->descriptor);
}

bool bs_dataset_is(const char *path, const char *name)
{
    opened file;
    int id = 0;
    if (open_file(path, &file) != BS_OK) {
        return false;
    }
    bool there = nc_inq_attid(file.nc.id, NC_GLOBAL, name, &id) == NC_NOERR;
    close_file(&file);
    return there;
}

bs_status bs_dataset_read(const char *path, bs_dataset **dataset)
{
    opened file;
    BS_TRY(open_file(path, &file));
    bs_dataset *created = NULL;
    bs_status status = bs_dataset_create(&created);
    if (status == BS_OK) {
        status = read_format(&file);
    }
    if (status == BS_OK) {
        status = read_all(&file, created);
    }
    close_file(&file);
    if (status != BS_OK) {
        bs_dataset_destroy(created);
        return status == BS_ERR_MEMORY
                   ? status
                   : BS_FAIL(BS_ERR_INPUT,
                             "%s: not the file of a demo or a training, or damaged: %s", path,
                             bs_error_text());
    }
    *dataset = created;
    return BS_OK;
}
