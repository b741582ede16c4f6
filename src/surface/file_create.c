/* Creates a surface file: whole under a temporary name, then given its own. */
#include "surface_private.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include <netcdf_par.h>

#include "blueshift/fault.h"
#include "blueshift/output_file.h"

/* Takes the disk's space once before PnetCDF makes the file, because a full disk speaks clearly
 * here, and not at all through MPI-IO (see put_slab in points.c). */
static int try_space(const bs_output_file *target)
{
    int descriptor = open(target->temporary, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (descriptor < 0) {
        return errno;
    }
    int error = posix_fallocate(descriptor, 0, target->bytes);
    close(descriptor);
    unlink(target->temporary);
    return error;
}

static bs_status write_contents(bs_surface *surface)
{
    const bs_comm *comm = &surface->comm;
    int old_mode = 0;
    BS_TRY(bs_agree(comm, bs_surface_define(surface)));
    /* PnetCDF's own filling needs memory for the whole file. */
    BS_TRY(bs_agree(comm, BS_NC(surface, nc_set_fill(surface->ncid, NC_NOFILL, &old_mode))));
    BS_TRY(bs_agree(comm, BS_NC(surface, nc_enddef(surface->ncid))));
    BS_TRY(bs_agree(comm, BS_NC(surface, nc_var_par_access(surface->ncid, surface->status_id,
                                                           NC_INDEPENDENT))));
    return bs_agree(comm, bs_surface_fill(surface));
}

/* Collective; every rank returns the same status. */
static bs_status write_file(bs_surface *surface, const char *temporary)
{
    MPI_Info info = MPI_INFO_NULL;
    bs_status status = bs_surface_hints(&info);
    if (status == BS_OK && bs_fault("io_create")) {
        status = BS_FAIL(BS_ERR_IO, "%s: injected error of the creation", surface->path);
    }
    status = bs_agree(&surface->comm, status);
    if (status == BS_OK) {
        status = bs_agree(&surface->comm,
                          BS_NC(surface, nc_create_par(temporary, NC_CLOBBER | NC_64BIT_DATA,
                                                       surface->comm.mpi, info, &surface->ncid)));
    }
    if (info != MPI_INFO_NULL) {
        MPI_Info_free(&info);
    }
    BS_TRY(status);
    status = write_contents(surface);
    if (status != BS_OK) {
        nc_abort(surface->ncid);
        return status;
    }
    return bs_agree(&surface->comm, BS_NC(surface, nc_close(surface->ncid)));
}

static bs_status prepare(bs_surface *surface, const bs_surface_schema *schema,
                         bs_output_file *target)
{
    BS_TRY(bs_grid_check(&schema->grid, (int64_t)schema->networks * schema->realisations));
    surface->schema = *schema;
    surface->layout = bs_surface_shapes_of(schema);
    target->bytes = bs_surface_file_size(schema);
    if (surface->comm.rank != 0) {
        return BS_OK;
    }
    BS_TRY(bs_output_file_check(target));
    return bs_output_file_explain(target, try_space(target));
}

bs_status bs_surface_create(const bs_comm *comm, const char *path, const bs_surface_schema *schema)
{
    bs_surface surface;
    bs_output_file target;
    bs_status status = bs_surface_init(&surface, comm, path);
    if (status == BS_OK) {
        status = bs_output_file_init(&target, path);
    }
    if (status == BS_OK) {
        status = prepare(&surface, schema, &target);
    }
    status = bs_agree(comm, status);
    if (status == BS_OK) {
        status = write_file(&surface, target.temporary);
        bs_status finished =
            status == BS_OK && comm->rank == 0 ? bs_output_file_publish(&target) : status;
        if (finished != BS_OK && comm->rank == 0) {
            bs_output_file_discard(&target);
        }
        status = bs_agree(comm, finished);
    }
    bs_surface_release(&surface);
    return status;
}
