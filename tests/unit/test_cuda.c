/* Tests of the GPU's kernels in the emulation: networks against the reference. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "blueshift/images.h"
#include "unit/unit_test.h"
#include "cuda_case.h"

/* Of logits, over the largest. Measured: 4.3e-7 at most; sums in one chain in the tensor core give
 * ten times as much. */
static const double TOLERANCE = 8e-7;

/* The case's logits agree with the reference's. */
static void check_agrees(const bs_architecture *architecture, int count)
{
    nn_case c = make_case(architecture, count);
    double *wanted = new_logits(&c, 1);
    double *got = new_logits(&c, 1);
    run_case(&c, &bs_backend_reference, wanted, NULL);
    run_cuda_well(&c, &ONE_POINT, got, NULL);
    double largest = 0.0;
    for (int i = 0; i < count * BS_CLASSES; i++) {
        largest = fmax(largest, fabs(wanted[i]));
    }
    for (int i = 0; i < count * BS_CLASSES; i++) {
        if (!(fabs(got[i] - wanted[i]) <= TOLERANCE * largest)) {
            fail_msg("%s, %s, %s, %s, %d paths: logit %d is %.9g, not %.9g",
                     bs_version_name(architecture->version),
                     bs_shortcut_name(architecture->shortcut), bs_norm_name(architecture->norm),
                     bs_activation_name(architecture->activation), architecture->paths, i, got[i],
                     wanted[i]);
        }
    }
    bs_free(wanted);
    bs_free(got);
    free_case(&c);
}

static void test_networks(void **state)
{
    (void)state;
    skip_without_emulation();
    const bool all = getenv("BS_TEST_ALL") != NULL;
    for (int i = 0; i < VARIANTS; i++) {
        const bs_architecture a = variant(i, 3);
        /* Half of those with one path, and of those with three two that differ in all. */
        if (all || (i < 18 && i % 2 == i / 6 % 2) || i == 20 || i == 29 || i == 35) {
            check_agrees(&a, a.norm == BS_NORM_BATCH ? 3 : 1);
        }
    }
}

static void test_activations(void **state)
{
    (void)state;
    skip_without_emulation();
    for (int i = 0; i < BS_ACTIVATIONS; i++) {
        bs_architecture a = RESNET_8;
        a.norm = BS_NORM_RUNNING;
        a.activation = (bs_activation)i;
        check_agrees(&a, 1);
    }
}

/* Two images share a block of the last stage, where one may be missing. */
static void test_odd_images(void **state)
{
    (void)state;
    skip_without_emulation();
    bs_architecture a = RESNET_8;
    a.norm = BS_NORM_FROZEN;
    check_agrees(&a, 2);
    check_agrees(&a, 3);
    a.depth = 14;
    check_agrees(&a, 1);
}

static void test_statistics(void **state)
{
    (void)state;
    skip_without_emulation();
    for (int i = 0; i < 2; i++) {
        bs_architecture a = RESNET_8;
        a.version = (bs_version)i;
        a.shortcut = BS_SHORTCUT_PROJECTION;
        nn_case c = make_case(&a, 3);
        const size_t size = c.network->statistic_size;
        double *logits = new_logits(&c, 1);
        double *wanted = bs_alloc(2 * size, sizeof *wanted);
        assert_non_null(wanted);
        run_case(&c, &bs_backend_reference, logits, wanted);
        run_cuda_well(&c, &ONE_POINT, logits, wanted + size);
        for (size_t j = 0; j < size; j++) {
            double error = fabs(wanted[size + j] - wanted[j]);
            if (!(error <= 2e-6 * (1.0 + fabs(wanted[j])))) {
                fail_msg("%s: statistic %zu is %.9g, not %.9g", bs_version_name(a.version), j,
                         wanted[size + j], wanted[j]);
            }
        }
        bs_free(logits);
        bs_free(wanted);
        free_case(&c);
    }
}

/* Numbers beyond those of halves must not look sound, wherever they appear: in the first layer, or
 * where a norm layer's scale makes them. */
static void test_overflow(void **state)
{
    (void)state;
    skip_without_emulation();
    for (int i = 0; i < 3; i++) {
        bs_architecture a = RESNET_8;
        a.norm = i == 0 ? BS_NORM_NONE : BS_NORM_FROZEN;
        nn_case c = make_case(&a, 1);
        double *logits = new_logits(&c, 1);
        const bs_tensor *scale = &c.network->parameters[i == 1 ? 1 : 10];
        for (size_t j = 0; i > 0 && j < scale->count; j++) {
            c.theta[scale->offset + j] = 1e6F;
        }
        for (size_t j = 0; i == 0 && j < BS_IMAGE_BYTES; j++) {
            c.images[j] *= 1e6F;
        }
        run_cuda_well(&c, &ONE_POINT, logits, NULL);
        assert_true(!isfinite(logits[0]));
        bs_free(logits);
        free_case(&c);
    }
}

static void check_refused(const bs_architecture *architecture, int count, const cuda_request *on,
                          const char *what)
{
    nn_case c = make_case(architecture, count);
    double *logits = new_logits(&c, 1);
    const bs_status status = run_cuda(&c, on, logits, NULL);
    if (status != BS_ERR_USAGE || strstr(bs_error_text(), what) == NULL) {
        fail_msg("%s: \"%s\" does not say \"%s\"", bs_status_name(status), bs_error_text(), what);
    }
    bs_free(logits);
    free_case(&c);
}

static void test_refusals(void **state)
{
    (void)state;
    skip_without_emulation();
    cuda_request small = ONE_POINT;
    small.shared_bytes = 65536; /* 16 channels of an image take 73,728 */
    check_refused(&RESNET_8, 1, &small, "GPUs with less than 72 KB of shared memory a block");
}

/* With less shared memory values make room for one another, to the same bits. */
static void test_small_memory(void **state)
{
    (void)state;
    skip_without_emulation();
    cuda_request small = ONE_POINT;
    small.shared_bytes = A100_SHARED;
    for (int i = 0; i < 2; i++) {
        bs_architecture a = RESNET_8;
        a.version = (bs_version)i;
        a.norm = BS_NORM_FROZEN;
        a.paths = i == 0 ? 1 : 3;
        nn_case c = make_case(&a, 1);
        double *wanted = new_logits(&c, 1);
        double *got = new_logits(&c, 1);
        run_cuda_well(&c, &ONE_POINT, wanted, NULL);
        run_cuda_well(&c, &small, got, NULL);
        assert_memory_equal(wanted, got, (size_t)BS_CLASSES * sizeof *got);
        bs_free(wanted);
        bs_free(got);
        free_case(&c);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_networks),    cmocka_unit_test(test_activations),
        cmocka_unit_test(test_odd_images),  cmocka_unit_test(test_statistics),
        cmocka_unit_test(test_overflow),    cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_small_memory)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
