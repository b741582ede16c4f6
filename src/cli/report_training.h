/* What came out of a training, over all its realisations. */
#ifndef BLUESHIFT_CLI_REPORT_TRAINING_H
#define BLUESHIFT_CLI_REPORT_TRAINING_H

#include <stdio.h>

#include "blueshift/dataset.h"

/* Prints of the LOG of a training accuracies and losses at the end, means over the realisations
 * that are there with their standard errors, where it has several, and what became of its claims.
 */
bs_status bs_report_training(FILE *out, const bs_dataset *log);

#endif
