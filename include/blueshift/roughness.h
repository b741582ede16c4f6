/* Total variation of a surface: how far its lines go up and down. */
#ifndef BLUESHIFT_ROUGHNESS_H
#define BLUESHIFT_ROUGHNESS_H

#include <stdbool.h>
#include <stdint.h>

/* Sums of one row of the slowest axis, or of several merged ones. Begins as zeros. */
typedef struct bs_roughness {
    double count, mean, squares; /* values, their mean, their squared deviations from it */
    double climbs[3];            /* |difference of neighbours| along x, y, z */
} bs_roughness;

/* A real surface: NDIM axes of POINTS points, x first. */
typedef struct bs_roughness_shape {
    int ndim;
    int64_t points[3];
    bool periodic; /* a path that closes on itself: its last point is a neighbour of its first */
} bs_roughness_shape;

/* Adds one ROW of values: of a line all of it, of a plane one line, of a volume one plane. NEXT is
 * the row after it along the slowest axis; NULL for the last one, and for a line. */
void bs_roughness_add_row(const bs_roughness_shape *shape, const double *row, const double *next,
                          bs_roughness *sums);

/* Total variation: the sum of |difference of neighbours| along a line, mean over all lines of an
 * axis, mean over the axes with more than one point. In the units of the values, and independent of
 * the number of points where these resolve the surface. */
double bs_roughness_variation(const bs_roughness_shape *shape, const bs_roughness *sums);

/* Standard deviation over all points (divided by their number). */
double bs_roughness_deviation(const bs_roughness *sums);

#endif
