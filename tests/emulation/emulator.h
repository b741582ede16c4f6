/* A machine for kernels on the host: blocks of threads that run in turn on stacks of their own, and
 * meet where warps and blocks do; shared memory that knows who wrote and read it.
 *
 * Checked are: warp operations that not all lanes reach, shared accesses out of range, misaligned
 * or of bytes that nobody wrote, two warps at one place between two barriers of which one writes,
 * and threads that wait for ever. The first finding ends the launch. */
#ifndef BLUESHIFT_TEST_EMULATOR_H
#define BLUESHIFT_TEST_EMULATOR_H

#include <cstddef>
#include <cstdint>

#if defined(__cplusplus)

namespace emulator
{

enum { LANES = 32 };

enum class Operation { NONE, LOAD_MATRICES, STORE_MATRICES, MULTIPLY, SHUFFLE };

/* What is counted over all launches: 8 x 8 matrices moved, and the cycles lost to banks; products
 * of tiles. */
struct Counts {
    uint64_t matrices, conflicts, multiplies;
};
extern Counts counts;

/* Of the thread that runs. */
int thread();
int threads();
int block();
int grid();

/* The threads of the block meet; the lanes of the warp do, each with ARGUMENT. The last lane gets
 * true, and those of all in ARGUMENTS [lane]; it works for all of them, then calls release. */
void meet_block();
bool meet_warp(Operation operation, void *argument, void **&arguments);
void release_warp();

/* Waits until *COUNTER is at least COUNT. */
void wait_for(const unsigned *counter, unsigned count);

/* The memory of the block, BYTES at AT that are going to be read or written at once. */
unsigned char *to_read(unsigned at, unsigned bytes);
unsigned char *to_write(unsigned at, unsigned bytes);

/* Copies 16 bytes when the thread calls copy_wait; until then nobody may touch them. */
void copy_start(unsigned to, const void *from);
void copy_wait();

/* Runs KERNEL(PARAMETERS) in GRID blocks of BLOCK threads, one after the other or, COOPERATIVE, all
 * at once. NULL, or what was found. */
const char *run(void (*kernel)(const void *), const void *parameters, int grid, int block,
                size_t shared_bytes, bool cooperative);

/* D += A B of mma.m16n8k16, in the fragments of 32 lanes (A: 4 of two halves, B: 2), as tensor
 * cores do: exact products are cut, toward zero, below 2^-25 of the largest power of two that two
 * factors or the addend have, and the sum below its 24th bit. Found on an H200; assumed, and not
 * probed there, is that products with a zero count for nothing, and that a subnormal factor has the
 * exponent of the smallest normal one. tests/unit/test_cuda_card.c would tell. */
struct Fragments {
    float *d;
    const unsigned *a;
    unsigned b[2];
};
void multiply_tiles(const Fragments *const *lanes);

float half_to_float(unsigned half);
unsigned float_to_half(float value); /* to nearest, ties to even */

} // namespace emulator

#endif
#endif
