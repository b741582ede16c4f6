/* Trajectories in the result file, and the grid around them. */
#include <math.h>

#include "blueshift/memory.h"
#include "blueshift/trajectory.h"

/* Room around the trajectory, of its extent. */
static const double ROOM = 0.15;

/* Ends of about three digits, which rounding on another machine does not move. */
static void round_outwards(bs_axis *axis)
{
    double unit = pow(10.0, floor(log10(axis->to - axis->from)) - 2.0);
    axis->from = floor(axis->from / unit) * unit;
    axis->to = ceil(axis->to / unit) * unit;
}

static void fit_axis(int number, int count, const bs_base_point *bases, bs_axis *axis)
{
    double min = 0.0;
    double max = 0.0;
    for (int b = 0; b < count; b++) {
        const bs_trajectory *t = bases[b].trajectory;
        for (int i = 0; t != NULL && i < t->count; i++) {
            min = fmin(min, t->coordinates[i * t->directions + number]);
            max = fmax(max, t->coordinates[i * t->directions + number]);
        }
    }
    axis->from = min - ROOM * (max - min);
    axis->to = max + ROOM * (max - min);
    if (axis->to > axis->from) {
        round_outwards(axis);
    }
}

void bs_trajectory_fit(const bs_experiment *experiment, int count, const bs_base_point *bases,
                       bs_grid *grid)
{
    for (int d = 0; d < grid->ndim; d++) {
        if (experiment->fitted[d]) {
            fit_axis(d, count, bases, &grid->axis[d]);
        }
    }
}

enum { STEP, DISTANCE, LOSS, PROJECTED_LOSS, COORDINATE, VARIANCE, ARRAYS };

static const bs_array arrays[ARRAYS] = {
    [STEP] = {.variable = {BS_TRAJECTORY_STEP, "steps of training behind weights of the trajectory",
                           "1"},
              .comment = "from the metadata of their files"},
    [DISTANCE] = {.variable = {BS_TRAJECTORY_DISTANCE,
                               "distance of the weights from the path's plane", "1"}},
    [LOSS] = {.variable = {BS_TRAJECTORY_LOSS, "loss of the trajectory's weights", "1"}},
    [PROJECTED_LOSS] = {.variable = {BS_TRAJECTORY_PROJECTED_LOSS,
                                     "loss at their projections on the plane", "1"},
                        .comment = "at trajectory_coordinate, not at a point of the grid"},
    [COORDINATE] = {.variable = {BS_TRAJECTORY_COORDINATE,
                                 "coordinates of the weights along the directions", "1"},
                    .comment = "products of their differences from the base point with the "
                               "directions, which have length one"},
    [VARIANCE] = {.variable = {BS_TRAJECTORY_VARIANCE,
                               "fraction of the weights' variance that a component explains", "1"},
                  .comment = "principal components of the differences from the base point, their "
                             "mean removed; Li et al. 2018"},
};

bs_status bs_trajectory_list_arrays(int count, const bs_base_point *bases, bs_array_list *list)
{
    int weights = 0;
    int components = 0;
    int directions = 0;
    for (int b = 0; b < count; b++) {
        const bs_trajectory *t = bases[b].trajectory;
        weights = t != NULL && t->count > weights ? t->count : weights;
        components = t != NULL && t->components > components ? t->components : components;
        directions = t != NULL ? t->directions : directions;
    }
    for (int a = 0; a < ARRAYS && weights > 0; a++) {
        bs_array array = arrays[a];
        array.kind = BS_ARRAY_NETWORK;
        array.ndim = a == COORDINATE ? 2 : 1;
        array.dims[0] = a == VARIANCE ? (bs_dimension){"component", components}
                                      : (bs_dimension){"trajectory", weights};
        array.dims[1] = (bs_dimension){"direction", directions};
        BS_TRY(bs_array_list_add(list, &array));
    }
    return BS_OK;
}

/* COUNT numbers to the row of network INDEX; NaN where the row is longer. */
static bs_status write_row(bs_surface *surface, int index, const char *name, int count,
                           const double *numbers)
{
    const int array = bs_surface_find_array(surface, name);
    if (array < 0) {
        return BS_FAIL(BS_ERR_INTERNAL, "the file has no %s", name);
    }
    const int64_t length = bs_array_row(&bs_surface_get_schema(surface)->arrays[array]);
    double *row = bs_alloc((size_t)length, sizeof *row);
    if (row == NULL) {
        return BS_ERR_MEMORY;
    }
    for (int64_t i = 0; i < length; i++) {
        row[i] = i < count ? numbers[i] : (double)NAN;
    }
    bs_status status = bs_surface_write_array(surface, array, (bs_range){index, 1}, row);
    bs_free(row);
    return status;
}

bs_status bs_trajectory_write(bs_surface *surface, int index, const bs_trajectory *t)
{
    BS_TRY(write_row(surface, index, BS_TRAJECTORY_STEP, t->count, t->steps));
    BS_TRY(write_row(surface, index, BS_TRAJECTORY_DISTANCE, t->count, t->distances));
    BS_TRY(write_row(surface, index, BS_TRAJECTORY_VARIANCE, t->components, t->fraction));
    return write_row(surface, index, BS_TRAJECTORY_COORDINATE, t->count * t->directions,
                     t->coordinates);
}
