/* Building blocks of the tree module: nodes and their owner. Private to src/config. */
#ifndef BLUESHIFT_CONFIG_YAML_PRIVATE_H
#define BLUESHIFT_CONFIG_YAML_PRIVATE_H

#include "blueshift/yaml_tree.h"

/* Nodes point to the names of their sources, which the tree keeps. */
struct bs_yaml_tree {
    bs_yaml_node *root;
    int name_count;
    int64_t name_capacity;
    char **names;
};

/* A tree without a root. */
bs_status bs_yaml_create(bs_yaml_tree **tree);

/* bs_yaml_parse for the value of a setting, whose places have no lines. */
bs_status bs_yaml_parse_value(const char *text, const char *name, bs_yaml_tree **tree);

/* The tree's own copy of NAME; NULL when memory is exhausted. */
const char *bs_yaml_name(bs_yaml_tree *tree, const char *name);

/* An empty value; NULL when memory is exhausted. */
bs_yaml_node *bs_yaml_node_create(bs_yaml_node_kind kind, const char *source, int line);

/* Takes CHILD on success. */
bs_status bs_yaml_node_append(bs_yaml_node *parent, bs_yaml_node *child);

/* The value of KEY in a mapping; NULL when there is none. */
bs_yaml_node *bs_yaml_node_find(const bs_yaml_node *mapping, const char *key);

/* Lays OVER on top of NODE, as bs_yaml_merge. */
bs_status bs_yaml_node_merge(bs_yaml_tree *tree, bs_yaml_node *node, const bs_yaml_node *over);

void bs_yaml_node_destroy(bs_yaml_node *node);

#endif
