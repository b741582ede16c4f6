/* YAML documents as trees that can be merged: defaults, a user's file, and --set key=value. */
#ifndef BLUESHIFT_DOCUMENT_H
#define BLUESHIFT_DOCUMENT_H

#include <stdbool.h>
#include <stddef.h>

#include "blueshift/status.h"

/* Limits of a document; more is refused, since no experiment comes near them. */
enum { BS_DOCUMENT_BYTES = 1 << 20, BS_DOCUMENT_NODES = 20000, BS_DOCUMENT_DEPTH = 16 };

typedef enum bs_node_kind { BS_NODE_SCALAR, BS_NODE_LIST, BS_NODE_MAPPING } bs_node_kind;

/* One value and its place. Read-only outside the document module. */
typedef struct bs_node {
    bs_node_kind kind;
    char *key;    /* within a mapping; NULL elsewhere */
    int key_line; /* where the key stands */
    int line;     /* where the value stands; 0: not from lines of text */
    const char
        *source; /* name of the file or setting, "" for none; lives as long as the document */
    char *text;  /* scalars */
    bool quoted; /* scalars: in quotes, hence a string and never null */
    int count;   /* lists and mappings */
    struct bs_node **items;
    int capacity;
} bs_node;

typedef struct bs_document bs_document;

/* Parses a file, or TEXT with NAME for messages ("": no place is named). An empty text is an empty
 * mapping. One document without anchors, aliases, tags and repeated keys. BS_ERR_USAGE with
 * file:line. The caller owns the document. Not collective. */
bs_status bs_document_read(const char *path, bs_document **document);
bs_status bs_document_parse(const char *text, const char *name, bs_document **document);

/* Lays OVER on top of BASE: mappings are merged by key, everything else replaces; an empty or null
 * value leaves what is there. Copies. */
bs_status bs_document_merge(bs_document *base, const bs_document *over);

/* Sets the value at a dotted path: "grid.x=-1:1:51", "networks.0.depth=20"; a key right under a
 * list ("networks.depth=20") is set in all its entries. A value that starts with [ { " or ' is
 * YAML, any other is taken as it stands. Missing mappings are made; a mapping is merged.
 * BS_ERR_USAGE when it has no '=', or the path runs through a scalar or past a list's end. */
bs_status bs_document_set(bs_document *document, const char *assignment);

/* Sets the value at a dotted path to a copy of VALUE, in the same way; the copy keeps the place of
 * VALUE in messages. */
bs_status bs_document_apply(bs_document *document, const char *path, const bs_node *value);

/* Moves the value of the key KEY of the top level into a document of its own, PART; NULL when there
 * is no such key. The caller owns PART and destroys it before DOCUMENT. */
bs_status bs_document_detach(bs_document *document, const char *key, bs_document **part);

/* Replaces every entry in the list KEY of the top level by TIMES of them, one behind another.
 * Whatever else stands there is left alone. Copies. */
bs_status bs_document_repeat(bs_document *document, const char *key, int times);

/* Completes every mapping in the list KEY of the top level with the keys of DEFAULTS that it lacks,
 * in the order of DEFAULTS. Whatever else stands there is left alone. Copies. */
bs_status bs_document_complete(bs_document *document, const char *key, const bs_node *defaults);

/* Replaces the text of a scalar; its place in messages stays. Copies. BS_ERR_USAGE
 * unless it is UTF-8. */
bs_status bs_node_set_text(bs_node *node, const char *text, bool quoted);

/* The top value; never NULL. Borrowed until the next change of the document. */
bs_node *bs_document_root(const bs_document *document);

/* The value at a dotted path, such as "networks.0.depth"; NULL when there is none. Borrowed. */
bs_node *bs_document_find(const bs_document *document, const char *path);

/* Whether a value is empty, ~ or null without quotes. */
bool bs_node_is_null(const bs_node *node);

/* "FILE:LINE: " of the value, "setting 'a=b': ", or "", for the start of a message. */
void bs_node_place(const bs_node *node, char *place, size_t length);

/* The document as block YAML, keys in their order; lists of scalars in one line. The caller frees
 * the text with bs_free. */
bs_status bs_document_emit(const bs_document *document, char **text);

/* NULL is fine. */
void bs_document_destroy(bs_document *document);

#endif
