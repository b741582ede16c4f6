/* Places of a surface whose weights are known beforehand: the base point, and given weights. */
#ifndef BLUESHIFT_PLOT_KNOWN_PLACES_H
#define BLUESHIFT_PLOT_KNOWN_PLACES_H

#include "plot_data.h"

typedef struct plot_place {
    double at[BS_GRID_DIMS];
    bool given; /* weights of a file; otherwise initial ones */
} plot_place;

enum { KNOWN_PLACES_MAX = 3 };

typedef struct plot_places {
    int count;
    plot_place place[KNOWN_PLACES_MAX];
} plot_places;

/* Those of chosen network N that lie within the grid's axes; none where the file does not say. */
plot_places bs_known_places(const plot_data *data, int n);

/* gnuplot's point of a place. */
const char *bs_known_place_style(const plot_place *place);

/* Entries of the legend for the places of all chosen networks. */
void bs_known_places_keys(const plot_data *data, plot_legend *legend);

#endif
