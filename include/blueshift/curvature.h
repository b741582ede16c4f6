/* Curvature of a surface: where it bends down, and where it has local minima. */
#ifndef BLUESHIFT_CURVATURE_H
#define BLUESHIFT_CURVATURE_H

#include <stdbool.h>
#include <stdint.h>

/* The parts of a surface that are counted apart, since powers and shapes differ by orders of
 * magnitude between them. */
typedef enum bs_region {
    BS_REGION_ALL,
    BS_REGION_CENTRE, /* the middle half of every axis; empty on periodic paths */
    BS_REGION_RIM,    /* the rest; empty on periodic paths */
    BS_REGIONS
} bs_region;

/* Counts of inner points: those with a neighbour on both sides along every axis that has more than
 * one point. Begins as zeros; whole numbers, so that any order of additions gives the same. */
typedef struct bs_curvature {
    double points[BS_REGIONS];
    double negative[BS_REGIONS]; /* with a mean curvature (Laplacian) below 0 */
    double minima[BS_REGIONS];   /* below all neighbours, diagonal ones included (8 in a plane) */
} bs_curvature;

/* A real surface: NDIM axes of POINTS points at equal distances STEP, x first. */
typedef struct bs_curvature_shape {
    int ndim;
    int64_t points[3];
    double step[3];
    bool periodic; /* a path that closes on itself: all its points are inner ones */
} bs_curvature_shape;

/* Adds ROW, number INDEX along the slowest axis: of a line all of it, of a plane one line, of a
 * volume one plane; BEFORE and AFTER are its neighbours, NULL where there are none (and for a
 * line). The Laplacian is the sum of the second differences over the squared steps; axes of a
 * single point do not count. Values that are not finite are neither minima nor bent down. */
void bs_curvature_add_row(const bs_curvature_shape *shape, int64_t index, const double *before,
                          const double *row, const double *after, bs_curvature *sums);

#endif
