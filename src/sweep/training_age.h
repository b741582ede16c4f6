/* Arrays that say how far the training behind each network's weights was. Private to src/sweep. */
#ifndef BLUESHIFT_SWEEP_TRAINING_AGE_H
#define BLUESHIFT_SWEEP_TRAINING_AGE_H

#include "blueshift/base_point.h"
#include "blueshift/surface.h"

/* Adds them where the weights of several of BASES [COUNT] tell. */
bs_status bs_training_age_list_arrays(int count, const bs_base_point *bases, bs_array_list *list);

/* Writes the numbers of network INDEX, NaN where its weights tell nothing, to those of the arrays
 * that the file has. Not collective. */
bs_status bs_training_age_write(bs_surface *surface, int index, const bs_base_point *base);

#endif
