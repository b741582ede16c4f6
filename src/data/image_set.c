/* Data sets: from a description to images, whatever the source. */
#include <inttypes.h>

#include "sources.h"

bs_status bs_image_set_count(const bs_image_set *set, int64_t *count)
{
    *count = 0;
    if (set->first < 0 || set->count < 0) {
        return BS_FAIL(BS_ERR_USAGE,
                       "data.first %" PRId64 ", data.images %" PRId64
                       ": neither can be negative; images 0 means all",
                       set->first, set->count);
    }
    return set->source == BS_SOURCE_SYNTHETIC ? bs_synthetic_count(set, count)
                                              : bs_cifar_count(set, count);
}

bs_status bs_image_set_read(const bs_image_set *set, int64_t count, uint8_t *pixels,
                            uint8_t *labels)
{
    int64_t now = 0;
    BS_TRY(bs_image_set_count(set, &now));
    if (now != count) {
        return BS_FAIL(BS_ERR_INPUT,
                       "the image set held %" PRId64 " images when it was opened and %" PRId64
                       " now; leave its files alone during a run",
                       count, now);
    }
    return set->source == BS_SOURCE_SYNTHETIC ? bs_synthetic_read(set, count, pixels, labels)
                                              : bs_cifar_read(set, count, pixels, labels);
}

bs_status bs_images_hash(const bs_images *images, char hex[BS_HASH_HEX])
{
    bs_hash *hash = bs_hash_create();
    if (hash == NULL) {
        return BS_ERR_MEMORY;
    }
    bs_hash_update(hash, images->pixels, (size_t)images->count * BS_IMAGE_BYTES);
    bs_hash_update(hash, images->labels, (size_t)images->count);
    bs_hash_finish(hash, hex);
    return BS_OK;
}
