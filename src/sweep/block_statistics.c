/* Batch statistics of fixed blocks of images, and their average: what norms are frozen at. */
#include "block_statistics.h"

#include <string.h>

#include "blueshift/memory.h"

int bs_block_images(const bs_images *images, int size, int64_t block)
{
    int64_t left = images->count - block * size;
    return left < size ? (int)left : size;
}

int bs_block_count(const bs_images *images, int size)
{
    return (int)((images->count + size - 1) / size);
}

bs_status bs_block_statistics_init(bs_block_statistics *s, const bs_network *network,
                                   const bs_images *images, int size)
{
    *s = (bs_block_statistics){.images = images, .block = size, .size = network->statistic_size};
    s->measured = bs_alloc((size_t)bs_block_count(images, size) * s->size, sizeof *s->measured);
    s->sums = bs_alloc(s->size, sizeof *s->sums);
    return s->measured == NULL || s->sums == NULL ? BS_ERR_MEMORY : BS_OK;
}

bs_status bs_block_statistics_measure(bs_block_statistics *s, const bs_model *model,
                                      const float *theta, bs_range blocks)
{
    for (int64_t b = blocks.first; b < blocks.first + blocks.count; b++) {
        BS_TRY(bs_model_measure(model, theta, s->images, b * s->block,
                                bs_block_images(s->images, s->block, b),
                                s->measured + (size_t)b * s->size));
    }
    return BS_OK;
}

void bs_block_statistics_add(int images, size_t size, const double *measured, double *sums)
{
    for (size_t i = 0; i < size; i++) {
        sums[i] += images * measured[i];
    }
}

void bs_block_statistics_divide(int64_t images, size_t size, const double *sums, float *out)
{
    for (size_t i = 0; i < size; i++) {
        out[i] = (float)(sums[i] / (double)images);
    }
}

void bs_block_statistics_average(bs_block_statistics *s, float *out)
{
    memset(s->sums, 0, s->size * sizeof *s->sums);
    for (int b = 0; b < bs_block_count(s->images, s->block); b++) {
        bs_block_statistics_add(bs_block_images(s->images, s->block, b), s->size,
                                s->measured + (size_t)b * s->size, s->sums);
    }
    bs_block_statistics_divide(s->images->count, s->size, s->sums, out);
}

void bs_block_statistics_release(bs_block_statistics *s)
{
    bs_free(s->measured);
    bs_free(s->sums);
    s->measured = NULL;
    s->sums = NULL;
}
