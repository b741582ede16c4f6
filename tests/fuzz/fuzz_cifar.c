/* Fuzz target: CIFAR-10's binary files. */
#include "fuzz/fuzz.h"

#include "blueshift/images.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fuzz_file(data, size);
    const bs_image_set set = {.source = BS_SOURCE_CIFAR10, .path = fuzz_folder, .file = "input"};
    int64_t count = 0;
    bs_status status = bs_image_set_count(&set, &count);
    FUZZ_REQUIRE(status == BS_OK || status == BS_ERR_INPUT);
    if (status == BS_OK) {
        uint8_t *pixels = malloc((size_t)count * BS_IMAGE_BYTES);
        uint8_t *labels = malloc((size_t)count);
        FUZZ_REQUIRE(pixels != NULL && labels != NULL);
        status = bs_image_set_read(&set, count, pixels, labels);
        FUZZ_REQUIRE(status == BS_OK || status == BS_ERR_INPUT);
        for (int64_t i = 0; status == BS_OK && i < count; i++) {
            FUZZ_REQUIRE(labels[i] < BS_CLASSES);
        }
        free(pixels);
        free(labels);
    }
    return 0;
}
