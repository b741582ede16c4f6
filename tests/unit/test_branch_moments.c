/* Branch statistics: against their definitions sample by sample, and against exact values. */
#include <complex.h>
#include <math.h>
#include <string.h>

#include "blueshift/branch_moments.h"
#include "unit/unit_test.h"

enum { SIGNALS = 4, SUMS = 64, MANY = 100000 };

static const double PI = 3.14159265358979323846;

/* Coefficient of signal ITEM in sample INDEX: independent standard complex Gaussians, <|x|^2> = 2.
 */
static double complex gaussian(uint32_t item, uint64_t index)
{
    const bs_rng rng = {.seed = 7, .stream = BS_STREAM_TEST, .item = item};
    double x[2];
    bs_rng_normal(&rng, 2 * index, 2, x);
    return CMPLX(x[0], x[1]);
}

/* A sample of SIGNALS signals that have something in common, of different power and phase. */
static void draw(uint64_t index, double complex *x)
{
    double complex common = gaussian(100, index);
    for (int i = 0; i < SIGNALS; i++) {
        x[i] = (0.5 + i) * (common * cexp(CMPLX(0.0, i)) + i * gaussian((uint32_t)i, index));
    }
}

static bs_branch_moments moments_of(double sums[SUMS], uint64_t first, uint64_t count)
{
    memset(sums, 0, SUMS * sizeof *sums);
    bs_branch_moments moments = {SIGNALS, sums};
    for (uint64_t n = first; n < first + count; n++) {
        double complex x[SIGNALS];
        draw(n, x);
        bs_branch_add(&moments, x);
    }
    return moments;
}

static void near(double got, double want, double tolerance)
{
    if (!(fabs(got - want) <= tolerance)) {
        fail_msg("%.17g instead of %.17g", got, want);
    }
}

static double square(double complex x)
{
    return creal(x) * creal(x) + cimag(x) * cimag(x);
}

static void cross_spectra_are_their_definition(void **state)
{
    (void)state;
    double sums[SUMS];
    bs_branch_moments m = moments_of(sums, 0, 50);
    for (int i = 0; i < SIGNALS; i++) {
        for (int j = 0; j < SIGNALS; j++) {
            double complex cross = 0.0;
            double power[2] = {0.0, 0.0};
            for (uint64_t n = 0; n < 50; n++) {
                double complex x[SIGNALS];
                draw(n, x);
                cross += x[i] * conj(x[j]) / 50.0;
                power[0] += square(x[i]) / 50.0;
                power[1] += square(x[j]) / 50.0;
            }
            double norm = sqrt(power[0] * power[1]);
            double complex got = bs_branch_cross(&m, i, j);
            near(creal(got), creal(cross), 1e-12 * norm);
            near(cimag(got), cimag(cross), 1e-12 * norm);
            near(bs_branch_power(&m, i), power[0], 1e-12 * power[0]);
            near(bs_branch_coherence(&m, i, j), cabs(cross) / norm, 1e-12);
            near(bs_branch_correlation(&m, i, j), creal(cross) / norm, 1e-12);
        }
    }
    assert_int_equal(bs_branch_size(SIGNALS), 1 + 4 + 3 * 6);
    assert_true(sums[bs_branch_size(SIGNALS) - 1] > 0.0);
    for (int i = bs_branch_size(SIGNALS); i < SUMS; i++) {
        assert_true(sums[i] == 0.0);
    }
}

static void damping_is_the_product_of_its_factors(void **state)
{
    (void)state;
    double sums[SUMS];
    bs_branch_moments m = moments_of(sums, 0, 50);
    for (int r = 0; r < SIGNALS; r++) {
        int main = (r + 1) % SIGNALS;
        double half = 0.0;
        double radii = 0.0;
        double power = 0.0;
        for (uint64_t n = 0; n < 50; n++) {
            double complex x[SIGNALS];
            draw(n, x);
            half += square(0.5 * (x[r] + x[main]));
            radii += pow(0.5 * (cabs(x[r]) + cabs(x[main])), 2);
            power += square(x[main]);
        }
        bs_branch_factors f = bs_branch_damping(&m, r, main);
        near(f.damping, half / power, 1e-12 * f.damping);
        near(f.ed, radii / power, 1e-12 * f.ed);
        near(f.fdsa, half / radii, 1e-12);
        near(f.ed * f.fdsa, f.damping, 1e-12 * f.damping);
    }
}

static void paths_are_their_definition(void **state)
{
    (void)state;
    double sums[SUMS];
    bs_branch_moments m = moments_of(sums, 0, 50);
    double total = 0.0;
    double radii = 0.0;
    double power = 0.0;
    for (uint64_t n = 0; n < 50; n++) {
        double complex x[SIGNALS];
        double complex sum = 0.0;
        double radius = 0.0;
        draw(n, x);
        for (int i = 0; i < SIGNALS; i++) {
            sum += x[i];
            radius += cabs(x[i]);
            power += square(x[i]) / SIGNALS;
        }
        total += square(sum);
        radii += radius * radius;
    }
    bs_branch_factors f = bs_branch_paths(&m);
    near(f.fdsa, total / radii, 1e-12);
    near(f.damping, total / power / (SIGNALS * SIGNALS), 1e-12);
    near(f.ed, radii / power / (SIGNALS * SIGNALS), 1e-12);
    near(f.ed * f.fdsa, f.damping, 1e-12);
}

/* Relative error of 1e5 samples: well below 1 %. */
static void independent_gaussians_have_the_known_factor(void **state)
{
    (void)state;
    for (int k = 2; k <= SIGNALS; k++) {
        double sums[SUMS] = {0.0};
        bs_branch_moments m = {k, sums};
        for (uint64_t n = 0; n < MANY; n++) {
            double complex x[SIGNALS];
            for (int i = 0; i < k; i++) {
                x[i] = gaussian((uint32_t)i, n);
            }
            bs_branch_add(&m, x);
        }
        near(bs_branch_paths(&m).fdsa, 1.0 / (1.0 + (k - 1) * PI / 4.0), 5e-3);
        near(bs_branch_paths(&m).damping, 1.0 / k, 5e-3);
        near(bs_branch_damping(&m, 0, 1).fdsa, 0.560, 5e-3);
        near(bs_branch_damping(&m, 0, 1).damping, 0.5, 5e-3);
    }
}

static void aligned_and_opposite_paths(void **state)
{
    (void)state;
    double sums[SUMS] = {0.0};
    bs_branch_moments m = {2, sums};
    const double complex aligned[2] = {CMPLX(3.0, 4.0), CMPLX(6.0, 8.0)};
    bs_branch_add(&m, aligned);
    near(bs_branch_paths(&m).fdsa, 1.0, 1e-15);
    near(bs_branch_damping(&m, 0, 1).damping, 0.5625, 1e-15);
    near(bs_branch_correlation(&m, 0, 1), 1.0, 1e-15);
    memset(sums, 0, sizeof sums);
    const double complex opposite[2] = {CMPLX(3.0, 4.0), CMPLX(-3.0, -4.0)};
    bs_branch_add(&m, opposite);
    near(bs_branch_paths(&m).fdsa, 0.0, 1e-15);
    near(bs_branch_correlation(&m, 0, 1), -1.0, 1e-15);
    near(bs_branch_coherence(&m, 0, 1), 1.0, 1e-15);
    memset(sums, 0, sizeof sums);
    assert_true(isnan(bs_branch_power(&m, 0)) && isnan(bs_branch_coherence(&m, 0, 1)));
}

/* y = rho x exp(i phi) + sqrt(1 - rho^2) z. */
static void planted_coherence_comes_back(void **state)
{
    (void)state;
    static const double planted[] = {0.2, 0.5, 0.9};
    for (int i = 0; i < 3; i++) {
        double rho = planted[i];
        double sums[SUMS] = {0.0};
        bs_branch_moments m = {2, sums};
        for (uint64_t n = 0; n < MANY; n++) {
            double complex x[2] = {gaussian(0, n)};
            x[1] = rho * x[0] * cexp(CMPLX(0.0, 1.0)) + sqrt(1 - rho * rho) * gaussian(1, n);
            bs_branch_add(&m, x);
        }
        near(bs_branch_coherence(&m, 0, 1), rho, 0.01);
        near(bs_branch_correlation(&m, 0, 1), rho * cos(1.0), 0.01);
        near(carg(bs_branch_cross(&m, 1, 0)), 1.0, 0.02);
    }
}

/* Means over TRIALS of what N independent samples give; the floors are leading terms. */
static void check_floor(int n, bool real)
{
    enum { TRIALS = 4000, N_MAX = 32 };
    const bs_rng rng = {.seed = 1, .stream = BS_STREAM_PHASES};
    double coherence = 0.0;
    double null = 0.0;
    double squares = 0.0;
    for (uint64_t t = 0; t < TRIALS; t++) {
        double sums[SUMS] = {0.0};
        bs_branch_moments m = {2, sums};
        double complex x[N_MAX];
        double complex y[N_MAX];
        for (int i = 0; i < n; i++) {
            x[i] = gaussian(0, t * N_MAX + (uint64_t)i);
            y[i] = gaussian(1, t * N_MAX + (uint64_t)i);
            x[i] = real ? creal(x[i]) : x[i];
            y[i] = real ? creal(y[i]) : y[i];
            const double complex both[2] = {x[i], y[i]};
            bs_branch_add(&m, both);
        }
        coherence += bs_branch_coherence(&m, 0, 1) / TRIALS;
        squares += pow(bs_branch_correlation(&m, 0, 1), 2) / TRIALS;
        /* Fully aligned signals: only the shuffle can make them look independent. */
        null += bs_branch_null(n, x, x, real, &rng, t * N_MAX) / TRIALS;
    }
    near(coherence, bs_branch_floor(n, real), 0.03 * coherence);
    near(sqrt(squares), bs_branch_correlation_floor(n, real), 0.03 * coherence);
    /* |x|^2 varies more than |x| |y|, so that its effective number of samples is smaller. */
    double heavy = real ? 3.0 : 2.0;
    near(null, bs_branch_floor(n, real) * sqrt(heavy * n / (n + heavy - 1.0)), 0.07 * null);
}

static void independent_signals_lie_on_the_floor(void **state)
{
    (void)state;
    check_floor(8, false);
    check_floor(32, false);
    check_floor(32, true);
    near(bs_branch_floor(100, false), 0.0886226925, 1e-9);
}

static void parts_make_the_whole(void **state)
{
    (void)state;
    double whole[SUMS];
    double first[SUMS];
    double second[SUMS];
    bs_branch_moments all = moments_of(whole, 0, 60);
    bs_branch_moments a = moments_of(first, 0, 23);
    bs_branch_moments b = moments_of(second, 23, 37);
    bs_branch_merge(&a, &b, 1.0);
    for (int i = 0; i < bs_branch_size(SIGNALS); i++) {
        near(first[i], whole[i], 1e-12 * whole[1 + SIGNALS - 1]);
    }
    bs_branch_merge(&all, &b, -1.0);
    moments_of(first, 0, 23);
    for (int i = 0; i < bs_branch_size(SIGNALS); i++) {
        near(whole[i], first[i], 1e-12 * second[1 + SIGNALS - 1]);
    }
}

static void scaling_scales_the_samples(void **state)
{
    (void)state;
    static const double gains[SIGNALS] = {2.0, 0.25, 0.0, 3.0};
    double sums[SUMS];
    double want[SUMS] = {0.0};
    bs_branch_moments m = moments_of(sums, 0, 20);
    bs_branch_moments scaled = {SIGNALS, want};
    for (uint64_t n = 0; n < 20; n++) {
        double complex x[SIGNALS];
        draw(n, x);
        for (int i = 0; i < SIGNALS; i++) {
            x[i] *= gains[i];
        }
        bs_branch_add(&scaled, x);
    }
    bs_branch_scale(&m, gains);
    for (int i = 0; i < bs_branch_size(SIGNALS); i++) {
        near(sums[i], want[i], 1e-12 * want[SIGNALS]);
    }
}

static void jackknife_of_a_mean_is_its_standard_error(void **state)
{
    (void)state;
    static const double values[5] = {1.0, 4.0, 2.0, 8.0, 5.5};
    double replicates[10];
    double variance = 0.0;
    for (int r = 0; r < 5; r++) {
        replicates[r + r] = (20.5 - values[r]) / 4.0;
        replicates[r + r + 1] = 1e9;
        variance += pow(values[r] - 4.1, 2) / 4.0;
    }
    near(bs_branch_jackknife(5, replicates, 2), sqrt(variance / 5.0), 1e-14);
    assert_true(isnan(bs_branch_jackknife(1, replicates, 2)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cross_spectra_are_their_definition),
        cmocka_unit_test(damping_is_the_product_of_its_factors),
        cmocka_unit_test(paths_are_their_definition),
        cmocka_unit_test(independent_gaussians_have_the_known_factor),
        cmocka_unit_test(aligned_and_opposite_paths),
        cmocka_unit_test(planted_coherence_comes_back),
        cmocka_unit_test(independent_signals_lie_on_the_floor),
        cmocka_unit_test(parts_make_the_whole),
        cmocka_unit_test(scaling_scales_the_samples),
        cmocka_unit_test(jackknife_of_a_mean_is_its_standard_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
