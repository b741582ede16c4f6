/* A panel of curves: a quantity along a path, for all chosen networks. */
#ifndef BLUESHIFT_PLOT_CURVES_H
#define BLUESHIFT_PLOT_CURVES_H

#include "plot_field.h"

typedef struct plot_curves {
    const plot_field *field;
    const plot_field *test; /* the same of test images: means, dashed; NULL: none */
    plot_box box;
    int only;  /* this network alone; -1: all */
    bool foot; /* label below the horizontal axis */
    int id;    /* of the panel: names its data */
} plot_curves;

void bs_curves_draw(const plot_data *data, const plot_curves *panel, plot_figure *figure);

/* Entries of the chosen networks, by line type. */
void bs_curves_network_keys(const plot_data *data, plot_legend *legend);

/* Entry of the curves of the file's test images. */
void bs_curves_test_key(const plot_data *data, plot_legend *legend);

/* What the curves of FIELD show beside their networks: bands, realisations, gaps. */
void bs_curves_keys(const plot_data *data, const plot_field *field, plot_legend *legend);

#endif
