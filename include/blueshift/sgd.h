/* Stochastic gradient descent with momentum, on any part of a network's parameters. */
#ifndef BLUESHIFT_SGD_H
#define BLUESHIFT_SGD_H

#include <stddef.h>

#include "blueshift/tensor.h"
#include "blueshift/training.h"

/* The parameters FIRST to FIRST + COUNT - 1: arrays begin at FIRST. */
typedef struct bs_sgd_slice {
    size_t first, count;
    const double *gradient; /* of the mean loss of a step's images */
    float *theta;
    float *momentum; /* b below; zeros before the first step */
} bs_sgd_slice;

/* One step with learning rate RATE, weight decay w (0 for what does not decay) and momentum m:
 *   g = gradient + w theta;  b = m b + g;  theta -= rate * (nesterov ? g + m b : b).
 * Computed in double, stored in float. An element depends on its own numbers alone, whoever has it
 * in a slice. Source: PyTorch's torch.optim.SGD with dampening 0, of which Sutskever et al. 2013 is
 * a variant. Not collective. */
void bs_sgd_update(const bs_training *training, double rate, int tensor_count,
                   const bs_tensor *tensors, const bs_sgd_slice *slice);

#endif
