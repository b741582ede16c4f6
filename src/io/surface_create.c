/* Creates a surface file: whole under a temporary name, then given its own. */
#include "surface_private.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <netcdf_par.h>

#include "blueshift/fault.h"

static const double MIB = 1048576.0;

/* Where a file is made. */
typedef struct destination {
    const char *path;
    int64_t bytes; /* estimated */
    char temporary[PATH_MAX];
    char folder[PATH_MAX];
} destination;

/* What the system refused, in the user's terms. */
static bs_status explain(const destination *target, int error)
{
    const char *path = target->path;
    const char *folder = target->folder;
    struct statvfs disk;
    if ((error == ENOSPC || error == EDQUOT) && statvfs(folder, &disk) == 0) {
        return BS_FAIL(BS_ERR_IO,
                       "%s: the file needs %.3f MiB, but %s has %.3f MiB free (%s); free space, "
                       "choose another output, or use fewer points",
                       path, (double)target->bytes / MIB, folder,
                       (double)disk.f_bavail * (double)disk.f_frsize / MIB, strerror(error));
    }
    if (error == ENOENT || error == ENOTDIR) {
        return BS_FAIL(BS_ERR_IO,
                       "%s cannot be created: there is no folder %s; create it or choose another "
                       "output",
                       path, folder);
    }
    if (error == EACCES || error == EROFS || error == EPERM) {
        return BS_FAIL(BS_ERR_IO,
                       "%s cannot be created: the folder %s is not writable (%s); choose another "
                       "output",
                       path, folder, strerror(error));
    }
    return BS_FAIL(BS_ERR_IO, "%s cannot be created: %s; choose another output", path,
                   strerror(error));
}

static bs_status choose_names(destination *target)
{
    const char *path = target->path;
    const char *slash = strrchr(path, '/');
    int length = slash == NULL ? 1 : slash == path ? 1 : (int)(slash - path);
    int written = snprintf(target->temporary, sizeof target->temporary, "%s.tmp", path);
    if (written < 0 || (size_t)written >= sizeof target->temporary) {
        return explain(target, ENAMETOOLONG);
    }
    snprintf(target->folder, sizeof target->folder, "%.*s", length, slash == NULL ? "." : path);
    return BS_OK;
}

static bs_status check_absent(const char *path)
{
    struct stat found;
    if (path[0] == '\0') {
        return BS_FAIL(BS_ERR_INPUT, "the output has no name; give it one");
    }
    if (lstat(path, &found) != 0) {
        return BS_OK; /* what else is wrong shows when the file is made */
    }
    if (S_ISDIR(found.st_mode)) {
        return BS_FAIL(BS_ERR_INPUT, "%s is a folder; name a file in it", path);
    }
    return BS_FAIL(BS_ERR_INPUT,
                   "%s exists and is not overwritten; choose another output, or move it away",
                   path);
}

/* Takes the disk's space once before PnetCDF makes the file, because a full disk speaks clearly
 * here, and not at all through MPI-IO (see put_slab in surface_data.c). */
static int try_space(const destination *target)
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

/* Gives the finished file its name; fails when another job was faster. */
static int give_name(const char *temporary, const char *path)
{
    if (link(temporary, path) == 0) {
        unlink(temporary);
        return 0;
    }
    if (errno == EEXIST) {
        return EEXIST;
    }
    /* A file system without hard links. */
    return rename(temporary, path) == 0 ? 0 : errno;
}

/* All blocks allocated, on the disk, and only then visible. */
static int publish(const destination *target)
{
    struct stat file;
    int descriptor = open(target->temporary, O_RDWR | O_CLOEXEC);
    if (descriptor < 0) {
        return errno;
    }
    int error = fstat(descriptor, &file) == 0 ? 0 : errno;
    if (error == 0) {
        error = posix_fallocate(descriptor, 0, file.st_size);
    }
    if (error == 0 && fsync(descriptor) != 0) {
        error = errno;
    }
    if (error == 0 && bs_fault("io_sync")) {
        error = EIO;
    }
    close(descriptor);
    if (error == 0) {
        error = give_name(target->temporary, target->path);
    }
    int parent = open(target->folder, O_RDONLY | O_CLOEXEC);
    if (parent >= 0) {
        fsync(parent); /* the name; a file system that cannot is no reason to fail */
        close(parent);
    }
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

static bs_status prepare(bs_surface *surface, const bs_surface_schema *schema, destination *target)
{
    BS_TRY(bs_grid_check(&schema->grid, (int64_t)schema->networks * schema->realisations));
    surface->schema = *schema;
    surface->layout = bs_surface_layout(schema);
    target->bytes = bs_surface_file_size(schema);
    if (surface->comm.rank != 0) {
        return BS_OK;
    }
    BS_TRY(check_absent(target->path));
    int error = try_space(target);
    return error == 0 ? BS_OK : explain(target, error);
}

static bs_status finish(const destination *target)
{
    int error = publish(target);
    return error == 0 ? BS_OK : explain(target, error);
}

bs_status bs_surface_create(const bs_comm *comm, const char *path, const bs_surface_schema *schema)
{
    bs_surface surface;
    destination target = {.path = path};
    bs_status status = bs_surface_init(&surface, comm, path);
    if (status == BS_OK) {
        status = choose_names(&target);
    }
    if (status == BS_OK) {
        status = prepare(&surface, schema, &target);
    }
    status = bs_agree(comm, status);
    if (status == BS_OK) {
        status = write_file(&surface, target.temporary);
        bs_status finished = status == BS_OK && comm->rank == 0 ? finish(&target) : status;
        if (finished != BS_OK && comm->rank == 0) {
            unlink(target.temporary);
        }
        status = bs_agree(comm, finished);
    }
    bs_surface_release(&surface);
    return status;
}
