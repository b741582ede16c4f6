/* The views: each a row of one table, and a file of its own. */
#ifndef BLUESHIFT_PLOT_VIEWS_H
#define BLUESHIFT_PLOT_VIEWS_H

#include "plot_data.h"

typedef struct plot_view {
    const char *name;
    const char *summary; /* what it shows */
    bool all;            /* all realisations unless one is chosen; otherwise the first */
    bool no_clip;        /* --clip says nothing of what it shows */
    bool no_realisation; /* nor does --realisation */
    /* NULL when the view can show FILE, else what it needs: "a plane (two axes)". */
    const char *(*needs)(bs_surface *file);
    /* Whether to take it without being asked; NULL: whenever it can. */
    bool (*suits)(bs_surface *file, const bs_plot_options *options);
    /* Draws into an open figure whose page is still to be sized. */
    bs_status (*draw)(const plot_data *data, plot_figure *figure);
} plot_view;

/* The table, in the order in which they are tried on a file: bs_view_NAME stands in view_NAME.c. */
#define BS_VIEWS(VIEW)                                                                             \
    VIEW(scan)                                                                                     \
    VIEW(epochs)                                                                                   \
    VIEW(numbers) VIEW(path) VIEW(contour) VIEW(slices) VIEW(surface) VIEW(spectrum) VIEW(branches)

#define BS_VIEW_DECLARE(name) extern const plot_view bs_view_##name;
BS_VIEWS(BS_VIEW_DECLARE)
#undef BS_VIEW_DECLARE

#endif
