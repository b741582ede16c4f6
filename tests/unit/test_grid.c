/* Axes and grids: what is parsed, what is refused and why, and exact coordinates. */
#include <math.h>
#include <string.h>

#include "blueshift/grid.h"
#include "unit/unit_test.h"

static bs_axis parse(const char *text, bool endpoint)
{
    bs_axis axis;
    assert_int_equal(bs_axis_parse(text, "x", endpoint, &axis), BS_OK);
    return axis;
}

static void refused(const char *text, const char *reason)
{
    bs_axis axis = {.from = 7.0, .to = 8.0, .points = 9, .endpoint = false};
    assert_int_equal(bs_axis_parse(text, "x", true, &axis), BS_ERR_USAGE);
    if (strstr(bs_error_text(), reason) == NULL || strstr(bs_error_text(), "axis x") == NULL) {
        fail_msg("\"%s\": \"%s\" does not say \"%s\"", text, bs_error_text(), reason);
    }
    assert_true(axis.from == 7.0 && axis.to == 8.0 && axis.points == 9 && !axis.endpoint);
}

static void parses_numbers(void **state)
{
    (void)state;
    bs_axis axis = parse("-1:1:51", true);
    assert_true(axis.from == -1.0 && axis.to == 1.0 && axis.points == 51 && axis.endpoint);
    axis = parse("-2.5e-1:+.75:8", false);
    assert_true(axis.from == -0.25 && axis.to == 0.75 && axis.points == 8 && !axis.endpoint);
    axis = parse("3:3:1", true);
    assert_true(axis.from == 3.0 && axis.points == 1);
    axis = parse("3:-3:1", true);
    assert_true(axis.from == 3.0 && axis.points == 1);
    assert_int_equal(parse("0:1:2147483647", true).points, BS_POINTS_MAX);
}

static void refuses_nonsense(void **state)
{
    (void)state;
    refused("", "0 of the 3 parts");
    refused("51", "1 of the 3 parts");
    refused("-1:1", "2 of the 3 parts");
    refused("-1:1:5:1", "4 of the 3 parts");
    refused(":1:5", "the start in \":1:5\" is not a number");
    refused("-1::5", "the end in \"-1::5\" is not a number");
    refused("-1:1:", "not a whole number");
    refused("one:1:5", "the start");
    refused("-1:1x:5", "the end");
    refused(" -1:1:5", "the start");
    refused("-1: 1:5", "the end");
    refused("-1:1: 5", "not a whole number");
    refused("-1:1:5.5", "not a whole number");
    refused("-1:1:1e3", "not a whole number");
    refused("-1:0000000000000000000000000000000000000000000000000000000000000000000001:5", "end");
}

static void refuses_impossible_axes(void **state)
{
    (void)state;
    refused("-1:1:0", "0 points; at least 1");
    refused("-1:1:-3", "-3 points; at least 1");
    refused("-1:1:1000000000000", "1000000000000 points; a whole experiment can have at most");
    refused("-1:1:2147483648", "at most 2147483647");
    refused("-1:1:99999999999999999999999", "at most 2147483647");
    refused("1:-1:5", "swap them");
    refused("1:1:5", "must lie below");
    refused("nan:1:5", "finite");
    refused("-1:nan:5", "finite");
    refused("-inf:1:5", "finite");
    refused("-1:1e999:5", "finite");
    refused("-1:1e39:5", "finite");
    refused("-1.000000000000001e15:-1e15:51", "apart");
    refused("1e15:1.000000000000001e15:51", "apart");
}

static void symmetric_axes_are_exact(void **state)
{
    (void)state;
    bs_axis axis = parse("-1:1:51", true);
    assert_true(bs_axis_coordinate(&axis, 0) == -1.0);
    assert_true(bs_axis_coordinate(&axis, 25) == 0.0);
    assert_true(bs_axis_coordinate(&axis, 50) == 1.0);
    for (int i = 0; i < 51; i++) {
        assert_true(bs_axis_coordinate(&axis, i) == -bs_axis_coordinate(&axis, 50 - i));
        assert_true(bs_axis_coordinate(&axis, i) == (2.0 * i - 50.0) / 50.0);
    }
    axis = parse("-0.7:0.7:31", true);
    assert_true(bs_axis_coordinate(&axis, 15) == 0.0);
    for (int i = 0; i < 31; i++) {
        assert_true(bs_axis_coordinate(&axis, i) == -bs_axis_coordinate(&axis, 30 - i));
    }
}

static void ends_are_exact(void **state)
{
    (void)state;
    static const char *const texts[] = {"0.1:0.7:7",    "-0.3:1.1:49",   "1e-7:3:1000",
                                        "-5:-4.9:1233", "0.1:0.3:12345", "-1e30:1e-30:3"};
    for (size_t t = 0; t < sizeof texts / sizeof texts[0]; t++) {
        bs_axis axis = parse(texts[t], true);
        assert_true(bs_axis_coordinate(&axis, 0) == axis.from);
        assert_true(bs_axis_coordinate(&axis, axis.points - 1) == axis.to);
        for (int64_t i = 1; i < axis.points; i++) {
            assert_true(bs_axis_coordinate(&axis, i) > bs_axis_coordinate(&axis, i - 1));
            double linear = axis.from + (double)i * bs_axis_step(&axis);
            double scale = fmax(fabs(axis.from), fabs(axis.to));
            assert_true(fabs(bs_axis_coordinate(&axis, i) - linear) <= 1e-15 * scale);
        }
    }
}

static void periodic_axes_leave_the_end_out(void **state)
{
    (void)state;
    bs_axis axis = parse("-1:1:8", false);
    for (int i = 0; i < 8; i++) {
        assert_true(bs_axis_coordinate(&axis, i) == -1.0 + 0.25 * i);
    }
    assert_true(bs_axis_step(&axis) == 0.25);
    axis = (bs_axis){.from = 0.0, .to = 6.283185307179586, .points = 4, .endpoint = false};
    assert_true(bs_axis_coordinate(&axis, 1) == 1.5707963267948966);
    assert_true(bs_axis_coordinate(&axis, 2) == 3.141592653589793);
}

static void one_sample_lies_at_from(void **state)
{
    (void)state;
    for (int endpoint = 0; endpoint < 2; endpoint++) {
        bs_axis axis = parse("0.3:0.9:1", endpoint == 1);
        assert_true(bs_axis_coordinate(&axis, 0) == 0.3);
        assert_true(bs_axis_step(&axis) == 1.0);
    }
    bs_axis axis = parse("-1:1:51", true);
    assert_true(bs_axis_step(&axis) == 0.04);
}

/* Every index of a non-square grid names its own cell: x fastest. */
static void plane_51x31(void **state)
{
    (void)state;
    bs_grid grid = {.ndim = 2, .axis = {parse("-1:1:51", true), parse("-0.5:0.25:31", true)}};
    assert_int_equal(bs_grid_check(&grid, 1), BS_OK);
    assert_int_equal(bs_grid_points(&grid), 1581);
    int64_t index = 0;
    for (int y = 0; y < 31; y++) {
        for (int x = 0; x < 51; x++, index++) {
            double c[BS_GRID_DIMS] = {9.0, 9.0, 9.0};
            bs_grid_coordinates(&grid, index, c);
            assert_true(c[0] == bs_axis_coordinate(&grid.axis[0], x));
            assert_true(c[1] == bs_axis_coordinate(&grid.axis[1], y));
            assert_true(c[2] == 0.0);
        }
    }
}

static void volume_7x5x3(void **state)
{
    (void)state;
    bs_grid grid = {.ndim = 3,
                    .axis = {parse("0:6:7", true), parse("10:14:5", true), parse("20:22:3", true)}};
    assert_int_equal(bs_grid_points(&grid), 105);
    int64_t index = 0;
    for (int z = 0; z < 3; z++) {
        for (int y = 0; y < 5; y++) {
            for (int x = 0; x < 7; x++, index++) {
                double c[BS_GRID_DIMS];
                bs_grid_coordinates(&grid, index, c);
                assert_true(c[0] == x && c[1] == 10 + y && c[2] == 20 + z);
            }
        }
    }
}

static void line_has_no_y(void **state)
{
    (void)state;
    bs_grid grid = {.ndim = 1, .axis = {parse("0:4:5", true), {.from = 8.0, .points = 99}}};
    double c[BS_GRID_DIMS] = {9.0, 9.0, 9.0};
    assert_int_equal(bs_grid_points(&grid), 5);
    bs_grid_coordinates(&grid, 3, c);
    assert_true(c[0] == 3.0 && c[1] == 0.0 && c[2] == 0.0);
}

static void grids_are_bounded(void **state)
{
    (void)state;
    bs_grid grid = {.ndim = 3};
    for (int d = 0; d < 3; d++) {
        grid.axis[d] = (bs_axis){.from = -1.0, .to = 1.0, .points = 1000, .endpoint = true};
    }
    assert_int_equal(bs_grid_check(&grid, 2), BS_OK);
    assert_int_equal(bs_grid_check(&grid, 3), BS_ERR_USAGE);
    assert_non_null(strstr(bs_error_text(), "axis z"));
    assert_int_equal(bs_grid_check(&grid, 0), BS_ERR_USAGE);
    assert_int_equal(bs_grid_check(&grid, INT64_MAX), BS_ERR_USAGE);
    grid.axis[1].points = INT64_MAX;
    assert_int_equal(bs_grid_check(&grid, 1), BS_ERR_USAGE);
    assert_non_null(strstr(bs_error_text(), "axis y"));
    grid.axis[1] = (bs_axis){.from = 1.0, .to = -1.0, .points = 2, .endpoint = true};
    assert_int_equal(bs_grid_check(&grid, 1), BS_ERR_USAGE);
    assert_non_null(strstr(bs_error_text(), "axis y"));
    grid.ndim = 1;
    assert_int_equal(bs_grid_check(&grid, 1), BS_OK);
    grid.ndim = 0;
    assert_int_equal(bs_grid_check(&grid, 1), BS_ERR_USAGE);
    grid.ndim = 4;
    assert_int_equal(bs_grid_check(&grid, 1), BS_ERR_USAGE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parses_numbers),
        cmocka_unit_test(refuses_nonsense),
        cmocka_unit_test(refuses_impossible_axes),
        cmocka_unit_test(symmetric_axes_are_exact),
        cmocka_unit_test(ends_are_exact),
        cmocka_unit_test(periodic_axes_leave_the_end_out),
        cmocka_unit_test(one_sample_lies_at_from),
        cmocka_unit_test(plane_51x31),
        cmocka_unit_test(volume_7x5x3),
        cmocka_unit_test(line_has_no_y),
        cmocka_unit_test(grids_are_bounded),
    };
    return cmocka_run_group_tests_name("grid", tests, NULL, NULL);
}
