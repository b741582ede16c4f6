/* Power spectra of the chosen networks, with what belongs beside them. */
#ifndef BLUESHIFT_PLOT_PLOT_SPECTRUM_H
#define BLUESHIFT_PLOT_PLOT_SPECTRUM_H

#include "plot_data.h"

/* One network; [bins] each, NULL where the file has none, NaN where a number is missing. */
typedef struct plot_spectrum {
    double *power;     /* mean over the chosen realisations */
    double *error;     /* standard error over them */
    double *theory;    /* of infinite width */
    double *floors[2]; /* what the images' sampling and the arithmetic alone would give */
} plot_spectrum;

typedef struct plot_spectra {
    int64_t bins;
    double *wavenumber; /* [bins] */
    bs_variable axis;
    bs_variable variable;
    int networks;
    plot_spectrum *of; /* [networks] */
} plot_spectra;

/* Whether FILE holds spectra: binned ones, or the complex one of a path. */
bool bs_plot_has_spectrum(bs_surface *file);

/* Reads the spectrum NAME (an array over the wavenumbers; NULL: the power). BS_ERR_USAGE names the
 * spectra of the file, BS_ERR_INPUT says that there are none and how to get them. The caller
 * releases SPECTRA, also after a failure. */
bs_status bs_plot_spectra_read(const plot_data *data, const char *name, plot_spectra *spectra);
void bs_plot_spectra_release(plot_spectra *spectra);

/* A panel in BOX, log-log; adds to LEGEND what its networks' entries do not say. */
void bs_plot_spectra_draw(const plot_data *data, const plot_spectra *spectra, plot_box box,
                          plot_figure *figure);
void bs_plot_spectra_keys(const plot_data *data, const plot_spectra *spectra, plot_legend *legend);

#endif
