/* Axes and grids: coordinates from indices, never from running sums. */
#include "blueshift/grid.h"

#include <ctype.h>
#include <errno.h>
#include <float.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { NUMBER_MAX = 64, PARTS = 3 };

static const char *const axis_names[BS_GRID_DIMS] = {"x", "y", "z"};

/* Intervals between FROM and TO; 0 for a single sample with endpoint. */
static int64_t intervals(const bs_axis *axis)
{
    return axis->endpoint ? axis->points - 1 : axis->points;
}

/* The colon-separated part PART of TEXT, copied to NUMBER; false when it is missing or too long. */
static bool copy_part(const char *text, int part, char number[NUMBER_MAX])
{
    for (; part > 0; part--) {
        text = strchr(text, ':');
        if (text == NULL) {
            return false;
        }
        text++;
    }
    size_t length = strcspn(text, ":");
    if (length >= NUMBER_MAX) {
        return false;
    }
    memcpy(number, text, length);
    number[length] = '\0';
    return true;
}

static int count_parts(const char *text)
{
    int parts = 1;
    for (; *text != '\0'; text++) {
        parts += *text == ':';
    }
    return parts;
}

static bs_status parse_end(const char *text, int part, const char *name, double *value)
{
    static const char *const what[] = {"start", "end"};
    char number[NUMBER_MAX];
    char *rest = number;
    bool copied = copy_part(text, part, number);
    /* strtod would skip leading space. */
    if (copied && !isspace((unsigned char)number[0])) {
        *value = strtod(number, &rest);
    }
    if (!copied || rest == number || *rest != '\0') {
        return BS_FAIL(BS_ERR_USAGE,
                       "axis %s: the %s in \"%s\" is not a number; write FROM:TO:POINTS, such as "
                       "-1:1:51",
                       name, what[part], text);
    }
    return BS_OK;
}

static bs_status parse_points(const char *text, const char *name, int64_t *points)
{
    char number[NUMBER_MAX];
    char *rest = number;
    long long value = 0;
    bool copied = copy_part(text, 2, number);
    errno = 0;
    if (copied && !isspace((unsigned char)number[0])) {
        value = strtoll(number, &rest, 10);
    }
    if (!copied || rest == number || *rest != '\0') {
        return BS_FAIL(BS_ERR_USAGE,
                       "axis %s: the number of points in \"%s\" is not a whole number; write "
                       "FROM:TO:POINTS, such as -1:1:51",
                       name, text);
    }
    /* On overflow strtoll returns the largest number, which the range check refuses. */
    *points = value;
    return BS_OK;
}

static bs_status check_axis(const bs_axis *axis, const char *name)
{
    if (axis->points < 1) {
        return BS_FAIL(BS_ERR_USAGE, "axis %s: %" PRId64 " points; at least 1 is needed", name,
                       axis->points);
    }
    if (axis->points > BS_POINTS_MAX) {
        return BS_FAIL(BS_ERR_USAGE,
                       "axis %s: %" PRId64 " points; a whole experiment can have at most %" PRId64
                       ": use fewer",
                       name, axis->points, BS_POINTS_MAX);
    }
    /* Weights are floats: nothing beyond their range is a coordinate. */
    if (!(fabs(axis->from) <= (double)FLT_MAX) || !(fabs(axis->to) <= (double)FLT_MAX)) {
        return BS_FAIL(BS_ERR_USAGE, "axis %s: the ends %g and %g must be finite and within %g",
                       name, axis->from, axis->to, (double)FLT_MAX);
    }
    if (axis->points == 1) {
        return BS_OK;
    }
    if (!(axis->from < axis->to)) {
        return BS_FAIL(BS_ERR_USAGE,
                       "axis %s: it runs from %.17g to %.17g; with more than one point the start "
                       "must lie below the end: swap them or use 1 point",
                       name, axis->from, axis->to);
    }
    double largest = fmax(fabs(axis->from), fabs(axis->to));
    if (largest - bs_axis_step(axis) == largest) {
        return BS_FAIL(BS_ERR_USAGE,
                       "axis %s: double precision cannot tell its %" PRId64
                       " points between %.17g and %.17g apart; use fewer points or a wider axis",
                       name, axis->points, axis->from, axis->to);
    }
    return BS_OK;
}

bs_status bs_axis_parse(const char *text, const char *name, bool endpoint, bs_axis *axis)
{
    bs_axis parsed = {.endpoint = endpoint};
    int parts = count_parts(text);
    if (parts != PARTS) {
        return BS_FAIL(BS_ERR_USAGE,
                       "axis %s: \"%s\" has %d of the 3 parts FROM:TO:POINTS, such as -1:1:51",
                       name, text, text[0] == '\0' ? 0 : parts);
    }
    BS_TRY(parse_end(text, 0, name, &parsed.from));
    BS_TRY(parse_end(text, 1, name, &parsed.to));
    BS_TRY(parse_points(text, name, &parsed.points));
    BS_TRY(check_axis(&parsed, name));
    *axis = parsed;
    return BS_OK;
}

double bs_axis_coordinate(const bs_axis *axis, int64_t i)
{
    int64_t m = intervals(axis);
    if (i == 0) {
        return axis->from;
    }
    if (i == m) {
        return axis->to;
    }
    /* A weighted mean of the ends, not FROM plus steps: an axis from -c to c then has exact pairs
     * of opposite coordinates and an exact 0 in the middle. */
    return (axis->from * (double)(m - i) + axis->to * (double)i) / (double)m;
}

double bs_axis_step(const bs_axis *axis)
{
    return axis->points == 1 ? 1.0 : (axis->to - axis->from) / (double)intervals(axis);
}

bs_status bs_grid_check(const bs_grid *grid, int64_t repeats)
{
    if (grid->ndim < 1 || grid->ndim > BS_GRID_DIMS) {
        return BS_FAIL(BS_ERR_USAGE, "a grid of %d axes; give x, x and y, or x, y and z",
                       grid->ndim);
    }
    if (repeats < 1 || repeats > BS_POINTS_MAX) {
        return BS_FAIL(BS_ERR_USAGE,
                       "%" PRId64 " repetitions of the grid (networks times realisations); 1 to "
                       "%" PRId64 " are possible",
                       repeats, BS_POINTS_MAX);
    }
    int64_t product = repeats;
    for (int d = 0; d < grid->ndim; d++) {
        BS_TRY(check_axis(&grid->axis[d], axis_names[d]));
        if (grid->axis[d].points > BS_POINTS_MAX / product) {
            return BS_FAIL(BS_ERR_USAGE,
                           "axis %s: with its %" PRId64 " points the experiment exceeds %" PRId64
                           " points (%" PRId64 " so far, networks and realisations counted); use "
                           "fewer points or realisations",
                           axis_names[d], grid->axis[d].points, BS_POINTS_MAX, product);
        }
        product *= grid->axis[d].points;
    }
    return BS_OK;
}

int64_t bs_grid_points(const bs_grid *grid)
{
    int64_t points = 1;
    for (int d = 0; d < grid->ndim; d++) {
        points *= grid->axis[d].points;
    }
    return points;
}

void bs_grid_coordinates(const bs_grid *grid, int64_t index, double coordinates[BS_GRID_DIMS])
{
    for (int d = 0; d < BS_GRID_DIMS; d++) {
        coordinates[d] = 0.0;
        if (d < grid->ndim) {
            coordinates[d] = bs_axis_coordinate(&grid->axis[d], index % grid->axis[d].points);
            index /= grid->axis[d].points;
        }
    }
}
