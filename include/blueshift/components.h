/* Principal components of a few long vectors that are spread over the ranks. */
#ifndef BLUESHIFT_COMPONENTS_H
#define BLUESHIFT_COMPONENTS_H

#include <stddef.h>

#include "blueshift/comm.h"
#include "blueshift/partition.h"

/* The part of a vector of SIZE elements that RANK of RANKS holds. Vectors are cut into pieces that
 * depend on SIZE alone, so that sums over them do not depend on the ranks. */
bs_range bs_component_slice(size_t size, int ranks, int rank);

/* COUNT vectors, of which this rank has its slice: ROWS [count][slice]. Borrowed. */
typedef struct bs_component_rows {
    int count;
    size_t size; /* of a whole vector */
    const float *rows;
} bs_component_rows;

/* What the vectors have in common, the same on all ranks. */
typedef struct bs_components {
    int count;        /* vectors */
    int kept;         /* components */
    double *squares;  /* [count] of the vectors */
    double *fraction; /* [count] of the variance that each component explains, descending */
    double *mix;      /* [kept][count]: component k is the sum over i of mix[k][i] vector i */
    double *place; /* [count][kept]: coordinates of the vectors, their products with components */
} bs_components;

/* The first KEPT principal components, of length one, of ROWS: eigenvectors of the matrix of
 * products between vectors, the vectors' mean removed. Their sign: the largest part in the mix is
 * positive. Coordinates are those of the vectors themselves, mean included. BS_ERR_INPUT when the
 * vectors span fewer directions, saying how many. The caller releases COMPONENTS, also after a
 * failure. The same bits on any number of ranks up to BS_SYMMETRIC_ALONE vectors. Collective over
 * COMM. Source: Li et al. 2018, section 7, and their code, which removes the mean. */
bs_status bs_components_find(const bs_comm *comm, const bs_component_rows *rows, int kept,
                             bs_components *components);

/* Component K, rounded to floats: OUT [size], whole on every rank. Collective over COMM. */
bs_status bs_components_vector(const bs_comm *comm, const bs_component_rows *rows,
                               const bs_components *components, int k, float *out);

void bs_components_release(bs_components *components);

#endif
