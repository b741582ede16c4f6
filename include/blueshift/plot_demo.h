/* Pictures of demos, drawn by gnuplot. */
#ifndef BLUESHIFT_PLOT_DEMO_H
#define BLUESHIFT_PLOT_DEMO_H

#include "blueshift/dataset.h"

/* Draws the DATASET of a demo (bs_demo_run, or read from its file) into OUTPUT: .png, .svg, .pdf,
 * or .gp for the script; an older file goes only to REPLACE. BS_ERR_INPUT when it is no demo's;
 * otherwise as bs_plot. Not collective: one process draws. */
bs_status bs_plot_demo(const bs_dataset *dataset, const char *output, bool replace);

/* BS_ERR_INPUT unless DATASET has the arrays of its demo in their shapes, so that it may be drawn
 * and printed. */
bs_status bs_plot_demo_check(const bs_dataset *dataset);

#endif
