/* Learning rates and descent against PyTorch 1.13, and order and augmentation of images. */
#include <math.h>
#include <string.h>

#include "blueshift/epoch.h"
#include "blueshift/learning_rate.h"
#include "blueshift/memory.h"
#include "blueshift/sgd.h"
#include "blueshift/training.h"
#include "unit/unit_test.h"

static void check_rates(const bs_training *training, int steps, const double *wanted)
{
    for (int step = 0; step < steps; step++) {
        double rate = bs_learning_rate(training, step, steps);
        if (fabs(rate - wanted[step]) > 1e-15) {
            fail_msg("step %d of %d: %.17g, PyTorch has %.17g", step, steps, rate, wanted[step]);
        }
    }
}

/* CosineAnnealingLR(T_max=10), MultiStepLR([5, 8]), OneCycleLR, LinearLR(1/4, total_iters=3). */
static void schedules_are_those_of_pytorch(void **state)
{
    (void)state;
    static const double cosine[] = {0.1,
                                    0.09755282581475769,
                                    0.09045084971874738,
                                    0.07938926261462367,
                                    0.06545084971874739,
                                    0.05,
                                    0.03454915028125264,
                                    0.020610737385376353,
                                    0.009549150281252635,
                                    0.002447174185242324};
    static const double step[] = {0.1, 0.1, 0.1, 0.1, 0.1, 0.01, 0.01, 0.01, 0.001, 0.001};
    static const double cycle[] = {0.004,
                                   0.052,
                                   0.1,
                                   0.09504846320134738,
                                   0.0811745653949763,
                                   0.06112620219362893,
                                   0.03887419780637107,
                                   0.0188258346050237,
                                   0.004951936798652629,
                                   4e-07};
    static const double warm[] = {0.025, 0.05, 0.075, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1};
    double milestones[] = {0.5, 0.8};
    check_rates(&(bs_training){.learning_rate = 0.1, .schedule = BS_RATE_COSINE}, 10, cosine);
    check_rates(&(bs_training){.learning_rate = 0.1,
                               .schedule = BS_RATE_STEP,
                               .milestone_count = 2,
                               .milestones = milestones,
                               .factor = 0.1},
                10, step);
    check_rates(&(bs_training){.learning_rate = 0.1, .schedule = BS_RATE_ONE_CYCLE, .warm_up = 0.3},
                10, cycle);
    check_rates(&(bs_training){.learning_rate = 0.1, .schedule = BS_RATE_CONSTANT, .warm_up = 0.4},
                10, warm);
}

/* After the warm-up the cosine runs over the rest. */
static void a_warm_up_shortens_the_cosine(void **state)
{
    (void)state;
    const bs_training t = {.learning_rate = 0.1, .schedule = BS_RATE_COSINE, .warm_up = 0.5};
    assert_float_equal(bs_learning_rate(&t, 9, 20), 0.1, 1e-15);
    assert_float_equal(bs_learning_rate(&t, 10, 20), 0.1, 1e-15);
    assert_float_equal(bs_learning_rate(&t, 15, 20), 0.05, 1e-15);
    assert_float_equal(bs_learning_rate(&t, 0, 20), 0.01, 1e-15);
}

/* Short trainings: nothing is divided by zero. */
static void short_schedules_are_finite(void **state)
{
    (void)state;
    for (int kind = 0; kind < bs_rate_schedule_words.count; kind++) {
        for (int64_t steps = 1; steps <= 5; steps++) {
            for (int share = 0; share <= 4; share++) {
                const bs_training t = {.learning_rate = 0.1,
                                       .schedule = (bs_rate_schedule)kind,
                                       .factor = 0.1,
                                       .warm_up = share / 4.0};
                for (int64_t step = 0; step < steps; step++) {
                    double rate = bs_learning_rate(&t, step, steps);
                    assert_true(rate >= 0.0 && rate <= 0.1 + 1e-15);
                }
            }
        }
    }
}

/* Three steps with the gradients g, 2g, 3g; PyTorch's parameters and momentum after them. */
static void check_descent(bool nesterov, double decay, const double *theta, const double *momentum)
{
    static const double g[] = {0.3, -0.7, 1.1};
    const bs_training t = {
        .momentum = 0.9, .nesterov = nesterov, .weight_decay = decay, .decay = BS_DECAY_ALL};
    const bs_tensor tensors[] = {{.ndim = 2, .offset = 0, .count = 2},
                                 {.ndim = 1, .offset = 2, .count = 1}};
    float x[] = {1.0F, -2.0F, 0.5F};
    float b[] = {0.0F, 0.0F, 0.0F};
    for (int step = 1; step <= 3; step++) {
        double gradient[3];
        for (int i = 0; i < 3; i++) {
            gradient[i] = step * g[i];
        }
        /* In two slices that cut the first tensor. */
        bs_sgd_update(&t, 0.1, 2, tensors, &(bs_sgd_slice){0, 1, gradient, x, b});
        bs_sgd_update(&t, 0.1, 2, tensors, &(bs_sgd_slice){1, 2, gradient + 1, x + 1, b + 1});
    }
    for (int i = 0; i < 3; i++) {
        assert_float_equal((double)x[i], theta[i], 3e-7);
        assert_float_equal((double)b[i], momentum[i], 6e-7);
    }
}

static void descent_is_that_of_pytorch(void **state)
{
    (void)state;
    check_descent(false, 0.0, (double[]){0.714699924, -1.33430004, -0.54610008},
                  (double[]){1.68300009, -3.92699981, 6.17100048});
    check_descent(false, 0.01, (double[]){0.709268808, -1.32349551, -0.548264802},
                  (double[]){1.70862222, -3.97776437, 6.17925262});
    check_descent(true, 0.0, (double[]){0.563230038, -0.980869949, -1.10149014},
                  (double[]){1.68300009, -3.92699981, 6.17100048});
    check_descent(true, 0.01, (double[]){0.55572021, -0.966025472, -1.10358143},
                  (double[]){1.70757198, -3.97532225, 6.17548084});
}

static void norms_and_biases_need_not_decay(void **state)
{
    (void)state;
    const bs_training t = {.weight_decay = 0.5, .decay = BS_DECAY_WEIGHTS};
    const bs_tensor tensors[] = {{.ndim = 4, .offset = 0, .count = 1},
                                 {.ndim = 1, .offset = 1, .count = 1}};
    float x[] = {1.0F, 1.0F};
    float b[] = {0.0F, 0.0F};
    const double gradient[] = {0.0, 0.0};
    bs_sgd_update(&t, 0.1, 2, tensors, &(bs_sgd_slice){0, 2, gradient, x, b});
    assert_float_equal((double)x[0], 0.95, 1e-7);
    assert_float_equal((double)x[1], 1.0, 0.0);
}

static void batches_tile_an_epoch(void **state)
{
    (void)state;
    for (int64_t images = 1; images <= 30; images++) {
        for (int64_t batch = 1; batch <= 12; batch++) {
            const bs_training t = {.epochs = 2, .batch = batch};
            int64_t steps = bs_training_epoch_steps(&t, images);
            int64_t next = 0;
            int64_t smallest = 5;
            for (int64_t step = 0; step < bs_training_steps(&t, images); step++) {
                bs_batch b = bs_training_batch(&t, images, step);
                assert_int_equal(b.epoch * images + b.first, next);
                int64_t within = b.first;
                for (int m = 0; m < bs_micro_batch_count(&b, 5); m++) {
                    bs_batch micro = bs_micro_batch(&b, 5, m);
                    assert_int_equal(micro.first, within);
                    assert_in_range(micro.count, 1, 5);
                    within += micro.count;
                    smallest = micro.count < smallest ? micro.count : smallest;
                }
                assert_int_equal(within, b.first + b.count);
                next += b.count;
                assert_true(bs_training_ends_epoch(&t, images, step + 1) ==
                            ((step + 1) % steps == 0));
            }
            assert_int_equal(next, 2 * images);
            assert_int_equal(bs_training_smallest(&t, images, 5), smallest);
        }
    }
}

enum { COUNT = 1500 };

static void epochs_are_permutations_of_their_own(void **state)
{
    (void)state;
    int64_t orders[4][COUNT];
    const bs_epoch epochs[4] = {{1, 0, 0}, {1, 0, 1}, {2, 0, 0}, {1, 1, 0}};
    for (int e = 0; e < 4; e++) {
        bool seen[COUNT] = {false};
        bs_epoch_order(&epochs[e], COUNT, orders[e]);
        for (int i = 0; i < COUNT; i++) {
            assert_in_range(orders[e][i], 0, COUNT - 1);
            assert_false(seen[orders[e][i]]);
            seen[orders[e][i]] = true;
        }
        for (int other = 0; other < e; other++) {
            int same = 0;
            for (int i = 0; i < COUNT; i++) {
                same += orders[e][i] == orders[other][i];
            }
            assert_in_range(same, 0, 10); /* one is expected */
        }
    }
}

/* Every image comes to every place about as often: chi-squared of 8 x 8 cells, 49 degrees. */
static void orders_are_uniform(void **state)
{
    (void)state;
    enum { SIDE = 8, TRIALS = 4000 };
    int counts[SIDE][SIDE] = {{0}};
    for (uint32_t e = 0; e < TRIALS; e++) {
        int64_t order[SIDE];
        bs_epoch_order(&(bs_epoch){7, 0, e}, SIDE, order);
        for (int i = 0; i < SIDE; i++) {
            counts[i][order[i]]++;
        }
    }
    double chi = 0.0;
    const double wanted = (double)TRIALS / SIDE;
    for (int i = 0; i < SIDE * SIDE; i++) {
        const int count = counts[i / SIDE][i % SIDE];
        chi += (count - wanted) * (count - wanted) / wanted;
    }
    assert_true(chi > 20.0 && chi < 95.0); /* six sigma above the mean at most */
}

/* An image whose pixels tell where they are, so that what was done to it can be read off. */
static void make_image(uint8_t *pixels)
{
    for (int i = 0; i < BS_IMAGE_BYTES; i++) {
        int y = i / BS_IMAGE_SIDE % BS_IMAGE_SIDE;
        int x = i % BS_IMAGE_SIDE;
        pixels[i] = (uint8_t)(1 + 7 * y + x % 7 + (x > 15 ? 1 : 0));
    }
}

/* Whether OUT is IN moved by (DY, DX) and mirrored or not, by the definition. */
static bool is_moved(const uint8_t *in, const uint8_t *out, int dy, int dx, bool mirrored)
{
    bool same = true;
    for (int i = 0; same && i < BS_IMAGE_BYTES; i++) {
        int plane = i / (BS_IMAGE_SIDE * BS_IMAGE_SIDE);
        int y = i / BS_IMAGE_SIDE % BS_IMAGE_SIDE + dy;
        int x = i % BS_IMAGE_SIDE;
        x = (mirrored ? BS_IMAGE_SIDE - 1 - x : x) + dx;
        bool inside = y >= 0 && y < BS_IMAGE_SIDE && x >= 0 && x < BS_IMAGE_SIDE;
        same = out[i] == (inside ? in[(plane * BS_IMAGE_SIDE + y) * BS_IMAGE_SIDE + x] : 0);
    }
    return same;
}

/* The move and the mirroring of an augmented image as one number; -1: it is none. */
static int find_move(const uint8_t *in, const uint8_t *out)
{
    for (int move = 0; move < 9 * 9 * 2; move++) {
        if (is_moved(in, out, move / 18 - BS_CROP, move / 2 % 9 - BS_CROP, move % 2 == 1)) {
            return move;
        }
    }
    return -1;
}

static void augmented_images_are_moved_and_mirrored(void **state)
{
    (void)state;
    enum { IMAGES = 400 };
    uint8_t *pixels = bs_alloc(IMAGES + 1, BS_IMAGE_BYTES);
    assert_non_null(pixels);
    uint8_t *out = pixels + (size_t)IMAGES * BS_IMAGE_BYTES;
    for (int i = 0; i < IMAGES; i++) {
        make_image(pixels + (size_t)i * BS_IMAGE_BYTES);
    }
    const bs_images images = {.count = IMAGES, .pixels = pixels};
    const bs_epoch epoch = {3, 0, 5};
    int counts[162] = {0};
    int mirrored = 0;
    for (int i = 0; i < IMAGES; i++) {
        bs_epoch_augment(&epoch, BS_AUGMENT_CROP_FLIP, &images, i, out);
        int move = find_move(pixels, out);
        assert_in_range(move, 0, 161);
        counts[move]++;
        mirrored += move % 2;
        bs_epoch_augment(&epoch, BS_AUGMENT_FLIP, &images, i, out);
        assert_int_equal(find_move(pixels, out), 80 + move % 2); /* mirrored as with crops */
        bs_epoch_augment(&epoch, BS_AUGMENT_NONE, &images, i, out);
        assert_memory_equal(out, pixels, BS_IMAGE_BYTES);
    }
    int moves = 0;
    for (int move = 0; move < 162; move++) {
        moves += counts[move] > 0;
    }
    assert_in_range(mirrored, 150, 250); /* five sigma */
    assert_true(moves > 130);            /* of 162, of which 149 are expected */
    bs_free(pixels);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(schedules_are_those_of_pytorch),
        cmocka_unit_test(a_warm_up_shortens_the_cosine),
        cmocka_unit_test(short_schedules_are_finite),
        cmocka_unit_test(descent_is_that_of_pytorch),
        cmocka_unit_test(norms_and_biases_need_not_decay),
        cmocka_unit_test(batches_tile_an_epoch),
        cmocka_unit_test(epochs_are_permutations_of_their_own),
        cmocka_unit_test(orders_are_uniform),
        cmocka_unit_test(augmented_images_are_moved_and_mirrored),
    };
    return cmocka_run_group_tests_name("learning", tests, NULL, NULL);
}
