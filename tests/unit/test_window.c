/* Windows: values, symmetry and sums of the periodic Hann window. */
#include <math.h>

#include "blueshift/complex.h"
#include "blueshift/window.h"
#include "unit/unit_test.h"

static const double PI = 3.14159265358979323846;

static double complex unit(double angle)
{
    return CMPLX(cos(angle), sin(angle));
}

static void none_changes_nothing(void **state)
{
    (void)state;
    for (int i = 0; i < 7; i++) {
        assert_true(bs_window_weight(BS_WINDOW_NONE, i, 7) == 1.0);
    }
}

static void means_see_what_the_window_sees(void **state)
{
    (void)state;
    enum { N = 16 };
    double weights[N];
    double rim[N] = {7.0}; /* where Hann's weight is 0 */
    double wave[N];
    for (int i = 0; i < N; i++) {
        weights[i] = bs_window_weight(BS_WINDOW_HANN, i, N);
        wave[i] = 3.0 + cos(2.0 * PI * i / N);
    }
    assert_true(bs_window_mean(weights, rim, N) == 0.0);
    /* Hann is 1/2 - cos/2: half the weight of a cosine of the opposite sign. */
    assert_true(fabs(bs_window_mean(weights, wave, N) - 2.5) < 1e-15);
    for (int n = 1; n <= N; n++) { /* a constant leaves nothing behind, of any length */
        double constant[N];
        for (int i = 0; i < n; i++) {
            weights[i] = bs_window_weight(BS_WINDOW_HANN, i, n);
            constant[i] = 2.2126866783821202;
        }
        assert_true(bs_window_mean(weights, constant, n) == constant[0]);
    }
}

static void hann_is_periodic(void **state)
{
    (void)state;
    static const double eight[] = {0.0, 0.14644660940672624, 0.5, 0.8535533905932737, 1.0};
    for (int i = 0; i <= 4; i++) {
        assert_true(fabs(bs_window_weight(BS_WINDOW_HANN, i, 8) - eight[i]) < 1e-15);
    }
    assert_true(bs_window_weight(BS_WINDOW_HANN, 0, 8) == 0.0);
    assert_true(bs_window_weight(BS_WINDOW_HANN, 4, 8) == 1.0);
    for (int n = 2; n < 70; n++) {
        for (int i = 1; i < n; i++) {
            double weight = bs_window_weight(BS_WINDOW_HANN, i, n);
            assert_true(weight == bs_window_weight(BS_WINDOW_HANN, n - i, n));
            assert_true(weight > 0.0 && weight <= 1.0);
        }
    }
}

/* Coherent gain n / 2, noise gain 3 n / 8; the transform is the classic (-1/4, 1/2, -1/4). */
static void hann_sums(void **state)
{
    (void)state;
    for (int n = 3; n < 100; n++) {
        double sum = 0.0;
        double squares = 0.0;
        double complex first = 0.0;
        double complex second = 0.0;
        for (int i = 0; i < n; i++) {
            double weight = bs_window_weight(BS_WINDOW_HANN, i, n);
            sum += weight;
            squares += weight * weight;
            first += weight * unit(-2.0 * PI * i / n);
            second += weight * unit(-4.0 * PI * i / n);
        }
        assert_true(fabs(sum - 0.5 * n) < 1e-12);
        if (n > 4) {
            assert_true(fabs(squares - 0.375 * n) < 1e-12);
            assert_true(cabs(first + 0.25 * n) < 1e-12);
            assert_true(cabs(second) < 1e-12);
        }
    }
}

static void one_sample_is_kept(void **state)
{
    (void)state;
    assert_true(bs_window_weight(BS_WINDOW_HANN, 0, 1) == 1.0);
}

static void names(void **state)
{
    (void)state;
    assert_string_equal(bs_window_name(BS_WINDOW_NONE), "none");
    assert_string_equal(bs_window_name(BS_WINDOW_HANN), "hann");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(none_changes_nothing), cmocka_unit_test(means_see_what_the_window_sees),
        cmocka_unit_test(hann_is_periodic),     cmocka_unit_test(hann_sums),
        cmocka_unit_test(one_sample_is_kept),   cmocka_unit_test(names),
    };
    return cmocka_run_group_tests_name("window", tests, NULL, NULL);
}
