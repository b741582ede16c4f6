/* Tests of the signals of blocks by hand: the reference backend, heads and positions. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "unit/unit_test.h"
#include "observe_case.h"

/* Element (channel, y, x) of relu or not of a 3 x 3 convolution over what BELOW gives, down to the
 * image: block 0 of a network without norms. */
typedef struct conv {
    const float *weights;
    const struct conv *below; /* NULL: the image */
    bool activate;
    int channels; /* of the input */
} conv;

static double element(const conv *c, int image, int channel, int y, int x)
{
    double total = 0.0;
    for (int i = 0; i < c->channels; i++) {
        for (int tap = 0; tap < 9; tap++) {
            int row = y + tap / 3 - 1;
            int column = x + tap % 3 - 1;
            if (row < 0 || row >= BS_IMAGE_SIDE || column < 0 || column >= BS_IMAGE_SIDE) {
                continue;
            }
            double pixel = pixels[image * BS_IMAGE_BYTES +
                                  (i % 3 * BS_IMAGE_SIDE + row) * BS_IMAGE_SIDE + column];
            double in = c->below == NULL
                            ? (pixel / 255.0 - NORMALISATION.mean[i]) / NORMALISATION.std[i]
                            : element(c->below, image, i, row, column);
            total += (double)c->weights[(channel * c->channels + i) * 9 + tap] * in;
        }
    }
    return c->activate && total < 0.0 ? 0.0 : total;
}

/* Branch loss of the skip signal nu relu(stem) of block 0. */
static double residual_loss(const nn_case *c, const conv *stem, double nu)
{
    enum { CHANNELS = 16, SIDE = BS_IMAGE_SIDE };
    double head[CHANNELS][BS_CLASSES];
    double loss = 0.0;
    bs_branch_head(c->network, 0, SEED, head[0]);
    for (int n = FIRST; n < FIRST + COUNT; n++) {
        double logits[BS_CLASSES] = {0.0};
        for (int channel = 0; channel < CHANNELS; channel++) {
            double mean = 0.0;
            for (int p = 0; p < SIDE * SIDE; p++) {
                mean += nu * element(stem, n, channel, p / SIDE, p % SIDE) / (SIDE * SIDE);
            }
            for (int k = 0; k < BS_CLASSES; k++) {
                logits[k] += head[channel][k] * mean;
            }
        }
        loss += bs_cross_entropy(logits, BS_CLASSES, LABELS[n]);
    }
    return loss;
}

static void signals_by_hand(void **state)
{
    (void)state;
    enum { CHECKED = 4 };
    bs_architecture hyperparameters = RESNET_8;
    bs_probe probes[PROBES];
    hyperparameters.norm = BS_NORM_NONE;
    hyperparameters.skip_weight = 0.5;
    nn_case c = make_case(&hyperparameters, COUNT);
    seen s = observe(&c, reference_backend(), &ALL);
    const conv stem = {weights_of(&c, "conv1.weight"), NULL, true, 3};
    const conv first = {weights_of(&c, "layer1.0.conv1.weight"), &stem, true, 16};
    const conv second = {weights_of(&c, "layer1.0.conv2.weight"), &first, false, 16};
    bs_branch_positions(c.network, 0, SEED, IMAGES, &ALL, probes);
    int checked = 0;
    for (int i = 0; i < PROBES && checked < CHECKED; i++) {
        const bs_probe *p = &probes[i];
        if (p->image < FIRST || p->image >= FIRST + COUNT) {
            continue;
        }
        double skip = 0.5 * element(&stem, (int)p->image, p->channel, p->row, p->column);
        double main = element(&second, (int)p->image, p->channel, p->row, p->column);
        assert_true(fabs(s.probes[BS_BRANCH_SKIP * PROBES + i] - skip) < 1e-6);
        assert_true(fabs(s.probes[BS_BRANCH_PATH * PROBES + i] - main) < 1e-6);
        assert_true(fabs(s.probes[BS_BRANCH_SUM * PROBES + i] - main - skip) < 1e-6);
        checked++;
    }
    assert_int_equal(checked, CHECKED);
    assert_true(fabs(s.losses[BS_BRANCH_SKIP] - residual_loss(&c, &stem, 0.5)) < 1e-6);
    forget(&s);
    free_case(&c);
}

/* Paths whose second convolution is zero: of v2 they vanish, of several averaged v1 paths
 * relu(nu s) is left. */
static void check_empty_paths(bs_version version, int paths)
{
    bs_architecture hyperparameters = RESNET_8;
    hyperparameters.norm = BS_NORM_NONE;
    hyperparameters.version = version;
    hyperparameters.paths = paths;
    hyperparameters.skip_weight = -0.5;
    nn_case c = make_case(&hyperparameters, COUNT);
    for (int i = 0; i < c.network->parameter_count; i++) {
        const bs_tensor *t = &c.network->parameters[i];
        if (strstr(t->name, "conv2") != NULL) {
            memset(c.theta + t->offset, 0, t->count * sizeof *c.theta);
        }
    }
    seen s = observe(&c, reference_backend(), &ALL);
    int branches = BS_BRANCH_PATH + paths;
    bool inside = version == BS_VERSION_V1 && paths > 1;
    for (int b = 0; b < c.network->block_count; b++) {
        const double *row = s.probes + (size_t)(b * branches) * PROBES;
        for (int i = 0; i < PROBES; i++) {
            double skip = row[BS_BRANCH_SKIP * PROBES + i];
            double path = inside && skip > 0.0 ? skip : 0.0;
            double sum = inside ? path : skip;
            bool present = !isnan(skip);
            for (int j = BS_BRANCH_PATH; j < branches && present; j++) {
                assert_true(row[j * PROBES + i] == path);
            }
            assert_true(!present || fabs(row[BS_BRANCH_SUM * PROBES + i] - sum) < 1e-15);
        }
    }
    forget(&s);
    free_case(&c);
}

static void what_is_left_without_paths(void **state)
{
    (void)state;
    for (int version = BS_VERSION_V1; version <= BS_VERSION_V2; version++) {
        check_empty_paths((bs_version)version, 1);
        check_empty_paths((bs_version)version, 3);
    }
}

/* What is missing is NaN, and nothing else. */
static void only_what_is_missing_is_missing(void **state)
{
    (void)state;
    for (int skips = 0; skips < 3; skips++) {
        bs_architecture hyperparameters = RESNET_8;
        bs_probe probes[PROBES];
        hyperparameters.shortcut = skips == 0 ? BS_SHORTCUT_NONE : BS_SHORTCUT_PAD;
        hyperparameters.skip_weight = skips == 1 ? 0.0 : 1.0;
        nn_case c = make_case(&hyperparameters, COUNT);
        seen s = observe(&c, reference_backend(), &ALL);
        for (int i = 0; i < s.signals; i++) {
            bool skip = i % 3 == BS_BRANCH_SKIP;
            bs_branch_positions(c.network, i / 3, SEED, IMAGES, &ALL, probes);
            assert_true(isnan(s.losses[i]) == (skip && skips < 2));
            assert_true(bs_branch_exists(c.network, i % 3) == !isnan(s.losses[i]));
            for (int p = 0; p < PROBES; p++) {
                bool other = probes[p].image < FIRST || probes[p].image >= FIRST + COUNT;
                assert_true(isnan(s.probes[i * PROBES + p]) == (other || (skip && skips < 2)));
            }
        }
        forget(&s);
        free_case(&c);
    }
}

static void heads_and_positions_are_fixed(void **state)
{
    (void)state;
    enum { MANY = 2000, CHANNELS = 64 };
    static bs_probe few[MANY];
    static bs_probe many[MANY];
    static double heads[2][CHANNELS * BS_CLASSES];
    nn_case c = make_case(&RESNET_8, 1);
    const bs_observables ten = {.probes = 10, .probe_images = 1};
    const bs_observables two_thousand = {.probes = MANY, .probe_images = 1};
    bs_branch_positions(c.network, 2, SEED, IMAGES, &ten, few);
    bs_branch_positions(c.network, 2, SEED, IMAGES, &two_thousand, many);
    assert_memory_equal(few, many, 10 * sizeof *few);
    int seen_images = 0;
    int seen_corners = 0;
    for (int i = 0; i < MANY; i++) {
        const bs_probe *p = &many[i];
        assert_true(p->image >= 0 && p->image < IMAGES && p->channel >= 0 && p->channel < 64 &&
                    p->row >= 0 && p->row < 8 && p->column >= 0 && p->column < 8);
        seen_images |= 1 << p->image;
        seen_corners |= (p->row == 0 ? 1 : 0) | (p->row == 7 ? 2 : 0) | (p->column == 0 ? 4 : 0) |
                        (p->column == 7 ? 8 : 0) | (p->row < p->column ? 32 : 0) |
                        (p->channel == 63 ? 16 : 0);
    }
    assert_int_equal(seen_images, (1 << IMAGES) - 1);
    assert_int_equal(seen_corners, 63);
    bs_branch_head(c.network, 2, SEED, heads[0]);
    bs_branch_head(c.network, 2, SEED + 1, heads[1]);
    double squares = 0.0;
    double products = 0.0;
    for (int i = 0; i < CHANNELS * BS_CLASSES; i++) {
        squares += heads[0][i] * heads[0][i] / BS_CLASSES;
        products += heads[0][i] * heads[1][i] / BS_CLASSES;
    }
    assert_true(fabs(squares - 1.0) < 0.2 && fabs(products) < 0.2);
    free_case(&c);
}

/* Each neuron in several images, none twice, as few and as many as there are. */
static void neurons_are_seen_in_several_images(void **state)
{
    (void)state;
    static bs_probe single[PROBES];
    static bs_probe several[PROBES * IMAGES];
    nn_case c = make_case(&RESNET_8, 1);
    bs_branch_positions(c.network, 1, SEED, IMAGES, &ALL, single);
    for (int images = 1; images <= IMAGES; images++) {
        const bs_observables wanted = {.probes = PROBES, .probe_images = images};
        bs_branch_positions(c.network, 1, SEED, IMAGES, &wanted, several);
        for (int i = 0; i < PROBES; i++) {
            const bs_probe *first = &several[(size_t)(i * images)];
            int seen_images = 0;
            assert_memory_equal(first, &single[i], sizeof *first);
            for (int j = 0; j < images; j++) {
                assert_true(first[j].image >= 0 && first[j].image < IMAGES);
                assert_true(first[j].channel == first->channel && first[j].row == first->row &&
                            first[j].column == first->column);
                seen_images |= 1 << first[j].image;
            }
            assert_int_equal(__builtin_popcount((unsigned)seen_images), images);
        }
    }
    free_case(&c);
}

static void networks_without_blocks_are_refused(void **state)
{
    (void)state;
    const bs_architecture hyperparameters = {
        .family = BS_FAMILY_MLP, .depth = 1, .paths = 1, .width = 16};
    const bs_observables none = {.logits = 3};
    nn_case c = make_case(&hyperparameters, 1);
    bs_model *model = NULL;
    assert_int_equal(bs_model_create(c.network, bs_backend_at(0), 1, &NORMALISATION, &model),
                     BS_OK);
    assert_int_equal(bs_model_observe(model, &ALL, SEED, IMAGES), BS_ERR_USAGE);
    assert_int_equal(bs_model_observe(model, &none, SEED, IMAGES), BS_OK);
    assert_null(bs_model_branch_losses(model));
    bs_model_destroy(model);
    free_case(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(signals_by_hand),
        cmocka_unit_test(what_is_left_without_paths),
        cmocka_unit_test(only_what_is_missing_is_missing),
        cmocka_unit_test(heads_and_positions_are_fixed),
        cmocka_unit_test(neurons_are_seen_in_several_images),
        cmocka_unit_test(networks_without_blocks_are_refused),
    };
    return cmocka_run_group_tests_name("observables", tests, NULL, NULL);
}
