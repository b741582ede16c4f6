/* A page of panels of curves over the wavenumber. */
#ifndef BLUESHIFT_PLOT_SPECTRUM_PAGE_H
#define BLUESHIFT_PLOT_SPECTRUM_PAGE_H

#include "blueshift/undersampling.h"
#include "spectrum_curves.h"

enum { SPECTRA_PANELS_MAX = 12 };

typedef struct plot_spectra_page {
    unsigned undersampling; /* bits of bs_undersampling_of: what the page shows */
    int count;
    plot_spectra spectra[SPECTRA_PANELS_MAX];
    const char *titles[SPECTRA_PANELS_MAX]; /* of the vertical axes; NULL: of the first series */
} plot_spectra_page;

/* What the views spectrum and branches draw. Released by the caller, also after a failure.
 * BS_ERR_INPUT when it is empty. */
bs_status bs_spectrum_page_read(const plot_data *data, plot_spectra_page *page);
bs_status bs_branches_page_read(const plot_data *data, plot_spectra_page *page);

void bs_spectra_page_draw(const plot_data *data, const plot_spectra_page *page,
                          plot_figure *figure);
void bs_spectra_page_release(plot_spectra_page *page);

#endif
