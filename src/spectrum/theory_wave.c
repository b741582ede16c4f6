/* Harmonics of relu, leaky relu and tanh on a cosine, as a series and as sampled.
 *
 * Relu: max(0, cos t - c) is cos t - c on |t| < h = acos c. Its samples are a finite geometric sum,
 * which is the aliased series in closed form.
 *
 * Tanh: tanh x = sum over n of 2 x / (x^2 + b_n^2), b_n = (n - 1/2) pi, and
 *   2 a cos t / (a^2 cos^2 t + b^2) = sum over odd k of
 *       (-1)^((k-1)/2) 4 / sqrt(a^2 + b^2) exp(-k asinh(b / a)) cos kt.
 * All terms of one k have one sign, so that even the smallest harmonics keep all their digits. */
#include "blueshift/theory.h"

#include <inttypes.h>
#include <math.h>

#include "blueshift/statistics.h"
#include "blueshift/memory.h"

static const double TANH_AMPLITUDE_MAX = 1000.0;

/* Poles of tanh that are summed; the rest is an integral. */
enum { POLES = 2000 };

static bs_status check(const bs_theory_wave *wave, int64_t count)
{
    if (count < 1 || count > BS_HARMONICS_MAX) {
        return BS_FAIL(BS_ERR_USAGE, "%" PRId64 " harmonics or samples; give 1 to %d", count,
                       BS_HARMONICS_MAX);
    }
    if (!(wave->amplitude > 0.0) || !isfinite(wave->amplitude) || !isfinite(wave->threshold) ||
        !isfinite(wave->slope)) {
        return BS_FAIL(BS_ERR_USAGE,
                       "amplitude %g, threshold %g, slope %g: give finite numbers and an amplitude "
                       "above 0",
                       wave->amplitude, wave->threshold, wave->slope);
    }
    bool tanh = wave->activation == BS_ACTIVATION_TANH;
    if (tanh && (wave->threshold != 0.0 || wave->amplitude > TANH_AMPLITUDE_MAX)) {
        return BS_FAIL(BS_ERR_USAGE,
                       "tanh has harmonics in closed form at threshold 0 and amplitudes up to %g, "
                       "not at %g and %g",
                       TANH_AMPLITUDE_MAX, wave->threshold, wave->amplitude);
    }
    if (!tanh && wave->activation != BS_ACTIVATION_RELU &&
        wave->activation != BS_ACTIVATION_LEAKY_RELU) {
        return BS_FAIL(BS_ERR_USAGE,
                       "%s has no harmonics in closed form; relu, leaky-relu and tanh have",
                       bs_activation_name(wave->activation));
    }
    return BS_OK;
}

/* ---- relu ---- */

/* Coefficient K of max(0, cos t - c), -1 < c < 1. */
static double relu_coefficient(int64_t k, double c)
{
    if (c == 0.0 && k > 1) { /* exact zeros at odd k */
        double even = (k / 2) % 2 == 1 ? 1.0 : -1.0;
        return k % 2 == 1 ? 0.0 : even * 2.0 / (BS_PI * ((double)k * (double)k - 1.0));
    }
    double h = acos(c);
    double sine = sqrt((1.0 - c) * (1.0 + c));
    if (k == 0) {
        return (sine - h * c) / BS_PI;
    }
    if (k == 1) {
        return (h - sine * c) / BS_PI;
    }
    double x = (double)k;
    return 2.0 / BS_PI * (sin(x * h) * c - x * cos(x * h) * sine) / (x * (x * x - 1.0));
}

static void relu_harmonics(double slope, double c, int64_t count, double *a)
{
    for (int64_t k = 0; k < count; k++) {
        double linear = k == 0 ? -c : k == 1 ? 1.0 : 0.0;
        double clipped = 0.0;
        if (c <= -1.0) {
            clipped = linear;
        } else if (c < 1.0) {
            clipped = relu_coefficient(k, c);
        }
        a[k] = slope * linear + (1.0 - slope) * clipped;
    }
}

/* Sum over j from -J to J of exp(-2 pi i jk/N). The angles are reduced as integers. */
static double dirichlet(int64_t k, int64_t n, int64_t j)
{
    if (k % n == 0) {
        return (double)(2 * j + 1);
    }
    double step = BS_PI / (double)n;
    return sin(step * (double)((2 * j + 1) * k % (2 * n))) / sin(step * (double)(k % (2 * n)));
}

/* Transform of cos t - c over the samples -J to J. */
static double clipped_sample(int64_t k, int64_t n, int64_t j, double c)
{
    double cosine = 0.5 * (dirichlet(k > 0 ? k - 1 : 1, n, j) + dirichlet(k + 1, n, j));
    return (cosine - c * dirichlet(k, n, j)) / (double)n;
}

static void relu_samples(double slope, double c, int64_t n, double *x)
{
    /* Samples beyond N / 2 are those of negative t; whether one at the very threshold counts does
     * not matter, it is 0. */
    int64_t inside = c < 1.0 && c > -1.0 ? (int64_t)((double)n * acos(c) / (2.0 * BS_PI)) : 0;
    for (int64_t k = 0; k <= n / 2; k++) {
        double linear = k == 0 ? -c : 0.0;
        if ((k - 1) % n == 0 || (k + 1) % n == 0) {
            linear += n > 2 ? 0.5 : 1.0; /* up to two samples cannot tell cos t from cos -t */
        }
        double clipped = 0.0;
        if (c <= -1.0) {
            clipped = linear;
        } else if (c < 1.0) {
            clipped = clipped_sample(k, n, inside, c);
        }
        x[k] = slope * linear + (1.0 - slope) * clipped;
    }
}

/* ---- tanh ---- */

static double pole(int n)
{
    return BS_PI * (n - 0.5);
}

/* Sum over the poles beyond POLES by the midpoint rule. Its integral is exact: with u = asinh(b/a)
 * it is that of exp(-k u). The next term of Euler-Maclaurin's formula is below rounding. */
static double tanh_rest(double k, double a)
{
    double b = BS_PI * POLES;
    double root = hypot(a, b);
    double value = exp(-k * asinh(b / a));
    double slope = -value / root * (b / (root * root) + k / root);
    return 4.0 * (value / (k * BS_PI) + BS_PI / 24.0 * slope);
}

static double tanh_coefficient(int64_t k, double a, const double *decay)
{
    static const double NEGLIGIBLE = 1e-20;
    double sum = 0.0;
    for (int n = 1; n <= POLES; n++) {
        double term = 4.0 / hypot(a, pole(n)) * exp(-(double)k * decay[n - 1]);
        sum += term;
        if (term <= NEGLIGIBLE * sum) {
            break;
        }
    }
    sum += tanh_rest((double)k, a);
    return k / 2 % 2 == 0 ? sum : -sum;
}

static bs_status tanh_harmonics(double amplitude, int64_t count, double *a)
{
    double *decay = bs_alloc(POLES, sizeof *decay);
    if (decay == NULL) {
        return BS_ERR_MEMORY;
    }
    for (int n = 1; n <= POLES; n++) {
        decay[n - 1] = asinh(pole(n) / amplitude);
    }
    for (int64_t k = 0; k < count; k++) {
        a[k] = k % 2 == 0 ? 0.0 : tanh_coefficient(k, amplitude, decay);
    }
    bs_free(decay);
    return BS_OK;
}

/* Folds the harmonics that are above rounding into N / 2 + 1 bins. */
static bs_status tanh_samples(double amplitude, int64_t n, double *x)
{
    static const double DIGITS = 45.0; /* exp(-45) is 3e-20 */
    int64_t count = (int64_t)(DIGITS / asinh(pole(1) / amplitude)) + 2;
    double *a = bs_alloc((size_t)count, sizeof *a);
    if (a == NULL) {
        return BS_ERR_MEMORY;
    }
    bs_status status = tanh_harmonics(amplitude, count, a);
    for (int64_t k = 0; k <= n / 2; k++) {
        x[k] = 0.0;
    }
    for (int64_t k = count - 1; k >= 0; k--) { /* small ones first */
        int64_t up = k % n;
        int64_t down = (n - up) % n;
        x[up <= n / 2 ? up : down] += up == down ? a[k] : 0.5 * a[k];
    }
    bs_free(a);
    return status;
}

double bs_theory_tanh_ratio(double amplitude)
{
    return -exp(-2.0 * asinh(pole(1) / amplitude));
}

/* ---- all ---- */

bs_status bs_theory_harmonics(const bs_theory_wave *wave, int64_t count, double *a)
{
    BS_TRY(check(wave, count));
    if (wave->activation == BS_ACTIVATION_TANH) {
        return tanh_harmonics(wave->amplitude, count, a);
    }
    double slope = wave->activation == BS_ACTIVATION_LEAKY_RELU ? wave->slope : 0.0;
    relu_harmonics(slope, wave->threshold / wave->amplitude, count, a);
    for (int64_t k = 0; k < count; k++) {
        a[k] *= wave->amplitude;
    }
    return BS_OK;
}

bs_status bs_theory_sampled_harmonics(const bs_theory_wave *wave, int64_t n, double *x)
{
    BS_TRY(check(wave, n));
    if (wave->activation == BS_ACTIVATION_TANH) {
        return tanh_samples(wave->amplitude, n, x);
    }
    double slope = wave->activation == BS_ACTIVATION_LEAKY_RELU ? wave->slope : 0.0;
    relu_samples(slope, wave->threshold / wave->amplitude, n, x);
    for (int64_t k = 0; k <= n / 2; k++) {
        x[k] *= wave->amplitude;
    }
    return BS_OK;
}
