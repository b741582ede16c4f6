/* CIFAR-10 from its binary files (Krizhevsky 2009): found, measured, read and checked. */
#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "binary_file.h"
#include "blueshift/memory.h"
#include "sources.h"

enum {
    FILES_MAX = 5,
    RECORD_BYTES = 1 + BS_IMAGE_BYTES, /* the label, then the pixels */
    CHUNK = 64                         /* records read at once */
};

static const char FOLDER[] = "cifar-10-batches-bin";
static const char ADVICE[] =
    "download the binary version with blueshift-fetch-cifar10 (in "
    "the source: tools/fetch-cifar10) and name its folder in data.path or BLUESHIFT_DATA";

/* The files of a selection in order, and how many records each holds. */
typedef struct file_set {
    int count;
    char *paths[FILES_MAX]; /* owned */
    int64_t records[FILES_MAX];
    int64_t total;
} file_set;

/* Where the next image goes. */
typedef struct cursor {
    uint8_t *pixels;
    uint8_t *labels;
} cursor;

static void release_files(file_set *files)
{
    for (int i = 0; i < files->count; i++) {
        bs_free(files->paths[i]);
    }
    *files = (file_set){0};
}

/* "FOLDER/SUB/NAME", SUB possibly "". The caller frees it. */
static char *join(const char *folder, const char *sub, const char *name)
{
    size_t bytes = strlen(folder) + strlen(sub) + strlen(name) + 3;
    char *path = bs_alloc(bytes, 1);
    if (path != NULL) {
        snprintf(path, bytes, "%s/%s%s%s", folder, sub, sub[0] == '\0' ? "" : "/", name);
    }
    return path;
}

/* The names the image set selects; returns how many. */
static int file_names(const bs_image_set *set, const char *names[FILES_MAX])
{
    static const char *const train[FILES_MAX] = {"data_batch_1.bin", "data_batch_2.bin",
                                                 "data_batch_3.bin", "data_batch_4.bin",
                                                 "data_batch_5.bin"};
    if (set->file != NULL && set->file[0] != '\0') {
        names[0] = set->file;
        return 1;
    }
    if (set->split == BS_SPLIT_TEST) {
        names[0] = "test_batch.bin";
        return 1;
    }
    memcpy(names, train, sizeof train);
    return FILES_MAX;
}

/* Finds whether the files lie in FOLDER itself (*SUB = "") or in its usual sub-folder. */
static bs_status locate(const char *folder, const char *name, const char **sub)
{
    const char *const places[] = {"", FOLDER};
    struct stat facts;
    if (stat(folder, &facts) != 0) {
        return BS_FAIL(BS_ERR_INPUT, "%s: %s; %s", folder, strerror(errno), ADVICE);
    }
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        char *path = join(folder, places[i], name);
        if (path == NULL) {
            return BS_ERR_MEMORY;
        }
        bool found = stat(path, &facts) == 0;
        bs_free(path);
        if (found) {
            *sub = places[i];
            return BS_OK;
        }
    }
    return BS_FAIL(BS_ERR_INPUT, "%s: there is no %s in it, nor in its sub-folder %s; %s", folder,
                   name, FOLDER, ADVICE);
}

static bs_status measure(const char *path, int64_t *records)
{
    bs_binary_file file;
    BS_TRY(bs_binary_file_open(path, ADVICE, &file));
    uint64_t bytes = file.bytes;
    bs_binary_file_close(&file);
    if (bytes == 0 || bytes % RECORD_BYTES != 0) {
        return BS_FAIL(BS_ERR_INPUT,
                       "%s: %" PRIu64
                       " bytes are not whole records of %d bytes (a file of CIFAR-10 "
                       "has 10000, 30730000 bytes): it is truncated or no CIFAR-10 file; %s",
                       path, bytes, RECORD_BYTES, ADVICE);
    }
    *records = (int64_t)(bytes / RECORD_BYTES);
    return BS_OK;
}

/* Finds and measures every file of the selection. The caller releases FILES, also on failure. */
static bs_status find_files(const bs_image_set *set, file_set *files)
{
    *files = (file_set){0};
    const char *folder = set->path;
    if (folder == NULL || folder[0] == '\0') {
        folder = getenv("BLUESHIFT_DATA");
    }
    if (folder == NULL || folder[0] == '\0') {
        return BS_FAIL(BS_ERR_USAGE, "data.path is not set: where is CIFAR-10? Else %s", ADVICE);
    }
    const char *names[FILES_MAX];
    int count = file_names(set, names);
    const char *sub = "";
    BS_TRY(locate(folder, names[0], &sub));
    for (int i = 0; i < count; i++) {
        files->paths[i] = join(folder, sub, names[i]);
        if (files->paths[i] == NULL) {
            return BS_ERR_MEMORY;
        }
        files->count++;
        BS_TRY(measure(files->paths[i], &files->records[i]));
        files->total += files->records[i];
    }
    return BS_OK;
}

bs_status bs_cifar_count(const bs_image_set *set, int64_t *count)
{
    file_set files;
    bs_status status = find_files(set, &files);
    if (status == BS_OK && (set->first >= files.total || set->count > files.total - set->first)) {
        status = BS_FAIL(BS_ERR_USAGE,
                         "%s%s: data.first %" PRId64 " and data.images %" PRId64
                         " reach past its last image: it holds %" PRId64 ", 0 to %" PRId64,
                         files.paths[0], files.count > 1 ? " and those after it" : "", set->first,
                         set->count, files.total, files.total - 1);
    }
    if (status == BS_OK) {
        *count = set->count > 0 ? set->count : files.total - set->first;
    }
    release_files(&files);
    return status;
}

/* Reads records FIRST to FIRST + COUNT - 1 of one file, CHUNK at a time through RECORDS. */
static bs_status read_records(const bs_binary_file *file, int64_t first, int64_t count,
                              uint8_t *records, cursor *out)
{
    for (int64_t done = 0; done < count;) {
        int64_t chunk = count - done < CHUNK ? count - done : CHUNK;
        BS_TRY(bs_binary_file_read(file, (uint64_t)(first + done) * RECORD_BYTES, records,
                                   (size_t)chunk * RECORD_BYTES));
        for (int64_t i = 0; i < chunk; i++, done++) {
            const uint8_t *record = records + i * RECORD_BYTES;
            if (record[0] >= BS_CLASSES) {
                return BS_FAIL(BS_ERR_INPUT,
                               "%s: record %" PRId64
                               " has label %d, labels are 0 to %d: the file is "
                               "damaged or no CIFAR-10 file; %s",
                               file->path, first + done, record[0], BS_CLASSES - 1, ADVICE);
            }
            *out->labels++ = record[0];
            memcpy(out->pixels, record + 1, BS_IMAGE_BYTES);
            out->pixels += BS_IMAGE_BYTES;
        }
    }
    return BS_OK;
}

/* Reads what the selection [FIRST, FIRST + COUNT) takes of each file. */
static bs_status read_files(const file_set *files, int64_t first, int64_t count, uint8_t *records,
                            cursor *out)
{
    for (int i = 0; i < files->count && count > 0; i++) {
        if (first < files->records[i]) {
            int64_t here = files->records[i] - first < count ? files->records[i] - first : count;
            bs_binary_file file;
            BS_TRY(bs_binary_file_open(files->paths[i], ADVICE, &file));
            bs_status status = read_records(&file, first, here, records, out);
            bs_binary_file_close(&file);
            BS_TRY(status);
            count -= here;
            first = 0;
        } else {
            first -= files->records[i];
        }
    }
    return BS_OK;
}

bs_status bs_cifar_read(const bs_image_set *set, int64_t count, uint8_t *pixels, uint8_t *labels)
{
    file_set files;
    bs_status status = find_files(set, &files);
    uint8_t *records = NULL;
    if (status == BS_OK) {
        records = bs_alloc(CHUNK, RECORD_BYTES);
        status = records == NULL ? BS_ERR_MEMORY : BS_OK;
    }
    if (status == BS_OK) {
        cursor out = {.pixels = pixels, .labels = labels};
        status = read_files(&files, set->first, count, records, &out);
    }
    bs_free(records);
    release_files(&files);
    return status;
}
