/* Tests of the fast backends' backward passes against the reference's, for all architectures. */
#include <stdio.h>

#include "unit/unit_test.h"
#include "../../src/nn/backend/fused.h"
#include "gradient_case.h"
#include "odd_case.h"

/* Relative to the norm of a tensor's gradient, or to that of an average tensor's where norm layers
 * after it make it zero: rounding of single precision, which a table without sense enlarges. */
static const double TOLERANCE = 1e-5;
static const double ODD_TOLERANCE = 3e-4;

static const bs_backend *reference(void)
{
    const bs_backend *backend = NULL;
    assert_int_equal(bs_backend_find("reference", &backend), BS_OK);
    return backend;
}

static void compare(const nn_case *c, const char *name, double tolerance, const float *gradient,
                    const float *expected)
{
    double average = 0.0;
    for (size_t i = 0; i < c->network->parameter_size; i++) {
        average += pow((double)expected[i], 2.0) / c->network->parameter_count;
    }
    assert_true(average > 1e-8);
    for (int t = 0; t < c->network->parameter_count; t++) {
        const bs_tensor *tensor = &c->network->parameters[t];
        double error = 0.0;
        double norm = 0.0;
        for (size_t i = tensor->offset; i < tensor->offset + tensor->count; i++) {
            error += pow((double)gradient[i] - (double)expected[i], 2.0);
            norm += pow((double)expected[i], 2.0);
        }
        if (!(error <= tolerance * tolerance * fmax(norm, average))) {
            fail_msg("%s: %s differs by %.3g of %.3g", name, tensor->name, sqrt(error), sqrt(norm));
        }
    }
}

/* Every fast backend, to the bit the same in a state for more images and after others. */
static void check_case(const nn_case *c, double tolerance)
{
    size_t size = c->network->parameter_size;
    float *expected = bs_alloc(size, sizeof *expected);
    float *gradient = bs_alloc(size, sizeof *gradient);
    float *again = bs_alloc(size, sizeof *again);
    assert_true(expected != NULL && gradient != NULL && again != NULL);
    nn_case larger = *c;
    nn_case fewer = *c;
    larger.count = 2 * c->count;
    fewer.count = c->count - 1;
    void *exact = make_trainer(c, reference());
    (void)step_case(c, reference(), exact, c->theta, expected);
    reference()->destroy(exact);
    for (int i = 0; bs_backend_at(i) != reference(); i++) {
        const bs_backend *backend = bs_backend_at(i);
        void *state = make_trainer(c, backend);
        (void)step_case(c, backend, state, c->theta, gradient);
        compare(c, backend->name, tolerance, gradient, expected);
        backend->destroy(state);
        state = make_trainer(&larger, backend);
        (void)step_case(&fewer, backend, state, c->theta, again);
        (void)step_case(c, backend, state, c->theta, again);
        assert_memory_equal(gradient, again, size * sizeof *again);
        backend->destroy(state);
    }
    bs_free(expected);
    bs_free(gradient);
    bs_free(again);
}

static void check_network(const bs_architecture *hyperparameters, int images)
{
    nn_case c = make_case(hyperparameters, images);
    check_case(&c, TOLERANCE);
    free_case(&c);
}

static void versions_shortcuts_and_norms(void **state)
{
    (void)state;
    for (int version = BS_VERSION_V1; version <= BS_VERSION_V2; version++) {
        for (int shortcut = BS_SHORTCUT_NONE; shortcut <= BS_SHORTCUT_PROJECTION; shortcut++) {
            for (int norm = BS_NORM_NONE; norm <= BS_NORM_BATCH; norm++) {
                bs_architecture hyperparameters = RESNET_8;
                hyperparameters.version = (bs_version)version;
                hyperparameters.shortcut = (bs_shortcut)shortcut;
                hyperparameters.norm = (bs_norm)norm;
                hyperparameters.activation = BS_ACTIVATION_TANH; /* no kink to be rounded over */
                check_network(&hyperparameters, norm == BS_NORM_NONE ? 3 : 2);
            }
        }
    }
}

static void paths_and_skip_weights(void **state)
{
    (void)state;
    static const double skip_weights[] = {0.0, 0.5, 1.0, 0.5};
    for (int version = BS_VERSION_V1; version <= BS_VERSION_V2; version++) {
        for (int i = 0; i < 4; i++) {
            bs_architecture hyperparameters = RESNET_8;
            hyperparameters.version = (bs_version)version;
            hyperparameters.paths = 3;
            hyperparameters.skip_weight = skip_weights[i];
            hyperparameters.shortcut = i == 1 ? BS_SHORTCUT_PAD : BS_SHORTCUT_PROJECTION;
            hyperparameters.norm = i == 2 ? BS_NORM_NONE : BS_NORM_BATCH;
            check_network(&hyperparameters, 2);
        }
    }
}

static void activations_and_widths(void **state)
{
    (void)state;
    for (int a = 0; a < BS_ACTIVATIONS; a++) {
        bs_architecture hyperparameters = RESNET_8;
        hyperparameters.activation = (bs_activation)a;
        hyperparameters.norm = a % 2 == 0 ? BS_NORM_NONE : BS_NORM_BATCH;
        check_network(&hyperparameters, 2);
    }
    bs_architecture wide = RESNET_8;
    wide.width = 2;
    check_network(&wide, 2);
}

static void one_image_at_a_time(bs_plan *plan)
{
    int most = 0;
    for (int i = 0; i < plan->segment_count; i++) {
        plan->groups[i] = 1;
    }
    for (int i = 0; i < plan->reverse_segments; i++) {
        most = plan->reverse_groups[i] > most ? plan->reverse_groups[i] : most;
        plan->reverse_groups[i] = 1;
    }
    assert_true(most > 1);
}

/* Whether images share the filters of large layers, with a last group of one, or not. */
static void groups_change_no_bit(void **state)
{
    (void)state;
    bs_architecture wide = RESNET_8;
    wide.width = 4;
    wide.norm = BS_NORM_BATCH;
    nn_case c = make_case(&wide, 9);
    size_t size = c.network->parameter_size;
    float *gradient = bs_alloc(size, sizeof *gradient);
    float *alone = bs_alloc(size, sizeof *alone);
    assert_true(gradient != NULL && alone != NULL);
    for (int i = 0; bs_backend_at(i) != reference(); i++) {
        const bs_backend *backend = bs_backend_at(i);
        void *trainer = make_trainer(&c, backend);
        double loss = step_case(&c, backend, trainer, c.theta, gradient);
        one_image_at_a_time(((bs_fused *)trainer)->plan);
        assert_true(step_case(&c, backend, trainer, c.theta, alone) == loss);
        assert_memory_equal(gradient, alone, size * sizeof *alone);
        backend->destroy(trainer);
    }
    bs_free(gradient);
    bs_free(alone);
    free_case(&c);
}

static void multilayer_perceptrons(void **state)
{
    (void)state;
    for (int paths = 1; paths <= 3; paths++) {
        for (int bias = 0; bias < 2; bias++) {
            bs_architecture hyperparameters = {.family = BS_FAMILY_MLP,
                                               .depth = 3,
                                               .width = 24,
                                               .paths = paths,
                                               .skip_weight = 0.5,
                                               .bias = bias == 1,
                                               .activation = BS_ACTIVATION_GELU};
            check_network(&hyperparameters, 64);
            hyperparameters.shortcut = BS_SHORTCUT_PAD;
            if (paths == 1) {
                check_network(&hyperparameters, 5);
            }
        }
    }
}

static void tables_of_no_architecture_work_too(void **state)
{
    (void)state;
    for (int norm = BS_NORM_NONE; norm <= BS_NORM_BATCH; norm++) {
        nn_case c = make_odd((bs_norm)norm, 6);
        check_case(&c, ODD_TOLERANCE);
        free_case(&c);
    }
}

/* What a sink is told of: the first element that is final, and the gradient as it was then. */
typedef struct seen {
    const float *gradient;
    float *copy;
    size_t first;
    int calls;
} seen;

static void see(void *context, size_t first, size_t size)
{
    seen *s = context;
    assert_true(size > 0);
    assert_int_equal(first + size, s->first);
    memcpy(s->copy + first, s->gradient + first, size * sizeof *s->copy);
    s->first = first;
    s->calls++;
}

/* From the last parameter to the first, each once, and never to change again; also those of a
 * projection that a skip weight of 0 leaves without a layer. */
static void a_sink_sees_final_values(void **state)
{
    (void)state;
    bs_architecture hyperparameters = RESNET_8;
    hyperparameters.shortcut = BS_SHORTCUT_PROJECTION;
    for (int i = 0; i < 2; i++) {
        hyperparameters.skip_weight = i;
        nn_case c = make_case(&hyperparameters, 3);
        size_t size = c.network->parameter_size;
        float *gradient = bs_alloc(size, sizeof *gradient);
        float *copy = bs_alloc(size, sizeof *copy);
        double logits[3 * BS_CLASSES];
        assert_true(gradient != NULL && copy != NULL);
        for (int k = 0; bs_backend_at(k) != NULL; k++) {
            const bs_backend *backend = bs_backend_at(k);
            void *trainer = make_trainer(&c, backend);
            seen s = {.gradient = gradient, .copy = copy, .first = size};
            const bs_gradient_sink sink = {see, &s};
            assert_int_equal(backend->load(trainer, c.theta, NULL), BS_OK);
            assert_int_equal(backend->forward(trainer, c.images, c.count, logits), BS_OK);
            assert_int_equal(backend->backward(trainer, logits, gradient, &sink), BS_OK);
            assert_int_equal(s.first, 0);
            assert_true(backend == reference() || s.calls > 5);
            assert_memory_equal(copy, gradient, size * sizeof *copy);
            backend->destroy(trainer);
        }
        bs_free(gradient);
        bs_free(copy);
        free_case(&c);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(versions_shortcuts_and_norms),
        cmocka_unit_test(paths_and_skip_weights),
        cmocka_unit_test(activations_and_widths),
        cmocka_unit_test(groups_change_no_bit),
        cmocka_unit_test(multilayer_perceptrons),
        cmocka_unit_test(tables_of_no_architecture_work_too),
        cmocka_unit_test(a_sink_sees_final_values),
    };
    return cmocka_run_group_tests_name("gradients_fast", tests, NULL, NULL);
}
