/* Directions: addressed random numbers, normalisation by hand, projection. */
#include <math.h>
#include <string.h>

#include "blueshift/direction.h"
#include "blueshift/rng.h"
#include "unit/unit_test.h"

/* Two filters of two, a vector of two, a linear layer of two rows of three. */
static const bs_tensor small[] = {
    {.name = "conv", .ndim = 4, .shape = {2, 2, 1, 1}, .offset = 0, .count = 4},
    {.name = "bias", .ndim = 1, .shape = {2}, .offset = 4, .count = 2},
    {.name = "linear", .ndim = 2, .shape = {2, 3}, .offset = 6, .count = 6},
};
enum { SMALL = 12, BIG = 20011 };

static const float weights[SMALL] = {3, 4, 6, 8, 5, 12, 2, 4, 4, 0, 0, 0};
static const float raw[SMALL] = {0, 2, 8, -6, 3, 4, 1, 0, 0, 1, 2, 3};

static void assert_close(const float *got, const float *wanted, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (fabsf(got[i] - wanted[i]) > 1e-6F * fabsf(wanted[i])) {
            fail_msg("element %zu: %.9g instead of %.9g", i, (double)got[i], (double)wanted[i]);
        }
    }
}

static void normalise(bs_direction_norm norm, bool ignore, float out[SMALL])
{
    memcpy(out, raw, sizeof raw);
    bs_direction_normalise(3, small, weights, norm, ignore, out);
}

static void filter_norm_by_hand(void **state)
{
    (void)state;
    /* Filter norms: weights 5, 10, vector 13, rows 6, 0; direction 2, 10, 5, 1, sqrt 14. */
    static const float wanted[SMALL] = {0, 5, 8, -6, 7.8F, 10.4F, 6, 0, 0, 0, 0, 0};
    float out[SMALL];
    normalise(BS_DIRECTION_NORM_FILTER, false, out);
    assert_close(out, wanted, SMALL);
}

static void layer_norm_by_hand(void **state)
{
    (void)state;
    const float conv = (float)sqrt(125.0 / 104.0);
    const float linear = (float)sqrt(36.0 / 15.0);
    const float wanted[SMALL] = {0,      2 * conv, 8 * conv, -6 * conv, 7.8F,       10.4F,
                                 linear, 0,        0,        linear,    2 * linear, 3 * linear};
    float out[SMALL];
    normalise(BS_DIRECTION_NORM_LAYER, false, out);
    assert_close(out, wanted, SMALL);
}

static void no_norm_keeps_everything(void **state)
{
    (void)state;
    float out[SMALL];
    normalise(BS_DIRECTION_NORM_NONE, false, out);
    assert_memory_equal(out, raw, sizeof raw);
}

/* With biasbn the vectors are zero under every norm, and nothing else changes. */
static void ignored_vectors_are_zero(void **state)
{
    (void)state;
    for (int norm = BS_DIRECTION_NORM_FILTER; norm <= BS_DIRECTION_NORM_NONE; norm++) {
        float kept[SMALL];
        float out[SMALL];
        normalise((bs_direction_norm)norm, false, kept);
        normalise((bs_direction_norm)norm, true, out);
        assert_true(out[4] == 0.0F && out[5] == 0.0F);
        assert_memory_equal(out, kept, 4 * sizeof *out);
        assert_memory_equal(out + 6, kept + 6, 6 * sizeof *out);
    }
}

static void zero_filters_stay_zero(void **state)
{
    (void)state;
    float out[SMALL] = {0};
    bs_direction_normalise(3, small, weights, BS_DIRECTION_NORM_FILTER, false, out);
    for (int i = 0; i < SMALL; i++) {
        assert_true(out[i] == 0.0F);
    }
}

/* Filter normalisation makes a random filter as long as the weights' one. */
static void filter_norms_match(void **state)
{
    (void)state;
    const bs_tensor tensor = {.ndim = 4, .shape = {16, 8, 3, 3}, .count = 1152};
    static float w[1152];
    static float d[1152];
    bs_direction_random(1, &tensor, 1, 0, 1, w);
    bs_direction_random(1, &tensor, 2, 0, 0, d);
    bs_direction_normalise(1, &tensor, w, BS_DIRECTION_NORM_FILTER, true, d);
    for (int f = 0; f < 16; f++) {
        double ww = 0.0;
        double dd = 0.0;
        for (int i = 72 * f; i < 72 * (f + 1); i++) {
            ww += (double)w[i] * (double)w[i];
            dd += (double)d[i] * (double)d[i];
        }
        assert_true(fabs(sqrt(dd / ww) - 1.0) < 1e-7);
    }
}

/* Every address (seed, realisation, number, tensor) has its own numbers, those of the generator. */
static void random_is_addressed(void **state)
{
    (void)state;
    const bs_tensor tensors[] = {{.ndim = 1, .shape = {BIG}, .offset = 0, .count = BIG},
                                 {.ndim = 1, .shape = {7}, .offset = BIG, .count = 7}};
    static float d[BIG + 7];
    static double expected[BIG];
    bs_direction_random(2, tensors, 77, 5, 2, d);
    for (uint32_t t = 0; t < 2; t++) {
        bs_rng rng = {77, BS_STREAM_DIRECTION, 5, 2 * BS_RNG_ITEMS + t};
        bs_rng_normal(&rng, 0, tensors[t].count, expected);
        for (size_t i = 0; i < tensors[t].count; i++) {
            assert_true(d[tensors[t].offset + i] == (float)expected[i]);
        }
    }
    double mean = 0.0;
    double square = 0.0;
    for (int i = 0; i < BIG; i++) {
        mean += (double)d[i] / BIG;
        square += (double)d[i] * (double)d[i] / BIG;
    }
    assert_true(fabs(mean) < 4.0 / sqrt(BIG));
    assert_true(fabs(square - 1.0) < 4.0 * sqrt(2.0 / BIG));
}

/* Changing any part of the address gives an unrelated direction: cosine of order 1/sqrt(n). */
static void addresses_are_independent(void **state)
{
    (void)state;
    const bs_tensor tensor = {.ndim = 1, .shape = {BIG}, .count = BIG};
    static float a[BIG];
    static float b[BIG];
    bs_direction_random(1, &tensor, 77, 5, 0, a);
    static const struct {
        uint64_t seed;
        uint32_t realisation;
        int number;
    } other[] = {{78, 5, 0}, {77, 6, 0}, {77, 5, 1}, {77, 5, 2}, {77 + (1ULL << 32), 5, 0}};
    for (size_t i = 0; i < sizeof other / sizeof other[0]; i++) {
        bs_direction_random(1, &tensor, other[i].seed, other[i].realisation, other[i].number, b);
        double cosine = bs_direction_cosine(BIG, a, b);
        assert_true(cosine != 0.0 && fabs(cosine) < 4.0 / sqrt(BIG));
    }
}

static void cosine_by_hand(void **state)
{
    (void)state;
    static const float a[] = {3, 4, 0};
    static const float b[] = {4, 3, 0};
    static const float opposite[] = {-6, -8, 0};
    static const float across[] = {-4, 3, 7};
    static const float zero[] = {0, 0, 0};
    assert_true(bs_direction_cosine(3, a, b) == 0.96);
    assert_true(bs_direction_cosine(3, a, a) == 1.0);
    assert_true(bs_direction_cosine(3, a, opposite) == -1.0);
    assert_true(bs_direction_cosine(3, a, across) == 0.0);
    assert_true(bs_direction_cosine(3, a, zero) == 0.0);
    assert_true(bs_direction_cosine(3, zero, zero) == 0.0);
}

static void orthogonalise_removes_the_projection(void **state)
{
    (void)state;
    static const float a[] = {2, 0, 0};
    float b[] = {5, 6, 7};
    static const float wanted[] = {0, 6, 7};
    bs_direction_orthogonalise(3, a, b);
    assert_memory_equal(b, wanted, sizeof wanted);
    static const float zero[] = {0, 0, 0};
    bs_direction_orthogonalise(3, zero, b);
    assert_memory_equal(b, wanted, sizeof wanted);

    const bs_tensor tensor = {.ndim = 1, .shape = {SMALL}, .count = SMALL};
    float c[SMALL];
    float d[SMALL];
    bs_direction_random(1, &tensor, 3, 0, 0, c);
    bs_direction_random(1, &tensor, 3, 0, 1, d);
    assert_true(fabs(bs_direction_cosine(SMALL, c, d)) > 1e-3);
    bs_direction_orthogonalise(SMALL, c, d);
    assert_true(fabs(bs_direction_cosine(SMALL, c, d)) < 1e-7);
}

static void difference_leads_from_a_to_b(void **state)
{
    (void)state;
    static const float a[] = {1, -2, 0.1F};
    static const float b[] = {4, 3, 0.1F};
    static const float wanted[] = {3, 5, 0};
    float out[3];
    bs_direction_difference(3, a, b, out);
    assert_memory_equal(out, wanted, sizeof wanted);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(filter_norm_by_hand),
        cmocka_unit_test(layer_norm_by_hand),
        cmocka_unit_test(no_norm_keeps_everything),
        cmocka_unit_test(ignored_vectors_are_zero),
        cmocka_unit_test(zero_filters_stay_zero),
        cmocka_unit_test(filter_norms_match),
        cmocka_unit_test(random_is_addressed),
        cmocka_unit_test(addresses_are_independent),
        cmocka_unit_test(cosine_by_hand),
        cmocka_unit_test(orthogonalise_removes_the_projection),
        cmocka_unit_test(difference_leads_from_a_to_b),
    };
    return cmocka_run_group_tests_name("direction", tests, NULL, NULL);
}
