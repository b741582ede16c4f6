/* Tests of fully connected networks as tables: plain, with paths, with a shortcut. */
#include <math.h>

#include "unit/unit_test.h"
#include "network_case.h"

static void mlp_is_its_layers(void **state)
{
    (void)state;
    bs_architecture hyperparameters = {
        .family = BS_FAMILY_MLP, .depth = 3, .width = 50, .paths = 1, .bias = true};
    check_size(&hyperparameters, 3072 * 50 + 50 + 2 * (50 * 50 + 50) + 50 * 10 + 10);
    hyperparameters.bias = false;
    check_size(&hyperparameters, 3072 * 50 + 2 * 50 * 50 + 50 * 10);
    static const char *const names[] = {"fc1.weight", "fc2.weight", "fc3.weight", "linear.weight",
                                        NULL};
    bs_network *network = make(&hyperparameters);
    check_names(network, names);
    check_table(network);
    assert_int_equal(network->block_count, 0);
    bs_network_destroy(network);
}

static void mlp_with_paths_averages_every_layer(void **state)
{
    (void)state;
    static const char *const names[] = {"fc1.path0.weight",
                                        "fc1.path0.bias",
                                        "fc1.path1.weight",
                                        "fc1.path1.bias",
                                        "fc2.path0.weight",
                                        "fc2.path0.bias",
                                        "fc2.path1.weight",
                                        "fc2.path1.bias",
                                        "linear.weight",
                                        "linear.bias",
                                        NULL};
    bs_architecture hyperparameters = {
        .family = BS_FAMILY_MLP, .depth = 2, .width = 50, .paths = 2, .bias = true};
    check_size(&hyperparameters, 2 * (3072 * 50 + 50 + 50 * 50 + 50) + 50 * 10 + 10);
    bs_network *network = make(&hyperparameters);
    check_names(network, names);
    check_table(network);
    assert_int_equal(network->block_count, 2);
    for (int b = 0; b < 2; b++) {
        const bs_block *block = &network->blocks[b];
        assert_int_equal(block->skip, -1);
        assert_int_equal(block->path_count, 2);
        assert_int_equal(network->layers[block->sum].kind, BS_LAYER_SUM);
        assert_int_equal(network->layers[block->paths[1]].kind, BS_LAYER_ACTIVATION);
        assert_int_equal(network->layers[block->paths[1]].block, b);
    }
    bs_network_destroy(network);
}

static void mlp_with_shortcut_has_blocks_of_two_layers(void **state)
{
    (void)state;
    static const char *const names[] = {"fc1.weight",
                                        "block0.fc1.weight",
                                        "block0.fc2.weight",
                                        "block1.fc1.weight",
                                        "block1.fc2.weight",
                                        "linear.weight",
                                        NULL};
    bs_architecture hyperparameters = {.family = BS_FAMILY_MLP,
                                       .depth = 5,
                                       .width = 50,
                                       .paths = 1,
                                       .shortcut = BS_SHORTCUT_PAD,
                                       .skip_weight = -0.5};
    check_size(&hyperparameters, 3072 * 50 + 4 * 50 * 50 + 50 * 10);
    bs_network *network = make(&hyperparameters);
    check_names(network, names);
    check_table(network);
    assert_int_equal(network->block_count, 2);
    assert_int_equal(network->blocks[1].skip, network->blocks[0].sum);
    assert_true(network->blocks[1].addend && network->blocks[1].skip_weight == -0.5);
    assert_int_equal(network->layers[network->blocks[1].paths[0]].kind, BS_LAYER_LINEAR);
    bs_network_destroy(network);
    hyperparameters.skip_weight = 0.0; /* as many parameters, and the layers of a plain network */
    check_size(&hyperparameters, 3072 * 50 + 4 * 50 * 50 + 50 * 10);
    network = make(&hyperparameters);
    assert_int_equal(network->blocks[1].skip, -1);
    assert_int_equal(network->layer_count, 1 + 2 * 5 + 1);
    bs_network_destroy(network);
}

static void impossible_hyperparameters_of_an_mlp_are_named(void **state)
{
    (void)state;
    const bs_architecture plain = {
        .family = BS_FAMILY_MLP, .depth = 5, .width = 10, .paths = 1, .skip_weight = 1.0};
    bs_architecture hyperparameters = {.family = BS_FAMILY_MLP, .depth = 0, .width = 10};
    check_refused(&hyperparameters, "depth");
    hyperparameters = (bs_architecture){.family = BS_FAMILY_MLP, .depth = 1, .width = 0};
    check_refused(&hyperparameters, "width");
    hyperparameters =
        (bs_architecture){.family = BS_FAMILY_MLP, .depth = 1, .width = 1, .norm = BS_NORM_BATCH};
    check_refused(&hyperparameters, "norm");
    hyperparameters = plain;
    hyperparameters.paths = BS_PATHS_MAX + 1;
    check_refused(&hyperparameters, "paths");
    hyperparameters = plain;
    hyperparameters.shortcut = BS_SHORTCUT_PROJECTION;
    check_refused(&hyperparameters, "shortcut");
    hyperparameters.shortcut = BS_SHORTCUT_PAD;
    hyperparameters.paths = 2;
    check_refused(&hyperparameters, "paths");
    hyperparameters.paths = 1;
    for (int depth = 1; depth <= 6; depth++) {
        hyperparameters.depth = depth;
        if (depth != 3 && depth != 5) {
            check_refused(&hyperparameters, "depth");
        }
    }
    hyperparameters.depth = 3;
    hyperparameters.skip_weight = (double)INFINITY;
    check_refused(&hyperparameters, "skip_weight");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(mlp_is_its_layers),
        cmocka_unit_test(mlp_with_paths_averages_every_layer),
        cmocka_unit_test(mlp_with_shortcut_has_blocks_of_two_layers),
        cmocka_unit_test(impossible_hyperparameters_of_an_mlp_are_named),
    };
    return cmocka_run_group_tests_name("network_mlp", tests, NULL, NULL);
}
