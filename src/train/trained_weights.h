/* Trained weights as safetensors files that sweeps and PyTorch read. Private to training. */
#ifndef BLUESHIFT_TRAIN_TRAINED_WEIGHTS_H
#define BLUESHIFT_TRAIN_TRAINED_WEIGHTS_H

#include "blueshift/experiment.h"

/* The weights and where they come from. Borrowed. */
typedef struct bs_trained_weights {
    const bs_experiment *experiment;
    const bs_network *network; /* with running statistics, or without norms */
    const bs_normalisation *normalisation;
    const char *name;     /* of the network */
    const char *identity; /* of the run */
    uint32_t realisation;
    int64_t steps;
    int64_t images; /* of an epoch */
    const float *theta, *statistics;
} bs_trained_weights;

/* Writes parameters, running statistics and metadata: hyperparameters and normalisation by the
 * names that sweeps look for, and the run. BS_ERR_INPUT when PATH exists and must not be replaced
 * (REPLACE), BS_ERR_IO. Not collective. */
bs_status bs_trained_weights_write(const char *path, bool replace,
                                   const bs_trained_weights *weights);

/* Whether there is a file at PATH that another run than that of IDENTITY wrote, or nobody of us:
 * BS_ERR_INPUT, unless REPLACE. Not collective. */
bs_status bs_trained_weights_check(const char *path, bool replace, const char *identity);

#endif
