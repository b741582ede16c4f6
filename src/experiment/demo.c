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
    NAME_LENGTH = 256,
    PATHS_MAX = 1 << 20,
    SIDE_MIN = 16,
    SIDE_MAX = 8192,
    COPIES_MAX = 1000,
    BRANCHES_MAX = 100,
    COEFFICIENTS_MAX = 1 << 26
};

static const char *const names[DEMOS] = {"fbm", "averaging", "plane"};
static const char *const titles[DEMOS] = {
    "ED: fractional Brownian motion, its relu, and the average of both",
    "FDSA: noisy copies of an image, averaged", "ED and FDSA: averages of complex coefficients"};

static const char defaults[] =
    "# Defaults of `blueshift demo`: every key there is. A file gives only what differs;\n"
    "# --set key=value comes on top.\n"
    "title: auto\n"
    "demo: fbm                  # fbm (E2) | averaging (E3) | plane (E5)\n"
    "seed: 1\n"
    "\n"
    "fbm:                       # paths x, relu(x) and their average; spectra over the ensemble\n"
    "  hurst: 0.3               # exponent H of the fractional Brownian motion, 0 to 1\n"
    "  samples: 1024            # of a path\n"
    "  paths: 512               # the ensemble\n"
    "  generator: both          # cholesky (distributed) | circulant (long paths) | both\n"
    "  cutoff: 0.125            # power above it is high, as a fraction of the largest\n"
    "                           # wavenumber\n"
    "  band: [0.016, 0.25]      # the slope is fitted between these fractions\n"
    "\n"
    "averaging:                 # copies of an image with noise, and of correlated signals\n"
    "  image: ''                # PGM or PNG file; none: one of our own\n"
    "  size: 128                # pixels of a side of our own image\n"
    "  noise: 0.3               # standard deviation; images reach from 0 to 1\n"
    "  copies: 10\n"
    "  repeats: 16              # for error bars\n"
    "  correlations: [0, 0.1, 0.3, 1]  # of the noise of every two copies\n"
    "  signal_correlation: 0.8  # of the signals of every two copies, in the second part\n"
    "\n"
    "plane:                     # averages of complex coefficients\n"
    "  coefficients: 100000     # random pairs\n"
    "  ratio: 0.3               # radius of the skip against the main coefficient\n"
    "  branches: 8              # paths that are averaged, at most\n"
    "\n"
    "output:\n"
    "  file: auto               # auto: the file's name with .nc, or DEMO.nc\n"
    "\n"
    "# Variants, of which --set size=small chooses one:\n"
    "#   sizes: {small: {fbm.paths: 64}}\n";

#define SECTION(name, table)                                                                       \
    {                                                                                              \
        .key = (name), .data_offset = 0,                                                           \
        .value = {                                                                                 \
            .type = CYAML_MAPPING,                                                                 \
            .flags = CYAML_FLAG_DEFAULT,                                                           \
            .data_size = sizeof(bs_demo),                                                          \
            .mapping = {.fields = (table)},                                                        \
        },                                                                                         \
    }
#define TEXT(name, member)                                                                         \
    CYAML_FIELD_STRING_PTR(name, CYAML_FLAG_POINTER, bs_demo, member, 0, CYAML_UNLIMITED)
#define WORD(name, member, words)                                                                  \
    CYAML_FIELD_ENUM(name, CYAML_FLAG_STRICT, bs_demo, member, words, CYAML_ARRAY_LEN(words))
#define INT(name, member) CYAML_FIELD_INT(name, CYAML_FLAG_DEFAULT, bs_demo, member)
#define UINT(name, member) CYAML_FIELD_UINT(name, CYAML_FLAG_DEFAULT, bs_demo, member)
#define FLOAT(name, member) CYAML_FIELD_FLOAT(name, CYAML_FLAG_DEFAULT, bs_demo, member)

static const cyaml_strval_t kinds[] = {
    {"fbm", BS_DEMO_FBM}, {"averaging", BS_DEMO_AVERAGING}, {"plane", BS_DEMO_PLANE}};
static const cyaml_strval_t generators[] = {{"both", BS_GENERATOR_BOTH},
                                            {"cholesky", BS_GENERATOR_CHOLESKY},
                                            {"circulant", BS_GENERATOR_CIRCULANT}};
static const cyaml_schema_value_t number = {CYAML_VALUE_FLOAT(CYAML_FLAG_DEFAULT, double)};

static const cyaml_schema_field_t fbm_fields[] = {
    FLOAT("hurst", hurst),
    INT("samples", samples),
    INT("paths", paths),
    WORD("generator", generator, generators),
    FLOAT("cutoff", cutoff),
    CYAML_FIELD_SEQUENCE_FIXED("band", CYAML_FLAG_DEFAULT, bs_demo, band, &number, 2),
    CYAML_FIELD_END};
static const cyaml_schema_field_t averaging_fields[] = {
    TEXT("image", image),
    INT("size", size),
    FLOAT("noise", noise),
    INT("copies", copies),
    INT("repeats", repeats),
    CYAML_FIELD_SEQUENCE_COUNT("correlations", CYAML_FLAG_POINTER, bs_demo, correlations,
                               correlation_count, &number, 1, BS_DEMO_CORRELATIONS),
    FLOAT("signal_correlation", signal_correlation),
    CYAML_FIELD_END};
static const cyaml_schema_field_t plane_fields[] = {INT("coefficients", coefficients),
                                                    FLOAT("ratio", ratio),
                                                    INT("branches", branches), CYAML_FIELD_END};
static const cyaml_schema_field_t output_fields[] = {TEXT("file", output), CYAML_FIELD_END};
static const cyaml_schema_field_t fields[] = {TEXT("title", title),
                                              WORD("demo", kind, kinds),
                                              UINT("seed", seed),
                                              SECTION("fbm", fbm_fields),
                                              SECTION("averaging", averaging_fields),
                                              SECTION("plane", plane_fields),
                                              SECTION("output", output_fields),
                                              CYAML_FIELD_END};
static const cyaml_schema_value_t schema = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, bs_demo, fields)};

const char *bs_demo_name(bs_demo_kind kind)
{
    return (unsigned)kind < DEMOS ? names[kind] : "unknown";
}

bs_status bs_demo_defaults(char **text)
{
    *text = bs_strdup(defaults);
    return *text == NULL ? BS_ERR_MEMORY : BS_OK;
}

/* ---- ranges ---- */

static bs_status check_fbm(const bs_yaml_tree *d, const bs_demo *demo)
{
    if (!(demo->hurst > 0.0 && demo->hurst < 1.0)) {
        return bs_experiment_reject(d, "fbm.hurst", "it lies between 0 and 1, both excluded");
    }
    if (demo->samples < SIDE_MIN || demo->samples > BS_FBM_SAMPLES_MAX) {
        return bs_experiment_reject(d, "fbm.samples", "give %d to %d", SIDE_MIN,
                                    BS_FBM_SAMPLES_MAX);
    }
    if (demo->paths < 2 || demo->paths > PATHS_MAX) {
        return bs_experiment_reject(d, "fbm.paths", "error bars need 2 to %d", PATHS_MAX);
    }
    if (!(demo->cutoff > 0.0 && demo->cutoff < 1.0)) {
        return bs_experiment_reject(d, "fbm.cutoff", "it lies between 0 and 1");
    }
    if (!(demo->band[0] >= 0.0 && demo->band[0] < demo->band[1] && demo->band[1] <= 1.0)) {
        return bs_experiment_reject(d, "fbm.band.0",
                                    "a band begins at 0 or above, and ends above "
                                    "its begin at 1 or below");
    }
    return BS_OK;
}

static bs_status check_averaging(const bs_yaml_tree *d, const bs_demo *demo)
{
    if (demo->size < SIDE_MIN || demo->size > SIDE_MAX) {
        return bs_experiment_reject(d, "averaging.size", "give %d to %d pixels", SIDE_MIN,
                                    SIDE_MAX);
    }
    if (!(demo->noise > 0.0 && isfinite(demo->noise))) {
        return bs_experiment_reject(d, "averaging.noise", "a standard deviation is above 0");
    }
    if (demo->copies < 2 || demo->copies > COPIES_MAX) {
        return bs_experiment_reject(d, "averaging.copies", "give 2 to %d", COPIES_MAX);
    }
    if (demo->repeats < 2 || demo->repeats > PATHS_MAX) {
        return bs_experiment_reject(d, "averaging.repeats", "error bars need 2 to %d", PATHS_MAX);
    }
    for (unsigned i = 0; i < demo->correlation_count; i++) {
        char path[BS_KEY_MAX];
        snprintf(path, sizeof path, "averaging.correlations.%u", i);
        if (!(demo->correlations[i] >= 0.0 && demo->correlations[i] <= 1.0)) {
            return bs_experiment_reject(d, path, "a correlation lies between 0 and 1 here");
        }
    }
    if (!(demo->signal_correlation >= 0.0 && demo->signal_correlation <= 1.0)) {
        return bs_experiment_reject(d, "averaging.signal_correlation",
                                    "a correlation lies between 0 and 1 here");
    }
    return BS_OK;
}

static bs_status check_plane(const bs_yaml_tree *d, const bs_demo *demo)
{
    if (demo->coefficients < 2 || demo->coefficients > COEFFICIENTS_MAX) {
        return bs_experiment_reject(d, "plane.coefficients", "give 2 to %d", COEFFICIENTS_MAX);
    }
    if (!(demo->ratio >= 0.0 && demo->ratio <= 1e6)) {
        return bs_experiment_reject(d, "plane.ratio", "give 0 to 1e6");
    }
    if (demo->branches < 2 || demo->branches > BRANCHES_MAX) {
        return bs_experiment_reject(d, "plane.branches", "give 2 to %d", BRANCHES_MAX);
    }
    return BS_OK;
}

static bs_status check(const bs_yaml_tree *tree, const bs_demo *demo)
{
    BS_TRY(check_fbm(tree, demo));
    BS_TRY(check_averaging(tree, demo));
    BS_TRY(check_plane(tree, demo));
    if (demo->output[0] == '\0') {
        return bs_experiment_reject(tree, "output.file",
                                    "give the name of the result file (-o OUT.nc), or auto");
    }
    return BS_OK;
}

/* ---- reading ---- */

static int index_of(const char *word)
{
    for (int i = 0; i < DEMOS; i++) {
        if (strcmp(word, names[i]) == 0) {
            return i;
        }
    }
    return -1;
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
    int demo = index_of(bs_experiment_text(tree, "demo"));
    const char *stem = demo >= 0 ? names[demo] : "demo";
    if (file != NULL) {
        const char *slash = strrchr(file, '/');
        stem = slash != NULL ? slash + 1 : file;
    }
    const char *dot = strrchr(stem, '.');
    int length = dot != NULL && dot != stem ? (int)(dot - stem) : (int)strlen(stem);
    char output[NAME_LENGTH];
    if (snprintf(output, sizeof output, "%.*s.nc", length, stem) >= (int)sizeof output) {
        return BS_FAIL(BS_ERR_USAGE, "the name '%s' is too long; set output.file", stem);
    }
    BS_TRY(set_text(tree, "output.file", output));
    return set_text(tree, "title", demo >= 0 ? titles[demo] : "Demo");
}

/* Lays WHAT and the settings over DOCUMENT. FILE becomes WHAT where it is one. */
static bs_status overlay(bs_yaml_tree *tree, const char *what, int setting_count,
                         const char *const *settings, const char **file)
{
    int demo = index_of(what);
    if (demo >= 0) {
        char setting[NAME_LENGTH];
        snprintf(setting, sizeof setting, "demo=%s", names[demo]);
        BS_TRY(bs_yaml_set(tree, setting));
    } else if (strchr(what, '.') == NULL && strchr(what, '/') == NULL) {
        char all[NAME_LENGTH];
        bs_text_join(DEMOS, names, all, sizeof all);
        const char *near = bs_text_nearest(what, DEMOS, names);
        return BS_FAIL(BS_ERR_USAGE, "there is no demo '%s'%s%s%s Demos: %s, or a YAML file", what,
                       near != NULL ? "; did you mean '" : ".", near != NULL ? near : "",
                       near != NULL ? "'?" : "", all);
    } else {
        bs_yaml_tree *given = NULL;
        BS_TRY(bs_yaml_read(what, &given));
        bs_status status = bs_yaml_merge(tree, given);
        bs_yaml_destroy(given);
        BS_TRY(status);
        *file = what;
    }
    BS_TRY(bs_experiment_choose_size(tree, setting_count, settings));
    for (int i = 0; i < setting_count; i++) {
        if (!bs_experiment_is_size(settings[i])) {
            BS_TRY(bs_yaml_set(tree, settings[i]));
        }
    }
    return BS_OK;
}

static bs_status digest(bs_yaml_tree *tree, const char *file, bs_demo **demo)
{
    BS_TRY(resolve(tree, file));
    BS_TRY(bs_experiment_validate(&schema, tree));
    void *data = NULL;
    char *yaml = NULL;
    BS_TRY(bs_experiment_load(&schema, tree, &data, &yaml));
    *demo = data;
    (*demo)->yaml = yaml;
    bs_status status = check(tree, *demo);
    if (status != BS_OK) {
        bs_demo_destroy(*demo);
        *demo = NULL;
    }
    return status;
}

bs_status bs_demo_read(const char *what, int setting_count, const char *const *settings,
                       bs_demo **demo)
{
    bs_yaml_tree *tree = NULL;
    const char *file = NULL;
    *demo = NULL;
    BS_TRY(bs_yaml_parse(defaults, "", &tree));
    bs_status status = overlay(tree, what, setting_count, settings, &file);
    if (status == BS_OK) {
        status = digest(tree, file, demo);
    }
    bs_yaml_destroy(tree);
    return status;
}

void bs_demo_destroy(bs_demo *demo)
{
    if (demo != NULL) {
        bs_free(demo->yaml);
        bs_experiment_unload(&schema, demo);
    }
}
