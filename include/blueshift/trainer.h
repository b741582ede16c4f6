/* Training of an experiment's networks: the same weights on any number of ranks. */
#ifndef BLUESHIFT_TRAINER_H
#define BLUESHIFT_TRAINER_H

#include <stdbool.h>

#include "blueshift/comm.h"
#include "blueshift/experiment.h"

/* A run is one network in one realisation: initial weights, order and augmentation of the images.
 */
typedef struct bs_trainer_options {
    int network;         /* train this one alone; -1: all */
    int64_t realisation; /* this one alone; -1: all */
    bool force;          /* results of other trainings may be replaced */
    double start;        /* MPI_Wtime() at the start of the program */
} bs_trainer_options;

/* The last numbers of a run; NaN: there is none. */
typedef struct bs_run_summary {
    int network;
    uint32_t realisation;
    int64_t steps, step_count; /* done, and to do */
    int64_t resumed;           /* steps done before this session */
    double loss, accuracy;     /* of the last epoch, in training; accuracy in percent */
    double test_loss, test_accuracy;
    double images_per_second; /* of this session, tests and checkpoints left out; 0: none */
    char *weights;            /* the file with the trained weights; "": not finished */
} bs_run_summary;

typedef struct bs_trainer_report {
    int run_count;
    bs_run_summary *runs;
} bs_trainer_report;

/* Trains the networks of EXPERIMENT, one run after the other, from initial weights or from their
 * weights files, or from where an earlier call was stopped or killed: a run's state lies in
 * checkpoints (train.checkpoints). Leaves the log of all runs, those of other jobs with the same
 * checkpoints too (experiment->output, NetCDF), and the weights of each finished one
 * (output.weights; of several, with the run's name in it).
 *
 * Weights, losses and accuracies have the same bits on any number of ranks and after any stop.
 * BS_STOPPED when a signal or parallel.time_limit ended it: resumable. BS_ERR_DIVERGED when a loss
 * or gradient is not finite any more. BS_ERR_USAGE or BS_ERR_INPUT for what cannot be trained, and
 * for files of other trainings in the way. *REPORT belongs to the caller also after BS_STOPPED.
 * Collective over WORLD. */
bs_status bs_trainer_run(const bs_comm *world, const bs_experiment *experiment,
                         const bs_trainer_options *options, bs_trainer_report *report);
void bs_trainer_report_release(bs_trainer_report *report);

#endif
