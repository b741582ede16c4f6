/* Tests of Winograd convolutions: against the definition, and which layers they are used for. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../../src/nn/direct.h"
#include "nn_case.h"

/* Error as a share of the sum of the products' magnitudes. Measured: 1.5e-7 at most. */
static const double TOLERANCE = 5e-7;

typedef struct shape {
    int height, width, channels, filters;
} shape;

/* Every size in ResNets of width 1 and 3, narrow to wide, and maps that are no square. */
static const shape SHAPES[] = {{32, 32, 16, 16}, {16, 16, 32, 32}, {8, 8, 64, 64},
                               {32, 32, 48, 48}, {16, 16, 96, 96}, {8, 8, 192, 192},
                               {16, 16, 16, 48}, {8, 8, 64, 16},   {8, 8, 16, 128},
                               {4, 24, 32, 64},  {2, 16, 16, 16},  {6, 16, 80, 80}};

enum { SHAPE_COUNT = sizeof SHAPES / sizeof SHAPES[0] };

/* An input with a halo of zeros, filters, and the result of a convolution. */
typedef struct problem {
    shape s;
    size_t row;
    float *in, *filters, *packed, *out, *scratch, *ones, *zeros;
} problem;

static float *numbers(uint32_t item, size_t count)
{
    float *values = bs_alloc(count, sizeof *values);
    assert_non_null(values);
    if (item > 0) {
        fill_normal(item, 0.1, 1.0, count, values);
    }
    return values;
}

static problem make_problem(const bs_winograd *winograd, shape s)
{
    size_t filters = (size_t)s.channels * (size_t)s.filters;
    problem p = {.s = s, .row = (size_t)((s.width + 2) * s.channels)};
    p.in = numbers(1, (size_t)(s.height + 2) * p.row);
    p.filters = numbers(2, filters * 9);
    p.packed = numbers(0, filters * 16);
    p.out = numbers(0, (size_t)s.height * (size_t)s.width * (size_t)s.filters);
    p.scratch = numbers(0, winograd->scratch_size(s.channels));
    p.ones = numbers(0, (size_t)s.filters);
    p.zeros = numbers(0, (size_t)s.filters);
    for (int k = 0; k < s.filters; k++) {
        p.ones[k] = 1.0F;
    }
    for (int y = 0; y < s.height + 2; y++) {
        for (int x = 0; x < s.width + 2; x++) {
            if (y % (s.height + 1) == 0 || x % (s.width + 1) == 0) {
                memset(p.in + (size_t)y * p.row + (size_t)(x * s.channels), 0,
                       (size_t)s.channels * sizeof(float));
            }
        }
    }
    return p;
}

static void free_problem(problem *p)
{
    bs_free(p->in);
    bs_free(p->filters);
    bs_free(p->packed);
    bs_free(p->out);
    bs_free(p->scratch);
    bs_free(p->ones);
    bs_free(p->zeros);
}

static void solve(const bs_winograd *winograd, problem *p)
{
    const bs_map out = {p->out, (size_t)(p->s.width * p->s.filters), p->s.height, p->s.width,
                        p->s.filters};
    const bs_convolution convolution = {
        .in = p->in,
        .row = p->row,
        .pixel = (size_t)p->s.channels,
        .channels = p->s.channels,
        .kernel = 3,
        .stride = 1,
        .weights = p->packed,
        .finish = {.scale = p->ones, .shift = p->zeros, .factor = 1.0F, .out = out}};
    winograd->transform_filters(p->s.channels, p->s.filters, p->filters, p->packed);
    winograd->convolve(&convolution, p->scratch);
}

/* One output by definition; MAGNITUDE: the sum of the products' magnitudes. */
static double expected(const problem *p, const int at[3], double *magnitude)
{
    double sum = 0.0;
    *magnitude = 0.0;
    for (int tap = 0; tap < 9; tap++) {
        const float *pixel = p->in + (size_t)(at[0] + tap / 3) * p->row +
                             (size_t)((at[1] + tap % 3) * p->s.channels);
        for (int c = 0; c < p->s.channels; c++) {
            double weight = (double)p->filters[(at[2] * p->s.channels + c) * 9 + tap];
            sum += (double)pixel[c] * weight;
            *magnitude += fabs((double)pixel[c] * weight);
        }
    }
    return sum;
}

/* Some output channels of every pixel: steps of 5 meet every lane of a vector. */
static void check_shape(const bs_winograd *winograd, shape s)
{
    problem p = make_problem(winograd, s);
    solve(winograd, &p);
    for (int y = 0; y < s.height; y++) {
        for (int x = 0; x < s.width; x++) {
            for (int k = (y + x) % 5; k < s.filters; k += 5) {
                double magnitude = 0.0;
                double value = expected(&p, (const int[]){y, x, k}, &magnitude);
                double got = (double)p.out[(y * s.width + x) * s.filters + k];
                if (!(fabs(got - value) <= TOLERANCE * magnitude)) {
                    fail_msg("%d x %d, %d to %d channels: output (%d, %d, %d) is %.9g, not %.9g",
                             s.height, s.width, s.channels, s.filters, y, x, k, got, value);
                }
            }
        }
    }
    free_problem(&p);
}

static void convolutions_follow_the_definition(void **state)
{
    (void)state;
    const bs_kernel *kernel = NULL;
#if defined(__x86_64__)
    static const bs_winograd *const loops[] = {&bs_winograd_avx512, &bs_winograd_avx2,
                                               &bs_winograd_sse};
    static const char *const names[] = {"winograd-avx512", "winograd-avx2", "winograd-sse"};
#else
    static const bs_winograd *const loops[] = {&bs_winograd_generic};
    static const char *const names[] = {"winograd-generic"};
#endif
    for (size_t i = 0; i < sizeof loops / sizeof loops[0]; i++) {
        for (int s = 0; s < SHAPE_COUNT && bs_kernel_find(names[i], &kernel) == BS_OK; s++) {
            check_shape(loops[i], SHAPES[s]);
        }
    }
}

/* Convolutions of a network that the kernel NAME computes Winograd's way. */
static int count_winograd(const bs_architecture *knobs, const char *name)
{
    const bs_kernel *kernel = NULL;
    bs_network *network = NULL;
    void *opaque = NULL;
    assert_int_equal(bs_kernel_find(name, &kernel), BS_OK);
    assert_int_equal(bs_network_create(knobs, &network), BS_OK);
    assert_int_equal(kernel->create(network, 1, true, &opaque), BS_OK);
    const bs_direct *direct = opaque;
    int count = 0;
    for (int s = 0; s < direct->plan->step_count; s++) {
        count += direct->steps[s].winograd ? 1 : 0;
    }
    kernel->destroy(opaque);
    bs_network_destroy(network);
    return count;
}

/* All of ResNet-56's 55 but the stem and the two of stride 2; projections do not count. */
static void all_that_fits_is_winograds(void **state)
{
    (void)state;
    bs_architecture knobs = RESNET_8;
    knobs.depth = 56;
    assert_int_equal(count_winograd(&knobs, "winograd"), 52);
    assert_int_equal(count_winograd(&knobs, "direct"), 0);
    knobs.shortcut = BS_SHORTCUT_PROJECTION;
    assert_int_equal(count_winograd(&knobs, "winograd"), 52);
    knobs.width = 3;
    knobs.paths = 2;
    assert_int_equal(count_winograd(&knobs, "winograd"), 104);
}

static void automatic_choice_is_winograd(void **state)
{
    (void)state;
    const bs_kernel *chosen = NULL;
    const bs_kernel *winograd = NULL;
    assert_int_equal(bs_kernel_find("auto", &chosen), BS_OK);
    assert_int_equal(bs_kernel_find("winograd", &winograd), BS_OK);
    assert_ptr_equal(chosen, winograd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(convolutions_follow_the_definition),
        cmocka_unit_test(all_that_fits_is_winograds),
        cmocka_unit_test(automatic_choice_is_winograd),
    };
    return cmocka_run_group_tests_name("kernel_winograd", tests, NULL, NULL);
}
