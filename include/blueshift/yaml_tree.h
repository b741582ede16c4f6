/* YAML documents as trees that can be merged: defaults, a user's file, and --set key=value. */
#ifndef BLUESHIFT_YAML_TREE_H
#define BLUESHIFT_YAML_TREE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "blueshift/status.h"

/* Limits of a tree; more is refused, since no experiment comes near them. */
enum { BS_YAML_BYTES = 1 << 20, BS_YAML_NODES = 20000, BS_YAML_DEPTH = 16 };

typedef enum bs_yaml_node_kind { BS_YAML_SCALAR, BS_YAML_LIST, BS_YAML_MAPPING } bs_yaml_node_kind;

/* One value and its place. Read-only outside the tree module. */
typedef struct bs_yaml_node {
    bs_yaml_node_kind kind;
    char *key;          /* within a mapping; NULL elsewhere */
    int key_line;       /* where the key stands */
    int line;           /* where the value stands; 0: not from lines of text */
    const char *source; /* name of the file or setting, "" for none; lives as long as the tree */
    char *text;         /* scalars */
    bool quoted;        /* scalars: in quotes, hence a string and never null */
    int count;          /* lists and mappings */
    struct bs_yaml_node **children;
    int64_t capacity;
} bs_yaml_node;

typedef struct bs_yaml_tree bs_yaml_tree;

/* Parses a file, or TEXT with NAME for messages ("": no place is named). An empty text is an empty
 * mapping. One tree without anchors, aliases, tags and repeated keys. BS_ERR_USAGE with
 * file:line. The caller owns the tree. Not collective. */
bs_status bs_yaml_read(const char *path, bs_yaml_tree **tree);
bs_status bs_yaml_parse(const char *text, const char *name, bs_yaml_tree **tree);

/* Lays OVER on top of BASE: mappings are merged by key, everything else replaces; an empty or null
 * value leaves what is there. Copies. */
bs_status bs_yaml_merge(bs_yaml_tree *base, const bs_yaml_tree *over);

/* Sets the value at a dotted path: "grid.x=-1:1:51", "networks.0.depth=20"; a key right under a
 * list ("networks.depth=20") is set in all its entries. A value that starts with [ { " or ' is
 * YAML, any other is taken as it stands. Missing mappings are made; a mapping is merged.
 * BS_ERR_USAGE when it has no '=', or the path runs through a scalar or past a list's end. */
bs_status bs_yaml_set(bs_yaml_tree *tree, const char *assignment);

/* The assignment KEY=VALUE that sets VALUE as it stands, whatever YAML makes of it: "[a].nc" is the
 * name of a file. A new string for bs_free; NULL: out of memory. */
char *bs_yaml_assignment(const char *key, const char *value);

/* Sets the value at a dotted path to a copy of VALUE, in the same way; the copy keeps the place of
 * VALUE in messages. */
bs_status bs_yaml_apply(bs_yaml_tree *tree, const char *path, const bs_yaml_node *value);

/* Moves the value at a dotted path of mappings into a tree of its own, PART; NULL when there is no
 * such key. The caller owns PART and destroys it before TREE. */
bs_status bs_yaml_detach(bs_yaml_tree *tree, const char *path, bs_yaml_tree **part);

/* Replaces every entry in the list KEY of the top level by TIMES of them, one after another.
 * Whatever else stands there is left alone. Copies. */
bs_status bs_yaml_repeat(bs_yaml_tree *tree, const char *key, int times);

/* The same with TIMES [entries], one number for each entry. */
bs_status bs_yaml_repeat_each(bs_yaml_tree *tree, const char *key, const int *times);

/* Completes every mapping in the list KEY of the top level with the keys of DEFAULTS that it lacks,
 * in the order of DEFAULTS. Whatever else stands there is left alone. Copies. */
bs_status bs_yaml_complete(bs_yaml_tree *tree, const char *key, const bs_yaml_node *defaults);

/* Replaces the text of a scalar; its place in messages stays. Copies. BS_ERR_USAGE
 * unless it is UTF-8. */
bs_status bs_yaml_node_set_text(bs_yaml_node *node, const char *text, bool quoted);

/* The top value; never NULL. Borrowed until the next change of the tree. */
bs_yaml_node *bs_yaml_root(const bs_yaml_tree *tree);

/* The value at a dotted path, such as "networks.0.depth"; NULL when there is none. Borrowed. */
bs_yaml_node *bs_yaml_find(const bs_yaml_tree *tree, const char *path);

/* The text of the scalar at a dotted path; "" when there is none. Borrowed. */
const char *bs_yaml_text(const bs_yaml_tree *tree, const char *path);

/* Whether a value is empty, ~ or null without quotes. */
bool bs_yaml_node_is_null(const bs_yaml_node *node);

/* "FILE:LINE: " of the value, "setting 'a=b': ", or "", for the start of a message. */
void bs_yaml_node_place(const bs_yaml_node *node, char *place, size_t length);

/* The tree as block YAML, keys in their order; lists of scalars in one line. The caller frees
 * the text with bs_free. */
bs_status bs_yaml_emit(const bs_yaml_tree *tree, char **text);

/* NULL is fine. */
void bs_yaml_destroy(bs_yaml_tree *tree);

#endif
