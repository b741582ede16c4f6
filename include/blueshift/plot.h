/* Pictures of a result file, drawn by gnuplot. */
#ifndef BLUESHIFT_PLOT_H
#define BLUESHIFT_PLOT_H

#include <stdbool.h>

#include "blueshift/status.h"

/* What to draw, as texts of the command line; NULL: the choice of the view. Borrowed. */
typedef struct bs_plot_options {
    int more_count; /* files that are joined to the first */
    const char *const *more;
    const char *output; /* .png, .svg, .pdf, .gp for the script, .html for a page; FILE with .png */
    const char *title;  /* instead of the file's */
    const char *view;   /* a name of the table in plot.c; the first that fits the file */
    const char *quantity;    /* a value or array of the file, NAME or NAME[i,j] for one element */
    const char *network;     /* a name, or several with commas between them; all */
    const char *realisation; /* a number from 0 on, or "all" */
    const char *clip;        /* MAX or MIN:MAX; values beyond are drawn as these */
    bool logarithmic;        /* logarithmic scale of the quantity; both false: by its range */
    bool linear;
    bool replace; /* an older picture of this name may go */
} bs_plot_options;

/* Name of view INDEX, and what it shows; NULL after the last. */
const char *bs_plot_view_at(int index, const char **summary);

/* FILE with .png instead of .nc, in a new string for bs_free; NULL when out of memory. */
char *bs_plot_picture_name(const char *file);

/* Draws FILE, joined with options' further ones (bs_surface_open_joined), all chosen networks in
 * one picture. Points without a finite value are marked. Leaves the whole picture, and logs its
 * name, or nothing. BS_ERR_USAGE for an unknown view, suffix or network, or a view that does not
 * fit the file (what would is said); BS_ERR_INPUT for a file that is no result or lacks what the
 * view needs; BS_ERR_IO when gnuplot is missing or the picture cannot be written. Not collective:
 * one process draws. */
bs_status bs_plot(const char *file, const bs_plot_options *options);

#endif
