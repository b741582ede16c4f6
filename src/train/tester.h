/* Scores of trained weights on images that they were not trained with. Private to training. */
#ifndef BLUESHIFT_TRAIN_TESTER_H
#define BLUESHIFT_TRAIN_TESTER_H

#include "blueshift/comm.h"
#include "blueshift/model.h"
#include "run_log.h"

typedef struct bs_tester bs_tester;

/* What is tested, on IMAGES in blocks of BLOCK. NETWORK has norms with given statistics, or none.
 */
typedef struct bs_tester_options {
    const bs_network *network;
    const bs_backend *backend;
    const bs_images *images;
    const bs_normalisation *normalisation;
    int block;
} bs_tester_options;

/* The ranks of COMM share the blocks. Borrows all until the destroy. Not collective. */
bs_status bs_tester_create(const bs_comm *comm, const bs_tester_options *options,
                           bs_tester **tester);
void bs_tester_destroy(bs_tester *tester); /* NULL is fine */

/* Mean loss and percent of correct images at THETA with running STATISTICS, the same bits on any
 * number of ranks as one sweep's point has. Collective. */
bs_status bs_tester_score(bs_tester *tester, const float *theta, const float *statistics,
                          bs_test_record *record);

#endif
