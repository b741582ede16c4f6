/* A result file as HDF5: compressed NetCDF-4 with all of it, or the plain data sets that the
 * plotting scripts of loss-landscape read. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <netcdf.h>

#include "blueshift/isolated.h"
#include "blueshift/fault.h"
#include "blueshift/memory.h"
#include "blueshift/netcdf_check.h"
#include "conversion.h"

enum {
    BLOCK = 1 << 17, /* elements of a chunk of the file, moved at once */
    DEFLATE = 4
};

/* Both files, opened by the serial library. */
typedef struct copying {
    const bs_conversion *c;
    bs_status (*copy)(struct copying *k);
    int from, to;
    bool plain;    /* no fill value: what is missing is NaN */
    double *block; /* [BLOCK] of the widest type */
} copying;

/* A variable of the source. */
typedef struct source {
    char name[NC_MAX_NAME + 1];
    nc_type type;
    int id, ndim, attributes;
    int dims[NC_MAX_VAR_DIMS];
    size_t extent[NC_MAX_VAR_DIMS];
} source;

#define NC_FROM(k, call) bs_nc_check((call), #call, (k)->c->path, __FILE__, __LINE__)
#define NC_TO(k, call) bs_nc_check((call), #call, (k)->c->output->path, __FILE__, __LINE__)

static bs_status inquire(const copying *k, int id, source *v)
{
    v->id = id;
    BS_TRY(
        NC_FROM(k, nc_inq_var(k->from, id, v->name, &v->type, &v->ndim, v->dims, &v->attributes)));
    for (int d = 0; d < v->ndim; d++) {
        BS_TRY(NC_FROM(k, nc_inq_dimlen(k->from, v->dims[d], &v->extent[d])));
    }
    return BS_OK;
}

/* The largest block that is contiguous in the file and has at most BLOCK elements. */
static void choose_block(const source *v, size_t *block)
{
    size_t elements = 1;
    for (int d = v->ndim - 1; d >= 0; d--) {
        size_t room = elements > 0 ? BLOCK / elements : BLOCK; /* no extent is 0 */
        block[d] = v->extent[d] < room ? v->extent[d] : room;
        elements = block[d] < v->extent[d] ? BLOCK : elements * block[d];
    }
}

/* Steps START to the next block; false after the last one. */
static bool next_block(const source *v, const size_t *block, int fixed, size_t *start)
{
    for (int d = v->ndim - 1; d >= fixed; d--) {
        start[d] += block[d];
        if (start[d] < v->extent[d]) {
            return true;
        }
        start[d] = 0;
    }
    return false;
}

/* Copies a variable block by block; of its FIXED first dimensions only index START. */
static bs_status copy_data(const copying *k, const source *v, int to, int fixed, size_t *start)
{
    size_t block[NC_MAX_VAR_DIMS];
    size_t count[NC_MAX_VAR_DIMS];
    choose_block(v, block);
    do {
        size_t elements = 1;
        for (int d = 0; d < v->ndim; d++) {
            size_t left = v->extent[d] - start[d];
            count[d] = d < fixed ? 1 : left < block[d] ? left : block[d];
            elements *= count[d];
        }
        BS_TRY(NC_FROM(k, nc_get_vara(k->from, v->id, start, count, k->block)));
        for (size_t i = 0; k->plain && i < elements; i++) {
            k->block[i] = k->block[i] == NC_FILL_DOUBLE ? (double)NAN : k->block[i];
        }
        if (bs_fault("io_write")) {
            return BS_FAIL(BS_ERR_IO, "%s: injected write error", k->c->output->path);
        }
        BS_TRY(NC_TO(k, nc_put_vara(k->to, to, start + fixed, count + fixed, k->block)));
    } while (next_block(v, block, fixed, start));
    return BS_OK;
}

static bs_status copy_dimensions(const copying *k)
{
    int dims = 0;
    BS_TRY(NC_FROM(k, nc_inq_ndims(k->from, &dims)));
    for (int d = 0; d < dims; d++) {
        char name[NC_MAX_NAME + 1];
        size_t length = 0;
        int id = 0;
        BS_TRY(NC_FROM(k, nc_inq_dim(k->from, d, name, &length)));
        BS_TRY(NC_TO(k, nc_def_dim(k->to, name, length, &id)));
    }
    return BS_OK;
}

static bs_status copy_attributes(const copying *k, int variable, int count)
{
    for (int i = 0; i < count; i++) {
        char name[NC_MAX_NAME + 1];
        BS_TRY(NC_FROM(k, nc_inq_attname(k->from, variable, i, name)));
        BS_TRY(NC_TO(k, nc_copy_att(k->from, variable, name, k->to, variable)));
    }
    return BS_OK;
}

/* In the order of the source, so that the numbers of dimensions and variables are the same. */
static bs_status define_all(const copying *k, int variables)
{
    BS_TRY(copy_dimensions(k));
    for (int id = 0; id < variables; id++) {
        source v;
        size_t block[NC_MAX_VAR_DIMS];
        int to = 0;
        BS_TRY(inquire(k, id, &v));
        BS_TRY(NC_TO(k, nc_def_var(k->to, v.name, v.type, v.ndim, v.dims, &to)));
        if (v.ndim > 0) {
            choose_block(&v, block);
            BS_TRY(NC_TO(k, nc_def_var_chunking(k->to, to, NC_CHUNKED, block)));
            BS_TRY(NC_TO(k, nc_def_var_deflate(k->to, to, 1, 1, DEFLATE)));
        }
        BS_TRY(copy_attributes(k, id, v.attributes));
    }
    int attributes = 0;
    BS_TRY(NC_FROM(k, nc_inq_natts(k->from, &attributes)));
    return copy_attributes(k, NC_GLOBAL, attributes);
}

static bs_status copy_all(copying *k)
{
    int variables = 0;
    BS_TRY(NC_FROM(k, nc_inq_nvars(k->from, &variables)));
    BS_TRY(define_all(k, variables));
    for (int id = 0; id < variables; id++) {
        source v;
        size_t start[NC_MAX_VAR_DIMS] = {0};
        BS_TRY(inquire(k, id, &v));
        BS_TRY(copy_data(k, &v, id, 0, start));
    }
    return BS_OK;
}

/* Text attribute of the new file. */
static bs_status put_note(const copying *k, const char *name, const char *text)
{
    return NC_TO(k, nc_put_att_text(k->to, NC_GLOBAL, name, strlen(text), text));
}

/* A data set of the new file. DIMS: of z, y, x as far as the grid has them. */
static bs_status define_plain(const copying *k, const char *name, int ndim, const int *dims,
                              int *id)
{
    return NC_TO(k, nc_def_var(k->to, name, NC_DOUBLE, ndim, dims, id));
}

/* Where the chosen surface lies in the first FIXED dimensions of V. */
static bs_status place_surface(const copying *k, const source *v, int fixed, size_t *start)
{
    for (int d = 0; d < fixed; d++) {
        char name[NC_MAX_NAME + 1];
        BS_TRY(NC_FROM(k, nc_inq_dimname(k->from, v->dims[d], name)));
        start[d] = strcmp(name, "network") == 0 ? (size_t)k->c->selection.network[0]
                                                : (size_t)k->c->selection.first_realisation;
    }
    return BS_OK;
}

static bs_status copy_plain(const copying *k, const char *name, int to, bool value)
{
    source v;
    size_t start[NC_MAX_VAR_DIMS] = {0};
    int id = 0;
    BS_TRY(NC_FROM(k, nc_inq_varid(k->from, name, &id)));
    BS_TRY(inquire(k, id, &v));
    int fixed = value ? v.ndim - k->c->schema->grid.ndim : 0;
    BS_TRY(place_surface(k, &v, fixed, start));
    return copy_data(k, &v, to, fixed, start);
}

/* The scripts draw train_loss[y, x] over xcoordinates and ycoordinates. These are the scales of
 * their dimensions, so that there is no other data set. */
static bs_status copy_surface(copying *k)
{
    const bs_conversion *c = k->c;
    const bs_surface_schema *schema = c->schema;
    int ndim = schema->grid.ndim;
    int dims[BS_GRID_DIMS];
    int axes[BS_GRID_DIMS];
    int first = 0;
    int id = 0;
    for (int axis = ndim - 1; axis >= 0; axis--) {
        int *dim = &dims[ndim - 1 - axis];
        char name[NC_MAX_NAME + 1];
        snprintf(name, sizeof name, "%ccoordinates", "xyz"[axis]);
        BS_TRY(NC_TO(k, nc_def_dim(k->to, name, (size_t)schema->grid.axis[axis].points, dim)));
        BS_TRY(define_plain(k, name, 1, dim, &axes[axis]));
    }
    for (int v = 0; v < schema->value_count; v++) {
        BS_TRY(define_plain(k, schema->values[v].name, ndim, dims, &id));
        first = v == 0 ? id : first;
    }
    BS_TRY(put_note(k, "network_name", schema->network_names[c->selection.network[0]]));
    BS_TRY(put_note(k, "source", c->path));
    for (int axis = 0; axis < ndim; axis++) {
        BS_TRY(copy_plain(k, schema->axes[axis].name, axes[axis], false));
    }
    for (int v = 0; v < schema->value_count; v++) {
        BS_TRY(copy_plain(k, schema->values[v].name, first + v, true));
    }
    return BS_OK;
}

/* Both files opened, and the new one filled and closed; after a failure left as it is. */
static bs_status write_target(void *context)
{
    copying *k = context;
    int old_mode = 0;
    char name[BS_DESCRIPTOR_PATH];
    /* The lock on the new file is ours, and HDF5's own would wait for it. */
    (void)setenv("HDF5_USE_FILE_LOCKING", "FALSE", 1);
    bs_surface_library_path(k->c->surface, name);
    BS_TRY(NC_FROM(k, nc_open(name, NC_NOWRITE, &k->from)));
    k->block = bs_alloc(BLOCK, sizeof *k->block);
    if (k->block == NULL) {
        return BS_ERR_MEMORY;
    }
    bs_descriptor_path(k->c->output->descriptor, name);
    BS_TRY(NC_TO(k, nc_create(name, NC_NETCDF4 | NC_CLOBBER, &k->to)));
    BS_TRY(NC_TO(k, nc_set_fill(k->to, NC_NOFILL, &old_mode)));
    BS_TRY(k->copy(k));
    return NC_TO(k, nc_close(k->to));
}

/* Apart, since on a disk that gets full the library ends with a segmentation fault. */
static bs_status convert(bs_conversion *c, bool plain, bs_status (*copy)(copying *k))
{
    copying k = {.c = c, .copy = copy, .plain = plain};
    return bs_output_file_blame_disk(c->output, bs_run_isolated(write_target, &k));
}

static bs_status write_netcdf4(bs_conversion *c, FILE *out)
{
    (void)out; /* the library writes to the descriptor */
    return convert(c, false, copy_all);
}

static bs_status write_losslandscape(bs_conversion *c, FILE *out)
{
    (void)out;
    return convert(c, true, copy_surface);
}

const bs_conversion_format bs_format_netcdf4 = {
    .name = "netcdf4",
    .summary = "NetCDF-4, compressed, with everything that the file holds",
    .suffixes = ".nc4, .h5",
    .min_axes = 1,
    .max_axes = BS_GRID_DIMS,
    .write = write_netcdf4,
};

const bs_conversion_format bs_format_losslandscape = {
    .name = "losslandscape",
    .summary = "HDF5 as the plotting scripts of loss-landscape (Li et al.) read it; one surface",
    .suffixes = "",
    .min_axes = 1,
    .max_axes = 2,
    .selects = true,
    .single = true,
    .write = write_losslandscape,
};
