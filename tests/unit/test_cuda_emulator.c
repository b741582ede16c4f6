/* Tests of the emulation of GPUs: does it find faults, and add as tensor cores do? */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "emulation/emulated_device.h"
#include "emulation/faulty_kernels.h"
#include "unit/unit_test.h"

static void skip_elsewhere(void)
{
    if (!emulated_device_runs()) {
        skip();
    }
}

static void test_faults_are_found(void **state)
{
    (void)state;
    static const char *const findings[] = {
        [FAULTY_READ_RACE] = "race: warp 1 reads byte 0 of shared memory, which warp 0 writes",
        [FAULTY_WRITE_RACE] = "race: warp 0 writes byte 124 of shared memory, which another reads",
        [FAULTY_TWO_WRITERS] = "race: warps 1 and 0 write byte 0",
        [FAULTY_UNWRITTEN] = "which nobody wrote",
        [FAULTY_NOT_WAITED] = "to which a copy is on its way",
        [FAULTY_COPY_RACE] = "race: warp 0 writes byte 124 of shared memory, which another reads",
        [FAULTY_RANGE] = "4 bytes at 1024 of 1024 bytes of shared memory",
        [FAULTY_MISALIGNED] = "misaligned",
        [FAULTY_DIVERGENT] = "lanes of a warp are in different operations",
        [FAULTY_LEFT_BEHIND] = "others of its block wait at a barrier",
        [FAULTY_DEADLOCK] = "deadlock",
        [FAULTY_NOT_RESIDENT] = "deadlock"};
    skip_elsewhere();
    for (int i = FAULTY_READ_RACE; i <= FAULTY_NOT_RESIDENT; i++) {
        const char *finding = faulty_kernel_run((faulty_kernel)i);
        if (finding == NULL || strstr(finding, findings[i]) == NULL) {
            fail_msg("fault %d: \"%s\" does not say \"%s\"", i, finding == NULL ? "" : finding,
                     findings[i]);
        }
    }
}

static void test_sound_kernels_pass(void **state)
{
    (void)state;
    skip_elsewhere();
    assert_null(faulty_kernel_run(FAULTY_NONE));
}

/* What probes on an H200 gave: two bits behind the last of 24, cut toward zero, all products at
 * once.
 */
static void test_sums_are_cut(void **state)
{
    (void)state;
    const float small = 0x1p-13F;
    const float half = 0x1p-12F;
    float a[16] = {1.0F};
    float b[16] = {1.0F};
    skip_elsewhere();
    for (int i = 1; i < 16; i++) {
        a[i] = i <= 4 ? small : 0.0F;
        b[i] = half;
    }
    assert_true(tensor_core_sum(0.0F, 5, a, b) == 1.0F + 0x1p-23F); /* four times 2^-25 count */
    a[0] = -1.0F;
    for (int i = 1; i <= 4; i++) {
        a[i] = -small;
    }
    assert_true(tensor_core_sum(0.0F, 5, a, b) == -(1.0F + 0x1p-23F));
    a[0] = 1.0F;
    for (int i = 1; i < 9; i++) {
        a[i] = small;
        b[i] = 0x1p-13F;
    }
    assert_true(tensor_core_sum(0.0F, 9, a, b) == 1.0F); /* eight times 2^-26 are lost */
}

/* The unit is that of the largest factors' exponents, 2^-25 beside 1.5 * 1.5, and not that of the
 * product, which is above 2. */
static void test_exponents_align(void **state)
{
    (void)state;
    const float a[4] = {1.5F, 0x1p-12F, 0x1p-13F, 0x1p-13F};
    const float b[4] = {1.5F, 0x1p-12F, 0x1p-12F, 0x1p-12F};
    skip_elsewhere();
    assert_true(tensor_core_sum(0x1p-23F, 4, a, b) == 2.25F + 0x1p-22F);
    assert_true(tensor_core_sum(0x1p-23F, 3, a, b) == 2.25F);
}

static void test_infinities_pass(void **state)
{
    (void)state;
    const float a[1] = {1e6F};
    const float b[1] = {1.0F};
    const float zero[1] = {0.0F};
    skip_elsewhere();
    assert_true(isinf(tensor_core_sum(0.0F, 1, a, b)));
    assert_true(isnan(tensor_core_sum(0.0F, 1, a, zero)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_faults_are_found), cmocka_unit_test(test_sound_kernels_pass),
        cmocka_unit_test(test_sums_are_cut), cmocka_unit_test(test_exponents_align),
        cmocka_unit_test(test_infinities_pass)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
