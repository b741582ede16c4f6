/* Prints what a result file says of the trajectories of trainings. */
#ifndef BLUESHIFT_CLI_REPORT_TRAJECTORY_H
#define BLUESHIFT_CLI_REPORT_TRAJECTORY_H

#include <stdio.h>

#include "blueshift/surface.h"

/* A line of every network that has one: weights, variance explained, and their losses beside those
 * at their projections. Nothing in a file without any. Not collective. */
bs_status bs_report_trajectories(FILE *out, bs_surface *file);

#endif
