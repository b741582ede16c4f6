/* LD_PRELOAD library that kills its process just before the n-th change of a NetCDF file.
 *
 *   KILLW=12 LD_PRELOAD=build/tests/tools/killw.so PROGRAM
 *
 * Changes of files named *.nc or *.tmp are counted from 0: writes, truncations, allocations, and
 * the calls that give or take their names. Without KILLW nothing is killed; with KILLW_COUNT the
 * number of changes is printed on stderr at the end. The state before change n + 1 is the state
 * after change n, so killing at every n shows every state that a kill can leave. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

static atomic_long changes;

static bool ends_in(const char *text, const char *end)
{
    size_t length = strlen(text);
    size_t wanted = strlen(end);
    return length >= wanted && strcmp(text + length - wanted, end) == 0;
}

static void count_path(const char *path)
{
    if (!ends_in(path, ".nc") && !ends_in(path, ".tmp")) {
        return;
    }
    const char *limit = getenv("KILLW");
    long number = atomic_fetch_add(&changes, 1);
    if (limit != NULL && number == strtol(limit, NULL, 10)) {
        kill(getpid(), SIGKILL);
    }
}

static void count_descriptor(int descriptor)
{
    char link[64];
    char path[4096];
    snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length > 0) {
        path[length] = '\0';
        count_path(path);
    }
}

__attribute__((destructor)) static void print_count(void)
{
    if (getenv("KILLW_COUNT") != NULL) {
        fprintf(stderr, "killw: %ld changes\n", atomic_load(&changes));
    }
}

/* Parameter lists cannot stand in parentheses of their own.
 * NOLINTBEGIN(bugprone-macro-parentheses) */
/* Defines NAME: counts, then calls the function it stands before. */
#define INTERPOSE(result, name, parameters, count, arguments)                                      \
    result name parameters;                                                                        \
    result name parameters                                                                         \
    {                                                                                              \
        result(*next) parameters;                                                                  \
        *(void **)&next = dlsym(RTLD_NEXT, #name);                                                 \
        count;                                                                                     \
        return next arguments;                                                                     \
    }
/* NOLINTEND(bugprone-macro-parentheses) */

INTERPOSE(ssize_t, write, (int fd, const void *data, size_t bytes), count_descriptor(fd),
          (fd, data, bytes))
INTERPOSE(ssize_t, pwrite, (int fd, const void *data, size_t bytes, off_t at), count_descriptor(fd),
          (fd, data, bytes, at))
INTERPOSE(ssize_t, pwrite64, (int fd, const void *data, size_t bytes, off64_t at),
          count_descriptor(fd), (fd, data, bytes, at))
INTERPOSE(ssize_t, writev, (int fd, const struct iovec *data, int count), count_descriptor(fd),
          (fd, data, count))
INTERPOSE(ssize_t, pwritev, (int fd, const struct iovec *data, int count, off_t at),
          count_descriptor(fd), (fd, data, count, at))
INTERPOSE(ssize_t, pwritev64, (int fd, const struct iovec *data, int count, off64_t at),
          count_descriptor(fd), (fd, data, count, at))
INTERPOSE(int, ftruncate, (int fd, off_t bytes), count_descriptor(fd), (fd, bytes))
INTERPOSE(int, ftruncate64, (int fd, off64_t bytes), count_descriptor(fd), (fd, bytes))
INTERPOSE(int, posix_fallocate, (int fd, off_t first, off_t bytes), count_descriptor(fd),
          (fd, first, bytes))
INTERPOSE(int, posix_fallocate64, (int fd, off64_t first, off64_t bytes), count_descriptor(fd),
          (fd, first, bytes))
INTERPOSE(int, link, (const char *from, const char *to), count_path(to), (from, to))
INTERPOSE(int, rename, (const char *from, const char *to), count_path(to), (from, to))
INTERPOSE(int, unlink, (const char *path), count_path(path), (path))
