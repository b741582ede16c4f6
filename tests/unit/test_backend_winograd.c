/* Tests of Winograd convolutions: against the definition, and which layers they are used for. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "unit/unit_test.h"
#include "../../src/nn/backend/fused.h"
#include "winograd_case.h"

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
static void check_shape(const bs_winograd *winograd, shape s, double tolerance)
{
    problem p = make_problem(winograd, s);
    solve(winograd, &p);
    for (int y = 0; y < s.height; y++) {
        for (int x = 0; x < s.width; x++) {
            for (int k = (y + x) % 5; k < s.filters; k += 5) {
                double magnitude = 0.0;
                double value = expected(&p, (const int[]){y, x, k}, &magnitude);
                double got = (double)p.out[(y * s.width + x) * s.filters + k];
                if (!(fabs(got - value) <= tolerance * magnitude)) {
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
    const bs_backend *backend = NULL;
    for (int i = 0; i < LOOP_COUNT; i++) {
        bool runs = bs_backend_find(LOOPS[i].backend, &backend) == BS_OK;
        const bs_winograd *w = LOOPS[i].winograd;
        for (int s = 0; s < SHAPE_COUNT && runs; s++) {
            if (fits(w, SHAPES[s])) {
                check_shape(w, SHAPES[s], LOOPS[i].tolerance);
            }
        }
    }
}

/* Convolutions of a network that the backend NAME computes Winograd's way. */
static int count_winograd(const bs_architecture *hyperparameters, const char *name)
{
    const bs_backend *backend = NULL;
    bs_network *network = NULL;
    void *opaque = NULL;
    assert_int_equal(bs_backend_find(name, &backend), BS_OK);
    assert_int_equal(bs_network_create(hyperparameters, &network), BS_OK);
    assert_int_equal(backend->create(network, 1, true, &opaque), BS_OK);
    const bs_fused *direct = opaque;
    int count = 0;
    for (int s = 0; s < direct->plan->step_count; s++) {
        count += direct->steps[s].winograd ? 1 : 0;
    }
    backend->destroy(opaque);
    bs_network_destroy(network);
    return count;
}

/* All of ResNet-56's 55 but the stem and the two of stride 2; projections do not count. */
static void all_that_fits_is_winograds(void **state)
{
    (void)state;
    bs_architecture hyperparameters = RESNET_8;
    hyperparameters.depth = 56;
    assert_int_equal(count_winograd(&hyperparameters, "winograd-2x2"), 52);
    assert_int_equal(count_winograd(&hyperparameters, "winograd-2x4"), 52);
    assert_int_equal(count_winograd(&hyperparameters, "winograd-4x4"), 52);
    assert_int_equal(count_winograd(&hyperparameters, "direct"), 0);
    hyperparameters.shortcut = BS_SHORTCUT_PROJECTION;
    assert_int_equal(count_winograd(&hyperparameters, "winograd"), 52);
    hyperparameters.width = 3;
    hyperparameters.paths = 2;
    assert_int_equal(count_winograd(&hyperparameters, "winograd"), 104);
}

/* A line a pass below the first, and the layer that each convolution stands for. */
static void plans_are_described(void **state)
{
    (void)state;
    const bs_backend *backend = NULL;
    bs_network *network = NULL;
    void *opaque = NULL;
    char *text = NULL;
    size_t length = 0;
    bs_architecture hyperparameters = RESNET_8;
    hyperparameters.norm = BS_NORM_FROZEN;
    assert_int_equal(bs_backend_find("winograd", &backend), BS_OK);
    assert_int_equal(bs_network_create(&hyperparameters, &network), BS_OK);
    assert_int_equal(backend->create(network, 1, false, &opaque), BS_OK);
    FILE *out = open_memstream(&text, &length);
    assert_non_null(out);
    backend->print_plan(opaque, out);
    assert_int_equal(fclose(out), 0);
    int lines = 0;
    for (const char *at = text; (at = strchr(at, '\n')) != NULL; at++) {
        lines++;
    }
    const bs_plan *plan = ((const bs_fused *)opaque)->plan;
    assert_int_equal(lines, 1 + plan->step_count + plan->segment_count);
    assert_non_null(strstr(text, "convolve 3 by layer1.0.conv1, Winograd; norm, activate -> 6"));
    assert_non_null(strstr(text, "by layer2.0.conv1; norm"));
    free(text);
    backend->destroy(opaque);
    bs_network_destroy(network);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(convolutions_follow_the_definition),
        cmocka_unit_test(all_that_fits_is_winograds),
        cmocka_unit_test(plans_are_described),
    };
    return cmocka_run_group_tests_name("backend_winograd", tests, NULL, NULL);
}
