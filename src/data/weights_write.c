/* Tensors and metadata written as safetensors files. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "blueshift/output_file.h"
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

static bs_status write_header(const bs_output_file *file, FILE *stream, const char *text)
{
    static const char spaces[HEADER_ALIGNMENT] = "        ";
    size_t bytes = strlen(text);
    size_t padding = (HEADER_ALIGNMENT - bytes % HEADER_ALIGNMENT) % HEADER_ALIGNMENT;
    uint64_t length = bytes + padding;
    BS_TRY(bs_output_file_put(file, stream, &length, sizeof length));
    BS_TRY(bs_output_file_put(file, stream, text, bytes));
    return bs_output_file_put(file, stream, spaces, padding);
}

/* What the file holds. */
typedef struct contents {
    const char *header;
    int count;
    const bs_tensor *tensors;
    const float *values;
} contents;

static bs_status write_contents(const bs_output_file *file, FILE *stream, const void *context)
{
    const contents *c = context;
    BS_TRY(write_header(file, stream, c->header));
    for (int i = 0; i < c->count; i++) {
        const bs_tensor *tensor = &c->tensors[i];
        BS_TRY(bs_output_file_put(file, stream, c->values + tensor->offset,
                                  tensor->count * sizeof *c->values));
    }
    return BS_OK;
}

bs_status bs_weights_write(const char *path, bool replace, int tensor_count,
                           const bs_tensor *tensors, const float *values,
                           const char *const *metadata)
{
    char *text = make_header(tensor_count, tensors, metadata);
    if (text == NULL) {
        return BS_FAIL(BS_ERR_INTERNAL,
                       "%s: no header can be made for its %d tensors: a name occurs twice, or text "
                       "is not UTF-8",
                       path, tensor_count);
    }
    const contents c = {text, tensor_count, tensors, values};
    bs_status status = bs_output_file_write(path, replace, write_contents, &c);
    free(text);
    return status;
}
