/* Closed forms: harmonics of nonlinearities, the correlation along great circles, <k^2>. */
#ifndef BLUESHIFT_THEORY_H
#define BLUESHIFT_THEORY_H

#include <stdbool.h>
#include <stdint.h>

#include "blueshift/network.h"
#include "blueshift/status.h"

/* Everything here is a pure function, exact but for rounding unless it says otherwise; not
 * collective. */

/* ---- great circles: theta(tau) = cos tau A + sin tau B, infinite width, He variance ---- */

/* What a block makes of its input x, f being its layers. */
typedef enum bs_theory_block {
    BS_THEORY_PLAIN,    /* f(x) */
    BS_THEORY_AVERAGED, /* (x + f(x)) / sqrt 2 */
    BS_THEORY_RESIDUAL, /* x + f(x), f scaled to the variance that x has after the first layer */
    BS_THEORY_MULTIPATH /* f_1(x) to f_p(x), averaged after the activation that follows */
} bs_theory_block;

/* A fully connected network of infinite width without biases: a linear layer, then BLOCKS blocks of
 * LAYERS times (leaky relu, linear layer), then HEAD times (leaky relu, linear layer). The signal
 * is what leaves the last of them. */
typedef struct bs_theory_chain {
    bs_theory_block block;
    int blocks;   /* 0 or more */
    int layers;   /* of a block, 1 or more */
    int paths;    /* multipath: p, 1 or more; otherwise ignored */
    double slope; /* of the leaky relu: 0 is relu, 1 linear; below 0 and above 1 are fine */
    int head;     /* 0 or more */
} bs_theory_chain;

/* What relu makes of a correlation (the "arc-cosine kernel"): for X and Y Gaussian of unit variance
 * and correlation RHO it is 2 E relu(X) relu(Y) (Cho and Saul 2009). */
double bs_theory_relu_correlation(double rho);

/* Autocorrelation of the signal at the distance TAU on the circle; 1 at TAU 0. */
double bs_theory_chain_correlation(const bs_theory_chain *chain, double tau);

/* Normalised power P_k = E|X_k|^2 / sum over all k of E|X_k|^2 of the signal along a great circle,
 * for k = 0 to BINS - 1 (two-sided: P_k is that of +k alone). By quadrature: off by less than 1e-7
 * relative (by (k / 64 bins)^4, in lower bins) plus 1e-16. BS_ERR_USAGE for an impossible chain,
 * saying which number is wrong. */
bs_status bs_theory_chain_power(const bs_theory_chain *chain, int64_t bins, double *power);

/* The same as a discrete Fourier transform of POINTS samples of the period shows it: the power of k
 * and of all its aliases k + m POINTS; BINS at most POINTS. Aliases beyond m = 8 are left out: less
 * than 1e-3 of those counted. BS_ERR_USAGE also for impossible numbers. */
bs_status bs_theory_chain_sampled_power(const bs_theory_chain *chain, int64_t points, int64_t bins,
                                        double *power);

/* Second moment <k^2> = sum over all k of k^2 P_k = -rho''(0). */
double bs_theory_chain_moment(const bs_theory_chain *chain);

/* Tail: P_k -> (TAIL[0] + (-1)^k TAIL[1]) / k^4 for large k, from the cusps |tau|^3 at 0 and pi.
 * Both are 0 for linear networks. */
void bs_theory_chain_tail(const bs_theory_chain *chain, double tail[2]);

/* Whether there is a chain for the logits of an architecture: fully connected, no biases, no
 * normalisation, linear (leaky relu of slope 1), relu or leaky relu; plain, with paths, or with a
 * shortcut of skip weight 1 (or 0, which is none). */
bool bs_theory_applies(const bs_architecture *architecture);

/* That chain. A plain network of depth D has L = D + 1 weight layers. Paths are averaged after the
 * activation of every hidden layer (multipath, layers 1). With a shortcut of skip weight 1 the
 * blocks are averaged: He variance and a homogeneous activation give f(x) the variance of x, and
 * x + f(x) the correlation of the average; one more layer follows. Its power is that of a logit, in
 * the limit of infinite width. BS_ERR_USAGE unless bs_theory_applies. Source: Cho and Saul 2009;
 * Mehmeti-Goepel et al. 2021; see the derivation in theory.c. */
bs_status bs_theory_chain_of(const bs_architecture *architecture, bs_theory_chain *chain);

/* ---- harmonics of a nonlinearity: y(t) = activation(amplitude cos t - threshold) ---- */

/* Relu and leaky relu take any threshold, tanh only 0. */
typedef struct bs_theory_wave {
    bs_activation activation;
    double slope;     /* of leaky relu */
    double amplitude; /* above 0; of tanh at most 1000 */
    double threshold;
} bs_theory_wave;

enum { BS_HARMONICS_MAX = 1 << 20 };

/* Cosine coefficients of y(t) = a_0 + a_1 cos t + a_2 cos 2t + ...: A[k], k below COUNT, at most
 * BS_HARMONICS_MAX. BS_ERR_USAGE for a wave that has no closed form. Source: integrals of the
 * clipped cosine; partial fractions of tanh, see theory_wave.c. */
bs_status bs_theory_harmonics(const bs_theory_wave *wave, int64_t count, double *a);

/* What a discrete Fourier transform X_k = (1/N) sum_j y(2 pi j/N) exp(-2 pi i jk/N) of N samples
 * gives: the aliased sum of a_|k + m N| / 2 over all m (a_0 counts wholly), X[k] real, k = 0 to
 * N / 2. Errors as above. */
bs_status bs_theory_sampled_harmonics(const bs_theory_wave *wave, int64_t n, double *x);

/* Limit of a_(k+2) / a_k of tanh(amplitude cos t) for large k: -exp(-2 asinh(pi / (2 amplitude))).
 */
double bs_theory_tanh_ratio(double amplitude);

/* ---- laws ---- */

/* beta in the power spectral density f^-beta of fractional Brownian motion: 2 H + 1. */
double bs_theory_fbm_exponent(double hurst);

/* Variance of the average of N signals of variance VARIANCE, every two of them with CORRELATION:
 * variance (1 + (n - 1) correlation) / n. */
double bs_theory_averaged_variance(double variance, int64_t n, double correlation);

#endif
