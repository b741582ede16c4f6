/* The finish: what an operation does to its result in registers on the way to memory. */
#ifndef BLUESHIFT_NN_CUDA_FINISH_H
#define BLUESHIFT_NN_CUDA_FINISH_H

#include "activations.cuh"
#include "moments.cuh"

/* v = scale v + shift of the lane's four channels; SHIFTS follow SCALES after STRIDE floats, in
 * shared memory at SCALES where FROM is NULL. */
CUDA_FUNCTION float2 constant_at(const float *from, unsigned shared, int index)
{
    return from != nullptr ? *reinterpret_cast<const float2 *>(from + index)
                           : shared_read<float2>(shared + 4U * (unsigned)index);
}

template <int ROWS>
CUDA_FUNCTION void scale_tile(float (&tile)[ROWS][2][4], const float *from, unsigned shared,
                              int stride, int group)
{
    const int first = 16 * group + 2 * (cuda_thread() % 4);
#pragma unroll
    for (int n = 0; n < 2; n++) {
        const float2 scale = constant_at(from, shared, first + 8 * n);
        const float2 shift = constant_at(from, shared, first + 8 * n + stride);
#pragma unroll
        for (int i = 0; i < ROWS; i++) {
            tile[i][n][0] = fused_multiply_add(tile[i][n][0], scale.x, shift.x);
            tile[i][n][1] = fused_multiply_add(tile[i][n][1], scale.y, shift.y);
            tile[i][n][2] = fused_multiply_add(tile[i][n][2], scale.x, shift.x);
            tile[i][n][3] = fused_multiply_add(tile[i][n][3], scale.y, shift.y);
        }
    }
}

/* A, B = themselves times FACTOR + COEFFICIENT what the halves of two elements are. */
CUDA_FUNCTION void add_pair(float &a, float &b, unsigned high, unsigned low, float factor,
                            float coefficient)
{
    const float first = low_half(high) + low_half(low);
    const float second = high_half(high) + high_half(low);
    a = fused_multiply_add(coefficient, first, a * factor);
    b = fused_multiply_add(coefficient, second, b * factor);
}

/* tile = TILE FACTOR + COEFFICIENT value, the value at AT, rows ROW bytes apart. Fragments of
 * results and matrices of values have one layout. */
template <class S, int ROWS>
CUDA_FUNCTION void add_value(float (&tile)[ROWS][2][4], unsigned at, float factor,
                             float coefficient)
{
#pragma unroll
    for (int i = 0; i < ROWS; i++) {
        unsigned high[4];
        unsigned low[4];
        load_matrices(high, at + (unsigned)(i * S::ROW));
        load_matrices(low, at + (unsigned)(i * S::ROW + S::PLANE));
#pragma unroll
        for (int k = 0; k < 4; k++) {
            float(&to)[4] = tile[i][k / 2];
            const int j = 2 * (k % 2);
            add_pair(to[j], to[j + 1], high[k], low[k], factor, coefficient);
        }
    }
}

/* A and B as halves, and what is left of them as halves. */
CUDA_FUNCTION void split(float a, float b, unsigned &high, unsigned &low)
{
    high = pack_halves(a, b);
    low = pack_halves(a - low_half(high), b - high_half(high));
}

/* The three columns of a pixel's surroundings in IMAGE as channels: 9 of 16, the others zero. */
template <class S>
CUDA_FUNCTION void read_surroundings(const bs_cuda_forward &p, int image, int row, int column,
                                     unsigned (&high)[8], unsigned (&low)[8])
{
    const float *from = pointer_to<const float>(p.inputs) + (long long)image * S::PIXELS * 3;
    float v[16];
#pragma unroll
    for (int i = 0; i < 16; i++) {
        const int x = column + i / 3 - 1;
        const bool inside = i < 9 && x >= 0 && x < S::SIDE;
        v[i] = inside ? from[3 * (row * S::SIDE + x) + i % 3] : 0.0F;
    }
#pragma unroll
    for (int i = 0; i < 8; i++) {
        split(v[2 * i], v[2 * i + 1], high[i], low[i]);
    }
}

template <int ROWS> CUDA_FUNCTION void multiply_tile(float (&tile)[ROWS][2][4], float factor)
{
#pragma unroll
    for (int i = 0; i < 8 * ROWS && factor != 1.0F; i++) {
        tile[i / 8][i / 4 % 2][i % 4] *= factor;
    }
}

template <class S> CUDA_FUNCTION void store_tile(const float (&tile)[TILE_ROWS][2][4], unsigned at)
{
#pragma unroll
    for (int i = 0; i < TILE_ROWS; i++) {
        unsigned high[4];
        unsigned low[4];
#pragma unroll
        for (int k = 0; k < 4; k++) {
            const float(&from)[4] = tile[i][k / 2];
            split(from[2 * (k % 2)], from[2 * (k % 2) + 1], high[k], low[k]);
        }
        store_matrices(at + (unsigned)(i * S::ROW), high);
        store_matrices(at + (unsigned)(i * S::ROW + S::PLANE), low);
    }
}

/* A value in global memory, from its first byte of the block's first image; how far it is to the
 * next, and how many there are. */
struct Stored {
    char *value;
    long long image_bytes;
    int images;
};

/* The lane's pair K of a tile's first row there; NULL: in an image that is not there. */
template <class S, int ROWS>
CUDA_FUNCTION unsigned *pair_of(const Stored &stored, const Place &place, int k, int group)
{
    const int image = pair_image<S, ROWS>(k);
    return image < stored.images
               ? reinterpret_cast<unsigned *>(stored.value + image * stored.image_bytes +
                                              pair_at<S, ROWS>(place, k, group))
               : nullptr;
}

/* Stores TILE into GROUP of a value of S. */
template <class S, int ROWS>
CUDA_FUNCTION void keep_tile(const float (&tile)[ROWS][2][4], const Stored &to, const Place &place,
                             int group)
{
#pragma unroll
    for (int k = 0; k < 4; k++) {
        unsigned *at = pair_of<S, ROWS>(to, place, k, group);
        if (at != nullptr) {
#pragma unroll
            for (int i = 0; i < ROWS; i++) {
                const float(&from)[4] = tile[i][k / 2];
                unsigned *pair = at + i * row_step<S, ROWS>();
                split(from[2 * (k % 2)], from[2 * (k % 2) + 1], pair[0], pair[S::PLANE / 4]);
            }
        }
    }
}

/* The scale and shift of operation OP, and in batch mode the norm and what it needs. */
template <int ROWS>
CUDA_FUNCTION void begin_finish(float (&tile)[ROWS][2][4], const bs_cuda_operation &op,
                                const Measurement &m, const bs_cuda_stage &p, Block &block,
                                unsigned scratch, int group, int rank)
{
    const float *constants = constants_of(p.forward, block, op.constants);
    scale_tile(tile, constants, 0, m.channels, group);
    if ((op.flags & BS_CUDA_MEASURE_RESULT) != 0) {
        measure_tile(tile, m, p, block, scratch, group, rank);
    }
    if ((op.flags & BS_CUDA_NORMALISE) != 0) {
        prepare_norm(op, m.channels, constants, scratch);
        scale_tile(tile, nullptr, scratch + SCRATCH_NORM, BS_CUDA_CHANNELS, group);
    }
}

/* All of it, into a buffer of the stage. */
template <class S>
CUDA_FUNCTION void finish(float (&tile)[TILE_ROWS][2][4], const bs_cuda_operation &op,
                          const bs_cuda_stage &p, Block &block, const Place &place)
{
    const unsigned scratch = scratch_at<S>(p);
    const unsigned cell = cell_at<S>(place, place.row, 0, place.group);
    const int rank = cuda_thread() / 32 / S::GROUPS;
    const Measurement m = {S::CHANNELS, S::PLACES, TILE_ROWS * 16 / S::IMAGES,
                           S::PIXELS,   S::IMAGES, op.statistic,
                           op.measured};
    begin_finish(tile, op, m, p, block, scratch, place.group, rank);
    if (op.skip >= 0) {
        add_value<S>(tile, buffer_at<S>(op.skip) + cell, 1.0F, op.skip_coefficient);
    }
    if ((op.flags & BS_CUDA_ACTIVATE) != 0) {
        activate_tile(tile, p.forward.activation, p.forward.slope);
    }
    if ((op.flags & BS_CUDA_ACCUMULATE) != 0) {
        add_value<S>(tile, buffer_at<S>(op.output) + cell, op.factor, 1.0F);
    } else {
        multiply_tile(tile, op.factor);
    }
    if ((op.flags & BS_CUDA_MEASURE_OUTPUT) != 0) {
        measure_tile(tile, m, p, block, scratch, place.group, rank);
    }
    if ((op.flags & BS_CUDA_IN_PLACE) != 0) {
        cuda_barrier();
    }
    store_tile<S>(tile, buffer_at<S>(op.output) + cell);
}

/* All of it, into a slot of the next stage, whose shape is N. */
template <class S, class N>
CUDA_FUNCTION void finish_stride(float (&tile)[STRIDE_ROWS][2][4], const bs_cuda_operation &op,
                                 const bs_cuda_stage &p, Block &block, const Place &place)
{
    const int rank = cuda_thread() / 32 / N::GROUPS;
    const Measurement m = {N::CHANNELS, S::WARPS / N::GROUPS, STRIDE_ROWS * 16, N::PIXELS,
                           S::IMAGES,   op.statistic,         op.measured};
    begin_finish(tile, op, m, p, block, scratch_at<S>(p), place.group, rank);
    if ((op.flags & BS_CUDA_ACTIVATE) != 0) {
        activate_tile(tile, p.forward.activation, p.forward.slope);
    }
    keep_tile<N>(tile,
                 Stored{slot_at(p.next_slots, p.forward, block, op.output, 0, N::VALUE), 0, 1},
                 place, place.group);
}

#endif
