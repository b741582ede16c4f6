/* Tensors and metadata of safetensors files. */
#ifndef BLUESHIFT_WEIGHTS_H
#define BLUESHIFT_WEIGHTS_H

#include <stdbool.h>
#include <stddef.h>

#include "blueshift/status.h"
#include "blueshift/tensor.h"

/* The float32 tensors of one file, in the order of their data offsets. */
typedef struct bs_weights {
    char *path;
    int tensor_count;
    bs_tensor *tensors; /* offset: into values */
    size_t value_count;
    float *values;
    int metadata_count;
    char **metadata_keys; /* the strings of __metadata__ */
    char **metadata_values;
} bs_weights;

/* Reads and checks a safetensors file: header length and JSON, dtype F32, F64, F16 or BF16 (rounded
 * to single precision), 1 to 4 dimensions, names (taken without the prefixes of wrappers, and fc,
 * classifier and downsample as linear and shortcut), names of at most 63 bytes, shapes against
 * offsets, no overlap, no hole, no duplicate, no truncation, and finite values: a NaN or infinity
 * is refused by tensor and element. PyTorch's counters "num_batches_tracked", of whatever type, are
 * left out: they are no weights. The caller owns WEIGHTS and releases it; after a failure it is
 * empty. BS_ERR_INPUT says what is wrong, where, and what to do; BS_ERR_IO when the system cannot
 * read. Not collective. */
bs_status bs_weights_read(const char *path, bs_weights *weights);

/* Writes a safetensors file (to a temporary name, then renamed). TENSORS index into VALUES.
 * METADATA is a NULL-terminated list key, value, key, value, ..., or NULL. BS_ERR_IO leaves an old
 * file as it was; unless it may be replaced (REPLACE) it is BS_ERR_INPUT. Not collective. */
bs_status bs_weights_write(const char *path, bool replace, int tensor_count,
                           const bs_tensor *tensors, const float *values,
                           const char *const *metadata);

/* The tensor NAME, or NULL. Borrowed until the release. */
const bs_tensor *bs_weights_find(const bs_weights *weights, const char *name);

/* The metadata value of KEY, or NULL. Borrowed until the release. */
const char *bs_weights_metadata(const bs_weights *weights, const char *key);

/* Copies the tensors listed in WANTED (names and shapes) into OUT at their offsets. A missing or
 * surplus tensor, or another shape, is BS_ERR_INPUT naming the file, the tensor and both shapes. */
bs_status bs_weights_copy(const bs_weights *weights, int count, const bs_tensor *wanted,
                          float *out);

void bs_weights_release(bs_weights *weights);

#endif
