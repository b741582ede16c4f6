/* Reads the ends of runs out of a training's log. */
#include "blueshift/training_outcomes.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "blueshift/statistics.h"

void bs_trained_name(const bs_dataset *log, int64_t network, char name[BS_TRAINED_NAME])
{
    const char *line = bs_dataset_attribute(log, "networks");
    for (; network > 0 && *line != '\0'; network--) {
        line += strcspn(line, "\n");
        line += *line == '\n';
    }
    snprintf(name, BS_TRAINED_NAME, "%.*s", (int)strcspn(line, "\n"), line);
}

bs_derived bs_trained_number(const bs_dataset *log, const char *quantity, int64_t network,
                             int64_t *count)
{
    const int64_t realisations = bs_dataset_length(log, "realisation");
    const int64_t epochs = bs_dataset_length(log, "epoch");
    *count = 0;
    if (!bs_dataset_is_over(log, quantity, "network realisation epoch")) {
        return (bs_derived){(double)NAN, (double)NAN};
    }
    const double *values = bs_dataset_values(log, quantity) + network * realisations * epochs;
    const bs_estimate e = bs_estimate_of(values + epochs - 1, realisations, epochs);
    *count = e.count;
    return (bs_derived){e.mean, e.error};
}

typedef struct log_file {
    const bs_dataset *log;
} log_file;

static bs_status read_named(void *file, const char *quantity, int64_t index, const char *name,
                            bs_derived *number)
{
    const bs_dataset *log = ((const log_file *)file)->log;
    *number = (bs_derived){(double)NAN, (double)NAN};
    for (int64_t n = 0; n < bs_dataset_length(log, "network") && index == 0; n++) {
        char own[BS_TRAINED_NAME];
        int64_t ignored = 0;
        bs_trained_name(log, n, own);
        if (strcmp(own, name) == 0) {
            *number = bs_trained_number(log, quantity, n, &ignored);
            return BS_OK;
        }
    }
    return BS_OK;
}

bs_status bs_training_judge_claims(const bs_dataset *log, bs_claim_taker *take, void *context)
{
    log_file file = {log};
    const bs_claim_source source = {read_named, &file};
    return bs_claims_judge(bs_dataset_attribute(log, BS_CLAIM_ATTRIBUTE), &source, take, context);
}
