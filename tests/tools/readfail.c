/* LD_PRELOAD library that makes reads of NetCDF files fail on one rank.
 *
 *   READFAIL=3 READFAIL_RANK=1 LD_PRELOAD=build/tests/tools/readfail.so PROGRAM
 *
 * From the read of a file named *.nc with the number READFAIL on (from 0), every one fails with EIO
 * on the rank of Open MPI that READFAIL_RANK names; the others are left alone. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

static atomic_long reads;

static bool fails(int descriptor)
{
    const char *rank = getenv("OMPI_COMM_WORLD_RANK");
    const char *guilty = getenv("READFAIL_RANK");
    const char *number = getenv("READFAIL");
    char link[64];
    char path[4096];
    if (rank == NULL || guilty == NULL || number == NULL || strcmp(rank, guilty) != 0) {
        return false;
    }
    snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
    ssize_t length = readlink(link, path, sizeof path);
    if (length < 3 || memcmp(path + length - 3, ".nc", 3) != 0) {
        return false;
    }
    return atomic_fetch_add(&reads, 1) >= strtol(number, NULL, 10);
}

/* Parameter lists cannot stand in parentheses of their own.
 * NOLINTBEGIN(bugprone-macro-parentheses) */
#define INTERPOSE(name, parameters, arguments)                                                     \
    ssize_t name parameters;                                                                       \
    ssize_t name parameters                                                                        \
    {                                                                                              \
        ssize_t(*next) parameters;                                                                 \
        if (fails(fd)) {                                                                           \
            errno = EIO;                                                                           \
            return -1;                                                                             \
        }                                                                                          \
        *(void **)&next = dlsym(RTLD_NEXT, #name);                                                 \
        return next arguments;                                                                     \
    }
/* NOLINTEND(bugprone-macro-parentheses) */

INTERPOSE(read, (int fd, void *data, size_t bytes), (fd, data, bytes))
INTERPOSE(pread, (int fd, void *data, size_t bytes, off_t at), (fd, data, bytes, at))
INTERPOSE(pread64, (int fd, void *data, size_t bytes, off64_t at), (fd, data, bytes, at))
INTERPOSE(readv, (int fd, const struct iovec *data, int count), (fd, data, count))
INTERPOSE(preadv, (int fd, const struct iovec *data, int count, off_t at), (fd, data, count, at))
INTERPOSE(preadv64, (int fd, const struct iovec *data, int count, off64_t at),
          (fd, data, count, at))
