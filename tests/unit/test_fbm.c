/* Fractional Brownian motion: its covariances, and paths by circulant embedding that have them. */
#include <math.h>
#include <string.h>

#include "blueshift/fbm.h"
#include "blueshift/memory.h"
#include "unit/unit_test.h"

static const double hursts[] = {0.1, 0.3, 0.5, 0.75, 0.95};
enum { HURSTS = sizeof hursts / sizeof hursts[0] };

/* Sums of increments give the variance t^2H, near lags and far ones alike. */
static void increments_add_up(void **state)
{
    (void)state;
    for (int h = 0; h < HURSTS; h++) {
        for (int n = 1; n <= 1000; n = 3 * n + 1) {
            double sum = 0.0;
            for (int lag = 1 - n; lag < n; lag++) {
                sum += (n - (lag < 0 ? -lag : lag)) * bs_fbm_increment_covariance(hursts[h], lag);
            }
            assert_true(fabs(sum / pow(n, 2.0 * hursts[h]) - 1.0) < 1e-12);
        }
        double variance = bs_fbm_covariance(hursts[h], 0.3, 0.3);
        assert_true(fabs(variance - pow(0.3, 2.0 * hursts[h])) < 1e-15);
        assert_true(bs_fbm_covariance(hursts[h], 0.0, 0.7) == 0.0);
    }
    assert_true(bs_fbm_increment_covariance(0.5, 1) == 0.0);
    assert_true(bs_fbm_increment_covariance(0.5, 100) == 0.0);
    assert_true(fabs(bs_fbm_covariance(0.5, 0.3, 0.7) - 0.3) < 1e-15);
}

/* The law of large lags is H (2H - 1) lag^(2H - 2). */
static void far_increments_keep_their_digits(void **state)
{
    (void)state;
    for (int h = 0; h < HURSTS; h++) {
        double hurst = hursts[h];
        double lag = 1e7;
        double law = hurst * (2.0 * hurst - 1.0) * pow(lag, 2.0 * hurst - 2.0);
        double got = bs_fbm_increment_covariance(hurst, (int64_t)lag);
        assert_true(fabs(got - law) <= 1e-12 * fabs(law));
        /* both sides of the change from the difference to the series */
        double before = bs_fbm_increment_covariance(hurst, 15);
        double middle = bs_fbm_increment_covariance(hurst, 16);
        double after = bs_fbm_increment_covariance(hurst, 17);
        assert_true(fabs(before * after - middle * middle) <= 0.01 * middle * middle);
        double direct =
            0.5 * (pow(17.0, 2.0 * hurst) - 2.0 * pow(16.0, 2.0 * hurst) + pow(15.0, 2.0 * hurst));
        assert_true(fabs(direct - middle) < 1e-13);
    }
}

/* Sample covariances of 4000 paths at a few pairs of times: 5 standard errors at most. */
static void paths_have_the_covariance(void **state)
{
    (void)state;
    enum { N = 24, PATHS = 4000 };
    for (int h = 0; h < HURSTS; h++) {
        static double path[PATHS][N];
        bs_fbm *fbm = NULL;
        assert_int_equal(bs_fbm_create(hursts[h], N, &fbm), BS_OK);
        for (int p = 0; p < PATHS; p++) {
            assert_int_equal(bs_fbm_path(fbm, 11, (uint32_t)p, path[p]), BS_OK);
        }
        bs_fbm_destroy(fbm);
        double squares = 0.0;
        int pairs = 0;
        for (int i = 0; i < N; i += 3) {
            for (int j = i; j < N; j += 3) {
                double s = (i + 1.0) / N;
                double t = (j + 1.0) / N;
                double wanted = bs_fbm_covariance(hursts[h], s, t);
                double error =
                    sqrt((bs_fbm_covariance(hursts[h], s, s) * bs_fbm_covariance(hursts[h], t, t) +
                          wanted * wanted) /
                         PATHS);
                double got = 0.0;
                for (int p = 0; p < PATHS; p++) {
                    got += path[p][i] * path[p][j] / PATHS;
                }
                assert_true(fabs(got - wanted) < 5.0 * error);
                squares += (got - wanted) * (got - wanted) / (error * error);
                pairs++;
            }
        }
        assert_true(squares / pairs < 3.0);
    }
}

static void paths_are_addressed(void **state)
{
    (void)state;
    double a[50];
    double b[50];
    bs_fbm *fbm = NULL;
    assert_int_equal(bs_fbm_create(0.4, 50, &fbm), BS_OK);
    assert_int_equal(bs_fbm_path(fbm, 1, 7, a), BS_OK);
    assert_int_equal(bs_fbm_path(fbm, 1, 8, b), BS_OK);
    assert_true(a[0] != b[0] && a[49] != b[49]);
    assert_int_equal(bs_fbm_path(fbm, 1, 7, b), BS_OK);
    assert_memory_equal(a, b, sizeof a);
    assert_int_equal(bs_fbm_path(fbm, 2, 7, b), BS_OK);
    assert_true(a[0] != b[0] && a[49] != b[49]);
    bs_fbm_destroy(fbm);
    bs_fbm_destroy(NULL);
}

static void impossible_motions_are_refused(void **state)
{
    (void)state;
    bs_fbm *fbm = NULL;
    assert_int_equal(bs_fbm_create(0.0, 8, &fbm), BS_ERR_USAGE);
    assert_int_equal(bs_fbm_create(1.0, 8, &fbm), BS_ERR_USAGE);
    assert_int_equal(bs_fbm_create((double)NAN, 8, &fbm), BS_ERR_USAGE);
    assert_non_null(strstr(bs_error_text(), "between 0 and 1"));
    assert_int_equal(bs_fbm_create(0.5, 1, &fbm), BS_ERR_USAGE);
    assert_int_equal(bs_fbm_create(0.5, (int64_t)1 << 40, &fbm), BS_ERR_USAGE);
    assert_non_null(strstr(bs_error_text(), "samples; give 2 to"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(increments_add_up),
        cmocka_unit_test(far_increments_keep_their_digits),
        cmocka_unit_test(paths_have_the_covariance),
        cmocka_unit_test(paths_are_addressed),
        cmocka_unit_test(impossible_motions_are_refused),
    };
    return cmocka_run_group_tests_name("fbm", tests, NULL, NULL);
}
