/* Second differences and comparisons with all neighbours, one point after another. */
#include "blueshift/curvature.h"

#include <math.h>
#include <stddef.h>

/* A point's surroundings: the three rows around it, and its place in the middle one. */
typedef struct stencil {
    const bs_curvature_shape *shape;
    const double *rows[3]; /* of the slowest axis; of a line all the same */
    int64_t at[3];         /* x, y, z */
} stencil;

/* The value OFFSET steps (-1, 0, 1 per axis) away. */
static double value_at(const stencil *s, const int offset[3])
{
    const bs_curvature_shape *shape = s->shape;
    const int slowest = shape->ndim - 1;
    int64_t place = 0;
    for (int d = slowest > 0 ? slowest - 1 : 0; d >= 0; d--) {
        /* Only a periodic path has points whose neighbours lie across its end. */
        const int64_t i = (s->at[d] + offset[d] + shape->points[d]) % shape->points[d];
        place = place * shape->points[d] + i;
    }
    return s->rows[slowest > 0 ? 1 + offset[slowest] : 1][place];
}

static bool is_inner(const stencil *s)
{
    const bs_curvature_shape *shape = s->shape;
    bool inner = true;
    int axes = 0;
    for (int d = 0; d < shape->ndim; d++) {
        const int64_t last = shape->points[d] - 1;
        inner = inner && (last == 0 || shape->periodic || (s->at[d] > 0 && s->at[d] < last));
        axes += last > 0;
    }
    /* Two points are each other's neighbours on both sides: nothing to compare. */
    return inner && axes > 0 && !(shape->periodic && shape->points[0] < 3);
}

static double laplacian(const stencil *s)
{
    const double middle = value_at(s, (const int[3]){0, 0, 0});
    double sum = 0.0;
    for (int d = 0; d < s->shape->ndim; d++) {
        int offset[3] = {0, 0, 0};
        double difference = 0.0;
        for (int side = -1; side <= 1 && s->shape->points[d] > 1; side += 2) {
            offset[d] = side;
            difference += value_at(s, offset) - middle;
        }
        sum += difference / (s->shape->step[d] * s->shape->step[d]);
    }
    return sum;
}

static bool is_minimum(const stencil *s)
{
    enum { SIDES = 3, ALL = 27 };
    const double middle = value_at(s, (const int[3]){0, 0, 0});
    for (int neighbour = 0; neighbour < ALL; neighbour++) {
        int offset[3], rest = neighbour;
        bool other = false, there = true;
        for (int d = 0; d < 3; d++, rest /= SIDES) {
            offset[d] = rest % SIDES - 1;
            there = there && (offset[d] == 0 || (d < s->shape->ndim && s->shape->points[d] > 1));
            other = other || offset[d] != 0;
        }
        if (there && other && !(middle < value_at(s, offset))) {
            return false;
        }
    }
    return true;
}

/* Within the middle half of every axis. */
static bool is_central(const stencil *s)
{
    for (int d = 0; d < s->shape->ndim; d++) {
        const int64_t last = s->shape->points[d] - 1;
        const int64_t twice = 2 * s->at[d] - last; /* twice the distance from the middle */
        if (2 * (twice < 0 ? -twice : twice) > last) {
            return false;
        }
    }
    return true;
}

static void add_point(const stencil *s, bs_curvature *sums)
{
    const bool negative = laplacian(s) < 0.0;
    const bool minimum = is_minimum(s);
    const bs_region part = is_central(s) ? BS_REGION_CENTRE : BS_REGION_RIM;
    const bs_region regions[2] = {BS_REGION_ALL, part};
    for (int i = 0; i < (s->shape->periodic ? 1 : 2); i++) {
        sums->points[regions[i]] += 1.0;
        sums->negative[regions[i]] += negative ? 1.0 : 0.0;
        sums->minima[regions[i]] += minimum ? 1.0 : 0.0;
    }
}

void bs_curvature_add_row(const bs_curvature_shape *shape, int64_t index, const double *before,
                          const double *row, const double *after, bs_curvature *sums)
{
    stencil s = {.shape = shape, .rows = {before, row, after}};
    const int64_t ny = shape->ndim == 3 ? shape->points[1] : 1;
    if (shape->ndim > 1) {
        s.at[shape->ndim - 1] = index;
    }
    for (int64_t y = 0; y < ny; y++) {
        if (shape->ndim == 3) {
            s.at[1] = y;
        }
        for (int64_t x = 0; x < shape->points[0]; x++) {
            s.at[0] = x;
            if (is_inner(&s)) {
                add_point(&s, sums);
            }
        }
    }
}
