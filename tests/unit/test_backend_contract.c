/* Tests of what backends promise beside values: no history, no crosstalk, exact symmetries. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "unit/unit_test.h"
#include "nn_case.h"

enum { IMAGES = 7, LOGITS = IMAGES * BS_CLASSES };

static void check_every_backend(const bs_architecture *hyperparameters,
                                void (*check)(const nn_case *, const bs_backend *))
{
    nn_case c = make_case(hyperparameters, IMAGES);
    for (int i = 0; bs_backend_at(i) != NULL; i++) {
        check(&c, bs_backend_at(i));
    }
    free_case(&c);
}

/* Runs CHECK for every backend: on ResNets with both kinds of statistics, or on fully connected
 * networks, plain, with paths and with a shortcut. */
static void for_all(bs_family family, void (*check)(const nn_case *, const bs_backend *))
{
    for (int norm = BS_NORM_BATCH; norm <= BS_NORM_FROZEN && family == BS_FAMILY_RESNET; norm++) {
        bs_architecture hyperparameters = RESNET_8;
        hyperparameters.norm = (bs_norm)norm;
        hyperparameters.version = norm == BS_NORM_BATCH ? BS_VERSION_V2 : BS_VERSION_V1;
        check_every_backend(&hyperparameters, check);
    }
    for (int paths = 1; paths <= 3 && family == BS_FAMILY_MLP; paths++) {
        bs_architecture hyperparameters = {
            .family = BS_FAMILY_MLP, .depth = 3, .width = 24, .paths = paths, .skip_weight = 0.5};
        check_every_backend(&hyperparameters, check);
        hyperparameters.shortcut = BS_SHORTCUT_PAD;
        if (paths == 1) {
            check_every_backend(&hyperparameters, check);
        }
    }
}

static void check_alone(const nn_case *c, const bs_backend *backend)
{
    double together[LOGITS];
    double alone[BS_CLASSES];
    if (c->network->architecture.norm == BS_NORM_BATCH) {
        return;
    }
    run_case(c, backend, together, NULL);
    for (int n = 0; n < IMAGES; n++) {
        nn_case one = *c;
        one.count = 1;
        one.images = c->images + (size_t)n * BS_IMAGE_BYTES;
        run_case(&one, backend, alone, NULL);
        assert_memory_equal(alone, together + (size_t)n * BS_CLASSES, sizeof alone);
    }
}

static void an_image_alone_gives_the_same_bits(void **state)
{
    (void)state;
    for_all(BS_FAMILY_RESNET, check_alone);
    for_all(BS_FAMILY_MLP, check_alone);
}

/* The same state again after other weights and other images, and a larger state. */
static void check_history(const nn_case *c, const bs_backend *backend)
{
    double first[LOGITS];
    double again[LOGITS];
    void *state = NULL;
    bool batch = c->network->architecture.norm == BS_NORM_BATCH;
    run_case(c, backend, first, NULL);
    assert_int_equal(backend->create(c->network, 3 * IMAGES, batch, &state), BS_OK);
    float *other = bs_alloc(c->network->parameter_size, sizeof *other);
    assert_non_null(other);
    bs_network_init(c->network, 99, BS_STREAM_INIT, 0, other);
    assert_int_equal(backend->load(state, other, c->statistics), BS_OK);
    assert_int_equal(backend->forward(state, c->images + BS_IMAGE_BYTES, 3, again), BS_OK);
    assert_int_equal(backend->load(state, c->theta, c->statistics), BS_OK);
    memset(again, 0, sizeof again);
    assert_int_equal(backend->forward(state, c->images, IMAGES, again), BS_OK);
    assert_memory_equal(first, again, sizeof first);
    bs_free(other);
    backend->destroy(state);
}

static void results_have_no_history(void **state)
{
    (void)state;
    for_all(BS_FAMILY_RESNET, check_history);
    for_all(BS_FAMILY_MLP, check_history);
}

static bool all_finite(const double *logits)
{
    bool all = true;
    for (int i = 0; i < LOGITS; i++) {
        all = all && isfinite(logits[i]);
    }
    return all;
}

/* Weights far from trained ones, as at the end of a long axis along which norm layers do not move:
 * the variance of a batch overflows in single precision, and what is divided by its root must not
 * look like a sound value. */
static void overflow_stays_visible(void **state)
{
    (void)state;
    double logits[LOGITS];
    for (int version = BS_VERSION_V1; version <= BS_VERSION_V2; version++) {
        bs_architecture hyperparameters = RESNET_8;
        hyperparameters.version = (bs_version)version;
        nn_case c = make_case(&hyperparameters, IMAGES);
        for (int p = 0; p < c.network->parameter_count; p++) {
            const bs_tensor *t = &c.network->parameters[p];
            for (size_t i = t->offset; t->ndim > 1 && i < t->offset + t->count; i++) {
                c.theta[i] *= 1e20F;
            }
        }
        for (int i = 0; strcmp(bs_backend_at(i)->name, "reference") != 0; i++) {
            run_case(&c, bs_backend_at(i), logits, NULL);
            assert_false(all_finite(logits));
        }
        free_case(&c);
    }
}

/* A statistic that is given as infinite, NaN or negative. */
static void impossible_statistics_stay_visible(void **state)
{
    (void)state;
    const float impossible[] = {INFINITY, NAN, -1.0F};
    double logits[LOGITS];
    bs_architecture hyperparameters = RESNET_8;
    hyperparameters.norm = BS_NORM_RUNNING;
    nn_case c = make_case(&hyperparameters, IMAGES);
    const bs_tensor *variance = &c.network->statistics[1];
    for (int v = 0; v < 3; v++) {
        c.statistics[variance->offset + 3] = impossible[v];
        for (int i = 0; bs_backend_at(i) != NULL; i++) {
            run_case(&c, bs_backend_at(i), logits, NULL);
            assert_false(all_finite(logits));
        }
    }
    free_case(&c);
}

/* NaN in the weights of one evaluation must not reach the next through a halo or a statistic. */
static void check_recovery(const nn_case *c, const bs_backend *backend)
{
    double first[LOGITS];
    double again[LOGITS];
    void *state = NULL;
    bool batch = c->network->architecture.norm == BS_NORM_BATCH;
    run_case(c, backend, first, NULL);
    assert_int_equal(backend->create(c->network, IMAGES, batch, &state), BS_OK);
    float *broken = bs_alloc(c->network->parameter_size, sizeof *broken);
    assert_non_null(broken);
    for (size_t i = 0; i < c->network->parameter_size; i++) {
        broken[i] = NAN;
    }
    assert_int_equal(backend->load(state, broken, c->statistics), BS_OK);
    assert_int_equal(backend->forward(state, c->images, IMAGES, again), BS_OK);
    for (int i = 0; i < LOGITS; i++) {
        assert_true(isnan(again[i]));
    }
    assert_int_equal(backend->load(state, c->theta, c->statistics), BS_OK);
    assert_int_equal(backend->forward(state, c->images, IMAGES, again), BS_OK);
    assert_memory_equal(first, again, sizeof first);
    bs_free(broken);
    backend->destroy(state);
}

static void nan_comes_out_and_does_not_stay(void **state)
{
    (void)state;
    for_all(BS_FAMILY_RESNET, check_recovery);
    for_all(BS_FAMILY_MLP, check_recovery);
}

/* Multiplies half the filters of every convolution that is followed by a norm. */
static void rescale_filters(const nn_case *c, float factor)
{
    const bs_network *network = c->network;
    for (int i = 0; i < network->layer_count; i++) {
        const bs_layer *norm = &network->layers[i];
        const bs_layer *conv = &network->layers[norm->inputs[0]];
        if (norm->kind == BS_LAYER_NORM && conv->kind == BS_LAYER_CONV && norm->inputs[0] > 1) {
            const bs_tensor *weight = &network->parameters[conv->weight];
            for (size_t j = 0; j < weight->count / 2; j++) {
                c->theta[weight->offset + j] *= factor;
            }
        }
    }
}

/* The norm's epsilon, 1e-5 of the variance, sets the tolerance. */
static void check_rescaling(const nn_case *c, const bs_backend *backend)
{
    double before[LOGITS];
    double after[LOGITS];
    double largest = 0.0;
    double change = 0.0;
    if (c->network->architecture.norm != BS_NORM_BATCH) {
        return;
    }
    run_case(c, backend, before, NULL);
    rescale_filters(c, 4.0F);
    run_case(c, backend, after, NULL);
    rescale_filters(c, 0.25F);
    for (int i = 0; i < LOGITS; i++) {
        largest = fmax(largest, fabs(before[i]));
        change = fmax(change, fabs(after[i] - before[i]));
    }
    assert_true(change < 1e-3 * largest);
    assert_true(change > 0.0);
}

static void filters_before_a_batch_norm_may_be_rescaled(void **state)
{
    (void)state;
    for_all(BS_FAMILY_RESNET, check_rescaling);
}

/* With the last layer's weights zero the logits are its biases. */
static void check_zero_head(const nn_case *c, const bs_backend *backend)
{
    double logits[LOGITS];
    const bs_tensor *weight = &c->network->parameters[c->network->parameter_count - 2];
    const bs_tensor *bias = &c->network->parameters[c->network->parameter_count - 1];
    memset(c->theta + weight->offset, 0, weight->count * sizeof(float));
    run_case(c, backend, logits, NULL);
    for (int i = 0; i < LOGITS; i++) {
        assert_true(logits[i] == (double)c->theta[bias->offset + (size_t)(i % BS_CLASSES)]);
    }
}

static void a_zero_head_gives_its_biases(void **state)
{
    (void)state;
    for_all(BS_FAMILY_RESNET, check_zero_head);
}

/* A block whose paths are zero passes on act(nu x): with nu = 1 and ReLU, the network is its stem,
 * whatever its depth. */
static void check_identity(const bs_backend *backend, int depth, double logits[LOGITS])
{
    bs_architecture hyperparameters = RESNET_8;
    hyperparameters.norm = BS_NORM_NONE;
    hyperparameters.depth = depth;
    nn_case c = make_case(&hyperparameters, IMAGES);
    for (int i = 1; i + 2 < c.network->parameter_count; i++) {
        const bs_tensor *t = &c.network->parameters[i];
        memset(c.theta + t->offset, 0, t->count * sizeof(float));
    }
    for (int i = 0; i < 2; i++) { /* the head, the same for all depths */
        const bs_tensor *t = &c.network->parameters[c.network->parameter_count - 1 - i];
        fill_normal((uint32_t)(2000 + i), 0.0, 1.0, t->count, c.theta + t->offset);
    }
    run_case(&c, backend, logits, NULL);
    free_case(&c);
}

static void blocks_of_zeros_are_identities(void **state)
{
    (void)state;
    for (int i = 0; bs_backend_at(i) != NULL; i++) {
        double shallow[LOGITS];
        double deep[LOGITS];
        check_identity(bs_backend_at(i), 8, shallow);
        check_identity(bs_backend_at(i), 20, deep);
        assert_memory_equal(shallow, deep, sizeof deep);
        assert_true(fabs(shallow[0] - shallow[BS_CLASSES]) > 1e-6); /* of different images */
    }
}

/* Gives every path of TWIN the parameters of SINGLE, and both the same statistics. */
static void copy_to_paths(const nn_case *single, const nn_case *twin)
{
    for (int p = 0; p < twin->network->parameter_count; p++) {
        const bs_tensor *to = &twin->network->parameters[p];
        char name[BS_TENSOR_NAME];
        (void)snprintf(name, sizeof name, "%s", to->name);
        char *path = strstr(name, "path");
        if (path != NULL) {
            memmove(path, path + 6, strlen(path + 6) + 1);
        }
        for (int q = 0; q < single->network->parameter_count; q++) {
            const bs_tensor *from = &single->network->parameters[q];
            if (strcmp(from->name, name) == 0) {
                memcpy(twin->theta + to->offset, single->theta + from->offset,
                       to->count * sizeof(float));
            }
        }
    }
    for (size_t i = 0; i < twin->network->statistic_size; i++) {
        twin->statistics[i] = 0.5F;
    }
    for (size_t i = 0; i < single->network->statistic_size; i++) {
        single->statistics[i] = 0.5F;
    }
}

static void check_paths(const bs_backend *backend, bs_version version)
{
    const double tolerance = 1e-5;
    double one[LOGITS];
    double two[LOGITS];
    bs_architecture hyperparameters = RESNET_8;
    hyperparameters.version = version;
    hyperparameters.norm = BS_NORM_RUNNING;
    nn_case single = make_case(&hyperparameters, IMAGES);
    hyperparameters.paths = 2;
    nn_case twin = make_case(&hyperparameters, IMAGES);
    copy_to_paths(&single, &twin);
    run_case(&single, backend, one, NULL);
    run_case(&twin, backend, two, NULL);
    for (int i = 0; i < LOGITS; i++) {
        assert_true(fabs(one[i] - two[i]) <= tolerance * (1.0 + fabs(one[i])));
    }
    free_case(&single);
    free_case(&twin);
}

static void equal_paths_are_one_path(void **state)
{
    (void)state;
    for (int i = 0; bs_backend_at(i) != NULL; i++) {
        check_paths(bs_backend_at(i), BS_VERSION_V1);
        check_paths(bs_backend_at(i), BS_VERSION_V2);
    }
}

static void names_find_backends(void **state)
{
    (void)state;
    const bs_backend *backend = NULL;
    assert_int_equal(bs_backend_find("winograd-4x4", &backend), BS_OK);
    assert_ptr_equal(backend, bs_backend_at(0));
    assert_int_equal(bs_backend_find("direct", &backend), BS_OK);
    assert_int_equal(strncmp(backend->name, "direct-", 7), 0);
    for (int i = 0; bs_backend_at(i) != NULL; i++) {
        assert_int_equal(bs_backend_find(bs_backend_at(i)->name, &backend), BS_OK);
        assert_ptr_equal(backend, bs_backend_at(i));
    }
    assert_int_equal(bs_backend_find("fastest", &backend), BS_ERR_USAGE);
    assert_non_null(strstr(bs_error_text(), "reference"));
    assert_non_null(strstr(bs_error_text(), "fastest"));
    assert_int_equal(bs_backend_find("direct-", &backend), BS_ERR_USAGE);
    assert_int_equal(bs_backend_find("wino", &backend), BS_ERR_USAGE);
    assert_int_equal(bs_backend_find("", &backend), BS_ERR_USAGE);
}

/* The fastest that is accurate, and the same among Winograd's. */
static void automatic_choice_is_accurate(void **state)
{
    (void)state;
    const bs_backend *chosen = NULL;
    const bs_backend *winograd = NULL;
    assert_int_equal(bs_backend_find("auto", &chosen), BS_OK);
    assert_int_equal(bs_backend_find("winograd", &winograd), BS_OK);
    assert_ptr_equal(chosen, winograd);
    assert_true(chosen->loss_error <= BS_BACKEND_ACCURATE);
    for (int i = 0; bs_backend_at(i) != chosen; i++) {
        assert_true(bs_backend_at(i)->loss_error > BS_BACKEND_ACCURATE);
    }
}

static void the_reference_is_the_last(void **state)
{
    (void)state;
    for (int i = 0; bs_backend_at(i) != NULL; i++) {
        bool last = bs_backend_at(i + 1) == NULL;
        assert_int_equal(strcmp(bs_backend_at(i)->name, "reference") == 0, last);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_image_alone_gives_the_same_bits),
        cmocka_unit_test(results_have_no_history),
        cmocka_unit_test(nan_comes_out_and_does_not_stay),
        cmocka_unit_test(filters_before_a_batch_norm_may_be_rescaled),
        cmocka_unit_test(overflow_stays_visible),
        cmocka_unit_test(impossible_statistics_stay_visible),
        cmocka_unit_test(a_zero_head_gives_its_biases),
        cmocka_unit_test(blocks_of_zeros_are_identities),
        cmocka_unit_test(equal_paths_are_one_path),
        cmocka_unit_test(names_find_backends),
        cmocka_unit_test(automatic_choice_is_accurate),
        cmocka_unit_test(the_reference_is_the_last),
    };
    return cmocka_run_group_tests_name("backend_contract", tests, NULL, NULL);
}
