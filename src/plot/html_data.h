/* What a page shows of a result, as JSON. */
#ifndef BLUESHIFT_PLOT_HTML_DATA_H
#define BLUESHIFT_PLOT_HTML_DATA_H

#include "plot_data.h"

/* Writes axes, values, known places, spectra, branch figures and numbers of what DATA chose. */
bs_status bs_html_data_write(const plot_data *data, FILE *out);

#endif
