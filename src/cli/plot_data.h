/* What a picture shows: the losses of a result file, their range, and which points lack a value. */
#ifndef BLUESHIFT_CLI_PLOT_DATA_H
#define BLUESHIFT_CLI_PLOT_DATA_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "blueshift/surface.h"

/* Why a point has no colour and no place on a curve. */
typedef enum plot_gap { GAP_NONE, GAP_PENDING, GAP_FAILED, GAP_NON_FINITE, GAP_KINDS } plot_gap;

/* Loss of one network and realisation at every point of the grid. */
typedef struct plot_surface {
    double *loss;      /* not finite wherever gap is not GAP_NONE */
    double *error;     /* standard error; NULL when the file has none */
    uint8_t *gap;      /* a plot_gap */
    double *magnitude; /* of a path's spectrum at wavenumbers 0 to points / 2; NULL: not stored */
} plot_surface;

/* All finite losses lie in [from, to], from < to. */
typedef struct plot_range {
    double from, to;
    bool logarithmic; /* positive, and more than two decades wide */
} plot_range;

typedef struct plot_data {
    const bs_surface_schema *schema; /* borrowed from the open file */
    const bs_variable *loss;         /* describes what is drawn */
    char *title;
    int realisations; /* read, of each network */
    int64_t points;   /* of one surface */
    plot_surface *surfaces;
    plot_range range;
    plot_range spectrum_range; /* of all magnitudes above wavenumber 0 */
    bool has_spectrum;         /* any magnitude to draw */
    int64_t gaps[GAP_KINDS];   /* points, over all surfaces */
} plot_data;

/* Reads the losses of FILE: all realisations of a path up to a readable number, the first of a
 * plane or volume. FILE must outlive DATA. The caller releases DATA, also after a failure. */
bs_status bs_plot_data_read(bs_surface *file, plot_data *data);
void bs_plot_data_release(plot_data *data);

/* The range of the losses of surfaces FIRST to FIRST + COUNT - 1, never empty. */
plot_range bs_plot_data_range(const plot_data *data, int first, int count);

/* Surface of a network and realisation; borrowed. */
const plot_surface *bs_plot_data_surface(const plot_data *data, int network, int realisation);

/* Name of a network for titles and legends. */
const char *bs_plot_data_name(const plot_data *data, int network);

/* Words for a legend. */
const char *bs_plot_gap_name(plot_gap gap);

/* Writes "LONG_NAME (UNITS)" as a quoted string. */
void bs_plot_label(FILE *script, const bs_variable *variable);

/* Writes the file's title as a quoted string, and which of its realisations are shown. */
void bs_plot_title(FILE *script, const plot_data *data);

/* Sets range, kind and number format of AXIS ("x", "y", "cb"). */
void bs_plot_scale(FILE *script, const char *axis, plot_range range);

#endif
