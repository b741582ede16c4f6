/* "auto" and other words for a choice become what they mean, so that the record says it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "blueshift/memory.h"
#include "blueshift/statistics.h"
#include "blueshift/text.h"
#include "experiment_parts.h"

static const char automatic[] = "auto";

static bool is(const bs_yaml_tree *tree, const char *path, const char *word)
{
    return strcmp(bs_yaml_text(tree, path), word) == 0;
}

/* Replaces the scalar at PATH when it is WORD. */
static bs_status replace(const bs_yaml_tree *tree, const char *path, const char *word,
                         const char *text)
{
    bs_yaml_node *node = bs_yaml_find(tree, path);
    if (node == NULL || node->kind != BS_YAML_SCALAR || strcmp(node->text, word) != 0) {
        return BS_OK;
    }
    return bs_yaml_node_set_text(node, text, text[0] == '\0');
}

static bs_status resolve(const bs_yaml_tree *tree, const char *path, const char *text)
{
    return replace(tree, path, automatic, text);
}

static unsigned network_count(const bs_yaml_tree *tree)
{
    const bs_yaml_node *list = bs_yaml_find(tree, "networks");
    return list != NULL && list->kind == BS_YAML_LIST ? (unsigned)list->count : 0;
}

static bool has_weights(const bs_yaml_tree *tree, unsigned network)
{
    char path[BS_KEY_MAX];
    return bs_yaml_text(tree, bs_experiment_network_key(network, "weights", path))[0] != '\0';
}

static bool any_weights(const bs_yaml_tree *tree)
{
    bool any = false;
    for (unsigned i = 0; i < network_count(tree); i++) {
        any = any || has_weights(tree, i);
    }
    return any;
}

static bool any_trajectory(const bs_yaml_tree *tree)
{
    bool any = false;
    char path[BS_KEY_MAX];
    for (unsigned i = 0; i < network_count(tree); i++) {
        any = any || !is(tree, bs_experiment_network_key(i, "trajectory", path), "");
    }
    return any;
}

/* Hyperparameters that were left open, of a network without a weights file that determines them. */
static bs_status resolve_open_hyperparameters(const bs_yaml_tree *tree, unsigned network)
{
    static const char *const counts[] = {"depth", "paths", "width"};
    char path[BS_KEY_MAX];
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
        /* Counts were left open with 0 before. */
        bs_experiment_network_key(network, counts[i], path);
        BS_TRY(replace(tree, path, "0", automatic));
    }
    BS_TRY(resolve(tree, bs_experiment_network_key(network, "kind", path), "resnet"));
    bool mlp = is(tree, path, "mlp");
    const char *const hyperparameters[][2] = {
        {"version", "v1"}, {"shortcut", mlp ? "none" : "pad"}, {"depth", mlp ? "3" : "20"},
        {"paths", "1"},    {"width", mlp ? "128" : "1"},       {"norm", mlp ? "none" : "batch"},
        {"bias", "false"},
    };
    for (size_t i = 0; i < sizeof hyperparameters / sizeof hyperparameters[0]; i++) {
        BS_TRY(resolve(tree, bs_experiment_network_key(network, hyperparameters[i][0], path),
                       hyperparameters[i][1]));
    }
    return BS_OK;
}

static bs_status resolve_network(const bs_yaml_tree *tree, unsigned network)
{
    char path[BS_KEY_MAX];
    char name[BS_TEXT_DOUBLE];
    snprintf(name, sizeof name, "network%u", network);
    BS_TRY(resolve(tree, bs_experiment_network_key(network, "name", path), name));
    if (!has_weights(tree, network)) {
        return resolve_open_hyperparameters(tree, network);
    }
    bool mlp = is(tree, bs_experiment_network_key(network, "kind", path), "mlp");
    return resolve(tree, bs_experiment_network_key(network, "norm", path),
                   mlp ? "none" : "running");
}

static bs_status resolve_data(const bs_yaml_tree *tree)
{
    bool path_given = !is(tree, "data.path", "") && !is(tree, "data.path", automatic);
    bool file_given = !is(tree, "data.file", "");
    bool weights = any_weights(tree);
    BS_TRY(resolve(tree, "data.source",
                   path_given || file_given || weights ? "cifar10" : "synthetic"));
    bool synthetic = is(tree, "data.source", "synthetic");
    const char *folder = synthetic ? NULL : getenv("BLUESHIFT_DATA");
    BS_TRY(resolve(tree, "data.path", folder != NULL ? folder : ""));
    return resolve(tree, "data.normalisation",
                   weights     ? "weights"
                   : synthetic ? "half"
                               : "cifar10");
}

/* A ring's axis may be its number of points. */
static bs_status resolve_count(const bs_yaml_tree *tree)
{
    int64_t points = 0;
    const char *text = bs_yaml_text(tree, "grid.x");
    if (!bs_text_to_int64(text, &points)) {
        return BS_OK;
    }
    char period[BS_TEXT_DOUBLE];
    char axis[3 * BS_TEXT_DOUBLE];
    bs_text_from_double(2 * BS_PI, period);
    snprintf(axis, sizeof axis, "0:%s:%lld", period, (long long)points);
    return bs_yaml_node_set_text(bs_yaml_find(tree, "grid.x"), axis, false);
}

/* A plane around the trajectories, unless something else is asked for. */
static bs_status resolve_fit(const bs_yaml_tree *tree)
{
    if (is(tree, "grid.x", automatic) && is(tree, "grid.y", "")) {
        BS_TRY(resolve(tree, "path.kind", "plane"));
    }
    bool plane = is(tree, "path.kind", "plane");
    BS_TRY(plane || is(tree, "path.kind", "line")
               ? resolve(tree, "grid.x", plane ? "fit:25" : "fit:51")
               : BS_OK);
    return plane ? replace(tree, "grid.y", "", "fit:25") : BS_OK;
}

static bs_status resolve_grid(const bs_yaml_tree *tree)
{
    bool trajectory = any_trajectory(tree);
    BS_TRY(replace(tree, "grid.y", "none", ""));
    BS_TRY(replace(tree, "grid.z", "none", ""));
    BS_TRY(trajectory ? resolve_fit(tree) : BS_OK);
    BS_TRY(resolve(tree, "path.statistics", trajectory ? "recompute" : "interpolate"));
    bool y = !is(tree, "grid.y", "");
    bool z = !is(tree, "grid.z", "");
    BS_TRY(resolve(tree, "path.kind", z ? "volume" : y ? "plane" : "line"));
    bool periodic = is(tree, "path.kind", "ring") || is(tree, "path.kind", "great-circle");
    bool between = is(tree, "path.kind", "bezier");
    BS_TRY(resolve(tree, "grid.x", periodic ? "64" : between ? "0:1:51" : "-1:1:51"));
    BS_TRY(resolve(tree, "grid.endpoint", periodic ? "false" : "true"));
    BS_TRY(resolve(tree, "analysis.window", periodic ? "none" : "hann"));
    return periodic ? resolve_count(tree) : BS_OK;
}

static bs_status resolve_training(const bs_yaml_tree *tree)
{
    const char *cycle = bs_words_name(&bs_rate_schedule_words, BS_RATE_ONE_CYCLE);
    return resolve(tree, "train.warm_up", is(tree, "train.schedule", cycle) ? "0.3" : "0");
}

bs_status bs_experiment_resolve(const bs_yaml_tree *tree, const char *name)
{
    for (unsigned i = 0; i < network_count(tree); i++) {
        BS_TRY(resolve_network(tree, i));
    }
    BS_TRY(resolve_data(tree));
    BS_TRY(resolve_grid(tree));
    char *file = bs_experiment_output(name != NULL ? name : "surface");
    if (file == NULL) {
        return BS_ERR_MEMORY;
    }
    bs_status status = resolve(tree, "output.file", file);
    bs_free(file);
    BS_TRY(status);
    return resolve_training(tree);
}
