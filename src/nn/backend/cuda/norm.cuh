/* The factor of a norm layer, as norm_scale.h has it. */
#ifndef BLUESHIFT_NN_CUDA_NORM_H
#define BLUESHIFT_NN_CUDA_NORM_H

#include "primitives.cuh"

CUDA_FUNCTION double norm_scale(double weight, double variance)
{
    const double epsilon = 1e-5; /* BS_NORM_EPSILON */
    const bool overflowed = variance > 1.7976931348623157e308;
    return overflowed ? variance - variance : weight / sqrt(variance + epsilon);
}

#endif
