/* Direction files of the loss-landscape tool, read through NetCDF-C as the HDF5 files they are. */
#include "blueshift/direction_file.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include <netcdf.h>

#include "blueshift/fault.h"
#include "blueshift/isolated.h"
#include "blueshift/output_file.h"
#include "direction_groups.h"

enum { SHAPE_TEXT = 128, NAME_TEXT = 16 };

static const char layout[] = "groups xdirection, ydirection and zdirection of data sets \"0\", "
                             "\"1\", ..., one per parameter tensor";

/* An open group and what messages call it. */
typedef struct source {
    const char *path;
    const char *group;
    int id;
} source;

/* The system's reasons (missing, permission, a folder) are clearer than the library's. */
static bs_status check_magic(const char *path, int descriptor)
{
    static const char wanted[] = "\211HDF\r\n\032\n";
    char magic[sizeof wanted - 1] = {0};
    ssize_t bytes = pread(descriptor, magic, sizeof magic, 0);
    if (bytes < 0) {
        return BS_FAIL(BS_ERR_INPUT, "%s: the direction file cannot be read: %s", path,
                       strerror(errno));
    }
    if (bytes < (ssize_t)sizeof magic || memcmp(magic, wanted, sizeof magic) != 0) {
        return BS_FAIL(BS_ERR_INPUT, "%s: not a HDF5 file; a direction file is HDF5 with %s", path,
                       layout);
    }
    return BS_OK;
}

static bs_status open_library(const char *path, int descriptor, int *file)
{
    char name[BS_DESCRIPTOR_PATH];
    BS_TRY(check_magic(path, descriptor));
    int code = nc_open(bs_descriptor_path(descriptor, name), NC_NOWRITE, file);
    if (code != NC_NOERR) {
        return BS_FAIL(BS_ERR_INPUT,
                       "%s: the HDF5 file cannot be opened: %s; it is damaged, being written, or "
                       "on a file system without locks (then set HDF5_USE_FILE_LOCKING=FALSE)",
                       path, nc_strerror(code));
    }
    return BS_OK;
}

static bs_status open_file(const char *path, int *file)
{
    errno = EIO; /* for an injected fault */
    int descriptor = bs_fault("read") ? -1 : open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (descriptor < 0) {
        return BS_FAIL(BS_ERR_INPUT, "%s: the direction file cannot be opened: %s", path,
                       strerror(errno));
    }
    bs_status status = open_library(path, descriptor, file);
    close(descriptor); /* the library has one of its own */
    return status;
}

static bs_status find_group(int file, source *from)
{
    int code = nc_inq_ncid(file, from->group, &from->id);
    if (code != NC_NOERR) {
        return BS_FAIL(BS_ERR_INPUT,
                       "%s: there is no group %s; a direction file has %s, as many groups as the "
                       "path has directions",
                       from->path, from->group, layout);
    }
    return BS_OK;
}

static bs_status check_count(const source *from, int tensor_count)
{
    int count = 0;
    int code = nc_inq_nvars(from->id, &count);
    if (code != NC_NOERR) {
        return BS_FAIL(BS_ERR_INPUT, "%s: %s: %s", from->path, from->group, nc_strerror(code));
    }
    if (count != tensor_count) {
        return BS_FAIL(BS_ERR_INPUT,
                       "%s: %s has %d data sets and the network %d parameter tensors; use "
                       "directions of this network%s",
                       from->path, from->group, count, tensor_count,
                       count > tensor_count ? ", without batch norm's statistics" : "");
    }
    return BS_OK;
}

static void write_shape(int ndim, const size_t *shape, char text[SHAPE_TEXT])
{
    size_t used = 0;
    snprintf(text, SHAPE_TEXT, "a single number");
    for (int d = 0; d < ndim && used < SHAPE_TEXT - 32; d++) {
        int written =
            snprintf(text + used, SHAPE_TEXT - used, "%s%zu", d == 0 ? "" : "x", shape[d]);
        used += written > 0 ? (size_t)written : 0;
    }
}

static bs_status read_shape(const source *from, int variable, const char *name, int *ndim,
                            size_t shape[NC_MAX_VAR_DIMS])
{
    int dimensions[NC_MAX_VAR_DIMS];
    int code = nc_inq_varndims(from->id, variable, ndim);
    if (code == NC_NOERR) {
        code = nc_inq_vardimid(from->id, variable, dimensions);
    }
    for (int d = 0; code == NC_NOERR && d < *ndim; d++) {
        code = nc_inq_dimlen(from->id, dimensions[d], &shape[d]);
    }
    if (code != NC_NOERR) {
        return BS_FAIL(BS_ERR_INPUT, "%s: %s/%s: %s", from->path, from->group, name,
                       nc_strerror(code));
    }
    return BS_OK;
}

static bs_status check_shape(const source *from, int variable, const char *name,
                             const bs_tensor *tensor)
{
    int ndim = 0;
    size_t shape[NC_MAX_VAR_DIMS] = {0};
    BS_TRY(read_shape(from, variable, name, &ndim, shape));
    bool same = ndim == tensor->ndim;
    for (int d = 0; same && d < ndim; d++) {
        same = shape[d] == (size_t)tensor->shape[d];
    }
    if (!same) {
        char found[SHAPE_TEXT];
        char wanted[64];
        write_shape(ndim, shape, found);
        return BS_FAIL(BS_ERR_INPUT,
                       "%s: %s/%s has shape %s, but the network's tensor %s has %s; use "
                       "directions of this network",
                       from->path, from->group, name, found, tensor->name,
                       bs_tensor_shape_text(tensor, wanted));
    }
    return BS_OK;
}

static bs_status check_type(const source *from, int variable, const char *name)
{
    nc_type type = NC_NAT;
    int code = nc_inq_vartype(from->id, variable, &type);
    if (code != NC_NOERR) {
        return BS_FAIL(BS_ERR_INPUT, "%s: %s/%s: %s", from->path, from->group, name,
                       nc_strerror(code));
    }
    if (type != NC_FLOAT && type != NC_DOUBLE) {
        return BS_FAIL(BS_ERR_INPUT,
                       "%s: %s/%s holds no floating-point numbers; store float32 or float64",
                       from->path, from->group, name);
    }
    return BS_OK;
}

/* Reads the data set of tensor INDEX to its place. */
static bs_status read_tensor(const source *from, int index, const bs_tensor *tensor,
                             float *direction)
{
    char name[NAME_TEXT];
    int variable = -1;
    snprintf(name, sizeof name, "%d", index);
    if (nc_inq_varid(from->id, name, &variable) != NC_NOERR) {
        return BS_FAIL(BS_ERR_INPUT,
                       "%s: %s has no data set \"%s\" for tensor %s; a direction file has %s",
                       from->path, from->group, name, tensor->name, layout);
    }
    BS_TRY(check_type(from, variable, name));
    BS_TRY(check_shape(from, variable, name, tensor));
    float *out = direction + tensor->offset;
    int code = nc_get_var_float(from->id, variable, out);
    /* A double beyond float's range: the value arrives as infinite and is named below. */
    if (code != NC_NOERR && code != NC_ERANGE) {
        return BS_FAIL(BS_ERR_INPUT, "%s: %s/%s (%s) cannot be read: %s; the file is damaged",
                       from->path, from->group, name, tensor->name, nc_strerror(code));
    }
    for (size_t i = 0; i < tensor->count; i++) {
        if (!isfinite(out[i])) {
            return BS_FAIL(BS_ERR_INPUT,
                           "%s: %s/%s (%s) is not finite at element %zu: every point off the "
                           "origin would be NaN; make new directions",
                           from->path, from->group, name, tensor->name, i);
        }
    }
    return BS_OK;
}

static bs_status read_group(source *from, int file, int tensor_count, const bs_tensor *tensors,
                            float *direction)
{
    BS_TRY(find_group(file, from));
    BS_TRY(check_count(from, tensor_count));
    for (int t = 0; t < tensor_count; t++) {
        BS_TRY(read_tensor(from, t, &tensors[t], direction));
    }
    return BS_OK;
}

bs_status bs_direction_file_parse(const char *path, int number, int tensor_count,
                                  const bs_tensor *tensors, float *direction)
{
    if (number < 0 || number >= BS_DIRECTION_GROUPS) {
        return BS_FAIL(BS_ERR_INTERNAL, "direction %d of a direction file; 0 to 2 are possible",
                       number);
    }
    int file = -1;
    BS_TRY(open_file(path, &file));
    source from = {.path = path, .group = bs_direction_groups[number]};
    bs_status status = read_group(&from, file, tensor_count, tensors, direction);
    nc_close(file);
    return status;
}

/* The arguments of a reading that is only tried. */
typedef struct trial {
    const char *path;
    int number, tensor_count;
    const bs_tensor *tensors;
    float *direction; /* this process's own copy */
} trial;

/* No library needs more for these files: seconds, and bytes beyond what the process has. */
static void limit_trial(void)
{
    enum { SECONDS = 300 };
    static const rlim_t most = (rlim_t)4 << 30;
    unsigned long data = 0;
    FILE *sizes = fopen("/proc/self/statm", "r");
    bool known = sizes != NULL && fscanf(sizes, "%*u %*u %*u %*u %*u %lu", &data) == 1;
    if (sizes != NULL) {
        fclose(sizes);
    }
    rlim_t bytes = (rlim_t)data * (rlim_t)sysconf(_SC_PAGESIZE) + most;
    if (known) {
        setrlimit(RLIMIT_DATA, &(struct rlimit){bytes, bytes});
    }
    setrlimit(RLIMIT_CPU, &(struct rlimit){SECONDS, SECONDS});
}

static bs_status try_file(void *context)
{
    const trial *t = context;
    limit_trial();
    if (bs_fault("library")) {
        raise(SIGSEGV);
    }
    return bs_direction_file_parse(t->path, t->number, t->tensor_count, t->tensors, t->direction);
}

bs_status bs_direction_file_read(const char *path, int number, int tensor_count,
                                 const bs_tensor *tensors, float *direction)
{
    trial t = {path, number, tensor_count, tensors, direction};
    bs_status status = bs_run_isolated(try_file, &t);
    if (status == BS_ERR_IO) {
        return BS_FAIL(BS_ERR_INPUT, "%s: cannot be read (%s); the file is damaged: write it again",
                       path, bs_error_text());
    }
    BS_TRY(status);
    return bs_direction_file_parse(path, number, tensor_count, tensors, direction);
}
