/* Experiments from damaged files, odd settings, and with memory that runs out. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "blueshift/experiment.h"
#include "blueshift/memory.h"
#include "unit/unit_test.h"
#include "child.h"
#include "scratch.h"

static const char *const fault_settings[] = {"networks=[{depth: 20}, {name: b}]", "title='x'"};

static int read_in_child(void)
{
    bs_experiment *e = NULL;
    bs_status status = bs_experiment_read("jobs/quickstart.yaml", 2, fault_settings, &e);
    bool clean = (status == BS_OK) == (e != NULL);
    bs_experiment_destroy(e);
    return clean ? (int)status : BS_STATUS_COUNT;
}

/* Runs first: the injector reads its orders once per process. */
static void every_failed_allocation_is_reported(void **state)
{
    (void)state;
    enum { DENSE = 12, STRIDE = 101, BOUND = 20000 };
    int failures = 0;
    for (int call = 1; call < BOUND; call += call < DENSE ? 1 : STRIDE) {
        char fault[32];
        snprintf(fault, sizeof fault, "alloc:%d", call);
        int status = in_child(fault, read_in_child);
        if (status == BS_OK) {
            break;
        }
        assert_int_equal(status, BS_ERR_MEMORY);
        failures++;
    }
    assert_in_range(failures, DENSE + 5, BOUND / STRIDE);
}

static void an_unreadable_file_is_reported(void **state)
{
    (void)state;
    assert_int_equal(in_child("read:1", read_in_child), BS_ERR_USAGE);
}

/* Overwrites a few bytes of TEXT; the sequence depends on SEED alone. */
static void damage(char *text, size_t length, uint32_t seed)
{
    static const char bytes[] = "\n  :-[]{},'\"#~0123456789.0123456789.eaxnull\xc3\xff";
    uint32_t x = seed * 2654435761U + 1;
    for (uint32_t hits = 1 + seed % 3; hits > 0; hits--) {
        x = x * 1664525U + 1013904223U;
        size_t at = (x >> 8) % length;
        x = x * 1664525U + 1013904223U;
        text[at] = bytes[(x >> 8) % (sizeof bytes - 1)];
    }
}

static void write_file(const char *path, const char *text)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
}

/* Damaged files are read or refused as the user's; never our failure. */
static void damaged_files_are_read_or_refused(void **state)
{
    (void)state;
    enum { ROUNDS = 400 };
    int accepted = 0;
    bs_experiment *whole = NULL;
    assert_int_equal(bs_experiment_read("jobs/quickstart.yaml", 0, NULL, &whole), BS_OK);
    size_t length = strlen(whole->yaml);
    char *broken = bs_alloc(length + 1, 1);
    assert_non_null(broken);
    for (uint32_t seed = 0; seed < ROUNDS; seed++) {
        memcpy(broken, whole->yaml, length + 1);
        damage(broken, length, seed);
        const char *path = scratch_path("e.yaml");
        write_file(path, broken);
        bs_experiment *e = NULL;
        bs_status status = bs_experiment_read(path, 0, NULL, &e);
        if (status == BS_OK) {
            accepted++;
            assert_non_null(e->identity);
        } else {
            assert_int_equal(status, BS_ERR_USAGE);
            assert_null(e);
        }
        bs_experiment_destroy(e);
    }
    bs_free(broken);
    bs_experiment_destroy(whole);
    assert_in_range(accepted, ROUNDS / 100, ROUNDS / 2);
}

static const char *const odd_values[] = {"",
                                         "0",
                                         "-1",
                                         "1",
                                         "999999999999999999999",
                                         "1e308",
                                         "-1e-320",
                                         "nan",
                                         "auto",
                                         "none",
                                         "null",
                                         "~",
                                         "true",
                                         "[]",
                                         "{}",
                                         "[[]]",
                                         "[1, 2, 3]",
                                         "{a: 1}",
                                         "[auto, auto]",
                                         "\"\"",
                                         "'x'",
                                         "\"\\x01\"",
                                         "mlp",
                                         "ring",
                                         "great-circle",
                                         "1:2:3",
                                         "-1:1:51",
                                         ":::",
                                         "00:00:01",
                                         "a/b.c",
                                         "\xc3\xa9",
                                         "%s%n",
                                         "[{depth: 20}, {kind: mlp}]"};

/* Sets the value at PATH to everything odd; counts what is accepted. */
static int try_odd_values(const char *path)
{
    int accepted = 0;
    for (size_t v = 0; v < sizeof odd_values / sizeof odd_values[0]; v++) {
        char setting[128];
        snprintf(setting, sizeof setting, "%s=%s", path, odd_values[v]);
        const char *const settings[] = {setting};
        bs_experiment *e = NULL;
        bs_status status = bs_experiment_read(NULL, 1, settings, &e);
        if (status != BS_OK && status != BS_ERR_USAGE) {
            print_error("%s: %s\n", setting, bs_error_text());
        }
        assert_true(status == BS_OK || status == BS_ERR_USAGE);
        accepted += status == BS_OK;
        bs_experiment_destroy(e);
    }
    return accepted;
}

/* Every key of the defaults against every odd value, mappings and lists included. */
static void odd_values_are_read_or_refused(void **state)
{
    (void)state;
    bs_experiment *whole = NULL;
    assert_int_equal(bs_experiment_read(NULL, 0, NULL, &whole), BS_OK);
    int keys = 0;
    int accepted = try_odd_values("data") + try_odd_values("networks") +
                   try_odd_values("networks.0") + try_odd_values("grid") +
                   try_odd_values("analysis.window") + try_odd_values("analysis.cutoff") +
                   try_odd_values("analysis.tail") + try_odd_values("analysis.tail.1") +
                   try_odd_values("parallel.time_limit") + try_odd_values("output.file") +
                   try_odd_values("data.path");
    for (const char *line = whole->identity; *line != '\0'; line += strcspn(line, "\n") + 1) {
        char path[64];
        size_t length = strcspn(line, "=");
        assert_in_range(length, 1, sizeof path - 1);
        memcpy(path, line, length);
        path[length] = '\0';
        accepted += try_odd_values(path);
        keys++;
    }
    bs_experiment_destroy(whole);
    assert_in_range(keys, 40, 60);
    assert_in_range(accepted, 300, 900);
}

static int start(void **state)
{
    unsetenv("BLUESHIFT_DATA");
    return scratch_create(state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_failed_allocation_is_reported),
        cmocka_unit_test(an_unreadable_file_is_reported),
        cmocka_unit_test(damaged_files_are_read_or_refused),
        cmocka_unit_test(odd_values_are_read_or_refused),
    };
    return cmocka_run_group_tests(tests, start, scratch_remove);
}
