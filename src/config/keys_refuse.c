/* Why a tree is refused: messages that name the place, what is there, and what would do. */
#include <stdio.h>
#include <string.h>

#include "blueshift/text.h"
#include "keys_private.h"

enum { LIST_MAX = 512 };

/* Names of the keys right below SECTION. */
static int keys_below(const bs_keys *keys, const char *section, const char *names[BS_KEYS_MAX])
{
    int count = 0;
    for (int i = 0; i < keys->count && count < BS_KEYS_MAX; i++) {
        const char *name = bs_keys_below(section, keys->keys[i].name);
        if (name != NULL) {
            names[count++] = name;
        }
    }
    return count;
}

/* Where a key called WORD would be at home, such as "networks.depth"; false when nowhere. */
static bool find_elsewhere(const bs_keys *keys, const char *word, char home[BS_KEYS_PATH])
{
    for (int i = 0; i < keys->count; i++) {
        const bs_key *key = &keys->keys[i];
        const char *dot = strrchr(key->name, '.');
        char inner[BS_KEYS_PATH];
        if (strcmp(dot != NULL ? dot + 1 : key->name, word) == 0) {
            snprintf(home, BS_KEYS_PATH, "%s", key->name);
            return true;
        }
        if (key->entries != NULL && find_elsewhere(key->entries, word, inner)) {
            bs_keys_join(key->name, inner, home);
            return true;
        }
    }
    return false;
}

bs_status bs_keys_refuse_key(const bs_keys_place *t, const char *section, const bs_yaml_node *node)
{
    const char *names[BS_KEYS_MAX];
    int count = keys_below(t->keys, section, names);
    char ending[LIST_MAX];
    char home[BS_KEYS_PATH];
    if (bs_keys_find(t->top, node->key) != NULL || find_elsewhere(t->top, node->key, home)) {
        const char *where = bs_keys_find(t->top, node->key) != NULL ? node->key : home;
        int used = snprintf(ending, sizeof ending, "; did you mean '%s'? Known keys here: ", where);
        bs_text_join(count, names, ending + used, sizeof ending - (size_t)used);
    } else {
        bs_text_suggest(node->key, count, names, "Known keys here", ending, sizeof ending);
    }
    char place[BS_KEYS_PLACE];
    const bs_yaml_node key = {.source = node->source, .line = node->key_line};
    bs_yaml_node_place(&key, place, sizeof place);
    char inside[BS_KEYS_PATH];
    bs_keys_join(t->path, section, inside);
    return BS_FAIL(BS_ERR_USAGE, "%sunknown key '%.*s'%s%s%s", place, BS_KEYS_SHOWN, node->key,
                   inside[0] != '\0' ? " in " : "", inside, ending);
}

bs_status bs_keys_refuse_dotted(const bs_yaml_node *node)
{
    char place[BS_KEYS_PLACE];
    const bs_yaml_node key = {.source = node->source, .line = node->key_line};
    bs_yaml_node_place(&key, place, sizeof place);
    const int outer = (int)strcspn(node->key, ".");
    return BS_FAIL(BS_ERR_USAGE,
                   "%skey '%.*s' has a dot: dots are for --set and sizes; in a file keys nest, as "
                   "%.*s: {%.*s: ...}",
                   place, BS_KEYS_SHOWN, node->key, outer, node->key, BS_KEYS_SHOWN,
                   node->key + outer + 1);
}

bs_status bs_keys_refuse_type(const bs_yaml_node *node, const char *path, const char *expected)
{
    char advice[LIST_MAX + BS_KEYS_PATH];
    snprintf(advice, sizeof advice, "expected %s", expected);
    if (node->kind == BS_YAML_SCALAR) {
        return bs_keys_reject_node(node, path, advice);
    }
    char place[BS_KEYS_PLACE];
    bs_yaml_node_place(node, place, sizeof place);
    return BS_FAIL(BS_ERR_USAGE, "%s%s is a %s; %s", place, path,
                   node->kind == BS_YAML_LIST ? "list" : "mapping", advice);
}

bs_status bs_keys_refuse_shape(const bs_keys *keys, const char *section, const bs_yaml_node *node,
                               const char *path)
{
    char place[BS_KEYS_PLACE];
    bs_yaml_node_place(node, place, sizeof place);
    if (path[0] == '\0') {
        return BS_FAIL(BS_ERR_USAGE, "%sthis is not %s; expected lines 'key: value'", place,
                       keys->what);
    }
    const char *names[BS_KEYS_MAX];
    int count = keys_below(keys, section, names);
    char expected[LIST_MAX];
    int used = snprintf(expected, sizeof expected, "a mapping with keys of its own: ");
    bs_text_join(count, names, expected + used, sizeof expected - (size_t)used);
    return bs_keys_refuse_type(node, path, expected);
}

bool bs_keys_may_be_open(const bs_key *key)
{
    return key->initial != NULL && strcmp(key->initial, "auto") == 0 &&
           (key->words == NULL || bs_words_find(key->words, "auto") < 0);
}

bs_status bs_keys_refuse_word(const bs_key *key, const bs_yaml_node *node, const char *path)
{
    const char *words[BS_KEYS_MAX];
    int count = 0;
    if (bs_keys_may_be_open(key)) {
        words[count++] = "auto";
    }
    for (int i = 0; i < key->words->count && count < BS_KEYS_MAX; i++) {
        words[count++] = key->words->names[i];
    }
    char ending[LIST_MAX];
    char place[BS_KEYS_PLACE];
    bs_text_suggest(node->text, count, words, "Expected one of", ending, sizeof ending);
    bs_yaml_node_place(node, place, sizeof place);
    return BS_FAIL(BS_ERR_USAGE, "%s%s is '%.*s'%s", place, path, BS_KEYS_SHOWN, node->text,
                   ending);
}
