/* A temporary folder for tests that need files, and a way to fill it. */
#ifndef BLUESHIFT_TESTS_SCRATCH_H
#define BLUESHIFT_TESTS_SCRATCH_H

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { SCRATCH_PATH = 512 };

static char scratch_folder[SCRATCH_PATH / 2];

/* The path of NAME in the folder; valid until the fourth call after this one. */
static inline const char *scratch_path(const char *name)
{
    static char paths[4][SCRATCH_PATH];
    static unsigned next;
    char *path = paths[next++ % 4];
    snprintf(path, SCRATCH_PATH, "%s/%s", scratch_folder, name);
    return path;
}

/* For cmocka_run_group_tests. */
static inline int scratch_create(void **state)
{
    (void)state;
    const char *base = getenv("TMPDIR");
    snprintf(scratch_folder, sizeof scratch_folder, "%s/blueshift-test-XXXXXX",
             base != NULL ? base : "/tmp");
    return mkdtemp(scratch_folder) == NULL ? -1 : 0;
}

/* Removes what is in the open folder, and closes it. */
static inline void scratch_empty(int folder)
{
    DIR *stream = folder < 0 ? NULL : fdopendir(folder);
    const struct dirent *entry = NULL;
    while (stream != NULL && (entry = readdir(stream)) != NULL) {
        const char *name = entry->d_name;
        if (strcmp(name, ".") != 0 && strcmp(name, "..") != 0 && unlinkat(folder, name, 0) != 0) {
            scratch_empty(openat(folder, name, O_RDONLY | O_DIRECTORY));
            unlinkat(folder, name, AT_REMOVEDIR);
        }
    }
    if (stream != NULL) {
        closedir(stream);
    }
}

static inline int scratch_remove(void **state)
{
    (void)state;
    scratch_empty(open(scratch_folder, O_RDONLY | O_DIRECTORY));
    return rmdir(scratch_folder);
}

/* How many temporary files are left in the folder. */
static inline int scratch_temporaries(void)
{
    int count = 0;
    DIR *stream = opendir(scratch_folder);
    for (const struct dirent *e = NULL; stream != NULL && (e = readdir(stream)) != NULL;) {
        size_t length = strlen(e->d_name);
        count += length > 4 && strcmp(e->d_name + length - 4, ".tmp") == 0;
    }
    if (stream != NULL) {
        closedir(stream);
    }
    return count;
}

/* Writes BYTES bytes as NAME into the folder; returns the path, or NULL. */
static inline const char *scratch_write(const char *name, const void *data, size_t bytes)
{
    const char *path = scratch_path(name);
    FILE *stream = fopen(path, "wb");
    if (stream == NULL) {
        return NULL;
    }
    size_t written = bytes == 0 ? 0 : fwrite(data, 1, bytes, stream);
    return fclose(stream) == 0 && written == bytes ? path : NULL;
}

#endif
