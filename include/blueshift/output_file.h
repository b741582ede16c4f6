/* A file that appears whole or not at all: made under a temporary name of its own, then named. */
#ifndef BLUESHIFT_OUTPUT_FILE_H
#define BLUESHIFT_OUTPUT_FILE_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "blueshift/status.h"

enum {
    BS_NAME_MAX = 255, /* NAME_MAX and PATH_MAX of Linux, which strict C does not define */
    BS_PATH_MAX = 4096,
    BS_DESCRIPTOR_PATH = 32, /* bytes of bs_descriptor_path */
    BS_OUTPUT_STEM =
        BS_NAME_MAX - (int)sizeof ".0123456789abcdef.tmp" + 1 /* of a temporary's name */
};

typedef struct bs_output_file {
    const char *path; /* borrowed */
    int64_t bytes;    /* estimated; 0: not known */
    bool replace;     /* an older file of this name may go */
    int descriptor;   /* of the temporary file; -1: there is none */
    char temporary[BS_PATH_MAX];
    char folder[BS_PATH_MAX];
} bs_output_file;

/* Sets up an output at PATH; nothing is touched yet. */
bs_status bs_output_file_init(bs_output_file *file, const char *path);

/* BS_ERR_INPUT when there is something at the path that stays; the same of a PATH alone, where with
 * REPLACE an older file may go. */
bs_status bs_output_file_check(const bs_output_file *file);
bs_status bs_output_file_check_path(const char *path, bool replace);

/* BS_ERR_INPUT that says that PATH exists and stays. */
bs_status bs_output_file_refuse(const char *path);

/* BS_ERR_INPUT when PATH is SOURCE itself, which the output would take away. */
bs_status bs_output_file_check_source(const char *path, const char *source);

/* Creates the temporary file in the output's folder, under a name that no other process has or can
 * foresee: a link planted there is never followed, and jobs with the same output never meet. Those
 * that killed jobs left there are cleared away first.
 * BS_ERR_IO in the user's terms. Ends with bs_output_file_publish or bs_output_file_discard. */
bs_status bs_output_file_create(bs_output_file *file);

/* Removes temporary files for the same output that no living process of this host holds; on file
 * systems without locks none. */
void bs_output_file_clear(const bs_output_file *file);

/* Whether locks of our own work on the file and are in nobody's way: not on NFS, where flock locks
 * the whole file for every host, as MPI-IO does for each of its accesses. */
bool bs_output_file_is_lockable(int descriptor);

/* Removes the temporary file of whatever output is being made; for signal handlers that end the
 * process. Async-signal-safe. */
void bs_output_file_abandon(void);

/* BS_ERR_IO with what the system refused (an errno) in the user's terms; OK for 0. */
bs_status bs_output_file_explain(const bs_output_file *file, int error);

/* STATUS of a library that cannot say that the disk is full: says so when it is. */
bs_status bs_output_file_blame_disk(const bs_output_file *file, bs_status status);

/* Gives the finished temporary file its name, once all of it is on the disk. Without `replace`
 * nothing that appeared at the path meanwhile is lost: then BS_ERR_INPUT. */
bs_status bs_output_file_publish(bs_output_file *file);

/* Removes the temporary file, if there is one. */
void bs_output_file_discard(bs_output_file *file);

/* Puts the content of FILE into STREAM, or by a library into file->descriptor. */
typedef bs_status bs_output_writer(const bs_output_file *file, FILE *stream, const void *context);

/* Writes a whole file at PATH, or nothing: WRITE makes its content. With REPLACE it takes the place
 * of a file that is there, whose readers see the old or the whole new one. Not collective. */
bs_status bs_output_file_write(const char *path, bool replace, bs_output_writer *write,
                               const void *context);

/* Writes DATA to STREAM; BS_ERR_IO also for what was printed to it before. */
bs_status bs_output_file_put(const bs_output_file *file, FILE *stream, const void *data,
                             size_t bytes);

/* A name under which this process and the libraries in it can open the file behind DESCRIPTOR:
 * whatever the file is called, no library finds a meaning in it or has it too long, and it is the
 * same file even when its name now leads elsewhere. */
const char *bs_descriptor_path(int descriptor, char path[BS_DESCRIPTOR_PATH]);

#endif
