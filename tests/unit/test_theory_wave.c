/* Harmonics of relu, leaky relu and tanh: known numbers, sampled against FFT and aliased sums. */
#include <math.h>
#include <string.h>

#include "blueshift/theory.h"
#include "unit/unit_test.h"

static const double PI = 3.14159265358979323846;

enum { MANY = 4096 };

static bs_theory_wave relu(double threshold)
{
    return (bs_theory_wave){
        .activation = BS_ACTIVATION_RELU, .amplitude = 1.0, .threshold = threshold};
}

static bs_theory_wave leaky(double slope, double amplitude, double threshold)
{
    return (bs_theory_wave){.activation = BS_ACTIVATION_LEAKY_RELU,
                            .slope = slope,
                            .amplitude = amplitude,
                            .threshold = threshold};
}

static bs_theory_wave saturating(double amplitude)
{
    return (bs_theory_wave){.activation = BS_ACTIVATION_TANH, .amplitude = amplitude};
}

static double value_at(const bs_theory_wave *wave, double t)
{
    double x = wave->amplitude * cos(t) - wave->threshold;
    if (wave->activation == BS_ACTIVATION_TANH) {
        return tanh(x);
    }
    return x > 0.0 ? x : wave->slope * x;
}

static void series(const bs_theory_wave *wave, int64_t count, double *a)
{
    assert_int_equal(bs_theory_harmonics(wave, count, a), BS_OK);
}

static void relu_harmonics(void **state)
{
    (void)state;
    static const double known[] = {.318310, .5, .212207, 0, -.042441, 0, .018189};
    double a[MANY];
    bs_theory_wave wave = relu(0.0);
    series(&wave, MANY, a);
    for (int k = 0; k < 7; k++) {
        assert_true(fabs(a[k] - known[k]) < 5.1e-7);
    }
    assert_true(fabs(a[0] - 1.0 / PI) < 1e-16);
    for (int64_t m = 1; 2 * m < MANY; m++) {
        double wanted = (m % 2 == 1 ? 2.0 : -2.0) / (PI * (4.0 * (double)(m * m) - 1.0));
        assert_true(fabs(a[2 * m] - wanted) <= 1e-15 * fabs(wanted));
        assert_true(2 * m + 1 >= MANY || a[2 * m + 1] == 0.0);
    }
}

/* a_0^2 + sum a_k^2 / 2 is the mean square: 1/4 for relu, and by quadrature with a threshold. */
static void parseval(void **state)
{
    (void)state;
    double a[MANY];
    for (double c = -1.5; c <= 1.5; c += 0.25) {
        bs_theory_wave wave = leaky(0.25, 2.0, 2.0 * c);
        series(&wave, MANY, a);
        double squares = a[0] * a[0];
        double mean_square = 0.0;
        enum { STEPS = 20000 };
        for (int k = 1; k < MANY; k++) {
            squares += 0.5 * a[k] * a[k];
        }
        for (int i = 0; i < STEPS; i++) {
            mean_square += pow(value_at(&wave, 2.0 * PI * i / STEPS), 2.0) / STEPS;
        }
        assert_true(fabs(squares - mean_square) < 1e-8 * (1.0 + mean_square));
    }
    bs_theory_wave wave = relu(0.0);
    series(&wave, MANY, a);
    double squares = a[0] * a[0];
    for (int k = 1; k < MANY; k++) {
        squares += 0.5 * a[k] * a[k];
    }
    assert_true(fabs(squares - 0.25) < 1e-11);
}

static void biased_relu_harmonics(void **state)
{
    (void)state;
    double a[64];
    double zero[64];
    for (double h = 0.3; h < 3.0; h += 0.2) {
        bs_theory_wave wave = relu(cos(h));
        series(&wave, 64, a);
        assert_true(fabs(a[0] - (sin(h) - h * cos(h)) / PI) < 1e-15);
        assert_true(fabs(a[1] - (h - sin(h) * cos(h)) / PI) < 1e-15);
        for (int k = 2; k < 64; k++) {
            double wanted =
                2.0 / PI * (sin(k * h) * cos(h) - k * cos(k * h) * sin(h)) / (k * (k * k - 1.0));
            assert_true(fabs(a[k] - wanted) < 1e-15);
        }
    }
    bs_theory_wave nearly = relu(1e-12);
    bs_theory_wave unbiased = relu(0.0);
    series(&nearly, 64, a);
    series(&unbiased, 64, zero);
    for (int k = 0; k < 64; k++) {
        assert_true(fabs(a[k] - zero[k]) < 1e-11);
    }
}

static void thresholds_out_of_reach(void **state)
{
    (void)state;
    double a[4];
    bs_theory_wave wave = relu(1.0);
    series(&wave, 4, a);
    assert_true(a[0] == 0.0 && a[1] == 0.0 && a[2] == 0.0);
    wave = relu(-2.0);
    series(&wave, 4, a);
    assert_true(a[0] == 2.0 && a[1] == 1.0 && a[2] == 0.0 && a[3] == 0.0);
}

/* Harmonics k >= 2 are (1 - s) times those of relu: the average of x and relu(x) halves them. */
static void leaky_relu_is_between(void **state)
{
    (void)state;
    double a[64];
    double b[64];
    bs_theory_wave whole = relu(0.0);
    series(&whole, 64, a);
    for (double slope = -0.5; slope < 1.3; slope += 0.25) {
        bs_theory_wave part = leaky(slope, 1.0, 0.0);
        series(&part, 64, b);
        assert_true(fabs(b[1] - (slope + (1.0 - slope) * 0.5)) < 1e-15);
        for (int k = 2; k < 64; k++) {
            assert_true(b[k] == (1.0 - slope) * a[k]);
        }
    }
}

static void tanh_harmonics(void **state)
{
    (void)state;
    double a[200];
    bs_theory_wave wave = saturating(1.0);
    series(&wave, 200, a);
    assert_true(fabs(a[1] - .8116757) < 5e-8);
    assert_true(fabs(a[3] + .05424581) < 5e-9);
    assert_true(fabs(a[5] - .004516822) < 5e-10);
    for (int k = 0; k < 200; k += 2) {
        assert_true(a[k] == 0.0);
    }
    static const double amplitudes[] = {0.2, 1.0, 5.0, 30.0};
    for (size_t i = 0; i < sizeof amplitudes / sizeof amplitudes[0]; i++) {
        double amplitude = amplitudes[i];
        wave.amplitude = amplitude;
        series(&wave, 200, a);
        double ratio = bs_theory_tanh_ratio(amplitude);
        assert_true(fabs(ratio + exp(-2.0 * asinh(PI / (2.0 * amplitude)))) < 1e-15);
        /* the second pole has decayed away where its share is below 1e-12 */
        double share = exp(-197.0 * (asinh(1.5 * PI / amplitude) - asinh(0.5 * PI / amplitude)));
        assert_true(fabs(a[199] / a[197] / ratio - 1.0) < 1e-12 + share);
    }
}

static void check_samples(const bs_theory_wave *wave, int n)
{
    double x[MANY];
    assert_int_equal(bs_theory_sampled_harmonics(wave, n, x), BS_OK);
    for (int k = 0; k <= n / 2; k++) {
        double real = 0.0;
        for (int j = 0; j < n; j++) {
            real += value_at(wave, 2.0 * PI * j / n) * cos(2.0 * PI * (j * k % n) / n);
        }
        assert_true(fabs(real / n - x[k]) < 4e-16 * (4.0 + n / 8.0) * wave->amplitude);
    }
}

static void samples_are_transforms(void **state)
{
    (void)state;
    static const int sizes[] = {1, 2, 3, 4, 5, 6, 7, 8, 16, 30, 63, 64, 100, 128};
    static const double thresholds[] = {-1.5, -1.0, -0.99, -0.5, 0.0, 0.31, 0.5, 0.97, 1.0, 1.2};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        for (size_t j = 0; j < sizeof thresholds / sizeof thresholds[0]; j++) {
            bs_theory_wave wave = relu(thresholds[j]);
            check_samples(&wave, sizes[i]);
            wave = leaky(0.2, 3.0, 3.0 * thresholds[j]);
            check_samples(&wave, sizes[i]);
        }
        for (double amplitude = 0.5; amplitude < 40.0; amplitude *= 3.0) {
            bs_theory_wave wave = saturating(amplitude);
            check_samples(&wave, sizes[i]);
        }
    }
}

/* The other side of the closed form: the series folded, its tail k^-2 cut far out. */
static void samples_are_aliased_sums(void **state)
{
    (void)state;
    enum { FAR = 1 << 20 };
    static double a[FAR];
    static const int sizes[] = {9, 16, 22};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        int n = sizes[i];
        bs_theory_wave wave = relu(0.3);
        double x[MANY];
        series(&wave, FAR, a);
        assert_int_equal(bs_theory_sampled_harmonics(&wave, n, x), BS_OK);
        for (int k = 0; k <= n / 2; k++) {
            double sum = k == 0 ? a[0] : 0.0;
            for (int m = FAR - 1; m > 0; m--) {
                sum += 0.5 * a[m] * ((m % n == k) + ((n - m % n) % n == k));
            }
            assert_true(fabs(sum - x[k]) < 1e-6);
        }
    }
}

static void what_has_no_closed_form_is_refused(void **state)
{
    (void)state;
    double a[4];
    bs_theory_wave wave = {.activation = BS_ACTIVATION_GELU, .amplitude = 1.0};
    assert_int_equal(bs_theory_harmonics(&wave, 4, a), BS_ERR_USAGE);
    assert_non_null(strstr(bs_error_text(), "gelu has no harmonics in closed form"));
    wave = saturating(1.0);
    wave.threshold = 0.5;
    assert_int_equal(bs_theory_harmonics(&wave, 4, a), BS_ERR_USAGE);
    assert_non_null(strstr(bs_error_text(), "threshold 0"));
    wave = relu(NAN);
    assert_int_equal(bs_theory_sampled_harmonics(&wave, 4, a), BS_ERR_USAGE);
    wave = relu(0.0);
    wave.amplitude = 0.0;
    assert_int_equal(bs_theory_harmonics(&wave, 4, a), BS_ERR_USAGE);
    wave.amplitude = 1.0;
    assert_int_equal(bs_theory_harmonics(&wave, 0, a), BS_ERR_USAGE);
    assert_int_equal(bs_theory_sampled_harmonics(&wave, (int64_t)1 << 40, a), BS_ERR_USAGE);
}

static void laws(void **state)
{
    (void)state;
    assert_true(bs_theory_fbm_exponent(0.5) == 2.0);
    assert_true(fabs(bs_theory_averaged_variance(3.0, 10, 0.0) - 0.3) < 1e-15);
    assert_true(fabs(bs_theory_averaged_variance(3.0, 10, 1.0) - 3.0) < 1e-15);
    assert_true(fabs(bs_theory_averaged_variance(2.0, 4, 0.5) - 1.25) < 1e-15);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(relu_harmonics),
        cmocka_unit_test(parseval),
        cmocka_unit_test(biased_relu_harmonics),
        cmocka_unit_test(thresholds_out_of_reach),
        cmocka_unit_test(leaky_relu_is_between),
        cmocka_unit_test(tanh_harmonics),
        cmocka_unit_test(samples_are_transforms),
        cmocka_unit_test(samples_are_aliased_sums),
        cmocka_unit_test(what_has_no_closed_form_is_refused),
        cmocka_unit_test(laws),
    };
    return cmocka_run_group_tests_name("theory of waves", tests, NULL, NULL);
}
