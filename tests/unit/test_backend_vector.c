/* Tests of the inner loops of every instruction set: activations, moments and pools by formula. */
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "blueshift/activation.h"
#include "unit/unit_test.h"
#include "../../src/nn/backend/vector.h"
#include "blueshift/backend.h"

enum { SIDE = 16, CHANNELS = 16, COUNT = SIDE * SIDE * CHANNELS };

static float in[COUNT] __attribute__((aligned(64)));
static float out[COUNT] __attribute__((aligned(64)));

static bs_map map_over(float *values)
{
    return (bs_map){.at = values,
                    .row = (size_t)SIDE * CHANNELS,
                    .height = SIDE,
                    .width = SIDE,
                    .channels = CHANNELS};
}

/* Runs CHECK with the inner loops of each instruction set that this machine has. */
static void for_all(void (*check)(const bs_vector *vector))
{
#if defined(__x86_64__)
    static const bs_vector *const vectors[] = {&bs_vector_avx512, &bs_vector_avx2, &bs_vector_sse};
    static const char *const names[] = {"direct-avx512", "direct-avx2", "direct-sse"};
#else
    static const bs_vector *const vectors[] = {&bs_vector_generic};
    static const char *const names[] = {"direct-generic"};
#endif
    const bs_backend *backend = NULL;
    for (size_t i = 0; i < sizeof vectors / sizeof vectors[0]; i++) {
        if (bs_backend_find(names[i], &backend) == BS_OK) {
            check(vectors[i]);
        }
    }
}

/* OUT = activation(IN). */
static void activate(const bs_vector *vector, bs_activation activation, float slope)
{
    static float ones[CHANNELS];
    static const float zeros[CHANNELS];
    for (int c = 0; c < CHANNELS; c++) {
        ones[c] = 1.0F;
    }
    const bs_map map = map_over(in);
    const bs_finish finish = {.scale = ones,
                              .shift = zeros,
                              .activate = true,
                              .activation = activation,
                              .slope = slope,
                              .factor = 1.0F,
                              .out = map_over(out)};
    vector->finish(&map, &finish);
}

/* Largest error over a sweep from FIRST to LAST, as a share of the value plus FLOOR. */
static double worst_error(const bs_vector *vector, bs_activation activation, const double range[2],
                          double floor)
{
    enum { PARTS = 50 };
    double worst = 0.0;
    for (int part = 0; part < PARTS; part++) {
        for (int i = 0; i < COUNT; i++) {
            double share = (part + (double)i / COUNT) / PARTS;
            in[i] = (float)(range[0] + (range[1] - range[0]) * share);
        }
        activate(vector, activation, 0.3F);
        for (int i = 0; i < COUNT; i++) {
            double expected = bs_activation_apply(activation, (double)0.3F, (double)in[i]);
            double error = fabs((double)out[i] - expected) / (fabs(expected) + floor);
            worst = error > worst ? error : worst;
        }
    }
    return worst;
}

/* Four units in the last place; GELU's tail below -1, where exp(-x^2/2) magnifies the rounding of
 * x^2, a little more. Measured: 1.6e-7 tanh, 3.5e-7 softplus, 4.3e-7 and 1.2e-6 GELU. */
static void check_activations(const bs_vector *vector)
{
    static const double near[2] = {-1.0, 1.0};
    static const double middle[2] = {-12.0, 12.0};
    static const double far[2] = {-120.0, 120.0};
    for (int a = 0; a < BS_ACTIVATIONS; a++) {
        bs_activation activation = (bs_activation)a;
        double tail = activation == BS_ACTIVATION_GELU ? 2e-6 : 5e-7;
        assert_true(worst_error(vector, activation, near, 1e-9) < 5e-7);
        assert_true(worst_error(vector, activation, middle, 1e-9) < tail);
        assert_true(worst_error(vector, activation, far, 1e-9) < tail);
    }
}

static void activations_are_accurate(void **state)
{
    (void)state;
    for_all(check_activations);
}

static bool same(float value, double expected)
{
    return isnan(expected) ? isnan(value) : (double)value == expected;
}

static void check_special_values(const bs_vector *vector)
{
    const float special[] = {0.0F, INFINITY, -INFINITY, NAN, FLT_MAX, -FLT_MAX};
    for (int a = 0; a < BS_ACTIVATIONS; a++) {
        bs_activation activation = (bs_activation)a;
        for (int i = 0; i < 6; i++) {
            in[i] = special[i];
        }
        activate(vector, activation, 0.5F);
        for (int i = 1; i < 6; i++) {
            double expected = bs_activation_apply(activation, 0.5, (double)special[i]);
            bool tiny = fabs(expected) == 0.0 && fabsf(out[i]) < 1e-30F;
            assert_true(tiny || same(out[i], expected));
        }
        double zero = activation == BS_ACTIVATION_SOFTPLUS ? log(2.0) : 0.0;
        assert_true(fabs((double)out[0] - zero) < 1e-7);
    }
}

static void activations_of_special_values(void **state)
{
    (void)state;
    for_all(check_special_values);
}

/* A mean 1000 times the deviation, and 100 times that in other channels, keeps the variance. */
static void check_moments(const bs_vector *vector)
{
    float sums[3][CHANNELS];
    const bs_moments moments = {sums[0], sums[1], sums[2]};
    for (int i = 0; i < COUNT; i++) {
        float scale = i % CHANNELS % 2 == 0 ? 1.0F : 0.01F;
        in[i] = 1000.0F + scale * (float)sin(i * i);
    }
    const bs_map map = map_over(in);
    vector->measure(&map, &moments);
    for (int c = 0; c < CHANNELS; c++) {
        double pixels = SIDE * SIDE;
        double mean = 0.0;
        double squares = 0.0;
        for (int i = c; i < COUNT; i += CHANNELS) {
            mean += (double)in[i] / pixels;
        }
        for (int i = c; i < COUNT; i += CHANNELS) {
            squares += ((double)in[i] - mean) * ((double)in[i] - mean);
        }
        double shift = (double)sums[1][c] / pixels;
        assert_true(fabs((double)sums[0][c] + shift - mean) < 1e-6 * sqrt(squares / pixels));
        double measured = (double)sums[2][c] - shift * shift * pixels;
        assert_true(fabs(measured - squares) < 1e-5 * squares);
    }
}

static void moments_do_not_cancel(void **state)
{
    (void)state;
    for_all(check_moments);
}

static void check_pool(const bs_vector *vector)
{
    float mean[CHANNELS];
    for (int i = 0; i < COUNT; i++) {
        in[i] = (float)(i % CHANNELS) + (i / CHANNELS % 2 == 0 ? 0.5F : -0.5F);
    }
    const bs_map map = map_over(in);
    vector->pool(&map, mean);
    for (int c = 0; c < CHANNELS; c++) {
        assert_true(mean[c] == (float)c);
    }
}

static void pools_are_means(void **state)
{
    (void)state;
    for_all(check_pool);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(activations_are_accurate),
        cmocka_unit_test(activations_of_special_values),
        cmocka_unit_test(moments_do_not_cancel),
        cmocka_unit_test(pools_are_means),
    };
    return cmocka_run_group_tests_name("backend_vector", tests, NULL, NULL);
}
