/* Radial bins against a sum over all modes, planted waves, slopes, and total variation. */
#include <complex.h>
#include <math.h>
#include <stdbool.h>

#include "blueshift/memory.h"
#include "blueshift/rng.h"
#include "blueshift/roughness.h"
#include "blueshift/spectrum.h"
#include "unit/unit_test.h"

static const double PI = 3.14159265358979323846;
static const double CUTOFF = 0.5;
static const double TAIL[2] = {0.2, 1.0};

/* Odd and even, square and not, equal and unequal spacings, axes of a single point. */
static const bs_spectrum_shape shapes[] = {
    {1, {16}, {1.0}},
    {1, {17}, {0.25}},
    {1, {1}, {1.0}},
    {1, {2}, {1.0}},
    {2, {9, 6}, {1.0, 1.0}},
    {2, {8, 11}, {0.5, 0.7}},
    {2, {12, 3}, {0.1, 1.0}},
    {2, {1, 7}, {5.0, 1.0}},
    {2, {7, 1}, {1.0, 5.0}},
    {3, {4, 5, 6}, {1.0, 1.0, 1.0}},
    {3, {5, 4, 3}, {0.5, 1.0, 0.75}},
    {3, {6, 1, 4}, {1.0, 9.0, 0.5}},
};
enum { SHAPES = sizeof shapes / sizeof shapes[0], BINS_MAX = 64 };

static int64_t extent(const bs_spectrum_shape *s, int d)
{
    return d < s->ndim ? s->points[d] : 1;
}

static int64_t points_of(const bs_spectrum_shape *s)
{
    return extent(s, 0) * extent(s, 1) * extent(s, 2);
}

/* One coefficient by the definition. */
static double complex coefficient(const bs_spectrum_shape *s, const double *x, const int64_t k[3])
{
    double complex sum = 0.0;
    for (int64_t j = 0; j < points_of(s); j++) {
        int64_t rest = j;
        double periods = 0.0;
        for (int d = 0; d < 3; d++) {
            int64_t index = rest % extent(s, d);
            rest /= extent(s, d);
            periods += (double)(index * k[d] % extent(s, d)) / (double)extent(s, d);
        }
        sum += x[j] * CMPLX(cos(2 * PI * periods), -sin(2 * PI * periods));
    }
    return sum / (double)points_of(s);
}

/* The half that fft_mpi.h gives, all rows. */
static double complex *half_spectrum(const bs_spectrum_shape *s, const double *x)
{
    int64_t lines = extent(s, 1) * extent(s, 2);
    double complex *half = bs_alloc((size_t)(lines * (s->points[0] / 2 + 1)), sizeof *half);
    double complex *next = half;
    for (int64_t l = 0; l < lines; l++) {
        for (int64_t kx = 0; kx <= s->points[0] / 2; kx++) {
            const int64_t k[3] = {kx, l % extent(s, 1), l / extent(s, 1)};
            *next++ = coefficient(s, x, k);
        }
    }
    return half;
}

/* What the module makes of a surface. */
typedef struct result {
    double modes[BINS_MAX], power[BINS_MAX], magnitude[BINS_MAX];
    bs_spectrum_scalars scalars;
} result;

static result analyse(const bs_spectrum_shape *s, const double *x)
{
    result r = {.modes = {0.0}};
    assert_true(bs_spectrum_bins(s) <= BINS_MAX);
    double complex *half = half_spectrum(s, x);
    double *sums = bs_alloc((size_t)bs_spectrum_sums_size(s), sizeof *sums);
    int64_t rows = bs_spectrum_rows(s);
    int64_t length = extent(s, 1) * extent(s, 2) / rows * (s->points[0] / 2 + 1);
    for (int64_t row = 0; row < rows; row++) {
        bs_spectrum_add_row(s, CUTOFF, row, half + row * length, sums);
    }
    bs_spectrum_modes(s, r.modes);
    bs_spectrum_binned(s, r.modes, sums, r.power, r.magnitude);
    bs_spectrum_summarise(s, TAIL, sums, r.power, &r.scalars);
    bs_free(sums);
    bs_free(half);
    return r;
}

/* Every mode of the whole spectrum, +k and -k each on its own: no half, no weights. */
static result sum_all_modes(const bs_spectrum_shape *s, const double *x)
{
    result r = {.modes = {0.0}};
    double sums[5] = {0.0};
    double width = bs_spectrum_width(s);
    double nyquist = bs_spectrum_nyquist(s);
    for (int64_t j = 0; j < points_of(s); j++) {
        const int64_t k[3] = {j % extent(s, 0), j / extent(s, 0) % extent(s, 1),
                              j / extent(s, 0) / extent(s, 1)};
        double square = 0.0;
        for (int d = 0; d < s->ndim; d++) {
            int64_t n = extent(s, d);
            double along = (double)(2 * k[d] > n ? k[d] - n : k[d]) * s->spacing[d];
            square += along * along;
        }
        double length = sqrt(square);
        int bin = (int)floor(length / width + 0.5 + 1e-9);
        double size = cabs(coefficient(s, x, k));
        r.modes[bin] += 1.0;
        r.power[bin] += size * size;
        r.magnitude[bin] += size;
        sums[0] += j == 0 ? 0.0 : size * size;
        sums[1] += length * size * size;
        sums[2] += square * size * size;
        sums[3] += length > CUTOFF * nyquist + 1e-9 ? size * size : 0.0;
        sums[4] += length > 0.5 * nyquist + 1e-9 ? size * size : 0.0;
    }
    for (int b = 0; b < BINS_MAX; b++) {
        r.power[b] /= r.modes[b];
        r.magnitude[b] /= r.modes[b];
    }
    r.scalars.centroid = sums[1] / sums[0];
    r.scalars.second_moment = sums[2] / sums[0];
    r.scalars.high_fraction = sums[3] / sums[0];
    r.scalars.beyond_fraction = sums[4] / sums[0];
    return r;
}

static bool close_to(double a, double b)
{
    return (isnan(a) && isnan(b)) || fabs(a - b) <= 1e-12 * fmax(1.0, fabs(b));
}

static double *random_surface(const bs_spectrum_shape *s)
{
    double *x = bs_alloc((size_t)points_of(s), sizeof *x);
    bs_rng rng = {.seed = (uint64_t)points_of(s), .stream = BS_STREAM_TEST};
    bs_rng_normal(&rng, 0, (size_t)points_of(s), x);
    return x;
}

static void bins_equal_the_sum_over_all_modes(void **state)
{
    (void)state;
    for (int i = 0; i < SHAPES; i++) {
        const bs_spectrum_shape *s = &shapes[i];
        double *x = random_surface(s);
        result got = analyse(s, x);
        result want = sum_all_modes(s, x);
        for (int64_t b = 0; b < bs_spectrum_bins(s); b++) {
            assert_true(got.modes[b] == want.modes[b]);
            assert_true(close_to(got.power[b], want.power[b]));
            assert_true(close_to(got.magnitude[b], want.magnitude[b]));
        }
        assert_true(close_to(got.scalars.centroid, want.scalars.centroid));
        assert_true(close_to(got.scalars.second_moment, want.scalars.second_moment));
        assert_true(close_to(got.scalars.high_fraction, want.scalars.high_fraction));
        assert_true(close_to(got.scalars.beyond_fraction, want.scalars.beyond_fraction));
        bs_free(x);
    }
}

/* No power is lost, and the modes are as many as the points. */
static void parseval(void **state)
{
    (void)state;
    for (int i = 0; i < SHAPES; i++) {
        const bs_spectrum_shape *s = &shapes[i];
        double *x = random_surface(s);
        result got = analyse(s, x);
        double square = 0.0;
        for (int64_t j = 0; j < points_of(s); j++) {
            square += x[j] * x[j] / (double)points_of(s);
        }
        double power = 0.0;
        double modes = 0.0;
        for (int64_t b = 0; b < bs_spectrum_bins(s); b++) {
            power += got.modes[b] > 0 ? got.modes[b] * got.power[b] : 0.0;
            modes += got.modes[b];
        }
        assert_true(fabs(power - square) < 1e-13 * square);
        assert_true(modes == (double)points_of(s));
        bs_free(x);
    }
}

/* A wave of amplitude A on a plane that is not square: A^2/2 in the bin of its |k|, at |k| to the
 * last bit in the moments, and none elsewhere. */
static void a_wave_comes_back(void **state)
{
    (void)state;
    const bs_spectrum_shape s = {2, {24, 15}, {1.0, 1.0}};
    const double amplitude = 3.0;
    double x[24 * 15];
    for (int j = 0; j < 24 * 15; j++) {
        const int row = j / 24;
        double periods = 3.0 * (j % 24) / 24 - 4.0 * row / 15.0;
        x[j] = 7.0 + amplitude * cos(2 * PI * periods + 0.3);
    }
    result got = analyse(&s, x);
    for (int64_t b = 0; b < bs_spectrum_bins(&s); b++) {
        double want = b == 0 ? 49.0 : b == 5 ? amplitude * amplitude / 2 : 0.0;
        assert_true(fabs(got.power[b] * got.modes[b] - want) < 1e-13);
        want = b == 0 ? 7.0 : b == 5 ? amplitude : 0.0;
        assert_true(fabs(got.magnitude[b] * got.modes[b] - want) < 1e-12);
    }
    assert_true(fabs(got.scalars.second_moment - 25.0) < 1e-12);
    assert_true(fabs(got.scalars.centroid - 5.0) < 1e-12);
    assert_true(fabs(got.scalars.high_fraction - 1.0) < 1e-12);
}

static void a_power_law_has_its_slope(void **state)
{
    (void)state;
    const bs_spectrum_shape s = {1, {40}, {0.5}};
    const double inner[2] = {0.25, 0.75}; /* bins 5 to 15, both included */
    double power[21];
    for (int b = 0; b <= 20; b++) {
        power[b] = b >= 5 && b <= 15 ? 2.0 * pow(b, -3.5) : 1.0;
    }
    assert_true(fabs(bs_spectrum_slope(&s, inner, power) + 3.5) < 1e-12);
    power[9] = 0.0; /* nothing to take the logarithm of: left out */
    assert_true(fabs(bs_spectrum_slope(&s, inner, power) + 3.5) < 1e-12);
    power[5] = 1.0;
    assert_true(fabs(bs_spectrum_slope(&s, inner, power) + 3.5) > 0.1);
    const double narrow[2] = {0.5, 0.52};
    assert_true(isnan(bs_spectrum_slope(&s, narrow, power)));
}

static void nothing_has_no_moments(void **state)
{
    (void)state;
    const bs_spectrum_shape s = {2, {4, 3}, {1.0, 1.0}};
    const double zeros[12] = {0.0};
    result got = analyse(&s, zeros);
    assert_true(isnan(got.scalars.second_moment) && isnan(got.scalars.tail_slope));
    assert_true(got.power[1] == 0.0 && got.magnitude[0] == 0.0);
}

/* Where every direction is sampled ends at the smallest axis' Nyquist; bins go on to the corner. */
static void bins_reach_the_corner(void **state)
{
    (void)state;
    const bs_spectrum_shape s = {2, {51, 31}, {1.0, 1.0}};
    assert_true(bs_spectrum_nyquist(&s) == 15.0);
    assert_int_equal(bs_spectrum_bins(&s), 29 + 1); /* sqrt(25^2 + 15^2) = 29.2 */
    const bs_spectrum_shape uneven = {2, {10, 10}, {0.5, 0.25}};
    assert_true(bs_spectrum_width(&uneven) == 0.5);
    assert_true(bs_spectrum_nyquist(&uneven) == 1.25);
}

/* Sums of all rows, each with the row after it. */
static bs_roughness roughness_of(const bs_roughness_shape *s, const double *x)
{
    int64_t rows = s->ndim == 1 ? 1 : s->points[s->ndim - 1];
    int64_t length = s->points[0] * (s->ndim == 3 ? s->points[1] : 1);
    bs_roughness sums = {0};
    for (int64_t row = 0; row < rows; row++) {
        const double *next = row + 1 < rows ? x + (row + 1) * length : NULL;
        bs_roughness_add_row(s, x + row * length, next, &sums);
    }
    return sums;
}

static void variation_of_ramps(void **state)
{
    (void)state;
    const bs_roughness_shape s = {3, {4, 3, 5}, false};
    double x[60];
    for (int j = 0; j < 60; j++) {
        const int plane = j / 12;
        const int row = j / 4 % 3;
        x[j] = 1e6 + 1.0 * (j % 4) + 10.0 * row + 100.0 * plane;
    }
    bs_roughness sums = roughness_of(&s, x);
    assert_true(fabs(bs_roughness_variation(&s, &sums) - (3.0 + 20.0 + 400.0) / 3) < 1e-9);
    /* Variances of the three ramps add up: (n^2 - 1)/12 of each step squared. */
    double variance = 15.0 / 12 + 100.0 * 8 / 12 + 10000.0 * 24 / 12;
    assert_true(fabs(bs_roughness_deviation(&sums) - sqrt(variance)) < 1e-9);
}

/* k periods: up and down by twice the amplitude in each; the closing step counts on a ring. */
static void variation_of_waves(void **state)
{
    (void)state;
    enum { N = 240 };
    double x[N];
    for (int periods = 1; periods <= 6; periods++) {
        for (int j = 0; j < N; j++) {
            x[j] = 0.5 * cos(2 * PI * periods * j / N);
        }
        const bs_roughness_shape ring = {1, {N}, true};
        const bs_roughness_shape line = {1, {N}, false};
        bs_roughness sums = roughness_of(&ring, x);
        assert_true(fabs(bs_roughness_variation(&ring, &sums) - 2.0 * periods) < 1e-12);
        assert_true(fabs(bs_roughness_deviation(&sums) - 0.5 / sqrt(2)) < 1e-14);
        sums = roughness_of(&line, x);
        double gap = fabs(x[0] - x[N - 1]);
        assert_true(fabs(bs_roughness_variation(&line, &sums) - (2.0 * periods - gap)) < 1e-12);
    }
}

static void variation_of_a_plane_with_one_row(void **state)
{
    (void)state;
    const bs_roughness_shape s = {2, {3, 1}, false};
    const double x[3] = {1.0, 4.0, 2.0};
    bs_roughness sums = roughness_of(&s, x);
    assert_true(bs_roughness_variation(&s, &sums) == 5.0);
    const bs_roughness_shape point = {1, {1}, true};
    sums = roughness_of(&point, x);
    assert_true(bs_roughness_variation(&point, &sums) == 0.0);
    assert_true(bs_roughness_deviation(&sums) == 0.0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bins_equal_the_sum_over_all_modes),
        cmocka_unit_test(parseval),
        cmocka_unit_test(a_wave_comes_back),
        cmocka_unit_test(a_power_law_has_its_slope),
        cmocka_unit_test(nothing_has_no_moments),
        cmocka_unit_test(bins_reach_the_corner),
        cmocka_unit_test(variation_of_ramps),
        cmocka_unit_test(variation_of_waves),
        cmocka_unit_test(variation_of_a_plane_with_one_row),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
