/* Tests of status, memory and tensor: the record of errors, checked allocation, shapes as text. */
#include <limits.h>
#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "blueshift/log.h"
#include "blueshift/memory.h"
#include "blueshift/statistics.h"
#include "blueshift/status.h"
#include "blueshift/tensor.h"
#include "unit/unit_test.h"

static bs_status record(const char *text)
{
    return BS_FAIL(BS_ERR_INPUT, "%s", text);
}

static bs_status forward(bool *reached)
{
    BS_TRY(record("inner"));
    *reached = true;
    return BS_OK;
}

static void log_is_silent_unless_asked(void **state)
{
    (void)state;
    assert_false(bs_log_enabled(BS_LOG_ERROR)); /* nobody has called bs_log_init */
    bs_log_init(BS_LOG_WARNING, true);
    assert_true(bs_log_enabled(BS_LOG_WARNING));
    assert_false(bs_log_enabled(BS_LOG_INFO));
}

static void failure_records_text_and_place(void **state)
{
    (void)state;
    assert_int_equal(record("label 10"), BS_ERR_INPUT);
    assert_string_equal(bs_error_text(), "label 10");
    assert_non_null(strstr(bs_error_where(), "test_base.c:"));
}

static void try_forwards_and_stops(void **state)
{
    (void)state;
    bool reached = false;
    assert_int_equal(forward(&reached), BS_ERR_INPUT);
    assert_false(reached);
    assert_string_equal(bs_error_text(), "inner");
}

static void an_error_may_quote_the_last_one(void **state)
{
    (void)state;
    (void)record("disk full");
    (void)BS_FAIL(BS_ERR_IO, "surface: %s", bs_error_text());
    assert_string_equal(bs_error_text(), "surface: disk full");
}

static void long_texts_are_cut(void **state)
{
    (void)state;
    char text[5000];
    memset(text, 'x', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    (void)record(text);
    size_t length = strlen(bs_error_text());
    assert_in_range(length, 1000, sizeof text - 2);
    assert_memory_equal(bs_error_text(), text, length);
}

static void statuses_have_names_and_exit_codes(void **state)
{
    (void)state;
    static const int codes[BS_STATUS_COUNT] = {0, 75, 2, 2, 1, 1, 1, 1, 1, 1};
    for (int i = 0; i < BS_STATUS_COUNT; i++) {
        assert_memory_equal(bs_status_name((bs_status)i), "BS_", 3);
        assert_int_equal(bs_status_exit_code((bs_status)i), codes[i]);
    }
    assert_string_equal(bs_status_name(BS_ERR_LIBRARY), "BS_ERR_LIBRARY");
    assert_string_equal(bs_status_name(BS_STATUS_COUNT), "unknown status");
}

static void blocks_are_aligned_and_zero(void **state)
{
    (void)state;
    for (size_t count = 0; count < 4000; count += 77) {
        unsigned char *block = bs_alloc(count, 3);
        assert_non_null(block);
        assert_int_equal((uintptr_t)block % BS_ALIGNMENT, 0);
        for (size_t i = 0; i < 3 * count; i++) {
            assert_int_equal(block[i], 0);
        }
        memset(block, 0xa5, 3 * count); /* dirty, so that a reused block would show */
        bs_free(block);
    }
    enum { LARGE = 9 << 20 }; /* huge pages, where the system has them */
    for (size_t round = 0; round < 2; round++) {
        unsigned char *large = bs_alloc(LARGE + round, 1);
        assert_non_null(large);
        assert_int_equal((uintptr_t)large % BS_ALIGNMENT, 0);
        assert_int_equal(large[0], 0);
        assert_memory_equal(large, large + 1, LARGE + round - 1);
        memset(large, 0xa5, LARGE + round);
        bs_free(large);
    }
    void *empty = bs_alloc(7, 0);
    assert_non_null(empty);
    bs_free(empty);
    bs_free(NULL);
}

static void overflow_is_an_error(void **state)
{
    (void)state;
    static const size_t cases[][2] = {{SIZE_MAX, 2},
                                      {SIZE_MAX / 2 + 1, 2},
                                      {(size_t)1 << 32, (size_t)1 << 32},
                                      {SIZE_MAX, 1},
                                      {SIZE_MAX - 1000, 1}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        (void)record("before");
        assert_null(bs_alloc(cases[i][0], cases[i][1]));
        assert_non_null(strstr(bs_error_text(), "cannot be addressed"));
    }
}

static void strings_are_copied(void **state)
{
    (void)state;
    char text[] = "layer1.0";
    char *copy = bs_strdup(text);
    text[0] = 'L';
    assert_string_equal(copy, "layer1.0");
    bs_free(copy);
}

static void shapes_read_as_products(void **state)
{
    (void)state;
    char text[64];
    const bs_tensor conv = {.ndim = 4, .shape = {16, 3, 3, 3}};
    const bs_tensor bias = {.ndim = 1, .shape = {10}};
    assert_string_equal(bs_tensor_shape_text(&conv, text), "16x3x3x3");
    assert_string_equal(bs_tensor_shape_text(&bias, text), "10");
    /* Sizes no tensor has, as a damaged file may claim: cut, but never past the end. */
    const bs_tensor absurd = {.ndim = 4, .shape = {INT64_MIN, INT64_MIN, INT64_MIN, INT64_MIN}};
    assert_in_range(strlen(bs_tensor_shape_text(&absurd, text)), 40, 63);
}

static void growing_keeps_what_is_there(void **state)
{
    (void)state;
    int *numbers = NULL;
    int64_t capacity = 0;
    for (int i = 0; i < 100; i++) {
        assert_non_null(bs_grow(&numbers, i, &capacity, sizeof *numbers));
        numbers[i] = i;
    }
    for (int i = 0; i < 100; i++) {
        assert_int_equal(numbers[i], i);
    }
    assert_true(capacity >= 100 && capacity < 200);
    bs_free(numbers);
}

static void estimates_leave_out_what_is_missing(void **state)
{
    (void)state;
    const double values[] = {1.0, 7.0, (double)NAN, 7.0, 2.0, 7.0, 6.0};
    bs_estimate e = bs_estimate_of(values, 4, 2);
    assert_true(e.count == 3 && e.mean == 3.0 && fabs(e.error - sqrt(7.0 / 3.0)) < 1e-15);
    bs_estimate same = bs_estimate_from_sums(9.0, 41.0, 3);
    assert_true(same.mean == 3.0 && fabs(same.error - e.error) < 1e-15);
    assert_true(isnan(bs_estimate_of(values, 1, 1).error) &&
                isnan(bs_estimate_of(values + 2, 1, 1).mean));
    assert_true(isnan(bs_estimate_from_sums(1.0, 1.0, 1).error));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(growing_keeps_what_is_there),
        cmocka_unit_test(estimates_leave_out_what_is_missing),
        cmocka_unit_test(log_is_silent_unless_asked),
        cmocka_unit_test(failure_records_text_and_place),
        cmocka_unit_test(try_forwards_and_stops),
        cmocka_unit_test(an_error_may_quote_the_last_one),
        cmocka_unit_test(long_texts_are_cut),
        cmocka_unit_test(statuses_have_names_and_exit_codes),
        cmocka_unit_test(blocks_are_aligned_and_zero),
        cmocka_unit_test(overflow_is_an_error),
        cmocka_unit_test(strings_are_copied),
        cmocka_unit_test(shapes_read_as_products),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
