/* A script for gnuplot: opening it in the format of a file name, running it, quoting text. */
#ifndef BLUESHIFT_CLI_GNUPLOT_H
#define BLUESHIFT_CLI_GNUPLOT_H

#include <stdio.h>

#include "blueshift/status.h"

/* Size of a picture, in pixels of a 96-dpi screen. */
typedef struct gnuplot_size {
    double width, height;
} gnuplot_size;

/* Starts a script that draws into OUTPUT: the terminal by OUTPUT's suffix, palette and line styles
 * that colour-blind readers can tell apart, and `with @image` for heat maps. The caller closes
 * *SCRIPT with fclose. */
bs_status bs_gnuplot_open(const char *output, gnuplot_size size, FILE **script);

/* Runs SCRIPT; OUTPUT appears whole or not at all. Does not close SCRIPT. BS_ERR_IO says what
 * gnuplot said. */
bs_status bs_gnuplot_run(FILE *script, const char *output);

/* Writes TEXT as a quoted string of gnuplot, whatever characters it holds. */
void bs_gnuplot_text(FILE *script, const char *text);

/* Writes a number, or NaN where gnuplot shall leave a gap. */
void bs_gnuplot_number(FILE *script, double value);

/* Whether OUTPUT has a suffix that can be drawn (BS_ERR_USAGE). */
bs_status bs_gnuplot_check(const char *output);

#endif
