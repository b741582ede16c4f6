/* Block arithmetic: who owns which part of a range. */
#include "blueshift/partition.h"

bs_range bs_partition_block(int64_t count, int parts, int part)
{
    int64_t quotient = count / parts;
    int64_t larger = count % parts; /* parts that take one item more */
    int64_t extra = part < larger ? part : larger;
    return (bs_range){.first = quotient * part + extra, .count = quotient + (part < larger)};
}
