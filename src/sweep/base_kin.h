/* What weights of one network have in common. Private to src/sweep. */
#ifndef BLUESHIFT_SWEEP_BASE_KIN_H
#define BLUESHIFT_SWEEP_BASE_KIN_H

#include "blueshift/base_point.h"
#include "blueshift/weights.h"

/* The constants that EXPERIMENT names, or the metadata of WEIGHTS (NULL: none). Not collective. */
bs_status bs_base_normalisation(const bs_experiment *experiment, const bs_weights *weights,
                                bs_normalisation *out);

/* Whether OTHER holds the same function of pixels as the first weights of BASE, but for its
 * numbers: a path between two architectures or two normalisations would be neither's. BS_ERR_USAGE
 * says what differs. Not collective. */
bs_status bs_base_check_kin(const bs_experiment *experiment, const bs_base_point *base,
                            const bs_weights *other);

#endif
