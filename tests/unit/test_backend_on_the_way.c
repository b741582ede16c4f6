/* Tests of what Winograd convolutions do on the way: they make their input, give moments, and take
 * several images at once. */
#include <math.h>
#include <string.h>

#include "unit/unit_test.h"
#include "winograd_case.h"

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
        l->winograd->convolve(&c, 1, p.scratch);
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

/* Image I of several, each with an input of its own that is made on the way, and moments. */
typedef struct image {
    problem p;
    made m;
    bs_preparation before[2];
    float *skip, *sums;
    bs_moments moments;
} image;

static image make_image(const bs_winograd *winograd, shape s, int i)
{
    image one = {.p = make_problem(winograd, s)};
    size_t k = (size_t)s.filters;
    one.m = make_source(&one.p);
    for (size_t j = 0; j < one.m.size; j++) {
        one.m.numbers[j] *= (float)(i + 1);
    }
    one.skip = numbers(6 + (uint32_t)i, (size_t)s.height * (size_t)s.width * k);
    one.sums = numbers(0, 3 * k);
    one.moments = (bs_moments){one.sums, one.sums + k, one.sums + 2 * k};
    return one;
}

static void free_image(image *one)
{
    free_source(&one->m);
    free_problem(&one->p);
    bs_free(one->skip);
    bs_free(one->sums);
}

static bs_convolution convolution_of_image(image *one, bool rolling)
{
    bs_convolution c = convolution_of(&one->p);
    fill_preparations(&one->m, 2, rolling, one->before);
    c.in = one->m.memory;
    c.before = one->before;
    c.before_count = 2;
    c.rolling = rolling;
    c.moments = &one->moments;
    c.finish.skip = one->skip;
    c.finish.skip_row = c.finish.out.row;
    c.finish.skip_scale = one->p.ones;
    c.ahead[0] = (bs_stretch){one->skip, (size_t)one->p.s.height * c.finish.skip_row};
    return c;
}

/* COUNT images at once have the bits of one after the other. */
static void check_together(const loops *l, shape s, int count, bool rolling)
{
    image alone[BS_TOGETHER];
    image together[BS_TOGETHER];
    bs_convolution all[BS_TOGETHER];
    size_t outputs = (size_t)s.height * (size_t)s.width * (size_t)s.filters;
    for (int i = 0; i < count; i++) {
        alone[i] = make_image(l->winograd, s, i);
        together[i] = make_image(l->winograd, s, i);
        all[i] = convolution_of_image(&together[i], rolling);
        all[i].weights = together[0].p.packed;
        const bs_convolution one = convolution_of_image(&alone[i], rolling);
        l->winograd->convolve(&one, 1, alone[i].p.scratch);
    }
    l->winograd->convolve(all, count, together[0].p.scratch);
    for (int i = 0; i < count; i++) {
        assert_memory_equal(together[i].p.out, alone[i].p.out, outputs * sizeof(float));
        assert_memory_equal(together[i].sums, alone[i].sums, 3 * (size_t)s.filters * sizeof(float));
        halo_is_zero(&together[i].m);
        free_image(&alone[i]);
        free_image(&together[i]);
    }
}

/* Blocks that one, two and eight maps fill, those whose filters stay in a cache and others. */
static void images_that_share_filters_keep_their_bits(void **state)
{
    (void)state;
    static const shape shapes[] = {
        {8, 8, 64, 64}, {8, 8, 192, 192}, {16, 16, 128, 96}, {4, 24, 176, 192}, {8, 8, 80, 80}};
    const bs_backend *backend = NULL;
    for (int i = 0; i < LOOP_COUNT; i++) {
        bool runs = bs_backend_find(LOOPS[i].backend, &backend) == BS_OK;
        for (int s = 0; s < 5 && runs; s++) {
            if (fits(LOOPS[i].winograd, shapes[s])) {
                check_together(&LOOPS[i], shapes[s], 3, true);
                check_together(&LOOPS[i], shapes[s], s == 1 ? BS_TOGETHER : 2, false);
            }
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(inputs_are_made_on_the_way),
        cmocka_unit_test(images_that_share_filters_keep_their_bits),
    };
    return cmocka_run_group_tests_name("backend_on_the_way", tests, NULL, NULL);
}
