/* Number of the format of our files, and the names by which older ones are seen. */
#ifndef BLUESHIFT_FORMAT_H
#define BLUESHIFT_FORMAT_H

#include "blueshift/status.h"

/* In the attribute blueshift_format; docs/FILE_FORMAT.md has the history. */
enum { BS_FORMAT = 2 };

/* What this version calls the variable or attribute NAME of a file of FORMAT: a new string for
 * bs_free, or NULL with a recorded error when memory is exhausted. */
char *bs_format_current_name(int format, const char *name);

/* The reverse: what a file of FORMAT calls what is NAME today. */
char *bs_format_stored_name(int format, const char *name);

/* The experiment (YAML) of a file of FORMAT with the keys of this version; the same rules. */
char *bs_format_current_experiment(int format, const char *yaml);

#endif
