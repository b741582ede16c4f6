/* One number for each chosen network, such as its roughness. */
#ifndef BLUESHIFT_PLOT_PLOT_SCALAR_H
#define BLUESHIFT_PLOT_PLOT_SCALAR_H

#include "plot_data.h"

typedef struct plot_scalar {
    bs_variable variable;
    double *value; /* [networks]; of scalars the mean over the chosen realisations */
    double *error; /* [networks] its standard error; NaN: none */
    double *each;  /* [networks][realisations]; NaN where only the networks have numbers */
    bool several;  /* any of them, and more than one a network */
} plot_scalar;

/* Whether the file has any such number; and whether NAME is one. */
bool bs_plot_scalars_exist(bs_surface *file);
bool bs_plot_is_scalar(bs_surface *file, const char *name);

/* Reads the scalar or array NAME, NAME[i] or NAME[i,j]. BS_ERR_USAGE names what the file has. The
 * caller releases SCALAR, also after a failure. */
bs_status bs_plot_scalar_read(const plot_data *data, const char *name, plot_scalar *scalar);
void bs_plot_scalar_release(plot_scalar *scalar);

#endif
