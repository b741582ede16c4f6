/* Statistics of norms at several points at once, on backends that take them so: none, those of the
 * base point, those that move with the weights, or those that are measured at every point. Private
 * to src/sweep.
 *
 * Measured ones are as block_statistics.h has them. What is not finite on a GPU may only have left
 * its range: the processor measures it again. */
#ifndef BLUESHIFT_SWEEP_POINT_STATISTICS_H
#define BLUESHIFT_SWEEP_POINT_STATISTICS_H

#include "network_evaluator.h"

/* Makes room for POINTS points of NETWORK. The caller releases, also after a failure. */
bs_status bs_point_statistics_init(bs_network_surface *s, const bs_network *network, int points);

/* Sets the statistics of WEIGHTS, which are those of POINTS and have everything else; measured over
 * the first IMAGES images, where they are measured. *OWN: those of every point [point][size], valid
 * until the next call but one; NULL: points have none of their own. */
bs_status bs_point_statistics_make(bs_network_surface *s, const bs_point *points, int64_t images,
                                   bs_point_weights *weights, float **own);

/* What the processor measures at POINT over the first IMAGES images: OUT [size]. */
bs_status bs_point_statistics_measure_again(bs_network_surface *s, const bs_point *point,
                                            int64_t images, float *out);

void bs_point_statistics_release(bs_network_surface *s);

#endif
