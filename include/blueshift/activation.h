/* What the activations are: their names, definitions in double precision, and gains. */
#ifndef BLUESHIFT_NN_ACTIVATION_H
#define BLUESHIFT_NN_ACTIVATION_H

#include "blueshift/words.h"

/* A new one is an enumerator here, its name, definition, derivative and gain in activation.c, and
 * the vector forms of both in vector/activations.h; it does not compile before all of them have it.
 */
typedef enum bs_activation {
    BS_ACTIVATION_RELU,
    BS_ACTIVATION_LEAKY_RELU,
    BS_ACTIVATION_TANH,
    BS_ACTIVATION_SOFTPLUS,
    BS_ACTIVATION_GELU /* exact: x Phi(x) */
} bs_activation;

enum { BS_ACTIVATIONS = BS_ACTIVATION_GELU + 1 };

/* Words for messages, YAML and files, such as "leaky-relu". */
extern const bs_words bs_activation_words;
const char *bs_activation_name(bs_activation activation);

/* The activation of X; SLOPE is that of leaky relu. NaN stays NaN. */
double bs_activation_apply(bs_activation activation, double slope, double x);

/* Its derivative; of the piecewise linear ones at 0 that from below, as in PyTorch. */
double bs_activation_derivative(bs_activation activation, double slope, double x);

/* Variance of a weight times its fan-in that keeps the second moment of signals through the
 * activation. Source: He et al. 2015. */
double bs_activation_gain(bs_activation activation, double slope);

#endif
