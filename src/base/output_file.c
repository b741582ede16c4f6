/* Makes a file whole under a temporary name, and explains what the system refuses. */
#define _GNU_SOURCE /* renameat2 */
#include "blueshift/output_file.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <string.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "blueshift/fault.h"

static const double MIB = 1048576.0;

/* A disk with less free space than this refuses the writes of the libraries. */
static const double FULL_BYTES = 65536.0;

static double free_bytes(const bs_output_file *file)
{
    struct statvfs disk;
    if (statvfs(file->folder, &disk) != 0) {
        return -1.0;
    }
    return (double)disk.f_bavail * (double)disk.f_frsize;
}

static bs_status explain_full(const bs_output_file *file, int error)
{
    char needs[64] = "more space is needed";
    if (file->bytes > 0) {
        snprintf(needs, sizeof needs, "the file needs %.3f MiB", (double)file->bytes / MIB);
    }
    return BS_FAIL(BS_ERR_IO,
                   "%s: %s, but %s has %.3f MiB free (%s); free space, choose another output, or "
                   "use fewer points",
                   file->path, needs, file->folder, free_bytes(file) / MIB, strerror(error));
}

bs_status bs_output_file_explain(const bs_output_file *file, int error)
{
    const char *path = file->path;
    if (error == 0) {
        return BS_OK;
    }
    if ((error == ENOSPC || error == EDQUOT) && free_bytes(file) >= 0.0) {
        return explain_full(file, error);
    }
    if (error == ENOENT || error == ENOTDIR) {
        return BS_FAIL(BS_ERR_IO,
                       "%s cannot be created: there is no folder %s; create it or choose another "
                       "output",
                       path, file->folder);
    }
    if (error == EACCES || error == EROFS || error == EPERM) {
        return BS_FAIL(BS_ERR_IO,
                       "%s cannot be created: the folder %s is not writable (%s); choose another "
                       "output",
                       path, file->folder, strerror(error));
    }
    return BS_FAIL(BS_ERR_IO, "%s cannot be created: %s; choose another output", path,
                   strerror(error));
}

bs_status bs_output_file_blame_disk(const bs_output_file *file, bs_status status)
{
    double free = free_bytes(file);
    bool full = free >= 0.0 && free < FULL_BYTES;
    return status == BS_ERR_IO && full ? explain_full(file, ENOSPC) : status;
}

bs_status bs_output_file_init(bs_output_file *file, const char *path)
{
    const char *slash = strrchr(path, '/');
    int length = slash == NULL ? 1 : slash == path ? 1 : (int)(slash - path);
    *file = (bs_output_file){.path = path, .descriptor = -1};
    if (strlen(path) >= sizeof file->folder) {
        return bs_output_file_explain(file, ENAMETOOLONG);
    }
    snprintf(file->folder, sizeof file->folder, "%.*s", length, slash == NULL ? "." : path);
    return BS_OK;
}

const char *bs_descriptor_path(int descriptor, char path[BS_DESCRIPTOR_PATH])
{
    snprintf(path, BS_DESCRIPTOR_PATH, "/proc/self/fd/%d", descriptor);
    return path;
}

/* "NAME.RANDOM.tmp", NAME cut off where the file system's limit would be exceeded. */
static int name_temporary(bs_output_file *file)
{
    const char *slash = strrchr(file->path, '/');
    const char *name = slash == NULL ? file->path : slash + 1;
    uint64_t number = 0;
    if (strlen(name) > BS_NAME_MAX) {
        return ENAMETOOLONG; /* of the output itself, before anything is written */
    }
    if (getrandom(&number, sizeof number, 0) != (ssize_t)sizeof number) {
        return errno;
    }
    int written = snprintf(file->temporary, sizeof file->temporary, "%.*s%.*s.%016" PRIx64 ".tmp",
                           (int)(name - file->path), file->path, (int)BS_OUTPUT_STEM, name, number);
    return written < 0 || (size_t)written >= sizeof file->temporary ? ENAMETOOLONG : 0;
}

/* The temporary file under way, for a handler. One at a time: what ends by a signal makes no more.
 */
static char unfinished[BS_PATH_MAX];
static volatile sig_atomic_t has_unfinished;

void bs_output_file_abandon(void)
{
    if (has_unfinished != 0) {
        unlink(unfinished);
    }
}

/* Creates a temporary file and locks it, which says that this process lives. *TAKEN: in between
 * another start took it for a dead one's and removed it, so that it is to be made again. */
static int create_locked(bs_output_file *file, bool *taken)
{
    const int flags = O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
    struct stat named;
    *taken = false;
    int error = bs_fault("io_create") ? EIO : name_temporary(file);
    if (error != 0) {
        return error;
    }
    snprintf(unfinished, sizeof unfinished, "%s", file->temporary);
    has_unfinished = 1;
    file->descriptor = open(file->temporary, flags, 0666);
    if (file->descriptor < 0) {
        return errno;
    }
    if (bs_output_file_is_lockable(file->descriptor)) {
        bool locked = flock(file->descriptor, LOCK_SH | LOCK_NB) == 0 || errno != EWOULDBLOCK;
        *taken = !locked || lstat(file->temporary, &named) != 0;
    }
    return 0;
}

bs_status bs_output_file_create(bs_output_file *file)
{
    enum { ATTEMPTS = 100 };
    bool taken = true;
    int error = 0;
    bs_output_file_clear(file);
    for (int i = 0; i < ATTEMPTS && taken && error == 0; i++) {
        if (file->descriptor >= 0) {
            close(file->descriptor);
            file->descriptor = -1;
        }
        error = create_locked(file, &taken);
    }
    return bs_output_file_explain(file, error == 0 && taken ? EBUSY : error);
}

bs_status bs_output_file_refuse(const char *path)
{
    return BS_FAIL(BS_ERR_INPUT,
                   "%s exists and is not overwritten; choose another output, or move it away",
                   path);
}

bs_status bs_output_file_check(const bs_output_file *file)
{
    struct stat found;
    if (file->path[0] == '\0') {
        return BS_FAIL(BS_ERR_INPUT, "the output has no name; give it one");
    }
    if (lstat(file->path, &found) != 0) {
        return BS_OK; /* what else is wrong shows when the file is made */
    }
    if (S_ISDIR(found.st_mode)) {
        return BS_FAIL(BS_ERR_INPUT, "%s is a folder; name a file in it", file->path);
    }
    if (file->replace && S_ISREG(found.st_mode)) {
        return BS_OK;
    }
    return bs_output_file_refuse(file->path);
}

bs_status bs_output_file_check_path(const char *path, bool replace)
{
    bs_output_file file;
    BS_TRY(bs_output_file_init(&file, path));
    file.replace = replace;
    return bs_output_file_check(&file);
}

bs_status bs_output_file_check_source(const char *path, const char *source)
{
    struct stat from;
    struct stat to;
    bool same = stat(source, &from) == 0 && stat(path, &to) == 0 && from.st_dev == to.st_dev &&
                from.st_ino == to.st_ino;
    return same ? BS_FAIL(BS_ERR_INPUT, "%s is the result file itself; choose another output", path)
                : BS_OK;
}

/* An earlier write may have failed, whose reason is not known any more. */
static bs_status explain_stream(const bs_output_file *file, int error)
{
    bs_status status = bs_output_file_explain(file, error != 0 ? error : EIO);
    return bs_output_file_blame_disk(file, status);
}

bs_status bs_output_file_put(const bs_output_file *file, FILE *stream, const void *data,
                             size_t bytes)
{
    errno = 0;
    bool written = bytes == 0 || fwrite(data, bytes, 1, stream) == 1;
    if (!written || ferror(stream) != 0 || bs_fault("io_write")) {
        return explain_stream(file, errno);
    }
    return BS_OK;
}

/* On a file system with neither hard links nor an exclusive rename the name is claimed first, so
 * that of two jobs only one renames. */
static int claim_name(const bs_output_file *file)
{
    int claim = open(file->path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666);
    if (claim < 0) {
        return errno;
    }
    close(claim);
    return rename(file->temporary, file->path) == 0 ? 0 : errno;
}

/* Gives the finished file its name; EEXIST when another job was faster. */
static int give_name(const bs_output_file *file)
{
    if (file->replace) {
        return rename(file->temporary, file->path) == 0 ? 0 : errno;
    }
    if (link(file->temporary, file->path) == 0) {
        unlink(file->temporary);
        return 0;
    }
    if (errno == EEXIST) {
        return EEXIST;
    }
    if (renameat2(AT_FDCWD, file->temporary, AT_FDCWD, file->path, RENAME_NOREPLACE) == 0) {
        return 0;
    }
    return errno == EINVAL || errno == ENOSYS ? claim_name(file) : errno;
}

/* All blocks allocated, on the disk, and only then visible. */
static int publish(const bs_output_file *file)
{
    struct stat found;
    int error = fstat(file->descriptor, &found) == 0 ? 0 : errno;
    if (error == 0) {
        error = posix_fallocate(file->descriptor, 0, found.st_size);
    }
    if (error == 0 && fsync(file->descriptor) != 0) {
        error = errno;
    }
    if (error == 0 && bs_fault("io_sync")) {
        error = EIO;
    }
    if (error == 0) {
        error = give_name(file);
    }
    int parent = open(file->folder, O_RDONLY | O_CLOEXEC);
    if (parent >= 0) {
        fsync(parent); /* the name; a file system that cannot is no reason to fail */
        close(parent);
    }
    return error;
}

static void close_descriptor(bs_output_file *file)
{
    has_unfinished = 0;
    if (file->descriptor >= 0) {
        close(file->descriptor);
    }
    file->descriptor = -1;
}

bs_status bs_output_file_publish(bs_output_file *file)
{
    int error = publish(file);
    if (error == EEXIST) {
        return bs_output_file_refuse(file->path);
    }
    if (error == 0) {
        close_descriptor(file);
    }
    return bs_output_file_explain(file, error);
}

void bs_output_file_discard(bs_output_file *file)
{
    if (file->descriptor >= 0) {
        unlink(file->temporary);
    }
    close_descriptor(file);
}

/* A stream of its own on the temporary file. */
static bs_status open_stream(const bs_output_file *file, FILE **stream)
{
    int copy = fcntl(file->descriptor, F_DUPFD_CLOEXEC, 0);
    *stream = copy < 0 ? NULL : fdopen(copy, "wb");
    if (*stream != NULL) {
        return BS_OK;
    }
    int error = errno;
    if (copy >= 0) {
        close(copy);
    }
    return bs_output_file_explain(file, error);
}

static bs_status close_stream(const bs_output_file *file, FILE *stream)
{
    errno = 0;
    bool failed = fflush(stream) != 0 || ferror(stream) != 0;
    int error = errno;
    if (fclose(stream) != 0 && !failed) {
        failed = true;
        error = errno;
    }
    return failed ? explain_stream(file, error) : BS_OK;
}

static bs_status write_content(bs_output_file *file, bs_output_writer *write, const void *context)
{
    FILE *stream = NULL;
    BS_TRY(bs_output_file_create(file));
    BS_TRY(open_stream(file, &stream));
    bs_status status = write(file, stream, context);
    bs_status closed = close_stream(file, stream);
    BS_TRY(status);
    BS_TRY(closed);
    return bs_output_file_publish(file);
}

bs_status bs_output_file_write(const char *path, bool replace, bs_output_writer *write,
                               const void *context)
{
    bs_output_file file;
    BS_TRY(bs_output_file_init(&file, path));
    file.replace = replace;
    BS_TRY(bs_output_file_check(&file));
    bs_status status = write_content(&file, write, context);
    bs_output_file_discard(&file);
    return status;
}
