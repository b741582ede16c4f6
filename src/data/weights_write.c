/* Tensors and metadata written as safetensors files. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <jansson.h>

#include "blueshift/fault.h"
#include "blueshift/memory.h"
#include "weights_header.h"

/* The data begin at a multiple of this many bytes, as the format recommends. */
enum { HEADER_ALIGNMENT = 8 };

static bool add_metadata(json_t *root, const char *const *metadata)
{
    json_t *object = json_object();
    bool good = object != NULL;
    for (; good && metadata != NULL && metadata[0] != NULL; metadata += 2) {
        good = json_object_set_new(object, metadata[0], json_string(metadata[1])) == 0;
    }
    return json_object_set_new(root, "__metadata__", object) == 0 && good;
}

static bool add_tensor(json_t *root, const bs_tensor *tensor, size_t *position)
{
    json_t *shape = json_array();
    bool good = shape != NULL;
    for (int i = 0; good && i < tensor->ndim; i++) {
        good = json_array_append_new(shape, json_integer(tensor->shape[i])) == 0;
    }
    json_int_t begin = (json_int_t)*position;
    *position += tensor->count * sizeof(float);
    json_t *entry = json_pack("{s:s, s:o, s:[I, I]}", "dtype", "F32", "shape", shape,
                              "data_offsets", begin, (json_int_t)*position);
    return json_object_set_new(root, tensor->name, entry) == 0 && good;
}

/* The header's text, which the caller frees with free(); NULL when jansson refuses. */
static char *make_header(int count, const bs_tensor *tensors, const char *const *metadata)
{
    json_t *root = json_object();
    bool good = root != NULL && (metadata == NULL || add_metadata(root, metadata));
    size_t position = 0;
    for (int i = 0; good && i < count; i++) {
        good = json_object_get(root, tensors[i].name) == NULL &&
               add_tensor(root, &tensors[i], &position);
    }
    char *text = good ? json_dumps(root, JSON_COMPACT) : NULL;
    json_decref(root);
    return text;
}

static bool write_bytes(FILE *stream, const void *data, size_t bytes)
{
    if (bs_fault("io_write")) {
        errno = EIO;
        return false;
    }
    return bytes == 0 || fwrite(data, 1, bytes, stream) == bytes;
}

static bool write_header(FILE *stream, const char *text)
{
    static const char spaces[HEADER_ALIGNMENT] = "        ";
    size_t bytes = strlen(text);
    size_t padding = (HEADER_ALIGNMENT - bytes % HEADER_ALIGNMENT) % HEADER_ALIGNMENT;
    uint64_t length = bytes + padding;
    return write_bytes(stream, &length, sizeof length) && write_bytes(stream, text, bytes) &&
           write_bytes(stream, spaces, padding);
}

static bool write_all(FILE *stream, const char *text, int count, const bs_tensor *tensors,
                      const float *values)
{
    if (!write_header(stream, text)) {
        return false;
    }
    for (int i = 0; i < count; i++) {
        if (!write_bytes(stream, values + tensors[i].offset, tensors[i].count * sizeof *values)) {
            return false;
        }
    }
    if (fflush(stream) != 0) {
        return false;
    }
    if (bs_fault("io_sync")) {
        errno = EIO;
        return false;
    }
    return fsync(fileno(stream)) == 0;
}

static bs_status refused(const char *path)
{
    return BS_FAIL(BS_ERR_IO, "%s: cannot be written: %s; free some space or choose another folder",
                   path, strerror(errno));
}

/* A reader sees the old file or the whole new one, whenever the writer is killed. */
static bs_status replace(const char *path, const char *temporary, const char *text, int count,
                         const bs_tensor *tensors, const float *values)
{
    FILE *stream = NULL;
    if (bs_fault("io_create")) {
        errno = EIO;
    } else {
        stream = fopen(temporary, "wb");
    }
    if (stream == NULL) {
        return refused(temporary);
    }
    bool good = write_all(stream, text, count, tensors, values);
    bs_status status = good ? BS_OK : refused(temporary);
    if (fclose(stream) != 0 && status == BS_OK) {
        status = refused(temporary);
    }
    if (status == BS_OK && rename(temporary, path) != 0) {
        status = refused(path);
    }
    if (status != BS_OK) {
        unlink(temporary);
    }
    return status;
}

bs_status bs_weights_write(const char *path, int tensor_count, const bs_tensor *tensors,
                           const float *values, const char *const *metadata)
{
    static const char suffix[] = ".tmp";
    char *text = make_header(tensor_count, tensors, metadata);
    if (text == NULL) {
        return BS_FAIL(BS_ERR_INTERNAL,
                       "%s: no header can be made for its %d tensors: a name occurs twice, or text "
                       "is not UTF-8",
                       path, tensor_count);
    }
    size_t length = strlen(path);
    char *temporary = bs_alloc(length + sizeof suffix, 1);
    bs_status status = BS_ERR_MEMORY;
    if (temporary != NULL) {
        memcpy(temporary, path, length);
        memcpy(temporary + length, suffix, sizeof suffix);
        status = replace(path, temporary, text, tensor_count, tensors, values);
    }
    bs_free(temporary);
    free(text);
    return status;
}
