/* gnuplot: running a script of ours, quoting text. */
#ifndef BLUESHIFT_PLOT_GNUPLOT_H
#define BLUESHIFT_PLOT_GNUPLOT_H

#include <stdbool.h>
#include <stdio.h>

#include "blueshift/status.h"

/* Whether OUTPUT has a suffix that can be drawn: .png, .svg, .pdf, or .gp for the script itself
 * (BS_ERR_USAGE). */
bs_status bs_gnuplot_check(const char *output);

/* Draws BODY, a script for a picture of WIDTH x HEIGHT pixels of a 96-dpi screen, into OUTPUT. In
 * front of it come the terminal by OUTPUT's suffix, the palette (viridis), the line types 1 to 32
 * (Okabe and Ito's colours, then the same paler), and `with @image` for heat maps. OUTPUT appears
 * whole or not at all; an older one goes only to REPLACE. Does not close BODY. BS_ERR_IO says what
 * gnuplot said. */
bs_status bs_gnuplot_draw(const char *output, bool replace, double width, double height,
                          FILE *body);

/* Writes TEXT as a quoted string of gnuplot, whatever characters it holds. */
void bs_gnuplot_text(FILE *script, const char *text);

/* Writes a number, or NaN where gnuplot shall leave a gap. */
void bs_gnuplot_number(FILE *script, double value);

#endif
