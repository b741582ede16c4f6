/* Coordinates of a point on the command line, and what the file has measured there. */
#include "export_place.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "blueshift/text.h"

static const double SAME = 1e-6; /* steps */

static const char *const AXES[BS_GRID_DIMS] = {"X", "X,Y", "X,Y,Z"};

static bs_status refuse(bs_path_kind path, const char *at)
{
    const int count = bs_path_coordinates(path);
    return BS_FAIL(BS_ERR_USAGE,
                   "--at=%s: a point of a %s has %d coordinate%s: write --at=%s with %s", at,
                   bs_path_name(path), count, count == 1 ? "" : "s", AXES[count - 1],
                   count == 1 ? "a number" : "numbers");
}

/* The sample of AXIS at VALUE; -1: there is none. */
static int64_t find_sample(const bs_axis *axis, double value)
{
    const double step = bs_axis_step(axis);
    const double steps = round((value - axis->from) / step);
    if (!(steps >= 0.0 && steps < (double)axis->points)) {
        return -1;
    }
    const double there = bs_axis_coordinate(axis, (int64_t)steps);
    return fabs(value - there) <= SAME * step ? (int64_t)steps : -1;
}

static void write_text(int count, export_place *place)
{
    size_t used = 0;
    for (int d = 0; d < count; d++) {
        char number[BS_TEXT_DOUBLE];
        bs_text_from_double(place->at[d], number);
        used += (size_t)snprintf(place->text + used, sizeof place->text - used, "%s%s",
                                 d > 0 ? "," : "", number);
    }
}

bs_status bs_export_place_read(const bs_surface_schema *schema, bs_path_kind path, const char *at,
                               export_place *place)
{
    const int count = bs_path_coordinates(path);
    const char *rest = at;
    *place = (export_place){.base = at == NULL, .text = "the base point"};
    for (int d = 0; d < count && at != NULL; d++) {
        char number[BS_TEXT_DOUBLE];
        const size_t length = strcspn(rest, ",");
        const bool last = d == count - 1;
        snprintf(number, sizeof number, "%.*s", (int)length, rest);
        if (length >= sizeof number || (rest[length] == '\0') != last ||
            !bs_text_to_double(number, &place->at[d])) {
            return refuse(path, at);
        }
        const bs_axis *axis = &schema->grid.axis[d];
        const int64_t sample = find_sample(axis, place->at[d]);
        place->at[d] = sample >= 0 ? bs_axis_coordinate(axis, sample) : place->at[d];
        rest += length + 1;
    }
    if (at != NULL) {
        write_text(count, place);
    }
    return BS_OK;
}

bs_status bs_export_place_measure(bs_surface *surface, bs_path_kind path, int network,
                                  int realisation, export_place *place)
{
    const bs_surface_schema *schema = bs_surface_get_schema(surface);
    int64_t index = 0;
    bool there = !place->base || path != BS_PATH_RING; /* its base point is its centre */
    for (int d = schema->grid.ndim - 1; d >= 0 && there; d--) {
        const int64_t sample = find_sample(&schema->grid.axis[d], place->at[d]);
        index = index * schema->grid.axis[d].points + sample;
        there = sample >= 0;
    }
    if (!there || schema->value_count < 2) {
        return BS_OK;
    }
    uint8_t status = BS_POINT_PENDING;
    const int64_t first =
        ((int64_t)network * schema->realisations + realisation) * bs_grid_points(&schema->grid);
    const bs_range one = {first + index, 1};
    BS_TRY(bs_surface_read_status(surface, one, &status));
    BS_TRY(bs_surface_read_values(surface, 0, one, &place->loss));
    BS_TRY(bs_surface_read_values(surface, 1, one, &place->accuracy));
    place->measured = status == BS_POINT_DONE || status == BS_POINT_NON_FINITE;
    return BS_OK;
}
