/* Rows of a table by name, and what is said of values that do not fit. */
#include "blueshift/keys.h"

#include <stdarg.h>
#include <string.h>

#include "blueshift/memory.h"
#include "keys_private.h"

enum { ADVICE_MAX = 512 };

const bs_key *bs_keys_find(const bs_keys *keys, const char *name)
{
    for (int i = 0; i < keys->count; i++) {
        if (strcmp(keys->keys[i].name, name) == 0) {
            return &keys->keys[i];
        }
    }
    return NULL;
}

const bs_key *bs_keys_at(const bs_keys *keys, const char *path)
{
    const bs_key *exact = bs_keys_find(keys, path);
    for (int i = 0; exact == NULL && i < keys->count; i++) {
        const bs_key *key = &keys->keys[i];
        size_t length = strlen(key->name);
        bool inside =
            key->entries != NULL && strncmp(path, key->name, length) == 0 && path[length] == '.';
        const char *rest = inside ? strchr(path + length + 1, '.') : NULL;
        exact = rest != NULL ? bs_keys_at(key->entries, rest + 1) : NULL;
    }
    return exact;
}

void bs_keys_join(const char *path, const char *key, char joined[BS_KEYS_PATH])
{
    snprintf(joined, BS_KEYS_PATH, "%s%s%s", path, path[0] != '\0' && key[0] != '\0' ? "." : "",
             key);
}

const char *bs_keys_below(const char *section, const char *name)
{
    size_t length = strlen(section);
    if (length > 0 && (strncmp(name, section, length) != 0 || name[length] != '.')) {
        return NULL;
    }
    const char *rest = length > 0 ? name + length + 1 : name;
    return strchr(rest, '.') == NULL ? rest : NULL;
}

/* A list of scalars or a scalar as the table writes its defaults. */
static void write_value(const bs_yaml_node *node, char *text, size_t length)
{
    if (node->kind == BS_YAML_SCALAR) {
        snprintf(text, length, "%s", node->text[0] != '\0' ? node->text : "''");
        return;
    }
    size_t used = (size_t)snprintf(text, length, "[");
    for (int i = 0; i < node->count && used < length; i++) {
        used += (size_t)snprintf(text + used, length - used, "%s%s", i > 0 ? ", " : "",
                                 node->children[i]->kind == BS_YAML_SCALAR ? node->children[i]->text
                                                                           : "");
    }
    if (used < length) {
        snprintf(text + used, length - used, "]");
    }
}

bs_status bs_keys_reject_node(const bs_yaml_node *node, const char *path, const char *advice)
{
    char place[BS_KEYS_PLACE] = "";
    if (node != NULL) {
        bs_yaml_node_place(node, place, sizeof place);
    }
    char value[BS_KEYS_PLACE] = "";
    if (node != NULL && node->kind == BS_YAML_LIST) {
        write_value(node, value, sizeof value);
    }
    bool scalar = node != NULL && node->kind == BS_YAML_SCALAR;
    return BS_FAIL(BS_ERR_USAGE, "%s%s is '%.*s'; %s", place, path, BS_KEYS_SHOWN,
                   scalar ? node->text : value, advice);
}

bs_status bs_keys_reject(const bs_yaml_tree *tree, const char *path, const char *format, ...)
{
    char advice[ADVICE_MAX];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(advice, sizeof advice, format, arguments);
    va_end(arguments);
    return bs_keys_reject_node(bs_yaml_find(tree, path), path, advice);
}

/* Whether a value, or one of a list, is the user's; SETTING becomes true when a setting gave it. */
static bool is_users(const bs_yaml_node *node, bool *setting)
{
    bool users = node->source[0] != '\0';
    *setting = *setting || (users && node->line == 0);
    for (int i = 0; i < node->count; i++) {
        users = is_users(node->children[i], setting) || users;
    }
    return users;
}

bool bs_keys_is_given(const bs_keys *keys, const bs_yaml_tree *tree, const char *path)
{
    const bs_yaml_node *node = bs_yaml_find(tree, path);
    const bs_key *key = bs_keys_at(keys, path);
    bool setting = false;
    if (node == NULL || key == NULL || key->initial == NULL || !is_users(node, &setting)) {
        return false;
    }
    char text[BS_KEYS_PLACE];
    write_value(node, text, sizeof text);
    return strcmp(text, "auto") != 0 && (setting || strcmp(text, key->initial) != 0);
}

bs_status bs_keys_rename(const bs_keys *keys, bs_yaml_tree *tree)
{
    for (int i = 0; i < keys->count; i++) {
        const bs_key *key = &keys->keys[i];
        const bs_yaml_node *node = key->old != NULL ? bs_yaml_find(tree, key->old) : NULL;
        if (node != NULL) {
            BS_TRY(bs_yaml_apply(tree, key->name, node));
            bs_yaml_tree *part = NULL;
            bs_status status = bs_yaml_detach(tree, key->old, &part);
            bs_yaml_destroy(part);
            BS_TRY(status);
        }
    }
    return BS_OK;
}

/* Frees the entries of a list and the list. */
static void release_list(const bs_key *key, char *structure)
{
    char *entries = *(char **)(void *)(structure + key->offset);
    unsigned count = *(unsigned *)(void *)(structure + key->count_offset);
    for (unsigned i = 0; entries != NULL && key->entries != NULL && i < count; i++) {
        bs_keys_release(key->entries, entries + i * key->size);
    }
    bs_free(entries);
}

void bs_keys_release(const bs_keys *keys, void *structure)
{
    char *bytes = structure;
    for (int i = 0; i < keys->count; i++) {
        const bs_key *key = &keys->keys[i];
        if (key->type == BS_KEY_TEXT || key->type == BS_KEY_FILE) {
            bs_free(*(char **)(void *)(bytes + key->offset));
        } else if (key->type == BS_KEY_LIST) {
            release_list(key, bytes);
        }
    }
}
