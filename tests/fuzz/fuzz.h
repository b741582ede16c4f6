/* What the fuzz targets share: input as a file, and an end with a reason. */
#ifndef BLUESHIFT_FUZZ_H
#define BLUESHIFT_FUZZ_H

#include <fcntl.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "blueshift/status.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What must hold, else the fuzzer keeps the input. */
#define FUZZ_REQUIRE(condition)                                                                    \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            fprintf(stderr, "%s:%d: %s; last error: %s\n", __FILE__, __LINE__, #condition,         \
                    bs_error_text());                                                              \
            abort();                                                                               \
        }                                                                                          \
    } while (0)

static char fuzz_folder[] = "/dev/shm/blueshift-fuzz-XXXXXX";

static inline void fuzz_remove_folder(void)
{
    char path[128];
    snprintf(path, sizeof path, "%s/input", fuzz_folder);
    unlink(path);
    rmdir(fuzz_folder);
}

/* The input as a file in a folder of this process. */
static inline const char *fuzz_file(const uint8_t *data, size_t size)
{
    static char path[128];
    if (path[0] == '\0') {
        FUZZ_REQUIRE(mkdtemp(fuzz_folder) != NULL);
        snprintf(path, sizeof path, "%s/input", fuzz_folder);
        atexit(fuzz_remove_folder);
    }
    int file = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    FUZZ_REQUIRE(file >= 0 && write(file, data, size) == (ssize_t)size && close(file) == 0);
    return path;
}

/* The input as text, for free(). */
static inline char *fuzz_text(const uint8_t *data, size_t size)
{
    char *text = malloc(size + 1);
    FUZZ_REQUIRE(text != NULL);
    memcpy(text, data, size);
    text[size] = '\0';
    return text;
}

#endif
