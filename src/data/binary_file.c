/* Binary input files: opened, measured and read with the errors said once. */
#include "binary_file.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>

#include "blueshift/fault.h"

bs_status bs_binary_file_open(const char *path, const char *advice, bs_binary_file *file)
{
    *file = (bs_binary_file){.path = path};
    struct stat facts;
    /* Before the open, which would wait for ever on a named pipe. */
    if (stat(path, &facts) != 0) {
        return BS_FAIL(BS_ERR_INPUT, "%s: %s; %s", path, strerror(errno), advice);
    }
    if (!S_ISREG(facts.st_mode)) {
        return BS_FAIL(BS_ERR_INPUT, "%s: is not a regular file; %s", path, advice);
    }
    file->bytes = (uint64_t)facts.st_size;
    file->stream = fopen(path, "rb");
    if (file->stream == NULL) {
        return BS_FAIL(BS_ERR_INPUT, "%s: %s; %s", path, strerror(errno), advice);
    }
    return BS_OK;
}

static bs_status refused(const char *path, int error)
{
    return BS_FAIL(BS_ERR_IO,
                   "%s: cannot be read: %s; check the disk or file system, then run again", path,
                   strerror(error));
}

bs_status bs_binary_file_read(const bs_binary_file *file, uint64_t position, void *out,
                              size_t bytes)
{
    if (bytes == 0) {
        return BS_OK;
    }
    if (bs_fault("read")) {
        return refused(file->path, EIO);
    }
    if (position > INT64_MAX || fseeko(file->stream, (off_t)position, SEEK_SET) != 0) {
        return refused(file->path, errno);
    }
    size_t got = fread(out, 1, bytes, file->stream);
    if (got == bytes) {
        return BS_OK;
    }
    if (ferror(file->stream)) {
        return refused(file->path, errno);
    }
    return BS_FAIL(BS_ERR_INPUT,
                   "%s: ends at byte %" PRIu64 ", %zu bytes early: it shrank while it was read; "
                   "copy it again",
                   file->path, position + got, bytes - got);
}

void bs_binary_file_close(bs_binary_file *file)
{
    if (file->stream != NULL) {
        fclose(file->stream);
        file->stream = NULL;
    }
}
