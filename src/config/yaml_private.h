/* Building blocks of the document module: nodes and their owner. Private to src/base. */
#ifndef BLUESHIFT_BASE_DOCUMENT_TREE_H
#define BLUESHIFT_BASE_DOCUMENT_TREE_H

#include "blueshift/yaml_tree.h"

/* Nodes point to the names of their sources, which the document keeps. */
struct bs_document {
    bs_node *root;
    int name_count;
    int name_capacity;
    char **names;
};

/* A document without a root. */
bs_status bs_document_create(bs_document **document);

/* bs_document_parse for the value of a setting, whose places have no lines. */
bs_status bs_document_parse_value(const char *text, const char *name, bs_document **document);

/* The document's own copy of NAME; NULL when memory is exhausted. */
const char *bs_document_name(bs_document *document, const char *name);

/* An empty value; NULL when memory is exhausted. */
bs_node *bs_node_create(bs_node_kind kind, const char *source, int line);

/* Takes CHILD on success. */
bs_status bs_node_append(bs_node *parent, bs_node *child);

/* The value of KEY in a mapping; NULL when there is none. */
bs_node *bs_node_find(const bs_node *mapping, const char *key);

/* Lays OVER on top of NODE, as bs_document_merge. */
bs_status bs_node_merge(bs_document *document, bs_node *node, const bs_node *over);

void bs_node_destroy(bs_node *node);

#endif
