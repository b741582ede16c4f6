/* Normalisation of images: named constants, and pixels to single precision. */
#include "blueshift/images.h"

#include <string.h>

typedef struct named_normalisation {
    const char *name;
    bs_normalisation value;
} named_normalisation;

static const named_normalisation NORMALISATIONS[] = {
    {"imagenet", {{.485, .456, .406}, {.229, .224, .225}}},
    {"cifar10",
     {{125.3 / 255., 123.0 / 255., 113.9 / 255.}, {63.0 / 255., 62.1 / 255., 66.7 / 255.}}},
    {"unit", {{0., 0., 0.}, {1., 1., 1.}}},
    {"half", {{.5, .5, .5}, {.5, .5, .5}}},
};

bs_status bs_normalisation_named(const char *name, bs_normalisation *out)
{
    for (size_t i = 0; i < sizeof NORMALISATIONS / sizeof *NORMALISATIONS; i++) {
        if (strcmp(name, NORMALISATIONS[i].name) == 0) {
            *out = NORMALISATIONS[i].value;
            return BS_OK;
        }
    }
    return BS_FAIL(BS_ERR_USAGE,
                   "there is no normalisation \"%.40s\"; write imagenet, cifar10, unit or half, or "
                   "give mean and std",
                   name);
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
