/* Several points of a network at once, on a backend that takes them so. Private to src/sweep. */
#ifndef BLUESHIFT_SWEEP_NETWORK_BATCH_H
#define BLUESHIFT_SWEEP_NETWORK_BATCH_H

#include "network_evaluator.h"

/* Points of NETWORK that the backend of S wants at once; 1 when it takes them one by one. */
int bs_network_batch_wanted(const bs_network_surface *s, const bs_network *network);

/* So many times these points are evaluated in a call, at most. */
int bs_network_batch_steps(const bs_network_surface *s);

/* Makes room in the model of NETWORK, which is made. Nothing with other backends. */
bs_status bs_network_batch_init(bs_network_surface *s, const bs_network *network);

/* Copies the vectors of the realisation that is ready, and compares some images of a network with
 * what the processor gives: BS_ERR_DEVICE when they differ. Nothing with other backends. */
bs_status bs_network_batch_prepare(bs_network_surface *s);

/* As evaluate_batch of sweep.h; also of one point, for which it gives the same bits. A block of
 * images whose loss is not finite may have left the range of float16: the processor evaluates it
 * again, and the row says so. */
bs_status bs_network_batch_evaluate(void *context, const bs_point *points, int point_count,
                                    int first, int count, double *partials);

void bs_network_batch_release(bs_network_surface *s);

#endif
