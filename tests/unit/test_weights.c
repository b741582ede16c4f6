/* Tests of safetensors files: what is read is what stands there, what is written reads back. */
#include <math.h>
#include <string.h>

#include "blueshift/memory.h"
#include "blueshift/weights.h"
#include "unit/unit_test.h"
#include "weights_files.h"

static const char *small_file(void)
{
    return weights_file(-1, SMALL_HEADER, strlen(SMALL_HEADER), SMALL_DATA);
}

static void check_failure(bs_status status, const char *const fragments[])
{
    assert_int_equal(status, BS_ERR_INPUT);
    for (int i = 0; fragments[i] != NULL; i++) {
        if (strstr(bs_error_text(), fragments[i]) == NULL) {
            fail_msg("\"%s\" lacks \"%s\"", bs_error_text(), fragments[i]);
        }
    }
}

static void tensors_come_in_the_order_of_their_data(void **state)
{
    (void)state;
    bs_weights w;
    assert_int_equal(bs_weights_read(small_file(), &w), BS_OK);
    assert_int_equal(w.tensor_count, 2); /* without the counter */
    assert_int_equal(w.value_count, 10);
    assert_string_equal(w.tensors[0].name, "conv1.weight");
    assert_string_equal(w.tensors[1].name, "linear.weight");
    static const int64_t shape[BS_TENSOR_DIMS] = {2, 1, 2, 1};
    assert_int_equal(w.tensors[0].ndim, 4);
    assert_memory_equal(w.tensors[0].shape, shape, sizeof shape);
    assert_int_equal(w.tensors[1].ndim, 2);
    assert_int_equal(w.tensors[1].offset, 4);
    assert_int_equal(w.tensors[1].count, 6);
    for (int i = 0; i < 10; i++) {
        assert_true(w.values[i] == (float)(i + 1));
    }
    assert_int_equal(w.metadata_count, 2);
    assert_string_equal(bs_weights_metadata(&w, "shortcut"), "pad");
    assert_null(bs_weights_metadata(&w, "mean"));
    assert_ptr_equal(bs_weights_find(&w, "linear.weight"), &w.tensors[1]); /* fc in the file */
    assert_null(bs_weights_find(&w, "linear.weigh"));
    bs_weights_release(&w);
    bs_weights_release(&w); /* a released one is empty */
}

static void counters_in_between_leave_no_trace(void **state)
{
    (void)state;
    static const char header[] =
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]},"
        "\"n.num_batches_tracked\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,8]},"
        "\"z\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[8,16]}}";
    bs_weights w;
    assert_int_equal(bs_weights_read(weights_file(-1, header, sizeof header - 1, 16), &w), BS_OK);
    assert_int_equal(w.value_count, 3);
    assert_true(w.values[0] == 1.F && w.values[1] == 3.F && w.values[2] == 4.F);
    assert_int_equal(w.metadata_count, 0);
    bs_weights_release(&w);
}

/* The same numbers in every type that PyTorch saves. */
static void types_become_single_precision(void **state)
{
    (void)state;
    static const char header[] =
        "{\"d\":{\"dtype\":\"F64\",\"shape\":[2],\"data_offsets\":[0,16]},"
        "\"h\":{\"dtype\":\"F16\",\"shape\":[6],\"data_offsets\":[16,28]},"
        "\"b\":{\"dtype\":\"BF16\",\"shape\":[2],\"data_offsets\":[28,32]}}";
    const double doubles[] = {-1.5, 0.1};
    /* 1, -2, the largest, the smallest normal, the smallest of all, and -0. */
    const uint16_t halves[] = {0x3c00, 0xc000, 0x7bff, 0x0400, 0x0001, 0x8000};
    const uint16_t brains[] = {0x3f80, 0xc049};
    const uint64_t length = sizeof header - 1;
    char file[sizeof length + sizeof header - 1 + 32];
    memcpy(file, &length, sizeof length);
    memcpy(file + sizeof length, header, length);
    memcpy(file + sizeof length + length, doubles, sizeof doubles);
    memcpy(file + sizeof length + length + 16, halves, sizeof halves);
    memcpy(file + sizeof length + length + 28, brains, sizeof brains);
    bs_weights w;
    assert_int_equal(bs_weights_read(scratch_write("types", file, sizeof file), &w), BS_OK);
    const float wanted[] = {-1.5F,    0.1F,     1.F,  -2.F, 65504.F,
                            0x1p-14F, 0x1p-24F, -0.F, 1.F,  -3.140625F};
    assert_int_equal(w.value_count, 10);
    assert_memory_equal(w.values, wanted, sizeof wanted);
    bs_weights_release(&w);
    const uint16_t infinite = 0x7c00;
    memcpy(file + sizeof length + length + 16, &infinite, sizeof infinite);
    assert_int_equal(bs_weights_read(scratch_write("types", file, sizeof file), &w), BS_ERR_INPUT);
    assert_non_null(strstr(bs_error_text(), "element 0 of tensor h (6) is inf"));
}

/* One tensor called NAME. */
static const char *named_file(const char *name, const char *second)
{
    char header[512];
    int length = snprintf(header, sizeof header,
                          "{\"%s\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]},"
                          "\"%s\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,8]}}",
                          name, second);
    return weights_file(-1, header, (size_t)length, 8);
}

static void names_of_wrappers(void **state)
{
    (void)state;
    static const char *const names[][2] = {
        {"module.conv1.weight", "conv1.weight"},
        {"model._orig_mod.module.bn1.bias", "bn1.bias"},
        {"_orig_mod.model.module.model.fc.weight", "linear.weight"},
        {"classifier.bias", "linear.bias"},
        {"net.layer2.0.downsample.0.weight", "layer2.0.shortcut.0.weight"},
        {"fc1.weight", "fc1.weight"},
        {"modulex.weight", "modulex.weight"},
        {"block0.fc.weight", "block0.fc.weight"},
    };
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        bs_weights w;
        assert_int_equal(bs_weights_read(named_file(names[i][0], "other"), &w), BS_OK);
        assert_string_equal(w.tensors[0].name, names[i][1]);
        bs_weights_release(&w);
    }
    bs_weights w;
    assert_int_equal(bs_weights_read(named_file("fc.bias", "module.linear.bias"), &w),
                     BS_ERR_INPUT);
    assert_non_null(strstr(bs_error_text(), "two tensors are called linear.bias"));
}

static void written_files_read_back(void **state)
{
    (void)state;
    static const float values[] = {1.5F, -0.F, 2.F, 3e38F, 1e-45F, 3.F, 7.F};
    /* Not in the order of their offsets, with a gap. */
    static const bs_tensor tensors[] = {
        {.name = "b", .ndim = 1, .shape = {2}, .offset = 5, .count = 2},
        {.name = "a \"quoted\" \xc3\xbc", .ndim = 2, .shape = {2, 2}, .offset = 0, .count = 4}};
    static const char *const metadata[] = {"mean", ".5,.5,.5", "note", "line\nbreak", NULL};
    const char *path = scratch_path("written");
    assert_int_equal(bs_weights_write(path, true, 2, tensors, values, metadata), BS_OK);
    assert_int_equal(scratch_temporaries(), 0);
    bs_weights w;
    assert_int_equal(bs_weights_read(path, &w), BS_OK);
    assert_int_equal(w.tensor_count, 2);
    assert_string_equal(w.tensors[1].name, tensors[1].name);
    assert_memory_equal(w.values, values + 5, 2 * sizeof *values);
    assert_memory_equal(w.values + 2, values, 4 * sizeof *values);
    assert_string_equal(bs_weights_metadata(&w, "note"), "line\nbreak");
    assert_string_equal(bs_weights_metadata(&w, "mean"), ".5,.5,.5");
    bs_weights_release(&w);
}

/* Neither NaN nor infinity reaches a surface, and the message says where it is. */
static void values_that_are_not_finite_are_refused(void **state)
{
    (void)state;
    static const bs_tensor tensors[] = {
        {.name = "a", .ndim = 1, .shape = {2}, .offset = 0, .count = 2},
        {.name = "b", .ndim = 2, .shape = {1, 3}, .offset = 2, .count = 3}};
    static const float bad[] = {NAN, INFINITY, -INFINITY};
    for (int i = 0; i < 3; i++) {
        float values[] = {1.F, 2.F, 3.F, 4.F, 5.F};
        values[4] = bad[i];
        const char *path = scratch_path("bad");
        bs_weights w;
        assert_int_equal(bs_weights_write(path, true, 2, tensors, values, NULL), BS_OK);
        assert_int_equal(bs_weights_read(path, &w), BS_ERR_INPUT);
        assert_non_null(strstr(bs_error_text(), "element 2 of tensor b (1x3) is "));
        assert_non_null(strstr(bs_error_text(), i == 0 ? "nan" : "inf"));
        assert_null(w.values);
    }
}

static void data_begin_aligned(void **state)
{
    (void)state;
    static const float value = 1.F;
    for (int length = 1; length <= 16; length++) {
        bs_tensor tensor = {.ndim = 1, .shape = {1}, .count = 1};
        memset(tensor.name, 'n', (size_t)length);
        const char *path = scratch_path("aligned");
        assert_int_equal(bs_weights_write(path, true, 1, &tensor, &value, NULL), BS_OK);
        FILE *stream = fopen(path, "rb");
        assert_non_null(stream);
        uint64_t header = 0;
        assert_int_equal(fread(&header, sizeof header, 1, stream), 1);
        fclose(stream);
        assert_int_equal(header % 8, 0);
        bs_weights w;
        assert_int_equal(bs_weights_read(path, &w), BS_OK);
        bs_weights_release(&w);
    }
}

static void what_cannot_be_written(void **state)
{
    (void)state;
    static const float value = 1.F;
    static const bs_tensor twice[] = {{.name = "a", .ndim = 1, .shape = {1}, .count = 1},
                                      {.name = "a", .ndim = 1, .shape = {1}, .count = 1}};
    static const bs_tensor latin[] = {{.name = "\xfc", .ndim = 1, .shape = {1}, .count = 1}};
    const char *path = scratch_path("never");
    assert_int_equal(bs_weights_write(path, true, 2, twice, &value, NULL), BS_ERR_INTERNAL);
    assert_int_equal(bs_weights_write(path, true, 1, latin, &value, NULL), BS_ERR_INTERNAL);
    assert_int_not_equal(access(path, F_OK), 0);
    assert_int_equal(bs_weights_write("/no/such/folder/w", true, 1, twice, &value, NULL),
                     BS_ERR_IO);
    assert_non_null(
        strstr(bs_error_text(), "/no/such/folder/w cannot be created: there is no folder"));
}

static void what_exists_stays_unless_it_may_go(void **state)
{
    (void)state;
    static const float values[] = {1.F, 2.F};
    static const bs_tensor tensors[] = {{.name = "a", .ndim = 1, .shape = {1}, .count = 1},
                                        {.name = "a", .ndim = 1, .shape = {2}, .count = 2}};
    const char *path = scratch_path("kept");
    bs_weights w;
    assert_int_equal(bs_weights_write(path, false, 1, &tensors[0], values, NULL), BS_OK);
    assert_int_equal(bs_weights_write(path, false, 1, &tensors[1], values, NULL), BS_ERR_INPUT);
    assert_non_null(strstr(bs_error_text(), "kept exists"));
    assert_int_equal(bs_weights_read(path, &w), BS_OK);
    assert_int_equal(w.value_count, 1);
    bs_weights_release(&w);
    assert_int_equal(bs_weights_write(path, true, 1, &tensors[1], values, NULL), BS_OK);
    assert_int_equal(bs_weights_read(path, &w), BS_OK);
    assert_int_equal(w.value_count, 2);
    bs_weights_release(&w);
    assert_int_equal(scratch_temporaries(), 0);
}

static void copy_goes_by_name_and_shape(void **state)
{
    (void)state;
    bs_weights w;
    assert_int_equal(bs_weights_read(small_file(), &w), BS_OK);
    bs_tensor wanted[] = {
        {.name = "linear.weight", .ndim = 2, .shape = {2, 3}, .offset = 1, .count = 6},
        {.name = "conv1.weight", .ndim = 4, .shape = {2, 1, 2, 1}, .offset = 8, .count = 4}};
    float out[13] = {0.F};
    assert_int_equal(bs_weights_copy(&w, 2, wanted, out), BS_OK);
    static const float expected[13] = {0, 5, 6, 7, 8, 9, 10, 0, 1, 2, 3, 4, 0};
    assert_memory_equal(out, expected, sizeof out);

    const char *surplus[] = {"weights: its tensor conv1.weight (2x1x2x1)", "own weights", NULL};
    check_failure(bs_weights_copy(&w, 1, wanted, out), surplus);
    wanted[0].shape[1] = 4;
    const char *shape[] = {"weights: tensor linear.weight is 2x3, the network needs 2x4", "width",
                           NULL};
    check_failure(bs_weights_copy(&w, 2, wanted, out), shape);
    wanted[0].ndim = 1;
    const char *ndim[] = {"linear.weight is 2x3, the network needs 2;", NULL};
    check_failure(bs_weights_copy(&w, 2, wanted, out), ndim);
    strcpy(wanted[1].name, "conv2.weight");
    wanted[0] = wanted[1];
    const char *missing[] = {"weights: has no tensor conv2.weight (2x1x2x1)", "depth", NULL};
    check_failure(bs_weights_copy(&w, 2, wanted, out), missing);
    bs_weights_release(&w);
}

static void trained_networks(void **state)
{
    (void)state;
    static const struct {
        const char *name, *depth, *shortcut, *correct;
        int tensors;
        size_t values;
    } files[] = {
        {"akamaster-resnet20", "20", "pad", "9173", 97, 271098},
        {"akamaster-resnet32", "32", "pad", "9263", 157, 466426},
        {"akamaster-resnet44", "44", "pad", "9310", 217, 661754},
        {"akamaster-resnet56", "56", "pad", "9339", 277, 857082},
        {"li2018-resnet56", "56", "projection", "9366", 287, 860026},
        {"li2018-resnet56-noshort", "56", "none", "8669", 277, 857082},
    };
    const char *folder = getenv("BLUESHIFT_DATA");
    if (folder == NULL) {
        skip();
    }
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        char path[SCRATCH_PATH];
        snprintf(path, sizeof path, "%s/weights/%s.safetensors", folder, files[i].name);
        bs_weights w;
        assert_int_equal(bs_weights_read(path, &w), BS_OK);
        assert_int_equal(w.tensor_count, files[i].tensors);
        assert_int_equal(w.value_count, files[i].values);
        assert_int_equal(w.metadata_count, 7);
        assert_string_equal(bs_weights_metadata(&w, "depth"), files[i].depth);
        assert_string_equal(bs_weights_metadata(&w, "shortcut"), files[i].shortcut);
        assert_string_equal(bs_weights_metadata(&w, "test_correct"), files[i].correct);
        assert_string_equal(w.tensors[0].name, "conv1.weight");
        bs_weights_release(&w);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tensors_come_in_the_order_of_their_data),
        cmocka_unit_test(counters_in_between_leave_no_trace),
        cmocka_unit_test(types_become_single_precision),
        cmocka_unit_test(names_of_wrappers),
        cmocka_unit_test(written_files_read_back),
        cmocka_unit_test(values_that_are_not_finite_are_refused),
        cmocka_unit_test(data_begin_aligned),
        cmocka_unit_test(what_cannot_be_written),
        cmocka_unit_test(what_exists_stays_unless_it_may_go),
        cmocka_unit_test(copy_goes_by_name_and_shape),
        cmocka_unit_test(trained_networks),
    };
    return cmocka_run_group_tests(tests, scratch_create, scratch_remove);
}
