/* A thousand damaged CIFAR-10 files: each is read or refused, never more (run it under ASan). */
#include <stdbool.h>
#include <string.h>

#include "blueshift/images.h"
#include "unit/unit_test.h"
#include "cifar_files.h"
#include "mutate.h"

enum { ROUNDS = 1000, RECORDS = 3 };

static const char *const WORDS[] = {"\x0a", "\xff\xff", "label", NULL};

static void pristine(uint8_t file[RECORDS * RECORD])
{
    for (ptrdiff_t n = 0; n < RECORDS; n++) {
        file[n * RECORD] = small_label(n);
        for (int i = 0; i < BS_IMAGE_BYTES; i++) {
            file[n * RECORD + 1 + i] = small_pixel(n, i);
        }
    }
}

/* Damages whole records, labels and sizes more often than chance would. */
static size_t damage(mutation *m, uint8_t file[RECORDS * RECORD])
{
    switch (draw_below(m, 4)) {
    case 0:
        return draw_below(m, RECORDS + 1) * RECORD;
    case 1:
        file[draw_below(m, RECORDS) * RECORD] = (uint8_t)draw_below(m, 256);
        return (size_t)RECORDS * RECORD;
    default:
        return mutate(m, file, (size_t)RECORDS * RECORD, WORDS);
    }
}

/* Returns whether it was read. */
static bool feed(const bs_image_set *dataset, const uint8_t *file, size_t bytes)
{
    int64_t count = 0;
    bs_status status = bs_image_set_count(dataset, &count);
    if (status == BS_OK) {
        assert_in_range(count, 1, RECORDS);
        uint8_t *pixels = malloc((size_t)count * BS_IMAGE_BYTES);
        uint8_t *labels = malloc((size_t)count);
        status = pixels == NULL || labels == NULL
                     ? BS_ERR_MEMORY
                     : bs_image_set_read(dataset, count, pixels, labels);
        for (int64_t n = 0; status == BS_OK && n < count; n++) {
            const uint8_t *record = file + (dataset->first + n) * RECORD;
            assert_in_range(labels[n], 0, BS_CLASSES - 1);
            assert_int_equal(labels[n], record[0]);
            assert_memory_equal(pixels + n * BS_IMAGE_BYTES, record + 1, BS_IMAGE_BYTES);
        }
        free(pixels);
        free(labels);
    }
    if (status != BS_OK && (bytes % RECORD == 0 ? status > BS_ERR_INPUT : status != BS_ERR_INPUT)) {
        fail_msg("%s: %s", bs_status_name(status), bs_error_text());
    }
    return status == BS_OK;
}

static void damaged_files(void **state)
{
    (void)state;
    static uint8_t file[RECORDS * RECORD];
    int accepted = 0;
    for (uint32_t round = 0; round < ROUNDS; round++) {
        mutation m = {.rng = {2, BS_STREAM_TEST, 0, round}};
        pristine(file);
        size_t bytes = damage(&m, file);
        const bs_image_set dataset = {.source = BS_SOURCE_CIFAR10,
                                      .path = scratch_folder,
                                      .file = "fuzz.bin",
                                      .first = (int64_t)draw_below(&m, RECORDS),
                                      .count = (int64_t)draw_below(&m, RECORDS + 1)};
        assert_non_null(scratch_write("fuzz.bin", file, bytes));
        accepted += feed(&dataset, file, bytes) ? 1 : 0;
    }
    assert_in_range(accepted, ROUNDS / 20, ROUNDS / 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(damaged_files),
    };
    return cmocka_run_group_tests(tests, scratch_create, scratch_remove);
}
