/* Models of a network surface, with all that is wanted of a point, and the weights of a point.
 * Private to src/sweep. */
#ifndef BLUESHIFT_SWEEP_EVALUATED_MODEL_H
#define BLUESHIFT_SWEEP_EVALUATED_MODEL_H

#include "network_evaluator.h"

/* Makes a model of BASE's network for BACKEND, with the tails of the branch surfaces, and observed
 * as far as it is wanted. *MODEL is NULL after a failure. */
bs_status bs_evaluated_model_create(const bs_network_surface *s, const bs_base_point *base,
                                    const bs_backend *backend, bs_model **model);

/* The model that evaluates what the backend cannot, made when it is first needed. */
bs_status bs_evaluated_model_fallback(bs_network_surface *s, bs_model **model);

/* Makes the weights at COORDINATES, on the processor: s->theta, and the second set's in MODEL.
 * Returns the statistics there, valid until the next call. */
const float *bs_evaluated_model_place(bs_network_surface *s, bs_model *model,
                                      const double coordinates[BS_GRID_DIMS]);

#endif
