/* Paths: every kind against its formula, exact where the formula is. */
#include <math.h>
#include <string.h>

#include "blueshift/path.h"
#include "blueshift/rng.h"
#include "unit/unit_test.h"

enum { N = 1001, MATRIX = 990 };
static const double PI = 3.14159265358979323846;

static const bs_tensor tensors[] = {
    {.name = "a", .ndim = 2, .shape = {30, 30}, .offset = 0, .count = 900},
    {.name = "b", .ndim = 1, .shape = {11}, .offset = 900, .count = 11},
    {.name = "c", .ndim = 3, .shape = {5, 6, 3}, .offset = 911, .count = 90},
};
static float origin[N], first[N], second[N], third[N], theta[N];

static void fill(float *out, uint32_t item)
{
    double normal[N];
    bs_rng rng = {.seed = 9, .stream = BS_STREAM_TEST, .item = item};
    bs_rng_normal(&rng, 0, N, normal);
    for (int i = 0; i < N; i++) {
        out[i] = (float)normal[i];
    }
}

static int setup(void **state)
{
    (void)state;
    fill(origin, 0);
    fill(first, 1);
    fill(second, 2);
    fill(third, 3);
    return 0;
}

static bool is_vector(int i)
{
    return i >= 900 && i < 911;
}

static const float *point(bs_path_kind kind, bool ignore, double x, double y, double z)
{
    const bs_path path = {.kind = kind,
                          .radius = 2.5,
                          .size = N,
                          .origin = origin,
                          .directions = {first, bs_path_directions(kind) > 1 ? second : NULL,
                                         bs_path_directions(kind) > 2 ? third : NULL},
                          .tensor_count = 3,
                          .tensors = tensors,
                          .ignore_vectors = ignore};
    const double at[BS_GRID_DIMS] = {x, y, z};
    memset(theta, 0x7f, sizeof theta);
    bs_path_point(&path, at, theta);
    return theta;
}

static void start_is_the_origin(void **state)
{
    (void)state;
    static const bs_path_kind kinds[] = {BS_PATH_LINE, BS_PATH_PLANE, BS_PATH_VOLUME,
                                         BS_PATH_GREAT_CIRCLE};
    for (size_t k = 0; k < sizeof kinds / sizeof kinds[0]; k++) {
        assert_memory_equal(point(kinds[k], false, 0.0, 0.0, 0.0), origin, sizeof origin);
    }
}

static void line(void **state)
{
    (void)state;
    point(BS_PATH_LINE, false, -0.3, 0.0, 0.0);
    for (int i = 0; i < N; i++) {
        assert_true(theta[i] == (float)((double)origin[i] - 0.3 * (double)first[i]));
    }
}

/* Bernstein's form with control points a, a + d0 and a + d1, which it reaches at its ends. */
static void bezier(void **state)
{
    (void)state;
    static const double at[] = {0.0, 0.25, 0.5, 1.0, -0.5, 1.75};
    for (size_t k = 0; k < sizeof at / sizeof at[0]; k++) {
        const double t = at[k];
        point(BS_PATH_BEZIER, false, t, 0.0, 0.0);
        for (int i = 0; i < N; i++) {
            const double a = (double)origin[i];
            const double control = a + (double)first[i];
            const double end = a + (double)second[i];
            const double wanted = (1 - t) * (1 - t) * a + 2 * t * (1 - t) * control + t * t * end;
            assert_true(fabs((double)theta[i] - wanted) <= 1e-6 * (1.0 + fabs(wanted)));
        }
    }
    point(BS_PATH_BEZIER, false, 1.0, 0.0, 0.0);
    for (int i = 0; i < N; i++) {
        assert_true(theta[i] == (float)((double)origin[i] + (double)second[i]));
    }
}

/* A control point halfway makes it a straight line, at even speed. */
static void bezier_of_a_line(void **state)
{
    (void)state;
    float half[N];
    float line_point[N];
    for (int i = 0; i < N; i++) {
        half[i] = 0.5F * second[i];
    }
    const bs_path curve = {
        .kind = BS_PATH_BEZIER, .size = N, .origin = origin, .directions = {half, second}};
    const bs_path straight = {
        .kind = BS_PATH_LINE, .size = N, .origin = origin, .directions = {second}};
    const double t[BS_GRID_DIMS] = {0.375};
    bs_path_point(&curve, t, theta);
    bs_path_point(&straight, t, line_point);
    for (int i = 0; i < N; i++) {
        assert_true(fabsf(theta[i] - line_point[i]) <= 1e-6F);
    }
}

/* The direction to other weights leads exactly there. */
static void line_ends_at_the_other_weights(void **state)
{
    (void)state;
    float other[N];
    for (int i = 0; i < N; i++) {
        other[i] = first[i];
        first[i] = other[i] - origin[i];
    }
    point(BS_PATH_LINE, false, 1.0, 0.0, 0.0);
    for (int i = 0; i < N; i++) {
        assert_true(fabsf(theta[i] - other[i]) <= 3e-7F);
    }
    fill(first, 1);
}

static void plane_and_volume(void **state)
{
    (void)state;
    point(BS_PATH_PLANE, false, 0.7, -1.1, 9.0);
    for (int i = 0; i < N; i++) {
        double sum = (double)origin[i] + 0.7 * (double)first[i] - 1.1 * (double)second[i];
        assert_true(theta[i] == (float)sum);
    }
    point(BS_PATH_VOLUME, false, 0.7, -1.1, 0.2);
    for (int i = 0; i < N; i++) {
        double sum = (double)origin[i] + 0.7 * (double)first[i] - 1.1 * (double)second[i] +
                     0.2 * (double)third[i];
        assert_true(theta[i] == (float)sum);
    }
}

/* Rounded once: adding in float would lose the small term here. */
static void sums_are_double(void **state)
{
    (void)state;
    const float o[] = {1.0F};
    const float a[] = {0x1p-25F};
    const float b[] = {0x1p-25F};
    const bs_path path = {.kind = BS_PATH_PLANE, .size = 1, .origin = o, .directions = {a, b}};
    const double at[BS_GRID_DIMS] = {1.0, 1.5, 0.0};
    float out = 0.0F;
    bs_path_point(&path, at, &out);
    assert_true(out == 1.0F + 0x1p-23F);
}

static void ring(void **state)
{
    (void)state;
    for (int j = 0; j < 8; j++) {
        double t = 2.0 * PI * j / 8.0;
        point(BS_PATH_RING, false, t, 0.0, 0.0);
        for (int i = 0; i < N; i++) {
            double sum =
                (double)origin[i] + 2.5 * (cos(t) * (double)first[i] + sin(t) * (double)second[i]);
            assert_true(fabs((double)theta[i] - sum) < 1e-6);
        }
    }
    point(BS_PATH_RING, false, 0.0, 0.0, 0.0);
    for (int i = 0; i < N; i++) {
        assert_true(theta[i] == (float)((double)origin[i] + 2.5 * (double)first[i]));
    }
}

static void great_circle_joins_both_ends(void **state)
{
    (void)state;
    assert_memory_equal(point(BS_PATH_GREAT_CIRCLE, false, 0.0, 0.0, 0.0), origin, sizeof origin);
    point(BS_PATH_GREAT_CIRCLE, false, PI / 2.0, 0.0, 0.0);
    for (int i = 0; i < N; i++) {
        assert_true(fabsf(theta[i] - first[i]) <= 1e-15F + 6e-8F * fabsf(first[i]));
    }
    point(BS_PATH_GREAT_CIRCLE, false, PI, 0.0, 0.0);
    for (int i = 0; i < N; i++) {
        assert_true(fabsf(theta[i] + origin[i]) <= 1e-15F + 6e-8F * fabsf(origin[i]));
    }
    point(BS_PATH_GREAT_CIRCLE, false, 1.25, 0.0, 0.0);
    for (int i = 0; i < N; i++) {
        double sum = cos(1.25) * (double)origin[i] + sin(1.25) * (double)first[i];
        assert_true(theta[i] == (float)sum);
    }
}

static void great_circle_leaves_ignored_vectors(void **state)
{
    (void)state;
    static const double angles[] = {0.4, 1.5707963267948966, 3.0, 6.0};
    for (size_t a = 0; a < sizeof angles / sizeof angles[0]; a++) {
        float all[N];
        memcpy(all, point(BS_PATH_GREAT_CIRCLE, false, angles[a], 0.0, 0.0), sizeof all);
        point(BS_PATH_GREAT_CIRCLE, true, angles[a], 0.0, 0.0);
        for (int i = 0; i < N; i++) {
            assert_true(theta[i] == (is_vector(i) ? origin[i] : all[i]));
        }
    }
}

/* Two independent initialisations: every point has the variance of an initialisation. */
static void great_circle_keeps_the_variance(void **state)
{
    (void)state;
    for (int j = 0; j < 16; j++) {
        point(BS_PATH_GREAT_CIRCLE, true, 2.0 * PI * j / 16.0, 0.0, 0.0);
        double square = 0.0;
        for (int i = 0; i < N; i++) {
            square += is_vector(i) ? 0.0 : (double)theta[i] * (double)theta[i] / MATRIX;
        }
        assert_true(fabs(square - 1.0) < 4.0 * sqrt(2.0 / MATRIX));
    }
}

static void kinds_describe_themselves(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        bs_path_kind kind;
        int directions, coordinates;
        bool periodic;
    } kinds[] = {
        {"line", BS_PATH_LINE, 1, 1, false},     {"ring", BS_PATH_RING, 2, 1, true},
        {"plane", BS_PATH_PLANE, 2, 2, false},   {"great-circle", BS_PATH_GREAT_CIRCLE, 1, 1, true},
        {"volume", BS_PATH_VOLUME, 3, 3, false},
    };
    for (size_t k = 0; k < sizeof kinds / sizeof kinds[0]; k++) {
        assert_string_equal(bs_path_name(kinds[k].kind), kinds[k].name);
        assert_int_equal(bs_path_directions(kinds[k].kind), kinds[k].directions);
        assert_int_equal(bs_path_coordinates(kinds[k].kind), kinds[k].coordinates);
        assert_int_equal(bs_path_periodic(kinds[k].kind), kinds[k].periodic);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(start_is_the_origin),
        cmocka_unit_test(line),
        cmocka_unit_test(bezier),
        cmocka_unit_test(bezier_of_a_line),
        cmocka_unit_test(line_ends_at_the_other_weights),
        cmocka_unit_test(plane_and_volume),
        cmocka_unit_test(sums_are_double),
        cmocka_unit_test(ring),
        cmocka_unit_test(great_circle_joins_both_ends),
        cmocka_unit_test(great_circle_leaves_ignored_vectors),
        cmocka_unit_test(great_circle_keeps_the_variance),
        cmocka_unit_test(kinds_describe_themselves),
    };
    return cmocka_run_group_tests_name("path", tests, setup, NULL);
}
