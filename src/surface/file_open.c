/* Opens and closes a surface file. */
#include "surface_private.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <netcdf_par.h>

#include "blueshift/cdf_header.h"
#include "blueshift/log.h"
#include "blueshift/memory.h"
#include "blueshift/output_file.h"
#include "blueshift/text.h"

/* What the library refuses in an existing file is the file's fault. */
static bs_status blame_file(bs_status status)
{
    return status == BS_ERR_IO ? BS_FAIL(BS_ERR_INPUT, "%s (a damaged file?)", bs_error_text())
                               : status;
}

static bs_status open_descriptor(bs_surface *surface)
{
    struct stat file;
    int mode = surface->writable ? O_RDWR : O_RDONLY;
    /* Without waiting for the other end of a FIFO. */
    surface->descriptor = open(surface->nc.path, mode | O_CLOEXEC | O_NONBLOCK);
    if (surface->descriptor < 0) {
        bs_status code =
            errno == ENOENT || errno == EISDIR || errno == ENOTDIR ? BS_ERR_INPUT : BS_ERR_IO;
        return BS_FAIL(code, "%s cannot be opened for %s: %s", surface->nc.path,
                       surface->writable ? "writing" : "reading", strerror(errno));
    }
    if (fstat(surface->descriptor, &file) != 0 || !S_ISREG(file.st_mode)) {
        return BS_FAIL(BS_ERR_INPUT, "%s is not a file; choose another one", surface->nc.path);
    }
    return BS_OK;
}

/* Rank 0 looks at the file before the others and before the library, which would believe what a
 * damaged one says. */
static bs_status look_first(bs_surface *surface)
{
    if (surface->comm.rank != 0) {
        return BS_OK;
    }
    BS_TRY(open_descriptor(surface));
    return bs_cdf_header_check(surface->descriptor, surface->nc.path);
}

static void report_hints(const bs_surface *surface, MPI_Info info)
{
    char key[MPI_MAX_INFO_KEY + 1];
    char value[MPI_MAX_INFO_VAL + 1];
    const char *of_user = getenv("PNETCDF_HINTS");
    int count = 0;
    MPI_Info_get_nkeys(info, &count);
    bs_log(BS_LOG_DEBUG, "%s: opened to write, by all ranks through MPI-IO; PNETCDF_HINTS: %s",
           surface->nc.path, of_user != NULL ? of_user : "none");
    for (int i = 0; i < count; i++) {
        int found = 0;
        MPI_Info_get_nthkey(info, i, key);
        MPI_Info_get(info, key, MPI_MAX_INFO_VAL, value, &found);
        bs_log(BS_LOG_DEBUG, "  hint %s = %s", key, found ? value : "");
    }
}

/* To write: all ranks together, through PnetCDF. */
static bs_status open_to_write(bs_surface *surface)
{
    char path[BS_DESCRIPTOR_PATH];
    MPI_Info info = MPI_INFO_NULL;
    BS_TRY(bs_agree(&surface->comm, bs_surface_hints(&info)));
    int code = nc_open_par(bs_descriptor_path(surface->descriptor, path), NC_WRITE,
                           surface->comm.mpi, info, &surface->nc.id);
    report_hints(surface, info);
    MPI_Info_free(&info);
    bs_status status = bs_agree_or_end(&surface->comm, blame_file(BS_NC(&surface->nc, code)));
    if (status != BS_OK) {
        surface->nc.id = -1; /* a close would wait for ranks that could not open */
        return status;
    }
    /* PnetCDF knows one mode for the whole file; any variable stands for it. */
    return bs_agree(&surface->comm,
                    BS_NC(&surface->nc, nc_var_par_access(surface->nc.id, 0, NC_INDEPENDENT)));
}

/* To read: each rank for itself, so that none waits for another, and without MPI for one process.
 * NC_SHARE: unbuffered, since a running job may be watched. */
static bs_status open_to_read(bs_surface *surface)
{
    char path[BS_DESCRIPTOR_PATH];
    int code = nc_open(bs_descriptor_path(surface->descriptor, path), NC_NOWRITE | NC_SHARE,
                       &surface->nc.id);
    surface->nc.id = code == NC_NOERR ? surface->nc.id : -1;
    return bs_agree(&surface->comm, blame_file(BS_NC(&surface->nc, code)));
}

/* What may be read, but not be gone on with. */
static bs_status check_writable(const bs_surface *surface)
{
    char word[BS_SHELL_WORD];
    const char *what = surface->format < BS_FORMAT ? "was written in an older format"
                       : surface->part             ? "is a part of a result"
                                                   : NULL;
    if (!surface->writable || what == NULL) {
        return BS_OK;
    }
    return BS_FAIL(BS_ERR_INPUT,
                   "%s %s: it can be read, but not be resumed or analysed in place; analyse it "
                   "into a new file (blueshift analyse %s -o NEW.nc), or sweep into another output",
                   surface->nc.path, what, bs_text_shell_word(surface->nc.path, word, sizeof word));
}

/* Opens descriptors, and locks the file to write. The holder of the lock may have put another file
 * in its place before it let go (an analysis does): then NAMED is false on all ranks. Collective.
 */
static bs_status try_descriptors(bs_surface *surface, bool *named)
{
    const bs_comm *comm = &surface->comm;
    BS_TRY(bs_agree(comm, look_first(surface)));
    BS_TRY(bs_agree(comm, comm->rank != 0 ? open_descriptor(surface) : BS_OK));
    *named = true;
    if (!surface->writable) {
        return BS_OK;
    }
    BS_TRY(bs_surface_lock(surface));
    int all = bs_surface_has_its_name(surface);
    BS_TRY(BS_MPI(MPI_Allreduce(MPI_IN_PLACE, &all, 1, MPI_INT, MPI_MIN, comm->mpi)));
    *named = all != 0;
    return BS_OK;
}

static bs_status open_descriptors(bs_surface *surface)
{
    enum { ATTEMPTS = 5 };
    bool named = false;
    for (int i = 0; i < ATTEMPTS && !named; i++) {
        if (surface->descriptor >= 0) {
            close(surface->descriptor);
            surface->descriptor = -1;
        }
        BS_TRY(try_descriptors(surface, &named));
    }
    return named ? BS_OK
                 : BS_FAIL(BS_ERR_IO,
                           "%s is replaced by others again and again; wait until they have ended",
                           surface->nc.path);
}

static bs_status open_all(bs_surface *surface)
{
    const bs_comm *comm = &surface->comm;
    BS_TRY(open_descriptors(surface));
    if (surface->writable) {
        BS_TRY(open_to_write(surface));
    } else {
        BS_TRY(open_to_read(surface));
        bs_log(BS_LOG_DEBUG, "%s: opened to read", surface->nc.path);
    }
    bs_status status = blame_file(bs_header_read(surface));
    return bs_agree(comm, status != BS_OK ? status : check_writable(surface));
}

static void discard(bs_surface *surface)
{
    if (surface == NULL) {
        return;
    }
    if (surface->nc.id >= 0) {
        nc_close(surface->nc.id);
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

bs_status bs_surface_identity(bs_surface *surface, char **identity)
{
    BS_TRY(bs_surface_attribute(surface, "experiment_identity", identity));
    return *identity != NULL
               ? BS_OK
               : BS_FAIL(
                     BS_ERR_INPUT,
                     "%s does not say all of its experiment: it was joined of several files, or "
                     "comes from another program; take the original files, or another output",
                     surface->nc.path);
}

bs_status bs_surface_close(bs_surface *surface)
{
    if (surface == NULL) {
        return BS_OK;
    }
    bs_comm comm = surface->comm;
    bs_status status = surface->writable ? bs_surface_sync(surface) : BS_OK;
    bs_status closed = surface->methods != NULL ? surface->methods->close(surface)
                                                : BS_NC(&surface->nc, nc_close(surface->nc.id));
    status = bs_agree(&comm, status != BS_OK ? status : closed);
    bs_surface_release(surface);
    bs_free(surface);
    return status;
}
