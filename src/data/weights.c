/* Tensors and metadata read from safetensors files. */
#include "blueshift/weights.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "binary_file.h"
#include "blueshift/memory.h"
#include "blueshift/text.h"
#include "weights_header.h"

enum { LENGTH_BYTES = 8 };

/* The format's own limit. */
static const uint64_t HEADER_BYTES_MAX = 100000000;

/* The error for a length that cannot be: most often the file is of another kind. */
static bs_status bad_length(const bs_binary_file *file, const unsigned char first[LENGTH_BYTES],
                            uint64_t length)
{
    bool zip = memcmp(first, "PK\003\004", 4) == 0;
    bool pickle = first[0] == 0x80 && first[1] == 0x02;
    if (zip || pickle) {
        return BS_FAIL(BS_ERR_INPUT,
                       "%s: is a PyTorch checkpoint, not safetensors; convert it with "
                       "blueshift-convert-pytorch (in the source: tools/convert-pytorch.py)",
                       file->path);
    }
    return BS_FAIL(BS_ERR_INPUT,
                   "%s: a header of %" PRIu64 " bytes in a file of %" PRIu64
                   " bytes: it is no safetensors file, or truncated; download or write it again",
                   file->path, length, file->bytes);
}

/* Reads the header's text into *TEXT, which the caller frees. */
static bs_status read_header(const bs_binary_file *file, char **text, bs_weights_header *header)
{
    unsigned char first[LENGTH_BYTES];
    if (file->bytes < LENGTH_BYTES) {
        return BS_FAIL(BS_ERR_INPUT,
                       "%s: %" PRIu64
                       " bytes are too few for a safetensors file; download or write "
                       "it again",
                       file->path, file->bytes);
    }
    BS_TRY(bs_binary_file_read(file, 0, first, sizeof first));
    uint64_t length = 0;
    memcpy(&length, first, sizeof length);
    if (length > HEADER_BYTES_MAX || length > file->bytes - LENGTH_BYTES) {
        return bad_length(file, first, length);
    }
    *text = bs_alloc(length, 1);
    if (*text == NULL) {
        return BS_ERR_MEMORY;
    }
    *header = (bs_weights_header){.path = file->path,
                                  .text = *text,
                                  .bytes = length,
                                  .data_bytes = file->bytes - LENGTH_BYTES - length};
    return bs_binary_file_read(file, LENGTH_BYTES, *text, length);
}

/* A value that is not finite makes every loss NaN: at the other end of a line too, as 0 times it.
 */
static bs_status check_finite(const char *path, const bs_tensor *tensor, const float *values)
{
    for (size_t i = 0; i < tensor->count; i++) {
        if (!isfinite(values[i])) {
            char shape[64];
            return BS_FAIL(BS_ERR_INPUT,
                           "%s: element %zu of tensor %s (%s) is %g: no network can be evaluated "
                           "with it; take weights of a training that did not diverge",
                           path, i, tensor->name, bs_tensor_shape_text(tensor, shape),
                           (double)values[i]);
        }
    }
    return BS_OK;
}

/* The numbers of one tensor as single precision. */
static bs_status read_tensor(const bs_binary_file *file, uint64_t data,
                             const bs_weights_entry *entry, float *out)
{
    const size_t bytes = entry->tensor.count * entry->type->size;
    unsigned char *raw = bs_alloc(bytes, 1);
    if (raw == NULL) {
        return BS_ERR_MEMORY;
    }
    bs_status status = bs_binary_file_read(file, data + entry->begin, raw, bytes);
    if (status == BS_OK) {
        entry->type->convert(raw, entry->tensor.count, out);
    }
    bs_free(raw);
    return status;
}

/* Packs the tensors of ENTRIES one after the other and reads their values. */
static bs_status read_values(const bs_binary_file *file, uint64_t data,
                             const bs_weights_entry *entries, int count, bs_weights *weights)
{
    weights->tensors = bs_alloc((size_t)count, sizeof *weights->tensors);
    if (weights->tensors == NULL) {
        return BS_ERR_MEMORY;
    }
    for (int i = 0; i < count; i++) {
        if (!entries[i].skipped) {
            bs_tensor *tensor = &weights->tensors[weights->tensor_count++];
            *tensor = entries[i].tensor;
            tensor->offset = weights->value_count;
            weights->value_count += tensor->count;
        }
    }
    weights->values = bs_alloc(weights->value_count, sizeof *weights->values);
    if (weights->values == NULL) {
        return BS_ERR_MEMORY;
    }
    float *out = weights->values;
    for (int i = 0; i < count; i++) {
        if (!entries[i].skipped) {
            BS_TRY(read_tensor(file, data, &entries[i], out));
            BS_TRY(check_finite(file->path, &entries[i].tensor, out));
            out += entries[i].tensor.count;
        }
    }
    return BS_OK;
}

static bs_status read_file(const bs_binary_file *file, bs_weights *weights)
{
    char *text = NULL;
    bs_weights_header header = {0};
    bs_weights_entry *entries = NULL;
    int count = 0;
    bs_status status = read_header(file, &text, &header);
    if (status == BS_OK) {
        status = bs_weights_header_parse(&header, weights, &entries, &count);
    }
    if (status == BS_OK) {
        status = read_values(file, LENGTH_BYTES + header.bytes, entries, count, weights);
    }
    bs_free(entries);
    bs_free(text);
    return status;
}

bs_status bs_weights_read(const char *path, bs_weights *weights)
{
    *weights = (bs_weights){.path = bs_strdup(path)};
    if (weights->path == NULL) {
        return BS_ERR_MEMORY;
    }
    bs_binary_file file;
    bs_status status =
        bs_binary_file_open(path, "check the name of the weights file (safetensors)", &file);
    if (status == BS_OK) {
        status = read_file(&file, weights);
    }
    bs_binary_file_close(&file);
    if (status != BS_OK) {
        bs_weights_release(weights);
    }
    return status;
}

const bs_tensor *bs_weights_find(const bs_weights *weights, const char *name)
{
    for (int i = 0; i < weights->tensor_count; i++) {
        if (strcmp(weights->tensors[i].name, name) == 0) {
            return &weights->tensors[i];
        }
    }
    return NULL;
}

const char *bs_weights_metadata(const bs_weights *weights, const char *key)
{
    for (int i = 0; i < weights->metadata_count; i++) {
        if (strcmp(weights->metadata_keys[i], key) == 0) {
            return weights->metadata_values[i];
        }
    }
    return NULL;
}

static bool same_shape(const bs_tensor *a, const bs_tensor *b)
{
    for (int i = 0; i < a->ndim && a->ndim == b->ndim; i++) {
        if (a->shape[i] != b->shape[i]) {
            return false;
        }
    }
    return a->ndim == b->ndim;
}

static bool is_wanted(int count, const bs_tensor *wanted, const char *name)
{
    for (int i = 0; i < count; i++) {
        if (strcmp(wanted[i].name, name) == 0) {
            return true;
        }
    }
    return false;
}

bs_status bs_weights_copy(const bs_weights *weights, int count, const bs_tensor *wanted, float *out)
{
    char shape[64];
    char other[64];
    for (int i = 0; i < count; i++) {
        const bs_tensor *found = bs_weights_find(weights, wanted[i].name);
        if (found == NULL && bs_text_ends_in(wanted[i].name, ".running_mean")) {
            return BS_FAIL(BS_ERR_INPUT,
                           "%s: has no running statistics (%s), though the network has norms: they "
                           "were not saved; take those of the images, networks.norm=batch",
                           weights->path, wanted[i].name);
        }
        if (found == NULL) {
            return BS_FAIL(BS_ERR_INPUT,
                           "%s: has no tensor %s (%s), which the network needs; check depth, "
                           "shortcut and version of the network, or take its own weights file",
                           weights->path, wanted[i].name, bs_tensor_shape_text(&wanted[i], shape));
        }
        if (!same_shape(found, &wanted[i])) {
            return BS_FAIL(BS_ERR_INPUT,
                           "%s: tensor %s is %s, the network needs %s; check depth, shortcut and "
                           "width of the network, or take its own weights file",
                           weights->path, found->name, bs_tensor_shape_text(found, other),
                           bs_tensor_shape_text(&wanted[i], shape));
        }
        memcpy(out + wanted[i].offset, weights->values + found->offset, found->count * sizeof *out);
    }
    for (int i = 0; i < weights->tensor_count; i++) {
        const bs_tensor *tensor = &weights->tensors[i];
        if (!is_wanted(count, wanted, tensor->name)) {
            return BS_FAIL(BS_ERR_INPUT,
                           "%s: its tensor %s (%s) has no place in the network; check depth, "
                           "shortcut and version of the network, or take its own weights file",
                           weights->path, tensor->name, bs_tensor_shape_text(tensor, shape));
        }
    }
    return BS_OK;
}

void bs_weights_release(bs_weights *weights)
{
    for (int i = 0; i < weights->metadata_count; i++) {
        bs_free(weights->metadata_keys[i]);
        bs_free(weights->metadata_values[i]);
    }
    bs_free(weights->metadata_keys);
    bs_free(weights->metadata_values);
    bs_free(weights->tensors);
    bs_free(weights->values);
    bs_free(weights->path);
    *weights = (bs_weights){0};
}
