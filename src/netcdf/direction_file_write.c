/* Direction files written through NetCDF-C, as h5py and loss-landscape read them. */
#include "blueshift/direction_file.h"

#include <stdio.h>
#include <stdlib.h>

#include <netcdf.h>
#include <netcdf_mem.h>

#include "blueshift/netcdf_attribute.h"
#include "blueshift/output_file.h"
#include "direction_groups.h"

enum { NAME_TEXT = 32 };

/* The file being made. */
typedef struct writing {
    const bs_direction_set *set;
    bs_nc root;
} writing;

/* Dimensions belong to the root: each is a data set there, and loss-landscape takes every data set
 * of a group for a tensor. */
static bs_status find_dimension(const bs_nc *root, int64_t length, int *dimension)
{
    char name[NAME_TEXT];
    snprintf(name, sizeof name, "length%lld", (long long)length);
    if (nc_inq_dimid(root->id, name, dimension) == NC_NOERR) {
        return BS_OK;
    }
    return BS_NC(root, nc_def_dim(root->id, name, (size_t)length, dimension));
}

static bs_status define_tensor(const bs_nc *root, const bs_nc *group, int index,
                               const bs_tensor *tensor)
{
    char name[NAME_TEXT];
    int dimensions[BS_TENSOR_DIMS] = {0};
    int variable = 0;
    snprintf(name, sizeof name, "%d", index);
    for (int d = 0; d < tensor->ndim; d++) {
        BS_TRY(find_dimension(root, tensor->shape[d], &dimensions[d]));
    }
    BS_TRY(
        BS_NC(group, nc_def_var(group->id, name, NC_FLOAT, tensor->ndim, dimensions, &variable)));
    return bs_nc_put_text(group, variable, "long_name", tensor->name);
}

static bs_status write_group(const writing *w, int number)
{
    const bs_direction_set *set = w->set;
    bs_nc group = {.id = -1, .path = w->root.path};
    BS_TRY(BS_NC(&w->root, nc_def_grp(w->root.id, bs_direction_groups[number], &group.id)));
    for (int t = 0; t < set->tensor_count; t++) {
        BS_TRY(define_tensor(&w->root, &group, t, &set->tensors[t]));
    }
    for (int t = 0; t < set->tensor_count; t++) {
        /* Variables are numbered in the order of their definition. */
        BS_TRY(BS_NC(&group, nc_put_var_float(group.id, t,
                                              set->directions[number] + set->tensors[t].offset)));
    }
    return BS_OK;
}

/* The whole file in memory, for free(): HDF5 never opens the output, whose lock it would take for
 * another program's, and a full disk is met where it can be told. */
static bs_status make_image(writing *w, NC_memio *image)
{
    int old_mode = 0;
    BS_TRY(BS_NC(&w->root, nc_create_mem(w->root.path, NC_NETCDF4, 0, &w->root.id)));
    bs_status status = BS_NC(&w->root, nc_set_fill(w->root.id, NC_NOFILL, &old_mode));
    for (const char *const *note = w->set->notes;
         status == BS_OK && note != NULL && note[0] != NULL; note += 2) {
        status = bs_nc_put_text(&w->root, NC_GLOBAL, note[0], note[1]);
    }
    for (int d = 0; status == BS_OK && d < BS_DIRECTION_GROUPS && d < w->set->count; d++) {
        status = write_group(w, d);
    }
    if (status != BS_OK) {
        nc_abort(w->root.id);
        return status;
    }
    return BS_NC(&w->root, nc_close_memio(w->root.id, image));
}

static bs_status write_image(const bs_output_file *file, FILE *stream, const void *context)
{
    const NC_memio *image = context;
    return bs_output_file_put(file, stream, image->memory, image->size);
}

bs_status bs_direction_file_write(const char *path, bool replace, const bs_direction_set *set)
{
    NC_memio image = {.memory = NULL};
    writing w = {.set = set, .root = {.path = path}};
    if (set->count < 1 || set->count > BS_DIRECTION_GROUPS) {
        return BS_FAIL(BS_ERR_INTERNAL, "%d directions in a file; 1 to 3 are possible", set->count);
    }
    bs_status status = make_image(&w, &image);
    if (status == BS_OK) {
        status = bs_output_file_write(path, replace, write_image, &image);
    }
    free(image.memory);
    return status;
}
