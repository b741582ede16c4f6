/* What `blueshift theory` was asked for, and the table that answers it. */
#ifndef BLUESHIFT_CLI_THEORY_H
#define BLUESHIFT_CLI_THEORY_H

#include "blueshift/theory.h"
#include "table.h"

typedef enum theory_topic {
    TOPIC_HARMONICS,
    TOPIC_GREAT_CIRCLE,
    TOPIC_AVERAGED,
    TOPIC_RESIDUAL,
    TOPIC_MULTIPATH,
    TOPIC_MOMENTS,
    TOPIC_FBM,
    TOPIC_AVERAGING,
    TOPICS
} theory_topic;

typedef struct theory_request {
    theory_topic topic;
    int64_t layers, blocks, block_layers, paths;
    bs_activation activation;
    double slope, amplitude, bias;
    int64_t samples; /* 0: the series only */
    int64_t bins;
    double hurst;
    int64_t copies;
    double correlation, variance;
} theory_request;

/* Name of topic INDEX, and what it is about; NULL after the last. */
const char *bs_theory_topic_at(int index, const char **about);

/* From the word after `theory` and settings "key=value". BS_ERR_USAGE names the word, the flag and
 * what is allowed. */
bs_status bs_theory_request_read(const char *topic, int count, char *const *settings,
                                 theory_request *request);

/* Fills TABLE and prints the lines above it to OUT. Release TABLE also after a failure. */
bs_status bs_theory_tabulate(const theory_request *request, FILE *out, table *t);

#endif
