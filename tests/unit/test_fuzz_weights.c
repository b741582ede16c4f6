/* Thousands of damaged safetensors files: each is read or refused, never more. */
#include <stdbool.h>
#include <string.h>

#include "blueshift/weights.h"
#include "unit/unit_test.h"
#include "mutate.h"
#include "weights_files.h"

enum { ROUNDS = 6000, HEADER_ONLY = 4000, HEADER_BYTES = sizeof SMALL_HEADER - 1 };

static const char *const WORDS[] = {"-1",
                                    "0",
                                    "4",
                                    "16",
                                    "40",
                                    "48",
                                    "9223372036854775807",
                                    "99999999999999999999",
                                    "4294967296",
                                    "1e3",
                                    "1.0",
                                    "null",
                                    "true",
                                    "\"\"",
                                    "[]",
                                    "{}",
                                    "[",
                                    "}",
                                    ",",
                                    "\"",
                                    "\\u0000",
                                    "F64",
                                    "BF16",
                                    "__metadata__",
                                    "fc.weight",
                                    "num_batches_tracked",
                                    "shape",
                                    "dtype",
                                    "data_offsets",
                                    NULL};

/* Everything that a file may claim must hold for what was read. */
static void check_read(const bs_weights *w)
{
    size_t values = 0;
    double sum = 0.;
    assert_true(w->tensor_count >= 0 && w->tensor_count <= 8);
    for (int i = 0; i < w->tensor_count; i++) {
        const bs_tensor *tensor = &w->tensors[i];
        size_t count = 1;
        assert_in_range(tensor->ndim, 1, BS_TENSOR_DIMS);
        assert_non_null(memchr(tensor->name, '\0', sizeof tensor->name));
        for (int d = 0; d < tensor->ndim; d++) {
            count *= (size_t)tensor->shape[d];
        }
        assert_int_equal(tensor->count, count);
        assert_int_equal(tensor->offset, values);
        values += count;
    }
    assert_int_equal(values, w->value_count);
    for (size_t i = 0; i < w->value_count; i++) {
        sum += (double)w->values[i];
    }
    (void)sum; /* every value was touched */
    for (int i = 0; i < w->metadata_count; i++) {
        assert_string_equal(bs_weights_metadata(w, w->metadata_keys[i]), w->metadata_values[i]);
    }
}

/* Returns whether the file was read. */
static bool feed(const char *path)
{
    bs_weights w;
    bs_status status = bs_weights_read(path, &w);
    if (status != BS_OK && (status != BS_ERR_INPUT || strstr(bs_error_text(), path) == NULL)) {
        fail_msg("%s: %s", bs_status_name(status), bs_error_text());
    }
    if (status == BS_OK) {
        check_read(&w);
        bs_weights_release(&w);
    }
    return status == BS_OK;
}

static void damaged_headers(void **state)
{
    (void)state;
    int accepted = 0;
    for (uint32_t round = 0; round < ROUNDS; round++) {
        mutation m = {.rng = {1, BS_STREAM_TEST, 0, round}};
        uint8_t header[sizeof SMALL_HEADER];
        size_t bytes = HEADER_BYTES;
        memcpy(header, SMALL_HEADER, bytes);
        size_t changes = 1 + draw_below(&m, 3);
        for (size_t i = 0; i < changes; i++) {
            bytes = mutate(&m, header, bytes, WORDS);
        }
        /* The length is usually right, so that the damage reaches the parser. */
        int64_t claimed = round < HEADER_ONLY ? -1 : (int64_t)draw_below(&m, 600);
        size_t data = draw_below(&m, 4) > 0 ? SMALL_DATA : draw_below(&m, 100);
        accepted += feed(weights_file(claimed, header, bytes, data)) ? 1 : 0;
    }
    /* Some damage is harmless (a letter of a name): the fuzzer reaches both sides. */
    assert_in_range(accepted, ROUNDS / 100, ROUNDS / 2);
}

static void every_bit_of_a_file(void **state)
{
    (void)state;
    size_t bytes = 8 + HEADER_BYTES;
    uint8_t file[8 + sizeof SMALL_HEADER + SMALL_DATA] = {0};
    file[0] = (uint8_t)(HEADER_BYTES & 255);
    file[1] = (uint8_t)(HEADER_BYTES >> 8);
    memcpy(file + 8, SMALL_HEADER, HEADER_BYTES);
    assert_true(feed(scratch_write("bits", file, bytes + SMALL_DATA)));
    for (size_t bit = 0; bit < 8 * bytes; bit++) {
        file[bit / 8] ^= (uint8_t)(1 << bit % 8);
        feed(scratch_write("bits", file, bytes + SMALL_DATA));
        file[bit / 8] ^= (uint8_t)(1 << bit % 8);
    }
    for (size_t length = 0; length < bytes + SMALL_DATA; length++) {
        assert_false(feed(scratch_write("bits", file, length)));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(damaged_headers),
        cmocka_unit_test(every_bit_of_a_file),
    };
    return cmocka_run_group_tests(tests, scratch_create, scratch_remove);
}
