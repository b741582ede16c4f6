/* The activations by definition, in double precision. */
#ifndef BLUESHIFT_NN_ACTIVATION_H
#define BLUESHIFT_NN_ACTIVATION_H

#include "blueshift/network.h"

/* The architecture's activation of X. NaN stays NaN. */
double bs_activation_apply(const bs_architecture *hyperparameters, double x);

#endif
