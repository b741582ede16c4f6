/* A table of keys as commented YAML. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "blueshift/memory.h"
#include "keys_private.h"

enum { COMMENT_COLUMN = 27, WIDTH = 100, COMMENT_MAX = 1024 };

/* "# COMMENT" from COMMENT_COLUMN on, over as many lines as it needs. */
static void print_comment(FILE *out, int column, const char *comment)
{
    while (*comment != '\0') {
        size_t room = WIDTH - COMMENT_COLUMN - 2;
        size_t length = strlen(comment);
        if (length > room) {
            length = room;
            while (length > 1 && comment[length] != ' ') {
                length--;
            }
        }
        fprintf(out, "%*s# %.*s\n", column < COMMENT_COLUMN ? COMMENT_COLUMN - column : 1, "",
                (int)length, comment);
        comment += length + strspn(comment + length, " ");
        column = 0;
    }
}

/* "a | b | c; COMMENT", each where there is one. */
static void write_comment(const bs_key *key, char text[COMMENT_MAX])
{
    size_t used = 0;
    text[0] = '\0';
    for (int i = 0; key->words != NULL && i < key->words->count && used < COMMENT_MAX; i++) {
        used += (size_t)snprintf(text + used, COMMENT_MAX - used, "%s%s", i > 0 ? " | " : "",
                                 key->words->names[i]);
    }
    if (key->comment != NULL && used < COMMENT_MAX) {
        snprintf(text + used, COMMENT_MAX - used, "%s%s", used > 0 ? "; " : "", key->comment);
    }
}

/* Sections around a key. */
static int depth_of(const bs_key *key)
{
    int depth = 0;
    for (const char *c = key->name; *c != '\0'; c++) {
        depth += *c == '.';
    }
    return depth;
}

static void print_table(FILE *out, const bs_keys *keys, const char *indent, const char *first);

static void print_key(FILE *out, const bs_key *key, const char *indent)
{
    char text[COMMENT_MAX];
    const char *dot = strrchr(key->name, '.');
    const char *name = dot != NULL ? dot + 1 : key->name;
    bool heading = key->initial == NULL;
    bool apart = heading && dot == NULL;
    int column = fprintf(out, "%s%s%*s%s:%s%s", apart ? "\n" : "", indent, 2 * depth_of(key), "",
                         name, heading ? "" : " ", heading ? "" : key->initial);
    write_comment(key, text);
    if (text[0] != '\0') {
        print_comment(out, column - (apart ? 1 : 0), text);
    } else {
        fputc('\n', out);
    }
    if (key->entries != NULL) {
        print_table(out, key->entries, "  ", "- ");
    }
}

/* The keys in their order; FIRST stands before the first one. */
static void print_table(FILE *out, const bs_keys *keys, const char *indent, const char *first)
{
    for (int i = 0; i < keys->count; i++) {
        if (keys->keys[i].type != BS_KEY_TAKEN) {
            print_key(out, &keys->keys[i], i == 0 ? first : indent);
        }
    }
}

bs_status bs_keys_defaults(const bs_keys *keys, char **text)
{
    char *made = NULL;
    size_t size = 0;
    *text = NULL;
    FILE *out = open_memstream(&made, &size);
    if (out == NULL) {
        return BS_FAIL(BS_ERR_MEMORY, "out of memory for the defaults of %s", keys->what);
    }
    fputs(keys->header, out);
    print_table(out, keys, "", "");
    fputs(keys->footer, out);
    bool failed = ferror(out) != 0;
    failed = fclose(out) != 0 || failed;
    *text = failed ? NULL : bs_strdup(made);
    free(made);
    return *text == NULL ? BS_ERR_MEMORY : BS_OK;
}
