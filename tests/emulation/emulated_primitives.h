/* The primitives of src/nn/backend/cuda/primitives.cuh on the emulator. */
#ifndef BLUESHIFT_TEST_EMULATED_PRIMITIVES_H
#define BLUESHIFT_TEST_EMULATED_PRIMITIVES_H

#include <cmath>
#include <cstring>

#include "emulator.h"

#define CUDA_FUNCTION static inline
#define CUDA_CALLED static
#define CUDA_KERNEL(name, parameters, threads, blocks) extern "C" void name(const parameters &p)

struct alignas(16) uint4 {
    unsigned x, y, z, w;
};

struct alignas(8) float2 {
    float x, y;
};

using std::sqrt;

static inline int cuda_thread()
{
    return emulator::thread();
}

static inline int cuda_threads()
{
    return emulator::threads();
}

static inline int cuda_block()
{
    return emulator::block();
}

static inline int cuda_grid()
{
    return emulator::grid();
}

static inline void cuda_barrier()
{
    emulator::meet_block();
}

template <class T> static inline T shared_read(unsigned at)
{
    T value;
    memcpy(&value, emulator::to_read(at, sizeof value), sizeof value);
    return value;
}

template <class T> static inline void shared_write(unsigned at, T value)
{
    memcpy(emulator::to_write(at, sizeof value), &value, sizeof value);
}

/* A lane's part of a move of matrices. */
struct MatrixMove {
    unsigned at;
    unsigned *m;
};

static inline unsigned row_address(void **lanes, int row)
{
    return static_cast<const MatrixMove *>(lanes[row])->at;
}

/* Rows of a matrix at different addresses in the same banks wait for one another. */
static inline void count_conflicts(void **lanes)
{
    for (int i = 0; i < 4; i++) {
        int uses[8] = {0};
        int most = 1;
        for (int row = 8 * i; row < 8 * i + 8; row++) {
            bool known = false;
            for (int other = 8 * i; other < row; other++) {
                known = known || row_address(lanes, other) == row_address(lanes, row);
            }
            int &bank = uses[row_address(lanes, row) / 16 % 8];
            bank += known ? 0 : 1;
            most = bank > most ? bank : most;
        }
        emulator::counts.matrices++;
        emulator::counts.conflicts += static_cast<uint64_t>(most - 1);
    }
}

static inline void load_matrices(unsigned (&m)[4], unsigned at)
{
    MatrixMove mine = {at, m};
    void **lanes = nullptr;
    if (!emulator::meet_warp(emulator::Operation::LOAD_MATRICES, &mine, lanes)) {
        return;
    }
    count_conflicts(lanes);
    for (int i = 0; i < 32; i++) {
        const auto *row = static_cast<const MatrixMove *>(lanes[i]);
        const unsigned char *from = emulator::to_read(row->at, 16);
        for (int j = 0; j < 4; j++) {
            auto *to = static_cast<MatrixMove *>(lanes[i % 8 * 4 + j]);
            memcpy(&to->m[i / 8], from + 4 * j, 4);
        }
    }
    emulator::release_warp();
}

static inline void store_matrices(unsigned at, const unsigned (&m)[4])
{
    unsigned copy[4] = {m[0], m[1], m[2], m[3]};
    MatrixMove mine = {at, copy};
    void **lanes = nullptr;
    if (!emulator::meet_warp(emulator::Operation::STORE_MATRICES, &mine, lanes)) {
        return;
    }
    count_conflicts(lanes);
    for (int i = 0; i < 32; i++) {
        const auto *row = static_cast<const MatrixMove *>(lanes[i]);
        unsigned char *to = emulator::to_write(row->at, 16);
        for (int j = 0; j < 4; j++) {
            const auto *from = static_cast<const MatrixMove *>(lanes[i % 8 * 4 + j]);
            memcpy(to + 4 * j, &from->m[i / 8], 4);
        }
    }
    emulator::release_warp();
}

static inline void multiply(float (&d)[4], const unsigned (&a)[4], unsigned b0, unsigned b1)
{
    emulator::Fragments mine = {d, a, {b0, b1}};
    void **lanes = nullptr;
    if (emulator::meet_warp(emulator::Operation::MULTIPLY, &mine, lanes)) {
        emulator::multiply_tiles(reinterpret_cast<const emulator::Fragments *const *>(lanes));
        emulator::counts.multiplies++;
        emulator::release_warp();
    }
}

template <class T> static inline T shuffle_xor(T value, int mask)
{
    T values[2] = {value, value};
    void **lanes = nullptr;
    if (emulator::meet_warp(emulator::Operation::SHUFFLE, values, lanes)) {
        for (int i = 0; i < 32; i++) {
            static_cast<T *>(lanes[i])[1] = static_cast<T *>(lanes[i ^ mask])[0];
        }
        emulator::release_warp();
    }
    return values[1];
}

static inline unsigned pack_halves(float a, float b)
{
    return emulator::float_to_half(a) | emulator::float_to_half(b) << 16;
}

static inline float low_half(unsigned packed)
{
    return emulator::half_to_float(packed & 0xFFFFU);
}

static inline float high_half(unsigned packed)
{
    return emulator::half_to_float(packed >> 16);
}

static inline float fused_multiply_add(float a, float b, float c)
{
    return __builtin_fmaf(a, b, c);
}

static inline unsigned bits_of(float value)
{
    unsigned bits;
    memcpy(&bits, &value, sizeof bits);
    return bits;
}

static inline float float_of(unsigned bits)
{
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

static inline uint4 read_filters(const uint4 *from)
{
    return *from;
}

/* Reads, so that tools which watch memory see an address out of bounds. */
static inline void prefetch(const void *address)
{
    (void)*static_cast<const volatile unsigned char *>(address);
}

static inline float2 read_fresh(const float2 *from)
{
    return *from;
}

static inline void copy_start(unsigned to, const void *from)
{
    emulator::copy_start(to, from);
}

static inline void copy_wait()
{
    emulator::copy_wait();
}

static inline void meet_blocks(unsigned *counter, unsigned count)
{
    emulator::meet_block();
    if (emulator::thread() == 0) {
        ++*counter;
        emulator::wait_for(counter, count);
    }
    emulator::meet_block();
}

#endif
