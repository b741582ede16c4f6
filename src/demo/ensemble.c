/* Sums over an ensemble of paths, and the estimates that follow from them. */
#include "ensemble.h"

#include <math.h>

#include "blueshift/fft_mpi.h"
#include "blueshift/memory.h"
#include "blueshift/window.h"

/* Numbers of a signal: those of each bin, then those of the whole. */
enum { MAGNITUDE, POWER, POWER_SQUARE, OF_BIN };
enum {
    SLOPE,
    SLOPE_SQUARE,
    HIGH,
    TOTAL,
    HIGH_SQUARE,
    HIGH_TOTAL,
    TOTAL_SQUARE,
    EXCESS,
    EXCESS_SQUARE,
    OF_SIGNAL
};
enum { PRODUCT, PRODUCT_SQUARE, OF_PAIR };

static double *bin_sums(const ensemble *e, int signal, int64_t k)
{
    return e->sums + ((int64_t)signal * e->bins + k) * OF_BIN;
}

static double *signal_sums(const ensemble *e, int signal)
{
    return e->sums + (int64_t)SIGNALS * e->bins * OF_BIN + (int64_t)signal * OF_SIGNAL;
}

static double *pair_sums(const ensemble *e, int s, int t)
{
    return signal_sums(e, SIGNALS) + (int64_t)(s * TIMES + t) * OF_PAIR;
}

static int64_t bin_of(const ensemble *e, double fraction)
{
    const int64_t nyquist = e->samples / 2;
    return (int64_t)floor(fraction * (double)nyquist + 0.5);
}

bs_status bs_ensemble_init(const bs_demo *demo, ensemble *e)
{
    const int64_t n = demo->samples;
    *e = (ensemble){.samples = n, .bins = n / 2 + 1};
    e->cutoff = bin_of(e, demo->cutoff);
    for (int i = 0; i < 2; i++) {
        int64_t k = bin_of(e, demo->band[i]);
        e->band[i] = k < LOWEST ? LOWEST : k;
    }
    if (e->band[1] < e->band[0] + 2) {
        return BS_FAIL(BS_ERR_USAGE,
                       "fbm.band holds wavenumbers %lld to %lld of %lld; a slope needs three or "
                       "more: give more samples or a wider band",
                       (long long)e->band[0], (long long)e->band[1], (long long)(n / 2));
    }
    e->size = (int64_t)SIGNALS * (e->bins * OF_BIN + OF_SIGNAL) + (int64_t)TIMES * TIMES * OF_PAIR;
    e->sums = bs_alloc((size_t)e->size, sizeof *e->sums);
    e->signal = bs_alloc((size_t)n, sizeof *e->signal);
    e->weights = bs_alloc((size_t)n, sizeof *e->weights);
    e->line = bs_alloc((size_t)n, sizeof *e->line);
    e->modes = bs_alloc((size_t)e->bins, sizeof *e->modes);
    if (e->sums == NULL || e->signal == NULL || e->weights == NULL || e->line == NULL ||
        e->modes == NULL) {
        return BS_ERR_MEMORY;
    }
    bs_window_fill(BS_WINDOW_HANN, n, e->weights);
    return BS_OK;
}

void bs_ensemble_release(ensemble *e)
{
    bs_free(e->sums);
    bs_free(e->signal);
    bs_free(e->weights);
    bs_free(e->line);
    bs_free(e->modes);
    *e = (ensemble){.samples = 0};
}

static double mean_of(const double *values, int64_t count)
{
    double sum = 0.0;
    for (int64_t i = 0; i < count; i++) {
        sum += values[i];
    }
    return sum / (double)count;
}

double bs_ensemble_signal(int signal, double value)
{
    static const double slopes[SIGNALS] = {1.0, 0.0, 0.5};
    return value > 0.0 ? value : slopes[signal] * value;
}

int64_t bs_ensemble_time(const ensemble *e, int time)
{
    return (time + 1) * e->samples / TIMES - 1;
}

double bs_ensemble_fit(const ensemble *e, const double *values)
{
    const double count = (double)(e->band[1] - e->band[0] + 1);
    double x = 0.0;
    double y = 0.0;
    for (int64_t k = e->band[0]; k <= e->band[1]; k++) {
        x += log((double)k) / count;
        y += values[k] / count;
    }
    double xx = 0.0;
    double xy = 0.0;
    for (int64_t k = e->band[0]; k <= e->band[1]; k++) {
        double distance = log((double)k) - x;
        xx += distance * distance;
        xy += distance * (values[k] - y);
    }
    return xy / xx;
}

/* Adds the transform in MODES; LINE becomes the logarithms of its magnitudes. */
static void add_modes(ensemble *e, int signal)
{
    double high = 0.0;
    double total = 0.0;
    for (int64_t k = 0; k < e->bins; k++) {
        double *sums = bin_sums(e, signal, k);
        double power = creal(e->modes[k] * conj(e->modes[k]));
        sums[MAGNITUDE] += sqrt(power);
        sums[POWER] += power;
        sums[POWER_SQUARE] += power * power;
        total += k >= LOWEST ? power : 0.0;
        high += k > e->cutoff ? power : 0.0;
        e->line[k] = 0.5 * log(power);
    }
    double slope = bs_ensemble_fit(e, e->line);
    double *sums = signal_sums(e, signal);
    e->fraction = signal == 0 ? log(high / total) : e->fraction;
    double excess = log(high / total) - e->fraction;
    sums[EXCESS] += excess;
    sums[EXCESS_SQUARE] += excess * excess;
    sums[SLOPE] += slope;
    sums[SLOPE_SQUARE] += slope * slope;
    sums[HIGH] += high;
    sums[TOTAL] += total;
    sums[HIGH_SQUARE] += high * high;
    sums[HIGH_TOTAL] += high * total;
    sums[TOTAL_SQUARE] += total * total;
}

static double increment(const ensemble *e, const double *path, int time)
{
    double before = time > 0 ? path[bs_ensemble_time(e, time - 1)] : 0.0;
    return path[bs_ensemble_time(e, time)] - before;
}

bs_status bs_ensemble_add(ensemble *e, const double *path)
{
    const int64_t n = e->samples;
    const double mean = mean_of(path, n);
    for (int signal = 0; signal < SIGNALS; signal++) {
        for (int64_t j = 0; j < n; j++) {
            e->signal[j] = bs_ensemble_signal(signal, path[j] - mean);
        }
        const double level = bs_window_mean(e->weights, e->signal, n);
        for (int64_t j = 0; j < n; j++) {
            e->signal[j] = (e->signal[j] - level) * e->weights[j];
        }
        BS_TRY(bs_fft_line(n, e->signal, e->modes));
        add_modes(e, signal);
    }
    for (int s = 0; s < TIMES; s++) {
        for (int t = 0; t < TIMES; t++) {
            double product = increment(e, path, s) * increment(e, path, t);
            pair_sums(e, s, t)[PRODUCT] += product;
            pair_sums(e, s, t)[PRODUCT_SQUARE] += product * product;
        }
    }
    return BS_OK;
}

bs_estimate bs_ensemble_magnitude(const ensemble *e, int64_t count, int signal, int64_t k)
{
    const double *sums = bin_sums(e, signal, k);
    return bs_estimate_from_sums(sums[MAGNITUDE], sums[POWER], count);
}

bs_estimate bs_ensemble_power(const ensemble *e, int64_t count, int signal, int64_t k)
{
    const double *sums = bin_sums(e, signal, k);
    return bs_estimate_from_sums(sums[POWER], sums[POWER_SQUARE], count);
}

bs_estimate bs_ensemble_slope(const ensemble *e, int64_t count, int signal)
{
    const double *sums = signal_sums(e, signal);
    return bs_estimate_from_sums(sums[SLOPE], sums[SLOPE_SQUARE], count);
}

/* A ratio of means; its error by linearisation: that of the mean of high - fraction total. */
bs_estimate bs_ensemble_fraction(const ensemble *e, int64_t count, int signal)
{
    const double *sums = signal_sums(e, signal);
    double n = (double)count;
    double fraction = sums[HIGH] / sums[TOTAL];
    double squares = sums[HIGH_SQUARE] - 2.0 * fraction * sums[HIGH_TOTAL] +
                     fraction * fraction * sums[TOTAL_SQUARE];
    double error = sqrt(fmax(0.0, squares) / n / (n - 1.0)) / (sums[TOTAL] / n);
    return (bs_estimate){fraction, error, count};
}

bs_estimate bs_ensemble_excess(const ensemble *e, int64_t count, int signal)
{
    const double *sums = signal_sums(e, signal);
    return bs_estimate_from_sums(sums[EXCESS], sums[EXCESS_SQUARE], count);
}

bs_estimate bs_ensemble_covariance(const ensemble *e, int64_t count, int s, int t)
{
    const double *sums = pair_sums(e, s, t);
    return bs_estimate_from_sums(sums[PRODUCT], sums[PRODUCT_SQUARE], count);
}
