/* Block arithmetic: parts tile the range, in order, and differ by at most one. */
#include "blueshift/partition.h"
#include "unit/unit_test.h"

static void parts_tile_the_range(void **state)
{
    (void)state;
    for (int64_t count = 0; count <= 40; count++) {
        for (int parts = 1; parts <= 45; parts++) {
            int64_t next = 0;
            int64_t previous = INT64_MAX;
            for (int part = 0; part < parts; part++) {
                bs_range range = bs_partition_block(count, parts, part);
                assert_int_equal(range.first, next);
                assert_in_range(range.count, count / parts, (count + parts - 1) / parts);
                assert_true(range.count <= previous);
                previous = range.count;
                next += range.count;
            }
            assert_int_equal(next, count);
        }
    }
}

static void larger_parts_come_first(void **state)
{
    (void)state;
    static const int64_t first[] = {0, 3, 6, 8};
    static const int64_t count[] = {3, 3, 2, 2};
    for (int part = 0; part < 4; part++) {
        bs_range range = bs_partition_block(10, 4, part);
        assert_int_equal(range.first, first[part]);
        assert_int_equal(range.count, count[part]);
    }
}

static void huge_ranges(void **state)
{
    (void)state;
    bs_range range = bs_partition_block(INT64_MAX, 1000, 999);
    assert_int_equal(range.first + range.count, INT64_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parts_tile_the_range),
        cmocka_unit_test(larger_parts_come_first),
        cmocka_unit_test(huge_ranges),
    };
    return cmocka_run_group_tests_name("partition", tests, NULL, NULL);
}
