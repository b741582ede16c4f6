/* Settings "a.b.c=value" laid over a tree. */
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "blueshift/yaml_tree.h"
#include "blueshift/memory.h"
#include "blueshift/text.h"
#include "yaml_private.h"

enum { SHOWN_MAX = 256 };

/* A setting under way. */
typedef struct setting {
    bs_yaml_tree *tree;
    const char *source; /* "setting 'a.b=c'": the tree's copy */
    const bs_yaml_node *value;
} setting;

/* How lists, mappings and quoted texts begin. */
static const char yaml_begins[] = "[{\"'";

/* The value: YAML where it looks like a list, mapping or quoted text, else a scalar as it stands,
 * so that paths, axes and titles need no quotes beyond the shell's. */
static bs_status parse_value(const char *text, const char *name, bs_yaml_tree **value)
{
    if (text[0] != '\0' && strchr(yaml_begins, text[0]) != NULL) {
        return bs_yaml_parse_value(text, name, value);
    }
    BS_TRY(bs_yaml_create(value));
    bs_yaml_node *root = bs_yaml_node_create(BS_YAML_SCALAR, bs_yaml_name(*value, name), 0);
    (*value)->root = root;
    if (root != NULL) {
        root->text = bs_strdup(text);
        root->quoted = text[0] == '\0'; /* an empty text, not null */
    }
    return root == NULL || root->source == NULL || root->text == NULL ? BS_ERR_MEMORY : BS_OK;
}

/* The value of KEY, made if need be. */
static bs_status find_or_make(const setting *s, bs_yaml_node *mapping, const char *key,
                              bs_yaml_node **found)
{
    *found = bs_yaml_node_find(mapping, key);
    if (*found != NULL) {
        return BS_OK;
    }
    bs_yaml_node *made = bs_yaml_node_create(BS_YAML_SCALAR, s->source, 0);
    if (made == NULL) {
        return BS_ERR_MEMORY;
    }
    made->text = bs_strdup("");
    made->key = bs_strdup(key);
    bs_status status = made->text == NULL || made->key == NULL ? BS_ERR_MEMORY
                                                               : bs_yaml_node_append(mapping, made);
    if (status != BS_OK) {
        bs_yaml_node_destroy(made);
        return status;
    }
    *found = made;
    return BS_OK;
}

static bs_status descend(const setting *s, bs_yaml_node *node, const char *path, int depth);

/* One entry by its number, or all of them by a key of theirs. */
static bs_status descend_list(const setting *s, bs_yaml_node *list, const char *path, int depth)
{
    int64_t index = 0;
    char key[SHOWN_MAX];
    size_t length = strcspn(path, ".");
    snprintf(key, sizeof key, "%.*s", (int)(length < sizeof key ? length : sizeof key - 1), path);
    if (bs_text_to_int64(key, &index)) {
        if (index < 0 || index >= list->count) {
            return BS_FAIL(BS_ERR_USAGE,
                           "%s: there is no entry %s; the list has %d, counted from 0", s->source,
                           key, list->count);
        }
        const char *rest = path[length] == '.' ? path + length + 1 : NULL;
        return descend(s, list->children[index], rest, depth + 1);
    }
    for (int i = 0; i < list->count; i++) {
        BS_TRY(descend(s, list->children[i], path, depth + 1));
    }
    return BS_OK;
}

/* Sets the value at PATH below NODE; PATH NULL: NODE itself. */
static bs_status descend(const setting *s, bs_yaml_node *node, const char *path, int depth)
{
    if (path == NULL) {
        return bs_yaml_node_merge(s->tree, node, s->value);
    }
    if (depth > BS_YAML_DEPTH) {
        return BS_FAIL(BS_ERR_USAGE, "%s: the key has more than %d parts", s->source,
                       BS_YAML_DEPTH);
    }
    if (node->kind == BS_YAML_LIST) {
        return descend_list(s, node, path, depth);
    }
    if (bs_yaml_node_is_null(node)) {
        node->kind = BS_YAML_MAPPING;
        bs_free(node->text);
        node->text = NULL;
    }
    size_t length = strcspn(path, ".");
    char key[SHOWN_MAX];
    if (length == 0 || length >= sizeof key) {
        return BS_FAIL(BS_ERR_USAGE, "%s: a part of the key is empty or too long", s->source);
    }
    memcpy(key, path, length);
    key[length] = '\0';
    if (node->kind == BS_YAML_SCALAR) {
        return BS_FAIL(BS_ERR_USAGE, "%s: there is no '%s' below the single value '%s'", s->source,
                       key, node->text);
    }
    bs_yaml_node *child = NULL;
    BS_TRY(find_or_make(s, node, key, &child));
    return descend(s, child, path[length] == '.' ? path + length + 1 : NULL, depth + 1);
}

bs_status bs_yaml_set(bs_yaml_tree *tree, const char *assignment)
{
    const char *equals = strchr(assignment, '=');
    if (equals == NULL || equals == assignment) {
        return BS_FAIL(BS_ERR_USAGE,
                       "setting '%s' is not of the form key=value, such as networks.0.depth=20",
                       assignment);
    }
    if (!bs_text_is_utf8(assignment)) {
        return BS_FAIL(BS_ERR_USAGE, "setting '%s' is not UTF-8 text; rename the file or folder",
                       assignment);
    }
    char name[SHOWN_MAX];
    snprintf(name, sizeof name, "setting '%s'", assignment);
    char path[SHOWN_MAX];
    size_t length = (size_t)(equals - assignment);
    if (length >= sizeof path) {
        return BS_FAIL(BS_ERR_USAGE, "setting '%.60s...': the key is too long", assignment);
    }
    memcpy(path, assignment, length);
    path[length] = '\0';

    bs_yaml_tree *value = NULL;
    bs_status status = parse_value(equals + 1, name, &value);
    if (status == BS_OK) {
        setting s = {.tree = tree, .source = bs_yaml_name(tree, name)};
        s.value = value->root;
        status = s.source == NULL ? BS_ERR_MEMORY : descend(&s, tree->root, path, 0);
    }
    bs_yaml_destroy(value);
    return status;
}

bs_status bs_yaml_apply(bs_yaml_tree *tree, const char *path, const bs_yaml_node *value)
{
    char place[SHOWN_MAX];
    bs_yaml_node_place(value, place, sizeof place);
    size_t length = strlen(place);
    if (length >= 2) {
        place[length - 2] = '\0'; /* a place ends in ": ", the name of a source does not */
    }
    setting s = {.tree = tree, .source = bs_yaml_name(tree, place), .value = value};
    return s.source == NULL ? BS_ERR_MEMORY : descend(&s, tree->root, path, 0);
}

/* VALUE in YAML's double quotes at OUT, which has room. */
static void quote(const char *value, char *out)
{
    *out++ = '"';
    for (; *value != '\0'; value++) {
        unsigned char c = (unsigned char)*value;
        if (c < ' ' || c == 0x7f) {
            out += snprintf(out, sizeof "\\x00", "\\x%02x", c);
            continue;
        }
        if (c == '"' || c == '\\') {
            *out++ = '\\';
        }
        *out++ = *value;
    }
    *out++ = '"';
    *out = '\0';
}

char *bs_yaml_assignment(const char *key, const char *value)
{
    bool plain = value[0] == '\0' || (strchr(yaml_begins, value[0]) == NULL &&
                                      strcmp(value, "~") != 0 && strcmp(value, "null") != 0);
    size_t length = strlen(key) + 4 * strlen(value) + sizeof "=\"\"";
    char *text = bs_alloc(length, 1);
    if (text != NULL) {
        int used = snprintf(text, length, "%s=%s", key, plain ? value : "");
        if (!plain) {
            quote(value, text + used);
        }
    }
    return text;
}
