/* The log of all runs as a NetCDF file. Private to training. */
#ifndef BLUESHIFT_TRAIN_TRAINING_LOG_H
#define BLUESHIFT_TRAIN_TRAINING_LOG_H

#include "blueshift/backend.h"
#include "blueshift/experiment.h"
#include "run_log.h"

enum { BS_LOG_EPOCH_ARRAYS = 6, BS_LOG_STEP_ARRAYS = 4 };

/* Arrays [network][realisation][epoch] and [network][realisation][step]; NaN: not there yet. */
typedef struct bs_training_log {
    const bs_experiment *experiment; /* borrowed, as the next two */
    const bs_backend *backend;
    const char *identity; /* of the experiment's training */
    int ranks;
    int64_t images;
    int64_t runs, epochs, steps;
    char *claim; /* of the log that the training was begun with; "" without */
    double *epoch_values[BS_LOG_EPOCH_ARRAYS];
    double *step_values[BS_LOG_STEP_ARRAYS];
} bs_training_log;

/* Allocates the arrays and the claim; everything but them is set. Release it. */
bs_status bs_training_log_init(bs_training_log *log);
void bs_training_log_release(bs_training_log *log);

/* Takes what RUN has so far as number INDEX, network * realisations + realisation. */
void bs_training_log_take(bs_training_log *log, int64_t index, const bs_run_log *run);

/* Bytes of the log of EXPERIMENT's runs, of so many EPOCHS and STEPS, without its header. Pure. */
double bs_training_log_bytes(const bs_experiment *experiment, int64_t epochs, int64_t steps);

/* Goes on with the log at PATH, if there is one: its claims stay, and the runs in it. BS_ERR_INPUT
 * when something else stands there, BS_ERR_USAGE with what differs from this training. */
bs_status bs_training_log_resume(bs_training_log *log, const char *path);

/* Writes the file, whole, over an older one. */
bs_status bs_training_log_write(const bs_training_log *log, const char *path);

#endif
