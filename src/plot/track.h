/* The trajectory of a training over a map, or on a surface. */
#ifndef BLUESHIFT_PLOT_TRACK_H
#define BLUESHIFT_PLOT_TRACK_H

#include "plot_data.h"

typedef struct plot_track {
    int count;  /* weights; 0: the file has no trajectory of this network on a plane */
    double *at; /* [count][2] coordinates */
} plot_track;

/* Reads the trajectory of chosen network N. The caller releases TRACK, also after a failure. */
bs_status bs_track_read(const plot_data *data, int n, plot_track *track);
void bs_track_release(plot_track *track);

/* The height of a surface at a place on the plane. */
typedef double (*plot_height)(const void *surface, const double at[2]);

/* Its points as blocks of data, before the plot command; and its part in that command, which ends
 * in ", ". They lie at the HEIGHT of SURFACE, and so does the way between them; NULL: on a map.
 * Nothing without a trajectory. */
void bs_track_data(FILE *script, const plot_track *track, plot_height height, const void *surface);
void bs_track_plot(FILE *script, const plot_track *track, bool surface);

/* What the line is, and how much of the trajectories the plane shows; nothing without any. */
bs_status bs_track_note(const plot_data *data, plot_legend *legend);

#endif
