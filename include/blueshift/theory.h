/* Closed forms: harmonics of nonlinearities, kernel recursions of great circles, <k^2>. */
#ifndef BLUESHIFT_THEORY_H
#define BLUESHIFT_THEORY_H

#include <stdbool.h>
#include <stdint.h>

#include "blueshift/network.h"

/* Whether the great-circle recursion holds for an architecture: fully connected, no biases, no
 * normalisation, linear (leaky relu of slope 1), relu or leaky relu. */
bool bs_theory_applies(const bs_architecture *architecture);

/* Normalised power P_k = E|X_k|^2 / sum over all k of E|X_k|^2 of a logit along a great circle, for
 * k = 0 to BINS - 1 (two-sided: P_k is that of +k alone), in the limit of infinite width. Source:
 * Cho and Saul 2009; Mehmeti-Goepel et al. 2021; see the derivation in theory.c. */
bs_status bs_theory_great_circle(const bs_architecture *architecture, int64_t bins, double *power);

#endif
