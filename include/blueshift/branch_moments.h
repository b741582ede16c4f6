/* Statistics of a block's branches at one frequency: coherence, damping and its factors. */
#ifndef BLUESHIFT_BRANCH_MOMENTS_H
#define BLUESHIFT_BRANCH_MOMENTS_H

#include <stdbool.h>
#include <stdint.h>

#include "blueshift/complex.h"
#include "blueshift/rng.h"

/* Second moments of SIGNALS complex signals (Fourier coefficients of branches or paths at one
 * frequency), summed over samples: probes, images, realisations. SUMS are the caller's,
 * bs_branch_size numbers, zeros to begin with; they are sums of terms of single samples, so those
 * of parts may be added up (bs_branch_merge, or a reduction over ranks). Order: the samples; sum
 * |X_i|^2 for all i; then for all pairs i < j, j fastest, real and imaginary part of sum X_i conj
 * X_j, and sum |X_i| |X_j|. */
typedef struct bs_branch_moments {
    int signals;
    double *sums;
} bs_branch_moments;

/* Numbers that the moments of SIGNALS signals take. */
int bs_branch_size(int signals);

/* Adds one sample X [signals]. */
void bs_branch_add(const bs_branch_moments *moments, const double complex *x);

/* Adds WEIGHT times the sums of FROM (same signals): 1 pools, -1 leaves out again. */
void bs_branch_merge(const bs_branch_moments *into, const bs_branch_moments *from, double weight);

/* Scales signal i by GAINS[i] >= 0, afterwards: the moments are those of the scaled signals. */
void bs_branch_scale(const bs_branch_moments *moments, const double *gains);

/* Means over the samples: <|X_i|^2> and the cross-spectrum <X_i conj X_j>. NaN without samples. */
double bs_branch_power(const bs_branch_moments *moments, int i);
double complex bs_branch_cross(const bs_branch_moments *moments, int i, int j);

/* With S = <X_i conj X_j>: coherence |S| / sqrt(<|X_i|^2> <|X_j|^2>), and the correlation Re S /
 * sqrt(...). NaN where a signal is zero. Source: Bendat and Piersol 2010. */
double bs_branch_coherence(const bs_branch_moments *moments, int i, int j);
double bs_branch_correlation(const bs_branch_moments *moments, int i, int j);

/* Expected coherence of independent Gaussian signals for SAMPLES samples: sqrt(pi / (4 n)) where
 * coefficients are complex; REAL ones (wavenumber 0 and Nyquist) give sqrt(2 / (pi n)). Both are
 * the leading term: 1 instead of .886 for n = 1, within 2 % from n = 8 on. */
double bs_branch_floor(int64_t samples, bool real);

/* Root mean square correlation of independent signals: 1 / sqrt(2 n), REAL ones 1 / sqrt(n). */
double bs_branch_correlation_floor(int64_t samples, bool real);

/* Coherence of SAMPLES pairs x, y with the phase between them replaced by a uniform one (REAL: the
 * sign by a random one), numbers FIRST to FIRST + SAMPLES - 1 of RNG: what signals with these
 * magnitudes and nothing in common would give. NaN where a signal is zero. */
double bs_branch_null(int64_t samples, const double complex *x, const double complex *y, bool real,
                      const bs_rng *rng, uint64_t first);

/* What an average does to the power of what it averages, and its exact factors: damping = ed *
 * fdsa. ed, exponential downweighting, is the part of the radii, fdsa, frequency-dependent signal
 * averaging, that of the angles. */
typedef struct bs_branch_factors {
    double damping;
    double ed;
    double fdsa;
} bs_branch_factors;

/* Skip R and main branch M, signals SKIP and MAIN: damping <|(R+M)/2|^2> / <|M|^2>,
 * ed <((|R|+|M|)/2)^2> / <|M|^2>, fdsa <|R+M|^2> / <(|R|+|M|)^2>. */
bs_branch_factors bs_branch_damping(const bs_branch_moments *moments, int skip, int main);

/* All k signals as paths X_j: damping <|mean X_j|^2> / mean <|X_j|^2>, ed <(mean |X_j|)^2> /
 * mean <|X_j|^2>, fdsa <|sum X_j|^2> / <(sum |X_j|)^2>: 1 when aligned, 1 / (1 + (k-1) pi/4) when
 * independent, Gaussian and of equal power. */
bs_branch_factors bs_branch_paths(const bs_branch_moments *moments);

/* Standard error of an estimate from its COUNT leave-one-out replicates, the jackknife:
 * sqrt((n-1)/n sum (t_r - mean t)^2), for a mean the usual standard error. NaN below two, and where
 * a replicate is NaN. STRIDE numbers lie between replicates. Source: Efron and Tibshirani 1993. */
double bs_branch_jackknife(int64_t count, const double *replicates, int64_t stride);

#endif
