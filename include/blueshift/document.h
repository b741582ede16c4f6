/* YAML documents as trees that can be merged: defaults, a user's file, and --set key=value. */
#ifndef BLUESHIFT_DOCUMENT_H
#define BLUESHIFT_DOCUMENT_H

#include <stddef.h>

#include "blueshift/status.h"

typedef struct bs_document bs_document;

/* Parses a file, or TEXT with NAME for messages. Syntax errors are BS_ERR_USAGE with file:line.
 * The caller owns the document. */
bs_status bs_document_read(const char *path, bs_document **document);
bs_status bs_document_parse(const char *text, const char *name, bs_document **document);

/* Lays OVER on top of BASE: mappings are merged by key, everything else replaces. */
bs_status bs_document_merge(bs_document *base, const bs_document *over);

/* Sets the scalar (or flow value such as [1, 2]) at a dotted path: "grid.x=-1:1:51",
 * "networks.0.depth=20". Missing mappings are made. BS_ERR_USAGE when it has no '=' or the path
 * runs through a scalar or past a list's end. */
bs_status bs_document_set(bs_document *document, const char *assignment);

/* The document as block YAML, keys in their order. The caller frees the text with bs_free. */
bs_status bs_document_emit(const bs_document *document, char **text);

void bs_document_destroy(bs_document *document);

#endif
