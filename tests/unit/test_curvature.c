/* Curvature and minima of surfaces that can be counted by hand. */
#include <math.h>

#include "blueshift/curvature.h"
#include "blueshift/statistics.h"
#include "unit/unit_test.h"

static bs_curvature curvature_of(const bs_curvature_shape *s, const double *x)
{
    const int64_t rows = s->ndim == 1 ? 1 : s->points[s->ndim - 1];
    const int64_t length = s->points[0] * (s->ndim == 3 ? s->points[1] : 1);
    bs_curvature sums = {0};
    for (int64_t row = 0; row < rows; row++) {
        const double *own = x + row * length;
        bs_curvature_add_row(s, row, row > 0 ? own - length : NULL, own,
                             row + 1 < rows ? own + length : NULL, &sums);
    }
    return sums;
}

/* A bowl bends up everywhere and has one minimum, in its centre. */
static void a_bowl_has_one_minimum(void **state)
{
    (void)state;
    enum { N = 9 };
    const bs_curvature_shape s = {2, {N, N}, {0.25, 0.25}, false};
    double x[N * N];
    for (int i = 0; i < N * N; i++) {
        const int dx = i % N - N / 2, dy = i / N - N / 2;
        x[i] = dx * dx + 2.0 * dy * dy;
    }
    bs_curvature got = curvature_of(&s, x);
    assert_true(got.points[BS_REGION_ALL] == 49.0);
    assert_true(got.points[BS_REGION_CENTRE] == 25.0);
    assert_true(got.points[BS_REGION_RIM] == 24.0);
    assert_true(got.minima[BS_REGION_ALL] == 1.0 && got.minima[BS_REGION_CENTRE] == 1.0);
    assert_true(got.negative[BS_REGION_ALL] == 0.0);
    for (int i = 0; i < N * N; i++) {
        x[i] = -x[i];
    }
    got = curvature_of(&s, x);
    assert_true(got.minima[BS_REGION_ALL] == 0.0 && got.negative[BS_REGION_ALL] == 49.0);
    assert_true(got.negative[BS_REGION_RIM] == 24.0);
}

/* On a saddle the steps decide: x bends up by 2 / hx^2, y down by 2 / hy^2. */
static void steps_count(void **state)
{
    (void)state;
    enum { N = 5 };
    double x[N * N];
    for (int i = 0; i < N * N; i++) {
        const int dx = i % N - 2, dy = i / N - 2;
        x[i] = dx * dx - dy * dy;
    }
    const bs_curvature_shape up = {2, {N, N}, {0.5, 1.0}, false};
    const bs_curvature_shape down = {2, {N, N}, {1.0, 0.5}, false};
    assert_true(curvature_of(&up, x).negative[BS_REGION_ALL] == 0.0);
    assert_true(curvature_of(&down, x).negative[BS_REGION_ALL] == 9.0);
}

/* Lower than the four neighbours along the axes, but not than a diagonal one. */
static void diagonal_neighbours_count(void **state)
{
    (void)state;
    const bs_curvature_shape s = {2, {3, 3}, {1.0, 1.0}, false};
    double x[9] = {2, 2, 2, 2, 1, 2, 2, 2, 0.5};
    assert_true(curvature_of(&s, x).minima[BS_REGION_ALL] == 0.0);
    x[8] = 1.5;
    assert_true(curvature_of(&s, x).minima[BS_REGION_ALL] == 1.0);
    x[0] = 1.0; /* as low is not lower */
    assert_true(curvature_of(&s, x).minima[BS_REGION_ALL] == 0.0);
}

/* k periods have k minima, and bend down over half of their points; a ring has no centre. */
static void waves_along_paths(void **state)
{
    (void)state;
    enum { N = 120 };
    double x[N];
    for (int k = 1; k <= 5; k++) {
        for (int i = 0; i < N; i++) {
            x[i] = sin(2.0 * BS_PI * k * (i + 0.25) / N);
        }
        const bs_curvature_shape ring = {1, {N}, {0.1}, true};
        bs_curvature got = curvature_of(&ring, x);
        assert_true(got.points[BS_REGION_ALL] == N && got.points[BS_REGION_CENTRE] == 0.0);
        assert_true(got.minima[BS_REGION_ALL] == k && got.negative[BS_REGION_ALL] == 60.0);
        const bs_curvature_shape line = {1, {N}, {0.1}, false};
        got = curvature_of(&line, x);
        assert_true(got.points[BS_REGION_ALL] == N - 2 && got.minima[BS_REGION_ALL] == k);
        assert_true(got.points[BS_REGION_CENTRE] == 60.0);
    }
}

/* In a volume 26 neighbours; an axis of a single point is none. */
static void volumes_and_thin_axes(void **state)
{
    (void)state;
    double x[27];
    for (int i = 0; i < 27; i++) {
        x[i] = i == 13 ? -1.0 : 1.0;
    }
    const bs_curvature_shape volume = {3, {3, 3, 3}, {1.0, 1.0, 1.0}, false};
    assert_true(curvature_of(&volume, x).minima[BS_REGION_ALL] == 1.0);
    x[26] = -2.0;
    assert_true(curvature_of(&volume, x).minima[BS_REGION_ALL] == 0.0);
    const bs_curvature_shape thin = {2, {27, 1}, {1.0, 1.0}, false};
    bs_curvature got = curvature_of(&thin, x);
    assert_true(got.points[BS_REGION_ALL] == 25.0 && got.minima[BS_REGION_ALL] == 1.0);
    const bs_curvature_shape point = {1, {1}, {1.0}, false};
    assert_true(curvature_of(&point, x).points[BS_REGION_ALL] == 0.0);
    x[13] = (double)NAN;
    got = curvature_of(&volume, x);
    assert_true(got.minima[BS_REGION_ALL] == 0.0 && got.negative[BS_REGION_ALL] == 0.0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_bowl_has_one_minimum),    cmocka_unit_test(steps_count),
        cmocka_unit_test(diagonal_neighbours_count), cmocka_unit_test(waves_along_paths),
        cmocka_unit_test(volumes_and_thin_axes),
    };
    return cmocka_run_group_tests_name("curvature", tests, NULL, NULL);
}
