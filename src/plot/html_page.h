/* An interactive page: one file that opens without a network. */
#ifndef BLUESHIFT_PLOT_HTML_PAGE_H
#define BLUESHIFT_PLOT_HTML_PAGE_H

#include "plot_data.h"

/* Writes what DATA chose into OUTPUT, whole or not at all; an older file goes only to REPLACE.
 * BS_ERR_IO when plotly.js is missing: what to install. */
bs_status bs_html_page_write(const plot_data *data, const char *output, bool replace);

#endif
