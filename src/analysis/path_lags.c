/* Sums over all pairs of points at a lag, by the correlation theorem. */
#include "path_lags.h"

#include <math.h>

#include "blueshift/complex.h"
#include "blueshift/fft_mpi.h"
#include "blueshift/memory.h"
#include "blueshift/statistics.h"

/* SUMS [LAGS] of POWER [POINTS / 2 + 1]: sum over all k, both signs, of P_k cos(2 pi k lag /
 * POINTS): the transform of an even sequence. */
static bs_status cosine_sums(int64_t points, const double *power, int64_t lags, double *sums)
{
    double *even = bs_alloc((size_t)points, sizeof *even);
    double complex *transformed = bs_alloc((size_t)(points / 2 + 1), sizeof *transformed);
    bs_status status = even == NULL || transformed == NULL ? BS_ERR_MEMORY : BS_OK;
    for (int64_t k = 0; k < points && status == BS_OK; k++) {
        even[k] = power[k < points - k ? k : points - k];
    }
    if (status == BS_OK) {
        status = bs_fft_line(points, even, transformed);
    }
    for (int64_t lag = 0; lag < lags && status == BS_OK; lag++) {
        sums[lag] = (double)points * creal(transformed[lag]);
    }
    bs_free(even);
    bs_free(transformed);
    return status;
}

bs_status bs_path_gradient_correlation(int64_t points, const double *power, double *correlation)
{
    const int64_t lags = points / 2 + 1;
    double *gradient = bs_alloc((size_t)lags, sizeof *gradient);
    bs_status status = gradient == NULL ? BS_ERR_MEMORY : BS_OK;
    for (int64_t k = 0; k < lags && status == BS_OK; k++) {
        gradient[k] = (double)(k * k) * power[k];
    }
    if (status == BS_OK) {
        status = cosine_sums(points, gradient, lags, correlation);
    }
    const double all = status == BS_OK ? correlation[0] : 1.0;
    for (int64_t lag = 0; lag < lags && status == BS_OK; lag++) {
        /* Without power 0/0 is NaN, as it should be. */
        correlation[lag] /= all;
    }
    bs_free(gradient);
    return status;
}

/* SUMS [POINTS / 2 + 1]: sum of x_i x_(i + lag) over the whole sequence of LENGTH values X, around
 * its end. */
static bs_status products(int64_t length, const double *x, int64_t lags, double *sums)
{
    double complex *spectrum = bs_alloc((size_t)(length / 2 + 1), sizeof *spectrum);
    double *power = bs_alloc((size_t)(length / 2 + 1), sizeof *power);
    bs_status status = spectrum == NULL || power == NULL ? BS_ERR_MEMORY : BS_OK;
    if (status == BS_OK) {
        status = bs_fft_line(length, x, spectrum);
    }
    for (int64_t k = 0; k < length / 2 + 1 && status == BS_OK; k++) {
        power[k] = (double)length * (creal(spectrum[k]) * creal(spectrum[k]) +
                                     cimag(spectrum[k]) * cimag(spectrum[k]));
    }
    if (status == BS_OK) {
        status = cosine_sums(length, power, lags, sums);
    }
    bs_free(spectrum);
    bs_free(power);
    return status;
}

bs_status bs_path_structure(int64_t points, bool periodic, const double *values, double *structure)
{
    const int64_t lags = points / 2 + 1;
    /* Zeros after a line keep its end from meeting its beginning. */
    const int64_t length = periodic ? points : 2 * points;
    double *x = bs_alloc((size_t)length, sizeof *x);
    bs_status status = x == NULL ? BS_ERR_MEMORY : BS_OK;
    double mean = 0.0, squares = 0.0;
    for (int64_t i = 0; i < points && status == BS_OK; i++) {
        mean += values[i] / (double)points;
    }
    mean = bs_all_equal(values, points) ? values[0] : mean;
    for (int64_t i = 0; i < points && status == BS_OK; i++) {
        x[i] = values[i] - mean;
        squares += x[i] * x[i];
    }
    if (status == BS_OK) {
        status = products(length, x, lags, structure);
    }
    double ends = 0.0; /* squares of the points without a partner, at either end */
    for (int64_t lag = 0; lag < lags && status == BS_OK; lag++) {
        const double pairs = (double)(periodic ? points : points - lag);
        const double sum = 2.0 * squares - ends - 2.0 * structure[lag];
        structure[lag] = (lag == 0 ? 0.0 : sum / pairs) / (2.0 * squares / (double)points);
        ends += periodic ? 0.0 : x[lag] * x[lag] + x[points - 1 - lag] * x[points - 1 - lag];
    }
    bs_free(x);
    return status;
}
