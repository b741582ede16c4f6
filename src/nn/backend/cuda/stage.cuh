/* A stage's kernel: works through the program of the stage for the images of a block. */
#ifndef BLUESHIFT_NN_CUDA_STAGE_H
#define BLUESHIFT_NN_CUDA_STAGE_H

#include "finish.cuh"
#include "observe.cuh"

/* The columns of zeros beside the pictures of all buffers. */
template <class S> CUDA_FUNCTION void clear_columns(const bs_cuda_stage &p)
{
    constexpr int cells = S::PIXEL / 16;
    const int rows = p.buffer_count * S::IMAGES * 2 * S::SIDE;
    for (int i = cuda_thread(); i < rows * 2 * cells; i += S::THREADS) {
        const int row = i / (2 * cells);
        const int right = i / cells % 2;
        shared_write<uint4>(
            (unsigned)(row * S::ROW + right * (S::SIDE + 1) * S::PIXEL + 16 * (i % cells)),
            uint4{0, 0, 0, 0});
    }
}

/* A value from its slot; zeros for images that are not there. */
template <class S>
CUDA_FUNCTION void fetch(const bs_cuda_operation &op, const bs_cuda_stage &p, const Block &block)
{
    for (int image = 0; image < S::IMAGES; image++) {
        const unsigned to = buffer_at<S>(op.output) + (unsigned)(image * S::VALUE);
        const char *from = slot_at(p.slots, p.forward, block, op.input, image, S::VALUE);
        for (int i = 16 * cuda_thread(); i < S::VALUE; i += 16 * S::THREADS) {
            if (image < block.images) {
                copy_start(to + (unsigned)i, from + i);
            } else {
                shared_write<uint4>(to + (unsigned)i, uint4{0, 0, 0, 0});
            }
        }
    }
    copy_wait();
}

template <class S>
CUDA_FUNCTION void save(const bs_cuda_operation &op, const bs_cuda_stage &p, const Block &block)
{
    for (int image = 0; image < block.images; image++) {
        const unsigned from = buffer_at<S>(op.input) + (unsigned)(image * S::VALUE);
        char *to = slot_at(p.slots, p.forward, block, op.output, image, S::VALUE);
        for (int i = 16 * cuda_thread(); i < S::VALUE; i += 16 * S::THREADS) {
            *reinterpret_cast<uint4 *>(to + i) = shared_read<uint4>(from + (unsigned)i);
        }
    }
}

template <class S>
CUDA_FUNCTION void read_image(const bs_cuda_operation &op, const bs_cuda_stage &p,
                              const Block &block)
{
    for (int pixel = cuda_thread(); pixel < S::PIXELS; pixel += S::THREADS) {
        const int row = pixel / S::SIDE;
        const int column = pixel % S::SIDE;
        unsigned high[8];
        unsigned low[8];
        read_surroundings<S>(p.forward, block.first, row, column, high, low);
#pragma unroll
        for (int cell = 0; cell < 2; cell++) {
            const unsigned at = buffer_at<S>(op.output) + S::at(row, column + 1, cell);
            const int k = 4 * cell;
            shared_write<uint4>(at, uint4{high[k], high[k + 1], high[k + 2], high[k + 3]});
            shared_write<uint4>(at + S::PLANE, uint4{low[k], low[k + 1], low[k + 2], low[k + 3]});
        }
    }
}

/* Whole cells move: the padding is 8 or 16 channels. */
template <class S, class N>
CUDA_FUNCTION void pad(const bs_cuda_operation &op, const bs_cuda_stage &p, const Block &block)
{
    constexpr int cells = N::CHANNELS / 8;
    char *to = slot_at(p.next_slots, p.forward, block, op.output, 0, N::VALUE);
    for (int i = cuda_thread(); i < 2 * N::PIXELS * cells; i += S::THREADS) {
        const int plane = i / (N::PIXELS * cells);
        const int row = i / (N::SIDE * cells) % N::SIDE;
        const int column = i / cells % N::SIDE;
        const int cell = i % cells;
        const int source = cell - cells / 4;
        uint4 value = {0, 0, 0, 0};
        if (source >= 0 && source < cells / 2) {
            value = shared_read<uint4>(buffer_at<S>(op.input) + (unsigned)(plane * S::PLANE) +
                                       S::at(2 * row, 2 * column + 1, source));
        }
        *reinterpret_cast<uint4 *>(to + plane * N::PLANE + N::at(row, column + 1, cell)) = value;
    }
}

/* Filters and constants come from far away: those of the next convolution while this one is
 * finished, those of this one while it computes. */
CUDA_FUNCTION void prefetch_filters(const bs_cuda_forward &p, const Block &block,
                                    const bs_cuda_operation &op, int group)
{
    const uint4 *filters = pointer_to<const uint4>(p.weights) +
                           (long long)block.point * p.weight_stride + op.ahead +
                           (group * op.ahead_group + cuda_thread() % 32);
    for (int i = 0; i < 6 && op.ahead >= 0; i++) {
        prefetch(filters + 32 * i);
    }
}

template <class S>
CUDA_FUNCTION void prefetch_constants(const bs_cuda_forward &p, const Block &block,
                                      const bs_cuda_operation &op, int group)
{
    const int i = cuda_thread() % 32;
    prefetch(constants_of(p, block, op.constants) + i / 16 * S::CHANNELS + 16 * group + i % 16);
}

/* Operations with a result in registers, and of this stage's shape. */
template <class S>
CUDA_FUNCTION void compute(const bs_cuda_operation &op, const bs_cuda_stage &p, Block &block)
{
    const Place place = place_of<S>(cuda_thread() / 32);
    float tile[TILE_ROWS][2][4];
    prefetch_constants<S>(p.forward, block, op, place.group);
    clear_tile(tile);
    if (op.kind == BS_CUDA_CONV) {
        const uint4 *filters = filters_of(p.forward, block, op, place.group, 3);
        uint4 next[3][2];
        read_chunk(next, filters);
        convolve<S>(tile, next, filters, op.chunks, op.taps, buffer_at<S>(op.input), place);
    } else {
        add_value<S>(tile, buffer_at<S>(op.input) + cell_at<S>(place, place.row, 0, place.group),
                     1.0F, 1.0F);
    }
    prefetch_filters(p.forward, block, op, place.group);
    finish<S>(tile, op, p, block, place);
}

template <class S, class N>
CUDA_FUNCTION void stride(const bs_cuda_operation &op, const bs_cuda_stage &p, Block &block)
{
    const Place place = stride_place_of<S>(cuda_thread() / 32);
    const uint4 *filters = filters_of(p.forward, block, op, place.group, op.taps);
    float tile[STRIDE_ROWS][2][4];
    clear_tile(tile);
    if (op.taps == 3) {
        convolve_stride<S, 3>(tile, filters, op.chunks, buffer_at<S>(op.input), place);
    } else {
        convolve_stride<S, 1>(tile, filters, op.chunks, buffer_at<S>(op.input), place);
    }
    finish_stride<S, N>(tile, op, p, block, place);
}

/* From the first stage alone come images, from the last alone logits. */
template <class S, class N>
CUDA_FUNCTION void run_operation(const bs_cuda_operation &op, const bs_cuda_stage &p, Block &block)
{
    if (op.kind == BS_CUDA_CONV || op.kind == BS_CUDA_LOAD) {
        compute<S>(op, p, block);
    } else if (op.kind == BS_CUDA_FETCH) {
        fetch<S>(op, p, block);
    } else if (op.kind == BS_CUDA_SAVE) {
        save<S>(op, p, block);
    } else if (op.kind == BS_CUDA_TAP) {
        tap<S>(op, p, block);
    } else if constexpr (S::SIDE == Stage1::SIDE) {
        if (op.kind == BS_CUDA_IMAGE) {
            read_image<S>(op, p, block);
        }
    }
    if constexpr (S::SIDE == Stage3::SIDE) {
        if (op.kind == BS_CUDA_HEAD) {
            give_logits<S>(op, p, block);
        }
    } else if (op.kind == BS_CUDA_STRIDE) {
        stride<S, N>(op, p, block);
    } else if (op.kind == BS_CUDA_PAD) {
        pad<S, N>(op, p, block);
    }
}

template <class S, class N> CUDA_FUNCTION void run_stage(const bs_cuda_stage &p)
{
    const bs_cuda_operation *program = pointer_to<const bs_cuda_operation>(p.program);
    unsigned meetings = 0;
    clear_columns<S>(p);
    cuda_barrier();
    const int blocks = p.forward.blocks_a_point;
    for (int i = cuda_block(); i < p.forward.point_count * blocks; i += cuda_grid()) {
        Block block = block_of<S>(i, blocks, p.forward.image_count);
        block.team = cuda_block() / blocks;
        block.meetings = meetings;
        for (int o = 0; o < p.operation_count; o++) {
            const bs_cuda_operation op = program[o];
            prefetch(program + (o + 1 < p.operation_count ? o + 1 : o));
            run_operation<S, N>(op, p, block);
            cuda_barrier();
        }
        meetings = block.meetings;
    }
}

#endif
