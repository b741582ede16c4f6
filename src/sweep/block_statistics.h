/* Statistics of norm layers, measured over blocks of images. Private to src/sweep. */
#ifndef BLUESHIFT_SWEEP_BLOCK_STATISTICS_H
#define BLUESHIFT_SWEEP_BLOCK_STATISTICS_H

#include "blueshift/model.h"
#include "blueshift/partition.h"

/* The batch statistics of every block, and what they are of. */
typedef struct bs_block_statistics {
    const bs_images *images; /* borrowed */
    int block;               /* images a block; the last one may have fewer */
    size_t size;             /* statistics of the network */
    double *measured;        /* [blocks][size] */
    double *sums;            /* [size] */
} bs_block_statistics;

/* Images of block BLOCK when blocks of SIZE images cut IMAGES. */
int bs_block_images(const bs_images *images, int size, int64_t block);

/* Blocks of SIZE images that IMAGES have. */
int bs_block_count(const bs_images *images, int size);

/* Makes room, of zeros, for the statistics of NETWORK over blocks of SIZE images. The caller
 * releases S, also after a failure. */
bs_status bs_block_statistics_init(bs_block_statistics *s, const bs_network *network,
                                   const bs_images *images, int size);

/* Measures BLOCKS with MODEL at THETA. Not collective. */
bs_status bs_block_statistics_measure(bs_block_statistics *s, const bs_model *model,
                                      const float *theta, bs_range blocks);

/* The average over the images of all blocks, summed in the order of the blocks: OUT [size]. */
void bs_block_statistics_average(bs_block_statistics *s, float *out);

/* The same of blocks that come one by one: adds what was MEASURED [size] at one of IMAGES images to
 * SUMS, and divides those of all blocks by their IMAGES. */
void bs_block_statistics_add(int images, size_t size, const double *measured, double *sums);
void bs_block_statistics_divide(int64_t images, size_t size, const double *sums, float *out);

/* Room that was never made is fine. */
void bs_block_statistics_release(bs_block_statistics *s);

#endif
