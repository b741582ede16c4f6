/* Layers with a result in registers: from values in global memory to one there. */
#ifndef BLUESHIFT_NN_CUDA_LAYER_COMPUTE_H
#define BLUESHIFT_NN_CUDA_LAYER_COMPUTE_H

#include "finish.cuh"

/* The warp's part of the result. */
struct Part {
    int first;  /* group of the block's channels */
    int group;  /* the warp's; the last one's again beyond it */
    bool there; /* whether the warp has one of its own */
};

template <class S> CUDA_FUNCTION Part part_of(const bs_cuda_layer &p, const Place &place)
{
    const int first = cuda_block() % p.parts * S::GROUPS;
    const int group = first + place.group;
    const int last = p.output_groups - 1;
    return {first, group < last ? group : last, group <= last};
}

/* GROUP of the value of GROUPS at ADDRESS, of the block's point and pictures. */
template <class S>
CUDA_FUNCTION Stored stored_at(bs_cuda_address address, const bs_cuda_layer &p, const Block &block,
                               int groups, int group)
{
    const long long picture = (long long)block.point * p.pictures + block.first;
    return {pointer_to<char>(address) + (picture * groups + group) * S::VALUE,
            (long long)groups * S::VALUE, block.images};
}

template <class S> CUDA_FUNCTION unsigned layer_scratch_at(const bs_cuda_layer &p)
{
    return (unsigned)(p.buffers * S::BUFFER);
}

/* Starts to bring GROUP of the input to shared memory; zeros for pictures that are not there. */
template <class S>
CUDA_FUNCTION void fetch_group(const bs_cuda_layer &p, const Block &block, int group)
{
    const Stored from = stored_at<S>(p.input, p, block, p.input_groups, group);
    const unsigned to = (unsigned)(group % p.buffers * S::BUFFER);
    for (int image = 0; image < S::IMAGES; image++) {
        for (int i = 16 * cuda_thread(); i < S::VALUE; i += 16 * S::THREADS) {
            const unsigned at = to + (unsigned)(image * S::VALUE + i);
            if (image < from.images) {
                copy_start(at, from.value + image * from.image_bytes + i);
            } else {
                shared_write<uint4>(at, uint4{0, 0, 0, 0});
            }
        }
    }
}

/* Waits for GROUP of the input, of which the first is on its way, and starts to bring the next.
 * Where the group is. */
template <class S>
CUDA_FUNCTION unsigned take_group(const bs_cuda_layer &p, const Block &block, int group)
{
    if (p.buffers == 1 && group > 0) {
        cuda_barrier();
        fetch_group<S>(p, block, group);
    }
    copy_wait();
    cuda_barrier();
    if (p.buffers > 1 && group + 1 < p.input_groups) {
        fetch_group<S>(p, block, group + 1);
    }
    return (unsigned)(group % p.buffers * S::BUFFER);
}

template <class S>
CUDA_FUNCTION void convolve_layer(float (&tile)[TILE_ROWS][2][4], const bs_cuda_layer &p,
                                  const Block &block, const Place &place, const Part &part)
{
    const bs_cuda_operation &op = p.operation;
    const uint4 *filters = filters_of(p.forward, block, op, part.group, 3);
    uint4 next[3][2];
    fetch_group<S>(p, block, 0);
    read_chunk(next, filters);
    for (int g = 0; g < p.input_groups; g++) {
        const unsigned input = take_group<S>(p, block, g);
        convolve<S>(tile, next, filters, op.taps, op.taps, input, place);
    }
}

template <class S>
CUDA_FUNCTION void convolve_layer_pixels(float (&tile)[TILE_ROWS][2][4], const bs_cuda_layer &p,
                                         const Block &block, const Place &place, const Part &part)
{
    const uint4 *filters = filters_of(p.forward, block, p.operation, part.group, 1);
    uint4 next[1][2];
    fetch_group<S>(p, block, 0);
    read_chunk(next, filters);
    for (int g = 0; g < p.input_groups; g++) {
        const unsigned input = take_group<S>(p, block, g);
        convolve_pixels<S>(tile, next, filters, input, place);
    }
}

template <class S, int TAPS>
CUDA_FUNCTION void convolve_layer_stride(float (&tile)[STRIDE_ROWS][2][4], const bs_cuda_layer &p,
                                         const Block &block, const Place &place, const Part &part)
{
    const uint4 *filters = filters_of(p.forward, block, p.operation, part.group, TAPS);
    fetch_group<S>(p, block, 0);
    for (int g = 0; g < p.input_groups; g++) {
        const unsigned input = take_group<S>(p, block, g);
        convolve_stride<S, TAPS>(tile, filters, TAPS, input, place);
    }
}

/* tile = TILE FACTOR + COEFFICIENT value, as add_value; images that are not there stay. */
template <class S, int ROWS>
CUDA_FUNCTION void add_stored(float (&tile)[ROWS][2][4], const Stored &from, const Place &place,
                              float factor, float coefficient)
{
#pragma unroll
    for (int k = 0; k < 4; k++) {
        const unsigned *at = pair_of<S, ROWS>(from, place, k, 0);
        const int j = 2 * (k % 2);
        if (at != nullptr) {
#pragma unroll
            for (int i = 0; i < ROWS; i++) {
                const unsigned *pair = at + i * row_step<S, ROWS>();
                add_pair(tile[i][k / 2][j], tile[i][k / 2][j + 1], pair[0], pair[S::PLANE / 4],
                         factor, coefficient);
            }
        }
    }
}

/* A tile as floats, and back. */
template <class S, int ROWS>
CUDA_FUNCTION void keep_raw(const float (&tile)[ROWS][2][4], const Stored &to, const Place &place)
{
#pragma unroll
    for (int k = 0; k < 4; k++) {
        unsigned *at = pair_of<S, ROWS>(to, place, k, 0);
        if (at != nullptr) {
#pragma unroll
            for (int i = 0; i < ROWS; i++) {
                const unsigned first = bits_of(tile[i][k / 2][2 * (k % 2)]);
                const unsigned second = bits_of(tile[i][k / 2][2 * (k % 2) + 1]);
                unsigned *pair = at + i * row_step<S, ROWS>();
                pair[0] = first >> 16 | (second & 0xFFFF0000U);
                pair[S::PLANE / 4] = (first & 0xFFFFU) | second << 16;
            }
        }
    }
}

template <class S, int ROWS>
CUDA_FUNCTION void read_raw(float (&tile)[ROWS][2][4], const Stored &from, const Place &place)
{
#pragma unroll
    for (int k = 0; k < 4; k++) {
        const unsigned *at = pair_of<S, ROWS>(from, place, k, 0);
        if (at != nullptr) {
#pragma unroll
            for (int i = 0; i < ROWS; i++) {
                const unsigned *pair = at + i * row_step<S, ROWS>();
                const unsigned high = pair[0];
                const unsigned low = pair[S::PLANE / 4];
                tile[i][k / 2][2 * (k % 2)] = float_of(high << 16 | (low & 0xFFFFU));
                tile[i][k / 2][2 * (k % 2) + 1] = float_of((high & 0xFFFF0000U) | low >> 16);
            }
        }
    }
}

/* The block's partial moments of a result of shape N. */
template <class N, int ROWS>
CUDA_FUNCTION void measure_layer(const float (&tile)[ROWS][2][4], const bs_cuda_layer &p,
                                 const Block &block, const Place &place, const Part &part,
                                 int images, unsigned scratch)
{
    constexpr int channels = BS_CUDA_GROUP * N::GROUPS;
    const int places = cuda_threads() / 32 / N::GROUPS;
    const Measurement m = {channels, places, ROWS * 16 / images, N::PIXELS, images, 0, 0};
    measure_warps(tile, m, block, scratch, place.group, cuda_thread() / 32 / N::GROUPS);
    const int c = cuda_thread();
    const int channel = BS_CUDA_GROUP * part.first + c;
    if (c < channels && channel < BS_CUDA_GROUP * p.output_groups) {
        const long long row = (long long)block.point * p.forward.channels + channel;
        pointer_to<float2>(p.forward.partials)[row * p.forward.blocks_a_point + block.index] =
            merge_warps(m, scratch, c, m.numbers * block.images);
    }
    cuda_barrier();
}

/* The norm of the operation with the batch's moments. */
template <class N, int ROWS>
CUDA_FUNCTION void normalise_layer(float (&tile)[ROWS][2][4], const bs_cuda_layer &p,
                                   const Block &block, const Place &place, const Part &part,
                                   unsigned scratch)
{
    const int c = cuda_thread();
    const int channels = BS_CUDA_GROUP * p.output_groups;
    if (c < BS_CUDA_GROUP * N::GROUPS) {
        const int channel = BS_CUDA_GROUP * part.first + c;
        const long long row = (long long)block.point * p.forward.measured_count + p.operation.known;
        const Moments *moments =
            pointer_to<const Moments>(p.forward.moments) + row * p.forward.channels;
        const int at = channel < channels ? channel : channels - 1;
        give_norm(moments[at], constants_of(p.forward, block, p.operation.constants), channels, at,
                  scratch, c);
    }
    cuda_barrier();
    scale_tile(tile, nullptr, scratch + SCRATCH_NORM, BS_CUDA_CHANNELS, place.group);
}

/* What the operation does to its result, whose shape is N, on blocks of IMAGES. */
template <class N, int ROWS>
CUDA_FUNCTION void finish_layer(float (&tile)[ROWS][2][4], const bs_cuda_layer &p,
                                const Block &block, const Place &place, const Part &part,
                                int images, unsigned scratch)
{
    const bs_cuda_operation &op = p.operation;
    const int groups = p.output_groups;
    Stored output = stored_at<N>(p.output, p, block, groups, part.group);
    Stored raw = stored_at<N>(p.raw, p, block, groups, part.group);
    output.images = part.there ? output.images : 0;
    raw.images = output.images;
    if (op.kind == BS_CUDA_RAW) {
        read_raw<N>(tile, raw, place);
    } else {
        scale_tile(tile, constants_of(p.forward, block, op.constants), 0, BS_CUDA_GROUP * groups,
                   part.group);
    }
    if ((op.flags & BS_CUDA_MEASURE_RESULT) != 0) {
        measure_layer<N>(tile, p, block, place, part, images, scratch);
        keep_raw<N>(tile, raw, place);
        return;
    }
    if ((op.flags & BS_CUDA_NORMALISE) != 0) {
        normalise_layer<N>(tile, p, block, place, part, scratch);
    }
    if (p.skip != 0) {
        add_stored<N>(tile, stored_at<N>(p.skip, p, block, groups, part.group), place, 1.0F,
                      op.skip_coefficient);
    }
    if ((op.flags & BS_CUDA_ACTIVATE) != 0) {
        activate_tile(tile, p.forward.activation, p.forward.slope);
    }
    if ((op.flags & BS_CUDA_ACCUMULATE) != 0) {
        add_stored<N>(tile, output, place, op.factor, 1.0F);
    } else {
        multiply_tile(tile, op.factor);
    }
    if ((op.flags & BS_CUDA_MEASURE_OUTPUT) != 0) {
        measure_layer<N>(tile, p, block, place, part, images, scratch);
    }
    keep_tile<N>(tile, output, place, 0);
}

/* Operations with a result in registers, of the shape of their input. */
template <class S> CUDA_FUNCTION void compute_layer(const bs_cuda_layer &p, const Block &block)
{
    const Place place = place_of<S>(cuda_thread() / 32);
    const Part part = part_of<S>(p, place);
    float tile[TILE_ROWS][2][4];
    clear_tile(tile);
    if (p.operation.kind == BS_CUDA_CONV) {
        convolve_layer<S>(tile, p, block, place, part);
    } else if (p.operation.kind == BS_CUDA_DENSE) {
        convolve_layer_pixels<S>(tile, p, block, place, part);
    } else if (p.operation.kind == BS_CUDA_LOAD) {
        add_stored<S>(tile, stored_at<S>(p.input, p, block, p.input_groups, part.group), place,
                      1.0F, 1.0F);
    }
    finish_layer<S>(tile, p, block, place, part, S::IMAGES, layer_scratch_at<S>(p));
}

/* And of the next shape. */
template <class S, class N>
CUDA_FUNCTION void stride_layer(const bs_cuda_layer &p, const Block &block)
{
    const Place place = stride_place_of<S>(cuda_thread() / 32);
    const Part part = part_of<N>(p, place);
    float tile[STRIDE_ROWS][2][4];
    clear_tile(tile);
    if (p.operation.taps == 3) {
        convolve_layer_stride<S, 3>(tile, p, block, place, part);
    } else {
        convolve_layer_stride<S, 1>(tile, p, block, place, part);
    }
    finish_layer<N>(tile, p, block, place, part, S::IMAGES, layer_scratch_at<S>(p));
}

#endif
