/* Batch statistics: moments of a result over all images of a point, whose blocks meet for them.
 *
 * Mean and sum of squared deviations, of a warp's numbers in registers, then of warps, then of
 * blocks, each from those below it in a fixed order: nothing cancels, and the bits depend on the
 * shapes alone. */
#ifndef BLUESHIFT_NN_CUDA_MOMENTS_H
#define BLUESHIFT_NN_CUDA_MOMENTS_H

#include "norm.cuh"
#include "stage_block.cuh"

/* Sums over the lanes with the same channels, in all of them. */
CUDA_FUNCTION float sum_pixels(float value)
{
    value += shuffle_xor(value, 4);
    value += shuffle_xor(value, 8);
    return value + shuffle_xor(value, 16);
}

CUDA_FUNCTION double sum_lanes(double value)
{
    for (int mask = 16; mask > 0; mask /= 2) {
        value += shuffle_xor(value, mask);
    }
    return value;
}

/* Moments of channel 8 N + 2 (lane % 4) + J of the warp's tile: .x mean, .y squares. WHOLE: of all
 * pixels, otherwise of the first 8 of each row. */
template <int ROWS>
CUDA_FUNCTION float2 tile_moments(const float (&tile)[ROWS][2][4], int n, int j, bool whole)
{
    const float share = 1.0F / (float)(ROWS * (whole ? 16 : 8));
    float sum = 0.0F;
    float squares = 0.0F;
#pragma unroll
    for (int i = 0; i < ROWS; i++) {
        sum += tile[i][n][j];
        sum += whole ? tile[i][n][2 + j] : 0.0F;
    }
    const float mean = sum_pixels(sum) * share;
#pragma unroll
    for (int i = 0; i < ROWS; i++) {
        const float near = tile[i][n][j] - mean;
        const float far = whole ? tile[i][n][2 + j] - mean : 0.0F;
        squares = fused_multiply_add(near, near, squares);
        squares = fused_multiply_add(far, far, squares);
    }
    return {mean, sum_pixels(squares)};
}

/* Where a result's moments go. */
struct Measurement {
    int channels, places; /* warps with the same channels */
    int numbers;          /* that a warp has of a channel in each of its images */
    int pixels;           /* of an image */
    int images;           /* a full block */
    int statistic, measured;
};

/* Moments of a channel over the block, from its warps: the same count for each. */
CUDA_FUNCTION float2 merge_warps(const Measurement &m, unsigned scratch, int channel, int count)
{
    double mean = 0.0;
    double squares = 0.0;
    for (int r = 0; r < m.places; r++) {
        mean += (double)shared_read<float2>(scratch + 8U * (unsigned)(r * m.channels + channel)).x;
    }
    mean /= m.places;
    for (int r = 0; r < m.places; r++) {
        const float2 warp =
            shared_read<float2>(scratch + 8U * (unsigned)(r * m.channels + channel));
        const double deviation = (double)warp.x - mean;
        squares += (double)warp.y + count * deviation * deviation;
    }
    return {(float)mean, (float)squares};
}

/* Moments of a channel over the batch, from PARTIALS [block] of it, by one warp. */
CUDA_FUNCTION Moments merge_blocks(const Measurement &m, const bs_cuda_forward &p,
                                   const float2 *partials)
{
    const double total = (double)p.image_count * m.pixels;
    double mean = 0.0;
    double squares = 0.0;
    for (int b = cuda_thread() % 32; b < p.blocks_a_point; b += 32) {
        const int rest = p.image_count - b * m.images;
        mean += (double)(m.pixels * (rest < m.images ? rest : m.images)) *
                (double)read_fresh(partials + b).x;
    }
    mean = sum_lanes(mean) / total;
    for (int b = cuda_thread() % 32; b < p.blocks_a_point; b += 32) {
        const int rest = p.image_count - b * m.images;
        const float2 part = read_fresh(partials + b);
        const double deviation = (double)part.x - mean;
        squares += (double)part.y +
                   (double)(m.pixels * (rest < m.images ? rest : m.images)) * deviation * deviation;
    }
    return {mean, sum_lanes(squares) / total};
}

/* After the block's partial moments are in PARTIALS: those of the batch, in SCRATCH for all. */
CUDA_FUNCTION void share_moments(const Measurement &m, const bs_cuda_stage &stage, Block &block,
                                 const float2 *partials, unsigned scratch)
{
    const bs_cuda_forward &p = stage.forward;
    const int lane = cuda_thread() % 32;
    block.meetings++;
    meet_blocks(pointer_to<unsigned>(stage.counters) + block.team,
                block.meetings * (unsigned)p.blocks_a_point);
    for (int c = cuda_thread() / 32; c < m.channels; c += cuda_threads() / 32) {
        const Moments moments = merge_blocks(m, p, partials + (long long)c * p.blocks_a_point);
        if (lane == 0) {
            const unsigned at =
                scratch + SCRATCH_MOMENTS + 16U * (unsigned)(m.statistic * BS_CUDA_CHANNELS + c);
            shared_write<double>(at, moments.mean);
            shared_write<double>(at + 8, moments.variance);
        }
        if (lane == 0 && block.index == 0) {
            Moments *to = pointer_to<Moments>(p.moments);
            to[((long long)block.point * p.measured_count + m.measured) * BS_CUDA_CHANNELS + c] =
                moments;
        }
    }
    cuda_barrier();
}

/* The moments of TILE into SCRATCH; its warp has channels 16 GROUP and on of the block's, and place
 * RANK among those with them. */
template <int ROWS>
CUDA_FUNCTION void measure_warps(const float (&tile)[ROWS][2][4], const Measurement &m,
                                 const Block &block, unsigned scratch, int group, int rank)
{
    const bool whole = block.images == m.images;
    const int lane = cuda_thread() % 32;
#pragma unroll
    for (int i = 0; i < 4; i++) {
        const float2 moments = tile_moments(tile, i / 2, i % 2, whole);
        const int channel = 16 * group + 8 * (i / 2) + 2 * (lane % 4) + i % 2;
        if (lane < 4) {
            shared_write<float2>(scratch + 8U * (unsigned)(rank * m.channels + channel), moments);
        }
    }
    cuda_barrier();
}

/* The same over the batch, whose blocks meet. */
template <int ROWS>
CUDA_FUNCTION void measure_tile(const float (&tile)[ROWS][2][4], const Measurement &m,
                                const bs_cuda_stage &stage, Block &block, unsigned scratch,
                                int group, int rank)
{
    const bs_cuda_forward &p = stage.forward;
    measure_warps(tile, m, block, scratch, group, rank);
    const int teams = cuda_grid() / p.blocks_a_point;
    const long long set = (long long)(block.meetings & 1U) * teams + block.team;
    float2 *partials = pointer_to<float2>(p.partials) + set * BS_CUDA_CHANNELS * p.blocks_a_point;
    if (cuda_thread() < m.channels) {
        const int c = cuda_thread();
        partials[(long long)c * p.blocks_a_point + block.index] =
            merge_warps(m, scratch, c, m.numbers * block.images);
    }
    share_moments(m, stage, block, partials, scratch);
}

/* Scale and shift of a norm from its weights, rows of CHANNELS among an operation's CONSTANTS, and
 * from the moments of CHANNEL, into place C of SCRATCH. A variance that has overflowed must not
 * look sound. */
CUDA_FUNCTION void give_norm(const Moments &moments, const float *constants, int channels,
                             int channel, unsigned scratch, int c)
{
    const double weight = (double)constants[2 * channels + channel];
    const double shift = (double)constants[3 * channels + channel];
    const double scale = norm_scale(weight, moments.variance);
    shared_write<float>(scratch + SCRATCH_NORM + 4U * (unsigned)c, (float)scale);
    shared_write<float>(scratch + SCRATCH_NORM + 4U * (unsigned)(BS_CUDA_CHANNELS + c),
                        (float)(shift - moments.mean * scale));
}

/* Of all channels, with the moments of OP's statistic, for all threads. */
CUDA_FUNCTION void prepare_norm(const bs_cuda_operation &op, int channels, const float *constants,
                                unsigned scratch)
{
    const int c = cuda_thread();
    if (c < channels) {
        const unsigned at =
            scratch + SCRATCH_MOMENTS + 16U * (unsigned)(op.statistic * BS_CUDA_CHANNELS + c);
        const Moments moments = {shared_read<double>(at), shared_read<double>(at + 8)};
        give_norm(moments, constants, channels, c, scratch, c);
    }
    cuda_barrier();
}

#endif
