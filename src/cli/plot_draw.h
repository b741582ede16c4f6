/* Drawing a plot's data: paths as curves, planes and volumes as maps. */
#ifndef BLUESHIFT_CLI_PLOT_DRAW_H
#define BLUESHIFT_CLI_PLOT_DRAW_H

#include "gnuplot.h"
#include "plot_data.h"

gnuplot_size bs_plot_lines_size(const plot_data *data);
void bs_plot_lines(const plot_data *data, FILE *script);

gnuplot_size bs_plot_maps_size(const plot_data *data);
void bs_plot_maps(const plot_data *data, FILE *script);

#endif
