/* "auto" and other words for a choice become what they mean, so that the record says it. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "blueshift/memory.h"
#include "blueshift/text.h"
#include "experiment_parts.h"

static const char automatic[] = "auto";

const char *bs_experiment_text(const bs_yaml_tree *tree, const char *path)
{
    const bs_yaml_node *node = bs_yaml_find(tree, path);
    return node != NULL && node->kind == BS_YAML_SCALAR ? node->text : "";
}

const char *bs_experiment_network_key(unsigned index, const char *key, char path[BS_KEY_MAX])
{
    snprintf(path, BS_KEY_MAX, "networks.%u.%s", index, key);
    return path;
}

static bool is(const bs_yaml_tree *tree, const char *path, const char *word)
{
    return strcmp(bs_experiment_text(tree, path), word) == 0;
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
    return bs_experiment_text(tree, bs_experiment_network_key(network, "weights", path))[0] != '\0';
}

static bool any_weights(const bs_yaml_tree *tree)
{
    bool any = false;
    for (unsigned i = 0; i < network_count(tree); i++) {
        any = any || has_weights(tree, i);
    }
    return any;
}

/* Hyperparameters that were left open, of a network without a weights file that determines them. */
static bs_status resolve_open_hyperparameters(const bs_yaml_tree *tree, unsigned network)
{
    char path[BS_KEY_MAX];
    BS_TRY(resolve(tree, bs_experiment_network_key(network, "kind", path), "resnet"));
    bool mlp = is(tree, path, "mlp");
    const struct {
        const char *key, *open, *text;
    } hyperparameters[] = {
        {"version", automatic, "v1"},      {"shortcut", automatic, mlp ? "none" : "pad"},
        {"depth", "0", mlp ? "3" : "20"},  {"paths", "0", "1"},
        {"width", "0", mlp ? "128" : "1"}, {"norm", automatic, mlp ? "none" : "batch"}};
    for (size_t i = 0; i < sizeof hyperparameters / sizeof hyperparameters[0]; i++) {
        BS_TRY(replace(tree, bs_experiment_network_key(network, hyperparameters[i].key, path),
                       hyperparameters[i].open, hyperparameters[i].text));
    }
    return BS_OK;
}

/* Replaces $NAME or ${NAME} at the start of a file or folder; a name that begins with a dollar sign
 * is written ./$NAME. */
static bs_status resolve_variable(const bs_yaml_tree *tree, const char *path)
{
    enum { NAME_BYTES = 128 };
    bs_yaml_node *node = bs_yaml_find(tree, path);
    if (node == NULL || node->kind != BS_YAML_SCALAR || node->text[0] != '$') {
        return BS_OK;
    }
    bool braces = node->text[1] == '{';
    const char *begin = node->text + (braces ? 2 : 1);
    size_t length =
        strspn(begin, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_");
    char name[NAME_BYTES];
    if (length == 0 || length >= sizeof name || (braces && begin[length] != '}')) {
        return bs_experiment_reject(tree, path,
                                    "an environment variable at its start is written $NAME/ or "
                                    "${NAME}/; a file whose name has a dollar sign ./$NAME");
    }
    memcpy(name, begin, length);
    name[length] = '\0';
    const char *value = getenv(name);
    if (value == NULL || value[0] == '\0') {
        return bs_experiment_reject(tree, path,
                                    "the environment variable %s is not set: set it, or give the "
                                    "whole name",
                                    name);
    }
    const char *rest = begin + length + (braces ? 1 : 0);
    size_t bytes = strlen(value) + strlen(rest) + 1;
    char *text = bs_alloc(bytes, 1);
    if (text == NULL) {
        return BS_ERR_MEMORY;
    }
    snprintf(text, bytes, "%s%s", value, rest);
    bs_status status = bs_yaml_node_set_text(node, text, node->quoted);
    bs_free(text);
    return status;
}

static bs_status resolve_variables(const bs_yaml_tree *tree)
{
    static const char *const keys[] = {"data.path", "path.directions", "output.file"};
    static const char *const network_keys[] = {"weights", "weights2", "weights3"};
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        BS_TRY(resolve_variable(tree, keys[i]));
    }
    for (unsigned n = 0; n < network_count(tree); n++) {
        for (size_t i = 0; i < sizeof network_keys / sizeof network_keys[0]; i++) {
            char path[BS_KEY_MAX];
            BS_TRY(resolve_variable(tree, bs_experiment_network_key(n, network_keys[i], path)));
        }
    }
    return BS_OK;
}

static bs_status resolve_network(const bs_yaml_tree *tree, unsigned network)
{
    static const char *const counts[] = {"depth", "paths", "width"};
    char path[BS_KEY_MAX];
    char name[BS_TEXT_DOUBLE];
    snprintf(name, sizeof name, "network%u", network);
    BS_TRY(resolve(tree, bs_experiment_network_key(network, "name", path), name));
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
        BS_TRY(resolve(tree, bs_experiment_network_key(network, counts[i], path), "0"));
    }
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
    const char *text = bs_experiment_text(tree, "grid.x");
    if (!bs_text_to_int64(text, &points)) {
        return BS_OK;
    }
    char turn[BS_TEXT_DOUBLE];
    char axis[3 * BS_TEXT_DOUBLE];
    bs_text_from_double(2 * acos(-1.0), turn);
    snprintf(axis, sizeof axis, "0:%s:%lld", turn, (long long)points);
    return bs_yaml_node_set_text(bs_yaml_find(tree, "grid.x"), axis, false);
}

static bs_status resolve_grid(const bs_yaml_tree *tree)
{
    BS_TRY(replace(tree, "grid.y", "none", ""));
    BS_TRY(replace(tree, "grid.z", "none", ""));
    bool y = !is(tree, "grid.y", "");
    bool z = !is(tree, "grid.z", "");
    BS_TRY(resolve(tree, "path.kind", z ? "volume" : y ? "plane" : "line"));
    bool periodic = is(tree, "path.kind", "ring") || is(tree, "path.kind", "great-circle");
    BS_TRY(resolve(tree, "grid.x", periodic ? "64" : "-1:1:51"));
    BS_TRY(resolve(tree, "grid.endpoint", periodic ? "false" : "true"));
    BS_TRY(resolve(tree, "analysis.window", periodic ? "none" : "hann"));
    return periodic ? resolve_count(tree) : BS_OK;
}

/* The experiment file's name without folder and ending, with .nc. */
static bs_status resolve_output(const bs_yaml_tree *tree, const char *name)
{
    if (name == NULL) {
        return resolve(tree, "output.file", "surface.nc");
    }
    const char *slash = strrchr(name, '/');
    const char *base = slash != NULL ? slash + 1 : name;
    const char *dot = strrchr(base, '.');
    size_t length = dot != NULL && dot != base ? (size_t)(dot - base) : strlen(base);
    static const char ending[] = ".nc";
    char *file = bs_alloc(length + sizeof ending, 1);
    if (file == NULL) {
        return BS_ERR_MEMORY;
    }
    memcpy(file, base, length);
    memcpy(file + length, ending, sizeof ending);
    bs_status status = resolve(tree, "output.file", file);
    bs_free(file);
    return status;
}

static bs_status resolve_time_limit(const bs_yaml_tree *tree)
{
    double seconds = 0.0;
    const char *text = bs_experiment_text(tree, "parallel.time_limit");
    if (strchr(text, ':') == NULL) {
        return BS_OK;
    }
    if (!bs_text_to_seconds(text, &seconds)) {
        return bs_experiment_reject(tree, "parallel.time_limit",
                                    "give seconds, HH:MM:SS or D-HH:MM:SS");
    }
    char number[BS_TEXT_DOUBLE];
    bs_text_from_double(seconds, number);
    return bs_yaml_node_set_text(bs_yaml_find(tree, "parallel.time_limit"), number, false);
}

bs_status bs_experiment_resolve(const bs_yaml_tree *tree, const char *name)
{
    BS_TRY(resolve_variables(tree));
    for (unsigned i = 0; i < network_count(tree); i++) {
        BS_TRY(resolve_network(tree, i));
    }
    BS_TRY(resolve_data(tree));
    BS_TRY(resolve_grid(tree));
    BS_TRY(resolve_output(tree, name));
    return resolve_time_limit(tree);
}
