/* The JSON header of a safetensors file, checked. Private to src/data. */
#ifndef BLUESHIFT_WEIGHTS_HEADER_H
#define BLUESHIFT_WEIGHTS_HEADER_H

#include <stdbool.h>
#include <stdint.h>

#include "blueshift/weights.h"
#include "weights_types.h"

/* The format is little-endian; so are all the machines that blueshift is built for. */
_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "safetensors needs a byte swap here");
_Static_assert(sizeof(float) == 4, "F32 is the float of this machine");

/* A header as it stands in the file, before it is parsed. TEXT and PATH are borrowed. */
typedef struct bs_weights_header {
    const char *path;
    const char *text;
    size_t bytes;
    uint64_t data_bytes; /* what follows the header */
} bs_weights_header;

/* One tensor of the file. */
typedef struct bs_weights_entry {
    bs_tensor tensor; /* name, shape and count; a skipped one has its name only */
    uint64_t begin;   /* bytes, from the end of the header */
    uint64_t end;
    const bs_weights_type *type;
    bool skipped; /* PyTorch's counter "num_batches_tracked": not a weight */
} bs_weights_entry;

/* Parses and checks HEADER: afterwards the ENTRIES, in the order of their offsets, tile the data
 * exactly. The caller frees *ENTRIES. The metadata goes into WEIGHTS, which the caller releases
 * even after a failure. BS_ERR_INPUT names file, tensor and fault. */
bs_status bs_weights_header_parse(const bs_weights_header *header, bs_weights *weights,
                                  bs_weights_entry **entries, int *count);

#endif
