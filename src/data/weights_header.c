/* The JSON header of a safetensors file: every rule of the format, checked before any use. */
#include "weights_header.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "blueshift/memory.h"
#include "blueshift/text.h"
#include "weights_names.h"

static const char METADATA[] = "__metadata__";
static const char CONVERT[] = "make the file again with blueshift-convert-pytorch (in "
                              "the source: tools/convert-pytorch.py)";
static const char DAMAGED[] = "the file is damaged: download or write it again";

static bool is_counter(const char *name)
{
    return bs_text_ends_in(name, "num_batches_tracked");
}

static bs_status parse_metadata(const bs_weights_header *header, json_t *metadata,
                                bs_weights *weights)
{
    if (!json_is_object(metadata)) {
        return BS_FAIL(BS_ERR_INPUT, "%s: %s is not an object of strings; %s", header->path,
                       METADATA, CONVERT);
    }
    size_t size = json_object_size(metadata);
    weights->metadata_keys = bs_alloc(size, sizeof *weights->metadata_keys);
    weights->metadata_values = bs_alloc(size, sizeof *weights->metadata_values);
    if (weights->metadata_keys == NULL || weights->metadata_values == NULL) {
        return BS_ERR_MEMORY;
    }
    const char *key = NULL;
    json_t *value = NULL;
    json_object_foreach(metadata, key, value)
    {
        if (!json_is_string(value)) {
            return BS_FAIL(BS_ERR_INPUT, "%s: the value of %s in %s is not a string; %s",
                           header->path, key, METADATA, CONVERT);
        }
        int i = weights->metadata_count++;
        weights->metadata_keys[i] = bs_strdup(key);
        weights->metadata_values[i] = bs_strdup(json_string_value(value));
        if (weights->metadata_keys[i] == NULL || weights->metadata_values[i] == NULL) {
            return BS_ERR_MEMORY;
        }
    }
    return BS_OK;
}

static bs_status parse_offsets(const bs_weights_header *header, json_t *value,
                               bs_weights_entry *entry)
{
    json_t *offsets = json_object_get(value, "data_offsets");
    json_t *begin = json_array_get(offsets, 0);
    json_t *end = json_array_get(offsets, 1);
    const char *name = entry->tensor.name;
    if (json_array_size(offsets) != 2 || !json_is_integer(begin) || !json_is_integer(end)) {
        return BS_FAIL(BS_ERR_INPUT, "%s: tensor %s: data_offsets is not a pair of integers; %s",
                       header->path, name, DAMAGED);
    }
    json_int_t from = json_integer_value(begin);
    json_int_t to = json_integer_value(end);
    if (from < 0 || to < from) {
        return BS_FAIL(BS_ERR_INPUT,
                       "%s: tensor %s: data_offsets [%" JSON_INTEGER_FORMAT
                       ", %" JSON_INTEGER_FORMAT "] do not ascend from zero; %s",
                       header->path, name, from, to, DAMAGED);
    }
    entry->begin = (uint64_t)from;
    entry->end = (uint64_t)to;
    if (entry->end > header->data_bytes) {
        return BS_FAIL(BS_ERR_INPUT,
                       "%s: tensor %s ends at byte %" PRIu64 " of the data, the file holds %" PRIu64
                       ": it is truncated; download or copy it again",
                       header->path, name, entry->end, header->data_bytes);
    }
    return BS_OK;
}

static bs_status parse_dtype(const bs_weights_header *header, json_t *value,
                             bs_weights_entry *entry)
{
    const char *name = entry->tensor.name;
    const char *dtype = json_string_value(json_object_get(value, "dtype"));
    if (dtype == NULL) {
        return BS_FAIL(BS_ERR_INPUT, "%s: tensor %s: dtype is missing or no string; %s",
                       header->path, name, DAMAGED);
    }
    char known[BS_WEIGHTS_TYPES_TEXT];
    entry->type = bs_weights_type_find(dtype, known);
    if (entry->type == NULL) {
        return BS_FAIL(BS_ERR_INPUT,
                       "%s: tensor %s has dtype %.16s; weights are %s: %s without this tensor",
                       header->path, name, dtype, known, CONVERT);
    }
    return BS_OK;
}

static bs_status parse_shape(const bs_weights_header *header, json_t *value, bs_tensor *tensor)
{
    json_t *shape = json_object_get(value, "shape");
    if (!json_is_array(shape)) {
        return BS_FAIL(BS_ERR_INPUT, "%s: tensor %s: shape is missing or no array; %s",
                       header->path, tensor->name, DAMAGED);
    }
    size_t ndim = json_array_size(shape);
    if (ndim < 1 || ndim > BS_TENSOR_DIMS) {
        return BS_FAIL(BS_ERR_INPUT,
                       "%s: tensor %s has %zu dimensions; networks of blueshift have tensors of 1 "
                       "to %d: is this the file of another kind of network?",
                       header->path, tensor->name, ndim, BS_TENSOR_DIMS);
    }
    /* Counted in bytes of the largest type, where the product overflows first. */
    int64_t bytes = (int64_t)sizeof(double);
    for (size_t i = 0; i < ndim; i++) {
        json_t *size = json_array_get(shape, i);
        int64_t extent = json_integer_value(size);
        if (!json_is_integer(size) || extent < 0 || __builtin_mul_overflow(bytes, extent, &bytes)) {
            return BS_FAIL(BS_ERR_INPUT,
                           "%s: tensor %s: size %zu of its shape is not a possible size; %s",
                           header->path, tensor->name, i, DAMAGED);
        }
        tensor->shape[i] = extent;
    }
    tensor->ndim = (int)ndim;
    tensor->count = (size_t)bytes / sizeof(double);
    return BS_OK;
}

static bs_status parse_entry(const bs_weights_header *header, const char *name, json_t *value,
                             bs_weights_entry *entry)
{
    char canonical[BS_TENSOR_NAME];
    size_t length = bs_weights_canonical_name(name, canonical, sizeof canonical);
    if (length >= BS_TENSOR_NAME) {
        return BS_FAIL(
            BS_ERR_INPUT,
            "%s: tensor %.40s...: a name of %zu bytes, at most %d are allowed; rename it in the "
            "checkpoint and %s",
            header->path, name, length, BS_TENSOR_NAME - 1, CONVERT);
    }
    memcpy(entry->tensor.name, canonical, length + 1);
    name = entry->tensor.name;
    entry->skipped = is_counter(name);
    if (!json_is_object(value)) {
        return BS_FAIL(BS_ERR_INPUT, "%s: tensor %s: its entry is not an object; %s", header->path,
                       name, DAMAGED);
    }
    BS_TRY(parse_offsets(header, value, entry));
    if (entry->skipped) {
        return BS_OK;
    }
    BS_TRY(parse_dtype(header, value, entry));
    BS_TRY(parse_shape(header, value, &entry->tensor));
    uint64_t bytes = entry->tensor.count * entry->type->size;
    if (entry->end - entry->begin != bytes) {
        char shape[64];
        return BS_FAIL(BS_ERR_INPUT,
                       "%s: tensor %s: shape %s needs %" PRIu64
                       " bytes, data_offsets give it %" PRIu64 "; %s",
                       header->path, name, bs_tensor_shape_text(&entry->tensor, shape), bytes,
                       entry->end - entry->begin, DAMAGED);
    }
    return BS_OK;
}

static int compare_offsets(const void *left, const void *right)
{
    const bs_weights_entry *a = left;
    const bs_weights_entry *b = right;
    if (a->begin != b->begin) {
        return a->begin < b->begin ? -1 : 1;
    }
    return (a->end > b->end) - (a->end < b->end); /* an empty tensor before its neighbour */
}

static int compare_names(const void *left, const void *right)
{
    const bs_weights_entry *a = left;
    const bs_weights_entry *b = right;
    return strcmp(a->tensor.name, b->tensor.name);
}

/* Two spellings of one name: nobody knows which is meant. Leaves ENTRIES in the order of names. */
static bs_status check_names(const bs_weights_header *header, bs_weights_entry *entries, int count)
{
    qsort(entries, (size_t)count, sizeof *entries, compare_names);
    for (int i = 1; i < count; i++) {
        if (compare_names(&entries[i], &entries[i - 1]) == 0) {
            return BS_FAIL(BS_ERR_INPUT,
                           "%s: two tensors are called %s, but for prefixes such as module.; keep "
                           "one: %s",
                           header->path, entries[i].tensor.name, CONVERT);
        }
    }
    return BS_OK;
}

/* The sorted entries must tile the data: nothing twice, nothing unused. */
static bs_status check_tiling(const bs_weights_header *header, const bs_weights_entry *entries,
                              int count)
{
    uint64_t position = 0;
    for (int i = 0; i < count; i++) {
        if (entries[i].begin != position) {
            bool overlap = entries[i].begin < position;
            return BS_FAIL(BS_ERR_INPUT,
                           "%s: tensor %s begins at byte %" PRIu64 " of the data, %s byte %" PRIu64
                           "%s; %s",
                           header->path, entries[i].tensor.name, entries[i].begin,
                           overlap ? "inside another tensor that ends at" : "after a hole from",
                           position, overlap ? "" : " on", DAMAGED);
        }
        position = entries[i].end;
    }
    if (position != header->data_bytes) {
        return BS_FAIL(BS_ERR_INPUT, "%s: %" PRIu64 " bytes follow the last tensor; %s",
                       header->path, header->data_bytes - position, DAMAGED);
    }
    return BS_OK;
}

static bs_status parse_root(const bs_weights_header *header, json_t *root, bs_weights *weights,
                            bs_weights_entry **entries, int *count)
{
    *entries = bs_alloc(json_object_size(root), sizeof **entries);
    if (*entries == NULL) {
        return BS_ERR_MEMORY;
    }
    const char *name = NULL;
    json_t *value = NULL;
    json_object_foreach(root, name, value)
    {
        if (strcmp(name, METADATA) == 0) {
            BS_TRY(parse_metadata(header, value, weights));
        } else {
            BS_TRY(parse_entry(header, name, value, *entries + *count));
            ++*count;
        }
    }
    BS_TRY(check_names(header, *entries, *count));
    qsort(*entries, (size_t)*count, sizeof **entries, compare_offsets);
    return check_tiling(header, *entries, *count);
}

bs_status bs_weights_header_parse(const bs_weights_header *header, bs_weights *weights,
                                  bs_weights_entry **entries, int *count)
{
    *entries = NULL;
    *count = 0;
    json_error_t error;
    json_t *root = json_loadb(header->text, header->bytes, JSON_REJECT_DUPLICATES, &error);
    if (root == NULL && json_error_code(&error) == json_error_out_of_memory) {
        return BS_FAIL(BS_ERR_MEMORY, "%s: out of memory for its header of %zu bytes", header->path,
                       header->bytes);
    }
    if (root == NULL) {
        return BS_FAIL(BS_ERR_INPUT,
                       "%s: its header is not valid JSON at line %d, column %d (byte %d): %s; %s",
                       header->path, error.line, error.column, error.position, error.text, DAMAGED);
    }
    bs_status status = json_is_object(root)
                           ? parse_root(header, root, weights, entries, count)
                           : BS_FAIL(BS_ERR_INPUT, "%s: its header is JSON, but not an object; %s",
                                     header->path, DAMAGED);
    json_decref(root);
    return status;
}
