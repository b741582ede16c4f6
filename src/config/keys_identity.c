/* What of a tree decides the values, as lines to compare. */
#include <stdio.h>
#include <string.h>

#include "blueshift/text.h"
#include "keys_private.h"

static void print_scalar(FILE *out, const bs_key *key, const bs_yaml_node *node, const char *path)
{
    bool file = key->identity == BS_KEY_BY_CONTENTS && node->text[0] != '\0';
    fprintf(out, "%s=", path);
    for (const char *t = file ? "file" : node->text; *t != '\0'; t++) {
        fputc(*t == '\n' ? ' ' : *t, out); /* an entry stays one line */
    }
    fputc('\n', out);
}

/* Everything below NODE; as deep as the table. KEY: the row it belongs to. */
static void print_node(FILE *out, const bs_keys *keys, const bs_key *key, const bs_yaml_node *node,
                       const char *path)
{
    if (key->identity == BS_KEY_HOUSEKEEPING) {
        return;
    }
    if (node->kind == BS_YAML_SCALAR) {
        print_scalar(out, key, node, path);
        return;
    }
    for (int i = 0; i < node->count; i++) {
        char inner[BS_KEYS_PATH];
        char number[BS_TEXT_DOUBLE];
        snprintf(number, sizeof number, "%d", i);
        bool mapping = node->kind == BS_YAML_MAPPING;
        bs_keys_join(path, mapping ? node->children[i]->key : number, inner);
        const bs_key *below = bs_keys_at(keys, inner);
        print_node(out, keys, below != NULL ? below : key, node->children[i], inner);
    }
}

void bs_keys_print_part(const bs_keys *keys, const bs_yaml_tree *tree, const char *path, FILE *out)
{
    const bs_yaml_node *node = bs_yaml_find(tree, path);
    const bs_key *key = bs_keys_at(keys, path);
    const bs_key part = {.type = BS_KEY_SECTION, .identity = BS_KEY_DECIDES};
    if (node != NULL) {
        print_node(out, keys, key == NULL || key->type == BS_KEY_SECTION ? &part : key, node, path);
    }
}

void bs_keys_print_identity(const bs_keys *keys, const bs_yaml_tree *tree, FILE *out)
{
    static const bs_key whole = {.type = BS_KEY_SECTION, .identity = BS_KEY_DECIDES};
    print_node(out, keys, &whole, bs_yaml_root(tree), "");
}
