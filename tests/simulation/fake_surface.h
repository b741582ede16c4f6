/* A result file of the simulation: what a disk holds, and how it fails. */
#ifndef BLUESHIFT_SIMULATION_FAKE_SURFACE_H
#define BLUESHIFT_SIMULATION_FAKE_SURFACE_H

#include <stdbool.h>
#include <stdint.h>

#include "blueshift/surface.h"

enum { DISK_POINTS = 64, DISK_VALUES = 2 };

/* One disk, which outlives the jobs. */
typedef struct disk {
    bs_surface_schema schema;
    int64_t points;
    double values[DISK_POINTS][DISK_VALUES];
    uint8_t status[DISK_POINTS];
    bool acknowledged[DISK_POINTS]; /* a write of the point has returned without an error */
    int64_t operations;             /* of this job */
    int64_t fails_at;               /* this operation of the job; negative: none */
    bool stays_full;                /* and all later ones */
} disk;

/* What a rank has opened. */
struct bs_surface {
    disk *disk;
};

#endif
