/* Sizes, scans and environment variables: what a file stands for before it is checked. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "blueshift/experiment.h"
#include "blueshift/memory.h"
#include "blueshift/network.h"
#include "unit/unit_test.h"

static char file_path[] = "/tmp/bs_variants_XXXXXX.yaml";

static int make_file(void **state)
{
    (void)state;
    int descriptor = mkstemps(file_path, 5);
    return descriptor < 0 ? -1 : close(descriptor);
}

static int remove_file(void **state)
{
    (void)state;
    return unlink(file_path);
}

/* Reads TEXT as a file, with up to three settings. */
static bs_status read_text(const char *text, const char *const settings[3], bs_experiment **e)
{
    FILE *file = fopen(file_path, "w");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
    int count = 0;
    while (count < 3 && settings[count] != NULL) {
        count++;
    }
    return bs_experiment_read(file_path, count, settings, e);
}

static bs_experiment *accept(const char *text, const char *first, const char *second)
{
    const char *const settings[3] = {first, second};
    bs_experiment *e = NULL;
    bs_status status = read_text(text, settings, &e);
    if (status != BS_OK) {
        print_error("%s\n", bs_error_text());
    }
    assert_int_equal(status, BS_OK);
    return e;
}

/* MESSAGE follows the file's name and line where PLACE is true. */
static void refuse(const char *text, const char *setting, const char *place, const char *message)
{
    const char *const settings[3] = {setting};
    bs_experiment *e = NULL;
    assert_int_equal(read_text(text, settings, &e), BS_ERR_USAGE);
    assert_null(e);
    char expected[1024];
    snprintf(expected, sizeof expected, "%s%s%s", place[0] == ':' ? file_path : "", place, message);
    assert_string_equal(bs_error_text(), expected);
}

static const char sized[] = "seed: 3\n"
                            "networks:\n"
                            "- {depth: 56}\n"
                            "- {depth: 56, shortcut: none}\n"
                            "data: {images: 1000, batch: 100}\n"
                            "grid: {x: '-1:1:51', y: '-1:1:51'}\n"
                            "sizes:\n"
                            "  small: {data.images: 64, grid: {x: '-1:1:17'}, networks.depth: 8}\n"
                            "  tiny: {networks: [{depth: 14}], data: {images: 8, batch: 8}}\n"
                            "  same: {seed: 3}\n";

static void sizes_lie_between_file_and_settings(void **state)
{
    (void)state;
    bs_experiment *e = accept(sized, NULL, NULL);
    assert_true(e->images == 1000 && e->networks[1].architecture.depth == 56);
    bs_experiment_destroy(e);
    e = accept(sized, "size=small", NULL);
    assert_true(e->images == 64 && e->batch == 100);
    assert_true(e->grid.axis[0].points == 17 && e->grid.axis[1].points == 51);
    assert_true(e->networks[0].architecture.depth == 8 && e->networks[1].architecture.depth == 8);
    assert_int_equal(e->networks[1].architecture.shortcut, BS_SHORTCUT_NONE);
    bs_experiment_destroy(e);
    e = accept(sized, "data.images=32", "size=small"); /* wherever it stands, it comes first */
    assert_true(e->images == 32);
    bs_experiment_destroy(e);
    e = accept(sized, "size=tiny", "size=small"); /* the last one counts */
    assert_true(e->images == 64 && e->network_count == 2);
    bs_experiment_destroy(e);
    e = accept(sized, "size=tiny", NULL);
    assert_true(e->images == 8 && e->batch == 8 && e->network_count == 1);
    bs_experiment_destroy(e);
}

static void sizes_count_through_what_they_change(void **state)
{
    (void)state;
    bs_experiment *whole = accept(sized, NULL, NULL);
    bs_experiment *same = accept(sized, "size=same", NULL);
    bs_experiment *full = accept(sized, "size=full", NULL);
    bs_experiment *small = accept(sized, "size=small", NULL);
    assert_string_equal(whole->identity, same->identity);
    assert_string_equal(whole->yaml, full->yaml);
    assert_string_not_equal(whole->identity, small->identity);
    assert_null(strstr(small->yaml, "size"));
    bs_experiment *by_hand =
        accept("seed: 3\nnetworks:\n- {depth: 8}\n- {depth: 8, shortcut: none}\n"
               "data: {images: 64, batch: 100}\ngrid: {x: '-1:1:17', y: '-1:1:51'}\n",
               NULL, NULL);
    assert_string_equal(small->identity_hash, by_hand->identity_hash);
    bs_experiment_destroy(whole);
    bs_experiment_destroy(same);
    bs_experiment_destroy(full);
    bs_experiment_destroy(small);
    bs_experiment_destroy(by_hand);
}

static void wrong_sizes(void **state)
{
    (void)state;
    refuse(sized, "size=smal", "setting 'size=smal': ",
           "there is no size 'smal'; did you mean 'small'? The experiment has: full, small, tiny, "
           "same");
    refuse("", "size=small", "setting 'size=small': ",
           "there is no size 'small'. The experiment has: full (its file names no sizes)");
    refuse("size: big\nsizes: {}", NULL,
           ":1: ", "there is no size 'big'. The experiment has: full (its file names no sizes)");
    refuse("seed: 1\ndata.images: 64", NULL, ":2: ",
           "key 'data.images' has a dot: dots are for --set and sizes; in a file keys nest, as "
           "data: {images: ...}");
    refuse("observables: {branch_surfaces.every: 2}", NULL, ":1: ",
           "key 'branch_surfaces.every' has a dot: dots are for --set and sizes; in a file keys "
           "nest, as branch_surfaces: {every: ...}");
    refuse("sizes: [small]", NULL, ":1: ",
           "sizes maps a size's name to the keys it changes, such as {small: {data.images: 64, "
           "grid.x: '-1:1:17'}}");
    refuse("sizes:\n  small: 3", NULL, ":2: ",
           "sizes maps a size's name to the keys it changes, such as {small: {data.images: 64, "
           "grid.x: '-1:1:17'}}");
    refuse("sizes:\n  small: {networks.1.depth: 8}", "size=small",
           ":2: ", "there is no entry 1; the list has 1, counted from 0");
    refuse("sizes:\n  small:\n    data.images: many", "size=small",
           ":3: ", "data.images is 'many'; expected a whole number");
    refuse(sized, "sizes.small.data.images=1", "setting 'sizes.small.data.images=1': ",
           "sizes are the file's; choose one with size=NAME, and set the key itself, which comes "
           "over it");
}

static const char scanned[] = "networks:\n"
                              "- {depth: 8, version: v2}\n"
                              "- {name: Plain, depth: 14, shortcut: none}\n"
                              "scan: {strength: [0, 0.3, 1], skip_weight: [0, 0.5]}\n";

static void a_scan_is_a_product(void **state)
{
    (void)state;
    bs_experiment *e = accept(scanned, NULL, NULL);
    assert_int_equal(e->network_count, 12);
    static const double slopes[3] = {1.0, 0.7, 0.0};
    for (int i = 0; i < 12; i++) {
        const bs_architecture *a = &e->networks[i].architecture;
        assert_int_equal(a->depth, i < 6 ? 8 : 14);
        assert_int_equal(a->version, i < 6 ? BS_VERSION_V2 : BS_VERSION_V1);
        assert_int_equal(a->activation, BS_ACTIVATION_LEAKY_RELU);
        assert_true(a->slope == slopes[i / 2 % 3]);
        assert_true(a->skip_weight == (i % 2 == 0 ? 0.0 : 0.5));
    }
    assert_string_equal(e->networks[0].name, "strength=0 skip_weight=0");
    assert_string_equal(e->networks[3].name, "strength=0.3 skip_weight=0.5");
    assert_string_equal(e->networks[11].name, "Plain strength=1 skip_weight=0.5");
    bs_experiment *again = accept(e->yaml, NULL, NULL);
    assert_string_equal(e->yaml, again->yaml);
    bs_experiment_destroy(again);
    bs_experiment_destroy(e);
}

static void scans_take_settings(void **state)
{
    (void)state;
    bs_experiment *e = accept(scanned, "scan.strength=0.5", "networks.depth=20");
    assert_int_equal(e->network_count, 4);
    assert_true(e->networks[3].architecture.depth == 20);
    assert_true(e->networks[3].architecture.slope == 0.5);
    bs_experiment_destroy(e);
    e = accept("", "scan={activation: [relu, tanh], paths: [1, 2, 3]}", NULL);
    assert_int_equal(e->network_count, 6);
    assert_int_equal(e->networks[5].architecture.activation, BS_ACTIVATION_TANH);
    assert_true(e->networks[5].architecture.paths == 3);
    assert_string_equal(e->networks[5].name, "activation=tanh paths=3");
    bs_experiment_destroy(e);
    e = accept("", "scan={}", NULL);
    assert_int_equal(e->network_count, 1);
    assert_string_equal(e->networks[0].name, "network0");
    bs_experiment_destroy(e);
}

static void wrong_scans(void **state)
{
    (void)state;
    refuse("scan:\n  strenth: [1]", NULL, ":2: ",
           "scan.strenth is no hyperparameter of a network; did you mean 'strength'? Known here: "
           "strength, "
           "kind, depth, version, shortcut, skip_weight, paths, width, activation, slope, norm, "
           "bias, weights, weights2, weights3, trajectory, pick");
    refuse("scan: [1]", NULL, ":1: ",
           "scan maps up to 8 hyperparameters of a network to lists of values, such as "
           "{skip_weight: [0, "
           "0.5, 1]}");
    static const char advice[] = "scan.paths needs a list of values, such as [0, 0.5, 1]";
    refuse("scan: {paths: []}", NULL, ":1: ", advice);
    refuse("scan: {paths: {a: 1}}", NULL, ":1: ", advice);
    refuse("scan: {paths: [1, [2]]}", NULL, ":1: ", advice);
    refuse("scan: {paths: [1, ~]}", NULL, ":1: ", advice);
    refuse("scan:\n  strength:\n  - 0\n  - 1.5", NULL,
           ":4: ", "scan.strength lies between 0 (linear) and 1 (relu)");
    refuse("networks:\n- {activation: tanh}\nscan: {strength: [1]}", NULL, ":2: ",
           "networks.0.activation is 'tanh'; scan.strength is that of a leaky relu; leave one of "
           "the two out");
    refuse("scan:\n  depth:\n  - 8\n  - 9", NULL,
           ":4: ", "networks.1.depth is '9'; a ResNet has 6n + 2 layers: take 8 or 14");
    refuse("scan: {skip_weight: [1, 1]}", NULL, "",
           "networks.1.name is 'skip_weight=1'; another network has this name; give each its own");
    char most[4096] = "scan:\n  skip_weight: [0";
    for (int i = 1; i < 257; i++) {
        size_t used = strlen(most);
        snprintf(most + used, sizeof most - used, ", %d", i);
    }
    strcat(most, "]\n  paths: [1, 2]\n");
    refuse(most, NULL, ":2: ",
           "scan expands to more than 512 networks, the maximum; give fewer values, or split it "
           "over several files");
    refuse("networks: [3]\nscan: {paths: [1]}", NULL, ":1: ",
           "networks.0 is '3'; expected a mapping with keys of its own: name, kind, depth, "
           "version, shortcut, skip_weight, paths, width, activation, slope, norm, bias, weights, "
           "weights2, weights3, trajectory, pick");
}

/* The weights that a scan over the skip weight starts from. */
static void skip_weights_share_initial_weights(void **state)
{
    (void)state;
    static const char *const shortcuts[] = {"networks.shortcut=pad",
                                            "networks.shortcut=projection"};
    for (int s = 0; s < 2; s++) {
        bs_experiment *e = accept("networks: [{depth: 8, version: v2}]\n"
                                  "scan: {skip_weight: [0, 0.5, 1]}\n",
                                  shortcuts[s], NULL);
        float *first = NULL;
        for (unsigned i = 0; i < e->network_count; i++) {
            bs_network *network = NULL;
            assert_int_equal(bs_network_create(&e->networks[i].architecture, &network), BS_OK);
            size_t size = network->parameter_size;
            float *theta = bs_alloc(size, sizeof *theta);
            assert_non_null(theta);
            bs_network_init(network, 1, BS_STREAM_INIT, 0, theta);
            if (first == NULL) {
                first = theta;
            } else {
                assert_memory_equal(theta, first, size * sizeof *theta);
                bs_free(theta);
            }
            bs_network_destroy(network);
        }
        bs_free(first);
        bs_experiment_destroy(e);
    }
}

static void variables_begin_paths(void **state)
{
    (void)state;
    setenv("BLUESHIFT_TEST", "/data here", 1);
    bs_experiment *e = accept("data: {path: $BLUESHIFT_TEST, file: $file}\n"
                              "networks:\n"
                              "- weights: $BLUESHIFT_TEST/w/a.safetensors\n"
                              "  weights2: ${BLUESHIFT_TEST}b\n"
                              "output: {file: ./$BLUESHIFT_TEST.nc}\n",
                              "path.directions=${BLUESHIFT_TEST}/d.h5", "networks.0.weights2=''");
    assert_string_equal(e->data_path, "/data here");
    assert_string_equal(e->data_file, "$file");
    assert_string_equal(e->networks[0].weights, "/data here/w/a.safetensors");
    assert_string_equal(e->networks[0].weights2, "");
    assert_string_equal(e->directions, "/data here/d.h5");
    assert_string_equal(e->output, "./$BLUESHIFT_TEST.nc");
    bs_experiment_destroy(e);
    e = accept("data: {path: /d}", "networks.0.weights=${BLUESHIFT_TEST}b", NULL);
    assert_string_equal(e->networks[0].weights, "/data hereb");
    bs_experiment_destroy(e);
    unsetenv("BLUESHIFT_TEST");
    refuse("\nnetworks: [{weights: $BLUESHIFT_TEST/w}]", NULL, ":2: ",
           "networks.0.weights is '$BLUESHIFT_TEST/w'; the environment variable BLUESHIFT_TEST is "
           "not set: set it, or give the whole name");
    static const char advice[] = "an environment variable at its start is written $NAME/ or "
                                 "${NAME}/; a file whose name has a dollar sign ./$NAME";
    char message[256];
    snprintf(message, sizeof message, "output.file is '${A'; %s", advice);
    refuse("output: {file: '${A'}", NULL, ":1: ", message);
    snprintf(message, sizeof message, "output.file is '$'; %s", advice);
    refuse("output: {file: $}", NULL, ":1: ", message);
}

static void listed_blocks(void **state)
{
    (void)state;
#define BLOCKS "observables.branch_surfaces.blocks="
    bs_experiment *e = NULL;
    const char *const fine[] = {BLOCKS "[0, 4, 7]"};
    assert_int_equal(bs_experiment_read(NULL, 1, fine, &e), BS_OK);
    assert_int_equal(e->observables.surfaces.block_count, 3);
    assert_int_equal(e->observables.surfaces.blocks[2], 7);
    bs_experiment_destroy(e);
    const char *const path = "setting '" BLOCKS;
    const char *const wrong[][2] = {
        {BLOCKS "[1, 1]", "blocks.1 is '1'; list every block once, in ascending order"},
        {BLOCKS "[2, 1]", "blocks.1 is '1'; list every block once, in ascending order"},
        {BLOCKS "[1.5]", "blocks.0 is '1.5'; a block has a whole number, from 0"},
        {BLOCKS "[-1]", "blocks.0 is '-1'; give numbers of blocks, from 0"},
        {BLOCKS "3", "blocks is '3'; expected a list of at most 64 entries"},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        assert_int_equal(bs_experiment_read(NULL, 1, wrong[i], &e), BS_ERR_USAGE);
        assert_non_null(strstr(bs_error_text(), path));
        assert_non_null(strstr(bs_error_text(), wrong[i][1]));
    }
    const char *const both[] = {BLOCKS "[0]", "observables.branch_surfaces.every=2"};
    assert_int_equal(bs_experiment_read(NULL, 2, both, &e), BS_ERR_USAGE);
    assert_non_null(strstr(bs_error_text(), "blocks lists them already"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sizes_lie_between_file_and_settings),
        cmocka_unit_test(sizes_count_through_what_they_change),
        cmocka_unit_test(wrong_sizes),
        cmocka_unit_test(a_scan_is_a_product),
        cmocka_unit_test(scans_take_settings),
        cmocka_unit_test(wrong_scans),
        cmocka_unit_test(skip_weights_share_initial_weights),
        cmocka_unit_test(variables_begin_paths),
        cmocka_unit_test(listed_blocks),
    };
    return cmocka_run_group_tests(tests, make_file, remove_file);
}
