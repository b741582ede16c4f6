/* Tests of the signals of fully connected networks' blocks, by hand and over all backends. */
#include <math.h>

#include "unit/unit_test.h"
#include "observe_battery.h"

enum { WIDTH = 16, PATHS = 3 };

static const bs_architecture RESIDUAL = {.family = BS_FAMILY_MLP,
                                         .depth = 5,
                                         .width = WIDTH,
                                         .paths = 1,
                                         .shortcut = BS_SHORTCUT_PAD,
                                         .skip_weight = 0.5};
static const bs_architecture MULTIPATH = {
    .family = BS_FAMILY_MLP, .depth = 2, .width = WIDTH, .paths = PATHS};

static void flatten(int image, double *x)
{
    enum { PLANE = BS_IMAGE_SIDE * BS_IMAGE_SIDE };
    for (int i = 0; i < BS_IMAGE_BYTES; i++) {
        double value = pixels[image * BS_IMAGE_BYTES + i] / 255.0;
        x[i] = (value - NORMALISATION.mean[i / PLANE]) / NORMALISATION.std[i / PLANE];
    }
}

/* The linear layer NAME over X [COUNT]. */
static void apply(const nn_case *c, const char *name, int count, const double *x, double y[WIDTH])
{
    const float *weights = weights_of(c, name);
    for (int k = 0; k < WIDTH; k++) {
        double total = 0.0;
        for (int i = 0; i < count; i++) {
            total += (double)weights[k * count + i] * x[i];
        }
        y[k] = total;
    }
}

static void rectify(double y[WIDTH])
{
    for (int k = 0; k < WIDTH; k++) {
        y[k] = fmax(0.0, y[k]);
    }
}

/* Branch BRANCH of BLOCK, at the probes in the images that were scored: WANTED [COUNT][WIDTH]. */
static void check_signal(const nn_case *c, const seen *s, const int which[2],
                         double wanted[COUNT][WIDTH])
{
    bs_probe probes[PROBES];
    int branches = bs_branch_count(c->network);
    const double *values = s->probes + (size_t)(which[0] * branches + which[1]) * PROBES;
    int checked = 0;
    bs_branch_positions(c->network, which[0], SEED, IMAGES, &ALL, probes);
    for (int i = 0; i < PROBES; i++) {
        int image = (int)probes[i].image - FIRST;
        if (image >= 0 && image < COUNT) {
            assert_true(fabs(values[i] - wanted[image][probes[i].channel]) < 1e-6);
            checked++;
        }
    }
    assert_true(checked > 2);
}

static void residual_signals_by_hand(void **state)
{
    (void)state;
    static double image[BS_IMAGE_BYTES];
    double skip[COUNT][WIDTH];
    double main[COUNT][WIDTH];
    double sum[COUNT][WIDTH];
    nn_case c = make_case(&RESIDUAL, COUNT);
    seen s = observe(&c, reference_backend(), &ALL);
    for (int n = 0; n < COUNT; n++) {
        double x[WIDTH];
        double inner[WIDTH];
        flatten(FIRST + n, image);
        apply(&c, "fc1.weight", BS_IMAGE_BYTES, image, x);
        for (int k = 0; k < WIDTH; k++) {
            skip[n][k] = RESIDUAL.skip_weight * x[k];
        }
        rectify(x);
        apply(&c, "block0.fc1.weight", WIDTH, x, inner);
        rectify(inner);
        apply(&c, "block0.fc2.weight", WIDTH, inner, main[n]);
        for (int k = 0; k < WIDTH; k++) {
            sum[n][k] = skip[n][k] + main[n][k];
        }
    }
    check_signal(&c, &s, (const int[]){0, BS_BRANCH_SKIP}, skip);
    check_signal(&c, &s, (const int[]){0, BS_BRANCH_PATH}, main);
    check_signal(&c, &s, (const int[]){0, BS_BRANCH_SUM}, sum);
    for (int n = 0; n < COUNT; n++) { /* the next block skips what leaves the first */
        for (int k = 0; k < WIDTH; k++) {
            skip[n][k] = RESIDUAL.skip_weight * sum[n][k];
        }
    }
    check_signal(&c, &s, (const int[]){1, BS_BRANCH_SKIP}, skip);
    forget(&s);
    free_case(&c);
}

static void paths_by_hand(void **state)
{
    (void)state;
    static const char *const names[2][PATHS] = {
        {"fc1.path0.weight", "fc1.path1.weight", "fc1.path2.weight"},
        {"fc2.path0.weight", "fc2.path1.weight", "fc2.path2.weight"}};
    static double x[COUNT][BS_IMAGE_BYTES];
    nn_case c = make_case(&MULTIPATH, COUNT);
    seen s = observe(&c, reference_backend(), &ALL);
    for (int n = 0; n < COUNT; n++) {
        flatten(FIRST + n, x[n]);
    }
    for (int block = 0; block < 2; block++) {
        double sum[COUNT][WIDTH] = {{0.0}};
        for (int j = 0; j < PATHS; j++) {
            double path[COUNT][WIDTH];
            for (int n = 0; n < COUNT; n++) {
                apply(&c, names[block][j], block == 0 ? BS_IMAGE_BYTES : WIDTH, x[n], path[n]);
                rectify(path[n]);
                for (int k = 0; k < WIDTH; k++) {
                    sum[n][k] += path[n][k] / PATHS;
                }
            }
            check_signal(&c, &s, (const int[]){block, BS_BRANCH_PATH + j}, path);
        }
        check_signal(&c, &s, (const int[]){block, BS_BRANCH_SUM}, sum);
        for (int n = 0; n < COUNT; n++) {
            memcpy(x[n], sum[n], sizeof sum[n]);
        }
    }
    assert_false(bs_branch_exists(c.network, BS_BRANCH_SKIP));
    forget(&s);
    free_case(&c);
}

static void every_backend_sees_paths(void **state)
{
    (void)state;
    for (int i = 0; i < 10; i++) {
        bs_architecture hyperparameters = MULTIPATH;
        hyperparameters.depth = 1 + i % 3;
        hyperparameters.width = i % 2 == 0 ? 37 : 16;
        hyperparameters.paths = 2 + i % 3;
        hyperparameters.activation = (bs_activation)(i % BS_ACTIVATIONS);
        hyperparameters.slope = 0.25;
        hyperparameters.bias = i > 4;
        check_backends(&hyperparameters);
    }
}

static void every_backend_sees_shortcuts(void **state)
{
    (void)state;
    static const double skip_weights[] = {1.0, 0.4, 0.0, -0.7};
    for (int i = 0; i < 20; i++) {
        bs_architecture hyperparameters = RESIDUAL;
        hyperparameters.depth = 3 + 2 * (i % 3);
        hyperparameters.width = i % 2 == 0 ? 37 : 16;
        hyperparameters.skip_weight = skip_weights[i % 4];
        hyperparameters.activation = (bs_activation)(i % BS_ACTIVATIONS);
        hyperparameters.slope = 0.25;
        hyperparameters.bias = i > 9;
        check_backends(&hyperparameters);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(residual_signals_by_hand),
        cmocka_unit_test(paths_by_hand),
        cmocka_unit_test(every_backend_sees_paths),
        cmocka_unit_test(every_backend_sees_shortcuts),
    };
    return cmocka_run_group_tests_name("observables_mlp", tests, NULL, NULL);
}
