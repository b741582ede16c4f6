/* Trained networks: all test images of CIFAR-10 through each of the published weights files. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "blueshift/memory.h"
#include "blueshift/model.h"
#include "blueshift/weights.h"
#include "unit/unit_test.h"

enum { TEST_IMAGES = 10000, BLOCK = 100, CORRECT_TOLERANCE = 2, REFERENCE_IMAGES = 20 };

/* Sanitizers slow the backends ten times: they see the first images only, and the share of correct
 * ones must then lie within four binomial standard deviations of the published one. */
#ifdef __SANITIZE_ADDRESS__
enum { SCORED = 400 };
#else
enum { SCORED = TEST_IMAGES };
#endif

/* Relative difference of the loss between single and double precision. These images' losses are a
 * few thousandths, so that it is the absolute error of the logits; 55 layers without a shortcut
 * amplify rounding. Measured: 9.5e-6 at most, and without shortcuts 8.8e-5 (F(2x2): 1.9e-5, direct:
 * 1.2e-5). */
static const double LOSS_TOLERANCE = 2e-5;
static const double LOSS_TOLERANCE_PLAIN = 2e-4;

static uint8_t *pixels;
static uint8_t *labels;
static bs_images images;

static int set_up(void **state)
{
    (void)state;
    const char *data = getenv("BLUESHIFT_DATA");
    char path[1024];
    if (data == NULL) {
        return 0;
    }
    (void)snprintf(path, sizeof path, "%s/cifar-10-batches-bin", data);
    const bs_image_set dataset = {
        .source = BS_SOURCE_CIFAR10, .path = path, .split = BS_SPLIT_TEST};
    pixels = bs_alloc(TEST_IMAGES, BS_IMAGE_BYTES);
    labels = bs_alloc(TEST_IMAGES, 1);
    if (pixels == NULL || labels == NULL ||
        bs_image_set_read(&dataset, TEST_IMAGES, pixels, labels) != BS_OK) {
        print_error("%s\n", bs_error_text());
        return 1;
    }
    images = (bs_images){.count = TEST_IMAGES, .pixels = pixels, .labels = labels};
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    bs_free(pixels);
    bs_free(labels);
    return 0;
}

/* A network with the weights of a file, ready to be scored. */
typedef struct trained {
    bs_network *network;
    float *theta, *statistics;
    bs_normalisation normalisation;
} trained;

static void need_ok(bs_status status)
{
    if (status != BS_OK) {
        fail_msg("%s", bs_error_text());
    }
}

static void parse_triple(const char *text, double out[3])
{
    assert_non_null(text);
    char *end = NULL;
    for (int i = 0; i < 3; i++) {
        out[i] = strtod(text, &end);
        text = end + 1;
    }
}

static trained load_trained(const char *name)
{
    trained t = {0};
    char path[1024];
    bs_weights weights;
    unsigned assumed = 0;
    bs_architecture hyperparameters = {.skip_weight = 1.0, .norm = BS_NORM_RUNNING};
    (void)snprintf(path, sizeof path, "%s/weights/%s.safetensors", getenv("BLUESHIFT_DATA"), name);
    need_ok(bs_weights_read(path, &weights));
    need_ok(bs_network_infer(&weights, 0, &hyperparameters, &assumed));
    need_ok(bs_network_create(&hyperparameters, &t.network));
    t.theta = bs_alloc(t.network->parameter_size, sizeof *t.theta);
    t.statistics = bs_alloc(t.network->statistic_size, sizeof *t.statistics);
    assert_true(t.theta != NULL && t.statistics != NULL);
    need_ok(bs_network_load(t.network, &weights, t.theta, t.statistics));
    parse_triple(bs_weights_metadata(&weights, "mean"), t.normalisation.mean);
    parse_triple(bs_weights_metadata(&weights, "std"), t.normalisation.std);
    bs_weights_release(&weights);
    return t;
}

static void free_trained(trained *t)
{
    bs_network_destroy(t->network);
    bs_free(t->theta);
    bs_free(t->statistics);
}

static bs_score score(const trained *t, const char *backend_name, int count)
{
    const bs_backend *backend = NULL;
    bs_model *model = NULL;
    bs_score total = {0};
    need_ok(bs_backend_find(backend_name, &backend));
    need_ok(bs_model_create(t->network, backend, BLOCK, &t->normalisation, &model));
    need_ok(bs_model_load(model, t->theta, t->statistics));
    for (int first = 0; first < count; first += BLOCK) {
        bs_score part;
        int length = count - first < BLOCK ? count - first : BLOCK;
        need_ok(bs_model_score(model, &images, first, length, &part));
        bs_score_merge(&total, &part);
    }
    bs_model_destroy(model);
    return total;
}

/* Correct images among the scored ones when CORRECT of all are. */
static double expected(int correct)
{
    return (double)correct * SCORED / TEST_IMAGES;
}

static double allowance(int correct)
{
    double share = (double)correct / TEST_IMAGES;
    return (int)SCORED == (int)TEST_IMAGES ? CORRECT_TOLERANCE
                                           : 4.0 * sqrt(SCORED * share * (1.0 - share));
}

static void check_trained(const char *name, int correct)
{
    if (getenv("BLUESHIFT_DATA") == NULL) {
        skip();
    }
    trained t = load_trained(name);
    bs_score all = score(&t, "auto", SCORED);
    print_message("# %s: %.0f correct of %.0f, loss %.6f\n", name, all.correct, all.images,
                  all.loss_sum / all.images);
    assert_true(fabs(all.correct - expected(correct)) <= allowance(correct));
    bs_score exact = score(&t, "reference", REFERENCE_IMAGES);
    bs_score fast = score(&t, "auto", REFERENCE_IMAGES);
    bool plain = t.network->architecture.shortcut == BS_SHORTCUT_NONE;
    double tolerance = plain ? LOSS_TOLERANCE_PLAIN : LOSS_TOLERANCE;
    double error = fabs(fast.loss_sum - exact.loss_sum) / exact.loss_sum;
    print_message("# %s: relative error of the loss %.1e\n", name, error);
    assert_true(error <= tolerance);
    assert_true(fast.correct == exact.correct);
    free_trained(&t);
}

static void resnet20_pad(void **state)
{
    (void)state;
    check_trained("akamaster-resnet20", 9173);
}

static void resnet32_pad(void **state)
{
    (void)state;
    check_trained("akamaster-resnet32", 9263);
}

static void resnet44_pad(void **state)
{
    (void)state;
    check_trained("akamaster-resnet44", 9310);
}

static void resnet56_pad(void **state)
{
    (void)state;
    check_trained("akamaster-resnet56", 9339);
}

static void resnet56_projection(void **state)
{
    (void)state;
    check_trained("li2018-resnet56", 9366);
}

static void resnet56_without_shortcuts(void **state)
{
    (void)state;
    check_trained("li2018-resnet56-noshort", 8669);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(resnet20_pad),        cmocka_unit_test(resnet32_pad),
        cmocka_unit_test(resnet44_pad),        cmocka_unit_test(resnet56_pad),
        cmocka_unit_test(resnet56_projection), cmocka_unit_test(resnet56_without_shortcuts),
    };
    return cmocka_run_group_tests_name("trained", tests, set_up, tear_down);
}
