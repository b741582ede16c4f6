/* Tests of networks as tables: counts, names, order, shapes, impossible hyperparameters, initial
 * weights. */
#include <math.h>
#include <string.h>

#include "blueshift/memory.h"
#include "unit/unit_test.h"
#include "network_case.h"

static const bs_architecture RESNET_56 = {
    .depth = 56, .skip_weight = 1.0, .paths = 1, .width = 1, .norm = BS_NORM_BATCH};

/* He et al. 2016, and the figures of the article's multipath networks. */
static void parameter_counts_are_the_published_ones(void **state)
{
    (void)state;
    bs_architecture hyperparameters = RESNET_56;
    check_size(&hyperparameters, 853018);
    hyperparameters.shortcut = BS_SHORTCUT_PAD;
    check_size(&hyperparameters, 853018);
    hyperparameters.shortcut = BS_SHORTCUT_PROJECTION;
    check_size(&hyperparameters, 855770);
    hyperparameters.shortcut = BS_SHORTCUT_NONE;
    hyperparameters.paths = 3;
    check_size(&hyperparameters, 2556826);
    hyperparameters.paths = 1;
    hyperparameters.width = 3;
    check_size(&hyperparameters, 7646266);
}

static void one_evaluation_costs_what_is_known(void **state)
{
    (void)state;
    bs_network *network = make(&RESNET_56);
    assert_true(fabs((double)network->multiply_adds / 1e6 - 125.5) < 0.05);
    assert_int_equal(network->block_count, 27);
    assert_int_equal(network->statistic_count, 2 * 55);
    assert_int_equal(network->statistic_size, 2 * 2032);
    bs_network_destroy(network);
}

static void tensors_have_the_names_and_order_of_pytorch(void **state)
{
    (void)state;
    static const char *const plain[] = {"conv1.weight",
                                        "bn1.weight",
                                        "bn1.bias",
                                        "layer1.0.conv1.weight",
                                        "layer1.0.bn1.weight",
                                        "layer1.0.bn1.bias",
                                        "layer1.0.conv2.weight",
                                        "layer1.0.bn2.weight",
                                        "layer1.0.bn2.bias",
                                        "layer2.0.conv1.weight",
                                        "layer2.0.bn1.weight",
                                        "layer2.0.bn1.bias",
                                        "layer2.0.conv2.weight",
                                        "layer2.0.bn2.weight",
                                        "layer2.0.bn2.bias",
                                        "layer2.0.shortcut.0.weight",
                                        "layer2.0.shortcut.1.weight",
                                        "layer2.0.shortcut.1.bias",
                                        "layer3.0.conv1.weight",
                                        NULL};
    static const char *const preactivated[] = {"conv1.weight",
                                               "layer1.0.path0.bn1.weight",
                                               "layer1.0.path0.bn1.bias",
                                               "layer1.0.path0.conv1.weight",
                                               "layer1.0.path0.bn2.weight",
                                               "layer1.0.path0.bn2.bias",
                                               "layer1.0.path0.conv2.weight",
                                               "layer1.0.path1.bn1.weight",
                                               NULL};
    bs_architecture hyperparameters = RESNET_56;
    hyperparameters.depth = 8;
    hyperparameters.shortcut = BS_SHORTCUT_PROJECTION;
    bs_network *network = make(&hyperparameters);
    check_names(network, plain);
    assert_string_equal(network->parameters[network->parameter_count - 2].name, "linear.weight");
    assert_string_equal(network->parameters[network->parameter_count - 1].name, "linear.bias");
    assert_string_equal(network->statistics[0].name, "bn1.running_mean");
    assert_string_equal(network->statistics[3].name, "layer1.0.bn1.running_var");
    bs_network_destroy(network);
    hyperparameters.version = BS_VERSION_V2;
    hyperparameters.paths = 2;
    network = make(&hyperparameters);
    check_names(network, preactivated);
    assert_string_equal(network->parameters[network->parameter_count - 4].name, "bn.weight");
    bs_network_destroy(network);
}

static void every_combination_is_a_sound_table(void **state)
{
    (void)state;
    for (int i = 0; i < 2 * 3 * 4 * 4 * 2; i++) {
        bs_architecture hyperparameters = {.depth = i % 2 == 0 ? 20 : 110,
                                           .version = (bs_version)(i / 2 % 2),
                                           .shortcut = (bs_shortcut)(i / 4 % 3),
                                           .skip_weight = 0.5,
                                           .paths = 1 + i / 12 % 4,
                                           .width = 1 + i / 48 % 4,
                                           .norm = (bs_norm)(i / 12 % 4)};
        bs_network *network = make(&hyperparameters);
        check_table(network);
        assert_int_equal(network->block_count, (hyperparameters.depth - 2) / 2);
        bs_network_destroy(network);
    }
}

/* A skip weight of zero drops the skip from the table, but no tensor from the parameters. */
static void skip_weight_zero_is_no_shortcut(void **state)
{
    (void)state;
    bs_architecture hyperparameters = RESNET_56;
    bs_network *none = make(&hyperparameters);
    hyperparameters.shortcut = BS_SHORTCUT_PAD;
    hyperparameters.skip_weight = 0.0;
    bs_network *pad = make(&hyperparameters);
    hyperparameters.shortcut = BS_SHORTCUT_PROJECTION;
    bs_network *projection = make(&hyperparameters);
    assert_int_equal(pad->layer_count, none->layer_count);
    assert_int_equal(pad->parameter_size, none->parameter_size);
    assert_int_equal(projection->layer_count, none->layer_count);
    assert_int_equal(projection->parameter_size, 855770);
    assert_int_equal(projection->multiply_adds, none->multiply_adds);
    bs_network_destroy(none);
    bs_network_destroy(pad);
    bs_network_destroy(projection);
}

static void impossible_hyperparameters_are_named(void **state)
{
    (void)state;
    static const int depths[] = {-4, 0, 2, 7, 21, 57, 1208};
    bs_architecture hyperparameters = RESNET_56;
    for (int i = 0; i < 7; i++) {
        hyperparameters.depth = depths[i];
        check_refused(&hyperparameters, "depth");
    }
    hyperparameters = RESNET_56;
    hyperparameters.width = 0;
    check_refused(&hyperparameters, "width");
    hyperparameters.width = 17;
    check_refused(&hyperparameters, "width");
    hyperparameters = RESNET_56;
    hyperparameters.paths = BS_PATHS_MAX + 1;
    check_refused(&hyperparameters, "paths");
    hyperparameters = RESNET_56;
    hyperparameters.skip_weight = (double)NAN;
    check_refused(&hyperparameters, "skip_weight");
    hyperparameters = RESNET_56;
    hyperparameters.activation = BS_ACTIVATION_LEAKY_RELU;
    hyperparameters.slope = (double)INFINITY;
    check_refused(&hyperparameters, "slope");
}

/* Mean and variance of tensor INDEX against fan-in and gain; six standard errors. */
static void check_variance(const bs_network *network, const float *theta, int index, double gain)
{
    const bs_tensor *tensor = &network->parameters[index];
    double count = (double)tensor->count;
    double expected = gain * (double)tensor->shape[0] / count;
    double sum = 0.0;
    double squares = 0.0;
    for (size_t i = 0; i < tensor->count; i++) {
        double value = (double)theta[tensor->offset + i];
        sum += value;
        squares += value * value;
    }
    assert_true(fabs(sum / count) < 6.0 * sqrt(expected / count));
    assert_true(fabs(squares / count / expected - 1.0) < 6.0 * sqrt(2.0 / count));
}

static void initial_variance_is_gain_over_fan_in(void **state)
{
    (void)state;
    static const double gains[] = {2.0, 2.0 / (1.0 + 0.25), 1.0, 2.0, 2.0};
    bs_architecture hyperparameters = {.depth = 8,
                                       .skip_weight = 1.0,
                                       .paths = 1,
                                       .width = 1,
                                       .slope = 0.5,
                                       .shortcut = BS_SHORTCUT_PROJECTION,
                                       .norm = BS_NORM_BATCH};
    for (int a = 0; a < BS_ACTIVATIONS; a++) {
        hyperparameters.activation = (bs_activation)a;
        bs_network *network = make(&hyperparameters);
        float *theta = bs_alloc(network->parameter_size, sizeof *theta);
        assert_non_null(theta);
        bs_network_init(network, 42, BS_STREAM_INIT, 0, theta);
        for (int i = 0; i < network->parameter_count; i++) {
            const bs_tensor *tensor = &network->parameters[i];
            bool last = tensor->ndim == 2;
            if (tensor->ndim > 1) {
                check_variance(network, theta, i, last ? 1.0 : gains[a]);
                continue;
            }
            float value = strstr(tensor->name, ".weight") != NULL ? 1.0F : 0.0F;
            for (size_t j = 0; j < tensor->count; j++) {
                assert_true(theta[tensor->offset + j] == value);
            }
        }
        bs_free(theta);
        bs_network_destroy(network);
    }
}

/* Correlation of two initialisations' convolution weights. */
static double correlation(const bs_network *network, const float *a, const float *b)
{
    double cross = 0.0;
    double squares[2] = {0.0, 0.0};
    for (int i = 0; i < network->parameter_count; i++) {
        const bs_tensor *tensor = &network->parameters[i];
        for (size_t j = tensor->offset; tensor->ndim > 1 && j < tensor->offset + tensor->count;
             j++) {
            cross += (double)a[j] * (double)b[j];
            squares[0] += (double)a[j] * (double)a[j];
            squares[1] += (double)b[j] * (double)b[j];
        }
    }
    return cross / sqrt(squares[0] * squares[1]);
}

static void initial_weights_follow_seed_and_realisation(void **state)
{
    (void)state;
    bs_architecture hyperparameters = RESNET_56;
    hyperparameters.depth = 20;
    bs_network *network = make(&hyperparameters);
    size_t size = network->parameter_size;
    float *theta = bs_alloc(5 * size, sizeof *theta);
    assert_non_null(theta);
    bs_network_init(network, 1, BS_STREAM_INIT, 0, theta);
    bs_network_init(network, 1, BS_STREAM_INIT, 0, theta + size);
    bs_network_init(network, 1, BS_STREAM_INIT, 1, theta + 2 * size);
    bs_network_init(network, 2, BS_STREAM_INIT, 0, theta + 3 * size);
    bs_network_init(network, 1, BS_STREAM_INIT_FAR, 0, theta + 4 * size);
    assert_memory_equal(theta, theta + size, size * sizeof *theta);
    double bound = 6.0 / sqrt((double)size);
    for (size_t i = 2; i < 5; i++) {
        assert_true(fabs(correlation(network, theta, theta + i * size)) < bound);
    }
    assert_true(fabs(correlation(network, theta + 2 * size, theta + 3 * size)) < bound);
    /* Tensors of one shape differ: each has its own numbers. */
    const float *first = theta + network->parameters[3].offset;
    const float *second = theta + network->parameters[6].offset;
    assert_true(network->parameters[3].count == network->parameters[6].count);
    assert_memory_not_equal(first, second, network->parameters[3].count * sizeof *first);
    bs_free(theta);
    bs_network_destroy(network);
}

static void names_are_those_of_experiments(void **state)
{
    (void)state;
    assert_string_equal(bs_version_name(BS_VERSION_V2), "v2");
    assert_string_equal(bs_shortcut_name(BS_SHORTCUT_PROJECTION), "projection");
    assert_string_equal(bs_activation_name(BS_ACTIVATION_LEAKY_RELU), "leaky-relu");
    assert_string_equal(bs_norm_name(BS_NORM_FROZEN), "frozen");
    assert_string_equal(bs_norm_name((bs_norm)99), "unknown");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parameter_counts_are_the_published_ones),
        cmocka_unit_test(one_evaluation_costs_what_is_known),
        cmocka_unit_test(tensors_have_the_names_and_order_of_pytorch),
        cmocka_unit_test(every_combination_is_a_sound_table),
        cmocka_unit_test(skip_weight_zero_is_no_shortcut),
        cmocka_unit_test(impossible_hyperparameters_are_named),
        cmocka_unit_test(initial_variance_is_gain_over_fan_in),
        cmocka_unit_test(initial_weights_follow_seed_and_realisation),
        cmocka_unit_test(names_are_those_of_experiments),
    };
    return cmocka_run_group_tests_name("network", tests, NULL, NULL);
}
