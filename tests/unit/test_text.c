/* Strict numbers, exact printing, UTF-8 and spelling suggestions. */
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "blueshift/text.h"
#include "unit/unit_test.h"

static void whole_numbers(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "", " 1", "1 ", "0x10", "1e3", "1.0", "--1", "9223372036854775808", "1_000", "-"};
    int64_t value = 7;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_false(bs_text_to_int64(bad[i], &value));
    }
    assert_int_equal(value, 7);
    assert_true(bs_text_to_int64("-9223372036854775808", &value));
    assert_true(value == INT64_MIN);
    assert_true(bs_text_to_int64("010", &value));
    assert_int_equal(value, 10);
    uint64_t unsigned_value = 0;
    assert_true(bs_text_to_uint64("18446744073709551615", &unsigned_value));
    assert_true(unsigned_value == UINT64_MAX);
    assert_false(bs_text_to_uint64("-1", &unsigned_value));
    assert_false(bs_text_to_uint64("18446744073709551616", &unsigned_value));
}

static void decimal_numbers(void **state)
{
    (void)state;
    static const char *const bad[] = {"",   "nan", "inf", "0x1p3", "1e999",
                                      " 1", "1,5", "e5",  "1e",    "-"};
    double value = 7.0;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_false(bs_text_to_double(bad[i], &value));
    }
    assert_true(value == 7.0);
    assert_true(bs_text_to_double("-1.5e-3", &value));
    assert_true(value == -1.5e-3);
    assert_true(bs_text_to_double(".5", &value));
    assert_true(value == .5);
}

static void durations(void **state)
{
    (void)state;
    static const char *const bad[] = {"1:2:3",    "01:60:00",  "01:00:60",  "12:30",   "1-02:03",
                                      "01:00:0x", "01:00:000", "soon",      "1-1:1:1", "-1:00:00",
                                      "",         "min",       "10minutes", "1min 1h", "1h1h",
                                      "-5min",    "1..5h",     "5min ",     "1h, 5s",  "10 "};
    double seconds = 7.0;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_false(bs_text_to_seconds(bad[i], &seconds));
    }
    assert_true(seconds == 7.0);
    assert_true(bs_text_to_seconds("01:02:03", &seconds));
    assert_true(seconds == 3723.0);
    assert_true(bs_text_to_seconds("2-00:00:01", &seconds));
    assert_true(seconds == 172801.0);
    assert_true(bs_text_to_seconds("90.5", &seconds));
    assert_true(seconds == 90.5);
    static const struct {
        const char *text;
        double seconds;
    } united[] = {{"10min", 600.0},      {"90s", 90.0},     {"1.5h", 5400.0},
                  {"2d", 172800.0},      {"10 min", 600.0}, {"1h30min", 5400.0},
                  {"1h 30 min", 5400.0}, {"5m", 300.0},     {"1d 1h 1s", 90001.0}};
    for (size_t i = 0; i < sizeof united / sizeof united[0]; i++) {
        assert_true(bs_text_to_seconds(united[i].text, &seconds));
        assert_true(seconds == united[i].seconds);
    }
}

static void doubles_read_back(void **state)
{
    (void)state;
    static const double values[] = {0.0,       1.0,     .1,           1.0 / 3.0,
                                    -2.5e-300, DBL_MAX, DBL_TRUE_MIN, 6.283185307179586};
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
        char text[BS_TEXT_DOUBLE];
        bs_text_from_double(values[i], text);
        assert_true(strtod(text, NULL) == values[i]);
    }
    char text[BS_TEXT_DOUBLE];
    bs_text_from_double(.1, text);
    assert_string_equal(text, "0.1");
}

static void utf8(void **state)
{
    (void)state;
    assert_true(bs_text_is_utf8(""));
    assert_true(bs_text_is_utf8("\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80"));
    static const char *const bad[] = {
        "\xff",         "\xc3", "\xc0\x80",         "\xe2\x82",
        "\xed\xa0\x80", "\x80", "\xf4\x90\x80\x80", "\xf8\x88\x80\x80\x80"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_false(bs_text_is_utf8(bad[i]));
    }
    static const char name[] = "3 \xc3\xa9t\xc3\xa9s"; /* 6 characters in 8 bytes */
    assert_int_equal(bs_text_characters(name, strlen(name)), 6);
    char padded[16];
    snprintf(padded, sizeof padded, "%-*s|", bs_text_width(name, 8), name);
    assert_string_equal(padded, "3 \xc3\xa9t\xc3\xa9s  |");
}

static void nearest_words(void **state)
{
    (void)state;
    static const char *const words[] = {"grid", "path", "data", "normalisation", "leaky-relu",
                                        "relu", "v1",   "v2",   "projection"};
    static const char *const pairs[][2] = {
        {"grdi", "grid"},
        {"gird", "grid"},
        {"normalization", "normalisation"},
        {"ReLU", "relu"},
        {"leaky_relu", "leaky-relu"},
        {"proj", "projection"},
        {"paths", "path"},
        {"dta", "data"},
        {"V2", "v2"},
    };
    int count = (int)(sizeof words / sizeof words[0]);
    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
        const char *near = bs_text_nearest(pairs[i][0], count, words);
        assert_non_null(near);
        assert_string_equal(near, pairs[i][1]);
    }
    assert_null(bs_text_nearest("v3", count, words));
    assert_null(bs_text_nearest("", count, words));
    assert_null(bs_text_nearest("momentum", count, words));
    char word[4096];
    memset(word, 'g', sizeof word - 1);
    word[sizeof word - 1] = '\0';
    assert_null(bs_text_nearest(word, count, words));
    assert_null(bs_text_nearest("grid", 0, words));
}

static void lists(void **state)
{
    (void)state;
    static const char *const words[] = {"one", "two", "three"};
    char text[32];
    bs_text_join(3, words, text, sizeof text);
    assert_string_equal(text, "one, two, three");
    bs_text_join(3, words, text, 7);
    assert_string_equal(text, "one, t");
    bs_text_join(0, words, text, sizeof text);
    assert_string_equal(text, "");
}

static void ends(void **state)
{
    (void)state;
    assert_true(bs_text_ends_in("plane.nc", ".nc"));
    assert_true(bs_text_ends_in("PLANE.NC", ".nc"));
    assert_true(bs_text_ends_in(".nc", ".nc"));
    assert_true(bs_text_ends_in("plane", ""));
    assert_false(bs_text_ends_in("plane.nc4", ".nc"));
    assert_false(bs_text_ends_in("nc", ".nc"));
}

static void words_of_the_shell(void **state)
{
    (void)state;
    char out[16];
    static const char *const words[][2] = {
        {"a/b-c_1.nc", "a/b-c_1.nc"},
        {"a b", "'a b'"},
        {"", "''"},
        {"it's", "'it'\\''s'"},
        {"$x`y`*", "'$x`y`*'"},
        {"twelve twelve", "'twelve twelve'"},
        {"fourteen four ", "fourteen four "}, /* no room */
    };
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        assert_string_equal(bs_text_shell_word(words[i][0], out, sizeof out), words[i][1]);
    }
}

static void suggestions_name_the_nearest_and_all(void **state)
{
    (void)state;
    static const char *const words[] = {"sweep", "plot"};
    char text[64];
    bs_text_suggest("swep", 2, words, "Verbs", text, sizeof text);
    assert_string_equal(text, "; did you mean 'sweep'? Verbs: sweep, plot");
    bs_text_suggest("xyzzy", 2, words, "Verbs", text, sizeof text);
    assert_string_equal(text, ". Verbs: sweep, plot");
    bs_text_suggest("xyzzy", 2, words, "Verbs", text, 12);
    assert_string_equal(text, ". Verbs: sw");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(suggestions_name_the_nearest_and_all),
        cmocka_unit_test(whole_numbers),
        cmocka_unit_test(decimal_numbers),
        cmocka_unit_test(durations),
        cmocka_unit_test(doubles_read_back),
        cmocka_unit_test(utf8),
        cmocka_unit_test(nearest_words),
        cmocka_unit_test(lists),
        cmocka_unit_test(ends),
        cmocka_unit_test(words_of_the_shell),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
