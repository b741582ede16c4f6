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
void bs_block_statistics_average(const bs_block_statistics *s, float *out);

/* Room that was never made is fine. */
void bs_block_statistics_release(bs_block_statistics *s);

#endif
