/* Tests of models that run out of memory, and that allocate none while they evaluate. */
#include <math.h>
#include <string.h>

#include "blueshift/images.h"
#include "blueshift/backend.h"
#include "blueshift/model.h"
#include "unit/unit_test.h"
#include "child.h"

enum { IMAGES = 2, PARAMETERS = 100000, STATISTICS = 1000 };

/* What the children do: each backend in turn, with given or batch statistics. */
static int backend_index;
static bs_norm norm;
static bool observed;

static float theta[PARAMETERS];
static float statistics[STATISTICS];

static const bs_normalisation UNIT = {.std = {1.0, 1.0, 1.0}};

static bs_status make_model(bs_network **network, bs_model **model)
{
    const bs_architecture hyperparameters = {.depth = 8,
                                             .shortcut = BS_SHORTCUT_PROJECTION,
                                             .skip_weight = 1.0,
                                             .paths = 1,
                                             .width = 1,
                                             .norm = norm};
    *model = NULL;
    BS_TRY(bs_network_create(&hyperparameters, network));
    BS_TRY(bs_model_create(*network, bs_backend_at(backend_index), IMAGES, &UNIT, model));
    const bs_observables all = {.branch_losses = true, .probes = 3, .probe_images = 1};
    return observed ? bs_model_observe(*model, &all, 1, IMAGES) : BS_OK;
}

static int create_only(void)
{
    bs_network *network = NULL;
    bs_model *model = NULL;
    bs_status status = make_model(&network, &model);
    bs_model_destroy(model);
    bs_network_destroy(network);
    return (int)status;
}

static int evaluate_twice(void)
{
    static const uint8_t pixels[IMAGES * BS_IMAGE_BYTES];
    static const uint8_t labels[IMAGES];
    const bs_images images = {.count = IMAGES, .pixels = pixels, .labels = labels};
    bs_network *network = NULL;
    bs_model *model = NULL;
    bs_score score;
    bs_status status = make_model(&network, &model);
    for (int i = 0; i < 2 && status == BS_OK; i++) {
        status = bs_model_load(model, theta, statistics);
        if (status == BS_OK) {
            status = bs_model_score(model, &images, 0, IMAGES, &score);
        }
    }
    bs_model_destroy(model);
    bs_network_destroy(network);
    return (int)status;
}

static int measure(void)
{
    static double measured[STATISTICS];
    static const uint8_t pixels[IMAGES * BS_IMAGE_BYTES];
    static const uint8_t labels[IMAGES];
    const bs_images images = {.count = IMAGES, .pixels = pixels, .labels = labels};
    bs_network *network = NULL;
    bs_model *model = NULL;
    bs_status status = make_model(&network, &model);
    if (status == BS_OK) {
        status = bs_model_measure(model, theta, &images, 0, IMAGES, measured);
    }
    bs_model_destroy(model);
    bs_network_destroy(network);
    return (int)status;
}

/* STEPS of training. */
static bs_status train(int steps)
{
    static const float images[IMAGES * BS_IMAGE_BYTES];
    static float gradient[PARAMETERS];
    const bs_architecture hyperparameters = {
        .depth = 8, .paths = 1, .width = 1, .norm = BS_NORM_BATCH};
    const bs_backend *backend = bs_backend_at(backend_index);
    double logits[IMAGES * BS_CLASSES];
    bs_network *network = NULL;
    void *made = NULL;
    BS_TRY(bs_network_create(&hyperparameters, &network));
    bs_status status = backend->create(network, IMAGES, true, &made);
    if (status == BS_OK) {
        status = backend->train(made);
    }
    for (int i = 0; i < steps && status == BS_OK; i++) {
        status = backend->load(made, theta, NULL);
        status = status == BS_OK ? backend->forward(made, images, IMAGES, logits) : status;
        status = status == BS_OK ? backend->backward(made, logits, gradient, NULL) : status;
    }
    backend->destroy(made);
    bs_network_destroy(network);
    return status;
}

static int train_only(void)
{
    return (int)train(0);
}

static int step_twice(void)
{
    return (int)train(2);
}

/* What is asked of the backends, too, is asked in a child: their registry asks the injector. */
static int exists(void)
{
    return bs_backend_at(backend_index) != NULL ? 1 : 0;
}

static int is_reference(void)
{
    return strcmp(bs_backend_at(backend_index)->name, "reference") == 0 ? 1 : 0;
}

/* How many allocations FUNCTION makes, after letting each of them fail. */
static int allocations(int (*function)(void))
{
    enum { MOST = 100 };
    for (int call = 1; call < MOST; call++) {
        char fault[64];
        (void)snprintf(fault, sizeof fault, "alloc:%d", call);
        int result = in_child(fault, function);
        if (result == BS_OK) {
            return call - 1;
        }
        if (result != BS_ERR_MEMORY) {
            fail_msg("%s gave %d", fault, result);
        }
    }
    return MOST;
}

static void running_out_of_memory_is_an_error(void **state)
{
    (void)state;
    for (backend_index = 0; in_child(NULL, exists) == 1; backend_index++) {
        norm = BS_NORM_BATCH;
        int batch = allocations(create_only);
        assert_in_range(batch, 10, 50);
        assert_int_equal(allocations(evaluate_twice), batch);
        norm = BS_NORM_RUNNING;
        assert_int_equal(allocations(evaluate_twice), allocations(create_only));
    }
}

/* The fastest backend, whose plan all but the reference share, and the reference. */
static void observing_allocates_before_the_first_load(void **state)
{
    (void)state;
    for (backend_index = 0; in_child(NULL, exists) == 1; backend_index++) {
        if (backend_index > 0 && in_child(NULL, is_reference) == 0) {
            continue;
        }
        norm = BS_NORM_BATCH;
        int without = allocations(create_only);
        observed = true;
        int with = allocations(create_only);
        assert_in_range(with, without + 5, 90);
        assert_int_equal(allocations(evaluate_twice), with);
        observed = false;
    }
}

static void measuring_allocates_and_frees(void **state)
{
    (void)state;
    backend_index = 0;
    norm = BS_NORM_FROZEN;
    assert_true(allocations(measure) > allocations(create_only));
}

static void training_allocates_before_the_first_load(void **state)
{
    (void)state;
    for (backend_index = 0; in_child(NULL, exists) == 1; backend_index++) {
        int made = allocations(train_only);
        assert_in_range(made, 10, 90);
        assert_int_equal(allocations(step_twice), made);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(running_out_of_memory_is_an_error),
        cmocka_unit_test(observing_allocates_before_the_first_load),
        cmocka_unit_test(measuring_allocates_and_frees),
        cmocka_unit_test(training_allocates_before_the_first_load),
    };
    return cmocka_run_group_tests_name("backend_fault", tests, NULL, NULL);
}
