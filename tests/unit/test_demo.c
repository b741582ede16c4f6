/* Descriptions of demos: defaults, files, sizes, settings, and every mistake named. */
#include <string.h>

#include "blueshift/demo.h"
#include "blueshift/memory.h"
#include "unit/unit_test.h"
#include "unit/scratch.h"

static bs_demo *read_one(const char *what, int count, const char *const *settings)
{
    bs_demo *demo = NULL;
    bs_status status = bs_demo_read(what, count, settings, &demo);
    if (status != BS_OK) {
        print_error("%s\n", bs_error_text());
    }
    assert_int_equal(status, BS_OK);
    return demo;
}

static void names_choose_demos(void **state)
{
    (void)state;
    static const char *const names[] = {"fbm", "averaging", "plane"};
    for (int i = 0; i < 3; i++) {
        char output[32];
        bs_demo *demo = read_one(names[i], 0, NULL);
        assert_int_equal(demo->kind, i);
        assert_string_equal(bs_demo_name(demo->kind), names[i]);
        snprintf(output, sizeof output, "%s.nc", names[i]);
        assert_string_equal(demo->output, output);
        assert_non_null(strstr(demo->yaml, "seed: 1"));
        bs_demo_destroy(demo);
    }
    bs_demo_destroy(NULL);
}

static void files_sizes_and_settings(void **state)
{
    (void)state;
    static const char text[] = "demo: averaging\naveraging: {copies: 7, correlations: [0.5]}\n"
                               "sizes: {small: {averaging.copies: 3}}\n";
    const char *path = scratch_write("e3-test.yaml", text, sizeof text - 1);
    bs_demo *demo = read_one(path, 0, NULL);
    assert_true(demo->kind == BS_DEMO_AVERAGING && demo->copies == 7);
    assert_true(demo->correlation_count == 1 && demo->correlations[0] == 0.5);
    assert_string_equal(demo->output, "e3-test.nc");
    bs_demo_destroy(demo);
    static const char *const settings[] = {"size=small", "seed=9", "output.file=x.nc"};
    demo = read_one(scratch_path("e3-test.yaml"), 3, settings);
    assert_true(demo->copies == 3 && demo->seed == 9);
    assert_string_equal(demo->output, "x.nc");
    bs_demo_destroy(demo);
}

static void the_defaults_are_a_demo(void **state)
{
    (void)state;
    char *text = NULL;
    assert_int_equal(bs_demo_defaults(&text), BS_OK);
    bs_demo *demo = read_one(scratch_write("defaults.yaml", text, strlen(text)), 0, NULL);
    assert_int_equal(demo->kind, BS_DEMO_FBM);
    bs_demo_destroy(demo);
    bs_free(text);
}

static void committed_demos(void **state)
{
    (void)state;
    static const char *const files[] = {"jobs/e2-fbm.yaml", "jobs/e3-averaging.yaml"};
    static const char *const small[] = {"size=small"};
    for (int i = 0; i < 2; i++) {
        bs_demo *full = read_one(files[i], 0, NULL);
        bs_demo *less = read_one(files[i], 1, small);
        assert_int_equal(full->kind, i == 0 ? BS_DEMO_FBM : BS_DEMO_AVERAGING);
        assert_string_not_equal(full->yaml, less->yaml);
        bs_demo_destroy(full);
        bs_demo_destroy(less);
    }
}

static void mistakes_are_named(void **state)
{
    (void)state;
    static const char *const cases[][3] = {
        {"fmb", "seed=1", "there is no demo 'fmb'; did you mean 'fbm'?"},
        {"fbm", "fbm.hurts=0.5", "unknown key 'hurts' in fbm; did you mean 'hurst'?"},
        {"fbm", "hurst=0.5", "did you mean 'fbm.hurst'?"},
        {"fbm", "networks.depth=20",
         "Known keys here: title, demo, seed, fbm, averaging, plane, "
         "output, sizes"},
        {"fbm", "fbm.hurst=1", "fbm.hurst is '1'; it lies between 0 and 1"},
        {"fbm", "fbm.samples=8", "give 16 to"},
        {"fbm", "fbm.paths=1", "error bars need 2"},
        {"fbm", "fbm.cutoff=1", "it lies between 0 and 1"},
        {"fbm", "fbm.band=[0.5, 0.2]", "a band starts at 0"},
        {"fbm", "fbm.generator=fft", "Expected one of: both, cholesky, circulant"},
        {"averaging", "averaging.noise=0", "a standard deviation is above 0"},
        {"averaging", "averaging.copies=1", "give 2 to"},
        {"averaging", "averaging.repeats=1", "error bars need 2"},
        {"averaging", "averaging.size=9000", "pixels"},
        {"averaging", "averaging.correlations=[0, 1.5]", "averaging.correlations.1 is '1.5'"},
        {"averaging", "averaging.correlations=[]", "a list of 1 to 16 entries"},
        {"averaging", "averaging.signal_correlation=-1", "between 0 and 1"},
        {"plane", "plane.coefficients=0", "give 2 to"},
        {"plane", "plane.ratio=-1", "give 0 to"},
        {"plane", "plane.branches=1", "give 2 to"},
        {"plane", "output.file=''", "give the name of the result file"},
        {"plane", "size=small", "there is no size 'small'"},
        {"absent.yaml", "seed=1", "absent.yaml"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        bs_demo *demo = NULL;
        assert_int_equal(bs_demo_read(cases[i][0], 1, &cases[i][1], &demo), BS_ERR_USAGE);
        if (strstr(bs_error_text(), cases[i][2]) == NULL) {
            fail_msg("%s %s: %s", cases[i][0], cases[i][1], bs_error_text());
        }
        assert_null(demo);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_choose_demos),      cmocka_unit_test(files_sizes_and_settings),
        cmocka_unit_test(the_defaults_are_a_demo), cmocka_unit_test(committed_demos),
        cmocka_unit_test(mistakes_are_named),
    };
    return cmocka_run_group_tests_name("demo", tests, scratch_create, scratch_remove);
}
