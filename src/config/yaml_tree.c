/* Trees of YAML values: making, finding, merging, destroying. */
#include "blueshift/yaml_tree.h"

#include <stdio.h>
#include <string.h>

#include "blueshift/memory.h"
#include "blueshift/text.h"
#include "yaml_private.h"

bs_status bs_document_create(bs_document **document)
{
    *document = bs_alloc(1, sizeof **document);
    return *document == NULL ? BS_ERR_MEMORY : BS_OK;
}

void bs_document_destroy(bs_document *document)
{
    if (document == NULL) {
        return;
    }
    bs_node_destroy(document->root);
    for (int i = 0; i < document->name_count; i++) {
        bs_free(document->names[i]);
    }
    bs_free(document->names);
    bs_free(document);
}

/* Room for one more pointer in an array that doubles. */
static bs_status grow(void **array, int count, int *capacity)
{
    enum { FIRST_CAPACITY = 8 };
    if (count < *capacity) {
        return BS_OK;
    }
    int larger = *capacity == 0 ? FIRST_CAPACITY : 2 * *capacity;
    void **copy = bs_alloc((size_t)larger, sizeof *copy);
    if (copy == NULL) {
        return BS_ERR_MEMORY;
    }
    if (count > 0) {
        memcpy(copy, *array, (size_t)count * sizeof *copy);
    }
    bs_free(*array);
    *array = copy;
    *capacity = larger;
    return BS_OK;
}

const char *bs_document_name(bs_document *document, const char *name)
{
    for (int i = 0; i < document->name_count; i++) {
        if (strcmp(document->names[i], name) == 0) {
            return document->names[i];
        }
    }
    void *names = document->names;
    if (grow(&names, document->name_count, &document->name_capacity) != BS_OK) {
        return NULL;
    }
    document->names = names;
    char *copy = bs_strdup(name);
    if (copy != NULL) {
        document->names[document->name_count++] = copy;
    }
    return copy;
}

bs_node *bs_node_create(bs_node_kind kind, const char *source, int line)
{
    bs_node *node = bs_alloc(1, sizeof *node);
    if (node != NULL) {
        node->kind = kind;
        node->source = source;
        node->line = line;
    }
    return node;
}

/* Frees what a node holds, but not its key. */
static void clear(bs_node *node)
{
    for (int i = 0; i < node->count; i++) {
        bs_node_destroy(node->items[i]);
    }
    bs_free(node->items);
    bs_free(node->text);
    node->items = NULL;
    node->text = NULL;
    node->count = 0;
    node->capacity = 0;
}

void bs_node_destroy(bs_node *node)
{
    if (node == NULL) {
        return;
    }
    clear(node);
    bs_free(node->key);
    bs_free(node);
}

bs_status bs_node_append(bs_node *parent, bs_node *child)
{
    void *items = parent->items;
    BS_TRY(grow(&items, parent->count, &parent->capacity));
    parent->items = items;
    parent->items[parent->count++] = child;
    return BS_OK;
}

bs_node *bs_node_find(const bs_node *mapping, const char *key)
{
    for (int i = 0; mapping->kind == BS_NODE_MAPPING && i < mapping->count; i++) {
        if (strcmp(mapping->items[i]->key, key) == 0) {
            return mapping->items[i];
        }
    }
    return NULL;
}

bool bs_node_is_null(const bs_node *node)
{
    return node->kind == BS_NODE_SCALAR && !node->quoted &&
           (node->text[0] == '\0' || strcmp(node->text, "~") == 0 ||
            strcmp(node->text, "null") == 0);
}

static bs_status append_copy(bs_document *document, bs_node *parent, const bs_node *from);

/* Makes the empty node INTO a copy of FROM. */
static bs_status fill(bs_document *document, bs_node *into, const bs_node *from)
{
    into->kind = from->kind;
    into->line = from->line;
    into->key_line = from->key_line;
    into->quoted = from->quoted;
    into->source = bs_document_name(document, from->source);
    if (into->source == NULL) {
        return BS_ERR_MEMORY;
    }
    if (from->kind == BS_NODE_SCALAR) {
        into->text = bs_strdup(from->text);
        return into->text == NULL ? BS_ERR_MEMORY : BS_OK;
    }
    for (int i = 0; i < from->count; i++) {
        BS_TRY(append_copy(document, into, from->items[i]));
    }
    return BS_OK;
}

static bs_status append_copy(bs_document *document, bs_node *parent, const bs_node *from)
{
    bs_node *copy = bs_node_create(BS_NODE_LIST, from->source, from->line);
    if (copy == NULL) {
        return BS_ERR_MEMORY;
    }
    bs_status status = fill(document, copy, from);
    if (status == BS_OK && from->key != NULL) {
        copy->key = bs_strdup(from->key);
        status = copy->key == NULL ? BS_ERR_MEMORY : BS_OK;
    }
    if (status == BS_OK) {
        status = bs_node_append(parent, copy);
    }
    if (status != BS_OK) {
        bs_node_destroy(copy);
    }
    return status;
}

/* Makes NODE a copy of FROM; on failure it is an empty list. */
static bs_status replace(bs_document *document, bs_node *node, const bs_node *from)
{
    clear(node);
    bs_status status = fill(document, node, from);
    if (status != BS_OK) {
        clear(node);
        node->kind = BS_NODE_LIST;
        node->source = "";
    }
    return status;
}

bs_status bs_node_merge(bs_document *document, bs_node *node, const bs_node *over)
{
    if (bs_node_is_null(over)) {
        return BS_OK;
    }
    if (node->kind != BS_NODE_MAPPING || over->kind != BS_NODE_MAPPING) {
        return replace(document, node, over);
    }
    for (int i = 0; i < over->count; i++) {
        bs_node *same = bs_node_find(node, over->items[i]->key);
        BS_TRY(same != NULL ? bs_node_merge(document, same, over->items[i])
                            : append_copy(document, node, over->items[i]));
    }
    return BS_OK;
}

bs_status bs_document_merge(bs_document *base, const bs_document *over)
{
    return bs_node_merge(base, base->root, over->root);
}

/* Gives LIST the entries of WHOLE, which is left with nothing. */
static void exchange_entries(bs_node *list, bs_node *whole)
{
    bs_node old = {.kind = BS_NODE_LIST, .items = list->items, .count = list->count};
    list->items = whole->items;
    list->count = whole->count;
    list->capacity = whole->capacity;
    *whole = (bs_node){.kind = BS_NODE_LIST, .source = ""};
    clear(&old);
}

bs_status bs_document_complete(bs_document *document, const char *key, const bs_node *defaults)
{
    bs_node *list = bs_node_find(document->root, key);
    if (list == NULL || list->kind != BS_NODE_LIST) {
        return BS_OK;
    }
    bs_node whole = {.kind = BS_NODE_LIST, .source = ""};
    bs_status status = BS_OK;
    for (int i = 0; i < list->count && status == BS_OK; i++) {
        const bs_node *entry = list->items[i];
        bool merges = entry->kind == BS_NODE_MAPPING || bs_node_is_null(entry);
        status = append_copy(document, &whole, merges ? defaults : entry);
        if (status == BS_OK && merges) {
            status = bs_node_merge(document, whole.items[i], entry);
        }
    }
    if (status == BS_OK) {
        exchange_entries(list, &whole);
    }
    clear(&whole);
    return status;
}

bs_status bs_document_repeat(bs_document *document, const char *key, int times)
{
    bs_node *list = bs_node_find(document->root, key);
    if (list == NULL || list->kind != BS_NODE_LIST) {
        return BS_OK;
    }
    bs_node whole = {.kind = BS_NODE_LIST, .source = ""};
    bs_status status = BS_OK;
    for (int i = 0; i < list->count; i++) {
        for (int copy = 0; copy < times && status == BS_OK; copy++) {
            status = append_copy(document, &whole, list->items[i]);
        }
    }
    if (status == BS_OK) {
        exchange_entries(list, &whole);
    }
    clear(&whole);
    return status;
}

bs_status bs_document_detach(bs_document *document, const char *key, bs_document **part)
{
    *part = NULL;
    bs_node *root = document->root;
    for (int i = 0; root->kind == BS_NODE_MAPPING && i < root->count; i++) {
        if (strcmp(root->items[i]->key, key) == 0) {
            BS_TRY(bs_document_create(part));
            (*part)->root = root->items[i];
            root->count--;
            for (int j = i; j < root->count; j++) {
                root->items[j] = root->items[j + 1];
            }
            return BS_OK;
        }
    }
    return BS_OK;
}

bs_status bs_node_set_text(bs_node *node, const char *text, bool quoted)
{
    if (!bs_text_is_utf8(text)) {
        return BS_FAIL(BS_ERR_USAGE, "'%s' is not UTF-8 text; rename the file or folder", text);
    }
    char *copy = bs_strdup(text);
    if (copy == NULL) {
        return BS_ERR_MEMORY;
    }
    bs_free(node->text);
    node->text = copy;
    node->quoted = quoted;
    return BS_OK;
}

bs_node *bs_document_root(const bs_document *document)
{
    return document->root;
}

bs_node *bs_document_find(const bs_document *document, const char *path)
{
    enum { KEY_MAX = 64 };
    bs_node *node = document->root;
    while (node != NULL) {
        char key[KEY_MAX];
        size_t length = strcspn(path, ".");
        if (length >= sizeof key) {
            return NULL;
        }
        memcpy(key, path, length);
        key[length] = '\0';
        int64_t index = -1;
        if (node->kind == BS_NODE_LIST) {
            bool inside = bs_text_to_int64(key, &index) && index >= 0 && index < node->count;
            node = inside ? node->items[index] : NULL;
        } else {
            node = bs_node_find(node, key);
        }
        if (path[length] == '\0') {
            return node;
        }
        path += length + 1;
    }
    return NULL;
}

void bs_node_place(const bs_node *node, char *place, size_t length)
{
    if (node->source[0] == '\0') {
        place[0] = '\0';
    } else if (node->line == 0) {
        snprintf(place, length, "%s: ", node->source);
    } else {
        snprintf(place, length, "%s:%d: ", node->source, node->line);
    }
}
