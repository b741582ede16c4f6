/* Scores: the cross-entropy of an image, and merging what blocks of images contribute. */
#ifndef BLUESHIFT_SCORE_H
#define BLUESHIFT_SCORE_H

#include <stdbool.h>

/* What one block of images contributes. Blocks are merged in their order by bs_score_merge. */
typedef struct bs_score {
    double images;
    double loss_sum;     /* of the per-image cross-entropy (natural logarithm), in image order */
    double loss_squares; /* sum of squared deviations from the block's mean */
    double correct;      /* images whose first largest logit is the label's; NaN never is */
} bs_score;

/* Cross-entropy (natural logarithm, log-sum-exp shifted by the largest logit) of one image, from
 * LOGITS [classes]. Logits that are not finite give a loss that is not. */
double bs_cross_entropy(const double *logits, int classes, int label);

/* log sum_k exp(LOGITS[k]), shifted by the largest: the cross-entropy plus the label's logit. */
double bs_log_sum_exp(const double *logits, int classes);

/* Whether the label's logit is the first of the largest; without comparable logits (NaN) none is.
 */
bool bs_is_correct(const double *logits, int classes, int label);

/* Adds block B after A. Not commutative in floating point: blocks are merged in their order, so
 * that a sum does not depend on who computed them. Source: Chan, Golub, LeVeque 1979. */
void bs_score_merge(bs_score *a, const bs_score *b);

#endif
