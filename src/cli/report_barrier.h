/* Prints which images make the barrier between the two ends of a line. */
#ifndef BLUESHIFT_CLI_REPORT_BARRIER_H
#define BLUESHIFT_CLI_REPORT_BARRIER_H

#include <stdio.h>

#include "blueshift/surface.h"

/* A line for every network and realisation of a FILE with losses of images along one axis that does
 * not close: how far their mean rises above the straight line between its ends, where, and how few
 * images make half of it. Nothing in other files, or where points are missing. Not collective. */
bs_status bs_report_barriers(FILE *out, bs_surface *file);

#endif
