/* Patterns of file names: what they match, in which order, and what is refused. */
#include "blueshift/file_list.h"
#include "scratch.h"
#include "unit/unit_test.h"

static void make(const char *name)
{
    assert_non_null(scratch_write(name, "x", 1));
}

static void patterns(void **state)
{
    (void)state;
    assert_true(bs_file_list_is_pattern("a/b-*.safetensors"));
    assert_false(bs_file_list_is_pattern("a*/b.safetensors"));
    assert_false(bs_file_list_is_pattern(""));
}

/* Digits are numbers, however many zeros they have; other files and hidden ones are left out. */
static void order(void **state)
{
    (void)state;
    static const char *const names[] = {"w-9.st",   "w-10.st", "w-007.st", "w-.st",
                                        "w-100.st", "v-1.st",  "w-5.txt",  ".w-1.st"};
    static const char *const wanted[] = {"", "007", "9", "10", "100"};
    bs_file_list list = {0};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        make(names[i]);
    }
    assert_int_equal(bs_file_list_find(scratch_path("w-*.st"), &list), BS_OK);
    assert_int_equal(list.count, 5);
    for (int i = 0; i < list.count; i++) {
        char name[64];
        snprintf(name, sizeof name, "w-%s.st", wanted[i]);
        assert_string_equal(list.matches[i], wanted[i]);
        assert_string_equal(list.paths[i], scratch_path(name));
    }
    bs_file_list_release(&list);
}

/* The star takes no part of what stands around it. */
static void overlap(void **state)
{
    (void)state;
    bs_file_list list = {0};
    make("aba");
    make("ababa");
    assert_int_equal(bs_file_list_find(scratch_path("aba*aba"), &list), BS_ERR_USAGE);
    bs_file_list_release(&list);
    assert_int_equal(bs_file_list_find(scratch_path("ab*ba"), &list), BS_OK);
    assert_int_equal(list.count, 1);
    assert_string_equal(list.matches[0], "a");
    bs_file_list_release(&list);
}

static void refuse(const char *pattern, const char *why)
{
    bs_file_list list = {0};
    assert_int_equal(bs_file_list_find(pattern, &list), BS_ERR_USAGE);
    assert_non_null(strstr(bs_error_text(), why));
    assert_int_equal(list.count, 0);
    bs_file_list_release(&list);
}

static void errors(void **state)
{
    (void)state;
    refuse(scratch_path("none-*.st"), "no file");
    refuse(scratch_path("nowhere/w-*.st"), "folder");
    refuse(scratch_path("*-*.st"), "one star");
    refuse(scratch_path("w*/x-*.st"), "one star");
    refuse(scratch_path("w.st"), "one star");
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(patterns), cmocka_unit_test(order),
                                       cmocka_unit_test(overlap), cmocka_unit_test(errors)};
    return cmocka_run_group_tests(tests, scratch_create, scratch_remove);
}
