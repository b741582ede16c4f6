/* Curves over the wavenumber, its octaves or the blocks for the chosen networks, and panels. */
#ifndef BLUESHIFT_PLOT_SPECTRUM_CURVES_H
#define BLUESHIFT_PLOT_SPECTRUM_CURVES_H

#include "plot_data.h"

enum { SERIES_MAX = 8 };

/* One quantity of all networks; NaN where a number is missing. */
typedef struct plot_series {
    bs_variable variable; /* borrowed from the file or from constants */
    double *values;       /* [networks][bins] */
    double *errors;       /* [networks][bins] standard errors */
    const char *style;    /* of gnuplot's lines, beside the network's colour; borrowed */
    const char *label;    /* for the legend; NULL: the networks' entries say enough */
    bool has_errors;
} plot_series;

/* The dimension that curves run over. */
#define PLOT_OVER_WAVENUMBER "wavenumber"
#define PLOT_OVER_BAND "band"
#define PLOT_OVER_BLOCK "block"

typedef struct plot_spectra {
    int networks;
    const char *over;
    int64_t bins;
    double *wavenumber; /* [bins]: |k|; the middle of an octave; blocks from 1 on */
    bs_variable axis;
    bool linear; /* values are never drawn on a logarithmic scale */
    int count;
    plot_series series[SERIES_MAX];
} plot_spectra;

/* Whether FILE holds the array NAME, of one number or one for each wavenumber. */
bool bs_spectra_has(bs_surface *file, const char *name);

/* Whether FILE holds the array NAME, or that of NAME[i], with a last dimension OVER. */
bool bs_spectra_has_over(bs_surface *file, const char *name, const char *over);

/* Whether FILE holds power spectra: binned ones, or the complex one of a path. */
bool bs_spectra_exist(bs_surface *file);

/* Reads the wavenumbers. BS_ERR_INPUT says that there are none and how to get them. The caller
 * releases SPECTRA, also after a failure. */
bs_status bs_spectra_open(const plot_data *data, plot_spectra *spectra);

/* The same for curves over octaves or blocks, of which the array NAME has some. */
bs_status bs_spectra_open_over(const plot_data *data, const char *name, const char *over,
                               plot_spectra *spectra);
void bs_spectra_release(plot_spectra *spectra);

/* Adds the array NAME, NAME[i] or NAME[i,j] of pairs (their mean over the chosen realisations, with
 * its standard error) or of networks (with the error NAME_stderr); a single number is the same at
 * all wavenumbers. BS_ERR_USAGE names what the file has. */
bs_status bs_spectra_add(const plot_data *data, const char *name, const char *style,
                         const char *label, plot_spectra *spectra);

/* Adds NAME if the file has it. */
bs_status bs_spectra_add_optional(const plot_data *data, const char *name, const char *style,
                                  const char *label, plot_spectra *spectra);

/* Adds the power of the loss with its noise floors. */
bs_status bs_spectra_add_power(const plot_data *data, plot_spectra *spectra);

/* Whether the first series has any number at a wavenumber above 0. */
bool bs_spectra_any(const plot_spectra *spectra);

/* A panel in BOX with the label of the first series unless TITLE is given; ID names its data. */
typedef struct plot_spectra_panel {
    const plot_spectra *spectra;
    plot_box box;
    int id;
    const char *title;
} plot_spectra_panel;

void bs_spectra_draw(const plot_data *data, const plot_spectra_panel *panel, plot_figure *figure);

/* Adds to LEGEND what the networks' entries do not say. */
void bs_spectra_keys(const plot_data *data, const plot_spectra *spectra, plot_legend *legend);

#endif
