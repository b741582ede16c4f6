/* One run: a network in one realisation, from its start or last checkpoint to its end. Private to
 * training. */
#ifndef BLUESHIFT_TRAIN_RUN_H
#define BLUESHIFT_TRAIN_RUN_H

#include "blueshift/backend.h"
#include "blueshift/base_point.h"
#include "blueshift/trainer.h"
#include "checkpoint_folder.h"
#include "run_log.h"

/* What a run is given. Borrowed until its destroy. */
typedef struct bs_run_request {
    const bs_comm *world;
    const bs_experiment *experiment;
    const bs_trainer_options *options;
    const bs_backend *backend;
    const bs_images *images;
    const bs_images *tests;    /* NULL: none */
    const bs_base_point *base; /* with its own hyperparameters */
    const bs_network *network; /* the same as it is trained */
    const bs_network *tested;  /* and as it is tested, with running statistics */
    const char *identity;
    int index;
    uint32_t realisation;
} bs_run_request;

typedef struct bs_run bs_run;

/* Takes the last checkpoint, or else the start. Collective, as everything here. */
bs_status bs_run_create(const bs_run_request *request, bs_run **run);
void bs_run_destroy(bs_run *run); /* NULL is fine; not collective */

/* Trains up to the end of an epoch, or the whole: *DONE. Checkpoints as the experiment says.
 * BS_STOPPED after one more checkpoint; BS_ERR_DIVERGED. */
bs_status bs_run_epoch(bs_run *run, bool *done);

/* What there is so far. Borrowed. The weights are the same on every rank. */
const bs_run_log *bs_run_get_log(const bs_run *run);
const float *bs_run_theta(const bs_run *run);
const float *bs_run_statistics(const bs_run *run);

/* Steps that were done before this session. */
int64_t bs_run_resumed(const bs_run *run);

#endif
