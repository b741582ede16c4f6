/* The base point and directions of one realisation of one network. */
#ifndef BLUESHIFT_SWEEP_REALISATION_H
#define BLUESHIFT_SWEEP_REALISATION_H

#include "blueshift/base_point.h"
#include "blueshift/path.h"
#include "blueshift/surface.h"

/* Memory is taken once per network; realisations reuse it. */
typedef struct bs_realisation {
    const bs_experiment *experiment;
    const bs_base_point *base;
    float *theta;                    /* the base point */
    float *directions[BS_GRID_DIMS]; /* unused ones NULL */
    bs_path path;                    /* borrows theta and directions */
    float *statistics;               /* of norm layers, at the base point */
    bool statistics_move;            /* whether other points have others, on the next path */
    float *statistics_directions[BS_GRID_DIMS]; /* where they move; else NULL */
    bs_path statistics_path;
} bs_realisation;

/* Borrows EXPERIMENT and BASE until the release. */
bs_status bs_realisation_init(bs_realisation *realisation, const bs_experiment *experiment,
                              const bs_base_point *base);

/* Makes base point and directions of realisation INDEX: from files, as the difference of two
 * weights, or from the generator. The same bits on every rank. */
bs_status bs_realisation_make(bs_realisation *realisation, uint32_t index);

/* Whether statistics of the norms of NETWORK are measured at every point. */
bool bs_realisation_recomputes(const bs_experiment *experiment, const bs_network *network);

/* Whether they are measured at all: at every point, or (frozen norms) at the base point. */
bool bs_realisation_measures(const bs_experiment *experiment, const bs_network *network);

/* Cosines between the directions: (x, y), (x, z), (y, z), as many as bs_realisation_cosine_count.
 */
void bs_realisation_cosines(const bs_realisation *realisation, double *cosines);

/* 0, 1 or 3 by the number of directions. */
int bs_realisation_cosine_count(const bs_experiment *experiment);

/* Their descriptions for the file. Static. */
const bs_variable *bs_realisation_cosine_variables(void);

void bs_realisation_release(bs_realisation *realisation);

#endif
