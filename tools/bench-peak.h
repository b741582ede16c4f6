/* The fused multiply-adds that one core does in a second, for benchmarks to measure against. */
#ifndef BLUESHIFT_BENCH_PEAK_H
#define BLUESHIFT_BENCH_PEAK_H

#include <time.h>

/* Seconds of this process' processor time: other processes count as little as can be. */
static inline double bench_seconds(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

/* More chains of dependent operations than latency times units, all in registers. */
enum { PEAK_CHAINS = 12, PEAK_STEPS = 2000000 };

#define PEAK_LOOP(register_class, instruction, type)                                               \
    type sums[PEAK_CHAINS] = {0};                                                                  \
    type one = {0};                                                                                \
    for (int i = 0; i < PEAK_STEPS; i++) {                                                         \
        _Pragma("GCC unroll 16") for (int j = 0; j < PEAK_CHAINS; j++)                             \
        {                                                                                          \
            __asm__ volatile(instruction : "+" register_class(sums[j]) : register_class(one));     \
        }                                                                                          \
    }

#if defined(__x86_64__)
typedef float bench_vec16 __attribute__((vector_size(64)));
typedef float bench_vec8 __attribute__((vector_size(32)));

static __attribute__((unused, target("avx512f"), noinline)) void peak_avx512(void)
{
    PEAK_LOOP("v", "vfmadd231ps %1, %1, %0", bench_vec16)
}

static __attribute__((unused, target("avx2,fma"), noinline)) void peak_avx2(void)
{
    PEAK_LOOP("x", "vfmadd231ps %1, %1, %0", bench_vec8)
}
#endif

/* Single-precision GFLOP/s, two operations an FMA, of 16 floats at a time if WIDE, of 8 otherwise;
 * 0 where not known. */
static inline double bench_peak(int wide)
{
#if defined(__x86_64__)
    void (*run)(void) = wide != 0 ? peak_avx512 : peak_avx2;
    int lanes = wide != 0 ? 16 : 8;
    if (__builtin_cpu_supports("fma")) {
        double start = bench_seconds();
        run();
        return 2e-9 * PEAK_CHAINS * PEAK_STEPS * lanes / (bench_seconds() - start);
    }
#endif
    (void)wide;
    return 0.0;
}

#endif
