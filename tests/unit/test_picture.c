/* Grey pictures: PGM in both forms, PNG, our own, and everything malformed. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include <png.h>

#include "blueshift/picture.h"
#include "unit/unit_test.h"
#include "unit/scratch.h"

static const char *write_text(const char *text)
{
    return scratch_write("picture", text, strlen(text));
}

static void text_and_binary_pgm(void **state)
{
    (void)state;
    bs_picture p;
    const char *text = "P2 # a comment\n#another\n 3 2\n4\n0 1 2\n3 4 # last\n 0\n";
    assert_int_equal(bs_picture_read(write_text(text), &p), BS_OK);
    assert_true(p.width == 3 && p.height == 2);
    static const double wanted[] = {0.0, 0.25, 0.5, 0.75, 1.0, 0.0};
    assert_memory_equal(p.values, wanted, sizeof wanted);
    bs_picture_release(&p);
    static const char binary[] = "P5 2 1 255\n\xff\x33";
    assert_int_equal(bs_picture_read(scratch_write("b", binary, sizeof binary - 1), &p), BS_OK);
    assert_true(p.values[0] == 1.0 && p.values[1] == 0.2);
    bs_picture_release(&p);
    static const char wide[] = "P5\n1 1\n65535\n\x80\x01";
    assert_int_equal(bs_picture_read(scratch_write("w", wide, sizeof wide - 1), &p), BS_OK);
    assert_true(p.values[0] == 32769.0 / 65535.0);
    bs_picture_release(&p);
}

static void png_of_colours_becomes_grey(void **state)
{
    (void)state;
    static const png_byte pixels[2][6] = {{255, 255, 255, 0, 0, 0}, {51, 51, 51, 255, 0, 0}};
    png_image image = {.version = PNG_IMAGE_VERSION, .width = 2, .height = 2};
    image.format = PNG_FORMAT_RGB;
    const char *path = scratch_path("colours.png");
    assert_int_not_equal(png_image_write_to_file(&image, path, 0, pixels, 0, NULL), 0);
    bs_picture p;
    assert_int_equal(bs_picture_read(path, &p), BS_OK);
    assert_true(p.width == 2 && p.height == 2);
    assert_true(p.values[0] == 1.0 && p.values[1] == 0.0);
    assert_true(fabs(p.values[2] - 0.2) < 0.005);
    assert_true(p.values[3] > 0.1 && p.values[3] < 0.7);
    bs_picture_release(&p);
}

static void our_own_has_light_and_dark(void **state)
{
    (void)state;
    bs_picture p;
    assert_int_equal(bs_picture_own(64, &p), BS_OK);
    double lowest = 1.0;
    double highest = 0.0;
    for (int i = 0; i < 64 * 64; i++) {
        lowest = fmin(lowest, p.values[i]);
        highest = fmax(highest, p.values[i]);
    }
    assert_true(lowest >= 0.0 && lowest < 0.2 && highest > 0.8 && highest <= 1.0);
    bs_picture_release(&p);
}

static void malformed_files_are_named(void **state)
{
    (void)state;
    static const char *const texts[][2] = {
        {"", "neither a PNG nor a PGM"},
        {"P6 1 1 255\nabc", "neither a PNG nor a PGM"},
        {"P2", "header of a PGM"},
        {"P2 3 x", "header of a PGM"},
        {"P2 1 1 70000 0", "header of a PGM"},
        {"P2 1 1 0 0", "header of a PGM"},
        {"P2 0 4 1", "a picture of 0 x 4"},
        {"P2 99999 1 1", "1 to 8192 per side"},
        {"P2 2 1 9 3", "pixel 1 of 2"},
        {"P2 2 1 9 3 10", "pixel 1 of 2"},
        {"P5 2 1 255\na", "pixel 1 of 2"},
        {"\x89P", "damaged PNG"},
        {"\x89PNG\r\n\x1a\nxxxxIHDR", "damaged PNG"},
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        bs_picture p;
        assert_int_equal(bs_picture_read(write_text(texts[i][0]), &p), BS_ERR_INPUT);
        if (strstr(bs_error_text(), texts[i][1]) == NULL) {
            fail_msg("%s: %s", texts[i][0], bs_error_text());
        }
        assert_null(p.values);
    }
    bs_picture p;
    assert_int_equal(bs_picture_read(scratch_path("absent"), &p), BS_ERR_INPUT);
    assert_int_equal(bs_picture_own(0, &p), BS_ERR_INPUT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_and_binary_pgm),
        cmocka_unit_test(png_of_colours_becomes_grey),
        cmocka_unit_test(our_own_has_light_and_dark),
        cmocka_unit_test(malformed_files_are_named),
    };
    return cmocka_run_group_tests_name("picture", tests, scratch_create, scratch_remove);
}
