/* Total variation and variance in one pass over the rows of a surface. */
#include "blueshift/roughness.h"

#include <math.h>
#include <stddef.h>

enum { AXES = 3 };

/* Points of a row. */
static int64_t row_points(const bs_roughness_shape *shape)
{
    int64_t points = shape->points[0];
    return shape->ndim == 3 ? points * shape->points[1] : points;
}

/* Within a row: along x, and of a volume along y. */
static void climb_within(const bs_roughness_shape *shape, const double *row, bs_roughness *sums)
{
    const int64_t nx = shape->points[0];
    const int64_t count = row_points(shape);
    for (int64_t i = 0; i < count; i++) {
        if (i % nx != 0) {
            sums->climbs[0] += fabs(row[i] - row[i - 1]);
        }
        if (i >= nx) {
            sums->climbs[1] += fabs(row[i] - row[i - nx]);
        }
    }
    if (shape->ndim == 1 && shape->periodic) {
        sums->climbs[0] += fabs(row[0] - row[nx - 1]);
    }
}

/* Adds FROM to SUMS. The same order of merges gives the same bits. */
static void merge(const bs_roughness *from, bs_roughness *sums)
{
    const double count = sums->count + from->count;
    if (count > 0.0) {
        /* Chan, Golub and LeVeque 1983: nothing cancels, whatever the mean. */
        const double shift = from->mean - sums->mean;
        sums->squares += from->squares + shift * shift * sums->count * (from->count / count);
        sums->mean += shift * (from->count / count);
    }
    sums->count = count;
    for (int d = 0; d < AXES; d++) {
        sums->climbs[d] += from->climbs[d];
    }
}

void bs_roughness_add_row(const bs_roughness_shape *shape, const double *row, const double *next,
                          bs_roughness *sums)
{
    const int64_t count = row_points(shape);
    bs_roughness own = {.count = (double)count};
    for (int64_t i = 0; i < count; i++) {
        own.mean += row[i] / (double)count;
    }
    for (int64_t i = 0; i < count; i++) {
        own.squares += (row[i] - own.mean) * (row[i] - own.mean);
    }
    climb_within(shape, row, &own);
    for (int64_t i = 0; i < count && next != NULL; i++) {
        own.climbs[shape->ndim - 1] += fabs(next[i] - row[i]);
    }
    merge(&own, sums);
}

double bs_roughness_variation(const bs_roughness_shape *shape, const bs_roughness *sums)
{
    double variation = 0.0;
    int axes = 0;
    for (int d = 0; d < shape->ndim; d++) {
        if (shape->points[d] > 1) {
            variation += sums->climbs[d] * (double)shape->points[d] / sums->count;
            axes++;
        }
    }
    return axes > 0 ? variation / axes : 0.0;
}

double bs_roughness_deviation(const bs_roughness *sums)
{
    return sums->count > 0.0 ? sqrt(sums->squares / sums->count) : 0.0;
}
