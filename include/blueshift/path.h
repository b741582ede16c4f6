/* Paths and surfaces: weights of a point from its coordinates. */
#ifndef BLUESHIFT_PATH_H
#define BLUESHIFT_PATH_H

#include "blueshift/grid.h"
#include "blueshift/tensor.h"
#include "blueshift/words.h"

typedef enum bs_path_kind {
    BS_PATH_LINE,         /* origin + x d0 */
    BS_PATH_RING,         /* origin + r (cos x d0 + sin x d1) */
    BS_PATH_GREAT_CIRCLE, /* cos x origin + sin x d0, on tensors of more than one dimension; vectors
                             stay at the origin's when ignored */
    BS_PATH_PLANE,        /* origin + x d0 + y d1 */
    BS_PATH_VOLUME,       /* origin + x d0 + y d1 + z d2 */
    BS_PATH_BEZIER        /* quadratic, from the origin past the control point origin + d0 to
                             origin + d1: origin + 2 x (1 - x) d0 + x^2 d1 (Garipov et al. 2018) */
} bs_path_kind;

/* Everything is borrowed; vectors are flat, SIZE floats. */
typedef struct bs_path {
    bs_path_kind kind;
    double radius; /* rings */
    size_t size;
    const float *origin;
    const float *directions[BS_GRID_DIMS]; /* unused ones NULL; great circle: d0 is the other end */
    int tensor_count;
    const bs_tensor *tensors;
    bool ignore_vectors; /* great circle: vectors stay at the origin */
} bs_path;

/* Directions a kind needs: 1 to 3. */
int bs_path_directions(bs_path_kind kind);

/* Coordinates a kind has: 1 to 3. */
int bs_path_coordinates(bs_path_kind kind);

/* Whether the kind closes on itself after 2 pi: ring and great circle. */
bool bs_path_periodic(bs_path_kind kind);

/* Weights of origin and directions in the sum that makes the point at COORDINATES: 1 plus
 * bs_path_directions of them; where vectors are ignored, they stay at the origin's. */
enum { BS_PATH_TERMS = 1 + BS_GRID_DIMS };
void bs_path_coefficients(const bs_path *path, const double coordinates[BS_GRID_DIMS],
                          double coefficients[BS_PATH_TERMS]);

/* Weights THETA [size] of the point at COORDINATES: each element is computed in double in a fixed
 * order and rounded once, from the coordinates alone, so that a point has the same weights whoever
 * evaluates it and whichever came before. Not collective. */
void bs_path_point(const bs_path *path, const double coordinates[BS_GRID_DIMS], float *theta);

/* The kinds' names. */
extern const bs_words bs_path_words;
const char *bs_path_name(bs_path_kind kind);

#endif
