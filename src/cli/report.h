/* What a result file holds, in a few readable lines. */
#ifndef BLUESHIFT_CLI_REPORT_H
#define BLUESHIFT_CLI_REPORT_H

#include <stdio.h>

#include "blueshift/surface.h"

/* Prints the shape of FILE, the state of its points, and min, mean and max of the loss with their
 * places: per surface, or in files of many surfaces per network, at most a screenful of lines. Not
 * collective: one rank with a file of its own. */
bs_status bs_report_print(FILE *out, bs_surface *file);

/* The same of the file at PATH. */
bs_status bs_report_path(FILE *out, const char *path);

#endif
