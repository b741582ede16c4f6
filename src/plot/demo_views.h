/* The pictures of the demos. Private to this layer. */
#ifndef BLUESHIFT_PLOT_DEMO_VIEWS_H
#define BLUESHIFT_PLOT_DEMO_VIEWS_H

#include "blueshift/dataset.h"
#include "figure.h"

/* Each lays out FIGURE and writes it. BS_ERR_INPUT when the dataset lacks an array. */
bs_status bs_demo_view_fbm(const bs_dataset *dataset, plot_figure *figure);
bs_status bs_demo_view_averaging(const bs_dataset *dataset, plot_figure *figure);
bs_status bs_demo_view_plane(const bs_dataset *dataset, plot_figure *figure);

/* The array NAME, or BS_ERR_INPUT. Borrowed. */
bs_status bs_demo_view_values(const bs_dataset *dataset, const char *name, const double **values);

/* The next panel in BOX, its title above and the names of its axes ("": none); with a grid. */
void bs_demo_view_panel(plot_figure *figure, plot_box box, const char *title, const char *x,
                        const char *y);

/* One line of a data block. */
void bs_demo_view_row(FILE *script, int count, const double *values);

/* Starts the page with the dataset's title, BODY pixels for the panels, and LEGEND below. Gives
 * where the panels begin; bs_figure_end ends the page. */
double bs_demo_view_begin(const bs_dataset *dataset, double width, double body,
                          const plot_legend *legend, plot_figure *figure);

#endif
