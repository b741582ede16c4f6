/* One quantity at every point of the chosen surfaces: values, gaps, range. */
#ifndef BLUESHIFT_PLOT_PLOT_FIELD_H
#define BLUESHIFT_PLOT_PLOT_FIELD_H

#include "plot_data.h"

/* Why a point has no colour and no place on a curve. */
typedef enum plot_gap {
    GAP_NONE,
    GAP_PENDING,
    GAP_FAILED,
    GAP_NON_FINITE,
    GAP_NOT_POSITIVE, /* on a logarithmic scale */
    GAP_MISSING,      /* evaluated, but the network has no such signal */
    GAP_KINDS
} plot_gap;

/* One network and realisation. */
typedef struct plot_surface {
    double
        *value; /* [points] as measured, also beyond the clip; NaN wherever gap is not GAP_NONE */
    double *error; /* [points] standard error; NULL when the file has none */
    uint8_t *gap;  /* [points] a plot_gap */
    int64_t gaps[GAP_KINDS];
    double min, max; /* of the clipped values; min > max: there are none */
} plot_surface;

typedef struct plot_field {
    bs_variable variable;
    char name[128]; /* variable.name points here */
    char long_name[256];
    int value; /* index of the value; -1: an array */
    int networks, realisations;
    int64_t points;
    plot_surface *surfaces; /* [networks][realisations] */
    plot_range range;       /* of all values */
    double clip[2];
    int64_t below, above; /* clipped values */
    int64_t gaps[GAP_KINDS];
} plot_field;

/* Reads quantity NAME; NULL: the one of the options, and without one the loss. BS_ERR_USAGE names
 * the quantities of the file. The caller releases FIELD, also after a failure. */
bs_status bs_plot_field_read(const plot_data *data, const char *name, plot_field *field);
void bs_plot_field_release(plot_field *field);

/* Index of the value whose name ends with SUFFIX; -1: none. */
int bs_plot_find_value(const bs_surface_schema *schema, const char *suffix);

const plot_surface *bs_plot_field_surface(const plot_field *field, int n, int realisation);

/* VALUE, or the limit that it is beyond. Maps need no clip: a contour near its limit would follow
 * the grid. */
double bs_plot_field_clip(const plot_field *field, double value);

/* The range of chosen network N. */
plot_range bs_plot_field_range(const plot_field *field, int n);

/* Whether all networks have one scale: when it shows something of each, or a clip says what to
 * show. Otherwise each needs its own: a rough surface would look flat beside one that rises many
 * times as far. */
bool bs_plot_field_shared(const plot_field *field);

/* Words for a legend. */
const char *bs_plot_gap_name(plot_gap gap);

/* gnuplot's point of a gap, the same in all views. */
const char *bs_plot_gap_mark(plot_gap gap);

/* A note on clipped values, if any. */
void bs_plot_field_note(const plot_field *field, plot_legend *legend);

#endif
