/* The command line: verbs, flags, and the help text that follows from the same table. */
#ifndef BLUESHIFT_CLI_OPTIONS_H
#define BLUESHIFT_CLI_OPTIONS_H

#include <stdbool.h>

#include "blueshift/plot.h"
#include "blueshift/status.h"

/* BS_VERB_NONE: only --help or --version was asked for. */
typedef enum bs_verb {
    BS_VERB_NONE,
    BS_VERB_SWEEP,
    BS_VERB_ANALYSE,
    BS_VERB_INFO,
    BS_VERB_PLOT,
    BS_VERB_THEORY,
    BS_VERB_CONVERT,
    BS_VERB_DEMO
} bs_verb;

/* What the command line says. Zero is a valid empty one. */
typedef struct bs_options {
    bs_verb verb;
    bool help, version; /* when one is set, nothing else is checked for completeness */
    bool defaults, dry_run;
    bool quiet, verbose;    /* never both */
    const char *experiment; /* sweep: the experiment file; NULL: none. Borrows from argv. */
    const char *file;       /* the result file; theory: the topic; demo: what */
    const char *output; /* plot: the picture; theory: the CSV; analyse, convert, demo: the new file;
                           NULL: not given */
    bs_plot_options plot; /* plot: the rest, all but its output; convert shares some */
    const char *format;   /* convert: by name; NULL: by the output's suffix */
    bool force;           /* convert: replace an older output */
    int setting_count;    /* "key=value", from --set and from flags, in their order */
    char **settings;      /* NULL until bs_options_collect */
} bs_options;

/* Parses ARGV[1..] into OPTIONS, all but the settings, which it counts. Allocates nothing, so that
 * all ranks of a job, which have the same ARGV, come to the same status before MPI is started.
 * BS_ERR_USAGE names the word and what to write instead. */
bs_status bs_options_parse(int argc, char *const *argv, bs_options *options);

/* Adds the settings to what bs_options_parse made of ARGV; release OPTIONS also after a failure. */
bs_status bs_options_collect(int argc, char *const *argv, bs_options *options);

void bs_options_release(bs_options *options);

/* Help for a verb; for BS_VERB_NONE the overview. The caller frees the text with bs_free. */
bs_status bs_options_help(bs_verb verb, char **text);

#endif
