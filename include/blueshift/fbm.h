/* Fractional Brownian motion: covariances, exact paths by circulant embedding, expected spectra. */
#ifndef BLUESHIFT_FBM_H
#define BLUESHIFT_FBM_H

#include <stdint.h>

#include "blueshift/rng.h"
#include "blueshift/status.h"

/* B(t) is Gaussian with mean 0, B(0) = 0 and Var B(t) = t^(2H), 0 < H < 1 (Mandelbrot and Van Ness
 * 1968). A path of N samples is B at the times (j + 1) / N, j = 0 to N - 1. Nothing here is
 * collective. */

enum { BS_FBM_SAMPLES_MAX = 1 << 26 };

/* Items of BS_STREAM_FBM: the two generators draw numbers of their own. */
enum { BS_FBM_CIRCULANT, BS_FBM_CHOLESKY };

/* E B(s) B(t) = (s^2H + t^2H - |s - t|^2H) / 2; s, t >= 0. */
double bs_fbm_covariance(double hurst, double s, double t);

/* E of the product of two increments over unit steps, LAG steps apart:
 * (|lag + 1|^2H - 2 |lag|^2H + |lag - 1|^2H) / 2, to rounding at any lag. */
double bs_fbm_increment_covariance(double hurst, int64_t lag);

/* Exact paths in O(N log N): the increments' covariance embedded in a circulant matrix of size 2 N
 * (Davies and Harte 1987; Dietrich and Newsam 1997). */
typedef struct bs_fbm bs_fbm;

/* BS_ERR_USAGE unless 0 < H < 1 and 2 <= N <= BS_FBM_SAMPLES_MAX, saying which is wrong. */
bs_status bs_fbm_create(double hurst, int64_t samples, bs_fbm **fbm);
void bs_fbm_destroy(bs_fbm *fbm); /* NULL is fine */

/* Path number REALISATION of SEED into PATH [samples]. */
bs_status bs_fbm_path(bs_fbm *fbm, uint64_t seed, uint32_t realisation, double *path);

#endif
