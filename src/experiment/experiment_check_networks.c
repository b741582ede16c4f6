/* Ranges of the networks' hyperparameters, and which of them go together. */
#include <ctype.h>
#include <string.h>

#include "experiment_parts.h"

enum {
    DEPTH_MAX = 10000,
    WIDTH_MAX = 65536,
    DEPTH_MIN = 8,    /* one block a stage */
    BLOCK_LAYERS = 6, /* two convolutions in each of three stages */
    MLP_DEPTH_MIN = 3 /* one block */
};

/* bs_experiment_reject for a key of a network. */
static bs_status reject_network(const bs_yaml_tree *tree, unsigned network, const char *key,
                                const char *advice)
{
    char path[BS_KEY_MAX];
    return bs_experiment_reject(tree, bs_experiment_network_key(network, key, path), "%s", advice);
}

/* Names become text in the file and lines of the identity. */
static bs_status check_name(const bs_yaml_tree *d, const bs_experiment *e, unsigned n)
{
    enum { NAME_MAX_BYTES = 60 };
    const char *name = e->networks[n].name;
    size_t length = strlen(name);
    bool printable = length >= 1 && length <= NAME_MAX_BYTES;
    for (size_t i = 0; i < length; i++) {
        printable = printable && !iscntrl((unsigned char)name[i]);
    }
    if (!printable) {
        return reject_network(d, n, "name", "a name has 1 to 60 printable characters");
    }
    for (unsigned other = 0; other < n; other++) {
        if (strcmp(e->networks[other].name, name) == 0) {
            return reject_network(d, n, "name", "another network has this name; give each its own");
        }
    }
    return BS_OK;
}

/* Whether the experiment itself says so: "auto" with a weights file says nothing. */
static bool is_mlp_with_shortcut(const bs_network_spec *s)
{
    bool given = !s->infer || (s->given & BS_HYPERPARAMETER_SHORTCUT) != 0;
    return s->architecture.family == BS_FAMILY_MLP && given &&
           s->architecture.shortcut != BS_SHORTCUT_NONE;
}

/* A first layer, and with shortcuts blocks of two. */
static bs_status check_mlp_depth(const bs_yaml_tree *d, const bs_network_spec *s, unsigned n)
{
    char path[BS_KEY_MAX];
    int depth = s->architecture.depth;
    if (!is_mlp_with_shortcut(s) || (depth >= MLP_DEPTH_MIN && depth % 2 == 1)) {
        return BS_OK;
    }
    int below = depth < MLP_DEPTH_MIN ? MLP_DEPTH_MIN : depth - 1;
    return bs_experiment_reject(d, bs_experiment_network_key(n, "depth", path),
                                "an mlp with a shortcut has 2n + 1 hidden layers: take %d or %d",
                                below, below + 2);
}

static bs_status check_depth(const bs_yaml_tree *d, const bs_network_spec *s, unsigned n)
{
    int depth = s->architecture.depth;
    if (depth == 0 && s->infer) {
        return BS_OK;
    }
    if (depth < 1 || depth > DEPTH_MAX) {
        return reject_network(d, n, "depth", "a network has 1 to 10000 layers");
    }
    if (s->infer && !(s->given & BS_HYPERPARAMETER_KIND)) {
        return BS_OK;
    }
    if (s->architecture.family == BS_FAMILY_MLP) {
        return check_mlp_depth(d, s, n);
    }
    if (depth >= DEPTH_MIN && (depth - 2) % BLOCK_LAYERS == 0) {
        return BS_OK;
    }
    char path[BS_KEY_MAX];
    int below = depth < DEPTH_MIN ? DEPTH_MIN : depth - (depth - 2) % BLOCK_LAYERS;
    return bs_experiment_reject(d, bs_experiment_network_key(n, "depth", path),
                                "a ResNet has 6n + 2 layers: take %d or %d", below,
                                below + BLOCK_LAYERS);
}

static bs_status check_mlp(const bs_yaml_tree *d, const bs_network_spec *s, unsigned n)
{
    const bs_architecture *a = &s->architecture;
    if (!is_mlp_with_shortcut(s)) {
        return BS_OK;
    }
    if (a->shortcut != BS_SHORTCUT_PAD) {
        return reject_network(d, n, "shortcut",
                              "an mlp's blocks do not change shape: take none, or pad (the "
                              "identity)");
    }
    if (a->paths > 1) {
        return reject_network(d, n, "paths",
                              "an mlp has either paths or a shortcut: take paths 1, or shortcut "
                              "none");
    }
    return BS_OK;
}

static bs_status check_hyperparameters(const bs_yaml_tree *d, const bs_network_spec *s, unsigned n)
{
    const bs_architecture *a = &s->architecture;
    int least = s->infer ? 0 : 1;
    BS_TRY(check_mlp(d, s, n));
    BS_TRY(check_depth(d, s, n));
    if (a->paths < least || a->paths > BS_PATHS_MAX) {
        return reject_network(d, n, "paths", "1 to 16 are possible");
    }
    if (a->width < least || a->width > WIDTH_MAX) {
        return reject_network(d, n, "width", "1 to 65536 are possible");
    }
    if (!(a->slope >= 0.0 && a->slope <= 1.0)) {
        return reject_network(d, n, "slope", "a slope lies between 0 (relu) and 1 (linear)");
    }
    if (a->norm == BS_NORM_RUNNING && !s->infer) {
        return reject_network(d, n, "norm",
                              "running statistics come from a weights file, which this network "
                              "lacks; take batch, frozen or none, or give weights");
    }
    return BS_OK;
}

static bs_status check_weights(const bs_yaml_tree *d, const bs_experiment *e, unsigned n)
{
    const bs_network_spec *s = &e->networks[n];
    bool second = s->weights2[0] != '\0';
    bool third = s->weights3[0] != '\0';
    if (second && s->weights[0] == '\0') {
        return reject_network(d, n, "weights2",
                              "it is the other end of a line that starts at "
                              "weights, which is missing; give both");
    }
    if (third && !second) {
        return reject_network(d, n, "weights3",
                              "a plane through three weights also needs "
                              "weights2; give it");
    }
    if (second && e->directions[0] != '\0') {
        return reject_network(d, n, "weights2",
                              "path.directions gives the directions already; "
                              "leave one of the two out");
    }
    if (third && bs_path_directions(e->path) < 2) {
        return reject_network(d, n, "weights3",
                              "a line and a great circle have no second "
                              "direction; add grid.y (--y=-1:1:51), or leave "
                              "weights3 out");
    }
    return BS_OK;
}

bs_status bs_experiment_check_networks(const bs_yaml_tree *d, const bs_experiment *e)
{
    for (unsigned n = 0; n < e->network_count; n++) {
        BS_TRY(check_name(d, e, n));
        BS_TRY(check_hyperparameters(d, &e->networks[n], n));
        BS_TRY(check_weights(d, e, n));
    }
    return BS_OK;
}

/* Those of a weights file are known only later. */
bool bs_experiment_may_have_blocks(const bs_experiment *e)
{
    bool may = false;
    for (unsigned n = 0; n < e->network_count; n++) {
        const bs_architecture *a = &e->networks[n].architecture;
        may = may || e->networks[n].infer || a->family == BS_FAMILY_RESNET || a->paths > 1 ||
              a->shortcut != BS_SHORTCUT_NONE;
    }
    return may;
}
