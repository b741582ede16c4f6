/* What came out of a training: numbers of its log at the end, with their errors, and its claims. */
#ifndef BLUESHIFT_TRAINING_OUTCOMES_H
#define BLUESHIFT_TRAINING_OUTCOMES_H

#include "blueshift/claim.h"
#include "blueshift/dataset.h"

/* The name of NETWORK, from 0, in the LOG of a training, cut to fit; "" where there is none. */
enum { BS_TRAINED_NAME = BS_CLAIM_TEXT };
void bs_trained_name(const bs_dataset *log, int64_t network, char name[BS_TRAINED_NAME]);

/* QUANTITY, an array of the log over epochs such as test_accuracy, of NETWORK after the last epoch:
 * over the realisations that are trained to their end, so many of which are COUNT. NaN and 0 where
 * the log has no such array, or no such realisation. */
bs_derived bs_trained_number(const bs_dataset *log, const char *quantity, int64_t network,
                             int64_t *count);

/* What the log says of the claims it was begun with, as bs_claims_judge. */
bs_status bs_training_judge_claims(const bs_dataset *log, bs_claim_taker *take, void *context);

#endif
