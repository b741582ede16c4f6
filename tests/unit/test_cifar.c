/* Tests of CIFAR-10's binary files: subsets over several files, every kind of damage, real data. */
#include <string.h>

#include "blueshift/hash.h"
#include "blueshift/images.h"
#include "blueshift/memory.h"
#include "unit/unit_test.h"
#include "cifar_files.h"

static bs_image_set cifar(bs_split split, int64_t first, int64_t count)
{
    return (bs_image_set){.source = BS_SOURCE_CIFAR10,
                          .path = scratch_folder,
                          .split = split,
                          .first = first,
                          .count = count};
}

static int start(void **state)
{
    (void)state;
    small_cifar("");
    return 0;
}

/* Leaves an empty folder. */
static int finish(void **state)
{
    (void)state;
    scratch_empty(open(scratch_folder, O_RDONLY | O_DIRECTORY));
    return 0;
}

/* Counts and reads into memory of exactly that size, so that a sanitiser sees one byte too many. */
static bs_status load(const bs_image_set *dataset, int64_t *count, uint8_t **pixels,
                      uint8_t **labels)
{
    *pixels = NULL;
    *labels = NULL;
    BS_TRY(bs_image_set_count(dataset, count));
    *pixels = malloc((size_t)*count * BS_IMAGE_BYTES);
    *labels = malloc((size_t)*count);
    assert_true(*pixels != NULL && *labels != NULL);
    return bs_image_set_read(dataset, *count, *pixels, *labels);
}

static void check_images(const bs_image_set *dataset, int64_t number, int64_t expected)
{
    int64_t count = 0;
    uint8_t *pixels = NULL;
    uint8_t *labels = NULL;
    assert_int_equal(load(dataset, &count, &pixels, &labels), BS_OK);
    assert_int_equal(count, expected);
    if (pixels == NULL || labels == NULL) {
        fail(); /* does not return, which the analyser does not know */
        return;
    }
    for (int64_t n = 0; n < count; n++) {
        assert_int_equal(labels[n], small_label(number + n));
        for (int i = 0; i < BS_IMAGE_BYTES; i++) {
            if (pixels[n * BS_IMAGE_BYTES + i] != small_pixel(number + n, i)) {
                fail_msg("image %d, byte %d", (int)n, i);
            }
        }
    }
    free(pixels);
    free(labels);
}

/* The data set must fail with STATUS and a text that holds both fragments. */
static void check_failure(const bs_image_set *dataset, bs_status status, const char *what,
                          const char *where)
{
    int64_t count = 0;
    uint8_t *pixels = NULL;
    uint8_t *labels = NULL;
    assert_int_equal(load(dataset, &count, &pixels, &labels), status);
    if (strstr(bs_error_text(), what) == NULL || strstr(bs_error_text(), where) == NULL) {
        fail_msg("\"%s\" lacks \"%s\" or \"%s\"", bs_error_text(), what, where);
    }
    free(pixels);
    free(labels);
}

static void every_subset_is_right(void **state)
{
    (void)state;
    for (int64_t first = 0; first < SMALL_TRAIN; first++) {
        for (int64_t count = 0; first + count <= SMALL_TRAIN; count++) {
            bs_image_set dataset = cifar(BS_SPLIT_TRAIN, first, count);
            check_images(&dataset, first, count == 0 ? SMALL_TRAIN - first : count);
        }
    }
    bs_image_set test = cifar(BS_SPLIT_TEST, 1, 0);
    check_images(&test, 101, 4);
}

static void more_records_than_one_read_takes(void **state)
{
    (void)state;
    small_file("large.bin", 1000, 200);
    bs_image_set dataset = cifar(BS_SPLIT_TRAIN, 3, 190);
    dataset.file = "large.bin";
    check_images(&dataset, 1003, 190);
}

static void one_file_may_be_named(void **state)
{
    (void)state;
    bs_image_set dataset = cifar(BS_SPLIT_TEST, 1, 3);
    dataset.file = "data_batch_4.bin";
    check_images(&dataset, 7, 3);
    dataset.count = 4;
    check_failure(&dataset, BS_ERR_USAGE, "data.first 1 and data.images 4 reach past",
                  "it holds 4, 0 to 3");
    dataset.file = "";
    check_images(&dataset, 101, 4);
}

static void the_parent_folder_will_do(void **state)
{
    (void)state;
    assert_int_equal(mkdir(scratch_path("cifar-10-batches-bin"), 0700), 0);
    small_cifar("cifar-10-batches-bin/");
    bs_image_set dataset = cifar(BS_SPLIT_TRAIN, 2, 5);
    check_images(&dataset, 2, 5);
}

static void the_environment_names_a_folder(void **state)
{
    (void)state;
    char saved[SCRATCH_PATH] = "";
    if (getenv("BLUESHIFT_DATA") != NULL) {
        snprintf(saved, sizeof saved, "%s", getenv("BLUESHIFT_DATA"));
    }
    bs_image_set dataset = cifar(BS_SPLIT_TRAIN, 2, 5);
    for (int i = 0; i < 2; i++) {
        dataset.path = i == 0 ? NULL : "";
        setenv("BLUESHIFT_DATA", scratch_folder, 1);
        check_images(&dataset, 2, 5);
        unsetenv("BLUESHIFT_DATA");
        check_failure(&dataset, BS_ERR_USAGE, "data.path", "tools/fetch-cifar10");
    }
    if (saved[0] != '\0') {
        setenv("BLUESHIFT_DATA", saved, 1);
    }
}

static void missing_folder_and_files(void **state)
{
    (void)state;
    bs_image_set dataset = cifar(BS_SPLIT_TRAIN, 0, 1);
    dataset.path = "/no/such/folder";
    check_failure(
        &dataset, BS_ERR_INPUT, "/no/such/folder: No such file",
        "blueshift-fetch-cifar10 (in the source: tools/fetch-cifar10) and name its folder in "
        "data.path or BLUESHIFT_DATA");
    dataset.path = scratch_folder;
    dataset.file = "data_batch_6.bin";
    check_failure(&dataset, BS_ERR_INPUT, "there is no data_batch_6.bin", "tools/fetch-cifar10");
    dataset.file = NULL;
    unlink(scratch_path("data_batch_3.bin"));
    check_failure(&dataset, BS_ERR_INPUT, "data_batch_3.bin: No such file", "tools/fetch-cifar10");
    assert_int_equal(mkdir(scratch_path("data_batch_3.bin"), 0700), 0);
    check_failure(&dataset, BS_ERR_INPUT, "data_batch_3.bin: is not a regular file", "data.path");
}

static void truncated_files(void **state)
{
    (void)state;
    static const off_t sizes[] = {0, 1, 3072, 2 * RECORD - 1, RECORD + 1};
    bs_image_set dataset = cifar(BS_SPLIT_TRAIN, 0, 1);
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        char text[64];
        /* Not the file that is read: a damaged set is refused as a whole. */
        assert_int_equal(truncate(scratch_path("data_batch_4.bin"), sizes[i]), 0);
        snprintf(text, sizeof text, "data_batch_4.bin: %d bytes", (int)sizes[i]);
        check_failure(&dataset, BS_ERR_INPUT, text, "30730000 bytes): it is truncated");
    }
}

static void wrong_labels(void **state)
{
    (void)state;
    FILE *stream = fopen(scratch_path("data_batch_4.bin"), "r+b");
    assert_non_null(stream);
    fseek(stream, 2L * RECORD, SEEK_SET);
    fputc(10, stream);
    fclose(stream);
    bs_image_set dataset = cifar(BS_SPLIT_TRAIN, 0, 0);
    check_failure(&dataset, BS_ERR_INPUT, "data_batch_4.bin: record 2 has label 10", "0 to 9");
    dataset.count = 8; /* ends before the bad record */
    check_images(&dataset, 0, 8);
}

static void subsets_outside(void **state)
{
    (void)state;
    static const int64_t cases[][2] = {{0, 13}, {12, 0}, {11, 2}, {INT64_MAX, 0}, {5, INT64_MAX}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        bs_image_set dataset = cifar(BS_SPLIT_TRAIN, cases[i][0], cases[i][1]);
        check_failure(&dataset, BS_ERR_USAGE, "it holds 12, 0 to 11", "data.first");
    }
    bs_image_set dataset = cifar(BS_SPLIT_TRAIN, -1, 1);
    check_failure(&dataset, BS_ERR_USAGE, "data.first -1", "negative");
}

static void files_that_change_after_the_count(void **state)
{
    (void)state;
    bs_image_set dataset = cifar(BS_SPLIT_TRAIN, 0, 0);
    int64_t count = 0;
    assert_int_equal(bs_image_set_count(&dataset, &count), BS_OK);
    assert_int_equal(truncate(scratch_path("data_batch_4.bin"), RECORD), 0);
    uint8_t byte = 0;
    assert_int_equal(bs_image_set_read(&dataset, count, &byte, &byte), BS_ERR_INPUT);
    assert_non_null(strstr(bs_error_text(), "held 12 images when it was opened and 9 now"));
}

/* Hash of the pixels, as another program computes it from the files. */
static void check_real(bs_split split, int64_t expected, const char *hash, const uint8_t first[10])
{
    const char *folder = getenv("BLUESHIFT_DATA");
    if (folder == NULL) {
        skip();
    }
    bs_image_set dataset = {.source = BS_SOURCE_CIFAR10, .path = folder, .split = split};
    int64_t count = 0;
    uint8_t *pixels = NULL;
    uint8_t *labels = NULL;
    assert_int_equal(load(&dataset, &count, &pixels, &labels), BS_OK);
    assert_int_equal(count, expected);
    char hex[BS_HASH_HEX];
    assert_int_equal(bs_hash_bytes(pixels, (size_t)count * BS_IMAGE_BYTES, hex), BS_OK);
    assert_string_equal(hex, hash);
    assert_memory_equal(labels, first, 10);
    free(pixels);
    free(labels);
}

static void real_training_images(void **state)
{
    (void)state;
    static const uint8_t first[10] = {6, 9, 9, 4, 1, 1, 2, 7, 8, 3};
    check_real(BS_SPLIT_TRAIN, 50000,
               "9d5c2eddadb0deff02c14c350c0385aab7b1d5ff1edfeb4997c8dc8644960111", first);
}

static void real_test_images(void **state)
{
    (void)state;
    static const uint8_t first[10] = {3, 8, 8, 0, 6, 6, 1, 6, 3, 1};
    check_real(BS_SPLIT_TEST, 10000,
               "177777c33ba79825320efa646ad04a94bdc3c80e4ebe3bd21724f8cdfd4b9d56", first);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(every_subset_is_right, start, finish),
        cmocka_unit_test_setup_teardown(more_records_than_one_read_takes, start, finish),
        cmocka_unit_test_setup_teardown(one_file_may_be_named, start, finish),
        cmocka_unit_test_setup_teardown(the_parent_folder_will_do, NULL, finish),
        cmocka_unit_test_setup_teardown(the_environment_names_a_folder, start, finish),
        cmocka_unit_test_setup_teardown(missing_folder_and_files, start, finish),
        cmocka_unit_test_setup_teardown(truncated_files, start, finish),
        cmocka_unit_test_setup_teardown(wrong_labels, start, finish),
        cmocka_unit_test_setup_teardown(subsets_outside, start, finish),
        cmocka_unit_test_setup_teardown(files_that_change_after_the_count, start, finish),
        cmocka_unit_test(real_training_images),
        cmocka_unit_test(real_test_images),
    };
    return cmocka_run_group_tests(tests, scratch_create, scratch_remove);
}
