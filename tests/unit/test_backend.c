/* One battery over all backends: every combination of hyperparameters against the reference
 * backend. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "unit/unit_test.h"
#include "nn_case.h"

enum { IMAGES_MAX = 70 }; /* more than the group of dense layers */

/* Single precision: errors of a logit as a share of the largest logit, and of a statistic as a
 * share of the batch's spread (means) or itself (variances). Measured: 3e-6 at most. */
static const double TOLERANCE = 2e-5;

static double largest_logit(const double *logits, int count)
{
    double largest = 0.0;
    for (int i = 0; i < count * BS_CLASSES; i++) {
        largest = fmax(largest, fabs(logits[i]));
    }
    return largest;
}

static void write_name(const bs_architecture *k, const char *backend, char text[160])
{
    (void)snprintf(text, 160, "%s: depth %d %s %s nu %g paths %d width %d %s norm %s", backend,
                   k->depth, bs_version_name(k->version), bs_shortcut_name(k->shortcut),
                   k->skip_weight, k->paths, k->width, bs_activation_name(k->activation),
                   bs_norm_name(k->norm));
}

static void compare_logits(const nn_case *c, const bs_backend *backend, const double *expected,
                           const double *logits)
{
    double allowed = TOLERANCE * largest_logit(expected, c->count);
    char text[160];
    /* A single unit may be dead for all images. */
    assert_true(isfinite(allowed) &&
                (allowed > 0.0 || c->network->architecture.family == BS_FAMILY_MLP));
    for (int i = 0; i < c->count * BS_CLASSES; i++) {
        if (!(fabs(logits[i] - expected[i]) <= allowed)) {
            write_name(&c->network->architecture, backend->name, text);
            fail_msg("%s: logit %d is %.9g, not %.9g", text, i, logits[i], expected[i]);
        }
    }
}

static void compare_statistics(const nn_case *c, const bs_backend *backend, const double *expected,
                               const double *measured)
{
    double allowed = TOLERANCE;
    char text[160];
    for (int i = 0; i < c->network->statistic_count; i += 2) {
        const bs_tensor *mean = &c->network->statistics[i];
        for (size_t j = 0; j < mean->count; j++) {
            size_t m = mean->offset + j;
            size_t v = c->network->statistics[i + 1].offset + j;
            double spread = sqrt(expected[v]);
            if (!(fabs(measured[m] - expected[m]) <= allowed * (spread + fabs(expected[m]))) ||
                !(fabs(measured[v] - expected[v]) <= allowed * expected[v])) {
                write_name(&c->network->architecture, backend->name, text);
                fail_msg("%s: %s, channel %zu: mean %.9g not %.9g, variance %.9g not %.9g", text,
                         mean->name, j, measured[m], expected[m], measured[v], expected[v]);
            }
        }
    }
}

/* Every backend but the reference, against it. */
static void check_hyperparameters(const bs_architecture *hyperparameters, int count)
{
    static double expected[IMAGES_MAX * BS_CLASSES];
    static double logits[IMAGES_MAX * BS_CLASSES];
    nn_case c = make_case(hyperparameters, count);
    double *statistics = bs_alloc(2 * c.network->statistic_size, sizeof *statistics);
    assert_non_null(statistics);
    double *measured = statistics + c.network->statistic_size;
    const bs_backend *reference = NULL;
    assert_int_equal(bs_backend_find("reference", &reference), BS_OK);
    run_case(&c, reference, expected, statistics);
    for (int i = 0; bs_backend_at(i) != reference; i++) {
        const bs_backend *backend = bs_backend_at(i);
        run_case(&c, backend, logits, measured);
        compare_logits(&c, backend, expected, logits);
        if (hyperparameters->norm == BS_NORM_BATCH) {
            compare_statistics(&c, backend, statistics, measured);
        }
    }
    bs_free(statistics);
    free_case(&c);
}

/* Activation and skip weight change with every combination of the structural hyperparameters, so
 * that all of their values meet all of the others'. */
static void check_structures(bs_version version, bs_norm norm)
{
    static const double skip_weights[] = {1.0, 0.4, 0.0, -0.7};
    int index = (int)version + (int)norm;
    for (int shortcut = BS_SHORTCUT_NONE; shortcut <= BS_SHORTCUT_PROJECTION; shortcut++) {
        for (int paths = 1; paths <= 3; paths++, index++) {
            bs_architecture hyperparameters = RESNET_8;
            hyperparameters.version = version;
            hyperparameters.shortcut = (bs_shortcut)shortcut;
            hyperparameters.paths = paths;
            hyperparameters.norm = norm;
            hyperparameters.activation = (bs_activation)(index % 5);
            hyperparameters.skip_weight = skip_weights[index % 4];
            check_hyperparameters(&hyperparameters, 2);
        }
    }
}

static void v1_without_norm(void **state)
{
    (void)state;
    check_structures(BS_VERSION_V1, BS_NORM_NONE);
}

static void v1_with_batch_statistics(void **state)
{
    (void)state;
    check_structures(BS_VERSION_V1, BS_NORM_BATCH);
}

static void v1_with_given_statistics(void **state)
{
    (void)state;
    check_structures(BS_VERSION_V1, BS_NORM_RUNNING);
}

static void v2_without_norm(void **state)
{
    (void)state;
    check_structures(BS_VERSION_V2, BS_NORM_NONE);
}

static void v2_with_batch_statistics(void **state)
{
    (void)state;
    check_structures(BS_VERSION_V2, BS_NORM_BATCH);
}

static void v2_with_given_statistics(void **state)
{
    (void)state;
    check_structures(BS_VERSION_V2, BS_NORM_FROZEN);
}

static void every_activation(void **state)
{
    (void)state;
    for (int a = 0; a < BS_ACTIVATIONS; a++) {
        for (int v = BS_VERSION_V1; v <= BS_VERSION_V2; v++) {
            bs_architecture hyperparameters = RESNET_8;
            hyperparameters.activation = (bs_activation)a;
            hyperparameters.version = (bs_version)v;
            check_hyperparameters(&hyperparameters, 1);
            hyperparameters.norm = BS_NORM_RUNNING;
            check_hyperparameters(&hyperparameters, 1);
        }
    }
}

static void deeper_and_wider(void **state)
{
    (void)state;
    bs_architecture hyperparameters = RESNET_8;
    hyperparameters.depth = 20;
    check_hyperparameters(&hyperparameters, 3);
    hyperparameters.version = BS_VERSION_V2;
    hyperparameters.shortcut = BS_SHORTCUT_PROJECTION;
    hyperparameters.norm = BS_NORM_RUNNING;
    check_hyperparameters(&hyperparameters, 1);
    hyperparameters.depth = 8;
    hyperparameters.width = 2;
    check_hyperparameters(&hyperparameters, 1);
    hyperparameters.version = BS_VERSION_V1;
    hyperparameters.norm = BS_NORM_BATCH;
    check_hyperparameters(&hyperparameters, 2);
    hyperparameters.width = 3;
    hyperparameters.shortcut = BS_SHORTCUT_PAD;
    check_hyperparameters(&hyperparameters, 1);
    hyperparameters.width = 1;
    hyperparameters.paths = BS_PATHS_MAX;
    check_hyperparameters(&hyperparameters, 1);
}

/* More images than a group, and a last group that is not full. */
static void many_images(void **state)
{
    (void)state;
    bs_architecture hyperparameters = RESNET_8;
    check_hyperparameters(&hyperparameters, 11);
    hyperparameters.norm = BS_NORM_RUNNING;
    hyperparameters.version = BS_VERSION_V2;
    check_hyperparameters(&hyperparameters, 9);
}

static void fully_connected(void **state)
{
    (void)state;
    static const int widths[] = {1, 16, 37, 100};
    for (int i = 0; i < 4; i++) {
        for (int a = 0; a < BS_ACTIVATIONS; a++) {
            bs_architecture hyperparameters = {.family = BS_FAMILY_MLP,
                                               .depth = 1 + i,
                                               .width = widths[i],
                                               .paths = 1,
                                               .activation = (bs_activation)a,
                                               .slope = 0.1,
                                               .bias = i % 2 == 1};
            check_hyperparameters(&hyperparameters, i == 2 ? IMAGES_MAX : 1 + 9 * i);
            hyperparameters.paths = 2 + (i + a) % 3;
            hyperparameters.bias = (i + a) % 2 == 1;
            check_hyperparameters(&hyperparameters, i == 2 ? IMAGES_MAX : 1 + 9 * i);
        }
    }
}

static void fully_connected_with_shortcut(void **state)
{
    (void)state;
    static const int widths[] = {1, 16, 37, 100};
    static const double skip_weights[] = {1.0, 0.4, 0.0, -0.7};
    for (int i = 0; i < 4; i++) {
        for (int a = 0; a < BS_ACTIVATIONS; a++) {
            bs_architecture hyperparameters = {.family = BS_FAMILY_MLP,
                                               .depth = 3 + 2 * i,
                                               .width = widths[i],
                                               .paths = 1,
                                               .shortcut = BS_SHORTCUT_PAD,
                                               .skip_weight = skip_weights[(i + a) % 4],
                                               .activation = (bs_activation)a,
                                               .slope = 0.1,
                                               .bias = (i + a) % 2 == 1};
            check_hyperparameters(&hyperparameters, i == 2 ? IMAGES_MAX : 1 + 9 * i);
        }
    }
}

static void wrong_statistics_have_no_excuse(void **state)
{
    (void)state;
    bs_architecture hyperparameters = RESNET_8;
    hyperparameters.norm = BS_NORM_FROZEN;
    nn_case c = make_case(&hyperparameters, 1);
    double logits[BS_CLASSES];
    for (int i = 0; bs_backend_at(i) != NULL; i++) {
        const bs_backend *backend = bs_backend_at(i);
        void *opaque = NULL;
        assert_int_equal(backend->create(c.network, 1, false, &opaque), BS_OK);
        assert_int_equal(backend->load(opaque, c.theta, NULL), BS_ERR_INTERNAL);
        assert_int_equal(backend->load(opaque, c.theta, c.statistics), BS_OK);
        assert_int_equal(backend->forward(opaque, c.images, 2, logits), BS_ERR_INTERNAL);
        assert_int_equal(backend->forward(opaque, c.images, 0, logits), BS_ERR_INTERNAL);
        backend->destroy(opaque);
        backend->destroy(NULL);
    }
    free_case(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(v1_without_norm),
        cmocka_unit_test(v1_with_batch_statistics),
        cmocka_unit_test(v1_with_given_statistics),
        cmocka_unit_test(v2_without_norm),
        cmocka_unit_test(v2_with_batch_statistics),
        cmocka_unit_test(v2_with_given_statistics),
        cmocka_unit_test(every_activation),
        cmocka_unit_test(deeper_and_wider),
        cmocka_unit_test(many_images),
        cmocka_unit_test(fully_connected),
        cmocka_unit_test(fully_connected_with_shortcut),
        cmocka_unit_test(wrong_statistics_have_no_excuse),
    };
    return cmocka_run_group_tests_name("backend", tests, NULL, NULL);
}
