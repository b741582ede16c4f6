/* Laws of one line: the spectrum of fractional Brownian motion, the variance of averages. */
#include "blueshift/theory.h"

double bs_theory_fbm_exponent(double hurst)
{
    return 2.0 * hurst + 1.0;
}

double bs_theory_averaged_variance(double variance, int64_t n, double correlation)
{
    return variance * (1.0 + (double)(n - 1) * correlation) / (double)n;
}
