/* Finished points on their way to the file. */
#ifndef BLUESHIFT_SWEEP_WRITER_H
#define BLUESHIFT_SWEEP_WRITER_H

#include <stdint.h>

#include "blueshift/surface.h"

/* Collects a leader's finished points and writes them when the flush interval has passed, so that
 * points of microseconds do not cost a system call each while points of seconds are written at
 * once. */
typedef struct bs_writer {
    bs_surface *surface;
    int64_t point_size;    /* numbers per point */
    int capacity;          /* points */
    double flush_interval; /* seconds */
    double sync_interval;  /* seconds between flushes to the disk */
    double last_flush, last_sync;
    int count;
    int64_t *index;
    double *values;
    uint8_t *status;
} bs_writer;

/* Points of POINT_SIZE numbers that a writer keeps at most. */
int bs_writer_capacity(int64_t point_size);

bs_status bs_writer_init(bs_writer *writer, bs_surface *surface, double flush_interval,
                         double sync_interval);

/* Adds a point; writes when it is time to. */
bs_status bs_writer_add(bs_writer *writer, int64_t index, const double *values,
                        bs_point_status status);

/* Writes what is there. */
bs_status bs_writer_flush(bs_writer *writer);

void bs_writer_release(bs_writer *writer);

#endif
