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

static const bs_words kinds =
    BS_WORDS([BS_DEMO_FBM] = "fbm", [BS_DEMO_AVERAGING] = "averaging", [BS_DEMO_PLANE] = "plane");
#include "blueshift/keys_as_table.def"
#define STRUCTURE bs_demo
static const bs_key rows[] = {
#include "blueshift/demo_keys.def"
};
#undef STRUCTURE

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
