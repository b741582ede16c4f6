/* The warp's tile: values in shared memory, and the products that convolutions are made of.
 *
 * A warp has 8 x 16 pixels x 16 channels of a result in registers, as 8 x 2 tiles of mma.m16n8k16,
 * a row of 16 pixels each. Every float is two halves, high + low, and a product three: low * high,
 * high * low, high * high, the small ones first, from zero for every 16 channels and then added in
 * single precision, since the tensor core cuts sums where an addition rounds. */
#ifndef BLUESHIFT_NN_CUDA_TILE_H
#define BLUESHIFT_NN_CUDA_TILE_H

#include "primitives.cuh"

/* Values in shared memory: of each image the plane of high halves, then that of low ones,
 * [side][side + 2][channels] with a column of zeros on both sides. 8 channels are a cell of 16
 * bytes; the cells of a pixel are exchanged by its column so that any 8 pixels in a row lie in
 * different banks. A block of a stage has all channels there, one of a layer 16 at a time. */
template <int SIDE_, int CHANNELS_, int IMAGES_, int WARPS_> struct Shape {
    static constexpr int SIDE = SIDE_, CHANNELS = CHANNELS_, IMAGES = IMAGES_, WARPS = WARPS_;
    static constexpr int THREADS = 32 * WARPS, PIXELS = SIDE * SIDE;
    static constexpr int PIXEL = 2 * CHANNELS, ROW = (SIDE + 2) * PIXEL, PLANE = SIDE * ROW;
    static constexpr int VALUE = 2 * PLANE, BUFFER = IMAGES * VALUE; /* bytes */
    /* A row of 16 pixels is that of one image, half of it, or those of two. */
    static constexpr int HALVES = SIDE == 32 ? 2 : 1;
    static constexpr int PLACES = IMAGES * PIXELS / 128; /* warps with the same channels */
    static constexpr int GROUPS = WARPS / PLACES;        /* of 16 channels of a result */

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
typedef Shape<32, 16, 1, 8> Layer1;
typedef Shape<16, 16, 1, 4> Layer2;
typedef Shape<8, 16, 2, 4> Layer3;

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

/* Adds CHUNKS of the convolution of stride 1 of the value INPUT, with TAPS columns. FILTERS are
 * those of the warp's channels, the lane's own, of which the first chunk's are in NEXT; both go on.
 * Rows outside the picture are left out. */
template <class S>
CUDA_FUNCTION void convolve(float (&tile)[TILE_ROWS][2][4], uint4 (&next)[3][2],
                            const uint4 *&filters, int chunks, int taps, unsigned input,
                            const Place &place)
{
    uint4 b[3][2];
    for (int c = 0; c < chunks; c++) {
        const Chunk chunk = chunk_of(c, taps);
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

/* Adds CHUNKS of the convolution of stride 2 with TAPS rows and columns of taps of the value INPUT;
 * FILTERS go on. Above the picture lanes read the zeros beside it. */
template <class S, int TAPS>
CUDA_FUNCTION void convolve_stride(float (&tile)[STRIDE_ROWS][2][4], const uint4 *&filters,
                                   int chunks, unsigned input, const Place &place)
{
    constexpr int side = S::SIDE / 2;
    const int lane = cuda_thread() % 32;
    uint4 b[TAPS][2];
    for (int c = 0; c < chunks; c++, filters += TAPS * 64) {
        const Chunk chunk = chunk_of(c, TAPS);
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

/* Adds 16 channels of the convolution with a single tap, as convolve does. */
template <class S>
CUDA_FUNCTION void convolve_pixels(float (&tile)[TILE_ROWS][2][4], uint4 (&next)[1][2],
                                   const uint4 *&filters, unsigned input, const Place &place)
{
    const unsigned at = input + cell_at<S>(place, place.row, 0, 0);
    const uint4 b[2] = {next[0][0], next[0][1]};
    filters += 2 * 32;
    read_chunk(next, filters);
#pragma unroll
    for (int i = 0; i < TILE_ROWS; i++) {
        unsigned high[4];
        unsigned low[4];
        load_matrices(high, at + (unsigned)(i * S::ROW));
        load_matrices(low, at + (unsigned)(i * S::ROW + S::PLANE));
        add_product(tile[i][0], high, low, b[0]);
        add_product(tile[i][1], high, low, b[1]);
    }
}

/* Where the lane has its pair K of a tile's first row, channels 8 (K / 2) + 2 (lane % 4) and one
 * more of GROUP in one of two times 8 pixels, among those of the value of S: of a result of stride
 * 1, or with 4 rows of stride 2. */
template <class S, int ROWS> CUDA_FUNCTION unsigned pair_at(const Place &place, int k, int group)
{
    const int lane = cuda_thread() % 32;
    const bool two_rows = ROWS == STRIDE_ROWS && S::SIDE == 8;
    const int row = two_rows ? 2 * place.row + k % 2 : place.row;
    const int column = lane / 4 + (S::SIDE == 8 ? 0 : 8 * (k % 2)) + 16 * place.half + 1;
    return S::at(row, column, 2 * group + k / 2) + 4U * (unsigned)(lane % 4);
}

/* How far it is, in pairs, to the next row of the tile, of 16 pixels. */
template <class S, int ROWS> CUDA_FUNCTION constexpr int row_step()
{
    return (ROWS == STRIDE_ROWS && S::SIDE == 8 ? 2 : 1) * S::ROW / 4;
}

/* And in which image of the block. */
template <class S, int ROWS> CUDA_FUNCTION int pair_image(int k)
{
    return ROWS == TILE_ROWS && S::SIDE == 8 ? k % 2 : 0;
}

#endif
