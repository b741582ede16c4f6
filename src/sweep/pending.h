/* What is left to do in a file: runs of points, numbered without gaps. */
#ifndef BLUESHIFT_SWEEP_PENDING_H
#define BLUESHIFT_SWEEP_PENDING_H

#include <stdint.h>

#include "blueshift/comm.h"
#include "blueshift/partition.h"
#include "blueshift/surface.h"

/* Pending and failed points as runs in index order; point i is the i-th of them. Runs, not a flag a
 * point: a fresh file has one run, whatever its size. */
typedef struct bs_pending {
    int64_t run_count;
    bs_range *runs;  /* point indices */
    int64_t *before; /* points before each run */
    int64_t points;
} bs_pending;

/* Reads the statuses on rank 0 and gives every rank the same runs. Collective over COMM. */
bs_status bs_pending_create(const bs_comm *comm, bs_surface *surface, bs_pending *pending);

/* Point index of ITEM. */
int64_t bs_pending_point(const bs_pending *pending, int64_t point);

void bs_pending_release(bs_pending *pending);

#endif
