/* A file that is made whole under a temporary name; private to the layer io. */
#ifndef BLUESHIFT_IO_OUTPUT_FILE_H
#define BLUESHIFT_IO_OUTPUT_FILE_H

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "blueshift/status.h"

typedef struct bs_output_file {
    const char *path; /* borrowed */
    int64_t bytes;    /* estimated; 0: not known */
    bool replace;     /* an older file of this name may go */
    char temporary[PATH_MAX];
    char folder[PATH_MAX];
} bs_output_file;

/* Sets up the names of an output at PATH. */
bs_status bs_output_file_init(bs_output_file *file, const char *path);

/* BS_ERR_INPUT when there is something at the path that stays. */
bs_status bs_output_file_check(const bs_output_file *file);

/* BS_ERR_IO with what the system refused (an errno) in the user's terms; OK for 0. */
bs_status bs_output_file_explain(const bs_output_file *file, int error);

/* STATUS of a library that cannot say that the disk is full: says so when it is. */
bs_status bs_output_file_blame_disk(const bs_output_file *file, bs_status status);

/* Makes the temporary file for a stream, writes to it, and closes it with all of it written. */
bs_status bs_output_file_open(const bs_output_file *file, FILE **stream);
bs_status bs_output_file_put(const bs_output_file *file, FILE *stream, const void *data,
                             size_t bytes);
bs_status bs_output_file_close(const bs_output_file *file, FILE *stream);

/* Gives the finished temporary file its name, once all of it is on the disk. */
bs_status bs_output_file_publish(const bs_output_file *file);

/* Removes the temporary file. */
void bs_output_file_discard(const bs_output_file *file);

#endif
