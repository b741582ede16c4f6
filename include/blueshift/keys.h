/* One table of keys: what a YAML file may say, and where in a structure each value belongs.
 *
 * The rows of a table stand in a file of their own, NAME_keys.def, which is included twice: after
 * keys_as_members.def it declares the members of the structure, after keys_as_table.def it is the
 * table. A key is one row of it. */
#ifndef BLUESHIFT_KEYS_H
#define BLUESHIFT_KEYS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "blueshift/status.h"
#include "blueshift/words.h"
#include "blueshift/yaml_tree.h"

/* What a value is, and the type of its member. */
typedef enum bs_key_type {
    BS_KEY_SECTION, /* a mapping of the keys "NAME.*" that follow; no member */
    BS_KEY_TEXT,    /* char *; with words: one of them */
    BS_KEY_FILE,    /* char *; may begin with an environment variable, $NAME or ${NAME} */
    BS_KEY_WORD,    /* an enum, or bool: the number of the word */
    BS_KEY_BOOL,    /* bool */
    BS_KEY_INT,     /* int */
    BS_KEY_INT64,
    BS_KEY_UINT32,
    BS_KEY_UINT64,
    BS_KEY_DOUBLE,
    BS_KEY_SECONDS, /* double; also HH:MM:SS and D-HH:MM:SS */
    BS_KEY_NUMBERS, /* double[max_count] */
    BS_KEY_LIST,    /* a pointer to 1 to max_count entries, and their number as unsigned */
    BS_KEY_TAKEN    /* taken out of the tree before it is read; no member */
} bs_key_type;

/* How a key counts when two experiments are compared. */
typedef enum bs_key_identity {
    BS_KEY_DECIDES,     /* by its value */
    BS_KEY_BY_CONTENTS, /* a file: whether there is one; its contents are compared elsewhere */
    BS_KEY_HOUSEKEEPING /* not at all: it changes no value */
} bs_key_identity;

typedef struct bs_keys bs_keys;

/* One key. Zeros are fine for what a type has no use for. */
typedef struct bs_key {
    const char *name; /* dotted: "data.images"; within a list's entry "depth" */
    bs_key_type type;
    size_t offset;       /* of the member */
    size_t size;         /* of a word's member, or of a list's entry */
    const char *initial; /* the default, as YAML; "auto" is accepted where it is the default */
    const char *comment;
    const bs_words *words;
    double min, max;  /* of numbers; checked when there is a RULE */
    bool excluded;    /* the limits themselves are outside */
    const char *rule; /* what a message about a number out of range says */
    bs_key_identity identity;
    unsigned given;         /* bit set in the structure's GIVEN when the value is not left open */
    unsigned max_count;     /* numbers, lists */
    size_t count_offset;    /* lists: of the number of entries */
    const bs_keys *entries; /* lists: the table of an entry; NULL: doubles */
    const char *old;        /* name in files of format 1; NULL: the same */
} bs_key;

/* A whole table. Static. */
struct bs_keys {
    const char *what; /* "an experiment", for messages */
    int count;
    const bs_key *keys;
    size_t given_offset;         /* of an unsigned; used where a key has a bit */
    const char *header, *footer; /* comments around the defaults */
};

#define BS_KEY_TYPE_OF(structure, member)                                                          \
    _Generic(((structure *)0)->member,                                                             \
        char *: BS_KEY_TEXT,                                                                       \
        bool: BS_KEY_BOOL,                                                                         \
        int: BS_KEY_INT,                                                                           \
        int64_t: BS_KEY_INT64,                                                                     \
        uint32_t: BS_KEY_UINT32,                                                                   \
        uint64_t: BS_KEY_UINT64,                                                                   \
        double: BS_KEY_DOUBLE)

/* The defaults as commented YAML: for people, and as the tree that everything else is laid over.
 * The caller frees the text with bs_free. */
bs_status bs_keys_defaults(const bs_keys *keys, char **text);

/* Moves values of keys that older files call by another name to where they belong. */
bs_status bs_keys_rename(const bs_keys *keys, bs_yaml_tree *tree);

/* Checks every key (an unknown one is named with the nearest), type, word and limit of TREE, which
 * has all keys, and stores the values in STRUCTURE, whose bytes are zeros. Rewrites numbers, truths
 * and file names in TREE in one form. A value left open stores zero; a word left open stores the
 * number after the last, which no switch knows. Texts and lists belong to the structure, also after
 * a failure: bs_keys_release. BS_ERR_USAGE with the place. */
bs_status bs_keys_read(const bs_keys *keys, const bs_yaml_tree *tree, void *structure);

/* Frees the texts and lists of STRUCTURE, not the structure itself. */
void bs_keys_release(const bs_keys *keys, void *structure);

/* Lines "key=value" of what decides the values, after bs_keys_read. */
void bs_keys_print_identity(const bs_keys *keys, const bs_yaml_tree *tree, FILE *out);

/* The same of the key or section at the dotted PATH ("networks.0"), whether the section as a whole
 * counts in that identity or not; nothing when it is not there. */
void bs_keys_print_part(const bs_keys *keys, const bs_yaml_tree *tree, const char *path, FILE *out);

/* Whether the user gave the value at the dotted PATH, by a setting, or in a file another one than
 * the default: a file that repeats the defaults gives nothing. */
bool bs_keys_is_given(const bs_keys *keys, const bs_yaml_tree *tree, const char *path);

/* Replaces $NAME or ${NAME} at the start of a file's or folder's name; a name that begins with a
 * dollar sign is written ./$NAME. bs_keys_read does it. BS_ERR_USAGE with the place: there is no
 * such variable. */
bs_status bs_keys_expand(bs_yaml_node *node, const char *path);

/* BS_ERR_USAGE: "FILE:LINE: PATH is 'VALUE'; ADVICE". */
bs_status bs_keys_reject(const bs_yaml_tree *tree, const char *path, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
