/* The axes of a file: what its coordinates are, and whether they are those that were evaluated. */
#include "surface_private.h"

#include <math.h>
#include <string.h>

#include "blueshift/netcdf_attribute.h"

/* A coordinate that differs from what its axis says by more than this, relative to the axis' ends,
 * belongs to another axis. */
static const double COORDINATE_TOLERANCE = 1e-12;

/* Coordinate I of axis variable ID. */
static bs_status read_coordinate(bs_surface *surface, int id, int64_t points, int64_t i, double *x)
{
    const bs_shape shape = {.ndim = 1, .extent = {(size_t)points}};
    return bs_surface_get(surface, id, &shape, (bs_range){i, 1}, sizeof *x, x);
}

/* Whether all coordinates in the file are those of AXIS. */
static bs_status compare_coordinates(bs_surface *surface, int id, const bs_axis *axis, bool *same)
{
    const bs_shape shape = {.ndim = 1, .extent = {(size_t)axis->points}};
    double room = COORDINATE_TOLERANCE * fmax(fabs(axis->from), fabs(axis->to));
    *same = true;
    for (int64_t done = 0; done < axis->points && *same; done += BS_SLAB_CHUNK) {
        int64_t left = axis->points - done;
        bs_range part = {done, left < BS_SLAB_CHUNK ? left : BS_SLAB_CHUNK};
        BS_TRY(bs_surface_get(surface, id, &shape, part, sizeof(double), surface->column));
        for (int64_t i = 0; i < part.count; i++) {
            double expected = bs_axis_coordinate(axis, done + i);
            *same = *same && fabs(surface->column[i] - expected) <= room;
        }
    }
    return BS_OK;
}

/* Whether X is a coordinate of AXIS. */
static bool is_on(const bs_axis *axis, double x, double room)
{
    bs_axis step = *axis;
    step.from = 0.0;
    step.to = axis->to - axis->from;
    double width = axis->points > 1 ? bs_axis_coordinate(&step, 1) : 0.0;
    double nearest = width > 0.0 ? round((x - axis->from) / width) : 0.0;
    return nearest >= 0.0 && nearest < (double)axis->points &&
           fabs(bs_axis_coordinate(axis, (int64_t)nearest) - x) <= room;
}

/* Whether the coordinates of PART are among those of WHOLE. Both are even: their ends and the
 * second tell. */
static bool is_part_of(const bs_axis *part, const bs_axis *whole)
{
    double room = COORDINATE_TOLERANCE * fmax(fabs(whole->from), fabs(whole->to));
    int64_t last = part->points - 1;
    return part->points <= whole->points && is_on(whole, bs_axis_coordinate(part, 0), room) &&
           is_on(whole, bs_axis_coordinate(part, last > 0 ? 1 : 0), room) &&
           is_on(whole, bs_axis_coordinate(part, last), room);
}

/* The axis that the coordinates themselves are: of a part of WHOLE, with its true ends. */
static bs_status read_part_axis(bs_surface *surface, int id, const char *name, const bs_axis *whole,
                                bs_axis *axis)
{
    const char *path = surface->nc.path;
    bool same = false;
    axis->endpoint = true;
    BS_TRY(read_coordinate(surface, id, axis->points, 0, &axis->from));
    BS_TRY(read_coordinate(surface, id, axis->points, axis->points - 1, &axis->to));
    if (isfinite(axis->from) && isfinite(axis->to)) {
        BS_TRY(compare_coordinates(surface, id, axis, &same));
    }
    if (!same) {
        return BS_FAIL(BS_ERR_INPUT,
                       "%s: %s is not evenly spaced, so it is no axis of a result; take every "
                       "point, or every n-th",
                       path, name);
    }
    if (axis->points > 1 && axis->from >= axis->to) {
        return BS_FAIL(BS_ERR_INPUT,
                       "%s: %s descends, as in no result; reverse it, for instance with ncpdq",
                       path, name);
    }
    if (whole->points > 0 && !is_part_of(axis, whole)) {
        return BS_FAIL(
            BS_ERR_INPUT,
            "%s: %s has coordinates that the sweep, from %g to %g in %lld points, did not "
            "evaluate; another program changed them: take the original file",
            path, name, whole->from, whole->to, (long long)whole->points);
    }
    return BS_OK;
}

/* MADE: points of the whole; 0: not said. */
static bs_status read_axis(bs_surface *surface, int a, const char *name, int made, int *dim)
{
    bs_axis *axis = &surface->schema.grid.axis[a];
    double endpoint = 0.0;
    bool same = false;
    int id = 0;
    BS_TRY(bs_dimension_need(surface, bs_axis_letters[a], dim, &axis->points));
    BS_TRY(bs_variable_find(surface, name, &surface->schema.axes[a], &id));
    BS_TRY(bs_variable_check(surface, id, NC_DOUBLE, 1, dim, false));
    BS_TRY(bs_nc_get_number(&surface->nc, id, "from", &axis->from));
    BS_TRY(bs_nc_get_number(&surface->nc, id, "to", &axis->to));
    BS_TRY(bs_nc_get_number(&surface->nc, id, "endpoint", &endpoint));
    axis->endpoint = endpoint != 0.0;
    BS_TRY(compare_coordinates(surface, id, axis, &same));
    /* One point of several lies on the axis wherever it was. */
    bool one = axis->points == 1 && made != 1 && axis->from != axis->to;
    if (!same || one) {
        bs_axis whole = *axis;
        whole.points = made;
        surface->part = true;
        BS_TRY(read_part_axis(surface, id, name, &whole, axis));
    }
    return BS_OK;
}

bs_status bs_axes_read(bs_surface *surface, const int made[BS_GRID_DIMS], int *dims)
{
    char none[] = "";
    char *word = none;
    int ndim = 0;
    BS_TRY(bs_variable_read_list(surface, "blueshift_axes", &word, &ndim));
    if (ndim < 1 || ndim > BS_GRID_DIMS) {
        return BS_FAIL(BS_ERR_INPUT, "%s is damaged: it has %d axes", surface->nc.path, ndim);
    }
    surface->schema.grid.ndim = ndim;
    for (int a = 0; a < ndim; a++) {
        BS_TRY(read_axis(surface, a, word, made[a], &dims[a]));
        word += strlen(word) + 1;
    }
    return BS_OK;
}
