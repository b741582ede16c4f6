/* Trees of YAML values: making, finding, merging, destroying. */
#include "blueshift/yaml_tree.h"

#include <stdio.h>
#include <string.h>

#include "blueshift/memory.h"
#include "blueshift/text.h"
#include "yaml_private.h"

bs_status bs_yaml_create(bs_yaml_tree **tree)
{
    *tree = bs_alloc(1, sizeof **tree);
    return *tree == NULL ? BS_ERR_MEMORY : BS_OK;
}

void bs_yaml_destroy(bs_yaml_tree *tree)
{
    if (tree == NULL) {
        return;
    }
    bs_yaml_node_destroy(tree->root);
    for (int i = 0; i < tree->name_count; i++) {
        bs_free(tree->names[i]);
    }
    bs_free(tree->names);
    bs_free(tree);
}

const char *bs_yaml_name(bs_yaml_tree *tree, const char *name)
{
    for (int i = 0; i < tree->name_count; i++) {
        if (strcmp(tree->names[i], name) == 0) {
            return tree->names[i];
        }
    }
    if (bs_grow(&tree->names, tree->name_count, &tree->name_capacity, sizeof *tree->names) ==
        NULL) {
        return NULL;
    }
    char *copy = bs_strdup(name);
    if (copy != NULL) {
        tree->names[tree->name_count++] = copy;
    }
    return copy;
}

bs_yaml_node *bs_yaml_node_create(bs_yaml_node_kind kind, const char *source, int line)
{
    bs_yaml_node *node = bs_alloc(1, sizeof *node);
    if (node != NULL) {
        node->kind = kind;
        node->source = source;
        node->line = line;
    }
    return node;
}

/* Frees what a node holds, but not its key. */
static void clear(bs_yaml_node *node)
{
    for (int i = 0; i < node->count; i++) {
        bs_yaml_node_destroy(node->children[i]);
    }
    bs_free(node->children);
    bs_free(node->text);
    node->children = NULL;
    node->text = NULL;
    node->count = 0;
    node->capacity = 0;
}

void bs_yaml_node_destroy(bs_yaml_node *node)
{
    if (node == NULL) {
        return;
    }
    clear(node);
    bs_free(node->key);
    bs_free(node);
}

bs_status bs_yaml_node_append(bs_yaml_node *parent, bs_yaml_node *child)
{
    /* NOLINTNEXTLINE(bugprone-sizeof-expression): children are pointers */
    if (bs_grow(&parent->children, parent->count, &parent->capacity, sizeof(bs_yaml_node *)) ==
        NULL) {
        return BS_ERR_MEMORY;
    }
    parent->children[parent->count++] = child;
    return BS_OK;
}

bs_yaml_node *bs_yaml_node_find(const bs_yaml_node *mapping, const char *key)
{
    for (int i = 0; mapping->kind == BS_YAML_MAPPING && i < mapping->count; i++) {
        if (strcmp(mapping->children[i]->key, key) == 0) {
            return mapping->children[i];
        }
    }
    return NULL;
}

bool bs_yaml_node_is_null(const bs_yaml_node *node)
{
    return node->kind == BS_YAML_SCALAR && !node->quoted &&
           (node->text[0] == '\0' || strcmp(node->text, "~") == 0 ||
            strcmp(node->text, "null") == 0);
}

static bs_status append_copy(bs_yaml_tree *tree, bs_yaml_node *parent, const bs_yaml_node *from);

/* Makes the empty node INTO a copy of FROM. */
static bs_status fill(bs_yaml_tree *tree, bs_yaml_node *into, const bs_yaml_node *from)
{
    into->kind = from->kind;
    into->line = from->line;
    into->key_line = from->key_line;
    into->quoted = from->quoted;
    into->source = bs_yaml_name(tree, from->source);
    if (into->source == NULL) {
        return BS_ERR_MEMORY;
    }
    if (from->kind == BS_YAML_SCALAR) {
        into->text = bs_strdup(from->text);
        return into->text == NULL ? BS_ERR_MEMORY : BS_OK;
    }
    for (int i = 0; i < from->count; i++) {
        BS_TRY(append_copy(tree, into, from->children[i]));
    }
    return BS_OK;
}

static bs_status append_copy(bs_yaml_tree *tree, bs_yaml_node *parent, const bs_yaml_node *from)
{
    bs_yaml_node *copy = bs_yaml_node_create(BS_YAML_LIST, from->source, from->line);
    if (copy == NULL) {
        return BS_ERR_MEMORY;
    }
    bs_status status = fill(tree, copy, from);
    if (status == BS_OK && from->key != NULL) {
        copy->key = bs_strdup(from->key);
        status = copy->key == NULL ? BS_ERR_MEMORY : BS_OK;
    }
    if (status == BS_OK) {
        status = bs_yaml_node_append(parent, copy);
    }
    if (status != BS_OK) {
        bs_yaml_node_destroy(copy);
    }
    return status;
}

/* Makes NODE a copy of FROM; on failure it is an empty list. */
static bs_status replace(bs_yaml_tree *tree, bs_yaml_node *node, const bs_yaml_node *from)
{
    clear(node);
    bs_status status = fill(tree, node, from);
    if (status != BS_OK) {
        clear(node);
        node->kind = BS_YAML_LIST;
        node->source = "";
    }
    return status;
}

bs_status bs_yaml_node_merge(bs_yaml_tree *tree, bs_yaml_node *node, const bs_yaml_node *over)
{
    if (bs_yaml_node_is_null(over)) {
        return BS_OK;
    }
    if (node->kind != BS_YAML_MAPPING || over->kind != BS_YAML_MAPPING) {
        return replace(tree, node, over);
    }
    for (int i = 0; i < over->count; i++) {
        bs_yaml_node *same = bs_yaml_node_find(node, over->children[i]->key);
        BS_TRY(same != NULL ? bs_yaml_node_merge(tree, same, over->children[i])
                            : append_copy(tree, node, over->children[i]));
    }
    return BS_OK;
}

bs_status bs_yaml_merge(bs_yaml_tree *base, const bs_yaml_tree *over)
{
    return bs_yaml_node_merge(base, base->root, over->root);
}

/* Gives LIST the entries of WHOLE, which is left with nothing. */
static void exchange_entries(bs_yaml_node *list, bs_yaml_node *whole)
{
    bs_yaml_node old = {.kind = BS_YAML_LIST, .children = list->children, .count = list->count};
    list->children = whole->children;
    list->count = whole->count;
    list->capacity = whole->capacity;
    *whole = (bs_yaml_node){.kind = BS_YAML_LIST, .source = ""};
    clear(&old);
}

bs_status bs_yaml_complete(bs_yaml_tree *tree, const char *key, const bs_yaml_node *defaults)
{
    bs_yaml_node *list = bs_yaml_node_find(tree->root, key);
    if (list == NULL || list->kind != BS_YAML_LIST) {
        return BS_OK;
    }
    bs_yaml_node whole = {.kind = BS_YAML_LIST, .source = ""};
    bs_status status = BS_OK;
    for (int i = 0; i < list->count && status == BS_OK; i++) {
        const bs_yaml_node *entry = list->children[i];
        bool merges = entry->kind == BS_YAML_MAPPING || bs_yaml_node_is_null(entry);
        status = append_copy(tree, &whole, merges ? defaults : entry);
        if (status == BS_OK && merges) {
            status = bs_yaml_node_merge(tree, whole.children[i], entry);
        }
    }
    if (status == BS_OK) {
        exchange_entries(list, &whole);
    }
    clear(&whole);
    return status;
}

/* Entry I becomes EACH[I] entries, or without EACH as many as TIMES. */
static bs_status repeat(bs_yaml_tree *tree, const char *key, int times, const int *each)
{
    bs_yaml_node *list = bs_yaml_node_find(tree->root, key);
    if (list == NULL || list->kind != BS_YAML_LIST) {
        return BS_OK;
    }
    bs_yaml_node whole = {.kind = BS_YAML_LIST, .source = ""};
    bs_status status = BS_OK;
    for (int i = 0; i < list->count; i++) {
        const int copies = each != NULL ? each[i] : times;
        for (int copy = 0; copy < copies && status == BS_OK; copy++) {
            status = append_copy(tree, &whole, list->children[i]);
        }
    }
    if (status == BS_OK) {
        exchange_entries(list, &whole);
    }
    clear(&whole);
    return status;
}

bs_status bs_yaml_repeat(bs_yaml_tree *tree, const char *key, int times)
{
    return repeat(tree, key, times, NULL);
}

bs_status bs_yaml_repeat_each(bs_yaml_tree *tree, const char *key, const int *times)
{
    return repeat(tree, key, 0, times);
}

/* The mapping that holds the key at the end of PATH, and that key; NULL when there is none. */
static bs_yaml_node *find_parent(const bs_yaml_tree *tree, const char *path, const char **key)
{
    enum { PATH_MAX_BYTES = 256 };
    char above[PATH_MAX_BYTES];
    const char *dot = strrchr(path, '.');
    *key = dot != NULL ? dot + 1 : path;
    if (dot == NULL) {
        return tree->root;
    }
    snprintf(above, sizeof above, "%.*s", (int)(dot - path), path);
    return bs_yaml_find(tree, above);
}

bs_status bs_yaml_detach(bs_yaml_tree *tree, const char *path, bs_yaml_tree **part)
{
    const char *key = NULL;
    bs_yaml_node *parent = find_parent(tree, path, &key);
    *part = NULL;
    for (int i = 0; parent != NULL && parent->kind == BS_YAML_MAPPING && i < parent->count; i++) {
        if (strcmp(parent->children[i]->key, key) == 0) {
            BS_TRY(bs_yaml_create(part));
            (*part)->root = parent->children[i];
            parent->count--;
            for (int j = i; j < parent->count; j++) {
                parent->children[j] = parent->children[j + 1];
            }
            return BS_OK;
        }
    }
    return BS_OK;
}

bs_status bs_yaml_node_set_text(bs_yaml_node *node, const char *text, bool quoted)
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

bs_yaml_node *bs_yaml_root(const bs_yaml_tree *tree)
{
    return tree->root;
}

bs_yaml_node *bs_yaml_find(const bs_yaml_tree *tree, const char *path)
{
    enum { KEY_MAX = 64 };
    bs_yaml_node *node = tree->root;
    while (node != NULL) {
        char key[KEY_MAX];
        size_t length = strcspn(path, ".");
        if (length >= sizeof key) {
            return NULL;
        }
        memcpy(key, path, length);
        key[length] = '\0';
        int64_t index = -1;
        if (node->kind == BS_YAML_LIST) {
            bool inside = bs_text_to_int64(key, &index) && index >= 0 && index < node->count;
            node = inside ? node->children[index] : NULL;
        } else {
            node = bs_yaml_node_find(node, key);
        }
        if (path[length] == '\0') {
            return node;
        }
        path += length + 1;
    }
    return NULL;
}

const char *bs_yaml_text(const bs_yaml_tree *tree, const char *path)
{
    const bs_yaml_node *node = bs_yaml_find(tree, path);
    return node != NULL && node->kind == BS_YAML_SCALAR ? node->text : "";
}

void bs_yaml_node_place(const bs_yaml_node *node, char *place, size_t length)
{
    if (node->source[0] == '\0') {
        place[0] = '\0';
    } else if (node->line == 0) {
        snprintf(place, length, "%s: ", node->source);
    } else {
        snprintf(place, length, "%s:%d: ", node->source, node->line);
    }
}
