/* Accuracy of the GPU's kernels, in their emulation: losses of trained networks at points around
 * them, against double precision. BS_TEST_ALL=1: more images, points and networks, in minutes. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "blueshift/direction.h"
#include "blueshift/images.h"
#include "blueshift/score.h"
#include "blueshift/weights.h"
#include "unit/unit_test.h"
#include "unit/cuda_case.h"

enum { POINTS = 6, VECTORS = 3, TEST_IMAGES = 10000 };

/* Around the minimum: losses from 0.01 to a few tenths. */
static const double PLANE[POINTS][VECTORS] = {{1.0, -0.2, -0.1}, {1.0, 0.1, 0.2},  {1.0, 0.25, 0.0},
                                              {1.0, 0.0, -0.25}, {1.0, 0.2, -0.2}, {1.0, 0.0, 0.0}};

typedef struct trained {
    nn_case c;
    uint8_t *labels;
    float *directions[VECTORS - 1];
} trained;

static void need_ok(bs_status status)
{
    if (status != BS_OK) {
        fail_msg("%s", bs_error_text());
    }
}

static void *need(void *block)
{
    assert_non_null(block);
    return block;
}

static void parse_triple(const char *text, double out[3])
{
    char *end = NULL;
    for (int i = 0; i < 3; i++) {
        out[i] = strtod(i == 0 ? text : end + 1, &end);
    }
}

static void read_images(trained *t, const bs_normalisation *normalisation)
{
    char path[1024];
    uint8_t *pixels = need(bs_alloc(TEST_IMAGES, BS_IMAGE_BYTES));
    (void)snprintf(path, sizeof path, "%s/cifar-10-batches-bin", getenv("BLUESHIFT_DATA"));
    const bs_image_set set = {.source = BS_SOURCE_CIFAR10, .path = path, .split = BS_SPLIT_TEST};
    t->labels = need(bs_alloc(TEST_IMAGES, 1));
    t->c.images = need(bs_alloc((size_t)t->c.count * BS_IMAGE_BYTES, sizeof *t->c.images));
    need_ok(bs_image_set_read(&set, TEST_IMAGES, pixels, t->labels));
    const bs_images images = {.count = t->c.count, .pixels = pixels, .labels = t->labels};
    bs_images_normalise(&images, 0, t->c.count, normalisation, t->c.images);
    bs_free(pixels);
}

static trained read_trained(const char *name, bs_norm norm, int count)
{
    trained t = {.c = {.count = count}};
    char path[1024];
    bs_weights weights;
    unsigned assumed = 0;
    bs_architecture architecture = {.skip_weight = 1.0, .norm = norm};
    bs_normalisation normalisation;
    (void)snprintf(path, sizeof path, "%s/weights/%s.safetensors", getenv("BLUESHIFT_DATA"), name);
    need_ok(bs_weights_read(path, &weights));
    need_ok(bs_network_infer(&weights, 0, &architecture, &assumed));
    need_ok(bs_network_create(&architecture, &t.c.network));
    const bs_network *network = t.c.network;
    t.c.theta = need(bs_alloc(network->parameter_size, sizeof *t.c.theta));
    t.c.statistics = need(bs_alloc(network->statistic_size, sizeof *t.c.statistics));
    need_ok(bs_network_load(network, &weights, t.c.theta, t.c.statistics));
    parse_triple(bs_weights_metadata(&weights, "mean"), normalisation.mean);
    parse_triple(bs_weights_metadata(&weights, "std"), normalisation.std);
    bs_weights_release(&weights);
    read_images(&t, &normalisation);
    for (int d = 0; d < VECTORS - 1; d++) {
        t.directions[d] = need(bs_alloc(network->parameter_size, sizeof(float)));
        bs_direction_random(network->parameter_count, network->parameters, 1, 0, d,
                            t.directions[d]);
        bs_direction_normalise(network->parameter_count, network->parameters, t.c.theta,
                               BS_DIRECTION_NORM_FILTER, true, t.directions[d]);
    }
    return t;
}

static void free_trained(trained *t)
{
    free_case(&t->c);
    bs_free(t->labels);
    for (int d = 0; d < VECTORS - 1; d++) {
        bs_free(t->directions[d]);
    }
}

/* Logits in double precision with the weights of POINT. */
static void evaluate_exactly(const trained *t, const double point[VECTORS], double *logits)
{
    const size_t size = t->c.network->parameter_size;
    nn_case c = t->c;
    c.theta = need(bs_alloc(size, sizeof *c.theta));
    for (size_t i = 0; i < size; i++) {
        double sum = (double)t->c.theta[i];
        for (int d = 1; d < VECTORS; d++) {
            sum += point[d] * (double)t->directions[d - 1][i];
        }
        c.theta[i] = (float)sum;
    }
    run_case(&c, &bs_backend_reference, logits, NULL);
    bs_free(c.theta);
}

/* Root mean squares: of the error of a point's mean loss, of that of an image; and the mean loss.
 */
typedef struct accuracy {
    double mean, image, loss;
} accuracy;

static accuracy measure(const trained *t, int points)
{
    const int count = t->c.count;
    accuracy a = {0};
    double *exact = new_logits(&t->c, 1);
    double *logits = new_logits(&t->c, points);
    cuda_request request = ONE_POINT;
    request.points = points;
    request.vectors = VECTORS;
    request.coefficients = PLANE[0];
    request.directions = (const float *const *)t->directions;
    run_cuda_well(&t->c, &request, logits, NULL);
    for (int p = 0; p < points; p++) {
        double sum = 0.0;
        evaluate_exactly(t, PLANE[p], exact);
        for (int n = 0; n < count; n++) {
            const ptrdiff_t row = (ptrdiff_t)n * BS_CLASSES;
            const double *got = logits + (ptrdiff_t)p * count * BS_CLASSES + row;
            const double loss = bs_cross_entropy(exact + row, BS_CLASSES, t->labels[n]);
            const double error = bs_cross_entropy(got, BS_CLASSES, t->labels[n]) - loss;
            sum += error / count;
            a.image += error * error / (count * points);
            a.loss += loss / (count * points);
        }
        print_message("# point %d: error of the mean loss %+.2e\n", p, sum);
        a.mean += sum * sum / points;
    }
    a.mean = sqrt(a.mean);
    a.image = sqrt(a.image);
    bs_free(exact);
    bs_free(logits);
    return a;
}

/* ALLOWED: of one image. One long chain of sums in the tensor core gives ten times what was
 * measured.
 */
static void check_accuracy(const char *name, bs_norm norm, int count, int points, double allowed)
{
    if (!emulated_device_runs() || getenv("BLUESHIFT_DATA") == NULL) {
        skip();
    }
    trained t = read_trained(name, norm, count);
    accuracy a = measure(&t, points);
    print_message("# %s, %s statistics, %d points of %d images, mean loss %.3f: root mean square "
                  "error of the mean loss %.1e, of an image %.1e\n",
                  name, norm == BS_NORM_BATCH ? "batch" : "given", points, count, a.loss, a.mean,
                  a.image);
    assert_true(a.image <= allowed);
    assert_true(a.mean <= allowed);
    free_trained(&t);
}

static void given_statistics(void **state)
{
    (void)state;
    check_accuracy("akamaster-resnet20", BS_NORM_RUNNING, 4, 2, 2e-6);
}

static void batch_statistics(void **state)
{
    (void)state;
    check_accuracy("akamaster-resnet20", BS_NORM_BATCH, 4, 1, 2e-6);
}

static void deep_networks(void **state)
{
    (void)state;
    if (getenv("BS_TEST_ALL") == NULL) {
        skip();
    }
    check_accuracy("akamaster-resnet56", BS_NORM_RUNNING, 48, POINTS, 4e-6);
    check_accuracy("akamaster-resnet56", BS_NORM_BATCH, 48, POINTS, 4e-6);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(given_statistics),
                                       cmocka_unit_test(batch_statistics),
                                       cmocka_unit_test(deep_networks)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
