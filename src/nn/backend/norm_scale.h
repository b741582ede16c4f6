/* The factor of a norm layer, the same in all backends. */
#ifndef BLUESHIFT_NN_NORM_SCALE_H
#define BLUESHIFT_NN_NORM_SCALE_H

#include <math.h>

#include "blueshift/network.h"

/* What the layer multiplies a channel by. A variance that has overflowed would make it 0 and every
 * image of the channel its shift: a loss that looks sound. It makes it NaN instead. */
static inline double bs_norm_scale(double weight, double variance)
{
    return isinf(variance) ? (double)NAN : weight / sqrt(variance + BS_NORM_EPSILON);
}

#endif
