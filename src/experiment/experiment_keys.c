/* The one table of an experiment's keys: type, limits, words, default, comment, identity. */
#include <math.h>

#include "experiment_parts.h"

#define ROW(name, member, ...) BS_KEY_PLAIN(bs_experiment, name, member, __VA_ARGS__)
#define FILE_ROW(name, member, ...) BS_KEY(bs_experiment, BS_KEY_FILE, name, member, __VA_ARGS__)
#define WORD_ROW(name, member, ...) BS_KEY(bs_experiment, BS_KEY_WORD, name, member, __VA_ARGS__)
#define NETWORK(name, member, ...) BS_KEY_PLAIN(bs_network_spec, name, member, __VA_ARGS__)
#define NETWORK_FILE(name, member, ...)                                                            \
    BS_KEY(bs_network_spec, BS_KEY_FILE, name, member, __VA_ARGS__)
#define NETWORK_WORD(name, member, ...)                                                            \
    BS_KEY(bs_network_spec, BS_KEY_WORD, name, member, __VA_ARGS__)
#define HOUSEKEEPING .identity = BS_KEY_HOUSEKEEPING
#define LIMITS(low, high, text) .min = (low), .max = (high), .rule = (text)

enum { COUNT_MAX = 65536 };

/* The generator tells 2^24 realisations apart, half of which are those of foreign paths. */
enum { REALISATIONS_MAX = 8388608 };

static const bs_words sources =
    BS_WORDS([BS_SOURCE_SYNTHETIC] = "synthetic", [BS_SOURCE_CIFAR10] = "cifar10");
static const bs_words splits = BS_WORDS([BS_SPLIT_TRAIN] = "train", [BS_SPLIT_TEST] = "test");
static const bs_words normalisations =
    BS_WORDS("weights", "imagenet", "cifar10", "unit", "half", "values");
static const bs_words direction_norms =
    BS_WORDS([BS_DIRECTION_NORM_FILTER] = "filter", [BS_DIRECTION_NORM_LAYER] = "layer",
             [BS_DIRECTION_NORM_NONE] = "none");
static const bs_words ignores = BS_WORDS([false] = "none", [true] = "biasbn");
static const bs_words statistics =
    BS_WORDS([BS_STATISTICS_INTERPOLATE] = "interpolate", [BS_STATISTICS_FIRST] = "first",
             [BS_STATISTICS_RECOMPUTE] = "recompute");
static const bs_words rests = BS_WORDS([false] = "fixed", [true] = "moving");
static const bs_words windows = BS_WORDS([BS_WINDOW_NONE] = "none", [BS_WINDOW_HANN] = "hann");
static const bs_words schedules =
    BS_WORDS([BS_SCHEDULE_AUTO] = "auto", [BS_SCHEDULE_STATIC] = "static",
             [BS_SCHEDULE_ON_DEMAND] = "on-demand");

static const bs_key network_rows[] = {
    NETWORK("name", name, "auto", "label; auto: network0, network1, ..."),
    NETWORK_WORD("kind", architecture.family, "auto", "auto: resnet", .words = &bs_family_words,
                 .given = BS_HYPERPARAMETER_KIND),
    NETWORK("depth", architecture.depth, "auto",
            "resnet: 6n + 2; mlp: hidden layers, with a shortcut 2n + 1; auto: 20, mlp 3",
            .given = BS_HYPERPARAMETER_DEPTH),
    NETWORK_WORD("version", architecture.version, "auto", "post- and pre-activation; auto: v1",
                 .words = &bs_version_words, .given = BS_HYPERPARAMETER_VERSION),
    NETWORK_WORD("shortcut", architecture.shortcut, "auto",
                 "mlp: none, or pad (the identity, over blocks of two layers); auto: pad, mlp none",
                 .words = &bs_shortcut_words, .given = BS_HYPERPARAMETER_SHORTCUT),
    NETWORK("skip_weight", architecture.skip_weight, "1", "factor of the shortcut"),
    NETWORK("paths", architecture.paths, "auto",
            "independent main branches, averaged (1 to 16); mlp: of every hidden layer, without a "
            "shortcut; auto: 1",
            .given = BS_HYPERPARAMETER_PATHS),
    NETWORK("width", architecture.width, "auto",
            "resnet: multiplier of 16, 32, 64; mlp: units; auto: 1, mlp 128",
            .given = BS_HYPERPARAMETER_WIDTH),
    NETWORK_WORD("activation", architecture.activation, "relu", NULL,
                 .words = &bs_activation_words),
    NETWORK("slope", architecture.slope, "0.01", "of leaky-relu, 0 to 1"),
    NETWORK_WORD("norm", architecture.norm, "auto",
                 "none, or statistics of the evaluated block (batch), of the base point (frozen), "
                 "of the weights file (running); auto: running with weights, else batch; mlp none",
                 .words = &bs_norm_words),
    NETWORK("bias", architecture.bias, "auto", "mlp: biases; auto: false",
            .given = BS_HYPERPARAMETER_BIAS),
    NETWORK_FILE("weights", weights, "''", "safetensors file; none: initial weights from the seed",
                 .identity = BS_KEY_BY_CONTENTS),
    NETWORK_FILE("weights2", weights2, "''", "x runs from weights to these",
                 .identity = BS_KEY_BY_CONTENTS),
    NETWORK_FILE("weights3", weights3, "''", "y runs from weights to these",
                 .identity = BS_KEY_BY_CONTENTS),
};
static const bs_keys network_keys = {
    .what = "a network",
    .count = (int)(sizeof network_rows / sizeof network_rows[0]),
    .keys = network_rows,
    .given_offset = offsetof(bs_network_spec, given),
};

static const bs_key rows[] = {
    ROW("title", title, "auto", "of the result; auto: made from networks and path", HOUSEKEEPING),
    ROW("seed", seed, "1", "of initial weights, directions and synthetic images"),
    ROW("realisations", realisations, "1", "repeats, each with its own random numbers",
        LIMITS(1, REALISATIONS_MAX, "give 1 to 8388608")),

    BS_KEY_HEADING("data", NULL),
    WORD_ROW("data.source", source, "auto",
             "auto: cifar10 when a path, a file or weights are given", .words = &sources),
    FILE_ROW("data.path", data_path, "auto",
             "folder of CIFAR-10's binary files; auto: $BLUESHIFT_DATA", HOUSEKEEPING),
    WORD_ROW("data.split", split, "train", NULL, .words = &splits),
    ROW("data.file", data_file, "''",
        "a file of the folder, such as data_batch_1.bin, instead of the split's"),
    ROW("data.first", first, "0", "first image", LIMITS(0, INFINITY, "images are counted from 0")),
    ROW("data.images", images, "0", "number of images; 0: all from the first on (synthetic: 1024)",
        LIMITS(0, INFINITY, "give a number of images, or 0 for all")),
    ROW("data.batch", batch, "128", "images per block: unit of batch normalisation and summation",
        LIMITS(1, COUNT_MAX, "give 1 to 65536 images per block")),
    ROW("data.normalisation", normalisation, "auto",
        "weights: their metadata; values: mean and std below; auto: weights if any are given, else "
        "cifar10, or half for synthetic images",
        .words = &normalisations),
    BS_KEY(bs_experiment, BS_KEY_NUMBERS, "data.mean", mean, "[0, 0, 0]",
           "red, green, blue on the scale 0 to 1", .max_count = BS_IMAGE_CHANNELS),
    BS_KEY(bs_experiment, BS_KEY_NUMBERS, "data.std", std, "[1, 1, 1]", NULL,
           .max_count = BS_IMAGE_CHANNELS),

    BS_KEY_ENTRIES(bs_experiment, "networks", networks, network_count,
                   "each entry starts from these hyperparameters; auto with a weights file: what "
                   "the file holds",
                   .max_count = BS_NETWORKS_MAX, .entries = &network_keys),

    BS_KEY_HEADING("path", NULL),
    WORD_ROW("path.kind", path, "auto", "auto: line, with y plane, with z volume",
             .words = &bs_path_words),
    ROW("path.radius", radius, "1", "of a ring", .excluded = true,
        LIMITS(0, INFINITY, "a radius is above 0")),
    WORD_ROW("path.normalisation", direction_norm, "auto",
             "of directions; auto: filter where they are random, those of a file as they are",
             .words = &direction_norms, .given = BS_GIVEN_DIRECTION_NORM),
    WORD_ROW("path.ignore", ignore_vectors, "auto",
             "biasbn: biases and norm parameters stay fixed; auto: biasbn, but none in directions "
             "of a file",
             .words = &ignores, .given = BS_GIVEN_IGNORE),
    WORD_ROW("path.statistics", statistics, "interpolate",
             "running statistics of norms between weights: as the weights; those of the first; or "
             "computed from the images at every point, one more pass (also around one file)",
             .words = &statistics),
    ROW("path.orthogonalise", orthogonalise, "false",
        "whether the second and third direction are made orthogonal"),
    FILE_ROW("path.directions", directions, "''",
             "HDF5 direction file instead of random directions", .identity = BS_KEY_BY_CONTENTS),

    BS_KEY_HEADING("grid", "axes FROM:TO:POINTS"),
    ROW("grid.x", axis_text[0], "auto",
        "ring and great-circle: number of points; auto: -1:1:51, or 64"),
    ROW("grid.y", axis_text[1], "none", NULL),
    ROW("grid.z", axis_text[2], "none", NULL),
    ROW("grid.endpoint", endpoint, "auto",
        "whether TO is a sample; auto: true, on periodic paths false"),

    BS_KEY_HEADING("evaluation", NULL),
    ROW("evaluation.backend", backend, "auto",
        "auto: the fastest on this machine | reference | ...", .old = "evaluation.kernel"),

    BS_KEY_HEADING("observables", "kept of every point beside loss and accuracy"),
    ROW("observables.logits", observables.logits, "0", "of the first so many images",
        LIMITS(0, COUNT_MAX, "give a number of images, 0 (none) to 65536")),
    ROW("observables.branch_losses", observables.branch_losses, "false",
        "of skip, sum and paths of every block, seen through a fixed random head after the average "
        "over the pixels"),
    ROW("observables.probes", observables.probes, "0", "random neurons of each of these signals",
        LIMITS(0, COUNT_MAX, "give a number of neurons, 0 (none) to 65536")),
    ROW("observables.probe_images", observables.probe_images, "1",
        "images in which each neuron is seen"),

    BS_KEY_HEADING("observables.branch_surfaces",
                   "the rest of the network on one branch of a block alone"),
    ROW("observables.branch_surfaces.every", observables.surfaces.every, "0",
        "of blocks 0, n, 2n, ...; 0: of none",
        LIMITS(0, COUNT_MAX, "give a number of blocks, 0 (none) to 65536")),
    ROW("observables.branch_surfaces.images", observables.surfaces.images, "16",
        "images whose logits are kept; losses are those of all images",
        LIMITS(1, COUNT_MAX, "give a number of images, 1 to 65536")),
    WORD_ROW("observables.branch_surfaces.rest", observables.surfaces.moving, "fixed",
             "fixed: the rest keeps the weights of the base point; moving: it moves along the path",
             .words = &rests),

    BS_KEY_HEADING("analysis", NULL),
    WORD_ROW("analysis.window", window, "auto", "auto: hann, on periodic paths none",
             .words = &windows, HOUSEKEEPING),
    ROW("analysis.cutoff", cutoff, "0.5",
        "power above this fraction of the Nyquist wavenumber is high", HOUSEKEEPING,
        LIMITS(0, 1, "give a fraction of the Nyquist wavenumber, 0 to 1")),
    BS_KEY(bs_experiment, BS_KEY_NUMBERS, "analysis.tail", tail, "[0.25, 0.75]",
           "fractions between which the power's slope is fitted", .max_count = 2, HOUSEKEEPING,
           LIMITS(0, 1, "give a fraction of the Nyquist wavenumber, 0 to 1")),

    BS_KEY_HEADING("parallel", NULL),
    ROW("parallel.shards", shards, "1", "ranks that share the images of a point", HOUSEKEEPING,
        LIMITS(1, UINT32_MAX, "at least 1 rank evaluates a point")),
    WORD_ROW("parallel.schedule", schedule, "auto", "auto: on-demand up to 1024 groups of shards",
             .words = &schedules, HOUSEKEEPING),
    ROW("parallel.chunk", chunk, "0",
        "points handed out at once; 0: automatic, on demand ever fewer", HOUSEKEEPING),
    BS_KEY(bs_experiment, BS_KEY_SECONDS, "parallel.time_limit", time_limit, "0",
           "seconds or HH:MM:SS, then a clean end (exit code 75); 0: none", HOUSEKEEPING,
           LIMITS(0, INFINITY, "give seconds, or 0 for no limit")),
    ROW("parallel.flush_interval", flush_interval, "0.5",
        "seconds between writes of finished points", HOUSEKEEPING,
        LIMITS(0, INFINITY, "give seconds, or 0 to write after every point")),

    BS_KEY_HEADING("output", NULL),
    FILE_ROW("output.file", output, "auto",
             "auto: the experiment file's name with .nc, or surface.nc", HOUSEKEEPING),

    {.name = "scan", .type = BS_KEY_TAKEN},
    {.name = "sizes", .type = BS_KEY_TAKEN},
};

const bs_keys bs_experiment_keys = {
    .what = "an experiment",
    .count = (int)(sizeof rows / sizeof rows[0]),
    .keys = rows,
    .given_offset = offsetof(bs_experiment, given),
    .header =
        "# Defaults of `blueshift sweep`: every key there is. An experiment file gives only what\n"
        "# differs; --set key=value comes on top (--set networks.0.depth=20).\n",
    .footer =
        "\n"
        "# Names of files and folders may begin with an environment variable: $NAME/... Two keys\n"
        "# have no default. A scan expands every network into one for each combination of values\n"
        "# (strength: 1 - slope of a leaky relu; any other hyperparameter as above):\n"
        "#   scan: {strength: [0, 0.5, 1], skip_weight: [0, 1]}\n"
        "# Variants of an experiment, of which --set size=small chooses one:\n"
        "#   sizes: {small: {data.images: 64, grid.x: '-1:1:17'}}\n",
};
