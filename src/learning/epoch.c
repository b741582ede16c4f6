/* Permutations and augmentation by counters: any rank makes any image of any epoch. */
#include "blueshift/epoch.h"

#include <string.h>

#include "blueshift/rng.h"

static bs_rng address(const bs_epoch *epoch, bs_stream stream)
{
    return (bs_rng){.seed = epoch->seed,
                    .stream = stream,
                    .realisation = epoch->realisation,
                    .item = epoch->number};
}

void bs_epoch_order(const bs_epoch *epoch, int64_t count, int64_t *order)
{
    enum { PIECE = 512 };
    const bs_rng rng = address(epoch, BS_STREAM_ORDER);
    double numbers[PIECE];
    for (int64_t i = 0; i < count; i++) {
        if (i % PIECE == 0) {
            bs_rng_uniform(&rng, (uint64_t)i, PIECE, numbers);
        }
        /* Inside out: number i goes to a place among 0 to i, and who was there goes to i. */
        int64_t place = (int64_t)(numbers[i % PIECE] * (double)(i + 1));
        order[i] = order[place];
        order[place] = i;
    }
}

/* One image, moved so that pixel (y, x) comes from (y + DY, x + DX), MIRRORED before that. */
static void move(const uint8_t *in, int dy, int dx, bool mirrored, uint8_t *out)
{
    enum { SIDE = BS_IMAGE_SIDE };
    memset(out, 0, BS_IMAGE_BYTES);
    for (int row = 0; row < BS_IMAGE_CHANNELS * SIDE; row++) {
        int y = row % SIDE + dy;
        for (int x = 0; x < SIDE && y >= 0 && y < SIDE; x++) {
            int from = (mirrored ? SIDE - 1 - x : x) + dx;
            if (from >= 0 && from < SIDE) {
                out[row * SIDE + x] = in[(row / SIDE * SIDE + y) * SIDE + from];
            }
        }
    }
}

void bs_epoch_augment(const bs_epoch *epoch, bs_augmentation augmentation, const bs_images *images,
                      int64_t number, uint8_t *out)
{
    enum { NUMBERS = 4, DY = 0, DX = 1, MIRROR = 2 }; /* of an image, one to spare */
    const bs_rng rng = address(epoch, BS_STREAM_AUGMENT);
    const bool crops = augmentation == BS_AUGMENT_CROP || augmentation == BS_AUGMENT_CROP_FLIP;
    const bool flips = augmentation == BS_AUGMENT_FLIP || augmentation == BS_AUGMENT_CROP_FLIP;
    const double places = 2 * BS_CROP + 1;
    double u[NUMBERS];
    bs_rng_uniform(&rng, (uint64_t)number * NUMBERS, NUMBERS, u);
    move(images->pixels + number * BS_IMAGE_BYTES, crops ? (int)(places * u[DY]) - BS_CROP : 0,
         crops ? (int)(places * u[DX]) - BS_CROP : 0, flips && u[MIRROR] < 0.5, out);
}
