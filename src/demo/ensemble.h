/* Sums over an ensemble of paths: spectra of x, relu(x) and their average, and covariances. */
#ifndef BLUESHIFT_DEMO_ENSEMBLE_H
#define BLUESHIFT_DEMO_ENSEMBLE_H

#include <complex.h>
#include <stdint.h>

#include "blueshift/demo.h"
#include "blueshift/statistics.h"

/* x, relu(x), (x + relu(x)) / 2; x is a path less its mean over time, so that relu cuts it. */
enum { SIGNALS = 3, TIMES = 8, LOWEST = 2 };

/* LOWEST: the first wavenumber that a Hann window resolves after the mean is removed. */

/* Everything that is summed over paths stands in one array of doubles, so that ranks add up theirs
 * by one reduction. */
typedef struct ensemble {
    int64_t samples, bins; /* bins: samples / 2 + 1 */
    int64_t cutoff;        /* bins above it are high */
    int64_t band[2];       /* first and last bin of the slope's fit */
    int64_t size;          /* of SUMS */
    double *sums;
    double *signal;        /* [samples] */
    double *weights;       /* [samples]: Hann's */
    double fraction;       /* ln(fraction of high power) of the path's x */
    double *line;          /* [samples] */
    double complex *modes; /* [bins] */
} ensemble;

/* Zero sums for the demo's paths. Undone by bs_ensemble_release, also after a failure. */
bs_status bs_ensemble_init(const bs_demo *demo, ensemble *e);
void bs_ensemble_release(ensemble *e);

/* Adds one path [samples]. */
bs_status bs_ensemble_add(ensemble *e, const double *path);

/* Value J of signal SIGNAL of PATH, whose mean is MEAN. */
double bs_ensemble_signal(int signal, double value);

/* The sample at which eighth TIME of a path ends. */
int64_t bs_ensemble_time(const ensemble *e, int time);

/* Means over COUNT paths with their standard errors. */
bs_estimate bs_ensemble_magnitude(const ensemble *e, int64_t count, int signal, int64_t k);
bs_estimate bs_ensemble_power(const ensemble *e, int64_t count, int signal, int64_t k);
bs_estimate bs_ensemble_slope(const ensemble *e, int64_t count, int signal);
bs_estimate bs_ensemble_fraction(const ensemble *e, int64_t count, int signal);

/* ln(fraction) - ln(fraction of x) of one path: pairs, so that the spread between paths cancels. */
bs_estimate bs_ensemble_excess(const ensemble *e, int64_t count, int signal);

/* Of the increments of a path over the eighths S and T. */
bs_estimate bs_ensemble_covariance(const ensemble *e, int64_t count, int s, int t);

/* Slope of the least-squares line of VALUES[k] over ln k in the band. */
double bs_ensemble_fit(const ensemble *e, const double *values);

#endif
