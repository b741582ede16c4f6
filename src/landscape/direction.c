/* Directions in weight space: random, normalised, or the difference of two weights. */
#include "blueshift/direction.h"

#include <assert.h>
#include <math.h>
#include <string.h>

#include "blueshift/rng.h"

enum { CHUNK = 512 }; /* even: the generator makes numbers in pairs */

/* Li et al. add it to the direction's norm so that an all-zero filter stays zero. */
static const double TINY_NORM = 1e-10;

void bs_direction_random(int tensor_count, const bs_tensor *tensors, uint64_t seed,
                         uint32_t realisation, int number, float *direction)
{
    assert(tensor_count <= BS_RNG_ITEMS && number >= 0);
    double normal[CHUNK];
    for (int t = 0; t < tensor_count; t++) {
        bs_rng rng = {.seed = seed,
                      .stream = BS_STREAM_DIRECTION,
                      .realisation = realisation,
                      .item = (uint32_t)number * BS_RNG_ITEMS + (uint32_t)t};
        float *out = direction + tensors[t].offset;
        for (size_t first = 0; first < tensors[t].count; first += CHUNK) {
            size_t left = tensors[t].count - first;
            size_t count = left < CHUNK ? left : CHUNK;
            bs_rng_normal(&rng, first, count, normal);
            for (size_t i = 0; i < count; i++) {
                out[first + i] = (float)normal[i];
            }
        }
    }
}

static double dot(size_t count, const float *a, const float *b)
{
    double sum = 0.0;
    for (size_t i = 0; i < count; i++) {
        sum += (double)a[i] * (double)b[i];
    }
    return sum;
}

/* Gives one filter (or tensor) of the direction the norm that the weights have there. */
static void match_norm(size_t count, const float *weights, float *direction)
{
    double wanted = sqrt(dot(count, weights, weights));
    double factor = wanted / (sqrt(dot(count, direction, direction)) + TINY_NORM);
    for (size_t i = 0; i < count; i++) {
        direction[i] = (float)((double)direction[i] * factor);
    }
}

void bs_direction_normalise(int tensor_count, const bs_tensor *tensors, const float *weights,
                            bs_direction_norm norm, bool ignore_vectors, float *direction)
{
    for (int t = 0; t < tensor_count; t++) {
        const bs_tensor *tensor = &tensors[t];
        bool vector = tensor->ndim == 1;
        if (vector && ignore_vectors) {
            memset(direction + tensor->offset, 0, tensor->count * sizeof *direction);
            continue;
        }
        if (norm == BS_DIRECTION_NORM_NONE) {
            continue;
        }
        bool whole = vector || norm == BS_DIRECTION_NORM_LAYER;
        size_t filters = whole ? 1 : (size_t)tensor->shape[0];
        size_t length = tensor->count / filters;
        for (size_t f = 0; f < filters; f++) {
            size_t first = tensor->offset + f * length;
            match_norm(length, weights + first, direction + first);
        }
    }
}

double bs_direction_cosine(size_t count, const float *a, const float *b)
{
    double squares = dot(count, a, a) * dot(count, b, b);
    if (squares == 0.0) {
        return 0.0;
    }
    return fmax(-1.0, fmin(1.0, dot(count, a, b) / sqrt(squares)));
}

double bs_direction_orthogonalise(size_t count, const float *a, float *b)
{
    double square = dot(count, a, a);
    if (square == 0.0) {
        return 0.0;
    }
    double factor = dot(count, a, b) / square;
    bs_direction_subtract(count, factor, a, b);
    return factor;
}

void bs_direction_subtract(size_t count, double factor, const float *a, float *b)
{
    for (size_t i = 0; i < count; i++) {
        b[i] = (float)((double)b[i] - factor * (double)a[i]);
    }
}

void bs_direction_difference(size_t count, const float *a, const float *b, float *out)
{
    for (size_t i = 0; i < count; i++) {
        out[i] = (float)((double)b[i] - (double)a[i]);
    }
}
