/* One Winograd convolution with random numbers, for tests. */
#ifndef BLUESHIFT_TEST_WINOGRAD_CASE_H
#define BLUESHIFT_TEST_WINOGRAD_CASE_H

#include "../../src/nn/backend/vector.h"
#include "nn_case.h"

typedef struct shape {
    int height, width, channels, filters;
} shape;

/* Inner loops, a backend that this machine has when it can run them, and their largest error as a
 * fraction of the sum of the products' magnitudes. Measured: 6.9e-7, 3.6e-7 and 1.3e-7. */
typedef struct loops {
    const bs_winograd *winograd;
    const bs_vector *vector;
    const char *backend;
    double tolerance;
} loops;

#define LOOPS_OF(isa)                                                                              \
    {&bs_winograd_4x4_##isa, &bs_vector_##isa, "winograd-4x4-" #isa, 2e-6},                        \
        {&bs_winograd_2x4_##isa, &bs_vector_##isa, "winograd-2x4-" #isa, 1e-6},                    \
    {                                                                                              \
        &bs_winograd_2x2_##isa, &bs_vector_##isa, "winograd-2x2-" #isa, 5e-7                       \
    }

static const loops LOOPS[] = {
#if defined(__x86_64__)
    LOOPS_OF(avx512),
    LOOPS_OF(avx2),
    LOOPS_OF(sse),
#else
    LOOPS_OF(generic),
#endif
};

enum { LOOP_COUNT = sizeof LOOPS / sizeof LOOPS[0] };

/* Every size in ResNets of width 1 and 3, narrow to wide, and maps that are no square. */
static const shape SHAPES[] = {{32, 32, 16, 16}, {16, 16, 32, 32}, {8, 8, 64, 64},
                               {32, 32, 48, 48}, {16, 16, 96, 96}, {8, 8, 192, 192},
                               {16, 16, 16, 48}, {8, 8, 64, 16},   {8, 8, 16, 128},
                               {4, 24, 32, 64},  {2, 16, 16, 16},  {6, 16, 80, 80}};

enum { SHAPE_COUNT = sizeof SHAPES / sizeof SHAPES[0] };

static inline bool fits(const bs_winograd *winograd, shape s)
{
    return s.height % winograd->rows == 0 &&
           s.height * s.width % (4 * winograd->rows * winograd->columns) == 0;
}

/* An input with a halo of zeros, filters, and the result of a convolution. */
typedef struct problem {
    shape s;
    size_t row;
    float *in, *filters, *packed, *out, *scratch, *ones, *zeros;
} problem;

/* COUNT numbers, normal ones of a series of their own unless ITEM is 0. */
static inline float *numbers(uint32_t item, size_t count)
{
    float *values = bs_alloc(count, sizeof *values);
    assert_non_null(values);
    if (item > 0) {
        fill_normal(item, 0.1, 1.0, count, values);
    }
    return values;
}

static inline problem make_problem(const bs_winograd *winograd, shape s)
{
    size_t filters = (size_t)s.channels * (size_t)s.filters;
    problem p = {.s = s, .row = (size_t)((s.width + 2) * s.channels)};
    p.in = numbers(1, (size_t)(s.height + 2) * p.row);
    p.filters = numbers(2, filters * 9);
    p.packed = numbers(0, winograd->filters_size(s.channels, s.filters));
    winograd->transform_filters(s.channels, s.filters, p.filters, p.packed);
    p.out = numbers(0, (size_t)s.height * (size_t)s.width * (size_t)s.filters);
    p.scratch = numbers(0, winograd->scratch_size(s.channels));
    p.ones = numbers(0, (size_t)s.filters);
    p.zeros = numbers(0, (size_t)s.filters);
    for (int k = 0; k < s.filters; k++) {
        p.ones[k] = 1.0F;
    }
    for (int y = 0; y < s.height + 2; y++) {
        for (int x = 0; x < s.width + 2; x++) {
            if (y % (s.height + 1) == 0 || x % (s.width + 1) == 0) {
                memset(p.in + (size_t)y * p.row + (size_t)(x * s.channels), 0,
                       (size_t)s.channels * sizeof(float));
            }
        }
    }
    return p;
}

static inline void free_problem(problem *p)
{
    bs_free(p->in);
    bs_free(p->filters);
    bs_free(p->packed);
    bs_free(p->out);
    bs_free(p->scratch);
    bs_free(p->ones);
    bs_free(p->zeros);
}

/* Of the problem's input, whose transformed filters are there. */
static inline bs_convolution convolution_of(const problem *p)
{
    const bs_map out = {p->out, (size_t)(p->s.width * p->s.filters), p->s.height, p->s.width,
                        p->s.filters};
    return (bs_convolution){
        .in = p->in,
        .row = p->row,
        .pixel = (size_t)p->s.channels,
        .channels = p->s.channels,
        .kernel = 3,
        .stride = 1,
        .weights = p->packed,
        .finish = {.scale = p->ones, .shift = p->zeros, .factor = 1.0F, .out = out}};
}

static inline void solve(const bs_winograd *winograd, const problem *p)
{
    const bs_convolution convolution = convolution_of(p);
    winograd->convolve(&convolution, 1, p->scratch);
}

#endif
