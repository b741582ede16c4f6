/* Images written in CIFAR-10's binary format, which everybody's reader knows. */
#include "blueshift/images.h"

#include "blueshift/output_file.h"

static bs_status write_records(const bs_output_file *file, FILE *stream, const void *context)
{
    const bs_images *images = context;
    for (int64_t i = 0; i < images->count; i++) {
        BS_TRY(bs_output_file_put(file, stream, images->labels + i, 1));
        BS_TRY(
            bs_output_file_put(file, stream, images->pixels + i * BS_IMAGE_BYTES, BS_IMAGE_BYTES));
    }
    return BS_OK;
}

bs_status bs_images_write(const char *path, bool replace, const bs_images *images)
{
    return bs_output_file_write(path, replace, write_records, images);
}
