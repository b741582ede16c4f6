/* Tests of the fault injector: the named call fails, no other, on the named rank only. */
#include <limits.h>
#include <stdbool.h>
#include <string.h>

#include "blueshift/fault.h"
#include "blueshift/memory.h"
#include "blueshift/status.h"
#include "unit/unit_test.h"
#include "child.h"

/* Bit i is set when call i of site "read" failed. */
static int calls_of_read(void)
{
    int failed = 0;
    for (int i = 0; i < 6; i++) {
        failed |= bs_fault("read") ? 1 << i : 0;
        failed |= bs_fault("rea") || bs_fault("reader") ? 1 << 7 : 0;
    }
    return failed;
}

static int calls_of_read_on_rank_2(void)
{
    bs_fault_set_rank(2);
    return calls_of_read();
}

/* 0: as it should be. */
static int second_alloc_fails(void)
{
    void *first = bs_alloc(1, 1);
    void *second = bs_alloc(1, 1);
    void *third = bs_alloc(1, 1);
    bool good = first != NULL && second == NULL && third != NULL &&
                strstr(bs_error_text(), "out of memory") != NULL;
    bs_free(first);
    bs_free(third);
    return good ? 0 : 1;
}

static int strdup_fails(void)
{
    return bs_strdup("text") == NULL ? 0 : 1;
}

static void only_the_named_call_fails(void **state)
{
    (void)state;
    assert_int_equal(in_child("read:1", calls_of_read), 1 << 0);
    assert_int_equal(in_child("read:3", calls_of_read), 1 << 2);
    assert_int_equal(in_child("read:99", calls_of_read), 0);
    assert_int_equal(in_child("write:1", calls_of_read), 0);
}

static void without_the_variable_nothing_fails(void **state)
{
    (void)state;
    assert_int_equal(in_child(NULL, calls_of_read), 0);
    assert_int_equal(in_child("", calls_of_read), 0);
    assert_int_equal(in_child("read", calls_of_read), 0);
    assert_int_equal(in_child("read:x", calls_of_read), 0);
}

static void a_rank_may_be_named(void **state)
{
    (void)state;
    assert_int_equal(in_child("read:2@rank0", calls_of_read), 1 << 1);
    assert_int_equal(in_child("read:2@rank2", calls_of_read), 0);
    assert_int_equal(in_child("read:2@rank2", calls_of_read_on_rank_2), 1 << 1);
    assert_int_equal(in_child("read:2@rank0", calls_of_read_on_rank_2), 0);
    assert_int_equal(in_child("read:2", calls_of_read_on_rank_2), 1 << 1);
}

static void allocation_is_a_site(void **state)
{
    (void)state;
    assert_int_equal(in_child("alloc:2", second_alloc_fails), 0);
    assert_int_equal(in_child("alloc:1", strdup_fails), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_the_named_call_fails),
        cmocka_unit_test(without_the_variable_nothing_fails),
        cmocka_unit_test(a_rank_may_be_named),
        cmocka_unit_test(allocation_is_a_site),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
