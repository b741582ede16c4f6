/* A sweep from an experiment to its file. Private to src/cli. */
#ifndef BLUESHIFT_CLI_SWEEP_RUN_H
#define BLUESHIFT_CLI_SWEEP_RUN_H

#include "blueshift/comm.h"
#include "blueshift/experiment.h"

/* What to run. Borrowed. */
typedef struct sweep_request {
    const bs_experiment *experiment;
    const char *identity; /* of an earlier sweep, which this must be again; NULL: any */
    bool dry_run;
    bool silent;  /* no report of what the file holds */
    double start; /* MPI_Wtime at the beginning of the program */
} sweep_request;

/* Evaluates the experiment into its output, or resumes it; or says what that would take.
 * BS_STOPPED: resumable. BS_ERR_INPUT names the first thing that is no longer as the identity says,
 * before anything is written. Collective over WORLD, with the same status on every rank. */
bs_status bs_sweep_experiment(const bs_comm *world, const sweep_request *request);

#endif
