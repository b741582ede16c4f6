/* Whether trained weights do what they were trained for, looked at before a sweep. */
#ifndef BLUESHIFT_SWEEP_BASE_CHECK_H
#define BLUESHIFT_SWEEP_BASE_CHECK_H

#include "blueshift/base_point.h"
#include "blueshift/images.h"

/* Warns when the weights of BASE classify about as many of the first IMAGES as chance does, which
 * is what a wrong normalisation or shortcut looks like. Does nothing without a weights file, for
 * frozen norms, and with too few images to tell. Not collective. */
bs_status bs_base_check(const bs_base_point *base, const bs_images *images);

#endif
