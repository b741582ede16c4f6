/* Pictures of a result file, drawn by gnuplot. */
#ifndef BLUESHIFT_CLI_PLOT_H
#define BLUESHIFT_CLI_PLOT_H

#include "blueshift/status.h"

/* Draws FILE into OUTPUT, whose suffix (.png, .svg, .pdf) chooses the format; NULL: FILE with
 * .png for .nc. Paths are drawn as curves with the standard error of the loss, planes as heat maps
 * with contour lines, volumes as three slices through the middle; all networks on one scale. Points
 * without a finite value are marked. Leaves the whole picture, and logs its name, or nothing.
 * BS_ERR_USAGE for an unknown suffix, BS_ERR_INPUT for a file that is no result, BS_ERR_IO when
 * gnuplot is missing or the picture cannot be written. Not collective: one process draws. */
bs_status bs_plot(const char *file, const char *output);

#endif
