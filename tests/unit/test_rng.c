/* Tests of the random numbers: Random123's known answers, sub-ranges, moments, separate streams. */
#include <math.h>
#include <string.h>

#include "../../src/base/normal.h"
#include "blueshift/hash.h"
#include "blueshift/memory.h"
#include "blueshift/rng.h"
#include "unit/unit_test.h"

/* Philox4x32-10 written out from Salmon et al. 2011, as an oracle independent of Random123. */
static void philox(const uint32_t key[2], uint32_t counter[4])
{
    uint32_t k0 = key[0];
    uint32_t k1 = key[1];
    for (int i = 0; i < 10; i++) {
        uint64_t a = UINT64_C(0xD2511F53) * counter[0];
        uint64_t b = UINT64_C(0xCD9E8D57) * counter[2];
        const uint32_t next[4] = {(uint32_t)(b >> 32) ^ counter[1] ^ k0, (uint32_t)b,
                                  (uint32_t)(a >> 32) ^ counter[3] ^ k1, (uint32_t)a};
        memcpy(counter, next, sizeof next);
        k0 += 0x9E3779B9;
        k1 += 0xBB67AE85;
    }
}

/* The answers of Random123's kat_vectors for philox4x32 10. */
static void oracle_gives_the_known_answers(void **state)
{
    (void)state;
    static const struct {
        uint32_t counter[4], key[2], answer[4];
    } cases[] = {
        {{0, 0, 0, 0}, {0, 0}, {0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}},
        {{UINT32_MAX, UINT32_MAX, UINT32_MAX, UINT32_MAX},
         {UINT32_MAX, UINT32_MAX},
         {0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}},
        {{0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344},
         {0xa4093822, 0x299f31d0},
         {0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        uint32_t words[4];
        memcpy(words, cases[i].counter, sizeof words);
        philox(cases[i].key, words);
        assert_memory_equal(words, cases[i].answer, sizeof words);
    }
}

/* The address of a number is part of the contract: files hold seeds, not numbers. */
static void uniform_numbers_are_philox_at_their_address(void **state)
{
    (void)state;
    static const bs_rng addresses[] = {
        {0, BS_STREAM_INIT, 0, 0},
        {1, BS_STREAM_DIRECTION, 0, 7},
        {UINT64_C(0x299f31d0a4093822), BS_STREAM_SYNTHETIC, (1U << 24) - 1, UINT32_MAX},
    };
    static const uint64_t pairs[] = {0, 1, 12345, UINT64_C(1) << 32, (UINT64_C(1) << 63) - 1};
    for (size_t i = 0; i < sizeof addresses / sizeof *addresses; i++) {
        const bs_rng *rng = &addresses[i];
        const uint32_t key[2] = {(uint32_t)rng->seed, (uint32_t)(rng->seed >> 32)};
        for (size_t j = 0; j < sizeof pairs / sizeof *pairs; j++) {
            uint32_t words[4] = {(uint32_t)pairs[j], (uint32_t)(pairs[j] >> 32), rng->item,
                                 (uint32_t)rng->stream << 24 | rng->realisation};
            philox(key, words);
            double numbers[2];
            bs_rng_uniform(rng, 2 * pairs[j], 2, numbers);
            for (size_t half = 0; half < 2; half++) {
                double whole = ldexp(words[half * 2], -32) + ldexp(words[half * 2 + 1], -64);
                assert_true(fabs(numbers[half] - whole) <= ldexp(1., -53));
            }
        }
    }
}

/* A file's seed gives its numbers again only while the streams keep theirs: new ones go to the end,
 * before the tests'. */
static void streams_keep_their_numbers(void **state)
{
    (void)state;
    assert_int_equal(BS_STREAM_INIT, 0);
    assert_int_equal(BS_STREAM_INIT_FAR, 1);
    assert_int_equal(BS_STREAM_DIRECTION, 2);
    assert_int_equal(BS_STREAM_SYNTHETIC, 3);
    assert_int_equal(BS_STREAM_TEST, BS_STREAM_COUNT - 1);
}

/* Units of the last place between GIVEN and the number that long doubles say. */
static double last_places(double given, long double exact)
{
    double unit = nextafter(fabs((double)exact), INFINITY) - fabs((double)exact);
    return fabs((double)((long double)given - exact)) / unit;
}

/* The pair that U and V become, in long doubles; the angle is a double, as it is defined. */
static double pair_error(double u, double v, double first, double second)
{
    long double radius = sqrtl(-2.0L * logl((long double)u));
    long double angle = (long double)(6.283185307179586476925286766559 * v);
    return fmax(last_places(first, radius * cosl(angle)),
                last_places(second, radius * sinl(angle)));
}

static void normal_numbers_are_box_muller(void **state)
{
    (void)state;
    enum { COUNT = 20000 };
    const bs_rng rng = {42, BS_STREAM_TEST, 3, 9};
    double *uniform = bs_alloc(COUNT, sizeof *uniform);
    double *normal = bs_alloc(COUNT, sizeof *normal);
    bs_rng_uniform(&rng, 100, COUNT, uniform);
    bs_rng_normal(&rng, 100, COUNT, normal);
    double worst = 0.0;
    for (int i = 0; i < COUNT; i += 2) {
        worst = fmax(worst, pair_error(uniform[i], uniform[i + 1], normal[i], normal[i + 1]));
    }
    assert_true(worst < 3.0);
    bs_free(uniform);
    bs_free(normal);
}

/* The ends of what uniform numbers can be, powers of two, and both sides of every quarter turn and
 * of where the logarithm and the quadrant change. */
static void the_transform_is_right_at_its_edges(void **state)
{
    (void)state;
    static const double edges[] = {
        0x1p-53, 0.125, 0.25, 0.375, 0.5, 0.625, 0.70710678118654752440, 0.75, 0.875, 1 - 0x1p-53};
    enum { EDGES = sizeof edges / sizeof *edges, COUNT = 3 * EDGES };
    double values[COUNT];
    for (size_t i = 0; i < EDGES; i++) {
        values[3 * i] = fmax(0x1p-53, nextafter(edges[i], 0.0));
        values[3 * i + 1] = edges[i];
        values[3 * i + 2] = fmin(1 - 0x1p-53, nextafter(edges[i], 1.0));
    }
    for (size_t i = 0; i < COUNT; i++) {
        double first[COUNT];
        double second[COUNT];
        for (size_t j = 0; j < COUNT; j++) {
            first[j] = values[i];
            second[j] = values[j];
        }
        bs_normal_pairs(COUNT, first, second);
        for (size_t j = 0; j < COUNT; j++) {
            assert_true(pair_error(values[i], values[j], first[j], second[j]) < 3.0);
        }
    }
}

/* Of every processor, compiler and C library: weights and directions follow from the seed alone. */
static void normal_numbers_keep_their_bits(void **state)
{
    (void)state;
    enum { COUNT = 100001 };
    const bs_rng rng = {1, BS_STREAM_TEST, 0, 0};
    double *x = bs_alloc(COUNT, sizeof *x);
    char hash[BS_HASH_HEX];
    bs_rng_normal(&rng, 1, COUNT, x);
    assert_int_equal(bs_hash_bytes(x, COUNT * sizeof *x, hash), BS_OK);
    assert_string_equal(hash, "42ce7a7f40543cf3b40759bc00ef497c0bc8bc81ca8a6d5c38e8636d74b4d0eb");
    bs_free(x);
}

static void check_subranges(void (*draw)(const bs_rng *, uint64_t, size_t, double *))
{
    const bs_rng rng = {7, BS_STREAM_TEST, 0, 1};
    enum { ALL = 23 };
    double whole[ALL];
    draw(&rng, 10, ALL, whole);
    for (size_t first = 0; first < ALL; first++) {
        for (size_t count = 0; first + count <= ALL; count++) {
            double part[ALL + 1];
            part[count] = -99.;
            draw(&rng, 10 + first, count, part);
            assert_memory_equal(part, whole + first, count * sizeof *part);
            assert_true(part[count] == -99.);
        }
    }
}

static void any_subrange_equals_its_part_of_the_whole(void **state)
{
    (void)state;
    check_subranges(bs_rng_uniform);
    check_subranges(bs_rng_normal);
}

/* Raw moments 1 to 4; each must lie within 5 standard errors. */
static void check_moments(const double *x, size_t count, const double expected[4],
                          const double variance[4])
{
    for (int power = 1; power <= 4; power++) {
        double sum = 0.;
        for (size_t i = 0; i < count; i++) {
            sum += pow(x[i], power);
        }
        double error = fabs(sum / (double)count - expected[power - 1]);
        assert_true(error < 5. * sqrt(variance[power - 1] / (double)count));
    }
}

static void moments_are_right(void **state)
{
    (void)state;
    enum { COUNT = 200000 };
    static const double uniform[4] = {1. / 2, 1. / 3, 1. / 4, 1. / 5};
    static const double uniform_variance[4] = {1. / 12, 4. / 45, 9. / 112, 16. / 225};
    static const double normal[4] = {0., 1., 0., 3.};
    static const double normal_variance[4] = {1., 2., 15., 96.};
    double *x = bs_alloc(COUNT, sizeof *x);
    for (uint32_t item = 0; item < 3; item++) {
        const bs_rng rng = {2022, BS_STREAM_TEST, 0, item};
        bs_rng_uniform(&rng, 0, COUNT, x);
        check_moments(x, COUNT, uniform, uniform_variance);
        bs_rng_normal(&rng, 0, COUNT, x);
        check_moments(x, COUNT, normal, normal_variance);
    }
    bs_free(x);
}

/* Changing any part of the address gives uncorrelated numbers. */
static void addresses_are_independent(void **state)
{
    (void)state;
    enum { COUNT = 20000 };
    static const bs_rng addresses[] = {{1, BS_STREAM_TEST, 0, 0},      {2, BS_STREAM_TEST, 0, 0},
                                       {1, BS_STREAM_DIRECTION, 0, 0}, {1, BS_STREAM_TEST, 1, 0},
                                       {1, BS_STREAM_TEST, 0, 1},      {1, BS_STREAM_INIT, 0, 0}};
    enum { ADDRESSES = sizeof addresses / sizeof *addresses };
    double *x = bs_alloc((size_t)ADDRESSES * COUNT, sizeof *x);
    for (int a = 0; a < ADDRESSES; a++) {
        bs_rng_normal(&addresses[a], 0, COUNT, x + (size_t)a * COUNT);
        for (int b = 0; b < a; b++) {
            double sum = 0.;
            for (int i = 0; i < COUNT; i++) {
                sum += x[a * COUNT + i] * x[b * COUNT + i];
            }
            assert_true(fabs(sum) < 5. * sqrt(COUNT));
        }
    }
    bs_free(x);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(oracle_gives_the_known_answers),
        cmocka_unit_test(uniform_numbers_are_philox_at_their_address),
        cmocka_unit_test(streams_keep_their_numbers),
        cmocka_unit_test(normal_numbers_are_box_muller),
        cmocka_unit_test(the_transform_is_right_at_its_edges),
        cmocka_unit_test(normal_numbers_keep_their_bits),
        cmocka_unit_test(any_subrange_equals_its_part_of_the_whole),
        cmocka_unit_test(moments_are_right),
        cmocka_unit_test(addresses_are_independent),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
