/* The order of the images in an epoch, and how each of them is augmented in it. */
#ifndef BLUESHIFT_EPOCH_H
#define BLUESHIFT_EPOCH_H

#include "blueshift/images.h"
#include "blueshift/training.h"

enum { BS_CROP = 4 /* pixels by which an image is moved at most */ };

/* Addresses an epoch: seed and realisation of the training, and its number. */
typedef struct bs_epoch {
    uint64_t seed;
    uint32_t realisation;
    uint32_t number;
} bs_epoch;

/* A random permutation of 0 to COUNT - 1 in ORDER, from (seed, BS_STREAM_ORDER, realisation, epoch)
 * alone (Fisher and Yates; bias below COUNT / 2^52). Not collective. */
void bs_epoch_order(const bs_epoch *epoch, int64_t count, int64_t *order);

/* Copies image NUMBER of IMAGES, [C][H][W], augmented as in this epoch: moved by dx and dy in -4 to
 * 4, each as likely, with black beyond the edge, then mirrored or not. From (seed,
 * BS_STREAM_AUGMENT, realisation, epoch; image) alone. Not collective. Source: He et al. 2016,
 * whose crops of padded images these are. */
void bs_epoch_augment(const bs_epoch *epoch, bs_augmentation augmentation, const bs_images *images,
                      int64_t number, uint8_t *out);

#endif
