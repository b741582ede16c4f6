/* Activations by definition, in double precision. */
#ifndef BLUESHIFT_NN_ACTIVATION_H
#define BLUESHIFT_NN_ACTIVATION_H

/* A new one is an enumerator here, its definition in activation.c, and its vector form in
 * vector/activations.h; it does not compile before all of them have it. */
typedef enum bs_activation {
    BS_ACTIVATION_RELU,
    BS_ACTIVATION_LEAKY_RELU,
    BS_ACTIVATION_TANH,
    BS_ACTIVATION_SOFTPLUS,
    BS_ACTIVATION_GELU /* exact: x Phi(x) */
} bs_activation;

enum { BS_ACTIVATIONS = BS_ACTIVATION_GELU + 1 };

/* The activation of X; SLOPE is that of leaky relu. NaN stays NaN. */
double bs_activation_apply(bs_activation activation, double slope, double x);

/* Variance of a weight times its fan-in that keeps the second moment of signals through the
 * activation. Source: He et al. 2015. */
double bs_activation_gain(bs_activation activation, double slope);

#endif
