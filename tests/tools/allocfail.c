/* LD_PRELOAD library that makes an allocation of a library fail on one rank.
 *
 *   ALLOCFAIL=3 ALLOCFAIL_RANK=1 ALLOCFAIL_IN=libpnetcdf LD_PRELOAD=build/tests/tools/allocfail.so
 * PROGRAM
 *
 * The allocation with the number ALLOCFAIL (from 1), of those that the code of a file whose name
 * contains ALLOCFAIL_IN asks for on the rank of Open MPI that ALLOCFAIL_RANK names, gives NULL. At
 * the end that rank says how many there were: "allocfail: N allocations". */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The allocator itself: what dlsym gives may not be there yet. */
extern void *__libc_malloc(size_t size);                /* NOLINT(bugprone-reserved-identifier) */
extern void *__libc_calloc(size_t count, size_t size);  /* NOLINT(bugprone-reserved-identifier) */
extern void *__libc_realloc(void *memory, size_t size); /* NOLINT(bugprone-reserved-identifier) */

static int number; /* that fails; 0: this rank is left alone */
static const char *library = "";
static atomic_int allocations;
static _Thread_local bool looking; /* dladdr may allocate */

__attribute__((constructor)) static void start(void)
{
    const char *rank = getenv("OMPI_COMM_WORLD_RANK");
    const char *guilty = getenv("ALLOCFAIL_RANK");
    const char *given = getenv("ALLOCFAIL");
    const char *in = getenv("ALLOCFAIL_IN");
    if (rank != NULL && guilty != NULL && strcmp(rank, guilty) == 0 && given != NULL &&
        in != NULL) {
        library = in;
        number = (int)strtol(given, NULL, 10);
    }
}

__attribute__((destructor)) static void end(void)
{
    char text[64];
    int length = snprintf(text, sizeof text, "allocfail: %d allocations\n", allocations);
    if (number > 0) {
        ssize_t ignored = write(STDERR_FILENO, text, (size_t)length);
        (void)ignored;
    }
}

static bool fails(const void *caller)
{
    Dl_info file;
    bool failed = false;
    if (number > 0 && !looking) {
        looking = true;
        if (dladdr(caller, &file) != 0 && strstr(file.dli_fname, library) != NULL) {
            failed = atomic_fetch_add(&allocations, 1) + 1 == number;
        }
        looking = false;
    }
    if (failed) {
        errno = ENOMEM;
    }
    return failed;
}

void *malloc(size_t size)
{
    return fails(__builtin_return_address(0)) ? NULL : __libc_malloc(size);
}

void *calloc(size_t count, size_t size)
{
    return fails(__builtin_return_address(0)) ? NULL : __libc_calloc(count, size);
}

void *realloc(void *memory, size_t size)
{
    return fails(__builtin_return_address(0)) ? NULL : __libc_realloc(memory, size);
}
