/* From a tree to a structure: every key, type, word and limit, with messages that name the place.
 */
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "blueshift/memory.h"
#include "blueshift/text.h"
#include "keys_private.h"

enum { LIST_MAX = 512 };

/* Where values go. */
typedef struct target {
    bs_keys_place at;
    char *structure;
} target;

static void *member_of(const target *t, const bs_key *key)
{
    return t->structure + key->offset;
}

/* ---- single values ---- */

static bs_status check_limits(const bs_key *key, const bs_yaml_node *node, const char *path,
                              double value)
{
    bool inside = key->excluded ? value > key->min && value < key->max
                                : value >= key->min && value <= key->max;
    return key->rule == NULL || inside ? BS_OK : bs_keys_reject_node(node, path, key->rule);
}

static bs_status read_signed(const bs_key *key, bs_yaml_node *node, const char *path, void *member)
{
    int64_t value = 0;
    if (!bs_text_to_int64(node->text, &value)) {
        return bs_keys_refuse_type(node, path, "a whole number");
    }
    if (key->type == BS_KEY_INT && (value < INT_MIN || value > INT_MAX)) {
        return bs_keys_refuse_type(node, path, "a whole number of at most 2147483647");
    }
    BS_TRY(check_limits(key, node, path, (double)value));
    if (key->type == BS_KEY_INT) {
        *(int *)member = (int)value;
    } else {
        *(int64_t *)member = value;
    }
    char text[BS_TEXT_DOUBLE];
    snprintf(text, sizeof text, "%lld", (long long)value);
    return bs_yaml_node_set_text(node, text, false);
}

static bs_status read_unsigned(const bs_key *key, bs_yaml_node *node, const char *path,
                               void *member)
{
    uint64_t value = 0;
    bool wide = key->type == BS_KEY_UINT64;
    if (!bs_text_to_uint64(node->text, &value) || (!wide && value > UINT32_MAX)) {
        return bs_keys_refuse_type(node, path,
                                   wide ? "a whole number from 0 to 18446744073709551615"
                                        : "a whole number from 0 to 4294967295");
    }
    BS_TRY(check_limits(key, node, path, (double)value));
    if (wide) {
        *(uint64_t *)member = value;
    } else {
        *(uint32_t *)member = (uint32_t)value;
    }
    char text[BS_TEXT_DOUBLE];
    snprintf(text, sizeof text, "%llu", (unsigned long long)value);
    return bs_yaml_node_set_text(node, text, false);
}

static bs_status read_double(const bs_key *key, bs_yaml_node *node, const char *path,
                             double *member)
{
    bool seconds = key->type == BS_KEY_SECONDS;
    if (node->kind != BS_YAML_SCALAR) {
        return bs_keys_refuse_type(node, path, "a single value");
    }
    if (seconds ? !bs_text_to_seconds(node->text, member)
                : !bs_text_to_double(node->text, member)) {
        return bs_keys_refuse_type(
            node, path, seconds ? "seconds, 10min, 2h, HH:MM:SS or D-HH:MM:SS" : "a finite number");
    }
    BS_TRY(check_limits(key, node, path, *member));
    char text[BS_TEXT_DOUBLE];
    bs_text_from_double(*member, text);
    return bs_yaml_node_set_text(node, text, false);
}

static bs_status read_bool(bs_yaml_node *node, const char *path, bool *member)
{
    static const char *const words[2][3] = {{"false", "no", "off"}, {"true", "yes", "on"}};
    for (int truth = 0; truth < 2; truth++) {
        for (int i = 0; i < 3; i++) {
            if (strcasecmp(node->text, words[truth][i]) == 0) {
                *member = truth == 1;
                return bs_yaml_node_set_text(node, words[truth][0], false);
            }
        }
    }
    return bs_keys_refuse_type(node, path, "true or false");
}

static void store_word(const bs_key *key, int word, void *member)
{
    if (key->size == sizeof(bool)) {
        *(bool *)member = word != 0;
    } else {
        *(int *)member = word;
    }
}

static bs_status read_word(const bs_key *key, const bs_yaml_node *node, const char *path,
                           void *member)
{
    int word = bs_words_find(key->words, node->text);
    if (word < 0) {
        return bs_keys_refuse_word(key, node, path);
    }
    store_word(key, word, member);
    return BS_OK;
}

static bs_status read_text(const bs_key *key, bs_yaml_node *node, const char *path, char **member)
{
    if (key->words != NULL && bs_words_find(key->words, node->text) < 0) {
        return bs_keys_refuse_word(key, node, path);
    }
    if (key->type == BS_KEY_FILE) {
        BS_TRY(bs_keys_expand(node, path));
    }
    *member = bs_strdup(node->text);
    return *member == NULL ? BS_ERR_MEMORY : BS_OK;
}

/* "auto", or the 0 that counts were left open with before. */
static bool is_open(const bs_key *key, const bs_yaml_node *node)
{
    bool number = key->type == BS_KEY_INT;
    bool typed = number || key->type == BS_KEY_WORD || key->type == BS_KEY_BOOL;
    return typed && bs_keys_may_be_open(key) &&
           (strcmp(node->text, "auto") == 0 || (number && strcmp(node->text, "0") == 0));
}

static bs_status leave_open(const target *t, const bs_key *key, bs_yaml_node *node)
{
    if (key->type == BS_KEY_WORD) {
        store_word(key, key->words->count, member_of(t, key));
    }
    return bs_yaml_node_set_text(node, "auto", false);
}

static bs_status read_scalar(const target *t, const bs_key *key, bs_yaml_node *node,
                             const char *path)
{
    void *member = member_of(t, key);
    if (node->kind != BS_YAML_SCALAR) {
        return bs_keys_refuse_type(node, path, "a single value");
    }
    if (is_open(key, node)) {
        return leave_open(t, key, node);
    }
    if (key->given != 0) {
        *(unsigned *)(void *)(t->structure + t->at.keys->given_offset) |= key->given;
    }
    switch (key->type) {
    case BS_KEY_INT:
    case BS_KEY_INT64:
        return read_signed(key, node, path, member);
    case BS_KEY_UINT32:
    case BS_KEY_UINT64:
        return read_unsigned(key, node, path, member);
    case BS_KEY_DOUBLE:
    case BS_KEY_SECONDS:
        return read_double(key, node, path, member);
    case BS_KEY_BOOL:
        return read_bool(node, path, member);
    case BS_KEY_WORD:
        return read_word(key, node, path, member);
    case BS_KEY_TEXT:
    case BS_KEY_FILE:
        return read_text(key, node, path, member);
    case BS_KEY_SECTION:
    case BS_KEY_NUMBERS:
    case BS_KEY_LIST:
    case BS_KEY_TAKEN:
        break;
    }
    return BS_FAIL(BS_ERR_INTERNAL, "%s: a value of type %d is no single one", path, key->type);
}

/* ---- lists and mappings ---- */

static bs_status check_list(const bs_key *key, const bs_yaml_node *node, const char *path)
{
    char expected[LIST_MAX];
    const bool fixed = key->type == BS_KEY_NUMBERS;
    const bool empty = key->initial != NULL && strcmp(key->initial, "[]") == 0;
    const unsigned min = fixed ? key->max_count : empty ? 0 : 1;
    snprintf(expected, sizeof expected,
             fixed   ? "a list of %u numbers"
             : empty ? "a list of at most %u entries"
                     : "a list of 1 to %u entries",
             key->max_count);
    if (node->kind != BS_YAML_LIST) {
        return bs_keys_refuse_type(node, path, expected);
    }
    if ((unsigned)node->count >= min && (unsigned)node->count <= key->max_count) {
        return BS_OK;
    }
    char place[BS_KEYS_PLACE];
    bs_yaml_node_place(node, place, sizeof place);
    return BS_FAIL(BS_ERR_USAGE, "%s%s has %d entries; expected %s", place, path, node->count,
                   expected);
}

static bs_status read_mapping(const target *t, const char *section, const bs_yaml_node *mapping);

/* Entry I of a list, into its place in ENTRIES. */
static bs_status read_entry(const target *t, const bs_key *key, bs_yaml_node *node,
                            const char *path, char *entry)
{
    if (key->entries == NULL) {
        return read_double(key, node, path, (double *)(void *)entry);
    }
    if (node->kind != BS_YAML_MAPPING) {
        return bs_keys_refuse_shape(key->entries, "", node, path);
    }
    const target inner = {.at = {.top = t->at.top, .keys = key->entries, .path = path},
                          .structure = entry};
    return read_mapping(&inner, "", node);
}

static bs_status read_list(const target *t, const bs_key *key, const bs_yaml_node *list,
                           const char *path)
{
    BS_TRY(check_list(key, list, path));
    char *entries = member_of(t, key);
    size_t size = sizeof(double);
    if (key->type == BS_KEY_LIST) {
        size = key->size;
        entries = bs_alloc((size_t)(list->count > 0 ? list->count : 1), size);
        if (entries == NULL) {
            return BS_ERR_MEMORY;
        }
        *(char **)member_of(t, key) = entries;
        *(unsigned *)(void *)(t->structure + key->count_offset) = (unsigned)list->count;
    }
    for (int i = 0; i < list->count; i++) {
        char number[BS_TEXT_DOUBLE];
        char inner[BS_KEYS_PATH];
        snprintf(number, sizeof number, "%d", i);
        bs_keys_join(path, number, inner);
        BS_TRY(read_entry(t, key, list->children[i], inner, entries + (size_t)i * size));
    }
    return BS_OK;
}

/* The keys right below SECTION; as deep as the table. */
static bs_status read_mapping(const target *t, const char *section, const bs_yaml_node *mapping)
{
    for (int i = 0; i < mapping->count; i++) {
        bs_yaml_node *node = mapping->children[i];
        char name[BS_KEYS_PATH];
        char path[BS_KEYS_PATH];
        bs_keys_join(section, node->key, name);
        bs_keys_join(t->at.path, name, path);
        const bs_key *key = bs_keys_find(t->at.keys, name);
        if (strchr(node->key, '.') != NULL) {
            return bs_keys_refuse_dotted(node);
        }
        if (key == NULL || key->type == BS_KEY_TAKEN) {
            return bs_keys_refuse_key(&t->at, section, node);
        }
        if (key->type == BS_KEY_SECTION) {
            BS_TRY(node->kind == BS_YAML_MAPPING
                       ? read_mapping(t, name, node)
                       : bs_keys_refuse_shape(t->at.keys, name, node, path));
        } else if (key->type == BS_KEY_LIST || key->type == BS_KEY_NUMBERS) {
            BS_TRY(read_list(t, key, node, path));
        } else {
            BS_TRY(read_scalar(t, key, node, path));
        }
    }
    return BS_OK;
}

bs_status bs_keys_read(const bs_keys *keys, const bs_yaml_tree *tree, void *structure)
{
    const bs_yaml_node *root = bs_yaml_root(tree);
    const target t = {.at = {.top = keys, .keys = keys, .path = ""}, .structure = structure};
    return root->kind == BS_YAML_MAPPING ? read_mapping(&t, "", root)
                                         : bs_keys_refuse_shape(keys, "", root, "");
}
