/* Scans: every network of an experiment is expanded into one for each combination of values. */
#include <stdio.h>
#include <string.h>

#include "blueshift/text.h"
#include "experiment_parts.h"

enum { KEYS_MAX = 8, WORDS_MAX = 32, LIST_MAX = 512, SHOWN_MAX = 80, NAME_BYTES = 256 };

/* The strength a of the nonlinearity is no hyperparameter of its own but stands for a leaky relu of
 * slope 1 - a: 0 is linear, 1 is relu. */
static const char strength[] = "strength";

/* What to scan: up to KEYS_MAX keys, the first slowest. */
typedef struct scan {
    int count;
    const char *keys[KEYS_MAX];
    int lengths[KEYS_MAX];
    const bs_yaml_node *values[KEYS_MAX]; /* a list, or one scalar */
    int combinations;
} scan;

/* "FILE:LINE: scan.KEY ADVICE". */
static bs_status reject(const bs_yaml_node *node, const char *key, const char *advice)
{
    char place[BS_PLACE_MAX];
    bs_yaml_node_place(node, place, sizeof place);
    return BS_FAIL(BS_ERR_USAGE, "%sscan%s%.*s %s", place, key[0] != '\0' ? "." : "", SHOWN_MAX,
                   key, advice);
}

/* A key of networks, but no name, or strength. */
static bs_status check_key(const bs_yaml_node *values, const bs_yaml_node *hyperparameters)
{
    const char *known[WORDS_MAX] = {strength};
    int count = 1;
    for (int i = 0; i < hyperparameters->count && count < WORDS_MAX; i++) {
        if (strcmp(hyperparameters->children[i]->key, "name") != 0) {
            known[count++] = hyperparameters->children[i]->key;
        }
    }
    for (int i = 0; i < count; i++) {
        if (strcmp(known[i], values->key) == 0) {
            return BS_OK;
        }
    }
    char ending[LIST_MAX];
    char advice[LIST_MAX + SHOWN_MAX];
    bs_text_suggest(values->key, count, known, "Known here", ending, sizeof ending);
    snprintf(advice, sizeof advice, "is no hyperparameter of a network%s", ending);
    return reject(values, values->key, advice);
}

static bs_status check_values(const bs_yaml_node *values)
{
    static const char advice[] = "needs a list of values, such as [0, 0.5, 1]";
    bool fine = values->kind != BS_YAML_MAPPING && !bs_yaml_node_is_null(values) &&
                (values->kind == BS_YAML_SCALAR || values->count > 0);
    for (int i = 0; fine && i < values->count; i++) {
        const bs_yaml_node *value = values->children[i];
        fine = value->kind == BS_YAML_SCALAR && !bs_yaml_node_is_null(value);
    }
    return fine ? BS_OK : reject(values, values->key, advice);
}

/* Reads the mapping and counts the combinations, of which NETWORKS times as many must fit. */
static bs_status read_scan(const bs_yaml_node *mapping, const bs_yaml_node *hyperparameters,
                           int networks, scan *s)
{
    *s = (scan){.combinations = 1};
    if (mapping->kind != BS_YAML_MAPPING || mapping->count > KEYS_MAX) {
        return reject(
            mapping, "",
            "maps up to 8 hyperparameters of a network to lists of values, such as {skip_weight: "
            "[0, 0.5, 1]}");
    }
    for (int i = 0; i < mapping->count; i++) {
        const bs_yaml_node *values = mapping->children[i];
        BS_TRY(check_key(values, hyperparameters));
        BS_TRY(check_values(values));
        int length = values->kind == BS_YAML_LIST ? values->count : 1;
        s->keys[i] = values->key;
        s->values[i] = values;
        s->lengths[i] = length;
        s->combinations =
            s->combinations <= BS_NETWORKS_MAX ? s->combinations * length : s->combinations;
    }
    s->count = mapping->count;
    if (s->combinations > BS_NETWORKS_MAX / networks) {
        char advice[LIST_MAX];
        snprintf(advice, sizeof advice,
                 "expands to more than %d networks, the maximum; give fewer values, or split it "
                 "over several files",
                 BS_NETWORKS_MAX);
        return reject(mapping, "", advice);
    }
    return BS_OK;
}

/* A value that a network was given as well would be passed over. */
static bs_status check_given(const bs_yaml_tree *tree, unsigned network, const scan *s)
{
    for (int i = 0; i < s->count; i++) {
        char path[BS_KEY_MAX];
        const char *key = strcmp(s->keys[i], strength) == 0 ? "slope" : s->keys[i];
        bs_experiment_network_key(network, key, path);
        if (bs_keys_is_given(&bs_experiment_keys, tree, path)) {
            return bs_keys_reject(tree, path, "scan.%s sets it; leave one of the two out",
                                  s->keys[i]);
        }
    }
    return BS_OK;
}

/* Strength VALUE as the leaky relu it stands for. */
static bs_status set_strength(bs_yaml_tree *tree, unsigned network, const bs_yaml_node *value)
{
    double a = 0.0;
    if (!bs_text_to_double(value->text, &a) || !(a >= 0.0 && a <= 1.0)) {
        return reject(value, strength, "lies between 0 (linear) and 1 (relu)");
    }
    char path[BS_KEY_MAX];
    const char *activation =
        bs_yaml_text(tree, bs_experiment_network_key(network, "activation", path));
    if (strcmp(activation, "relu") != 0 && strcmp(activation, "leaky-relu") != 0) {
        return bs_keys_reject(tree, path,
                              "scan.strength is that of a leaky relu; leave one of the two "
                              "out");
    }
    BS_TRY(bs_yaml_node_set_text(bs_yaml_find(tree, path), "leaky-relu", false));
    char slope[BS_TEXT_DOUBLE];
    bs_text_from_double(1.0 - a, slope);
    bs_yaml_node *node = bs_yaml_find(tree, bs_experiment_network_key(network, "slope", path));
    return bs_yaml_node_set_text(node, slope, false);
}

/* Gives network number NETWORK combination number COMBINATION, and a name that says which. */
static bs_status set_combination(bs_yaml_tree *tree, unsigned network, const scan *s,
                                 int combination)
{
    char path[BS_KEY_MAX];
    char name[NAME_BYTES] = "";
    bs_yaml_node *label = bs_yaml_find(tree, bs_experiment_network_key(network, "name", path));
    size_t used = 0;
    if (strcmp(label->text, "auto") != 0) {
        used = (size_t)snprintf(name, sizeof name, "%.*s", SHOWN_MAX, label->text);
    }
    int stride = s->combinations;
    for (int i = 0; i < s->count; i++) {
        stride /= s->lengths[i];
        int index = combination / stride % s->lengths[i];
        const bs_yaml_node *value =
            s->values[i]->kind == BS_YAML_LIST ? s->values[i]->children[index] : s->values[i];
        BS_TRY(
            strcmp(s->keys[i], strength) == 0
                ? set_strength(tree, network, value)
                : bs_yaml_apply(tree, bs_experiment_network_key(network, s->keys[i], path), value));
        int more = snprintf(name + used, sizeof name - used, "%s%s=%s", used > 0 ? " " : "",
                            s->keys[i], value->text);
        used = used + (size_t)more < sizeof name ? used + (size_t)more : sizeof name - 1;
    }
    return bs_yaml_node_set_text(label, name, label->quoted);
}

/* Expands LIST, whose entries have all keys. */
static bs_status expand(bs_yaml_tree *tree, const bs_yaml_node *mapping,
                        const bs_yaml_node *hyperparameters)
{
    const bs_yaml_node *list = bs_yaml_find(tree, "networks");
    bool empty =
        bs_yaml_node_is_null(mapping) || (mapping->kind == BS_YAML_MAPPING && mapping->count == 0);
    if (empty || list == NULL || list->kind != BS_YAML_LIST || list->count == 0) {
        return BS_OK;
    }
    for (int i = 0; i < list->count; i++) {
        if (list->children[i]->kind != BS_YAML_MAPPING) {
            return BS_OK; /* the validation says what is wrong */
        }
    }
    scan s;
    BS_TRY(read_scan(mapping, hyperparameters, list->count, &s));
    for (int i = 0; i < list->count; i++) {
        BS_TRY(check_given(tree, (unsigned)i, &s));
    }
    int total = list->count * s.combinations;
    BS_TRY(bs_yaml_repeat(tree, "networks", s.combinations));
    for (int i = 0; i < total; i++) {
        BS_TRY(set_combination(tree, (unsigned)i, &s, i % s.combinations));
    }
    return BS_OK;
}

bs_status bs_experiment_scan(bs_yaml_tree *tree, const bs_yaml_node *hyperparameters)
{
    bs_yaml_tree *mapping = NULL;
    BS_TRY(bs_yaml_detach(tree, "scan", &mapping));
    bs_status status =
        mapping == NULL ? BS_OK : expand(tree, bs_yaml_root(mapping), hyperparameters);
    bs_yaml_destroy(mapping);
    return status;
}
