/* Tests of the GPU's kernels in the emulation: signals of blocks, and tails. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "unit/unit_test.h"
#include "cuda_backend_case.h"
#include "observe_battery.h"

/* Branch losses and probes are those of the reference. */
static void check_observed(const bs_architecture *architecture)
{
    nn_case c = make_case(architecture, COUNT);
    seen expected = observe(&c, reference_backend(), &ALL);
    seen got = observe(&c, &EMULATED_BACKEND, &ALL);
    compare(architecture, &EMULATED_BACKEND, &expected, &got);
    forget(&expected);
    forget(&got);
    free_case(&c);
}

static void test_signals(void **state)
{
    (void)state;
    skip_without_emulation();
    const bool all = getenv("BS_TEST_ALL") != NULL;
    for (int i = 0; i < VARIANTS; i++) {
        const bs_architecture a = variant(i, 2);
        if (all || i % 7 == 2) {
            check_observed(&a);
        }
    }
}

/* Of networks that go layer by layer. */
static void test_layers(void **state)
{
    (void)state;
    skip_without_emulation();
    bs_architecture a = RESNET_8;
    a.width = 2;
    check_observed(&a);
    a = (bs_architecture){.family = BS_FAMILY_MLP, .depth = 2, .paths = 2, .width = 100};
    check_observed(&a);
    a = (bs_architecture){.family = BS_FAMILY_MLP,
                          .depth = 3,
                          .paths = 1,
                          .width = 24,
                          .shortcut = BS_SHORTCUT_PAD,
                          .skip_weight = 0.7,
                          .bias = true};
    check_observed(&a);
}

/* The network's and its tails' logits, over the largest; measured: 2.4e-7. */
static void check_tails(const bs_architecture *architecture)
{
    static const int blocks[] = {0, 2};
    const bs_tail_options options = {.count = 2, .blocks = blocks};
    nn_case c = make_case(architecture, 2);
    bs_network *plain = c.network;
    assert_int_equal(bs_network_add_tails(plain, &options, &c.network), BS_OK);
    const int numbers = (1 + c.network->tail_count) * c.count * BS_CLASSES;
    double *wanted = new_logits(&c, 1);
    double *got = new_logits(&c, 1);
    run_case(&c, &bs_backend_reference, wanted, NULL);
    run_cuda_well(&c, &ONE_POINT, got, NULL);
    double scale = largest(wanted, numbers);
    for (int i = 0; i < numbers; i++) {
        if (!(fabs(got[i] - wanted[i]) <= 8e-7 * scale)) {
            fail_msg("%s %s: logit %d with tails is %.9g, not %.9g",
                     bs_version_name(architecture->version), bs_norm_name(architecture->norm), i,
                     got[i], wanted[i]);
        }
    }
    bs_free(wanted);
    bs_free(got);
    bs_network_destroy(plain);
    free_case(&c);
}

static void test_tails(void **state)
{
    (void)state;
    skip_without_emulation();
    bs_architecture a = RESNET_8;
    check_tails(&a);
    a.version = BS_VERSION_V2;
    check_tails(&a);
    a.norm = BS_NORM_FROZEN;
    a.shortcut = BS_SHORTCUT_PROJECTION;
    check_tails(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_signals),
                                       cmocka_unit_test(test_layers), cmocka_unit_test(test_tails)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
