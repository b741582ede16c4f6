/* Experiments: defaults, how file and settings combine, what auto means, identity, fuzzed files. */
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "blueshift/experiment.h"
#include "blueshift/memory.h"
#include "unit/unit_test.h"

static char file_path[] = "/tmp/bs_experiment_XXXXXX.yaml";

static int make_file(void **state)
{
    (void)state;
    unsetenv("BLUESHIFT_DATA");
    int descriptor = mkstemps(file_path, 5);
    return descriptor < 0 ? -1 : close(descriptor);
}

static int remove_file(void **state)
{
    (void)state;
    return unlink(file_path);
}

static const char *write_file(const char *text)
{
    FILE *file = fopen(file_path, "w");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
    return file_path;
}

/* Reads with up to 16 settings, ended by NULL. */
static bs_experiment *read_with(const char *path, ...)
{
    const char *settings[16];
    int count = 0;
    va_list arguments;
    va_start(arguments, path);
    for (const char *s = va_arg(arguments, const char *); s != NULL;
         s = va_arg(arguments, const char *)) {
        settings[count++] = s;
    }
    va_end(arguments);
    bs_experiment *experiment = NULL;
    bs_status status = bs_experiment_read(path, count, settings, &experiment);
    if (status != BS_OK) {
        print_error("%s\n", bs_error_text());
    }
    assert_int_equal(status, BS_OK);
    return experiment;
}

static void defaults_are_a_small_line(void **state)
{
    (void)state;
    bs_experiment *e = read_with(NULL, NULL);
    assert_string_equal(e->title, "Loss of ResNet-20 v1, on a line");
    assert_true(e->seed == 1);
    assert_int_equal(e->realisations, 1);
    assert_int_equal(e->source, BS_SOURCE_SYNTHETIC);
    assert_string_equal(e->data_path, "");
    assert_int_equal(e->split, BS_SPLIT_TRAIN);
    assert_int_equal(e->batch, 128);
    assert_string_equal(e->normalisation, "half");
    assert_true(e->mean[0] == 0.0 && e->mean[2] == 0.0 && e->std[0] == 1.0 && e->std[2] == 1.0);
    assert_int_equal(e->network_count, 1);
    const bs_network_spec *n = &e->networks[0];
    assert_string_equal(n->name, "network0");
    assert_string_equal(n->weights, "");
    assert_false(n->infer);
    assert_int_equal(n->given, BS_HYPERPARAMETER_ALL);
    assert_int_equal(n->architecture.family, BS_FAMILY_RESNET);
    assert_int_equal(n->architecture.depth, 20);
    assert_int_equal(n->architecture.version, BS_VERSION_V1);
    assert_int_equal(n->architecture.shortcut, BS_SHORTCUT_PAD);
    assert_true(n->architecture.skip_weight == 1.0);
    assert_int_equal(n->architecture.paths, 1);
    assert_int_equal(n->architecture.width, 1);
    assert_int_equal(n->architecture.activation, BS_ACTIVATION_RELU);
    assert_int_equal(n->architecture.norm, BS_NORM_BATCH);
    assert_false(n->architecture.bias);
    assert_int_equal(e->path, BS_PATH_LINE);
    assert_int_equal(e->direction_norm, BS_DIRECTION_NORM_FILTER);
    assert_true(e->ignore_vectors);
    assert_false(e->orthogonalise);
    assert_int_equal(e->grid.ndim, 1);
    assert_int_equal(e->grid.axis[0].points, 51);
    assert_true(e->endpoint && e->grid.axis[0].endpoint);
    assert_int_equal(e->window, BS_WINDOW_HANN);
    assert_true(e->cutoff == 0.5 && e->tail[0] == 0.25 && e->tail[1] == 0.75);
    assert_string_equal(e->backend, "auto");
    assert_int_equal(e->shards, 1);
    assert_int_equal(e->schedule, BS_SCHEDULE_AUTO);
    assert_true(e->flush_interval == 0.5 && e->time_limit == 0.0);
    assert_string_equal(e->output, "surface.nc");
    bs_experiment_destroy(e);
}

/* The printed defaults are the defaults: reading them as a file changes nothing. */
static void printed_defaults_are_the_defaults(void **state)
{
    (void)state;
    char *text = NULL;
    assert_int_equal(bs_experiment_defaults(&text), BS_OK);
    bs_experiment *built_in = read_with(NULL, NULL);
    bs_experiment *read_back = read_with(write_file(text), "output.file=surface.nc", NULL);
    assert_string_equal(built_in->yaml, read_back->yaml);
    assert_string_equal(built_in->identity_hash, read_back->identity_hash);
    bs_experiment_destroy(built_in);
    bs_experiment_destroy(read_back);
    bs_free(text);
}

static const char whole_file[] =
    "title: 'Short: against NoShort'\n"
    "seed: 010\n"
    "realisations: 3\n"
    "data: {source: cifar10, path: /d, split: test, first: 5, images: "
    "300, batch: 64, normalisation: values, mean: [.1, 0.20, 3e-1], "
    "std: [1, .2, 3e-1]}\n"
    "networks:\n"
    "- {name: short, depth: 56, version: v2, activation: leaky-relu, "
    "slope: .25, norm: frozen}\n"
    "- {name: paths, shortcut: none, paths: 3, width: 2}\n"
    "- {name: mlp, kind: mlp, bias: on, shortcut: pad, skip_weight: -.5}\n"
    "path: {kind: volume, normalisation: layer, ignore: none, "
    "orthogonalise: yes}\n"
    "grid: {x: '-1:1:5', y: 0:2:4, z: 0:1:3, endpoint: FALSE}\n"
    "evaluation: {backend: reference}\n"
    "analysis: {window: none, cutoff: 0.25, tail: [0.125, 1]}\n"
    "parallel: {shards: 2, schedule: on-demand, chunk: 7, time_limit: "
    "01:30:00, flush_interval: 0}\n"
    "output: {file: out.nc}\n";

static void every_key_arrives(void **state)
{
    (void)state;
    bs_experiment *e = read_with(write_file(whole_file), NULL);
    assert_string_equal(e->title, "Short: against NoShort");
    assert_true(e->seed == 10); /* decimal, not octal */
    assert_int_equal(e->realisations, 3);
    assert_int_equal(e->source, BS_SOURCE_CIFAR10);
    assert_string_equal(e->data_path, "/d");
    assert_int_equal(e->split, BS_SPLIT_TEST);
    assert_true(e->first == 5 && e->images == 300 && e->batch == 64);
    assert_string_equal(e->normalisation, "values");
    assert_true(e->mean[0] == .1 && e->mean[1] == .2 && e->mean[2] == .3);
    assert_true(e->std[0] == 1.0 && e->std[1] == .2 && e->std[2] == .3);
    assert_int_equal(e->network_count, 3);
    const bs_network_spec *n = e->networks;
    assert_string_equal(n[0].name, "short");
    assert_true(n[0].architecture.depth == 56 && n[1].architecture.depth == 20);
    assert_int_equal(n[0].architecture.version, BS_VERSION_V2);
    assert_int_equal(n[0].architecture.activation, BS_ACTIVATION_LEAKY_RELU);
    assert_true(n[0].architecture.slope == .25);
    assert_int_equal(n[0].architecture.norm, BS_NORM_FROZEN);
    assert_int_equal(n[0].architecture.shortcut, BS_SHORTCUT_PAD);
    assert_int_equal(n[1].architecture.shortcut, BS_SHORTCUT_NONE);
    assert_true(n[1].architecture.paths == 3 && n[1].architecture.width == 2);
    assert_int_equal(n[2].architecture.family, BS_FAMILY_MLP);
    assert_true(n[2].architecture.depth == 3 && n[2].architecture.width == 128);
    assert_int_equal(n[2].architecture.norm, BS_NORM_NONE);
    assert_true(n[2].architecture.bias && !n[1].architecture.bias);
    assert_true(n[2].architecture.skip_weight == -.5);
    assert_int_equal(e->path, BS_PATH_VOLUME);
    assert_int_equal(e->direction_norm, BS_DIRECTION_NORM_LAYER);
    assert_true(!e->ignore_vectors && e->orthogonalise && !e->endpoint);
    assert_int_equal(e->grid.ndim, 3);
    assert_true(bs_grid_points(&e->grid) == 60 && !e->grid.axis[2].endpoint);
    assert_string_equal(e->axis_text[1], "0:2:4");
    assert_string_equal(e->backend, "reference");
    assert_int_equal(e->window, BS_WINDOW_NONE);
    assert_true(e->cutoff == 0.25 && e->tail[0] == 0.125 && e->tail[1] == 1.0);
    assert_true(e->shards == 2 && e->chunk == 7);
    assert_int_equal(e->schedule, BS_SCHEDULE_ON_DEMAND);
    assert_true(e->time_limit == 5400.0 && e->flush_interval == 0.0);
    assert_string_equal(e->output, "out.nc");
    bs_experiment_destroy(e);
}

static void the_recorded_text_gives_the_experiment_again(void **state)
{
    (void)state;
    bs_experiment *first = read_with(write_file(whole_file), NULL);
    bs_experiment *second = read_with(write_file(first->yaml), NULL);
    assert_string_equal(first->yaml, second->yaml);
    assert_string_equal(first->identity, second->identity);
    bs_experiment_destroy(first);
    bs_experiment_destroy(second);

    first = read_with(NULL, "path.kind=great-circle", "networks.0.weights=w.safetensors",
                      "data.path=/d", NULL);
    second = read_with(write_file(first->yaml), NULL);
    assert_string_equal(first->yaml, second->yaml);
    assert_true(second->networks[0].infer);
    assert_int_equal(second->networks[0].given, 0);
    bs_experiment_destroy(first);
    bs_experiment_destroy(second);
}

/* Files of format 1 called backends kernels, and left counts open with 0. */
static void older_experiments_are_read(void **state)
{
    (void)state;
    bs_experiment *e = read_with(write_file("evaluation: {kernel: reference}\n"
                                            "networks: [{depth: 0, paths: 0, width: 0}]\n"),
                                 NULL);
    assert_string_equal(e->backend, "reference");
    assert_int_equal(e->networks[0].architecture.depth, 20);
    assert_null(strstr(e->yaml, "kernel"));
    bs_experiment *now = read_with(write_file("evaluation: {backend: reference}\n"), NULL);
    assert_string_equal(e->yaml, now->yaml);
    bs_experiment_destroy(e);
    bs_experiment_destroy(now);
    e = read_with(write_file("networks: [{weights: w, depth: 0, shortcut: none}]\n"),
                  "data.path=/d", NULL);
    assert_int_equal(e->networks[0].given, BS_HYPERPARAMETER_SHORTCUT);
    bs_experiment_destroy(e);
}

/* An open word is no value that a switch knows: never the enum's zero. */
static void open_choices_have_no_value(void **state)
{
    (void)state;
    bs_experiment *e = read_with(NULL, "networks.weights=w", "data.path=/d", NULL);
    const bs_architecture *a = &e->networks[0].architecture;
    assert_int_equal(e->networks[0].given, 0);
    assert_string_equal(bs_shortcut_name(a->shortcut), "unknown");
    assert_string_equal(bs_version_name(a->version), "unknown");
    bs_network *network = NULL;
    assert_int_equal(bs_network_create(a, &network), BS_ERR_USAGE);
    bs_experiment_destroy(e);
}

static void titles_say_what_is_run(void **state)
{
    (void)state;
    bs_experiment *e = read_with("jobs/quickstart.yaml", "networks.depth=20", NULL);
    assert_string_equal(e->title, "Loss of ResNet-20 v1, Short / NoShort, on a plane");
    bs_experiment_destroy(e);
    e = read_with("jobs/quickstart.yaml", "title=Mine", NULL);
    assert_string_equal(e->title, "Mine");
    bs_experiment_destroy(e);
    e = read_with(NULL, "networks={}", "networks=[{depth: 8}, {depth: 14, name: b}]",
                  "path.kind=ring", NULL);
    assert_string_equal(e->title, "Loss of network0 / b, on a ring");
    bs_experiment_destroy(e);
    e = read_with(NULL, "networks.weights=a/b.c.safetensors", "networks.weights2=d", "data.path=/d",
                  "grid.y=0:1:2", NULL);
    assert_string_equal(e->title, "Loss of b.c to d, on a plane");
    bs_experiment_destroy(e);
    e = read_with(NULL, "scan.skip_weight=[0, 0.2, 0.4, 0.6, 1]", "networks.kind=mlp",
                  "networks.shortcut=pad", NULL);
    assert_string_equal(e->title, "Loss of an mlp of 3 hidden layers, 5 networks, on a line");
    bs_experiment_destroy(e);
}

static void settings_come_over_the_file(void **state)
{
    (void)state;
    write_file("seed: 5\nnetworks:\n- depth: 20\n- depth: 32\n  norm: none\n");
    bs_experiment *e =
        read_with(file_path, "seed=6", "networks.1.depth=44", "networks.paths=2",
                  "data.normalisation=values", "data.mean=[1, 0.5, 0]", "title=a: b", NULL);
    assert_true(e->seed == 6);
    assert_true(e->networks[0].architecture.depth == 20);
    assert_true(e->networks[1].architecture.depth == 44);
    assert_true(e->networks[0].architecture.paths == 2 && e->networks[1].architecture.paths == 2);
    assert_int_equal(e->networks[1].architecture.norm, BS_NORM_NONE);
    assert_string_equal(e->networks[1].name, "network1");
    assert_true(e->mean[1] == 0.5);
    assert_string_equal(e->title, "a: b");
    bs_experiment_destroy(e);

    e = read_with(NULL, "networks=[{shortcut: pad}, {shortcut: none, name: plain}]", NULL);
    assert_int_equal(e->network_count, 2);
    assert_string_equal(e->networks[1].name, "plain");
    assert_int_equal(e->networks[1].architecture.depth, 20);
    bs_experiment_destroy(e);
}

/* The command line of issue-like use: everything from flags. */
static void a_sweep_from_flags_alone(void **state)
{
    (void)state;
    bs_experiment *e = read_with(NULL, "networks.0.weights=W.safetensors", "path.directions=D.h5",
                                 "grid.x=-1:1:9", "grid.y=-1:1:5", "data.source=cifar10",
                                 "data.path=DIR", "data.file=data_batch_1.bin", "data.first=0",
                                 "data.images=256", "output.file=OUT.nc", NULL);
    assert_int_equal(e->path, BS_PATH_PLANE);
    assert_true(e->grid.axis[0].points == 9 && e->grid.axis[1].points == 5 && e->endpoint);
    assert_string_equal(e->normalisation, "weights");
    assert_int_equal(e->networks[0].architecture.norm, BS_NORM_RUNNING);
    assert_true(e->networks[0].infer);
    assert_int_equal(e->networks[0].architecture.depth, 0);
    assert_string_equal(e->directions, "D.h5");
    assert_string_equal(e->data_file, "data_batch_1.bin");
    assert_true(e->images == 256);
    bs_experiment_destroy(e);
}

static void data_defaults(void **state)
{
    (void)state;
    setenv("BLUESHIFT_DATA", "/data/here", 1);
    bs_experiment *e = read_with(NULL, "data.file=test_batch.bin", NULL);
    assert_int_equal(e->source, BS_SOURCE_CIFAR10);
    assert_string_equal(e->data_path, "/data/here");
    assert_string_equal(e->normalisation, "cifar10");
    bs_experiment_destroy(e);
    e = read_with(NULL, "networks.0.weights=w", NULL);
    assert_int_equal(e->source, BS_SOURCE_CIFAR10);
    bs_experiment_destroy(e);
    e = read_with(NULL, "data.split=test", NULL);
    assert_int_equal(e->source, BS_SOURCE_SYNTHETIC); /* whatever the environment */
    assert_string_equal(e->data_path, "");
    bs_experiment_destroy(e);
    unsetenv("BLUESHIFT_DATA");
    e = read_with(NULL, "data.path=/d", NULL);
    assert_int_equal(e->source, BS_SOURCE_CIFAR10);
    bs_experiment_destroy(e);
}

static void grids_of_every_kind(void **state)
{
    (void)state;
    bs_experiment *e = read_with(NULL, "path.kind=ring", NULL);
    assert_true(e->grid.axis[0].points == 64 && !e->endpoint);
    assert_true(e->grid.axis[0].from == 0.0 && e->grid.axis[0].to == 6.283185307179586);
    assert_int_equal(e->window, BS_WINDOW_NONE);
    bs_experiment_destroy(e);
    e = read_with(NULL, "path.kind=great-circle", "grid.x=128", "analysis.window=hann", NULL);
    assert_true(e->grid.axis[0].points == 128);
    assert_int_equal(e->window, BS_WINDOW_HANN);
    bs_experiment_destroy(e);
    e = read_with(NULL, "path.kind=ring", "grid.x=-3.141592653589793:3.141592653589793:8", NULL);
    assert_true(e->grid.axis[0].points == 8);
    bs_experiment_destroy(e);
    e = read_with(NULL, "grid.z=0:1:2", "grid.y=0:1:2", NULL);
    assert_int_equal(e->path, BS_PATH_VOLUME);
    bs_experiment_destroy(e);
    e = read_with(NULL, "grid.y=0:1:2", "grid.z=none", "grid.endpoint=no", NULL);
    assert_int_equal(e->path, BS_PATH_PLANE);
    assert_false(e->grid.axis[1].endpoint);
    bs_experiment_destroy(e);
}

static void output_follows_the_file(void **state)
{
    (void)state;
    bs_experiment *e = read_with(write_file(""), NULL);
    const char *base = strrchr(file_path, '/') + 1;
    assert_memory_equal(e->output, base, strlen(base) - 5);
    assert_string_equal(e->output + strlen(base) - 5, ".nc");
    bs_experiment_destroy(e);
}

static void identity_is_what_decides_the_values(void **state)
{
    (void)state;
    bs_experiment *a =
        read_with(NULL, "networks.0.weights=/a/w", "data.path=/a", "grid.x=-1:1:51", NULL);
    bs_experiment *b = read_with(
        NULL, "networks.0.weights=/b/v", "data.path=/b", "grid.x=-1.0:1e0:51", "title=other",
        "parallel.shards=2", "parallel.time_limit=00:01:00", "output.file=o.nc",
        "analysis.window=none", "analysis.tail.1=1", "analysis.cutoff=0.1", "seed=01", NULL);
    assert_string_equal(a->identity, b->identity);
    assert_string_equal(a->identity_hash, b->identity_hash);
    assert_string_not_equal(a->yaml, b->yaml);
    char line_a[64];
    char line_b[64];
    assert_false(bs_experiment_difference(a->identity, b->identity, line_a, line_b, sizeof line_a));
    assert_string_equal(line_a, "");

    bs_experiment *c = read_with(NULL, "networks.0.weights=/a/w", "data.path=/a",
                                 "networks.0.skip_weight=.5", NULL);
    assert_string_not_equal(a->identity_hash, c->identity_hash);
    assert_true(bs_experiment_difference(a->identity, c->identity, line_a, line_b, sizeof line_a));
    assert_string_equal(line_a, "networks.0.skip_weight=1");
    assert_string_equal(line_b, "networks.0.skip_weight=0.5");
    bs_experiment *d = read_with(NULL, "observables.probes=3", "observables.branch_losses=yes",
                                 "observables.logits=2", NULL);
    bs_experiment *none = read_with(NULL, "observables.branch_losses=yes", NULL);
    assert_true(d->observables.probes == 3 && d->observables.branch_losses &&
                d->observables.logits == 2 && none->observables.probes == 0);
    assert_true(bs_experiment_difference(d->identity, none->identity, line_a, line_b, 64));
    assert_string_equal(line_a, "observables.logits=2");
    bs_experiment_destroy(d);
    bs_experiment_destroy(none);
    assert_true(bs_experiment_difference(a->identity, "seed=1\n", line_a, line_b, sizeof line_a));
    assert_string_equal(line_a, "realisations=1");
    assert_string_equal(line_b, "");
    assert_true(bs_experiment_difference(a->identity, c->identity, line_a, line_b, 9));
    assert_string_equal(line_a, "networks");
    bs_experiment_destroy(a);
    bs_experiment_destroy(b);
    bs_experiment_destroy(c);
}

/* How networks are trained is nothing to a sweep, and what is measured of them nothing to a
 * training.
 */
static void trainings_have_an_identity_of_their_own(void **state)
{
    (void)state;
    char line_a[64];
    char line_b[64];
    bs_experiment *a = read_with(NULL, NULL);
    bs_experiment *swept = read_with(NULL, "grid.x=-2:2:9", "observables.probes=3", NULL);
    bs_experiment *trained = read_with(NULL, "train.epochs=11", "train.checkpoint_keep=5", NULL);
    assert_string_equal(a->identity, trained->identity);
    assert_string_not_equal(a->identity, swept->identity);
    assert_string_equal(a->training_identity, swept->training_identity);
    assert_true(bs_experiment_difference(a->training_identity, trained->training_identity, line_a,
                                         line_b, sizeof line_a));
    assert_string_equal(line_b, "train.epochs=11");
    assert_null(strstr(a->training_identity, "train.checkpoint")); /* which change no value */
    assert_string_equal(a->checkpoints, "surface.checkpoints");
    assert_string_equal(a->weights, "surface.safetensors");
    bs_experiment_destroy(a);
    bs_experiment_destroy(swept);
    bs_experiment_destroy(trained);
}

static void weights_decide_the_hyperparameters(void **state)
{
    (void)state;
    bs_experiment *e = read_with(NULL, "networks.0.weights=w.st", "networks.0.depth=56",
                                 "networks.0.shortcut=none", "data.path=/d", NULL);
    const bs_network_spec *n = &e->networks[0];
    assert_int_equal(n->given, BS_HYPERPARAMETER_DEPTH | BS_HYPERPARAMETER_SHORTCUT);
    bs_architecture found = {.depth = 56, .shortcut = BS_SHORTCUT_NONE, .paths = 1, .width = 1};
    assert_int_equal(bs_experiment_check_network(n, n->weights, &found), BS_OK);
    found.shortcut = BS_SHORTCUT_PROJECTION;
    assert_int_equal(bs_experiment_check_network(n, n->weights, &found), BS_ERR_USAGE);
    assert_string_equal(bs_error_text(),
                        "network 'network0': shortcut is given as none, but w.st holds a network "
                        "with projection; leave shortcut out (the weights decide), or give other "
                        "weights");
    found.depth = 20;
    assert_int_equal(bs_experiment_check_network(n, n->weights, &found), BS_ERR_USAGE);
    assert_string_equal(bs_error_text(),
                        "network 'network0': depth is given as 56, but w.st holds a network with "
                        "20; leave depth out (the weights decide), or give other weights");
    bs_experiment_destroy(e);
}

/* Makes or removes what a training keeps: an empty file of every epoch of three networks. */
static void kept_weights(const char *folder, bool make)
{
    enum { EPOCHS = 102, PATH = 256 };
    static const char *const stems[] = {"0-NoShort__1_path", "2-NoShort__3_paths", "4-Short"};
    for (int i = 0; i < 3 * EPOCHS; i++) {
        char path[PATH];
        snprintf(path, sizeof path, "%s/%s-r0-%08d.safetensors", folder, stems[i % 3], i / 3 * 391);
        FILE *file = make ? fopen(path, "w") : NULL;
        assert_true(make ? file != NULL && fclose(file) == 0 : unlink(path) == 0);
    }
}

/* Every committed experiment reads, and so do the variants that its header offers. */
static void committed_experiments(void **state)
{
    (void)state;
    glob_t found;
    assert_int_equal(glob("jobs/*.yaml", 0, NULL, &found), 0);
    assert_int_equal(setenv("BLUESHIFT_DATA", "/data/here", 1), 0);
    char folder[] = "/tmp/bs_kept_XXXXXX";
    assert_non_null(mkdtemp(folder));
    kept_weights(folder, true);
    assert_int_equal(setenv("E6C", folder, 1), 0);
    for (size_t i = 0; i < found.gl_pathc; i++) {
        if (strstr(found.gl_pathv[i], "jobs/e2-") != NULL ||
            strstr(found.gl_pathv[i], "jobs/e3-") != NULL) {
            continue; /* demos: see test_demo.c */
        }
        bs_experiment *full = read_with(found.gl_pathv[i], NULL);
        if (strstr(found.gl_pathv[i], "quickstart") == NULL) {
            bool training = strstr(found.gl_pathv[i], "train") != NULL;
            bs_experiment *small =
                read_with(found.gl_pathv[i], training ? "size=tiny" : "size=small", NULL);
            assert_string_not_equal(full->identity_hash, small->identity_hash);
            assert_true(!training ||
                        strcmp(full->training_identity, small->training_identity) != 0);
            bs_experiment_destroy(small);
        }
        bs_experiment_destroy(full);
    }
    globfree(&found);
    kept_weights(folder, false);
    assert_int_equal(rmdir(folder), 0);
    unsetenv("E6C");
    unsetenv("BLUESHIFT_DATA");
    bs_experiment *e =
        read_with("jobs/quickstart.yaml", "grid.x=-1:1:51", "grid.y=-1:1:51", "networks.depth=20",
                  "networks.1.paths=3", "networks.norm=none", "data.path=DIR", "seed=2", NULL);
    assert_string_equal(e->output, "quickstart.nc");
    assert_string_equal(e->networks[1].name, "NoShort");
    assert_int_equal(e->networks[0].architecture.paths, 1);
    assert_int_equal(e->networks[1].architecture.paths, 3);
    assert_int_equal(e->source, BS_SOURCE_CIFAR10);
    bs_experiment_destroy(e);
    static const char *const none[] = {NULL};
    assert_int_equal(bs_experiment_read("jobs/e1-loss-surfaces.yaml", 0, none, &e), BS_ERR_USAGE);
    assert_non_null(strstr(bs_error_text(), "the environment variable BLUESHIFT_DATA is not set"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(defaults_are_a_small_line),
        cmocka_unit_test(printed_defaults_are_the_defaults),
        cmocka_unit_test(every_key_arrives),
        cmocka_unit_test(the_recorded_text_gives_the_experiment_again),
        cmocka_unit_test(older_experiments_are_read),
        cmocka_unit_test(open_choices_have_no_value),
        cmocka_unit_test(titles_say_what_is_run),
        cmocka_unit_test(settings_come_over_the_file),
        cmocka_unit_test(a_sweep_from_flags_alone),
        cmocka_unit_test(data_defaults),
        cmocka_unit_test(grids_of_every_kind),
        cmocka_unit_test(output_follows_the_file),
        cmocka_unit_test(identity_is_what_decides_the_values),
        cmocka_unit_test(trainings_have_an_identity_of_their_own),
        cmocka_unit_test(weights_decide_the_hyperparameters),
        cmocka_unit_test(committed_experiments),
    };
    return cmocka_run_group_tests(tests, make_file, remove_file);
}
