/* What the command line says, parsed against the table of verbs; and the help that follows from the
 * same table. */
#ifndef BLUESHIFT_CLI_OPTIONS_H
#define BLUESHIFT_CLI_OPTIONS_H

#include <stdbool.h>
#include <stdio.h>

#include "blueshift/log.h"
#include "blueshift/plot.h"
#include "blueshift/status.h"

typedef struct bs_verb bs_verb; /* verb.h */

enum { BS_OPERANDS_MAX = 256 };

/* Texts are borrowed from argv; NULL: not given. Zero is a valid empty one. */
typedef struct bs_options {
    const bs_verb *verb; /* NULL: none, when only help, version or list is asked for */
    const char *operand; /* the word after the verb: file, topic or demo */
    int operand_count;   /* with those after it, where the verb takes many */
    const char *operands[BS_OPERANDS_MAX];
    bool help, version, defaults; /* text on stdout is all that is wanted */
    bool list;                    /* the same for completion.bash and the manual page */
    bool quiet, verbose;
    const char *log_level;
    bool dry_run;
    const char *output;             /* the new file */
    bool force;                     /* replace what has its name */
    bs_plot_options plot;           /* all but its output; convert shares some */
    const char *format;             /* convert: by name */
    const char *at;                 /* export: coordinates of a point; NULL: the base point */
    bool directions, images, heads; /* export: these instead of a point */
    int setting_count;              /* "key=value", from --set and from flags, in their order */
    char **settings;                /* NULL until bs_options_collect */
} bs_options;

/* Parses ARGV[1..] into OPTIONS, all but the settings, which it counts. Allocates nothing, so that
 * all ranks of a job, which have the same ARGV, come to the same status before MPI is started.
 * BS_ERR_USAGE names the word and what to write instead. */
bs_status bs_options_parse(int argc, char *const *argv, bs_options *options);

/* Adds the settings to what bs_options_parse made of ARGV; release OPTIONS also after a failure. */
bs_status bs_options_collect(int argc, char *const *argv, bs_options *options);

void bs_options_release(bs_options *options);

/* The level of the messages to print: by flags, by the environment variable BLUESHIFT_LOG, or info.
 * *UNKNOWN is that variable's text when it names no level, otherwise NULL. */
bs_log_level bs_options_level(const bs_options *options, const char **unknown);

/* Help for VERB; NULL: the overview. */
void bs_options_help(FILE *out, const bs_verb *verb);

/* The tables for completion.bash and the manual page, a line a row, its parts separated by tabs:
 *     verb     NAME  USAGE   SUMMARY  DETAILS      without VERB
 *     operand  WORD  ABOUT
 *     flag     NAME  LETTER  ARGUMENT  HELP
 *     word     WORD  ABOUT                         of the flag above it */
void bs_options_list(FILE *out, const bs_verb *verb);

#endif
