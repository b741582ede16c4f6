/* Opens and closes a surface file. */
#include "surface_private.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <netcdf_par.h>

#include "blueshift/memory.h"

static bs_status check_magic(const bs_surface *surface)
{
    char magic[4] = {0};
    if (pread(surface->descriptor, magic, sizeof magic, 0) < 0) {
        return BS_FAIL(BS_ERR_INPUT, "%s cannot be read: %s", surface->path, strerror(errno));
    }
    if (memcmp(magic, "CDF\005", sizeof magic) == 0) {
        return BS_OK;
    }
    const char *what = memcmp(magic, "\211HDF", sizeof magic) == 0
                           ? "an HDF5 or NetCDF-4 file (converted from one?)"
                           : "some other file";
    return BS_FAIL(BS_ERR_INPUT,
                   "%s is not a result of blueshift but %s; it is not overwritten: choose another "
                   "file",
                   surface->path, what);
}

static bs_status open_descriptor(bs_surface *surface)
{
    struct stat file;
    int mode = surface->writable ? O_RDWR : O_RDONLY;
    surface->descriptor = open(surface->path, mode | O_CLOEXEC);
    if (surface->descriptor < 0) {
        bs_status code =
            errno == ENOENT || errno == EISDIR || errno == ENOTDIR ? BS_ERR_INPUT : BS_ERR_IO;
        return BS_FAIL(code, "%s cannot be opened for %s: %s", surface->path,
                       surface->writable ? "writing" : "reading", strerror(errno));
    }
    if (fstat(surface->descriptor, &file) != 0 || !S_ISREG(file.st_mode)) {
        return BS_FAIL(BS_ERR_INPUT, "%s is not a file; choose another one", surface->path);
    }
    return check_magic(surface);
}

/* A file that was cut short would read as zeros. */
static bs_status check_size(const bs_surface *surface)
{
    int64_t least = bs_surface_data_size(&surface->schema);
    struct stat file;
    if (fstat(surface->descriptor, &file) != 0) {
        return BS_FAIL(BS_ERR_IO, "%s: %s", surface->path, strerror(errno));
    }
    if ((int64_t)file.st_size < least) {
        return BS_FAIL(BS_ERR_INPUT,
                       "%s is truncated: %lld bytes, at least %lld expected; get a whole copy or "
                       "start anew with another output",
                       surface->path, (long long)file.st_size, (long long)least);
    }
    return BS_OK;
}

/* What the library refuses in an existing file is the file's fault. */
static bs_status blame_file(bs_status status)
{
    return status == BS_ERR_IO ? BS_FAIL(BS_ERR_INPUT, "%s (a damaged file?)", bs_error_text())
                               : status;
}

/* One reader needs no MPI, which may not even have been started. */
static bs_status open_serial(bs_surface *surface)
{
    bs_status status =
        blame_file(BS_NC(surface, nc_open(surface->path, NC_NOWRITE, &surface->ncid)));
    if (status != BS_OK) {
        surface->ncid = -1;
    }
    return status;
}

static bs_status open_parallel(bs_surface *surface)
{
    MPI_Info info = MPI_INFO_NULL;
    int mode = surface->writable ? NC_WRITE : NC_NOWRITE;
    BS_TRY(bs_agree(&surface->comm, bs_surface_hints(&info)));
    int code = nc_open_par(surface->path, mode, surface->comm.mpi, info, &surface->ncid);
    MPI_Info_free(&info);
    bs_status status = bs_agree(&surface->comm, blame_file(BS_NC(surface, code)));
    if (status != BS_OK) {
        surface->ncid = -1; /* a close would wait for ranks that could not open */
        return status;
    }
    /* PnetCDF knows one mode for the whole file; any variable stands for it. */
    return bs_agree(&surface->comm,
                    BS_NC(surface, nc_var_par_access(surface->ncid, 0, NC_INDEPENDENT)));
}

static bs_status open_all(bs_surface *surface)
{
    const bs_comm *comm = &surface->comm;
    BS_TRY(bs_agree(comm, comm->rank == 0 ? open_descriptor(surface) : BS_OK));
    BS_TRY(bs_agree(comm, comm->rank != 0 ? open_descriptor(surface) : BS_OK));
    if (surface->writable) {
        BS_TRY(bs_surface_lock(surface));
    }
    bool serial = comm->size == 1 && !surface->writable;
    BS_TRY(serial ? open_serial(surface) : open_parallel(surface));
    bs_status status = blame_file(bs_surface_recognise(surface));
    if (status == BS_OK) {
        status = check_size(surface);
    }
    return bs_agree(comm, status);
}

static void discard(bs_surface *surface)
{
    if (surface == NULL) {
        return;
    }
    if (surface->ncid >= 0) {
        nc_close(surface->ncid);
    }
    bs_surface_release(surface);
    bs_free(surface);
}

static bs_status open_surface(const bs_comm *comm, const char *path, bool writable,
                              bs_surface **surface)
{
    *surface = NULL;
    bs_surface *opened = bs_alloc(1, sizeof *opened);
    bs_status status = opened == NULL ? BS_ERR_MEMORY : bs_surface_init(opened, comm, path);
    status = bs_agree(comm, status);
    if (status == BS_OK && opened != NULL) {
        opened->writable = writable;
        status = open_all(opened);
    }
    if (status != BS_OK) {
        discard(opened);
        return status;
    }
    *surface = opened;
    return BS_OK;
}

bs_status bs_surface_open(const bs_comm *comm, const char *path, bs_surface **surface)
{
    return open_surface(comm, path, true, surface);
}

bs_status bs_surface_open_read(const bs_comm *comm, const char *path, bs_surface **surface)
{
    return open_surface(comm, path, false, surface);
}

/* A new string. */
static char *attribute_text(const bs_attribute *attribute)
{
    char number[32];
    snprintf(number, sizeof number, "%.17g", attribute->number);
    return bs_strdup(attribute->text != NULL ? attribute->text : number);
}

bs_status bs_surface_attribute(bs_surface *surface, const char *name, char **text)
{
    *text = NULL;
    for (int i = 0; i < surface->schema.attribute_count; i++) {
        if (strcmp(surface->schema.attributes[i].name, name) == 0) {
            *text = attribute_text(&surface->schema.attributes[i]);
            return *text == NULL ? BS_ERR_MEMORY : BS_OK;
        }
    }
    return BS_OK;
}

bs_status bs_surface_close(bs_surface *surface)
{
    if (surface == NULL) {
        return BS_OK;
    }
    bs_comm comm = surface->comm;
    bs_status status = surface->writable ? bs_surface_sync(surface) : BS_OK;
    bs_status closed = BS_NC(surface, nc_close(surface->ncid));
    status = bs_agree(&comm, status != BS_OK ? status : closed);
    bs_surface_release(surface);
    bs_free(surface);
    return status;
}
