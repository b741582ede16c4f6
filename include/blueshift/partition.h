/* Block arithmetic: who owns which part of a range. */
#ifndef BLUESHIFT_PARTITION_H
#define BLUESHIFT_PARTITION_H

#include <stdint.h>

/* [first, first + count) */
typedef struct bs_range {
    int64_t first;
    int64_t count;
} bs_range;

/* Part PART of COUNT items cut into PARTS contiguous parts whose sizes differ by at most one, the
 * larger ones first. Parts may be empty. Pure: every rank knows the part of every other one. */
bs_range bs_partition_block(int64_t count, int parts, int part);

#endif
