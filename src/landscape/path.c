/* Paths and surfaces: weights of a point from its coordinates. */
#include "blueshift/path.h"

#include <math.h>
#include <string.h>

const bs_words bs_path_words = BS_WORDS(
    [BS_PATH_LINE] = "line", [BS_PATH_RING] = "ring", [BS_PATH_GREAT_CIRCLE] = "great-circle",
    [BS_PATH_PLANE] = "plane", [BS_PATH_VOLUME] = "volume", [BS_PATH_BEZIER] = "bezier");

static const struct {
    int directions;
    int coordinates;
    bool periodic;
} kinds[] = {
    [BS_PATH_LINE] = {1, 1, false},        [BS_PATH_RING] = {2, 1, true},
    [BS_PATH_GREAT_CIRCLE] = {1, 1, true}, [BS_PATH_PLANE] = {2, 2, false},
    [BS_PATH_VOLUME] = {3, 3, false},      [BS_PATH_BEZIER] = {2, 1, false},
};

int bs_path_directions(bs_path_kind kind)
{
    return kinds[kind].directions;
}

int bs_path_coordinates(bs_path_kind kind)
{
    return kinds[kind].coordinates;
}

bool bs_path_periodic(bs_path_kind kind)
{
    return kinds[kind].periodic;
}

const char *bs_path_name(bs_path_kind kind)
{
    return bs_words_name(&bs_path_words, (int)kind);
}

void bs_path_coefficients(const bs_path *path, const double at[BS_GRID_DIMS],
                          double c[BS_PATH_TERMS])
{
    c[0] = 1.0;
    for (int d = 0; d < BS_GRID_DIMS; d++) {
        c[1 + d] = at[d];
    }
    if (path->kind == BS_PATH_RING) {
        c[1] = path->radius * cos(at[0]);
        c[2] = path->radius * sin(at[0]);
    } else if (path->kind == BS_PATH_GREAT_CIRCLE) {
        c[0] = cos(at[0]);
        c[1] = sin(at[0]);
    } else if (path->kind == BS_PATH_BEZIER) {
        c[1] = 2.0 * at[0] * (1.0 - at[0]);
        c[2] = at[0] * at[0];
    }
}

/* One function for each number of directions keeps the loops free of branches, for the compiler's
 * vectors. */
static void sum_one(size_t size, const double c[BS_PATH_TERMS], const float *restrict o,
                    const float *restrict a, float *restrict theta)
{
    const double c0 = c[0];
    const double c1 = c[1];
    for (size_t i = 0; i < size; i++) {
        theta[i] = (float)(c0 * (double)o[i] + c1 * (double)a[i]);
    }
}

static void sum_two(size_t size, const double c[BS_PATH_TERMS], const float *restrict o,
                    const float *restrict a, const float *restrict b, float *restrict theta)
{
    const double c1 = c[1];
    const double c2 = c[2];
    for (size_t i = 0; i < size; i++) {
        theta[i] = (float)((double)o[i] + c1 * (double)a[i] + c2 * (double)b[i]);
    }
}

static void sum_three(const bs_path *path, const double c[BS_PATH_TERMS], float *restrict theta)
{
    const double c1 = c[1];
    const double c2 = c[2];
    const double c3 = c[3];
    const float *restrict o = path->origin;
    const float *restrict x = path->directions[0];
    const float *restrict y = path->directions[1];
    const float *restrict z = path->directions[2];
    for (size_t i = 0; i < path->size; i++) {
        theta[i] =
            (float)((double)o[i] + c1 * (double)x[i] + c2 * (double)y[i] + c3 * (double)z[i]);
    }
}

/* The great circle of the tensors with more than one dimension. */
static void turn_matrices(const bs_path *path, const double c[BS_PATH_TERMS], float *theta)
{
    memcpy(theta, path->origin, path->size * sizeof *theta);
    for (int t = 0; t < path->tensor_count; t++) {
        const bs_tensor *tensor = &path->tensors[t];
        if (tensor->ndim > 1) {
            size_t first = tensor->offset;
            sum_one(tensor->count, c, path->origin + first, path->directions[0] + first,
                    theta + first);
        }
    }
}

void bs_path_point(const bs_path *path, const double coordinates[BS_GRID_DIMS], float *theta)
{
    double c[BS_PATH_TERMS];
    bs_path_coefficients(path, coordinates, c);
    switch (path->kind) {
    case BS_PATH_GREAT_CIRCLE:
        if (path->ignore_vectors) {
            turn_matrices(path, c, theta);
            break;
        }
        sum_one(path->size, c, path->origin, path->directions[0], theta);
        break;
    case BS_PATH_LINE:
        sum_one(path->size, c, path->origin, path->directions[0], theta);
        break;
    case BS_PATH_RING:
    case BS_PATH_BEZIER:
    case BS_PATH_PLANE:
        sum_two(path->size, c, path->origin, path->directions[0], path->directions[1], theta);
        break;
    case BS_PATH_VOLUME:
        sum_three(path, c, theta);
        break;
    }
}
