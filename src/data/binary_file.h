/* Binary input files: opened, measured and read with the errors said once. Private to src/data. */
#ifndef BLUESHIFT_BINARY_FILE_H
#define BLUESHIFT_BINARY_FILE_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "blueshift/status.h"

/* An open file. PATH is borrowed until the close. */
typedef struct bs_binary_file {
    const char *path;
    uint64_t bytes; /* its size when it was opened */
    FILE *stream;
} bs_binary_file;

/* Opens a regular file. ADVICE ends the message when it cannot be opened. On failure nothing is
 * held. BS_ERR_INPUT. */
bs_status bs_binary_file_open(const char *path, const char *advice, bs_binary_file *file);

/* Reads exactly BYTES bytes at POSITION. BS_ERR_INPUT when the file ends before them, BS_ERR_IO
 * when the system cannot read (fault site "read"). */
bs_status bs_binary_file_read(const bs_binary_file *file, uint64_t position, void *out,
                              size_t bytes);

/* Closes; a file that is not open is fine. */
void bs_binary_file_close(bs_binary_file *file);

#endif
