/* Directions in weight space: random, normalised, or the difference of two weights. */
#ifndef BLUESHIFT_DIRECTION_H
#define BLUESHIFT_DIRECTION_H

#include <stdbool.h>
#include <stdint.h>

#include "blueshift/tensor.h"

typedef enum bs_direction_norm {
    BS_DIRECTION_NORM_FILTER, /* every index of dim 0: d <- d ||w|| / (||d|| + 1e-10) */
    BS_DIRECTION_NORM_LAYER,  /* the same over a whole tensor */
    BS_DIRECTION_NORM_NONE
} bs_direction_norm;

/* Fills DIRECTION with standard normal numbers from (seed, realisation, number, tensor, element).
 * NUMBER 0, 1, 2 for x, y, z. Bit-equal everywhere. */
void bs_direction_random(int tensor_count, const bs_tensor *tensors, uint64_t seed,
                         uint32_t realisation, int number, float *direction);

/* Normalises against the weights (Li et al. 2018). Tensors of one dimension (biases, norm scale and
 * shift) are zeroed when IGNORE_VECTORS ("biasbn"), else scaled as one filter. (Li et al. copy the
 * weights there, which makes all directions parallel in these tensors.) */
void bs_direction_normalise(int tensor_count, const bs_tensor *tensors, const float *weights,
                            bs_direction_norm norm, bool ignore_vectors, float *direction);

/* Cosine of the angle between two vectors; 0 when one is zero. Sums in double, in order. */
double bs_direction_cosine(size_t count, const float *a, const float *b);

/* Removes from B its component along A (whole-vector projection), B - FACTOR A. Returns the factor,
 * 0 when A is zero. */
double bs_direction_orthogonalise(size_t count, const float *a, float *b);

/* B = B - FACTOR A. */
void bs_direction_subtract(size_t count, double factor, const float *a, float *b);

/* OUT = B - A. */
void bs_direction_difference(size_t count, const float *a, const float *b, float *out);

#endif
