/* Patterns of weights files: what stands in the folders becomes what stands in the experiment. */
#include <string.h>

#include "blueshift/file_list.h"
#include "experiment_parts.h"

/* Prefixes what a list of files has to say with the place of NODE. */
static bs_status placed(const bs_yaml_node *node, const char *path, bs_status status)
{
    char place[BS_PLACE_MAX];
    if (status != BS_ERR_USAGE) {
        return status;
    }
    bs_yaml_node_place(node, place, sizeof place);
    return BS_FAIL(status, "%s%s: %s", place, path, bs_error_text());
}

/* The path runs through the last weights of a trajectory, unless others are given. */
static bs_status take_last(const bs_yaml_tree *tree, unsigned network)
{
    char path[BS_KEY_MAX];
    bs_yaml_node *weights = bs_yaml_find(tree, bs_experiment_network_key(network, "weights", path));
    bs_yaml_node *pattern =
        bs_yaml_find(tree, bs_experiment_network_key(network, "trajectory", path));
    bool scalars = weights != NULL && pattern != NULL && weights->kind == BS_YAML_SCALAR &&
                   pattern->kind == BS_YAML_SCALAR;
    if (!scalars || pattern->text[0] == '\0' || weights->text[0] != '\0') {
        return BS_OK; /* the validation says what is wrong with others */
    }
    bs_file_list files = {0};
    BS_TRY(bs_keys_expand(pattern, path));
    bs_status status = placed(pattern, path, bs_file_list_find(pattern->text, &files));
    if (status == BS_OK) {
        status = bs_yaml_node_set_text(weights, files.paths[files.count - 1], true);
    }
    bs_file_list_release(&files);
    return status;
}

bs_status bs_experiment_patterns(bs_yaml_tree *tree)
{
    const bs_yaml_node *list = bs_yaml_find(tree, "networks");
    for (int i = 0; list != NULL && list->kind == BS_YAML_LIST && i < list->count; i++) {
        BS_TRY(take_last(tree, (unsigned)i));
    }
    return BS_OK;
}
