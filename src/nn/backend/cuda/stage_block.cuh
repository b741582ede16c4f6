/* A block of a kernel: whose images it holds, and where things lie in its shared memory. */
#ifndef BLUESHIFT_NN_CUDA_STAGE_BLOCK_H
#define BLUESHIFT_NN_CUDA_STAGE_BLOCK_H

#include "tile.cuh"

/* Beside the values: partial moments of warps [place][channel] of a float2, or averages of a head
 * [image][channel] of a double; moments [statistic][channel] of two doubles; the norm at hand,
 * [scale, shift][channel]. */
enum {
    SCRATCH_MOMENTS = 1024,
    SCRATCH_NORM = SCRATCH_MOMENTS + BS_CUDA_STATISTICS * BS_CUDA_CHANNELS * 16,
    SCRATCH_END = SCRATCH_NORM + 2 * BS_CUDA_CHANNELS * 4
};
static_assert(int(SCRATCH_END) <= int(BS_CUDA_SCRATCH_BYTES), "the scratch memory is too small");

struct Moments {
    double mean, variance;
};

struct Block {
    int point;
    int index;         /* among the blocks of the point */
    int first, images; /* of the point's images, those that there are */
    int team;          /* of the blocks that work on one point at a time */
    unsigned meetings; /* of the team so far */
};

/* Block B of all points, of BLOCKS that a point's IMAGES have. */
template <class S> CUDA_FUNCTION Block block_of(int b, int blocks, int images)
{
    const int index = b % blocks;
    const int rest = images - index * S::IMAGES;
    return {b / blocks, index, index * S::IMAGES, rest < S::IMAGES ? rest : S::IMAGES, 0, 0};
}

/* Where a buffer begins, and the scratch memory. */
template <class S> CUDA_FUNCTION unsigned buffer_at(int buffer)
{
    return (unsigned)(buffer * S::BUFFER);
}

template <class S> CUDA_FUNCTION unsigned scratch_at(const bs_cuda_stage &p)
{
    return (unsigned)(p.buffer_count * S::BUFFER);
}

template <class T> CUDA_FUNCTION T *pointer_to(bs_cuda_address address)
{
    return reinterpret_cast<T *>(address);
}

/* The first byte of SLOT, a value of BYTES, of the block's image IMAGE. */
CUDA_FUNCTION char *slot_at(bs_cuda_address slots, const bs_cuda_forward &p, const Block &block,
                            int slot, int image, int bytes)
{
    const long long value =
        ((long long)slot * p.point_count + block.point) * p.image_count + block.first + image;
    return pointer_to<char>(slots) + value * bytes;
}

CUDA_FUNCTION const float *constants_of(const bs_cuda_forward &p, const Block &block, int first)
{
    return pointer_to<const float>(p.constants) + (long long)block.point * p.constant_stride +
           first;
}

/* What the lane reads of the filters of operation OP, those of 16 channels GROUP; ROWS of taps. */
CUDA_FUNCTION const uint4 *filters_of(const bs_cuda_forward &p, const Block &block,
                                      const bs_cuda_operation &op, int group, int rows)
{
    return pointer_to<const uint4>(p.weights) + (long long)block.point * p.weight_stride +
           op.weights + (group * op.chunks * rows * 64 + cuda_thread() % 32);
}

#endif
