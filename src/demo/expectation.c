/* Expected spectra of fractional Brownian motion, its relu and their average.
 *
 * With window w the expected power is the quadratic form
 *   E|X_k|^2 = (1/N^2) sum_ij w_i w_j E[y_i y_j] exp(-2 pi i k (i-j)/N),
 * so all k follow from the sums over i of each lag, by one transform. The moments E[y_i y_j] are
 * those of leaky relus of two Gaussian numbers (theory.h):
 *   E[y y'] = s R + (1-s)^2 / 2 sigma sigma' C(rho).
 * Removing the mean of y changes the wavenumbers 0 and 1 only, as Hann's transform ends there. */
#include "expectation.h"

#include <math.h>

#include "blueshift/fft_mpi.h"
#include "blueshift/memory.h"
#include "blueshift/theory.h"
#include "blueshift/window.h"

/* Covariance of the path less its mean over time, in O(N) numbers. */
typedef struct centred {
    int64_t n;
    double *power; /* [n] (lag / n)^2H */
    double *row;   /* [n] half the mean of (lag / n)^2H over the other end, less a quarter of all */
    double *sigma; /* [n] */
    double *weight;
} centred;

static double covariance(const centred *c, int64_t i, int64_t j)
{
    int64_t lag = i < j ? j - i : i - j;
    return c->row[i] + c->row[j] - 0.5 * c->power[lag];
}

/* Of R_ij = (a_i + a_j - |i - j|^2H) / 2 the a cancel: what is left is -|i - j|^2H / 2 less its
 * means over rows and columns. */
static bs_status centre(double hurst, int64_t n, centred *c)
{
    *c = (centred){.n = n, .power = bs_alloc(4 * (size_t)n, sizeof *c->power)};
    double *sums = bs_alloc((size_t)n, sizeof *sums); /* of power up to a lag */
    if (c->power == NULL || sums == NULL) {
        bs_free(sums);
        return BS_ERR_MEMORY;
    }
    c->row = c->power + n;
    c->sigma = c->row + n;
    c->weight = c->sigma + n;
    for (int64_t lag = 0; lag < n; lag++) {
        c->power[lag] = pow((double)lag / (double)n, 2.0 * hurst);
        sums[lag] = c->power[lag] + (lag > 0 ? sums[lag - 1] : 0.0);
    }
    double all = 0.0;
    for (int64_t i = 0; i < n; i++) {
        c->row[i] = 0.5 * (sums[i] + sums[n - 1 - i]) / (double)n;
        all += c->row[i] / (double)n;
    }
    for (int64_t i = 0; i < n; i++) {
        c->row[i] -= 0.5 * all;
        c->sigma[i] = sqrt(2.0 * c->row[i]);
    }
    bs_window_fill(BS_WINDOW_HANN, n, c->weight);
    bs_free(sums);
    return BS_OK;
}

/* Adds the pairs that are LAG apart to the three signals' SUMS. */
static void add_lag(const centred *c, int64_t lag, double sums[SIGNALS])
{
    for (int64_t i = 0; i + lag < c->n; i++) {
        const int64_t j = i + lag;
        const double product = covariance(c, i, j);
        const double scale = c->sigma[i] * c->sigma[j];
        const double bent = 0.5 * scale * bs_theory_relu_correlation(product / scale);
        const double weight = c->weight[i] * c->weight[j];
        sums[0] += weight * product;
        sums[1] += weight * bent;
        sums[2] += weight * (0.5 * product + 0.25 * bent);
    }
}

/* Ranks take the lags in turn; every lag is one rank's, so that the reduction adds zeros only. */
static bs_status sum_lags(const bs_comm *comm, const centred *c, double *circular)
{
    const int64_t n = c->n;
    for (int64_t lag = comm->rank; lag < n; lag += comm->size) {
        double sums[SIGNALS] = {0.0};
        add_lag(c, lag, sums);
        for (int signal = 0; signal < SIGNALS; signal++) {
            circular[signal * n + lag] = sums[signal];
        }
    }
    BS_TRY(BS_MPI(
        MPI_Allreduce(MPI_IN_PLACE, circular, (int)(SIGNALS * n), MPI_DOUBLE, MPI_SUM, comm->mpi)));
    for (int signal = 0; signal < SIGNALS; signal++) { /* the other sign of each lag */
        double *sums = circular + signal * n;
        for (int64_t lag = 1; 2 * lag <= n; lag++) {
            double both = sums[lag] + sums[n - lag];
            sums[lag] = both;
            sums[n - lag] = both;
        }
    }
    return BS_OK;
}

static bs_status transform(const ensemble *e, const double *circular, double *power)
{
    for (int signal = 0; signal < SIGNALS; signal++) {
        BS_TRY(bs_fft_line(e->samples, circular + signal * e->samples, e->modes));
        for (int64_t k = LOWEST; k < e->bins; k++) {
            power[signal * e->bins + k] = creal(e->modes[k]) / (double)e->samples;
        }
    }
    return BS_OK;
}

bs_status bs_expectation_power(const bs_comm *comm, const ensemble *e, double hurst, double *power)
{
    for (int64_t i = 0; i < SIGNALS * e->bins; i++) {
        power[i] = (double)NAN;
    }
    if (e->samples > EXPECTATION_SAMPLES_MAX) {
        return BS_OK;
    }
    centred c;
    double *circular = bs_alloc(SIGNALS * (size_t)e->samples, sizeof *circular);
    bs_status status = centre(hurst, e->samples, &c);
    status = bs_agree(comm, circular == NULL ? BS_ERR_MEMORY : status);
    if (status == BS_OK && circular != NULL && c.power != NULL) {
        status = sum_lags(comm, &c, circular);
    }
    if (status == BS_OK && circular != NULL) {
        status = bs_agree(comm, transform(e, circular, power));
    }
    bs_free(circular);
    bs_free(c.power);
    return status;
}
