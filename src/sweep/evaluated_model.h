/* What a model of a network surface needs beside the network: tails, and the weights of a point.
 * Private to src/sweep. */
#ifndef BLUESHIFT_SWEEP_EVALUATED_MODEL_H
#define BLUESHIFT_SWEEP_EVALUATED_MODEL_H

#include "network_evaluator.h"

/* Adds the tails of the branch surfaces to MODEL, one of NETWORK. */
bs_status bs_evaluated_model_extend(const bs_network_surface *s, const bs_network *network,
                                    bs_model *model);

/* Makes the weights at COORDINATES, on the processor: s->theta, and the second set's in MODEL.
 * Returns the statistics there, valid until the next call. */
const float *bs_evaluated_model_place(bs_network_surface *s, bs_model *model,
                                      const double coordinates[BS_GRID_DIMS]);

#endif
