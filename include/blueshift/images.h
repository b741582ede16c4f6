/* Labelled images, their normalisation, and where they come from. */
#ifndef BLUESHIFT_IMAGES_H
#define BLUESHIFT_IMAGES_H

#include <stdbool.h>
#include <stdint.h>

#include "blueshift/hash.h"
#include "blueshift/status.h"

enum {
    BS_IMAGE_SIDE = 32,
    BS_IMAGE_CHANNELS = 3,
    BS_IMAGE_BYTES = BS_IMAGE_SIDE * BS_IMAGE_SIDE * BS_IMAGE_CHANNELS,
    BS_CLASSES = 10
};

/* Borrowed view of N labelled images: pixels [N][C][H][W] (CIFAR's own order), labels [N]. */
typedef struct bs_images {
    int64_t count;
    const uint8_t *pixels;
    const uint8_t *labels;
} bs_images;

/* Per-channel constants on the scale [0, 1]: value = (pixel / 255 - mean) / std. */
typedef struct bs_normalisation {
    double mean[BS_IMAGE_CHANNELS];
    double std[BS_IMAGE_CHANNELS];
} bs_normalisation;

typedef enum bs_source { BS_SOURCE_SYNTHETIC, BS_SOURCE_CIFAR10 } bs_source;
/* An image set is of one of them; an experiment may have both. */
typedef enum bs_split { BS_SPLIT_TRAIN, BS_SPLIT_TEST, BS_SPLIT_BOTH } bs_split;

/* Which images: a fixed subset [first, first + count) of a source. Strings are borrowed. Without a
 * path (NULL or "") the environment variable BLUESHIFT_DATA names the folder. */
typedef struct bs_image_set {
    bs_source source;
    uint64_t seed;    /* synthetic: the images follow from the seed and the split */
    const char *path; /* cifar10: folder of the binary files, or its parent */
    bs_split split;   /* cifar10: data_batch_1..5.bin or test_batch.bin */
    const char *file; /* cifar10: one file of the folder instead of the split; NULL or "": none */
    int64_t first;    /* first image */
    int64_t count;    /* images; 0: all from first on */
} bs_image_set;

/* Constants by name: "imagenet" (.485 .456 .406 / .229 .224 .225, as the akamaster networks),
 * "cifar10" ((125.3, 123.0, 113.9)/255 over (63.0, 62.1, 66.7)/255, as Li et al. 2018), "unit"
 * (mean 0, std 1), "half" (mean .5, std .5). BS_ERR_USAGE names the known ones. Not collective. */
bs_status bs_normalisation_named(const char *name, bs_normalisation *out);

/* The one check of constants from settings and from metadata: means between 0 and 1, deviations
 * above 0 and at most 1. "mean" or "std" for the first that fails, its CHANNEL, and in ADVICE the
 * scale and what to write; NULL when all are fine. */
enum { BS_NORMALISATION_ADVICE = 160 };
const char *bs_normalisation_check(const bs_normalisation *normalisation, int *channel,
                                   char advice[BS_NORMALISATION_ADVICE]);

/* Normalised single-precision copy, [count][H][W][C] (NHWC), of images FIRST to FIRST + COUNT - 1.
 * OUT holds count * BS_IMAGE_BYTES floats. The value is rounded once from double. */
void bs_images_normalise(const bs_images *images, int64_t first, int count,
                         const bs_normalisation *normalisation, float *out);

/* Number of images the image set selects, after checking that they exist: files present, whole
 * (multiples of 3073 bytes, not truncated), subset inside. Synthetic sets have no end; count 0
 * means 1024. BS_ERR_USAGE or BS_ERR_INPUT say what, where and what to do. Not collective. */
bs_status bs_image_set_count(const bs_image_set *set, int64_t *count);

/* Reads or generates the selected images: PIXELS [count][C][H][W] and LABELS [count] are the
 * caller's, of the size bs_image_set_count gave. Every label is checked (0 to 9); an error names
 * file, record and value. Synthetic image i follows from seed, split and i alone and is bit-equal
 * everywhere; both splits share the classes. BS_ERR_INPUT, or BS_ERR_IO when the system cannot
 * read. Not collective. */
bs_status bs_image_set_read(const bs_image_set *set, int64_t count, uint8_t *pixels,
                            uint8_t *labels);

/* Writes CIFAR-10's binary format, a label and 3072 pixels an image, which a cifar10 set with this
 * FILE reads again; whole under a temporary name, then renamed. BS_ERR_INPUT when PATH exists and
 * must not be replaced (REPLACE), BS_ERR_IO in the user's terms. Not collective. */
bs_status bs_images_write(const char *path, bool replace, const bs_images *images);

/* SHA-256 of pixels, then labels. BS_ERR_MEMORY. Not collective. */
bs_status bs_images_hash(const bs_images *images, char hex[BS_HASH_HEX]);

#endif
