/* What a wrong kernel does, a function for each way. */
#include <cstdint>

#include "emulated_primitives.h"

extern "C" {
#include "faulty_kernels.h"
}

namespace
{

enum { THREADS = 64, SHARED = 1024 };

unsigned counter;

int other_warp()
{
    return (cuda_thread() + 32) % THREADS;
}

unsigned place(int thread)
{
    return 4U * static_cast<unsigned>(thread);
}

void write_own()
{
    shared_write<int>(place(cuda_thread()), cuda_thread());
}

void exchange()
{
    write_own();
    cuda_barrier();
    const int got = shared_read<int>(place(other_warp()));
    cuda_barrier();
    shared_write<int>(place(cuda_thread()), got);
}

void read_race()
{
    if (cuda_thread() < 32) {
        write_own();
    } else {
        (void)shared_read<int>(place(other_warp()));
    }
}

void write_race()
{
    write_own();
    cuda_barrier();
    if (cuda_thread() >= 32) {
        (void)shared_read<int>(place(other_warp()));
    } else {
        write_own();
    }
}

void two_writers()
{
    shared_write<int>(0, 1);
}

void unwritten()
{
    (void)shared_read<int>(place(cuda_thread()));
}

void not_waited()
{
    alignas(16) static const unsigned char from[16] = {0};
    copy_start(16U * static_cast<unsigned>(cuda_thread()), from);
    (void)shared_read<int>(16U * static_cast<unsigned>(cuda_thread()));
}

void copy_race()
{
    alignas(16) static const unsigned char from[16] = {0};
    write_own();
    cuda_barrier();
    if (cuda_thread() >= 32) {
        (void)shared_read<int>(place(other_warp()));
    } else if (cuda_thread() < 8) {
        copy_start(16U * static_cast<unsigned>(cuda_thread()), from);
    }
    cuda_barrier();
    copy_wait();
}

void range()
{
    shared_write<int>(SHARED, 1);
}

void misaligned()
{
    shared_write<uint4>(8, uint4{0, 0, 0, 0});
}

void divergent()
{
    float d[4] = {0.0F, 0.0F, 0.0F, 0.0F};
    const unsigned a[4] = {0, 0, 0, 0};
    if (cuda_thread() % 32 < 16) {
        (void)shuffle_xor(1.0F, 1);
    } else {
        multiply(d, a, 0, 0);
    }
}

void left_behind()
{
    if (cuda_thread() != 5) {
        cuda_barrier();
    }
}

void deadlock()
{
    if (cuda_thread() == 0) {
        emulator::wait_for(&counter, 1);
    }
}

void not_resident()
{
    meet_blocks(&counter, 2);
}

void (*const kernels[])() = {exchange,    read_race, write_race,  two_writers, unwritten,
                             not_waited,  copy_race, range,       misaligned,  divergent,
                             left_behind, deadlock,  not_resident};

void enter(const void *p)
{
    kernels[*static_cast<const faulty_kernel *>(p)]();
}

struct Sum {
    float result;
    int count;
    const float *a, *b;
};

/* Row 0 of A and column 0 of B: lanes 0 to 3 have both. */
void sum_kernel(const void *p)
{
    auto *sum = const_cast<Sum *>(static_cast<const Sum *>(p));
    const int lane = cuda_thread();
    float d[4] = {lane == 0 ? sum->result : 0.0F, 0.0F, 0.0F, 0.0F};
    unsigned a[4] = {0, 0, 0, 0};
    unsigned b[2] = {0, 0};
    for (int k = 0; k < sum->count && lane < 4; k++) {
        if (k % 8 / 2 == lane) {
            a[k / 8 * 2] |= pack_halves(sum->a[k], 0.0F) << 16 * (k % 2);
            b[k / 8] |= pack_halves(sum->b[k], 0.0F) << 16 * (k % 2);
        }
    }
    multiply(d, a, b[0], b[1]);
    if (lane == 0) {
        sum->result = d[0];
    }
}

} // namespace

const char *faulty_kernel_run(faulty_kernel kernel)
{
    counter = 0;
    return emulator::run(enter, &kernel, kernel == FAULTY_NOT_RESIDENT ? 2 : 1, THREADS, SHARED,
                         false);
}

float tensor_core_sum(float c, int count, const float *a, const float *b)
{
    Sum sum = {c, count, a, b};
    (void)emulator::run(sum_kernel, &sum, 1, 32, 0, false);
    return sum.result;
}
