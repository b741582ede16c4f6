/* Environment variables at the start of names of files and folders. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "blueshift/memory.h"
#include "keys_private.h"

enum { NAME_BYTES = 128 };

/* Copies the variable's name; the text after it, or NULL when it is not written as it should be. */
static const char *read_name(const char *text, char name[NAME_BYTES])
{
    bool braces = text[1] == '{';
    const char *begin = text + (braces ? 2 : 1);
    size_t length =
        strspn(begin, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_");
    if (length == 0 || length >= NAME_BYTES || (braces && begin[length] != '}')) {
        return NULL;
    }
    memcpy(name, begin, length);
    name[length] = '\0';
    return begin + length + (braces ? 1 : 0);
}

bs_status bs_keys_expand(bs_yaml_node *node, const char *path)
{
    if (node->text[0] != '$') {
        return BS_OK;
    }
    char name[NAME_BYTES];
    const char *rest = read_name(node->text, name);
    if (rest == NULL) {
        return bs_keys_reject_node(node, path,
                                   "an environment variable at its start is written $NAME/ or "
                                   "${NAME}/; a file whose name has a dollar sign ./$NAME");
    }
    const char *value = getenv(name);
    if (value == NULL || value[0] == '\0') {
        char advice[2 * NAME_BYTES];
        snprintf(advice, sizeof advice,
                 "the environment variable %s is not set: set it, or give the whole name", name);
        return bs_keys_reject_node(node, path, advice);
    }
    size_t bytes = strlen(value) + strlen(rest) + 1;
    char *text = bs_alloc(bytes, 1);
    if (text == NULL) {
        return BS_ERR_MEMORY;
    }
    snprintf(text, bytes, "%s%s", value, rest);
    bs_status status = bs_yaml_node_set_text(node, text, node->quoted);
    bs_free(text);
    return status;
}
