/* Grey pictures: PGM by hand, PNG by libpng, and one computed. */
#include "blueshift/picture.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include <png.h>

#include "blueshift/memory.h"

static bs_status take(int64_t height, int64_t width, bs_picture *picture)
{
    *picture = (bs_picture){.height = height, .width = width};
    picture->values = bs_alloc((size_t)height * (size_t)width, sizeof *picture->values);
    return picture->values == NULL ? BS_ERR_MEMORY : BS_OK;
}

void bs_picture_release(bs_picture *picture)
{
    bs_free(picture->values);
    *picture = (bs_picture){.height = 0};
}

static bs_status check_size(const char *path, int64_t height, int64_t width)
{
    if (height < 1 || width < 1 || height > BS_PICTURE_SIDE_MAX || width > BS_PICTURE_SIDE_MAX) {
        return BS_FAIL(BS_ERR_INPUT,
                       "%s: a picture of %" PRId64 " x %" PRId64 " pixels; give 1 to %d per side",
                       path, width, height, BS_PICTURE_SIDE_MAX);
    }
    return BS_OK;
}

/* ---- PGM ---- */

/* The next number of a PGM header or of a P2 body; comments run from # to the line's end. */
static bool next_number(FILE *file, int64_t *number)
{
    int c = getc(file);
    bool comment = c == '#';
    while (c != EOF && (comment || isspace(c))) {
        bool ends = c == '\n';
        c = getc(file);
        comment = (comment && !ends) || c == '#';
    }
    *number = 0;
    bool digits = false;
    while (isdigit(c) && *number < 1000000) {
        *number = 10 * *number + (c - '0');
        digits = true;
        c = getc(file);
    }
    return digits; /* one blank after the number is taken */
}

/* One sample of the body. */
static bool next_sample(FILE *file, bool text, int64_t largest, int64_t *sample)
{
    if (text) {
        return next_number(file, sample) && *sample <= largest;
    }
    int high = largest > 255 ? getc(file) : 0;
    int low = getc(file);
    *sample = 256 * (int64_t)high + low;
    return high != EOF && low != EOF && *sample <= largest;
}

static bs_status read_pgm(FILE *file, const char *path, bs_picture *picture)
{
    int letter = getc(file);
    int digit = getc(file);
    bool text = letter == 'P' && digit == '2';
    int64_t width = 0;
    int64_t height = 0;
    int64_t largest = 0;
    if (!next_number(file, &width) || !next_number(file, &height) || !next_number(file, &largest) ||
        largest < 1 || largest > 65535) {
        return BS_FAIL(BS_ERR_INPUT,
                       "%s: the header of a PGM file gives width, height and the "
                       "largest value (1 to 65535); this one does not",
                       path);
    }
    BS_TRY(check_size(path, height, width));
    BS_TRY(take(height, width, picture));
    for (int64_t i = 0; i < height * width; i++) {
        int64_t sample = 0;
        if (!next_sample(file, text, largest, &sample)) {
            bs_picture_release(picture);
            return BS_FAIL(BS_ERR_INPUT,
                           "%s: ends, or holds a value above %" PRId64 ", at pixel %" PRId64
                           " of %" PRId64,
                           path, largest, i, height * width);
        }
        picture->values[i] = (double)sample / (double)largest;
    }
    return BS_OK;
}

/* ---- PNG ---- */

static bs_status decode_png(png_image *image, const char *path, bs_picture *picture)
{
    const int64_t height = image->height;
    const int64_t width = image->width;
    BS_TRY(check_size(path, height, width));
    image->format = PNG_FORMAT_GRAY;
    png_byte *pixels = bs_alloc((size_t)height * (size_t)width, 1);
    bs_status status = pixels == NULL ? BS_ERR_MEMORY : take(height, width, picture);
    const png_color black = {0, 0, 0}; /* under transparent pixels */
    if (status == BS_OK && png_image_finish_read(image, &black, pixels, 0, NULL) == 0) {
        bs_picture_release(picture);
        status = BS_FAIL(BS_ERR_INPUT, "%s: damaged PNG file: %s", path, image->message);
    }
    for (int64_t i = 0; i < height * width && status == BS_OK; i++) {
        picture->values[i] = pixels[i] / 255.0;
    }
    bs_free(pixels);
    return status;
}

static bs_status read_png(FILE *file, const char *path, bs_picture *picture)
{
    png_image image;
    memset(&image, 0, sizeof image);
    image.version = PNG_IMAGE_VERSION;
    bs_status status = BS_OK;
    if (png_image_begin_read_from_stdio(&image, file) == 0) {
        status = BS_FAIL(BS_ERR_INPUT, "%s: damaged PNG file: %s", path, image.message);
    } else {
        status = decode_png(&image, path, picture);
    }
    png_image_free(&image);
    return status;
}

bs_status bs_picture_read(const char *path, bs_picture *picture)
{
    *picture = (bs_picture){.height = 0};
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        return BS_FAIL(BS_ERR_INPUT, "%s: the picture cannot be opened: %s", path, strerror(errno));
    }
    unsigned char magic[2] = {0};
    size_t got = fread(magic, 1, sizeof magic, file);
    rewind(file);
    bs_status status = BS_OK;
    if (got == 2 && magic[0] == 0x89 && magic[1] == 'P') {
        status = read_png(file, path, picture);
    } else if (got == 2 && magic[0] == 'P' && (magic[1] == '2' || magic[1] == '5')) {
        status = read_pgm(file, path, picture);
    } else {
        status = BS_FAIL(BS_ERR_INPUT, "%s: neither a PNG nor a PGM file; convert it to one", path);
    }
    fclose(file);
    return status;
}

/* ---- our own ---- */

/* Shade at (X, Y) in the unit square: a sky with a sun and hills; below, gratings whose lines get
 * finer from left to right. */
static double shade(double x, double y)
{
    static const double PERIOD = 6.283185307179586;
    double sun = hypot(x - 0.72, y - 0.22);
    if (sun < 0.12) {
        return 1.0 - 0.8 * sun;
    }
    double far = 0.50 + 0.10 * sin(PERIOD * (0.9 * x + 0.15)) + 0.03 * sin(PERIOD * 3.1 * x);
    double near = 0.68 + 0.06 * sin(PERIOD * (0.6 * x + 0.55));
    if (y < far) {
        return 0.55 + 0.30 * (1.0 - y) - 0.15 * exp(-8.0 * sun);
    }
    if (y < near) {
        return 0.35 + 0.10 * sin(PERIOD * 2.0 * (x + y));
    }
    double phase = PERIOD * (6.0 * x + 14.0 * x * x);
    return y < 0.84 ? 0.5 + 0.45 * cos(phase) : cos(phase) > 0.0 ? 0.85 : 0.1;
}

bs_status bs_picture_own(int64_t side, bs_picture *picture)
{
    BS_TRY(check_size("our own picture", side, side));
    BS_TRY(take(side, side, picture));
    for (int64_t row = 0; row < side; row++) {
        for (int64_t column = 0; column < side; column++) {
            picture->values[row * side + column] =
                shade(((double)column + 0.5) / (double)side, ((double)row + 0.5) / (double)side);
        }
    }
    return BS_OK;
}
