/* Reading a demo: defaults, file and settings become one checked structure. */
#include "blueshift/demo.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "blueshift/fbm.h"
#include "blueshift/memory.h"
#include "blueshift/text.h"
#include "experiment_parts.h"

enum {
    DEMOS = 3,
    ENDING_MAX = 256,
    PATHS_MAX = 1 << 20,
    SIDE_MIN = 16,
    SIDE_MAX = 8192,
    COPIES_MAX = 1000,
    BRANCHES_MAX = 100,
    COEFFICIENTS_MAX = 1 << 26
};

static const char *const titles[DEMOS] = {
    "Exponential downweighting (ED): fractional Brownian motion, its relu, and their average",
    "Frequency-dependent signal averaging (FDSA): noisy copies of an image, averaged",
    ("Exponential downweighting (ED) and frequency-dependent signal averaging (FDSA) of complex "
     "coefficients")};

#define ROW(name, member, ...) BS_KEY_PLAIN(bs_demo, name, member, __VA_ARGS__)
#define WORD_ROW(name, member, ...) BS_KEY(bs_demo, BS_KEY_WORD, name, member, __VA_ARGS__)
#define LIMITS(low, high, text) .min = (low), .max = (high), .rule = (text)
#define INSIDE(low, high, text) .excluded = true, LIMITS(low, high, text)

static const bs_words kinds =
    BS_WORDS([BS_DEMO_FBM] = "fbm", [BS_DEMO_AVERAGING] = "averaging", [BS_DEMO_PLANE] = "plane");
static const bs_words generators =
    BS_WORDS([BS_GENERATOR_BOTH] = "both", [BS_GENERATOR_CHOLESKY] = "cholesky",
             [BS_GENERATOR_CIRCULANT] = "circulant");

static const bs_key rows[] = {
    ROW("title", title, "auto", NULL),
    WORD_ROW("demo", kind, "fbm", "E2, E3, E5", .words = &kinds),
    ROW("seed", seed, "1", NULL),

    BS_KEY_HEADING("fbm", "paths x, relu(x) and their average; spectra over the ensemble"),
    ROW("fbm.hurst", hurst, "0.3", "exponent H of the fractional Brownian motion, 0 to 1",
        INSIDE(0, 1, "it lies between 0 and 1, both excluded")),
    ROW("fbm.samples", samples, "1024", "of a path",
        LIMITS(SIDE_MIN, BS_FBM_SAMPLES_MAX, "give 16 to 67108864")),
    ROW("fbm.paths", paths, "512", "the ensemble",
        LIMITS(2, PATHS_MAX, "error bars need 2 to 1048576")),
    WORD_ROW("fbm.generator", generator, "both",
             "cholesky is distributed, circulant for long paths", .words = &generators),
    ROW("fbm.cutoff", cutoff, "0.125",
        "power above it is high, as a fraction of the largest wavenumber",
        INSIDE(0, 1, "it lies between 0 and 1")),
    BS_KEY(bs_demo, BS_KEY_NUMBERS, "fbm.band", band, "[0.016, 0.25]",
           "the slope is fitted between these fractions", .max_count = 2,
           LIMITS(0, 1, "a band lies between 0 and 1")),

    BS_KEY_HEADING("averaging", "copies of an image with noise, and of correlated signals"),
    ROW("averaging.image", image, "''", "PGM or PNG file; none: one of our own"),
    ROW("averaging.size", size, "128", "pixels of a side of our own image",
        LIMITS(SIDE_MIN, SIDE_MAX, "give 16 to 8192 pixels")),
    ROW("averaging.noise", noise, "0.3", "standard deviation; images reach from 0 to 1",
        INSIDE(0, INFINITY, "a standard deviation is above 0")),
    ROW("averaging.copies", copies, "10", NULL, LIMITS(2, COPIES_MAX, "give 2 to 1000")),
    ROW("averaging.repeats", repeats, "16", "for error bars",
        LIMITS(2, PATHS_MAX, "error bars need 2 to 1048576")),
    {.name = "averaging.correlations",
     .type = BS_KEY_LIST,
     .offset = offsetof(bs_demo, correlations),
     .size = sizeof(double),
     .count_offset = offsetof(bs_demo, correlation_count),
     .initial = "[0, 0.1, 0.3, 1]",
     .comment = "of the noise of every two copies",
     .max_count = BS_DEMO_CORRELATIONS,
     LIMITS(0, 1, "a correlation lies between 0 and 1 here")},
    ROW("averaging.signal_correlation", signal_correlation, "0.8",
        "of the signals of every two copies, in the second part",
        LIMITS(0, 1, "a correlation lies between 0 and 1 here")),

    BS_KEY_HEADING("plane", "averages of complex coefficients"),
    ROW("plane.coefficients", coefficients, "100000", "random pairs",
        LIMITS(2, COEFFICIENTS_MAX, "give 2 to 67108864")),
    ROW("plane.ratio", ratio, "0.3", "radius of the skip against the main coefficient",
        LIMITS(0, 1e6, "give 0 to 1e6")),
    ROW("plane.branches", branches, "8", "paths that are averaged, at most",
        LIMITS(2, BRANCHES_MAX, "give 2 to 100")),

    BS_KEY_HEADING("output", NULL),
    ROW("output.file", output, "auto", "auto: the file's name with .nc, or DEMO.nc"),

    {.name = "sizes", .type = BS_KEY_TAKEN},
};

static const bs_keys keys = {
    .what = "a demo",
    .count = (int)(sizeof rows / sizeof rows[0]),
    .keys = rows,
    .header =
        "# Defaults of `blueshift demo`: every key there is. A file gives only what differs;\n"
        "# --set key=value comes on top.\n",
    .footer = "\n"
              "# Variants, of which --set size=small chooses one:\n"
              "#   sizes: {small: {fbm.paths: 64}}\n",
};

const char *bs_demo_name(bs_demo_kind kind)
{
    return bs_words_name(&kinds, (int)kind);
}

bs_status bs_demo_defaults(char **text)
{
    return bs_keys_defaults(&keys, text);
}

/* Keys of another demo than the one that is run mean nothing. */
static bs_status check_unused(const bs_yaml_tree *tree, const bs_demo *demo)
{
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const char *key = rows[i].name != NULL ? rows[i].name : "";
        const char *dot = strchr(key, '.');
        for (int d = 0; dot != NULL && d < DEMOS; d++) {
            bool of = strncmp(key, kinds.names[d], (size_t)(dot - key)) == 0 &&
                      kinds.names[d][dot - key] == '\0';
            if (of && d != (int)demo->kind && bs_keys_is_given(&keys, tree, key)) {
                return bs_keys_reject(tree, key, "it applies only to the demo %s, this one is %s",
                                      kinds.names[d], kinds.names[demo->kind]);
            }
        }
    }
    return BS_OK;
}

/* What goes beyond the limits of single keys. */
static bs_status check(const bs_yaml_tree *tree, const bs_demo *demo)
{
    BS_TRY(check_unused(tree, demo));
    if (!(demo->band[0] < demo->band[1])) {
        return bs_keys_reject(tree, "fbm.band.0",
                              "a band starts at 0 or above and ends above its start");
    }
    if (demo->output[0] == '\0') {
        return bs_keys_reject(tree, "output.file",
                              "give the name of the result file (-o OUT.nc), or auto");
    }
    return BS_OK;
}

static bs_status set_text(const bs_yaml_tree *tree, const char *path, const char *text)
{
    bs_yaml_node *node = bs_yaml_find(tree, path);
    bool automatic = node != NULL && node->kind == BS_YAML_SCALAR && !node->quoted &&
                     strcmp(node->text, "auto") == 0;
    return automatic ? bs_yaml_node_set_text(node, text, true) : BS_OK;
}

/* The title and the output that "auto" stands for; FILE is the YAML file or NULL. */
static bs_status resolve(const bs_yaml_tree *tree, const char *file)
{
    int demo = bs_words_find(&kinds, bs_yaml_text(tree, "demo"));
    const char *stem = file != NULL ? file : demo >= 0 ? kinds.names[demo] : "demo";
    char *output = bs_experiment_output(stem);
    if (output == NULL) {
        return BS_ERR_MEMORY;
    }
    bs_status status = set_text(tree, "output.file", output);
    bs_free(output);
    BS_TRY(status);
    return set_text(tree, "title", demo >= 0 ? titles[demo] : "Demo");
}

/* Lays WHAT and the settings over TREE. FILE becomes WHAT where it is one. */
static bs_status overlay(bs_yaml_tree *tree, const char *what, int setting_count,
                         const char *const *settings, const char **file)
{
    if (bs_words_find(&kinds, what) >= 0) {
        bs_yaml_node *demo = bs_yaml_find(tree, "demo");
        BS_TRY(bs_yaml_node_set_text(demo, what, false));
        return bs_experiment_overlay(tree, NULL, setting_count, settings);
    }
    if (strchr(what, '.') == NULL && strchr(what, '/') == NULL) {
        char ending[ENDING_MAX];
        bs_text_suggest(what, kinds.count, kinds.names, "Demos", ending, sizeof ending);
        return BS_FAIL(BS_ERR_USAGE, "there is no demo '%s'%s, or a YAML file", what, ending);
    }
    bs_yaml_tree *given = NULL;
    BS_TRY(bs_yaml_read(what, &given));
    *file = what;
    bs_status status = bs_experiment_overlay(tree, given, setting_count, settings);
    bs_yaml_destroy(given);
    return status;
}

/* The structure, checked, from a tree of all keys. */
static bs_status load(const bs_yaml_tree *tree, const char *file, bs_demo *demo)
{
    BS_TRY(resolve(tree, file));
    BS_TRY(bs_keys_read(&keys, tree, demo));
    BS_TRY(check(tree, demo));
    return bs_yaml_emit(tree, &demo->yaml);
}

bs_status bs_demo_read(const char *what, int setting_count, const char *const *settings,
                       bs_demo **demo)
{
    char *text = NULL;
    bs_yaml_tree *tree = NULL;
    const char *file = NULL;
    *demo = NULL;
    bs_demo *made = bs_alloc(1, sizeof *made);
    bs_status status = made == NULL ? BS_ERR_MEMORY : bs_demo_defaults(&text);
    if (status == BS_OK) {
        status = bs_yaml_parse(text, "", &tree);
    }
    if (status == BS_OK) {
        status = overlay(tree, what, setting_count, settings, &file);
    }
    if (status == BS_OK) {
        status = load(tree, file, made);
    }
    bs_free(text);
    bs_yaml_destroy(tree);
    if (status != BS_OK) {
        bs_demo_destroy(made);
        return status;
    }
    *demo = made;
    return BS_OK;
}

void bs_demo_destroy(bs_demo *demo)
{
    if (demo != NULL) {
        bs_keys_release(&keys, demo);
        bs_free(demo->yaml);
        bs_free(demo);
    }
}
