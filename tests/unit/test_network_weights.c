/* Tests of inferring a network from a weights file, and of loading it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "blueshift/memory.h"
#include "blueshift/network.h"
#include "unit/unit_test.h"

/* The weights file that a network would have been saved to: tensors in file order, value i = i. */
static bs_weights make_file(const bs_network *network, bool with_statistics)
{
    static char path[] = "made.safetensors";
    int count = network->parameter_count + (with_statistics ? network->statistic_count : 0);
    size_t size = network->parameter_size + network->statistic_size;
    bs_weights w = {.path = path, .tensor_count = count};
    w.tensors = bs_alloc((size_t)count, sizeof *w.tensors);
    w.values = bs_alloc(size, sizeof *w.values);
    if (w.tensors == NULL || w.values == NULL) {
        abort();
    }
    memcpy(w.tensors, network->parameters, (size_t)network->parameter_count * sizeof *w.tensors);
    for (int i = network->parameter_count; i < count; i++) {
        w.tensors[i] = network->statistics[i - network->parameter_count];
        w.tensors[i].offset += network->parameter_size;
    }
    for (size_t i = 0; i < size; i++) {
        w.values[i] = (float)i;
    }
    w.value_count = size;
    return w;
}

static void free_file(bs_weights *w)
{
    bs_free(w->tensors);
    bs_free(w->values);
}

static bs_network *make(const bs_architecture *hyperparameters)
{
    bs_network *network = NULL;
    if (bs_network_create(hyperparameters, &network) != BS_OK) {
        fail_msg("%s", bs_error_text());
    }
    return network;
}

static void check_inferred(const bs_architecture *hyperparameters)
{
    bs_network *network = make(hyperparameters);
    bs_weights file = make_file(network, true);
    /* What the file does not determine, as the user gave it; the rest wrong. */
    bs_architecture found = {
        .family = BS_FAMILY_MLP,
        .version = hyperparameters->norm == BS_NORM_NONE ? hyperparameters->version : BS_VERSION_V1,
        .shortcut = hyperparameters->shortcut == BS_SHORTCUT_PROJECTION ? BS_SHORTCUT_NONE
                                                                        : hyperparameters->shortcut,
        .skip_weight = 0.25,
        .depth = 3,
        .activation = BS_ACTIVATION_GELU,
        .norm = hyperparameters->norm};
    unsigned assumed = 0;
    if (bs_network_infer(&file, BS_HYPERPARAMETER_ALL, &found, &assumed) != BS_OK) {
        fail_msg("%s", bs_error_text());
    }
    assert_int_equal(found.family, hyperparameters->family);
    assert_int_equal(found.depth, hyperparameters->depth);
    assert_int_equal(found.paths, hyperparameters->paths);
    assert_int_equal(found.width, hyperparameters->width);
    assert_int_equal(found.version, hyperparameters->version);
    assert_int_equal(found.shortcut, hyperparameters->shortcut);
    assert_int_equal(found.norm, hyperparameters->norm);
    assert_int_equal(found.bias, hyperparameters->bias);
    assert_int_equal(found.activation, BS_ACTIVATION_GELU);
    assert_true(found.skip_weight == 0.25);
    free_file(&file);
    bs_network_destroy(network);
}

static void networks_are_inferred_from_their_tensors(void **state)
{
    (void)state;
    for (int i = 0; i < 3 * 2 * 2 * 3; i++) {
        bs_architecture hyperparameters = {.depth = 8 + 6 * (i % 3),
                                           .version = (bs_version)(i / 3 % 2),
                                           .shortcut = (bs_shortcut)(i / 12 % 3),
                                           .skip_weight = 1.0,
                                           .paths = 1 + i % 3,
                                           .width = 1 + i / 3 % 2,
                                           .norm = i / 6 % 2 == 0 ? BS_NORM_NONE : BS_NORM_RUNNING};
        check_inferred(&hyperparameters);
    }
    for (int i = 0; i < 4; i++) {
        bs_architecture hyperparameters = {
            .family = BS_FAMILY_MLP, .depth = 1 + i, .width = 12, .paths = 1, .bias = i % 2 == 0};
        check_inferred(&hyperparameters);
        hyperparameters.paths = 2 + i;
        check_inferred(&hyperparameters);
        hyperparameters.paths = 1;
        hyperparameters.depth = 3 + 2 * i;
        hyperparameters.shortcut = BS_SHORTCUT_PAD;
        check_inferred(&hyperparameters);
    }
}

/* What neither tensors nor metadata tell is what the help says, whatever zero stands for. */
static void open_choices_are_assumed(void **state)
{
    (void)state;
    const bs_architecture none = {.depth = 8,
                                  .version = BS_VERSION_V2,
                                  .shortcut = BS_SHORTCUT_NONE,
                                  .skip_weight = 1.0,
                                  .paths = 1,
                                  .width = 1};
    bs_network *network = make(&none);
    bs_weights file = make_file(network, true);
    bs_architecture found = {.version = (bs_version)7, .shortcut = (bs_shortcut)7};
    unsigned assumed = 0;
    assert_int_equal(bs_network_infer(&file, 0, &found, &assumed), BS_OK);
    assert_int_equal(assumed, BS_HYPERPARAMETER_SHORTCUT | BS_HYPERPARAMETER_VERSION);
    assert_int_equal(found.shortcut, BS_SHORTCUT_PAD);
    assert_int_equal(found.version, BS_VERSION_V1);
    found = none;
    unsigned given = BS_HYPERPARAMETER_SHORTCUT | BS_HYPERPARAMETER_VERSION;
    assert_int_equal(bs_network_infer(&file, given, &found, &assumed), BS_OK);
    assert_int_equal(assumed, 0);
    assert_int_equal(found.shortcut, BS_SHORTCUT_NONE);
    assert_int_equal(found.version, BS_VERSION_V2);
    free_file(&file);
    bs_network_destroy(network);
}

static void check_metadata_of(const bs_architecture *hyperparameters, const char *key,
                              const char *value, const char *word)
{
    char key_copy[32];
    char value_copy[32];
    char *keys[1] = {key_copy};
    char *values[1] = {value_copy};
    (void)snprintf(key_copy, sizeof key_copy, "%s", key);
    (void)snprintf(value_copy, sizeof value_copy, "%s", value);
    bs_network *network = make(hyperparameters);
    bs_weights file = make_file(network, true);
    file.metadata_count = 1;
    file.metadata_keys = keys;
    file.metadata_values = values;
    bs_architecture found = {.norm = BS_NORM_RUNNING};
    unsigned assumed = 0;
    bs_status status = bs_network_infer(&file, BS_HYPERPARAMETER_ALL, &found, &assumed);
    if (word == NULL) {
        assert_int_equal(status, BS_OK);
    } else {
        assert_int_equal(status, BS_ERR_INPUT);
        assert_non_null(strstr(bs_error_text(), word));
        assert_non_null(strstr(bs_error_text(), "made.safetensors"));
        assert_int_equal(found.depth, 0); /* left as it was */
    }
    free_file(&file);
    bs_network_destroy(network);
}

static void check_metadata(const char *key, const char *value, const char *word)
{
    const bs_architecture hyperparameters = {.depth = 8,
                                             .shortcut = BS_SHORTCUT_PROJECTION,
                                             .skip_weight = 1.0,
                                             .paths = 2,
                                             .width = 1,
                                             .norm = BS_NORM_RUNNING};
    check_metadata_of(&hyperparameters, key, value, word);
}

static void metadata_must_agree_with_the_tensors(void **state)
{
    (void)state;
    check_metadata("depth", "8", NULL);
    check_metadata("depth", "20", "20");
    check_metadata("paths", "2", NULL);
    check_metadata("paths", "1", "paths");
    check_metadata("width", "3", "width");
    check_metadata("version", "v1", NULL);
    check_metadata("version", "v2", "version");
    check_metadata("version", "v3", "v3");
    check_metadata("shortcut", "projection", NULL);
    check_metadata("shortcut", "pad", "shortcut");
    check_metadata("shortcut", "B", "known are none, pad, projection");
    check_metadata("source", "anything", NULL);
    const bs_architecture residual = {
        .family = BS_FAMILY_MLP, .depth = 5, .width = 4, .paths = 1, .shortcut = BS_SHORTCUT_PAD};
    const bs_architecture three = {.family = BS_FAMILY_MLP, .depth = 2, .width = 4, .paths = 3};
    check_metadata_of(&residual, "shortcut", "pad", NULL);
    check_metadata_of(&residual, "shortcut", "none", "shortcut");
    check_metadata_of(&residual, "depth", "3", "depth 5");
    check_metadata_of(&three, "shortcut", "pad", "shortcut");
    check_metadata_of(&three, "paths", "2", "paths 3");
}

static void check_not_a_network(bs_weights *file, const char *word)
{
    bs_architecture found = {.norm = BS_NORM_RUNNING};
    unsigned assumed = 0;
    assert_int_equal(bs_network_infer(file, 0, &found, &assumed), BS_ERR_INPUT);
    if (strstr(bs_error_text(), word) == NULL) {
        fail_msg("\"%s\" lacks \"%s\"", bs_error_text(), word);
    }
}

static void other_files_are_refused(void **state)
{
    (void)state;
    const bs_architecture hyperparameters = {
        .depth = 8, .paths = 1, .width = 1, .norm = BS_NORM_RUNNING};
    bs_network *network = make(&hyperparameters);
    bs_weights file = make_file(network, true);
    int all = file.tensor_count;
    file.tensor_count = 4; /* layer1.0.conv1 is the last: no layer2 */
    check_not_a_network(&file, "1, 0 and 0 residual blocks");
    file.tensor_count = all;
    file.tensors[0].shape[0] = 17;
    check_not_a_network(&file, "17x3x3x3");
    memcpy(file.tensors[0].name, "stem.weight", sizeof "stem.weight");
    check_not_a_network(&file, "neither conv1.weight");
    const char *const others[][2] = {
        {"layer4.0.conv1.weight", "four stages, such as ResNet-18"},
        {"layer1.0.conv3.weight", "bottleneck blocks, such as ResNet-50"},
        {"block1.layer.0.conv1.weight", "a Wide ResNet"},
        {"features.denseblock1.denselayer1.norm1.weight", "a DenseNet"},
        {"features.0.weight", "a VGG or AlexNet"},
        {"patch_embed.proj.weight", "a vision transformer"},
    };
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        snprintf(file.tensors[0].name, sizeof file.tensors[0].name, "%s", others[i][0]);
        check_not_a_network(&file, others[i][1]);
    }
    free_file(&file);
    file = make_file(network, true);
    bs_architecture found = {.shortcut = BS_SHORTCUT_PROJECTION};
    unsigned assumed = 0;
    assert_int_equal(bs_network_infer(&file, BS_HYPERPARAMETER_ALL, &found, &assumed),
                     BS_ERR_INPUT);
    assert_non_null(strstr(bs_error_text(), "none or pad"));
    free_file(&file);
    bs_network_destroy(network);
}

static void values_land_at_their_offsets(void **state)
{
    (void)state;
    const bs_architecture hyperparameters = {
        .depth = 8, .paths = 1, .width = 1, .norm = BS_NORM_RUNNING};
    bs_network *network = make(&hyperparameters);
    bs_weights file = make_file(network, true);
    float *theta = bs_alloc(network->parameter_size, sizeof *theta);
    float *statistics = bs_alloc(network->statistic_size, sizeof *statistics);
    if (theta == NULL || statistics == NULL) {
        abort();
    }
    assert_int_equal(bs_network_load(network, &file, theta, statistics), BS_OK);
    for (size_t i = 0; i < network->parameter_size; i++) {
        assert_true(theta[i] == (float)i);
    }
    for (size_t i = 0; i < network->statistic_size; i++) {
        assert_true(statistics[i] == (float)(network->parameter_size + i));
    }
    memset(theta, 0, network->parameter_size * sizeof *theta);
    assert_int_equal(bs_network_load(network, &file, theta, NULL), BS_OK);
    assert_true(theta[5] == 5.0F);
    free_file(&file);
    file = make_file(network, false);
    assert_int_equal(bs_network_load(network, &file, theta, NULL), BS_OK);
    assert_int_equal(bs_network_load(network, &file, theta, statistics), BS_ERR_INPUT);
    assert_non_null(strstr(bs_error_text(), "bn1.running_mean"));
    free_file(&file);
    bs_free(theta);
    bs_free(statistics);
    bs_network_destroy(network);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(networks_are_inferred_from_their_tensors),
        cmocka_unit_test(open_choices_are_assumed),
        cmocka_unit_test(metadata_must_agree_with_the_tensors),
        cmocka_unit_test(other_files_are_refused),
        cmocka_unit_test(values_land_at_their_offsets),
    };
    return cmocka_run_group_tests_name("network_weights", tests, NULL, NULL);
}
