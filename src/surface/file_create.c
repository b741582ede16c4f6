/* Creates a surface file: whole under a temporary name, then given its own. */
#include "surface_private.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include <netcdf_par.h>

#include "blueshift/fault.h"
#include "blueshift/output_file.h"

/* Takes the disk's space once before PnetCDF makes the file, because a full disk speaks clearly
 * here, and not at all through MPI-IO (see bs_slab_put). */
static bs_status try_space(const bs_output_file *target)
{
    int error = posix_fallocate(target->descriptor, 0, target->bytes);
    if (error == 0 && ftruncate(target->descriptor, 0) != 0) {
        error = errno;
    }
    return bs_output_file_explain(target, error);
}

static bs_status write_contents(bs_surface *surface)
{
    const bs_comm *comm = &surface->comm;
    int old_mode = 0;
    BS_TRY(bs_agree(comm, bs_header_define(surface)));
    /* PnetCDF's own filling needs memory for the whole file. */
    BS_TRY(bs_agree(comm, BS_NC(&surface->nc, nc_set_fill(surface->nc.id, NC_NOFILL, &old_mode))));
    BS_TRY(bs_agree_or_end(comm, BS_NC(&surface->nc, nc_enddef(surface->nc.id))));
    BS_TRY(bs_agree(comm, BS_NC(&surface->nc, nc_var_par_access(surface->nc.id, surface->status_id,
                                                                NC_INDEPENDENT))));
    return bs_agree(comm, bs_surface_fill(surface));
}

/* The format that most programs read: CDF-2, unless a variable has 4 GiB or more. */
static int creation_mode(const bs_surface *surface)
{
    return bs_surface_fits_cdf2(&surface->schema) ? NC_64BIT_OFFSET : NC_64BIT_DATA;
}

/* Into the file that is made already. Collective; every rank returns the same status. */
static bs_status write_file(bs_surface *surface)
{
    char path[BS_DESCRIPTOR_PATH];
    MPI_Info info = MPI_INFO_NULL;
    bs_status status = bs_surface_hints(&info);
    if (status == BS_OK && bs_fault("io_create")) {
        status = BS_FAIL(BS_ERR_IO, "%s: injected error of the creation", surface->nc.path);
    }
    status = bs_agree(&surface->comm, status);
    if (status == BS_OK) {
        int code = nc_create_par(bs_descriptor_path(surface->descriptor, path),
                                 NC_CLOBBER | creation_mode(surface), surface->comm.mpi, info,
                                 &surface->nc.id);
        status = bs_agree_or_end(&surface->comm, BS_NC(&surface->nc, code));
    }
    if (info != MPI_INFO_NULL) {
        MPI_Info_free(&info);
    }
    BS_TRY(status);
    status = write_contents(surface);
    if (status != BS_OK) {
        /* PnetCDF would delete the file, and OMPIO complains aloud where it may not. */
        close(surface->descriptor);
        surface->descriptor = -1;
        nc_abort(surface->nc.id);
        return status;
    }
    return bs_agree(&surface->comm, BS_NC(&surface->nc, nc_close(surface->nc.id)));
}

static bs_status prepare(bs_surface *surface, const bs_surface_schema *schema,
                         bs_output_file *target)
{
    BS_TRY(bs_grid_check(&schema->grid, (int64_t)schema->networks * schema->realisations));
    surface->schema = *schema;
    for (int a = 0; a < schema->grid.ndim; a++) {
        /* Whatever an older file called them, which this is a copy of. */
        surface->schema.axes[a].name = bs_axis_letters[a];
    }
    surface->layout = bs_surface_shapes_of(schema);
    target->bytes = bs_surface_file_size(schema);
    if (surface->comm.rank != 0) {
        return BS_OK;
    }
    BS_TRY(bs_output_file_check(target));
    BS_TRY(bs_output_file_create(target));
    return try_space(target);
}

/* Rank 0 has made the file under a name that only it knows. Collective. */
static bs_status open_temporary(bs_surface *surface, bs_output_file *target)
{
    const bs_comm *comm = &surface->comm;
    int flags = O_RDWR | O_NOFOLLOW | O_CLOEXEC;
    BS_TRY(BS_MPI(
        MPI_Bcast(target->temporary, (int)sizeof target->temporary, MPI_CHAR, 0, comm->mpi)));
    surface->descriptor = open(target->temporary, flags);
    int error = surface->descriptor < 0 ? errno : 0;
    return bs_agree(comm, bs_output_file_explain(target, error));
}

/* Collective; every rank returns the same status. */
static bs_status create(bs_surface *surface, bs_output_file *target)
{
    BS_TRY(open_temporary(surface, target));
    BS_TRY(write_file(surface));
    bool root = surface->comm.rank == 0;
    return bs_agree(&surface->comm, root ? bs_output_file_publish(target) : BS_OK);
}

bs_status bs_surface_create(const bs_comm *comm, const char *path, const bs_surface_schema *schema)
{
    bs_surface surface;
    bs_output_file target = {.descriptor = -1};
    bs_status status = bs_surface_init(&surface, comm, path);
    if (status == BS_OK) {
        status = bs_output_file_init(&target, path);
    }
    if (status == BS_OK) {
        status = prepare(&surface, schema, &target);
    }
    status = bs_agree(comm, status);
    if (status == BS_OK) {
        status = create(&surface, &target);
    }
    if (status != BS_OK && comm->rank == 0) {
        bs_output_file_discard(&target);
    }
    bs_surface_release(&surface);
    return status;
}
