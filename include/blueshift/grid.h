/* Axes and grids: coordinates from indices, never from running sums. */
#ifndef BLUESHIFT_GRID_H
#define BLUESHIFT_GRID_H

#include <stdbool.h>
#include <stdint.h>

#include "blueshift/status.h"

enum { BS_GRID_DIMS = 3 };

/* Samples of one coordinate. */
typedef struct bs_axis {
    double from, to;
    int64_t points;
    bool endpoint; /* whether the last sample is TO (Li et al.), or one step before (FFT-clean) */
} bs_axis;

/* axis[0] is x and varies fastest, then y, then z: index = (iz * ny + iy) * nx + ix. */
typedef struct bs_grid {
    int ndim;
    bs_axis axis[BS_GRID_DIMS];
} bs_grid;

/* Largest number of points of a whole experiment: FFTW, MPI and NetCDF counts are int. */
static const int64_t BS_POINTS_MAX = 2147483647;

/* Parses "FROM:TO:POINTS", such as "-1:1:51". NAME ("x") is for the message (BS_ERR_USAGE). */
bs_status bs_axis_parse(const char *text, const char *name, bool endpoint, bs_axis *axis);

/* Coordinate of sample I: exactly FROM at 0 and, with endpoint, exactly TO at the last; one sample
 * lies at FROM. */
double bs_axis_coordinate(const bs_axis *axis, int64_t i);

/* Distance of neighbouring samples; 1 for a single sample. */
double bs_axis_step(const bs_axis *axis);

/* Checks 1 <= points, their product (times REPEATS) <= BS_POINTS_MAX, finite ends, and from < to
 * where there is more than one point. BS_ERR_USAGE says which axis and what to do. */
bs_status bs_grid_check(const bs_grid *grid, int64_t repeats);

/* Points of the grid. */
int64_t bs_grid_points(const bs_grid *grid);

/* Coordinates (x, y, z) of point INDEX; unused ones are 0. */
void bs_grid_coordinates(const bs_grid *grid, int64_t index, double coordinates[BS_GRID_DIMS]);

#endif
