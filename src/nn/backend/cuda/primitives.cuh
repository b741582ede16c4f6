/* What the kernels need of the machine, under names of our own: here as PTX, in the tests as models
 * of it (tests/emulation), for which the same kernels are compiled by a C++ compiler.
 *
 * Shared memory is addressed by bytes from the block's first. */
#ifndef BLUESHIFT_NN_CUDA_PRIMITIVES_H
#define BLUESHIFT_NN_CUDA_PRIMITIVES_H

#include "kernels.h"

#ifndef __CUDACC__
#include "emulated_primitives.h"
#else

#define CUDA_FUNCTION static __device__ __forceinline__
#define CUDA_CALLED static __device__ __noinline__
#define CUDA_KERNEL(name, parameters, threads, blocks)                                             \
    extern "C" __global__ void __launch_bounds__(threads, blocks)                                  \
        name(const __grid_constant__ parameters p)
#define CUDA_TABLE static __device__ const

CUDA_FUNCTION int cuda_thread()
{
    return (int)threadIdx.x;
}

CUDA_FUNCTION int cuda_threads()
{
    return (int)blockDim.x;
}

CUDA_FUNCTION int cuda_block()
{
    return (int)blockIdx.x;
}

CUDA_FUNCTION int cuda_grid()
{
    return (int)gridDim.x;
}

/* All threads of the block meet. */
CUDA_FUNCTION void cuda_barrier()
{
    __syncthreads();
}

CUDA_FUNCTION char *cuda_shared()
{
    extern __shared__ uint4 cuda_shared_memory[];
    return (char *)cuda_shared_memory;
}

template <class T> CUDA_FUNCTION T shared_read(unsigned at)
{
    return *(const T *)(cuda_shared() + at);
}

template <class T> CUDA_FUNCTION void shared_write(unsigned at, T value)
{
    *(T *)(cuda_shared() + at) = value;
}

/* Where byte AT lies for PTX. */
CUDA_FUNCTION unsigned shared_address(unsigned at)
{
    return (unsigned)__cvta_generic_to_shared(cuda_shared()) + at;
}

/* Four 8 x 8 matrices of halves: lane l names row l % 8 of matrix l / 8, 16 bytes at AT, and gets
 * elements 2 (l % 4) and one more of row l / 4 of each. */
CUDA_FUNCTION void load_matrices(unsigned (&m)[4], unsigned at)
{
    asm volatile("ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%0, %1, %2, %3}, [%4];"
                 : "=r"(m[0]), "=r"(m[1]), "=r"(m[2]), "=r"(m[3])
                 : "r"(shared_address(at)));
}

/* And back. */
CUDA_FUNCTION void store_matrices(unsigned at, const unsigned (&m)[4])
{
#if __CUDA_ARCH__ >= 900
    asm volatile("stmatrix.sync.aligned.m8n8.x4.shared.b16 [%0], {%1, %2, %3, %4};" ::"r"(
                     shared_address(at)),
                 "r"(m[0]), "r"(m[1]), "r"(m[2]), "r"(m[3])
                 : "memory");
#else
    const int lane = cuda_thread() % 32;
    for (int i = 0; i < 4; i++) {
        const unsigned row = __shfl_sync(0xFFFFFFFFU, at, 8 * i + lane / 4);
        shared_write<unsigned>(row + 4 * (unsigned)(lane % 4), m[i]);
    }
    __syncwarp();
#endif
}

/* D (16 x 8, float) += A (16 x 16, halves) B (16 x 8, halves): mma.m16n8k16. */
CUDA_FUNCTION void multiply(float (&d)[4], const unsigned (&a)[4], unsigned b0, unsigned b1)
{
    asm("mma.sync.aligned.m16n8k16.row.col.f32.f16.f16.f32 {%0, %1, %2, %3}, {%4, %5, %6, %7}, "
        "{%8, %9}, {%0, %1, %2, %3};"
        : "+f"(d[0]), "+f"(d[1]), "+f"(d[2]), "+f"(d[3])
        : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b0), "r"(b1));
}

/* The value of the lane whose number differs in the bits of MASK. */
template <class T> CUDA_FUNCTION T shuffle_xor(T value, int mask)
{
    return __shfl_xor_sync(0xFFFFFFFFU, value, mask);
}

/* A, then B from the lowest bits up, rounded to halves; and back. */
CUDA_FUNCTION unsigned pack_halves(float a, float b)
{
    unsigned packed;
    asm("cvt.rn.f16x2.f32 %0, %1, %2;" : "=r"(packed) : "f"(b), "f"(a));
    return packed;
}

CUDA_FUNCTION float low_half(unsigned packed)
{
    float value;
    asm("{.reg .b16 l, h; mov.b32 {l, h}, %1; cvt.f32.f16 %0, l;}" : "=f"(value) : "r"(packed));
    return value;
}

CUDA_FUNCTION float high_half(unsigned packed)
{
    return low_half(packed >> 16);
}

CUDA_FUNCTION float fused_multiply_add(float a, float b, float c)
{
    return __fmaf_rn(a, b, c);
}

CUDA_FUNCTION unsigned bits_of(float value)
{
    return __float_as_uint(value);
}

CUDA_FUNCTION float float_of(unsigned bits)
{
    return __uint_as_float(bits);
}

/* Filters: nobody writes them while the kernel runs. */
CUDA_FUNCTION uint4 read_filters(const uint4 *from)
{
    return __ldg(from);
}

/* Brings the bytes around ADDRESS nearer, for reads that follow. */
CUDA_FUNCTION void prefetch(const void *address)
{
    asm volatile("prefetch.global.L1 [%0];" ::"l"(address));
}

/* What other blocks wrote before they met this one. */
CUDA_FUNCTION float2 read_fresh(const float2 *from)
{
    return __ldcg(from);
}

/* 16 bytes from global to shared memory, there after copy_wait. */
CUDA_FUNCTION void copy_start(unsigned to, const void *from)
{
    asm volatile("cp.async.cg.shared.global [%0], [%1], 16;" ::"r"(shared_address(to)), "l"(from)
                 : "memory");
}

CUDA_FUNCTION void copy_wait()
{
    asm volatile("cp.async.wait_all;" ::: "memory");
}

/* All blocks that share COUNTER meet for the time when it reaches COUNT, the number of their
 * arrivals so far; what they wrote before is seen by all after. The threads of the block meet, too.
 */
CUDA_FUNCTION void meet_blocks(unsigned *counter, unsigned count)
{
    __syncthreads();
    if (threadIdx.x == 0) {
        unsigned now = 0;
        __threadfence();
        asm volatile("red.release.gpu.global.add.u32 [%0], 1;" ::"l"(counter) : "memory");
        do {
            asm volatile("ld.acquire.gpu.global.u32 %0, [%1];"
                         : "=r"(now)
                         : "l"(counter)
                         : "memory");
        } while (now < count);
    }
    __syncthreads();
}

#endif
#endif
