/* A panel that maps a plane's values to colours: filled contours, or cells. */
#ifndef BLUESHIFT_PLOT_MAP_H
#define BLUESHIFT_PLOT_MAP_H

#include "contour.h"
#include "plot_field.h"
#include "track.h"

enum { BANDS_MAX = 32 };

/* Colours in steps: band b lies between edge[b] and edge[b + 1]. */
typedef struct plot_bands {
    plot_range range; /* from the first to the last edge */
    int count;
    double edge[BANDS_MAX + 1];
} plot_bands;

/* Round edges around RANGE; in equal ratios when it is logarithmic. */
plot_bands bs_map_bands(plot_range range);

enum { MARKS_MAX = 4 };

/* A point drawn over a map; STYLE is gnuplot's. */
typedef struct plot_mark {
    double x, y;
    const char *style;
} plot_mark;

/* A plane of a surface. */
typedef struct plot_map {
    int axis[2]; /* of the grid: horizontal, vertical */
    int64_t size[2];
    double from[2], step[2]; /* coordinates */
    double *value;           /* [size[1]][size[0]] */
    uint8_t *gap;
    int64_t gaps[GAP_KINDS];
    int marks; /* none after the cut */
    plot_mark mark[MARKS_MAX];
    plot_track track; /* drawn over it */
} plot_map;

/* Cuts axes H and V out of a surface, the third axis at index AT. The caller releases MAP. */
bs_status bs_map_cut(const bs_grid *grid, const plot_surface *surface, const int axes[2],
                     int64_t at, plot_map *map);
void bs_map_release(plot_map *map);

/* Axes' ranges and the drawing; place, labels and colour scale are the caller's. */
bs_status bs_map_draw(plot_figure *figure, const plot_map *map, const plot_bands *bands);

/* Adds the kinds of gaps that COUNTS holds to a legend. */
void bs_map_gap_keys(const int64_t counts[GAP_KINDS], plot_legend *legend);

#endif
