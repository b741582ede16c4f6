/* What the reference backend shows an observer, each signal from its own definition. */
#ifndef BLUESHIFT_NN_REFERENCE_OBSERVE_H
#define BLUESHIFT_NN_REFERENCE_OBSERVE_H

#include "blueshift/observer.h"

/* Shows OBSERVER all signals that are VALUES [count][C][H][W] of LAYER, which has just run. */
void bs_reference_observe(bs_observer *observer, int layer, const double *values);

#endif
