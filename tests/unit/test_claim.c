/* Claims as they are read, and lines that are none. */
#include <string.h>

#include "blueshift/claim.h"
#include "unit/unit_test.h"

static bs_claim only(const char *text)
{
    bs_claim claim, none;
    bool found = false;
    const char *rest = text;
    assert_int_equal(bs_claim_next(&rest, &claim, &found), BS_OK);
    assert_true(found);
    assert_int_equal(bs_claim_next(&rest, &none, &found), BS_OK);
    assert_false(found);
    return claim;
}

static void claims_are_read(void **state)
{
    (void)state;
    bs_claim c = only("second_moment: NoShort > Short");
    assert_string_equal(c.quantity, "second_moment");
    assert_string_equal(c.left, "NoShort");
    assert_string_equal(c.right, "Short");
    assert_true(c.relation == BS_CLAIM_ABOVE && c.index == 0);
    c = only("\n\n  branch_surface_ed[4] : 3 paths < 0.9  \n \n");
    assert_string_equal(c.quantity, "branch_surface_ed");
    assert_string_equal(c.left, "3 paths");
    assert_string_equal(c.right, "");
    assert_true(c.relation == BS_CLAIM_BELOW && c.index == 4 && c.number == 0.9);
    /* A scan's names hold equal signs. */
    c = only("roughness: strength=1 skip_weight=0 = strength=0 skip_weight=0");
    assert_string_equal(c.left, "strength=1 skip_weight=0");
    assert_string_equal(c.right, "strength=0 skip_weight=0");
    assert_true(c.relation == BS_CLAIM_EQUAL);
}

static void several_lines(void **state)
{
    (void)state;
    const char *rest = "a: x > y\nb: y > z\n\nc: z = 1\n";
    const char *const names[] = {"a", "b", "c"};
    for (int i = 0; i < 3; i++) {
        bs_claim c;
        bool found = false;
        assert_int_equal(bs_claim_next(&rest, &c, &found), BS_OK);
        assert_true(found);
        assert_string_equal(c.quantity, names[i]);
    }
    assert_string_equal(rest, "");
}

static void lines_that_are_none(void **state)
{
    (void)state;
    char endless[1000];
    memset(endless, 'x', sizeof endless - 1);
    memcpy(endless, "a: b > ", strlen("a: b > "));
    endless[sizeof endless - 1] = '\0';
    const char *const lines[] = {"rough",      "a: b",        "a: b >",       "a: > b",
                                 ": a > b",    "a[x]: b > c", "a[1: b > c",   "a[-1]: b > c",
                                 "[1]: b > c", "a: b>c",      "a[1]x: b > c", endless};
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        bs_claim c;
        bool found = true;
        const char *rest = lines[i];
        if (bs_claim_next(&rest, &c, &found) != BS_ERR_USAGE || found) {
            fail_msg("'%s' is read as a claim", lines[i]);
        }
        assert_non_null(strstr(bs_error_text(), "write QUANTITY: NETWORK > NETWORK"));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(claims_are_read),
        cmocka_unit_test(several_lines),
        cmocka_unit_test(lines_that_are_none),
    };
    return cmocka_run_group_tests_name("claim", tests, NULL, NULL);
}
