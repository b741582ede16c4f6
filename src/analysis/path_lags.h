/* What depends on the lag along a path: the number of points between two of its points. */
#ifndef BLUESHIFT_ANALYSIS_PATH_LAGS_H
#define BLUESHIFT_ANALYSIS_PATH_LAGS_H

#include <stdbool.h>
#include <stdint.h>

#include "blueshift/status.h"

/* Autocorrelation of the gradient along a path of POINTS points with the power POWER
 * [POINTS / 2 + 1] in its wavenumbers (k and -k alike): sum k^2 P_k cos(2 pi k lag / POINTS) over
 * all k, divided by its value at lag 0. CORRELATION [POINTS / 2 + 1]; NaN without power.
 * BS_ERR_MEMORY. Not collective. */
bs_status bs_path_gradient_correlation(int64_t points, const double *power, double *correlation);

/* Structure function of VALUES [POINTS]: the mean over i of (x_(i + lag) - x_i)^2, around the end
 * where the path is PERIODIC, over twice the variance: 0 at lag 0, about 1 where values have
 * nothing in common. STRUCTURE [POINTS / 2 + 1]; NaN without variance. BS_ERR_MEMORY. Not
 * collective. */
bs_status bs_path_structure(int64_t points, bool periodic, const double *values, double *structure);

#endif
