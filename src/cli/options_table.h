/* The one table of verbs and flags. Private to the options. */
#ifndef BLUESHIFT_CLI_OPTIONS_TABLE_H
#define BLUESHIFT_CLI_OPTIONS_TABLE_H

#include <stddef.h>

#include "options.h"

typedef struct bs_verb_entry {
    bs_verb verb;
    const char *name;
    const char *usage;
    const char *summary;
    const char *details; /* a paragraph above the flags; may be "" */
} bs_verb_entry;

/* Verbs in which a flag may stand: bits 1 << verb. */
enum {
    BS_IN_NONE = 1 << BS_VERB_NONE,
    BS_IN_SWEEP = 1 << BS_VERB_SWEEP,
    BS_IN_ANALYSE = 1 << BS_VERB_ANALYSE,
    BS_IN_INFO = 1 << BS_VERB_INFO,
    BS_IN_PLOT = 1 << BS_VERB_PLOT,
    BS_IN_THEORY = 1 << BS_VERB_THEORY,
    BS_IN_CONVERT = 1 << BS_VERB_CONVERT,
    BS_IN_DEMO = 1 << BS_VERB_DEMO,
    BS_IN_PICK = BS_IN_PLOT | BS_IN_CONVERT,
    BS_IN_ALL = BS_IN_NONE | BS_IN_SWEEP | BS_IN_ANALYSE | BS_IN_INFO | BS_IN_PLOT | BS_IN_THEORY |
                BS_IN_CONVERT | BS_IN_DEMO
};

typedef struct bs_flag_entry {
    const char *name; /* without the dashes */
    char letter;      /* -o; 0: none */
    unsigned verbs;
    const char *argument; /* how the help names the value; NULL: takes none */
    const char *key;      /* of the setting that it is; NULL: another effect */
    size_t member;        /* offset in bs_options: bool, or with a value const char *; 0: none */
    const char *help;     /* NULL: a synonym that the help leaves out */
} bs_flag_entry;

enum { BS_VERBS = 7, BS_FLAGS = 45 };
extern const bs_verb_entry bs_verb_table[BS_VERBS];
extern const bs_flag_entry bs_flag_table[BS_FLAGS];

#endif
