/* The warp's tile: values in shared memory, and the products that convolutions are made of.
 *
 * A warp has 8 x 16 pixels x 16 channels of a result in registers, as 8 x 2 tiles of mma.m16n8k16,
 * a row of 16 pixels each. Every float is two halves, high + low, and a product three: low * high,
 * high * low, high * high, the small ones first, from zero for every 16 channels and then added in
 * single precision, since the tensor core cuts sums where an addition rounds. */
#ifndef BLUESHIFT_NN_CUDA_TILE_H
#define BLUESHIFT_NN_CUDA_TILE_H

#include "primitives.cuh"

/* Values of a stage in shared memory: of each image the plane of high halves, then that of low
 * ones, [side][side + 2][channels] with a column of zeros on both sides. 8 channels are a cell of
 * 16 bytes; the cells of a pixel are exchanged by its column so that any 8 pixels in a row lie in
 * different banks. */
template <int SIDE_, int CHANNELS_, int IMAGES_, int WARPS_> struct Shape {
    static constexpr int SIDE = SIDE_, CHANNELS = CHANNELS_, IMAGES = IMAGES_, WARPS = WARPS_;
    static constexpr int THREADS = 32 * WARPS, PIXELS = SIDE * SIDE;
    static constexpr int GROUPS = CHANNELS / 16; /* of channels: a warp's */
    static constexpr int PIXEL = 2 * CHANNELS, ROW = (SIDE + 2) * PIXEL, PLANE = SIDE * ROW;
    static constexpr int VALUE = 2 * PLANE, BUFFER = IMAGES * VALUE; /* bytes */
    /* A row of 16 pixels is that of one image, half of it, or those of two. */
    static constexpr int HALVES = SIDE == 32 ? 2 : 1;
    static constexpr int PLACES = WARPS / GROUPS; /* warps with the same channels */

    CUDA_FUNCTION unsigned swizzle(int column)
    {
        return (unsigned)(CHANNELS == 16   ? column >> 2 & 1
                          : CHANNELS == 32 ? column >> 1 & 3
                                           : column & 7);
    }

    /* A cell of an image's plane; COLUMN counts from the zeros. */
    CUDA_FUNCTION unsigned at(int row, int column, int cell)
    {
        return (unsigned)(row * ROW + column * PIXEL) + 16 * ((unsigned)cell ^ swizzle(column));
    }
};

typedef Shape<32, 16, 1, 8> Stage1;
typedef Shape<16, 32, 1, 4> Stage2;
typedef Shape<8, 64, 2, 4> Stage3;

enum { TILE_ROWS = 8, STRIDE_ROWS = 4 };

/* Where a warp's tile lies. */
struct Place {
    int group; /* of 16 channels */
    int row, half;
};

template <class S> CUDA_FUNCTION Place place_of(int warp)
{
    const int place = warp / S::GROUPS;
    return {warp % S::GROUPS, TILE_ROWS * (place / S::HALVES), place % S::HALVES};
}

/* Cell 2 GROUP, or the one after it for the upper lanes, of the lane's pixel SHIFT columns to the
 * right in row ROW (matrices 0 and 1 are 16 pixels, 2 and 3 the same ones). */
template <class S> CUDA_FUNCTION unsigned cell_at(const Place &place, int row, int shift, int group)
{
    const int lane = cuda_thread() % 32;
    const int second = lane >> 3 & 1; /* of the 8 pixels */
    const int column = lane % 8 + (S::SIDE == 8 ? 0 : 8 * second) + 16 * place.half + 1 + shift;
    const int image = S::SIDE == 8 ? second : 0;
    return (unsigned)(image * S::VALUE) + S::at(row, column, 2 * group + lane / 16);
}

/* Filters of a chunk: a fragment for each row of taps and 8 channels. */
template <int TAPS> CUDA_FUNCTION void read_chunk(uint4 (&b)[TAPS][2], const uint4 *from)
{
#pragma unroll
    for (int ky = 0; ky < TAPS; ky++) {
        b[ky][0] = read_filters(from + 64 * ky);
        b[ky][1] = read_filters(from + 64 * ky + 32);
    }
}

CUDA_FUNCTION void add_product(float (&sum)[4], const unsigned (&high)[4], const unsigned (&low)[4],
                               const uint4 &b)
{
    float t[4] = {0.0F, 0.0F, 0.0F, 0.0F};
    multiply(t, low, b.x, b.y);
    multiply(t, high, b.z, b.w);
    multiply(t, high, b.x, b.y);
#pragma unroll
    for (int i = 0; i < 4; i++) {
        sum[i] += t[i];
    }
}

template <int ROWS> CUDA_FUNCTION void clear_tile(float (&tile)[ROWS][2][4])
{
#pragma unroll
    for (int i = 0; i < 8 * ROWS; i++) {
        tile[i / 8][i / 4 % 2][i % 4] = 0.0F;
    }
}

/* The column of taps of a chunk, and its 16 channels. */
struct Chunk {
    int kx, group;
};

CUDA_FUNCTION Chunk chunk_of(int chunk, int taps)
{
    return taps == 3 ? Chunk{chunk % 3, chunk / 3} : Chunk{1, chunk};
}

/* The convolution of stride 1 of the value INPUT. FILTERS are those of the warp's channels, the
 * lane's own. Rows outside the picture are left out. */
template <class S>
CUDA_FUNCTION void convolve(float (&tile)[TILE_ROWS][2][4], const bs_cuda_operation &op,
                            unsigned input, const uint4 *filters, const Place &place)
{
    uint4 b[3][2];
    uint4 next[3][2];
    clear_tile(tile);
    read_chunk(next, filters);
    for (int c = 0; c < op.chunks; c++) {
        const Chunk chunk = chunk_of(c, op.taps);
        const unsigned at = input + cell_at<S>(place, place.row - 1, chunk.kx - 1, chunk.group);
#pragma unroll
        for (int i = 0; i < 6; i++) {
            b[i / 2][i % 2] = next[i / 2][i % 2];
        }
        filters += 6 * 32;
        read_chunk(next, filters);
#pragma unroll
        for (int i = 0; i < TILE_ROWS + 2; i++) {
            if ((i > 0 || place.row > 0) && (i <= TILE_ROWS || place.row + TILE_ROWS < S::SIDE)) {
                unsigned high[4];
                unsigned low[4];
                load_matrices(high, at + (unsigned)(i * S::ROW));
                load_matrices(low, at + (unsigned)(i * S::ROW + S::PLANE));
#pragma unroll
                for (int ky = 0; ky < 3; ky++) {
                    if (i - ky >= 0 && i - ky < TILE_ROWS) {
                        add_product(tile[i - ky][0], high, low, b[ky][0]);
                        add_product(tile[i - ky][1], high, low, b[ky][1]);
                    }
                }
            }
        }
    }
}

/* Where a warp's tile of a convolution of stride 2 lies: 4 x 16 pixels of the smaller map. */
template <class S> CUDA_FUNCTION Place stride_place_of(int warp)
{
    constexpr int groups = 2 * S::GROUPS;
    return {warp % groups, STRIDE_ROWS * (warp / groups), 0};
}

/* The convolution of stride 2 with TAPS rows of taps of the value INPUT. Above the picture lanes
 * read the zeros beside it. */
template <class S, int TAPS>
CUDA_FUNCTION void convolve_stride(float (&tile)[STRIDE_ROWS][2][4], const bs_cuda_operation &op,
                                   unsigned input, const uint4 *filters, const Place &place)
{
    constexpr int side = S::SIDE / 2;
    const int lane = cuda_thread() % 32;
    uint4 b[TAPS][2];
    clear_tile(tile);
    for (int c = 0; c < op.chunks; c++, filters += TAPS * 64) {
        const Chunk chunk = chunk_of(c, op.taps);
        read_chunk(b, filters);
#pragma unroll
        for (int i = 0; i < STRIDE_ROWS; i++) {
            const int pixel = 16 * (place.row + i) + lane % 16;
#pragma unroll
            for (int ky = 0; ky < TAPS; ky++) {
                const int row = 2 * (pixel / side) + ky - TAPS / 2;
                const int column = row < 0 ? 0 : 2 * (pixel % side) + chunk.kx;
                const int cell = 2 * chunk.group + lane / 16;
                const unsigned at = input + S::at(row < 0 ? 0 : row, column, cell);
                unsigned high[4];
                unsigned low[4];
                load_matrices(high, at);
                load_matrices(low, at + S::PLANE);
                add_product(tile[i][0], high, low, b[ky][0]);
                add_product(tile[i][1], high, low, b[ky][1]);
            }
        }
    }
}

#endif
