/* Tests of weights and images when the system fails: an error, nothing leaked, no file harmed. */
#include <stdbool.h>
#include <string.h>

#include "blueshift/images.h"
#include "blueshift/weights.h"
#include "unit/unit_test.h"
#include "child.h"
#include "cifar_files.h"
#include "weights_files.h"

static int start(void **state)
{
    small_cifar("");
    (void)state;
    return weights_file(-1, SMALL_HEADER, strlen(SMALL_HEADER), SMALL_DATA) == NULL ? -1 : 0;
}

static int read_weights(void)
{
    bs_weights w;
    bs_status status = bs_weights_read(scratch_path("weights"), &w);
    bool told = status == BS_OK || strlen(bs_error_text()) > 0;
    if (status == BS_OK) {
        bs_weights_release(&w);
    }
    return told ? (int)status : BS_STATUS_COUNT;
}

static int write_weights(void)
{
    static const float values[] = {1.F, 2.F};
    static const bs_tensor tensors[] = {
        {.name = "a", .ndim = 1, .shape = {1}, .offset = 0, .count = 1},
        {.name = "b", .ndim = 1, .shape = {1}, .offset = 1, .count = 1}};
    bs_status status = bs_weights_write(scratch_path("weights"), true, 2, tensors, values, NULL);
    return scratch_temporaries() > 0 ? BS_STATUS_COUNT : (int)status;
}

static int read_cifar(void)
{
    static uint8_t pixels[SMALL_TRAIN * BS_IMAGE_BYTES];
    static uint8_t labels[SMALL_TRAIN];
    const bs_image_set dataset = {.source = BS_SOURCE_CIFAR10, .path = scratch_folder};
    return (int)bs_image_set_read(&dataset, SMALL_TRAIN, pixels, labels);
}

static int make_synthetic(void)
{
    static uint8_t pixels[BS_IMAGE_BYTES];
    uint8_t label = 0;
    return (int)bs_image_set_read(&(bs_image_set){.count = 1}, 1, pixels, &label);
}

/* Makes call 1, 2, ... of SITE fail until the function survives; returns how many failed, each of
 * which must give EXPECTED. */
static int failures(const char *site, int (*function)(void), bs_status expected)
{
    enum { MOST = 100 };
    for (int call = 1; call < MOST; call++) {
        char fault[64];
        snprintf(fault, sizeof fault, "%s:%d", site, call);
        int result = in_child(fault, function);
        if (result == BS_OK) {
            return call - 1;
        }
        if (result != (int)expected) {
            fail_msg("%s gave %d instead of %d", fault, result, (int)expected);
        }
    }
    return MOST;
}

static void failing_reads(void **state)
{
    (void)state;
    assert_int_equal(failures("read", read_weights, BS_ERR_IO), 4); /* length, header, 2 tensors */
    assert_int_equal(failures("read", read_cifar, BS_ERR_IO), 5);   /* one a file */
}

static void no_memory(void **state)
{
    (void)state;
    /* path, text, metadata's 2 arrays and 4 strings, entries, tensors, values, 2 tensors as stored
     */
    assert_int_equal(failures("alloc", read_weights, BS_ERR_MEMORY), 13);
    assert_in_range(failures("alloc", read_cifar, BS_ERR_MEMORY), 5, 50);
    assert_int_equal(failures("alloc", make_synthetic, BS_ERR_MEMORY), 1);
}

/* Runs last: its final call writes. */
static void failing_writes_leave_the_old_file(void **state)
{
    (void)state;
    assert_int_equal(in_child("io_create:1", write_weights), BS_ERR_IO);
    for (int call = 1; call <= 5; call++) {
        char fault[32];
        snprintf(fault, sizeof fault, "io_write:%d", call);
        assert_int_equal(in_child(fault, write_weights), BS_ERR_IO);
    }
    assert_int_equal(in_child("io_sync:1", write_weights), BS_ERR_IO);
    bs_weights w;
    assert_int_equal(bs_weights_read(scratch_path("weights"), &w), BS_OK);
    assert_int_equal(w.value_count, 10);
    bs_weights_release(&w);
    assert_int_equal(write_weights(), BS_OK);
    assert_int_equal(bs_weights_read(scratch_path("weights"), &w), BS_OK);
    assert_int_equal(w.value_count, 2);
    bs_weights_release(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(failing_reads, start),
        cmocka_unit_test_setup(no_memory, start),
        cmocka_unit_test_setup(failing_writes_leave_the_old_file, start),
    };
    return cmocka_run_group_tests(tests, scratch_create, scratch_remove);
}
