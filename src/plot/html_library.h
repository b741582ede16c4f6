/* plotly.js, which draws the page: found on this machine and put into it. */
#ifndef BLUESHIFT_PLOT_HTML_LIBRARY_H
#define BLUESHIFT_PLOT_HTML_LIBRARY_H

#include <limits.h>
#include <stdio.h>

#include "blueshift/status.h"

/* The library's file: that of the environment variable BLUESHIFT_PLOTLY, else of the first package
 * that is installed. BS_ERR_IO says what to install. */
bs_status bs_html_library_find(char path[PATH_MAX]);

/* Writes the file PATH, compressed (gzip) and in base 64. */
bs_status bs_html_library_write(const char *path, FILE *out);

#endif
