/* Tests of the GPU's kernels that go layer by layer, in the emulation: with the bits of the stages'
 * kernels where those fit, and against the reference where they do not. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "blueshift/images.h"
#include "unit/unit_test.h"
#include "cuda_case.h"

static const double TOLERANCE = 8e-7;

static void need_finite(const double *numbers, int count)
{
    for (int i = 0; i < count; i++) {
        assert_true(isfinite(numbers[i]));
    }
}

static uint64_t bits_of(double value)
{
    uint64_t bits = 0;
    memcpy(&bits, &value, sizeof bits);
    return bits;
}

/* Logits and, in batch mode, statistics of the case's network by stages on a large GPU, and by
 * layers as OTHER has it. */
static void check_case(const nn_case *c, const cuda_request *other)
{
    const size_t size = is_batch(c) ? c->network->statistic_size : 0;
    const int numbers = (1 + c->network->tail_count) * c->count * BS_CLASSES;
    const bs_architecture *a = &c->network->architecture;
    double *wanted = new_logits(c, 1);
    double *got = new_logits(c, 1);
    double *statistics = bs_alloc(2 * size, sizeof *statistics);
    assert_non_null(statistics);
    run_cuda_well(c, &ONE_POINT, wanted, size == 0 ? NULL : statistics);
    run_cuda_well(c, other, got, size == 0 ? NULL : statistics + size);
    need_finite(wanted, numbers);
    for (int i = 0; i < numbers; i++) {
        if (bits_of(got[i]) != bits_of(wanted[i])) {
            fail_msg("%s, %s, %s, %d paths: logit %d is %a, not %a", bs_version_name(a->version),
                     bs_shortcut_name(a->shortcut), bs_norm_name(a->norm), a->paths, i, got[i],
                     wanted[i]);
        }
    }
    assert_memory_equal(statistics, statistics + size, size * sizeof *statistics);
    bs_free(statistics);
    bs_free(wanted);
    bs_free(got);
}

static void check_same(const bs_architecture *architecture, int count)
{
    nn_case c = make_case(architecture, count);
    cuda_request request = ONE_POINT;
    request.by_layers = true;
    check_case(&c, &request);
    free_case(&c);
}

static void test_bits_of_stages(void **state)
{
    (void)state;
    skip_without_emulation();
    const bool all = getenv("BS_TEST_ALL") != NULL;
    for (int i = 0; i < VARIANTS; i++) {
        const bs_architecture a = variant(i, 3);
        if (all || i % 7 == 2 || i == VARIANTS - 1) {
            check_same(&a, a.norm == BS_NORM_BATCH ? 3 : 1);
        }
    }
}

/* The rest of the network on single branches. */
static void test_tails(void **state)
{
    (void)state;
    skip_without_emulation();
    static const int blocks[] = {1};
    const bs_tail_options options = {.count = 1, .blocks = blocks};
    nn_case c = make_case(&RESNET_8, 2);
    bs_network *plain = c.network;
    cuda_request request = ONE_POINT;
    request.by_layers = true;
    assert_int_equal(bs_network_add_tails(plain, &options, &c.network), BS_OK);
    check_case(&c, &request);
    bs_network_destroy(plain);
    free_case(&c);
}

/* What goes by layers of itself: a batch that the GPU does not hold at a time, and blocks that its
 * shared memory does not hold, nor two times 16 channels. */
static void test_small_gpus(void **state)
{
    (void)state;
    skip_without_emulation();
    cuda_request small = ONE_POINT;
    nn_case batch = make_case(&RESNET_8, 3);
    bs_architecture a = RESNET_8;
    a.norm = BS_NORM_FROZEN;
    nn_case given = make_case(&a, 1);
    small.multiprocessors = 2;
    check_case(&batch, &small);
    small.shared_bytes = 101376; /* 99 KB, as an RTX 4090 has */
    check_case(&given, &small);
    free_case(&batch);
    free_case(&given);
}

/* Logits are those of the reference, over the largest; measured: 2.3e-7 at most. */
static void check_agrees(const bs_architecture *architecture, int count)
{
    nn_case c = make_case(architecture, count);
    const int numbers = count * BS_CLASSES;
    double *wanted = new_logits(&c, 1);
    double *got = new_logits(&c, 1);
    double largest = 0.0;
    double worst = 0.0;
    run_case(&c, &bs_backend_reference, wanted, NULL);
    run_cuda_well(&c, &ONE_POINT, got, NULL);
    need_finite(got, numbers);
    for (int i = 0; i < numbers; i++) {
        largest = fmax(largest, fabs(wanted[i]));
        worst = fmax(worst, fabs(got[i] - wanted[i]));
    }
    if (!(worst <= TOLERANCE * largest)) {
        fail_msg("%s, %s, %s, width %d, %d paths: a logit is off by %.1e of %.1e",
                 bs_version_name(architecture->version), bs_shortcut_name(architecture->shortcut),
                 bs_norm_name(architecture->norm), architecture->width, architecture->paths, worst,
                 largest);
    }
    bs_free(wanted);
    bs_free(got);
    free_case(&c);
}

static void test_wide(void **state)
{
    (void)state;
    skip_without_emulation();
    bs_architecture a = RESNET_8;
    a.width = 3;
    a.norm = BS_NORM_FROZEN;
    check_agrees(&a, 1);
    a.width = 2;
    a.norm = BS_NORM_BATCH;
    a.paths = 3;
    a.version = BS_VERSION_V2;
    a.shortcut = BS_SHORTCUT_PROJECTION;
    a.skip_weight = 0.7;
    check_agrees(&a, 2);
}

/* Fully connected: images are pixels, more than a picture of them and fewer; channels that fill no
 * group of 16, and more than are packed at a time. */
static void test_mlp(void **state)
{
    (void)state;
    skip_without_emulation();
    bs_architecture a = {.family = BS_FAMILY_MLP, .depth = 2, .paths = 1, .width = 40};
    check_agrees(&a, 3);
    a.bias = true;
    a.activation = BS_ACTIVATION_TANH;
    check_agrees(&a, 70);
    a.paths = 3;
    check_agrees(&a, 3);
    a.paths = 1;
    a.depth = 3;
    a.width = 100;
    a.shortcut = BS_SHORTCUT_PAD;
    a.skip_weight = 0.7;
    check_agrees(&a, 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bits_of_stages), cmocka_unit_test(test_tails),
        cmocka_unit_test(test_small_gpus), cmocka_unit_test(test_wide), cmocka_unit_test(test_mlp)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
