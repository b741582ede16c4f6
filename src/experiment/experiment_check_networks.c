/* The networks of an experiment: names, architectures and weights files. */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "experiment_parts.h"

const char *bs_experiment_network_key(unsigned index, const char *key, char path[BS_KEY_MAX])
{
    snprintf(path, BS_KEY_MAX, "networks.%u.%s", index, key);
    return path;
}

/* bs_keys_reject for a key of a network. */
static bs_status reject_network(const bs_yaml_tree *tree, unsigned network, const char *key,
                                const char *advice)
{
    char path[BS_KEY_MAX];
    return bs_keys_reject(tree, bs_experiment_network_key(network, key, path), "%s", advice);
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

/* What a weights file is to determine is checked after it was read. */
static bs_status check_architecture(const bs_yaml_tree *d, const bs_network_spec *s, unsigned n)
{
    char advice[BS_RULE_MAX];
    unsigned decided = s->infer ? s->given : (unsigned)BS_HYPERPARAMETER_ALL;
    const char *wrong = bs_architecture_check(&s->architecture, decided, advice);
    if (wrong != NULL) {
        return reject_network(d, n, wrong, advice);
    }
    if (s->architecture.norm == BS_NORM_RUNNING && !s->infer) {
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
    if (e->path == BS_PATH_BEZIER && !third) {
        return reject_network(d, n, "weights3",
                              "a Bezier curve runs from weights past weights2, its control point, "
                              "to these; give all three");
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

/* The components of a trajectory are the directions. */
static bs_status check_trajectory(const bs_yaml_tree *d, const bs_experiment *e, unsigned n)
{
    const bs_network_spec *s = &e->networks[n];
    if (s->trajectory[0] == '\0') {
        return BS_OK;
    }
    if (s->weights2[0] != '\0') {
        return reject_network(d, n, "trajectory",
                              "weights2 gives a direction already; leave one of the two out");
    }
    if (bs_experiment_has_seeds(s)) {
        return reject_network(d, n, "trajectory",
                              "it runs through one network's weights: give these without "
                              "{realisation}");
    }
    if (e->directions[0] != '\0') {
        return reject_network(d, n, "trajectory",
                              "path.directions gives the directions already; leave one of the two "
                              "out");
    }
    return BS_OK;
}

bs_status bs_experiment_check_networks(const bs_yaml_tree *d, const bs_experiment *e)
{
    for (unsigned n = 0; n < e->network_count; n++) {
        BS_TRY(check_name(d, e, n));
        BS_TRY(check_architecture(d, &e->networks[n], n));
        BS_TRY(check_weights(d, e, n));
        BS_TRY(check_trajectory(d, e, n));
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
