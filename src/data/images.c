/* Normalisation of images: named constants, and pixels to single precision. */
#include "blueshift/images.h"

#include <stdio.h>
#include <string.h>

#include "blueshift/text.h"

enum { NAMED = 4, LEVEL_MAX = 255 };

static const char *const names[NAMED] = {"imagenet", "cifar10", "unit", "half"};
static const bs_normalisation constants[NAMED] = {
    {{.485, .456, .406}, {.229, .224, .225}},
    {{125.3 / 255., 123.0 / 255., 113.9 / 255.}, {63.0 / 255., 62.1 / 255., 66.7 / 255.}},
    {{0., 0., 0.}, {1., 1., 1.}},
    {{.5, .5, .5}, {.5, .5, .5}},
};

bs_status bs_normalisation_named(const char *name, bs_normalisation *out)
{
    enum { ENDING_MAX = 256 };
    for (int i = 0; i < NAMED; i++) {
        if (strcmp(name, names[i]) == 0) {
            *out = constants[i];
            return BS_OK;
        }
    }
    char ending[ENDING_MAX];
    bs_text_suggest(name, NAMED, names, "Known are", ending, sizeof ending);
    return BS_FAIL(BS_ERR_USAGE, "there is no normalisation \"%.40s\"%s; or give mean and std",
                   name, ending);
}

const char *bs_normalisation_check(const bs_normalisation *n, int *channel,
                                   char advice[BS_NORMALISATION_ADVICE])
{
    for (int i = 0; i < 2 * BS_IMAGE_CHANNELS; i++) {
        bool mean = i < BS_IMAGE_CHANNELS;
        *channel = i % BS_IMAGE_CHANNELS;
        double value = mean ? n->mean[*channel] : n->std[*channel];
        if (value >= 0.0 && value <= 1.0 && (mean || value > 0.0)) {
            continue;
        }
        int used = snprintf(advice, BS_NORMALISATION_ADVICE,
                            mean ? "a mean lies between 0 and 1, the scale of pixels / 255"
                                 : "a standard deviation is above 0 and at most 1, on the scale "
                                   "of pixels / 255");
        if (value > 1.0 && value <= LEVEL_MAX) {
            snprintf(advice + used, BS_NORMALISATION_ADVICE - (size_t)used,
                     ": write %.5g (that is %g / 255)", value / LEVEL_MAX, value);
        }
        return mean ? "mean" : "std";
    }
    return NULL;
}

void bs_images_normalise(const bs_images *images, int64_t first, int count,
                         const bs_normalisation *normalisation, float *out)
{
    enum { LEVELS = 256, PLANE = BS_IMAGE_SIDE * BS_IMAGE_SIDE };
    float table[BS_IMAGE_CHANNELS][LEVELS];
    for (int c = 0; c < BS_IMAGE_CHANNELS; c++) {
        for (int level = 0; level < LEVELS; level++) {
            table[c][level] =
                (float)((level / 255. - normalisation->mean[c]) / normalisation->std[c]);
        }
    }
    const uint8_t *in = images->pixels + first * BS_IMAGE_BYTES;
    for (int n = 0; n < count; n++, in += BS_IMAGE_BYTES) {
        for (int i = 0; i < PLANE; i++) {
            for (int c = 0; c < BS_IMAGE_CHANNELS; c++) {
                *out++ = table[c][in[c * PLANE + i]];
            }
        }
    }
}
