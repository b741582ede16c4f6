/* Tests of normalisation: the named constants, every level of every channel, NHWC order. */
#include <math.h>
#include <string.h>

#include "blueshift/images.h"
#include "blueshift/memory.h"
#include "unit/unit_test.h"

enum { PLANE = BS_IMAGE_SIDE * BS_IMAGE_SIDE };

static void named_constants(void **state)
{
    (void)state;
    bs_normalisation n;
    assert_int_equal(bs_normalisation_named("imagenet", &n), BS_OK);
    assert_true(n.mean[0] == 0.485 && n.mean[2] == 0.406 && n.std[1] == 0.224);
    assert_int_equal(bs_normalisation_named("cifar10", &n), BS_OK);
    /* The digits in the metadata of the weights of Li et al. */
    static const double mean[3] = {0.49137254901960786, 0.4823529411764706, 0.4466666666666667};
    static const double std[3] = {0.24705882352941178, 0.24352941176470588, 0.2615686274509804};
    for (int c = 0; c < BS_IMAGE_CHANNELS; c++) {
        assert_true(fabs(n.mean[c] - mean[c]) < 1e-15 && fabs(n.std[c] - std[c]) < 1e-15);
    }
    assert_int_equal(bs_normalisation_named("unit", &n), BS_OK);
    assert_true(n.mean[1] == 0. && n.std[1] == 1.);
    assert_int_equal(bs_normalisation_named("half", &n), BS_OK);
    assert_true(n.mean[1] == .5 && n.std[1] == .5);
}

static void unknown_name_lists_the_known(void **state)
{
    (void)state;
    bs_normalisation n;
    assert_int_equal(bs_normalisation_named("imagnet", &n), BS_ERR_USAGE);
    static const char *const expected[] = {"\"imagnet\"", "imagenet", "cifar10", "unit", "half"};
    for (size_t i = 0; i < sizeof expected / sizeof *expected; i++) {
        assert_non_null(strstr(bs_error_text(), expected[i]));
    }
}

static void every_level_lands_in_its_place(void **state)
{
    (void)state;
    enum { COUNT = 3, SIZE = (COUNT - 1) * BS_IMAGE_BYTES };
    uint8_t *pixels = bs_alloc(COUNT, BS_IMAGE_BYTES);
    float *out = bs_alloc(SIZE + 1, sizeof *out);
    for (int i = 0; i < COUNT * BS_IMAGE_BYTES; i++) {
        pixels[i] = (uint8_t)(i * 101 + i / 256);
    }
    const bs_images images = {.count = COUNT, .pixels = pixels};
    bs_normalisation n;
    assert_int_equal(bs_normalisation_named("cifar10", &n), BS_OK);
    out[SIZE] = -99.F;
    bs_images_normalise(&images, 1, COUNT - 1, &n, out);
    for (ptrdiff_t image = 1; image < COUNT; image++) {
        for (ptrdiff_t c = 0; c < BS_IMAGE_CHANNELS; c++) {
            for (ptrdiff_t i = 0; i < PLANE; i++) {
                uint8_t level = pixels[image * BS_IMAGE_BYTES + c * PLANE + i];
                float expected = (float)((level / 255. - n.mean[c]) / n.std[c]);
                float value = out[(image - 1) * BS_IMAGE_BYTES + i * BS_IMAGE_CHANNELS + c];
                assert_memory_equal(&value, &expected, sizeof value);
            }
        }
    }
    assert_true(out[SIZE] == -99.F);
    bs_free(out);
    bs_free(pixels);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(named_constants),
        cmocka_unit_test(unknown_name_lists_the_known),
        cmocka_unit_test(every_level_lands_in_its_place),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
