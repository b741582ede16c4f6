/* Tests of Winograd convolutions: against the definition, and which layers they are used for. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "unit/unit_test.h"
#include "../../src/nn/backend/fused.h"
#include "winograd_case.h"

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

/* One output by definition; MAGNITUDE: the sum of the products' magnitudes. */
static double expected(const problem *p, const int at[3], double *magnitude)
{
    double sum = 0.0;
    *magnitude = 0.0;
    for (int tap = 0; tap < 9; tap++) {
        const float *pixel = p->in + (size_t)(at[0] + tap / 3) * p->row +
                             (size_t)((at[1] + tap % 3) * p->s.channels);
        for (int c = 0; c < p->s.channels; c++) {
            double weight = (double)p->filters[(at[2] * p->s.channels + c) * 9 + tap];
            sum += (double)pixel[c] * weight;
            *magnitude += fabs((double)pixel[c] * weight);
        }
    }
    return sum;
}

/* Some output channels of every pixel: steps of 5 meet every lane of a vector. */
static void check_shape(const bs_winograd *winograd, shape s, double tolerance)
{
    problem p = make_problem(winograd, s);
    solve(winograd, &p);
    for (int y = 0; y < s.height; y++) {
        for (int x = 0; x < s.width; x++) {
            for (int k = (y + x) % 5; k < s.filters; k += 5) {
                double magnitude = 0.0;
                double value = expected(&p, (const int[]){y, x, k}, &magnitude);
                double got = (double)p.out[(y * s.width + x) * s.filters + k];
                if (!(fabs(got - value) <= tolerance * magnitude)) {
                    fail_msg("%d x %d, %d to %d channels: output (%d, %d, %d) is %.9g, not %.9g",
                             s.height, s.width, s.channels, s.filters, y, x, k, got, value);
                }
            }
        }
    }
    free_problem(&p);
}

static bool fits(const bs_winograd *winograd, shape s)
{
    return s.height % winograd->rows == 0 &&
           s.height * s.width % (4 * winograd->rows * winograd->columns) == 0;
}

static void convolutions_follow_the_definition(void **state)
{
    (void)state;
    const bs_backend *backend = NULL;
    for (int i = 0; i < LOOP_COUNT; i++) {
        bool runs = bs_backend_find(LOOPS[i].backend, &backend) == BS_OK;
        const bs_winograd *w = LOOPS[i].winograd;
        for (int s = 0; s < SHAPE_COUNT && runs; s++) {
            if (fits(w, SHAPES[s])) {
                check_shape(w, SHAPES[s], LOOPS[i].tolerance);
            }
        }
    }
}

/* An input that is made on the way by affine maps and ReLU, rows at a time, kept or rolling: in one
 * stage, or in two with a map between them, to which the second adds what the first began with. */
typedef struct made {
    bs_map raw;
    bs_finish finish;
    bs_map between;
    float *numbers, *memory; /* as large as the padded input */
    float *scale, *shift;
    size_t size;
} made;

static made make_source(const problem *p)
{
    size_t row = (size_t)(p->s.width + 2) * (size_t)p->s.channels;
    made m = {.size = (size_t)(p->s.height + 2) * row};
    m.numbers = numbers(3, m.size);
    m.memory = numbers(0, m.size);
    m.scale = numbers(4, (size_t)p->s.channels);
    m.shift = numbers(5, (size_t)p->s.channels);
    m.finish = (bs_finish){
        .scale = m.scale,
        .shift = m.shift,
        .activate = true,
        .activation = BS_ACTIVATION_RELU,
        .factor = 1.0F,
        .out = {m.memory + row + p->s.channels, row, p->s.height, p->s.width, p->s.channels}};
    m.raw = m.finish.out;
    m.raw.at = m.numbers + row + p->s.channels;
    m.between = m.finish.out;
    m.between.row = (size_t)p->s.width * (size_t)p->s.channels;
    m.between.at = numbers(0, m.size);
    return m;
}

static void free_source(made *m)
{
    bs_free(m->numbers);
    bs_free(m->memory);
    bs_free(m->between.at);
    bs_free(m->scale);
    bs_free(m->shift);
}

/* The last of STAGES makes the input; PASSES: the map between them is one row. */
static void fill_preparations(const made *m, int stages, bool passes, bs_preparation before[2])
{
    before[0] = (bs_preparation){.in = m->raw, .finish = m->finish};
    if (stages == 2) {
        before[0].finish.out = m->between;
        before[0].out_passes = passes;
        before[1] = (bs_preparation){.in = m->between, .finish = m->finish, .in_passes = passes};
        before[1].finish.skip = m->raw.at;
        before[1].finish.skip_row = m->raw.row;
        before[1].finish.skip_scale = m->shift;
    }
}

static void one_row_was_used(const made *m)
{
    for (size_t i = m->between.row; i < m->size; i++) {
        assert_true(m->between.at[i] == 0.0F);
    }
}

static void halo_is_zero(const made *m)
{
    const bs_map *map = &m->finish.out;
    for (int y = 0; y < map->height + 2; y++) {
        for (int x = 0; x < map->width + 2; x++) {
            bool inside = y > 0 && y <= map->height && x > 0 && x <= map->width;
            for (int c = 0; c < map->channels && !inside; c++) {
                assert_true(m->memory[(size_t)y * map->row + (size_t)(x * map->channels + c)] ==
                            0.0F);
            }
        }
    }
}

static void same_moments(const bs_moments *got, const bs_moments *wanted, shape s)
{
    double pixels = s.height * s.width;
    for (int k = 0; k < s.filters; k++) {
        double squares = (double)wanted->squares[k];
        assert_true(got->pivot[k] == wanted->pivot[k]);
        assert_true(fabs((double)(got->sum[k] - wanted->sum[k])) < 1e-5 * sqrt(pixels * squares));
        assert_true(fabs((double)(got->squares[k]) - squares) < 1e-5 * squares);
    }
}

/* The same bits whether the input is made before or on the way; and the moments of the output are
 * those of a pass over it. */
static void check_on_the_way(const loops *l, shape s, int stages)
{
    problem p = make_problem(l->winograd, s);
    made m = make_source(&p);
    size_t outputs = (size_t)s.height * (size_t)s.width * (size_t)s.filters;
    float *expected = numbers(0, outputs);
    float *sums = numbers(0, 6 * (size_t)s.filters);
    size_t k = (size_t)s.filters;
    const bs_moments got = {sums, sums + k, sums + 2 * k};
    const bs_moments wanted = {sums + 3 * k, sums + 4 * k, sums + 5 * k};
    for (int way = 0; way < 3; way++) { /* before, kept, rolling */
        bs_preparation before[2];
        bs_convolution c = convolution_of(&p);
        fill_preparations(&m, stages, way == 2, before);
        memset(m.memory, 0, m.size * sizeof *m.memory);
        memset(m.between.at, 0, m.size * sizeof *m.between.at);
        c.in = m.memory;
        c.moments = way == 0 ? NULL : &got;
        c.before = before;
        c.before_count = way == 0 ? 0 : stages;
        c.rolling = way == 2;
        for (int i = 0; i < stages && way == 0; i++) {
            l->vector->finish(&before[i].in, &before[i].finish);
        }
        l->winograd->convolve(&c, p.scratch);
        if (way == 0) {
            memcpy(expected, p.out, outputs * sizeof *expected);
            l->vector->measure(&c.finish.out, &wanted);
            continue;
        }
        assert_memory_equal(p.out, expected, outputs * sizeof *expected);
        halo_is_zero(&m);
        same_moments(&got, &wanted, s);
    }
    one_row_was_used(&m);
    bs_free(expected);
    bs_free(sums);
    free_source(&m);
    free_problem(&p);
}

static void inputs_are_made_on_the_way(void **state)
{
    (void)state;
    const bs_backend *backend = NULL;
    for (int i = 0; i < LOOP_COUNT; i++) {
        bool runs = bs_backend_find(LOOPS[i].backend, &backend) == BS_OK;
        for (int s = 0; s < SHAPE_COUNT && runs; s++) {
            if (fits(LOOPS[i].winograd, SHAPES[s]) && SHAPES[s].width % 8 == 0 &&
                SHAPES[s].height % 2 == 0) {
                check_on_the_way(&LOOPS[i], SHAPES[s], 1);
                check_on_the_way(&LOOPS[i], SHAPES[s], 2);
            }
        }
    }
}

/* Convolutions of a network that the backend NAME computes Winograd's way. */
static int count_winograd(const bs_architecture *hyperparameters, const char *name)
{
    const bs_backend *backend = NULL;
    bs_network *network = NULL;
    void *opaque = NULL;
    assert_int_equal(bs_backend_find(name, &backend), BS_OK);
    assert_int_equal(bs_network_create(hyperparameters, &network), BS_OK);
    assert_int_equal(backend->create(network, 1, true, &opaque), BS_OK);
    const bs_fused *direct = opaque;
    int count = 0;
    for (int s = 0; s < direct->plan->step_count; s++) {
        count += direct->steps[s].winograd ? 1 : 0;
    }
    backend->destroy(opaque);
    bs_network_destroy(network);
    return count;
}

/* All of ResNet-56's 55 but the stem and the two of stride 2; projections do not count. */
static void all_that_fits_is_winograds(void **state)
{
    (void)state;
    bs_architecture hyperparameters = RESNET_8;
    hyperparameters.depth = 56;
    assert_int_equal(count_winograd(&hyperparameters, "winograd-2x2"), 52);
    assert_int_equal(count_winograd(&hyperparameters, "winograd-2x4"), 52);
    assert_int_equal(count_winograd(&hyperparameters, "winograd-4x4"), 52);
    assert_int_equal(count_winograd(&hyperparameters, "direct"), 0);
    hyperparameters.shortcut = BS_SHORTCUT_PROJECTION;
    assert_int_equal(count_winograd(&hyperparameters, "winograd"), 52);
    hyperparameters.width = 3;
    hyperparameters.paths = 2;
    assert_int_equal(count_winograd(&hyperparameters, "winograd"), 104);
}

/* A line a pass below the first, and the layer that each convolution stands for. */
static void plans_are_described(void **state)
{
    (void)state;
    const bs_backend *backend = NULL;
    bs_network *network = NULL;
    void *opaque = NULL;
    char *text = NULL;
    size_t length = 0;
    bs_architecture hyperparameters = RESNET_8;
    hyperparameters.norm = BS_NORM_FROZEN;
    assert_int_equal(bs_backend_find("winograd", &backend), BS_OK);
    assert_int_equal(bs_network_create(&hyperparameters, &network), BS_OK);
    assert_int_equal(backend->create(network, 1, false, &opaque), BS_OK);
    FILE *out = open_memstream(&text, &length);
    assert_non_null(out);
    backend->print_plan(opaque, out);
    assert_int_equal(fclose(out), 0);
    int lines = 0;
    for (const char *at = text; (at = strchr(at, '\n')) != NULL; at++) {
        lines++;
    }
    const bs_plan *plan = ((const bs_fused *)opaque)->plan;
    assert_int_equal(lines, 1 + plan->step_count + plan->segment_count);
    assert_non_null(strstr(text, "convolve 3 by layer1.0.conv1, Winograd; norm, activate -> 6"));
    assert_non_null(strstr(text, "by layer2.0.conv1; norm"));
    free(text);
    backend->destroy(opaque);
    bs_network_destroy(network);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(convolutions_follow_the_definition),
        cmocka_unit_test(inputs_are_made_on_the_way),
        cmocka_unit_test(all_that_fits_is_winograds),
        cmocka_unit_test(plans_are_described),
    };
    return cmocka_run_group_tests_name("backend_winograd", tests, NULL, NULL);
}
