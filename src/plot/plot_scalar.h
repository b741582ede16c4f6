/* One number for each chosen network, such as its roughness. */
#ifndef BLUESHIFT_PLOT_PLOT_SCALAR_H
#define BLUESHIFT_PLOT_PLOT_SCALAR_H

#include "plot_data.h"

typedef struct plot_scalar {
    bs_variable variable;
    double *value; /* [networks]; of scalars the mean over the chosen realisations */
    double *error; /* [networks] its standard error; NaN: none */
} plot_scalar;

/* Reads the scalar or array NAME, NAME[i] or NAME[i,j]. BS_ERR_USAGE names what the file has. The
 * caller releases SCALAR, also after a failure. */
bs_status bs_plot_scalar_read(const plot_data *data, const char *name, plot_scalar *scalar);
void bs_plot_scalar_release(plot_scalar *scalar);

#endif
