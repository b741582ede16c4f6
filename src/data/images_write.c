/* Images written in CIFAR-10's binary format, which everybody's reader knows. */
#include "blueshift/images.h"

#include "blueshift/output_file.h"

static bs_status write_records(const bs_output_file *file, FILE *stream, const bs_images *images)
{
    for (int64_t i = 0; i < images->count; i++) {
        BS_TRY(bs_output_file_put(file, stream, images->labels + i, 1));
        BS_TRY(
            bs_output_file_put(file, stream, images->pixels + i * BS_IMAGE_BYTES, BS_IMAGE_BYTES));
    }
    return BS_OK;
}

bs_status bs_images_write(const char *path, bool replace, const bs_images *images)
{
    bs_output_file file;
    FILE *stream = NULL;
    BS_TRY(bs_output_file_init(&file, path));
    file.replace = replace;
    BS_TRY(bs_output_file_check(&file));
    BS_TRY(bs_output_file_open(&file, &stream));
    bs_status status = write_records(&file, stream, images);
    bs_status closed = bs_output_file_close(&file, stream);
    status = status != BS_OK ? status : closed;
    if (status == BS_OK) {
        status = bs_output_file_publish(&file);
    }
    bs_output_file_discard(&file);
    return status;
}
