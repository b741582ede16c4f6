/* Contours of a field on a rectangular grid: loops that enclose what lies above a level. */
#ifndef BLUESHIFT_PLOT_CONTOUR_H
#define BLUESHIFT_PLOT_CONTOUR_H

#include <stdbool.h>
#include <stdint.h>

#include "blueshift/status.h"

typedef struct plot_vertex {
    float x, y; /* in steps of the grid */
    bool edge;  /* the line to the next vertex runs along the edge of the data, not on a level */
} plot_vertex;

/* A closed line. Loops are nested or apart, never crossed: painted from the largest to the
 * smallest, each with the colour of its band, they fill the picture without seams. */
typedef struct plot_loop {
    int level;            /* -1: the edge of the data */
    int band;             /* just inside it: band b lies between levels b - 1 and b; -1: no data */
    int64_t first, count; /* vertices */
    double area;
} plot_loop;

typedef struct plot_contours {
    int64_t loop_count, loop_room;
    plot_loop *loops; /* in the order of painting */
    int64_t vertex_count, vertex_room;
    plot_vertex *vertices;
} plot_contours;

/* Traces VALUES [ny][nx], NaN where there is none, at the ascending LEVELS. Every cell with four
 * values is interpolated linearly in the four triangles around its middle; other cells hold no
 * data. BS_ERR_MEMORY. The caller releases CONTOURS, also after a failure. */
bs_status bs_contour_trace(const double *values, const int64_t size[2], int level_count,
                           const double *levels, plot_contours *contours);
void bs_contour_release(plot_contours *contours);

#endif
