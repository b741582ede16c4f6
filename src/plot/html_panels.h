/* Spectra and branch figures of a page, as JSON. */
#ifndef BLUESHIFT_PLOT_HTML_PANELS_H
#define BLUESHIFT_PLOT_HTML_PANELS_H

#include "plot_data.h"

/* Writes "panels", those of the views spectrum and branches that the file has; none is fine. */
bs_status bs_html_panels_write(const plot_data *data, FILE *out);

#endif
