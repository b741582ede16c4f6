/* A verb with its flags, and the one table of verbs. */
#ifndef BLUESHIFT_CLI_VERB_H
#define BLUESHIFT_CLI_VERB_H

#include <stddef.h>

#include "options.h"

struct bs_comm;

/* Word INDEX of a closed list, and a few words about it or ""; NULL after the last. */
typedef const char *(*bs_word_at)(int index, const char **about);

typedef struct bs_flag {
    const char *name;     /* without the dashes; NULL ends the list */
    char letter;          /* -o; 0: none */
    const char *argument; /* how the help names the value; NULL: takes none */
    const char *key;      /* of the setting that it is; NULL: another effect */
    size_t member;      /* offset in bs_options: bool, or with a value const char *; 0: a setting */
    bs_word_at word_at; /* of the value; NULL: those in ARGUMENT, or any */
    const char *help;   /* NULL: a synonym that the help leaves out */
} bs_flag;

struct bs_verb {
    const char *name;
    const char *usage;    /* what follows the name */
    const char *summary;  /* an imperative without a full stop */
    const char *details;  /* further sentences, or "" */
    const char *needs;    /* its operand, "a result file: ..."; NULL: it may be left out */
    const char *operands; /* heading of the list of operands, "Topics"; NULL: they are files */
    bs_word_at operand_at;
    const bs_flag *flags; /* beside those of every verb */
    bool many;            /* takes several operands */
    bool mpi;             /* all ranks do it; otherwise one process does, and MPI is not started */
    bool stops;           /* asks bs_stop_requested at its safe places; otherwise signals end it */

    /* Collective over WORLD, with the same status on every rank. */
    bs_status (*run)(const struct bs_comm *world, const bs_options *options);

    /* What --defaults prints, for bs_free; NULL: the verb has none. */
    bs_status (*defaults)(char **text);
};

#define BS_FLAG_SETTING(name, argument, key, help)                                                 \
    {                                                                                              \
        name, 0, argument, key, 0, NULL, help                                                      \
    }
#define BS_FLAG_TEXT(name, letter, argument, member, words, help)                                  \
    {                                                                                              \
        name, letter, argument, NULL, offsetof(bs_options, member), words, help                    \
    }
#define BS_FLAG_SWITCH(name, letter, member, help)                                                 \
    {                                                                                              \
        name, letter, NULL, NULL, offsetof(bs_options, member), NULL, help                         \
    }
#define BS_FLAGS_END                                                                               \
    {                                                                                              \
        NULL, 0, NULL, NULL, 0, NULL, NULL                                                         \
    }

/* The table, in the order of the help: bs_verb_NAME stands in cmd_NAME.c. */
#define BS_VERBS(VERB)                                                                             \
    VERB(sweep)                                                                                    \
    VERB(train)                                                                                    \
    VERB(rerun)                                                                                    \
    VERB(analyse)                                                                                  \
    VERB(info) VERB(plot) VERB(convert) VERB(export) VERB(theory) VERB(demo) VERB(check)

#define BS_VERB_DECLARE(name) extern const bs_verb bs_verb_##name;
BS_VERBS(BS_VERB_DECLARE)
#undef BS_VERB_DECLARE

/* Row INDEX of the table; NULL after the last. */
const bs_verb *bs_verb_at(int index);

/* How many flags VERB has that not every verb has; NULL: none. */
int bs_verb_own_flags(const bs_verb *verb);

/* Flag INDEX of VERB (NULL: none chosen yet), its own first, then those of every verb; NULL after
 * the last. */
const bs_flag *bs_flag_at(const bs_verb *verb, int index);

#endif
