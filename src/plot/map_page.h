/* A page of maps in rows and columns, with one colour scale or one for each network. */
#ifndef BLUESHIFT_PLOT_MAP_PAGE_H
#define BLUESHIFT_PLOT_MAP_PAGE_H

#include "map.h"

/* Axes H (horizontal) and V of the grid, the third one fixed at index AT. */
typedef struct plot_tile {
    int n, realisation;
    int axes[2];
    int64_t at;
    char title[128];
} plot_tile;

/* Draws TILES [count] in rows of COLUMNS; all tiles of a row belong to one network where there are
 * slices. */
bs_status bs_map_page(const plot_data *data, const plot_field *field, const plot_tile *tiles,
                      int count, int columns, plot_figure *figure);

/* Reads the quantity that DATA's options choose and lets DRAW make a page of it. */
bs_status bs_map_field_page(const plot_data *data,
                            bs_status (*draw)(const plot_data *data, const plot_field *field,
                                              plot_figure *figure),
                            plot_figure *figure);

#endif
