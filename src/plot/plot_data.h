/* What a picture is made from: the open file and which of its networks and realisations. */
#ifndef BLUESHIFT_PLOT_PLOT_DATA_H
#define BLUESHIFT_PLOT_PLOT_DATA_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "blueshift/derived.h"
#include "blueshift/experiment.h"
#include "blueshift/plot.h"
#include "blueshift/surface.h"
#include "figure.h"

enum { REALISATIONS_MAX = 64 }; /* more curves in one panel say nothing */
enum { CLAIMS_MAX = 8 };

typedef struct plot_data {
    bs_surface *file; /* borrowed, as is the schema */
    const bs_surface_schema *schema;
    const bs_plot_options *options;
    const char *path; /* of the file, for messages */
    char *title;
    bs_experiment *experiment; /* NULL where the file's cannot be read */
    int64_t points;            /* of one surface */
    int networks;              /* chosen */
    int *network;              /* [networks] their index in the file */
    int first_realisation, realisations;
    bool half_analysed; /* the analysis did not come to its end */
    int claim_count;
    char claims[CLAIMS_MAX][BS_CLAIM_OUTCOME]; /* what the file says of them */
} plot_data;

/* Chooses networks and realisations: those of the options, else all networks, and of realisations
 * the first or ALL (at most REALISATIONS_MAX). BS_ERR_USAGE names what the file has. The caller
 * releases DATA, also after a failure. */
bs_status bs_plot_data_open(bs_surface *file, const char *path, const bs_plot_options *options,
                            bool all, plot_data *data);
void bs_plot_data_release(plot_data *data);

/* Name of chosen network N for titles and legends. */
const char *bs_plot_data_name(const plot_data *data, int n);

/* Notes on realisations that are left out, on an analysis that is incomplete, and on claims. */
void bs_plot_data_note(const plot_data *data, plot_legend *legend);

/* NetCDF's fill value, or NaN: nothing was written. */
bool bs_plot_is_missing(double value);

/* The place of "[i,j]", TEXT after the name of ARRAY, in its first COUNT dimensions. */
bs_status bs_plot_read_index(const plot_data *data, const bs_array *array, int count,
                             const char *text, int64_t *element);

/* ---- axes and ranges ---- */

typedef struct plot_range {
    double from, to;
    bool logarithmic;
} plot_range;

/* Widens an empty or tiny range to one that gnuplot draws. */
plot_range bs_plot_range_make(double from, double to, bool logarithmic);

/* Room of FRACTION of the range at either end. */
plot_range bs_plot_range_room(plot_range range, double fraction);

/* Sets range, kind and number format of AXIS ("x", "y", "z", "cb"). */
void bs_plot_scale(FILE *script, const char *axis, plot_range range);

/* At most about MOST tics on AXIS, evenly, at round numbers; for panels that are low. */
void bs_plot_tics(FILE *script, const char *axis, plot_range range, int most);

/* Sets range and tics of AXIS, which shows grid axis D: angles in multiples of pi, the end of a
 * period included. HALF: half a step of room at either end. NUMBERS: beside the tics, or none. */
void bs_plot_coordinates(const plot_data *data, FILE *script, const char *axis, int d, bool half,
                         bool numbers);

/* Sets AXIS' label to "LONG_NAME (UNITS)", shortened to at most ROOM pixels. */
void bs_plot_axis_label(FILE *script, const char *axis, const bs_variable *variable, double room);

/* The same text into LABEL. */
void bs_plot_label(const bs_variable *variable, double room, char *label, size_t length);

#endif
