/* Every rule of an experiment with its message: what, where, and what to do. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "blueshift/experiment.h"
#include "unit/unit_test.h"

enum { SETTINGS_MAX = 4 };

typedef struct refusal {
    const char *settings[SETTINGS_MAX];
    const char *message;
} refusal;

static void assert_refused(const refusal *cases, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        int given = 0;
        while (given < SETTINGS_MAX && cases[i].settings[given] != NULL) {
            given++;
        }
        bs_experiment *e = NULL;
        if (bs_experiment_read(NULL, given, cases[i].settings, &e) != BS_ERR_USAGE) {
            fail_msg("%s is not refused", cases[i].settings[0]);
        }
        assert_null(e);
        assert_string_equal(bs_error_text(), cases[i].message);
    }
}

#define ASSERT_REFUSED(cases) assert_refused(cases, sizeof(cases) / sizeof(cases)[0])

/* As if the setting S had the message M, which begins with the setting. */
#define SETTING(s, m)                                                                              \
    {                                                                                              \
        {s}, "setting '" s "': " m                                                                 \
    }

#define NETWORK_KEYS                                                                               \
    "name, kind, depth, version, shortcut, skip_weight, paths, width, activation, slope, norm, "   \
    "bias, weights, weights2, weights3, trajectory, pick"

static void unknown_keys(void **state)
{
    (void)state;
    static const refusal cases[] = {
        SETTING("grdi.x=1",
                "unknown key 'grdi'; did you mean 'grid'? Known keys here: title, "
                "seed, realisations, claim, data, networks, path, grid, evaluation, observables, "
                "analysis, train, parallel, output, scan, sizes"),
        SETTING("depth=20", "unknown key 'depth'; did you mean 'networks.depth'? Known keys here: "
                            "title, seed, realisations, claim, data, networks, path, grid, "
                            "evaluation, observables, "
                            "analysis, train, parallel, output, scan, sizes"),
        SETTING("grid.seed=1", "unknown key 'seed' in grid; did you mean 'seed'? Known keys here: "
                               "x, y, z, endpoint"),
        SETTING("grid.inertia=1", "unknown key 'inertia' in grid. Known keys here: x, y, z, "
                                  "endpoint"),
        SETTING("networks.0.dpeth=20", "unknown key 'dpeth' in networks.0; did you mean 'depth'? "
                                       "Known keys here: " NETWORK_KEYS),
        SETTING("networks=[{nrom: batch}]", "unknown key 'nrom' in networks.0; did you mean "
                                            "'norm'? Known keys here: " NETWORK_KEYS),
    };
    ASSERT_REFUSED(cases);
}

static void wrong_types(void **state)
{
    (void)state;
    static const refusal cases[] = {
        SETTING("networks.0.depth=twenty", "networks.0.depth is 'twenty'; expected a whole number"),
        SETTING("networks.0.depth=[20]", "networks.0.depth is a list; expected a single value"),
        SETTING("networks.0.depth=3000000000",
                "networks.0.depth is '3000000000'; expected a whole number of at most 2147483647"),
        SETTING("networks.0.depth=2e1", "networks.0.depth is '2e1'; expected a whole number"),
        SETTING("data.first=9223372036854775808",
                "data.first is '9223372036854775808'; expected a whole number"),
        SETTING("seed=-1", "seed is '-1'; expected a whole number from 0 to 18446744073709551615"),
        SETTING("realisations=4294967296",
                "realisations is '4294967296'; expected a whole number from 0 to 4294967295"),
        SETTING("path.radius=big", "path.radius is 'big'; expected a finite number"),
        SETTING("networks.0.skip_weight=nan",
                "networks.0.skip_weight is 'nan'; expected a finite number"),
        SETTING("networks.0.skip_weight=1e999",
                "networks.0.skip_weight is '1e999'; expected a finite number"),
        SETTING("path.orthogonalise=maybe",
                "path.orthogonalise is 'maybe'; expected true or false"),
        SETTING("output=o.nc",
                "output is 'o.nc'; expected a mapping with keys of its own: file, weights"),
        SETTING("networks=3", "networks is '3'; expected a list of 1 to 512 entries"),
        SETTING("networks=[]", "networks has 0 entries; expected a list of 1 to 512 entries"),
        SETTING("networks={a: 1}", "networks is a mapping; expected a list of 1 to 512 entries"),
        SETTING("networks=[3]",
                "networks.0 is '3'; expected a mapping with keys of its own: " NETWORK_KEYS),
        SETTING("data.mean=[1, 2]", "data.mean has 2 entries; expected a list of 3 numbers"),
        SETTING("data.mean=0.5", "data.mean is '0.5'; expected a list of 3 numbers"),
        SETTING("data.std=[1, x, 1]", "data.std.1 is 'x'; expected a finite number"),
        SETTING("parallel.time_limit=soon",
                "parallel.time_limit is 'soon'; expected seconds, 10min, 2h, HH:MM:SS or "
                "D-HH:MM:SS"),
        SETTING("parallel.time_limit=1:00",
                "parallel.time_limit is '1:00'; expected seconds, 10min, 2h, HH:MM:SS or "
                "D-HH:MM:SS"),
    };
    ASSERT_REFUSED(cases);
}

static void unknown_words(void **state)
{
    (void)state;
    static const refusal cases[] = {
        SETTING("path.kind=plan", "path.kind is 'plan'; did you mean 'plane'? Expected one of: "
                                  "auto, line, ring, great-circle, plane, volume, bezier"),
        SETTING(
            "path.normalisation=filtr",
            "path.normalisation is 'filtr'; did you mean 'filter'? Expected one of: auto, filter, "
            "layer, none"),
        SETTING("path.ignore=bias", "path.ignore is 'bias'; did you mean 'biasbn'? Expected one "
                                    "of: auto, none, biasbn"),
        SETTING("networks.0.activation=swish",
                "networks.0.activation is 'swish'. Expected one of: relu, leaky-relu, tanh, "
                "softplus, gelu"),
        SETTING("networks.0.activation=ReLU",
                "networks.0.activation is 'ReLU'; did you mean 'relu'? Expected one of: relu, "
                "leaky-relu, tanh, softplus, gelu"),
        SETTING("networks.0.version=v3",
                "networks.0.version is 'v3'. Expected one of: auto, v1, v2"),
        SETTING("networks.0.shortcut=identity", "networks.0.shortcut is 'identity'. Expected one "
                                                "of: auto, none, pad, projection"),
        SETTING("networks.0.norm=bathc",
                "networks.0.norm is 'bathc'; did you mean 'batch'? Expected one of: auto, none, "
                "batch, frozen, running"),
        SETTING("networks.0.kind=vgg",
                "networks.0.kind is 'vgg'. Expected one of: auto, resnet, mlp"),
        SETTING("data.source=cifar", "data.source is 'cifar'; did you mean 'cifar10'? Expected "
                                     "one of: auto, synthetic, cifar10"),
        SETTING("data.split=val", "data.split is 'val'. Expected one of: train, test, both"),
        SETTING("data.normalisation=cifar",
                "data.normalisation is 'cifar'; did you mean 'cifar10'? Expected one of: auto, "
                "weights, imagenet, cifar10, unit, half, values"),
        SETTING("analysis.window=hamming",
                "analysis.window is 'hamming'. Expected one of: auto, none, hann"),
        SETTING("analysis.cutoff=1.5", "analysis.cutoff is '1.5'; give a fraction of the Nyquist "
                                       "wavenumber, 0 to 1"),
        SETTING("analysis.tail.0=-0.1", "analysis.tail.0 is '-0.1'; give a fraction of the Nyquist "
                                        "wavenumber, 0 to 1"),
        SETTING("analysis.tail.1=0.25", "analysis.tail.1 is '0.25'; a tail ends above its start"),
        SETTING("analysis.tail.1=1.01",
                "analysis.tail.1 is '1.01'; give a fraction of the Nyquist wavenumber, 0 to 1"),
        SETTING("analysis.tail=half", "analysis.tail is 'half'; expected a list of 2 numbers"),
        SETTING("parallel.schedule=dynamic",
                "parallel.schedule is 'dynamic'. Expected one of: auto, static, on-demand"),
    };
    ASSERT_REFUSED(cases);
}

static void data_rules(void **state)
{
    (void)state;
    static const refusal cases[] = {
        SETTING("realisations=0", "realisations is '0'; give 1 to 8388608"),
        SETTING("data.first=-1", "data.first is '-1'; images are counted from 0"),
        SETTING("data.images=-5", "data.images is '-5'; give a number of images, or 0 for all"),
        SETTING("data.batch=0", "data.batch is '0'; give 1 to 65536 images per block"),
        SETTING("data.batch=65537", "data.batch is '65537'; give 1 to 65536 images per block"),
        SETTING("data.std=[1, 0, 1]", "data.std.1 is '0'; a standard deviation is above 0 and at "
                                      "most 1, on the scale of pixels / 255"),
        SETTING("data.std=[58.395, 57.12, 57.375]",
                "data.std.0 is '58.395'; a standard deviation is above 0 and at most 1, on the "
                "scale of pixels / 255: write 0.229 (that is 58.395 / 255)"),
        SETTING("data.mean=[0.5, 123.7, 0.5]",
                "data.mean.1 is '123.7'; a mean lies between 0 and 1, the scale of pixels / 255: "
                "write 0.4851 (that is 123.7 / 255)"),
        SETTING("data.mean.2=-0.1", "data.mean.2 is '-0.1'; a mean lies between 0 and 1, the "
                                    "scale of pixels / 255"),
        SETTING("data.normalisation=weights",
                "data.normalisation is 'weights'; no network has a weights file to take the "
                "constants from; give weights, or a name such as cifar10"),
        {{"data.file=a.bin", "data.source=synthetic"},
         "setting 'data.file=a.bin': data.file is 'a.bin'; synthetic images come from no file; set "
         "data.source to cifar10, or leave data.file out"},
        {{"data.source=cifar10"},
         "data.path is ''; it must name the folder of CIFAR-10's binary files: set it, or the "
         "environment variable BLUESHIFT_DATA, or take data.source=synthetic "
         "(blueshift-fetch-cifar10, "
         "in the source tools/fetch-cifar10, downloads the files)"},
    };
    ASSERT_REFUSED(cases);
}

static void network_rules(void **state)
{
    (void)state;
    static const refusal cases[] = {
        SETTING("networks.0.depth=21",
                "networks.0.depth is '21'; a ResNet has 6n + 2 layers: take 20 or 26"),
        SETTING("networks.0.depth=2",
                "networks.0.depth is '2'; a ResNet has 6n + 2 layers: take 8 or 14"),
        SETTING("networks.0.depth=-4", "networks.0.depth is '-4'; a ResNet has 8 to 1202 layers"),
        SETTING("networks.0.paths=17", "networks.0.paths is '17'; a block has 1 to 16 paths"),
        SETTING("networks.0.width=-1", "networks.0.width is '-1'; a ResNet's width multiplies 16, "
                                       "32 and 64 channels: take 1 to 16"),
        SETTING("networks.0.slope=1.5",
                "networks.0.slope is '1.5'; a slope lies between 0 (relu) and 1 (linear)"),
        SETTING("networks.0.norm=running",
                "networks.0.norm is 'running'; running statistics come from a weights file, which "
                "this network lacks; take batch, frozen or none, or give weights"),
        SETTING("networks.0.name=\"a\\nb\"",
                "networks.0.name is 'a\nb'; a name has 1 to 60 printable characters"),
        SETTING("networks.0.name=",
                "networks.0.name is ''; a name has 1 to 60 printable characters"),
        SETTING("networks=[{name: a}, {name: a}]",
                "networks.1.name is 'a'; another network has this name; give each its own"),
        SETTING("networks.0={kind: mlp, shortcut: projection}",
                "networks.0.shortcut is 'projection'; an mlp's blocks do not change shape: take "
                "none, or pad (the identity)"),
        SETTING("networks.0={kind: mlp, shortcut: pad, paths: 2}",
                "networks.0.paths is '2'; an mlp has either paths or a shortcut: take paths 1, or "
                "shortcut none"),
        SETTING("networks.0={kind: mlp, shortcut: pad, depth: 1}",
                "networks.0.depth is '1'; an mlp with a shortcut has 2n + 1 hidden layers: take 3 "
                "or 5"),
        SETTING("networks.0={kind: mlp, shortcut: pad, depth: 6}",
                "networks.0.depth is '6'; an mlp with a shortcut has 2n + 1 hidden layers: take 5 "
                "or 7"),
        SETTING("networks.0.weights2=b",
                "networks.0.weights2 is 'b'; it is the other end of a line that starts at weights, "
                "which is missing; give both"),
        {{"networks.0.weights3=c", "networks.0.weights=a", "data.path=d"},
         "setting 'networks.0.weights3=c': networks.0.weights3 is 'c'; a plane through three "
         "weights also needs weights2; give it"},
        {{"networks.0={weights: a, weights2: b, weights3: c}", "data.path=d"},
         "setting 'networks.0={weights: a, weights2: b, weights3: c}': networks.0.weights3 is 'c'; "
         "a line and a great circle have no second direction; add grid.y (--y=-1:1:51), or leave "
         "weights3 out"},
        {{"networks.0={weights: a, weights2: b}", "path.directions=d.h5", "data.path=d"},
         "setting 'networks.0={weights: a, weights2: b}': networks.0.weights2 is 'b'; "
         "path.directions gives the directions already; leave one of the two out"},
    };
    ASSERT_REFUSED(cases);
}

static void grid_rules(void **state)
{
    (void)state;
    static const refusal cases[] = {
        SETTING("grid.x=-1:1", "axis x: \"-1:1\" has 2 of the 3 parts FROM:TO:POINTS, such as "
                               "-1:1:51"),
        SETTING("grid.x=-1:1:0", "axis x: 0 points; at least 1 is needed"),
        SETTING("grid.x=1:-1:5", "axis x: it runs from 1 to -1; with more than one point the start "
                                 "must lie below the end: swap them or use 1 point"),
        SETTING("grid.y=-1:1:1000000000000",
                "axis y: 1000000000000 points; a whole experiment can have at most 2147483647: use "
                "fewer"),
        SETTING("grid.x=", "grid.x is ''; path.kind line needs it; give FROM:TO:POINTS, such as "
                           "-1:1:51"),
        {{"path.kind=plane"},
         "grid.y is ''; path.kind plane needs it; give FROM:TO:POINTS, such as -1:1:51"},
        {{"grid.y=0:1:2", "path.kind=line"},
         "setting 'grid.y=0:1:2': grid.y is '0:1:2'; path.kind line has only the axis x; leave it "
         "out, "
         "or take another kind"},
        {{"grid.z=0:1:2", "grid.y=0:1:2", "path.kind=plane"},
         "setting 'grid.z=0:1:2': grid.z is '0:1:2'; path.kind plane has only x and y; leave it "
         "out, or take another kind"},
        {{"path.kind=ring", "grid.endpoint=true"},
         "setting 'grid.endpoint=true': grid.endpoint is 'true'; on a ring the last sample would "
         "be the first again; leave it out"},
        {{"path.kind=ring", "grid.x=0:1:8"},
         "setting 'grid.x=0:1:8': grid.x is '0:1:8'; a ring is one full period; give only its "
         "number "
         "of points, such as 64"},
        {{"path.kind=ring", "grid.x=0"},
         "setting 'grid.x=0': axis x: 0 points; at least 1 is needed"},
    };
    ASSERT_REFUSED(cases);
    bs_experiment *e = NULL;
    static const char *const many[] = {"grid.x=0:1:100000", "realisations=100000"};
    assert_int_equal(bs_experiment_read(NULL, 2, many, &e), BS_ERR_USAGE);
    assert_non_null(strstr(bs_error_text(), "axis x: with its 100000 points the experiment exceeds "
                                            "2147483647 points"));
}

static void other_rules(void **state)
{
    (void)state;
    static const refusal cases[] = {
        SETTING("path.radius=0", "path.radius is '0'; a radius is above 0"),
        SETTING("evaluation.backend=", "evaluation.backend is ''; give auto or a backend's name"),
        SETTING("parallel.shards=0", "parallel.shards is '0'; at least 1 rank evaluates a point"),
        SETTING("parallel.time_limit=-1",
                "parallel.time_limit is '-1'; give seconds, or 0 for no limit"),
        SETTING("parallel.flush_interval=-1",
                "parallel.flush_interval is '-1'; give seconds, or 0 to write after every point"),
        SETTING("observables.probes=-1",
                "observables.probes is '-1'; give a number of neurons, 0 (none) to 65536"),
        SETTING("observables.probe_images=0",
                "observables.probe_images is '0'; give a number of images, 1 or more; probes times "
                "probe_images may be 65536"),
        {{"observables.probes=256", "observables.probe_images=257"},
         "setting 'observables.probe_images=257': observables.probe_images is '257'; give a number "
         "of images, 1 or more; probes times probe_images may be 65536"},
        {{"data.images=8", "observables.probes=1", "observables.probe_images=9"},
         "setting 'observables.probe_images=9': observables.probe_images is '9'; only "
         "data.images=8 images are evaluated; give at most as many"},
        SETTING("observables.logits=65537",
                "observables.logits is '65537'; give a number of images, 0 (none) to 65536"),
        {{"data.images=8", "observables.logits=9"},
         "setting 'observables.logits=9': observables.logits is '9'; only data.images=8 images are "
         "evaluated; give at most as many"},
        {{"networks.kind=mlp", "observables.branch_losses=true"},
         "setting 'observables.branch_losses=true': observables.branch_losses is 'true'; no "
         "network has residual blocks to look at; leave it out, or add a resnet, or an mlp with "
         "paths or a shortcut"},
        {{"networks.kind=mlp", "observables.probes=2"},
         "setting 'observables.probes=2': observables.probes is '2'; no network has residual "
         "blocks to look at; leave it out, or add a resnet, or an mlp with paths or a shortcut"},
        SETTING("output.file=", "output.file is ''; give the name of the result file (--surf_file "
                                "OUT.nc), or auto"),
    };
    ASSERT_REFUSED(cases);
}

/* What would be passed over without a word is refused. */
static void keys_that_mean_nothing(void **state)
{
    (void)state;
    static const refusal cases[] = {
        SETTING("path.radius=2", "path.radius is '2'; only a ring has a radius: leave it out, or "
                                 "take path.kind=ring"),
        SETTING("path.radius=1", "path.radius is '1'; only a ring has a radius: leave it out, or "
                                 "take path.kind=ring"),
        SETTING("path.orthogonalise=yes",
                "path.orthogonalise is 'true'; there is only one direction: leave it out"),
        {{"data.std.1=0.5"},
         "data.std is '[1, 0.5, 1]'; it applies only with data.normalisation=values: add that"},
        SETTING(
            "observables.probe_images=2",
            "observables.probe_images is '2'; it applies only with observables.probes: add that"),
        SETTING("path.statistics=first",
                "path.statistics is 'first'; it applies to running statistics on the way to other "
                "weights (weights2, trajectory), and recompute for any running statistics: leave "
                "it out"),
        SETTING("networks.slope=0.5", "networks.0.slope is '0.5'; only leaky-relu has a slope: "
                                      "take activation leaky-relu, or leave it out"),
        {{"networks.skip_weight=0.5", "networks.shortcut=none"},
         "setting 'networks.skip_weight=0.5': networks.0.skip_weight is '0.5'; there is no "
         "shortcut to weigh: take another shortcut than none, or leave it out"},
        {{"networks.version=v2", "networks.kind=mlp"},
         "setting 'networks.version=v2': networks.0.version is 'v2'; an mlp has no version: leave "
         "it out"},
        SETTING("networks.bias=true", "networks.0.bias is 'true'; a ResNet has a bias on its last "
                                      "layer only: leave it out"),
        {{"data.path=/d", "data.source=synthetic"},
         "setting 'data.path=/d': data.path is '/d'; synthetic images come from no folder: leave "
         "it out, or take data.source=cifar10"},
        {{"path.normalisation=filter", "networks.0={weights: a, weights2: b}", "data.path=d"},
         "setting 'path.normalisation=filter': path.normalisation is 'filter'; no direction here "
         "is random or from a file: leave it out"},
        {{"path.ignore=biasbn", "networks.0={weights: a, weights2: b}", "data.path=d"},
         "setting 'path.ignore=biasbn': path.ignore is 'biasbn'; no direction here is random or "
         "from a file: leave it out"},
        {{"realisations=2", "networks.0={weights: a, weights2: b}", "data.path=d"},
         "setting 'realisations=2': realisations is '2'; nothing here is random, so that all would "
         "be the same: leave it out"},
    };
    ASSERT_REFUSED(cases);
}

/* Given to all networks a key counts when one of them uses it; a record repeats defaults. */
static void keys_that_mean_something(void **state)
{
    (void)state;
    static const char *const settings[][SETTINGS_MAX] = {
        {"networks=[{}, {shortcut: none}]", "networks.skip_weight=0.5"},
        {"path.radius=2", "path.kind=ring"},
        {"path.normalisation=filter", "path.directions=d.h5"},
        {"path.statistics=recompute", "networks.weights=a", "data.path=d"},
        {"realisations=2", "networks.weights=a", "data.path=d"},
        {"networks.kind=mlp", "networks.version=v1"},
    };
    for (size_t i = 0; i < sizeof settings / sizeof settings[0]; i++) {
        int given = 0;
        while (given < SETTINGS_MAX && settings[i][given] != NULL) {
            given++;
        }
        bs_experiment *e = NULL;
        bs_experiment *again = NULL;
        assert_int_equal(bs_experiment_read(NULL, given, settings[i], &e), BS_OK);
        assert_int_equal(bs_experiment_parse(e->yaml, "record", 0, NULL, &again), BS_OK);
        assert_string_equal(e->identity, again->identity);
        bs_experiment_destroy(again);
        bs_experiment_destroy(e);
    }
    bs_experiment *old = NULL;
    assert_int_equal(bs_experiment_parse("path: {radius: 2}", "record", 0, NULL, &old), BS_OK);
    bs_experiment_destroy(old);
}

/* Messages about a file name the line. */
static void lines_of_files(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"title: x\n\ngrdi:\n  x: 1\n", ":3: unknown key 'grdi'; did you mean 'grid'?"},
        {"networks:\n- depth: 20\n- name: b\n  depth: x\n",
         ":4: networks.1.depth is 'x'; expected a whole number"},
        {"networks:\n- depth: 20\n- dpeth: 20\n", ":3: unknown key 'dpeth' in networks.1"},
        {"grid:\n  x: -1:1:0\n", ":2: axis x: 0 points; at least 1 is needed"},
        {"data:\n  batch: 0\n", ":2: data.batch is '0'; give 1 to 65536 images per block"},
        {"- a\n- b\n", ":1: this is not an experiment; expected lines 'key: value'"},
        {"just words\n", ":1: this is not an experiment; expected lines 'key: value'"},
    };
    char path[] = "/tmp/bs_experiment_XXXXXX";
    int descriptor = mkstemp(path);
    assert_true(descriptor >= 0);
    close(descriptor);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        FILE *file = fopen(path, "w");
        assert_non_null(file);
        fputs(cases[i][0], file);
        fclose(file);
        bs_experiment *e = NULL;
        assert_int_equal(bs_experiment_read(path, 0, NULL, &e), BS_ERR_USAGE);
        assert_memory_equal(bs_error_text(), path, strlen(path));
        assert_memory_equal(bs_error_text() + strlen(path), cases[i][1], strlen(cases[i][1]));
    }
    unlink(path);
    bs_experiment *e = NULL;
    assert_int_equal(bs_experiment_read("/nonexistent.yaml", 0, NULL, &e), BS_ERR_USAGE);
    assert_string_equal(bs_error_text(), "/nonexistent.yaml: cannot be opened (No such file or "
                                         "directory); give the path of a YAML file");
}

static int without_data(void **state)
{
    (void)state;
    return unsetenv("BLUESHIFT_DATA");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(unknown_keys),
        cmocka_unit_test(wrong_types),
        cmocka_unit_test(unknown_words),
        cmocka_unit_test(data_rules),
        cmocka_unit_test(network_rules),
        cmocka_unit_test(grid_rules),
        cmocka_unit_test(other_rules),
        cmocka_unit_test(keys_that_mean_nothing),
        cmocka_unit_test(keys_that_mean_something),
        cmocka_unit_test(lines_of_files),

    };
    return cmocka_run_group_tests(tests, without_data, NULL);
}
