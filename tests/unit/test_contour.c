/* Filled contours: painted in order, the loops give every place the band of its value. */
#include <math.h>
#include <stdlib.h>

#include "unit/unit_test.h"

/* In the archive of the layers with MPI, but free of it. */
// NOLINTNEXTLINE(bugprone-suspicious-include)
#include "../../src/plot/contour.c"

enum { SIZE_X = 9, SIZE_Y = 7, LEVELS = 5, PLACES = 4000, UNPAINTED = -2 };

static const int64_t size[2] = {SIZE_X, SIZE_Y};

/* A fixed sequence of numbers in [0, 1). */
static double next_number(uint64_t *state)
{
    *state = *state * 6364136223846793005U + 1442695040888963407U;
    return (double)(*state >> 40) / (double)(1U << 24);
}

static bool encloses(const plot_contours *c, const plot_loop *loop, double x, double y)
{
    bool inside = false;
    for (int64_t k = 0; k < loop->count; k++) {
        const plot_vertex *a = &c->vertices[loop->first + k];
        const plot_vertex *b = &c->vertices[loop->first + (k + 1) % loop->count];
        double ax = (double)a->x;
        double ay = (double)a->y;
        double bx = (double)b->x;
        double by = (double)b->y;
        if ((ay > y) != (by > y) && x < ax + (y - ay) * (bx - ax) / (by - ay)) {
            inside = !inside;
        }
    }
    return inside;
}

static int painted(const plot_contours *c, double x, double y)
{
    int band = UNPAINTED;
    for (int64_t l = 0; l < c->loop_count; l++) {
        band = encloses(c, &c->loops[l], x, y) ? c->loops[l].band : band;
    }
    return band;
}

/* The value in the four triangles around the middle of the cell, written another way: a blend of
 * the middle and of the side that the place looks at. */
static double interpolated(const double *values, double x, double y)
{
    int i = (int)x;
    int j = (int)y;
    double u = x - i - 0.5;
    double v = y - j - 0.5;
    const double *low = &values[j * SIZE_X + i];
    const double *high = low + SIZE_X;
    double middle = (low[0] + low[1] + high[0] + high[1]) / 4;
    double radius = 2 * fmax(fabs(u), fabs(v));
    double along = radius > 0 ? (fabs(u) > fabs(v) ? v : u) / radius + 0.5 : 0.5;
    double a = fabs(u) > fabs(v) ? (u < 0 ? low[0] : low[1]) : (v < 0 ? low[0] : high[0]);
    double b = fabs(u) > fabs(v) ? (u < 0 ? high[0] : high[1]) : (v < 0 ? low[1] : high[1]);
    double side = a + along * (b - a);
    return middle + radius * (side - middle);
}

static const double levels[LEVELS] = {0.1, 0.3, 0.5, 0.7, 0.9};

/* Places too near to a level for a float say nothing. */
static void assert_painted(const double *values)
{
    plot_contours c;
    assert_int_equal(bs_contour_trace(values, size, LEVELS, levels, &c), BS_OK);
    uint64_t state = 7;
    int checked = 0;
    for (int p = 0; p < PLACES; p++) {
        double x = next_number(&state) * (SIZE_X - 1);
        double y = next_number(&state) * (SIZE_Y - 1);
        double value = interpolated(values, x, y);
        int band = 0;
        bool clear = true;
        for (int l = 0; l < LEVELS; l++) {
            band += value >= levels[l];
            clear = clear && fabs(value - levels[l]) > 1e-4;
        }
        int got = painted(&c, x, y);
        if (isnan(value)) {
            assert_true(got < 0);
        } else if (clear) {
            assert_int_equal(got, band);
            checked++;
        }
    }
    assert_true(checked > PLACES / 4);
    bs_contour_release(&c);
}

static void every_place_has_the_band_of_its_value(void **state)
{
    (void)state;
    double values[SIZE_X * SIZE_Y];
    for (uint64_t seed = 1; seed <= 20; seed++) {
        uint64_t sequence = seed;
        for (int i = 0; i < SIZE_X * SIZE_Y; i++) {
            values[i] = next_number(&sequence);
        }
        assert_painted(values);
    }
}

static void values_equal_to_levels(void **state)
{
    (void)state;
    double values[SIZE_X * SIZE_Y];
    uint64_t sequence = 3;
    for (int i = 0; i < SIZE_X * SIZE_Y; i++) {
        values[i] = levels[(int)(next_number(&sequence) * LEVELS)];
    }
    assert_painted(values);
}

static void cells_without_a_value_stay_unpainted(void **state)
{
    (void)state;
    double values[SIZE_X * SIZE_Y];
    for (uint64_t seed = 1; seed <= 20; seed++) {
        uint64_t sequence = seed;
        for (int i = 0; i < SIZE_X * SIZE_Y; i++) {
            values[i] = next_number(&sequence);
            values[i] = next_number(&sequence) < 0.1 ? (double)NAN : values[i];
        }
        assert_painted(values);
    }
}

static void a_ramp_has_one_straight_line_a_level(void **state)
{
    (void)state;
    double values[SIZE_X * SIZE_Y];
    for (int i = 0; i < SIZE_X * SIZE_Y; i++) {
        values[i] = (double)(i % SIZE_X) / (SIZE_X - 1);
    }
    plot_contours c;
    assert_int_equal(bs_contour_trace(values, size, LEVELS, levels, &c), BS_OK);
    assert_int_equal(c.loop_count, LEVELS + 1);
    for (int64_t l = 0; l < c.loop_count; l++) {
        const plot_loop *loop = &c.loops[l];
        assert_int_equal(loop->band, l);
        double from = l == 0 ? 0 : levels[l - 1];
        assert_true(fabs(loop->area - (1 - from) * (SIZE_X - 1) * (SIZE_Y - 1)) < 1e-5);
        for (int64_t k = 0; k < loop->count; k++) {
            const plot_vertex *v = &c.vertices[loop->first + k];
            bool on_level = fabs((double)v->x - from * (SIZE_X - 1)) < 1e-5;
            assert_true(v->edge || on_level);
        }
    }
    bs_contour_release(&c);
}

static void nothing_to_trace(void **state)
{
    (void)state;
    double values[SIZE_X * SIZE_Y];
    for (int i = 0; i < SIZE_X * SIZE_Y; i++) {
        values[i] = i % 2 == 0 ? (double)NAN : 1.0;
    }
    plot_contours c;
    assert_int_equal(bs_contour_trace(values, size, LEVELS, levels, &c), BS_OK);
    assert_int_equal(c.loop_count, 0);
    bs_contour_release(&c);
    const int64_t row[2] = {SIZE_X, 1};
    assert_int_equal(bs_contour_trace(values, row, LEVELS, levels, &c), BS_OK);
    assert_int_equal(c.loop_count, 0);
    bs_contour_release(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_place_has_the_band_of_its_value),
        cmocka_unit_test(values_equal_to_levels),
        cmocka_unit_test(cells_without_a_value_stay_unpainted),
        cmocka_unit_test(a_ramp_has_one_straight_line_a_level),
        cmocka_unit_test(nothing_to_trace),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
