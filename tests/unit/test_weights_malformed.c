/* Tests of damaged and foreign safetensors files: each is refused with what, where and advice. */
#include <string.h>

#include "blueshift/weights.h"
#include "unit/unit_test.h"
#include "weights_files.h"

/* What the message must hold, beside the file's name and an advice. */
typedef struct bad_file {
    const char *header;
    size_t data;
    const char *expected;
} bad_file;

static void check_refusal(const char *path, const char *expected)
{
    static const char *const advice[] = {"download", "tools/convert-pytorch.py", "network?",
                                         "check"};
    bs_weights w;
    bs_status status = bs_weights_read(path, &w);
    if (status != BS_ERR_INPUT) {
        fail_msg("%s instead of the error \"%s\"", bs_status_name(status), expected);
    }
    assert_null(w.tensors); /* nothing to release after a failure */
    const char *text = bs_error_text();
    size_t advised = 0;
    for (size_t i = 0; i < sizeof advice / sizeof *advice; i++) {
        advised += strstr(text, advice[i]) != NULL ? 1 : 0;
    }
    if (strstr(text, path) == NULL || strstr(text, expected) == NULL || advised == 0) {
        fail_msg("\"%s\" lacks the path, an advice or \"%s\"", text, expected);
    }
}

static void check_table(const bad_file *files, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const char *header = files[i].header;
        check_refusal(weights_file(-1, header, strlen(header), files[i].data), files[i].expected);
    }
}

#define CHECK_TABLE(files) check_table(files, sizeof(files) / sizeof *(files))

/* One tensor "t" with the given members. */
#define TENSOR(members) "{\"t\":{" members "}}"
#define F32 "\"dtype\":\"F32\""

static void header_lengths(void **state)
{
    (void)state;
    check_refusal(weights_file(1000, "{}", 2, 0), "a header of 1000 bytes in a file of 10 bytes");
    check_refusal(weights_file(100000001, "{}", 2, 0), "a header of 100000001 bytes");
    /* Inside its (sparse) file, but more than the format allows: refused before it is read. */
    const char *large = weights_file(100000001, "{}", 2, 0);
    assert_int_equal(truncate(large, 100000100), 0);
    check_refusal(large, "a header of 100000001 bytes");
    check_refusal(weights_file(INT64_MAX, "{}", 2, 0), "a header of 9223372036854775807 bytes");
    check_refusal(weights_file(3, "{}", 2, 0), "a header of 3 bytes in a file of 10 bytes");
    check_refusal(weights_file(0, "", 0, 0), "line 1, column 0");
    check_refusal(weights_file(1, "{}", 2, 0), "not valid JSON");
    for (size_t bytes = 0; bytes < 8; bytes++) {
        check_refusal(scratch_write("short", "\2\0\0\0\0\0\0", bytes), "too few");
    }
}

static void other_kinds_of_files(void **state)
{
    (void)state;
    check_refusal(scratch_write("zip.pth", "PK\003\004\0\0\0\0data", 12), "a PyTorch checkpoint");
    check_refusal(scratch_write("old.pth", "\x80\002\x8a\nl\xfc\x9c\x46\xf9", 9), "PyTorch");
    check_refusal(scratch_path("absent"), "No such file");
    check_refusal(scratch_folder, "not a regular file");
    assert_int_equal(mkfifo(scratch_path("pipe"), 0600), 0);
    check_refusal(scratch_path("pipe"), "not a regular file"); /* and no waiting for a writer */
}

static void header_json(void **state)
{
    (void)state;
    static const bad_file files[] = {
        {"{", 0, "line 1, column 1"},
        {"[]", 0, "not an object"},
        {"{\"a\":\n\n [}", 0, "line 3, column 3"},
        {"{} {}", 0, "end of file expected"},
        {"{\"\xff\":1}", 0, "unable to decode byte 0xff"},
        {"{\"a\\u0000b\":1}", 0, "not valid JSON"},
        {TENSOR(F32 ",\"shape\":[1],\"data_offsets\":[0,99999999999999999999]"), 4, "too big"},
        {"{\"t\":{" F32 ",\"shape\":[1],\"data_offsets\":[0,4]},"
         "\"t\":{" F32 ",\"shape\":[1],\"data_offsets\":[4,8]}}",
         8, "duplicate"},
        {"{\"t\":7}", 0, "tensor t: its entry is not an object"},
        {"{\"t\":[]}", 0, "tensor t: its entry is not an object"},
    };
    CHECK_TABLE(files);
}

static void deep_nesting(void **state)
{
    (void)state;
    enum { DEPTH = 100000 };
    char *header = malloc(DEPTH);
    assert_non_null(header);
    memset(header, '[', DEPTH);
    check_refusal(weights_file(-1, header, DEPTH, 0), "maximum parsing depth");
    free(header);
}

static void metadata(void **state)
{
    (void)state;
    static const bad_file files[] = {
        {"{\"__metadata__\":[]}", 0, "__metadata__ is not an object"},
        {"{\"__metadata__\":\"depth\"}", 0, "__metadata__ is not an object"},
        {"{\"__metadata__\":{\"a\":\"b\",\"depth\":56}}", 0, "the value of depth"},
        {"{\"__metadata__\":{\"depth\":null}}", 0, "the value of depth"},
    };
    CHECK_TABLE(files);
}

static void dtypes(void **state)
{
    (void)state;
    static const bad_file files[] = {
        {TENSOR("\"dtype\":\"F64\",\"shape\":[1],\"data_offsets\":[0,4]"), 4, "needs 8 bytes"},
        {TENSOR("\"dtype\":\"BF16\",\"shape\":[1],\"data_offsets\":[0,4]"), 4, "needs 2 bytes"},
        {TENSOR("\"dtype\":\"F8_E4M3\",\"shape\":[4],\"data_offsets\":[0,4]"), 4,
         "t has dtype F8_E4M3; weights are F32, F64, F16, BF16"},
        {TENSOR("\"dtype\":\"I64\",\"shape\":[],\"data_offsets\":[0,8]"), 8, "t has dtype I64"},
        {TENSOR("\"dtype\":32,\"shape\":[1],\"data_offsets\":[0,4]"), 4, "dtype is missing"},
        {TENSOR("\"shape\":[1],\"data_offsets\":[0,4]"), 4, "dtype is missing"},
    };
    CHECK_TABLE(files);
}

static void shapes(void **state)
{
    (void)state;
    static const bad_file files[] = {
        {TENSOR(F32 ",\"shape\":[],\"data_offsets\":[0,4]"), 4, "tensor t has 0 dimensions"},
        {TENSOR(F32 ",\"shape\":[1,1,1,1,1],\"data_offsets\":[0,4]"), 4, "has 5 dimensions"},
        {TENSOR(F32 ",\"shape\":4,\"data_offsets\":[0,4]"), 4, "shape is missing or no array"},
        {TENSOR(F32 ",\"data_offsets\":[0,4]"), 4, "shape is missing or no array"},
        {TENSOR(F32 ",\"shape\":[-1],\"data_offsets\":[0,4]"), 4, "size 0 of its shape"},
        {TENSOR(F32 ",\"shape\":[1,-1,-1],\"data_offsets\":[0,4]"), 4, "size 1 of its shape"},
        {TENSOR(F32 ",\"shape\":[1,1.0],\"data_offsets\":[0,4]"), 4, "size 1 of its shape"},
        {TENSOR(F32 ",\"shape\":[\"1\"],\"data_offsets\":[0,4]"), 4, "size 0 of its shape"},
        {TENSOR(F32 ",\"shape\":[4294967296,4294967296],\"data_offsets\":[0,0]"), 0, "size 1"},
        {TENSOR(F32 ",\"shape\":[2305843009213693952],\"data_offsets\":[0,0]"), 0, "size 0"},
        {TENSOR(F32 ",\"shape\":[2,3],\"data_offsets\":[0,20]"), 20,
         "shape 2x3 needs 24 bytes, data_offsets give it 20"},
        {TENSOR(F32 ",\"shape\":[0],\"data_offsets\":[0,4]"), 4, "shape 0 needs 0 bytes"},
    };
    CHECK_TABLE(files);
}

static void offsets(void **state)
{
    (void)state;
    static const bad_file files[] = {
        {TENSOR(F32 ",\"shape\":[1]"), 4, "tensor t: data_offsets is not a pair"},
        {TENSOR(F32 ",\"shape\":[1],\"data_offsets\":[0]"), 4, "not a pair"},
        {TENSOR(F32 ",\"shape\":[1],\"data_offsets\":[0,4,8]"), 4, "not a pair"},
        {TENSOR(F32 ",\"shape\":[1],\"data_offsets\":[0,\"4\"]"), 4, "not a pair"},
        {TENSOR(F32 ",\"shape\":[1],\"data_offsets\":{\"0\":4}"), 4, "not a pair"},
        {TENSOR(F32 ",\"shape\":[1],\"data_offsets\":[-4,0]"), 4, "[-4, 0] do not ascend"},
        {TENSOR(F32 ",\"shape\":[1],\"data_offsets\":[4,0]"), 4, "[4, 0] do not ascend"},
        {TENSOR(F32 ",\"shape\":[1],\"data_offsets\":[0,4]"), 3,
         "t ends at byte 4 of the data, the file holds 3: it is truncated"},
        {TENSOR(F32 ",\"shape\":[1],\"data_offsets\":[9223372036854775803,9223372036854775807]"), 4,
         "truncated"},
        {TENSOR(F32 ",\"shape\":[1],\"data_offsets\":[0,4]"), 9, "5 bytes follow the last tensor"},
        {TENSOR(F32 ",\"shape\":[1],\"data_offsets\":[4,8]"), 8, "after a hole from byte 0 on"},
        {"{}", 4, "4 bytes follow"},
    };
    CHECK_TABLE(files);
}

static void overlaps_and_holes(void **state)
{
    (void)state;
#define PAIR(a, b)                                                                                 \
    "{\"t\":{" F32 ",\"shape\":[2],\"data_offsets\":" a "},\"u\":{" F32                            \
    ",\"shape\":[2],\"data_offsets\":" b "}}"
    static const bad_file files[] = {
        {PAIR("[0,8]", "[4,12]"), 12, "tensor u begins at byte 4 of the data, inside another"},
        {PAIR("[4,12]", "[0,8]"), 12, "tensor t begins at byte 4 of the data, inside another"},
        {PAIR("[0,8]", "[0,8]"), 8, "begins at byte 0 of the data, inside another"},
        {PAIR("[0,8]", "[12,20]"), 20, "tensor u begins at byte 12 of the data, after a hole"},
    };
#undef PAIR
    CHECK_TABLE(files);
    /* A counter is no weight, but its bytes count. */
    static const bad_file counters[] = {
        {"{\"num_batches_tracked\":{\"dtype\":\"I64\",\"shape\":[],\"data_offsets\":[8,16]}}", 16,
         "num_batches_tracked begins at byte 8 of the data, after a hole"},
        {"{\"num_batches_tracked\":{\"dtype\":\"I64\",\"shape\":[],\"data_offsets\":[0,16]}}", 8,
         "truncated"},
    };
    CHECK_TABLE(counters);
}

static void names(void **state)
{
    (void)state;
    char header[256];
    char name[65];
    memset(name, 'n', 64);
    name[64] = '\0';
    static const char format[] =
        "{\"%s\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}";
    snprintf(header, sizeof header, format, name);
    check_refusal(weights_file(-1, header, strlen(header), 4),
                  "a name of 64 bytes, at most 63 are allowed");
    snprintf(header, sizeof header, format, name + 1);
    bs_weights w;
    assert_int_equal(bs_weights_read(weights_file(-1, header, strlen(header), 4), &w), BS_OK);
    assert_string_equal(w.tensors[0].name, name + 1);
    bs_weights_release(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(header_lengths), cmocka_unit_test(other_kinds_of_files),
        cmocka_unit_test(header_json),    cmocka_unit_test(deep_nesting),
        cmocka_unit_test(metadata),       cmocka_unit_test(dtypes),
        cmocka_unit_test(shapes),         cmocka_unit_test(offsets),
        cmocka_unit_test(names),          cmocka_unit_test(overlaps_and_holes),
    };
    return cmocka_run_group_tests(tests, scratch_create, scratch_remove);
}
