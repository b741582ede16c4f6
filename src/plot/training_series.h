/* Networks of several trainings at several ages, as series. Private to this layer. */
#ifndef BLUESHIFT_PLOT_TRAINING_SERIES_H
#define BLUESHIFT_PLOT_TRAINING_SERIES_H

#include "plot_scalar.h"

/* The chosen networks, by what stands before the mark in their names: "Short" of "Short @391". */
typedef struct plot_series {
    plot_scalar age; /* [networks] epochs, else steps, of training */
    int count;
    int *of;    /* [networks] the series of each network */
    int *first; /* [count] its first network */
} plot_series;

/* Whether FILE says how long its networks were trained; and whether some are of a series. */
bool bs_plot_ages_exist(bs_surface *file);
bool bs_plot_series_exist(bs_surface *file);

/* Reads them of a file that has ages. The caller releases SERIES, also after a failure. */
bs_status bs_plot_series_read(const plot_data *data, plot_series *series);
void bs_plot_series_release(plot_series *series);

/* The name of series NUMBER, cut off at LENGTH bytes. */
void bs_plot_series_name(const plot_data *data, const plot_series *series, int number, char *name,
                         size_t length);

#endif
