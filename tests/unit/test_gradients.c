/* Tests of the reference backend's backward pass against central differences. */
#include <stdio.h>

#include "unit/unit_test.h"
#include "../../src/nn/network/network_build.h"
#include "gradient_case.h"

static const bs_backend *reference(void)
{
    const bs_backend *backend = NULL;
    assert_int_equal(bs_backend_find("reference", &backend), BS_OK);
    return backend;
}

/* The slope of the loss at THETA along DIRECTION, both [parameter_size], by central differences of
 * two steps (Richardson). The steps are those that single precision lets theta take. */
static double slope_along(const nn_case *c, void *state, const float *direction, double step)
{
    size_t size = c->network->parameter_size;
    float *moved = bs_alloc(size, sizeof *moved);
    double slopes[2];
    assert_non_null(moved);
    for (int i = 0; i < 2; i++, step *= 2.0) {
        double losses[2];
        for (int side = 0; side < 2; side++) {
            for (size_t j = 0; j < size; j++) {
                moved[j] = c->theta[j] + (side == 0 ? -1.0F : 1.0F) * (float)step * direction[j];
            }
            losses[side] = step_case(c, reference(), state, moved, NULL);
        }
        slopes[i] = (losses[1] - losses[0]) / (2.0 * step);
    }
    bs_free(moved);
    return (4.0 * slopes[0] - slopes[1]) / 3.0;
}

/* Parameters on a grid on which a step of differences is exact in single precision. */
static void round_parameters(const nn_case *c)
{
    for (size_t i = 0; i < c->network->parameter_size; i++) {
        c->theta[i] = roundf(c->theta[i] * 4096.0F) / 4096.0F;
    }
}

enum { DIRECTIONS = 6 };

/* A few directions: random signs in every sixth tensor each. */
static void check_tensors(const nn_case *c, double step)
{
    const bs_network *network = c->network;
    float *gradient = bs_alloc(network->parameter_size, sizeof *gradient);
    float *direction = bs_alloc(network->parameter_size, sizeof *direction);
    void *state = make_trainer(c, reference());
    assert_true(gradient != NULL && direction != NULL);
    round_parameters(c);
    (void)step_case(c, reference(), state, c->theta, gradient);
    for (int d = 0; d < DIRECTIONS; d++) {
        double expected = 0.0;
        double norm = 0.0;
        fill_normal((uint32_t)(2000 + d), 0.0, 1.0, network->parameter_size, direction);
        for (int t = 0; t < network->parameter_count; t++) {
            const bs_tensor *tensor = &network->parameters[t];
            for (size_t i = tensor->offset; i < tensor->offset + tensor->count; i++) {
                direction[i] = t % DIRECTIONS != d ? 0.0F : direction[i] < 0.0F ? -1.0F : 1.0F;
                expected += (double)direction[i] * (double)gradient[i];
                norm += fabs((double)(direction[i] * gradient[i] * gradient[i]));
            }
        }
        double slope = slope_along(c, state, direction, step);
        if (!(fabs(slope - expected) <= 1e-6 * sqrt(norm) + 1e-12)) {
            fail_msg("direction %d: the slope is %.12g, not %.12g (norm %.3g)", d, expected, slope,
                     sqrt(norm));
        }
    }
    reference()->destroy(state);
    bs_free(gradient);
    bs_free(direction);
}

/* Every element of every tensor by itself. */
static void check_elements(const nn_case *c, double step)
{
    const bs_network *network = c->network;
    float *gradient = bs_alloc(network->parameter_size, sizeof *gradient);
    float *direction = bs_alloc(network->parameter_size, sizeof *direction);
    void *state = make_trainer(c, reference());
    assert_true(gradient != NULL && direction != NULL);
    round_parameters(c);
    (void)step_case(c, reference(), state, c->theta, gradient);
    double largest = 0.0;
    for (size_t i = 0; i < network->parameter_size; i++) {
        largest = fmax(largest, fabs((double)gradient[i]));
    }
    assert_true(largest > 1e-3);
    for (size_t i = 0; i < network->parameter_size; i++) {
        direction[i] = 1.0F;
        double slope = slope_along(c, state, direction, step);
        direction[i] = 0.0F;
        if (!(fabs(slope - (double)gradient[i]) <= 1e-6 * largest)) {
            fail_msg("parameter %zu: the slope is %.12g, not %.12g", i, (double)gradient[i], slope);
        }
    }
    reference()->destroy(state);
    bs_free(gradient);
    bs_free(direction);
}

enum { SIDE = 6, IMAGES = 3 };
static const double STEP = 1.0 / 8192;    /* smooth activations */
static const double TINY = 1.0 / 4194304; /* too small to meet the kink of many */

/* A case over a table that BUILD makes, with images of SIDE x SIDE pixels. */
static nn_case make_table(void (*build)(bs_builder *), bs_norm norm, bs_activation activation)
{
    nn_case c = {.count = IMAGES, .network = bs_alloc(1, sizeof *c.network)};
    assert_non_null(c.network);
    c.network->architecture = (bs_architecture){
        .paths = 1, .width = 1, .norm = norm, .activation = activation, .slope = 0.25};
    bs_builder builder = {.network = c.network, .block = -1};
    build(&builder);
    assert_int_equal(builder.status, BS_OK);
    size_t pixels = (size_t)IMAGES * SIDE * SIDE * BS_IMAGE_CHANNELS;
    c.theta = bs_alloc(c.network->parameter_size, sizeof *c.theta);
    c.statistics = bs_alloc(c.network->statistic_size, sizeof *c.statistics);
    c.images = bs_alloc(pixels, sizeof *c.images);
    assert_true(c.theta != NULL && c.statistics != NULL && c.images != NULL);
    fill_normal(1, 0.1, 0.4, c.network->parameter_size, c.theta);
    fill_normal(2, 0.1, 1.0, pixels, c.images);
    return c;
}

static void end_table(bs_builder *b, int x)
{
    bs_build_linear(b, bs_build_pool(b, x), "end", BS_CLASSES, true);
}

/* Convolutions of each kernel and stride, the second after the first, so that the derivatives by
 * a value are checked too. */
static void build_convolutions(bs_builder *b)
{
    int x = bs_build_input(b, BS_IMAGE_CHANNELS, SIDE);
    x = bs_build_activation(b, bs_build_conv(b, x, "a", 2, 3, 1));
    x = bs_build_activation(b, bs_build_conv(b, x, "b", 3, 1, 1));
    x = bs_build_activation(b, bs_build_conv(b, x, "c", 2, 5, 1));
    x = bs_build_activation(b, bs_build_conv(b, x, "d", 3, 3, 2));
    end_table(b, bs_build_activation(b, bs_build_conv(b, x, "e", 4, 3, 1)));
}

static void build_halving(bs_builder *b)
{
    int x = bs_build_input(b, BS_IMAGE_CHANNELS, SIDE);
    x = bs_build_activation(b, bs_build_conv(b, x, "a", 2, 3, 1));
    x = bs_build_conv(b, x, "b", 3, 1, 2);
    end_table(b, bs_build_activation(b, x));
}

/* Norms of maps and of single numbers, one with two readers. */
static void build_norms(bs_builder *b)
{
    static const double halves[] = {0.5, 2.0};
    int x = bs_build_input(b, BS_IMAGE_CHANNELS, SIDE);
    x = bs_build_norm(b, bs_build_conv(b, x, "a", 2, 3, 2), "b");
    int y = bs_build_activation(b, x);
    y = bs_build_norm(b, bs_build_conv(b, y, "c", 2, 3, 1), "d");
    x = bs_build_sum(b, 2, (const int[]){x, y}, halves);
    x = bs_build_norm(b, bs_build_linear(b, x, "e", 4, false), "f");
    bs_build_linear(b, bs_build_activation(b, x), "g", BS_CLASSES, true);
}

/* Pads of both strides, sums of three with one value twice, linear layers with and without bias. */
static void build_sums(bs_builder *b)
{
    static const double three[] = {0.5, -1.0, 2.0};
    int x = bs_build_input(b, BS_IMAGE_CHANNELS, SIDE);
    x = bs_build_activation(b, bs_build_conv(b, x, "a", 2, 3, 1));
    int half = bs_build_pad(b, x, 4, 2);
    int y = bs_build_conv(b, x, "b", 4, 3, 2);
    x = bs_build_sum(b, 3, (const int[]){half, y, half}, three);
    x = bs_build_pad(b, bs_build_activation(b, x), 6, 1);
    x = bs_build_activation(b, bs_build_linear(b, x, "c", 5, true));
    x = bs_build_activation(b, bs_build_linear(b, x, "d", 5, false));
    bs_build_linear(b, x, "e", BS_CLASSES, false);
}

static void every_layer_kind_by_central_differences(void **state)
{
    (void)state;
    static void (*const builds[])(bs_builder *) = {build_convolutions, build_halving, build_norms,
                                                   build_sums};
    for (size_t i = 0; i < sizeof builds / sizeof builds[0]; i++) {
        for (int norm = BS_NORM_NONE; norm <= BS_NORM_BATCH; norm++) {
            nn_case c = make_table(builds[i], (bs_norm)norm, BS_ACTIVATION_TANH);
            check_elements(&c, STEP);
            free_case(&c);
        }
    }
}

static void every_activation_by_central_differences(void **state)
{
    (void)state;
    for (int a = 0; a < BS_ACTIVATIONS; a++) {
        bool kinked = a == BS_ACTIVATION_RELU || a == BS_ACTIVATION_LEAKY_RELU;
        nn_case c = make_table(build_convolutions, BS_NORM_NONE, (bs_activation)a);
        check_elements(&c, kinked ? TINY : STEP);
        free_case(&c);
    }
}

static void check_network(const bs_architecture *hyperparameters)
{
    nn_case c = make_case(hyperparameters, 2);
    bool kinked = hyperparameters->activation == BS_ACTIVATION_RELU;
    check_tensors(&c, kinked ? TINY : STEP);
    free_case(&c);
}

static void whole_networks_by_central_differences(void **state)
{
    (void)state;
    bs_architecture hyperparameters = RESNET_8;
    hyperparameters.activation = BS_ACTIVATION_SOFTPLUS;
    check_network(&hyperparameters);
    hyperparameters.version = BS_VERSION_V2;
    hyperparameters.shortcut = BS_SHORTCUT_PROJECTION;
    hyperparameters.skip_weight = 0.5;
    hyperparameters.paths = 2;
    check_network(&hyperparameters);
    hyperparameters = (bs_architecture){.family = BS_FAMILY_MLP,
                                        .depth = 3,
                                        .width = 8,
                                        .paths = 1,
                                        .shortcut = BS_SHORTCUT_PAD,
                                        .skip_weight = 0.5,
                                        .bias = true,
                                        .activation = BS_ACTIVATION_GELU};
    check_network(&hyperparameters);
    hyperparameters.shortcut = BS_SHORTCUT_NONE;
    hyperparameters.paths = 3;
    hyperparameters.activation = BS_ACTIVATION_RELU;
    check_network(&hyperparameters);
}

static void what_has_no_backward_pass_is_refused(void **state)
{
    (void)state;
    bs_architecture hyperparameters = RESNET_8;
    for (int i = 0; bs_backend_at(i) != NULL; i++) {
        const bs_backend *backend = bs_backend_at(i);
        void *made = NULL;
        nn_case c = make_case(&hyperparameters, 2);
        double derivatives[2 * BS_CLASSES] = {0};
        if (backend->train == NULL) {
            free_case(&c);
            continue;
        }
        assert_int_equal(backend->create(c.network, 2, false, &made), BS_OK);
        assert_int_equal(backend->train(made), BS_ERR_USAGE);
        assert_non_null(strstr(bs_error_text(), "given statistics"));
        backend->destroy(made);
        made = make_trainer(&c, backend);
        assert_int_equal(backend->backward(made, derivatives, c.theta, NULL), BS_ERR_INTERNAL);
        assert_int_equal(backend->observe(made, NULL), BS_ERR_USAGE);
        backend->destroy(made);
        free_case(&c);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_layer_kind_by_central_differences),
        cmocka_unit_test(every_activation_by_central_differences),
        cmocka_unit_test(whole_networks_by_central_differences),
        cmocka_unit_test(what_has_no_backward_pass_is_refused),
    };
    return cmocka_run_group_tests_name("gradients", tests, NULL, NULL);
}
