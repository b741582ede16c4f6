/* The loss that training minimises, and its derivatives by the logits. */
#ifndef BLUESHIFT_LOSS_H
#define BLUESHIFT_LOSS_H

#include <stdint.h>

/* Which loss: the cross-entropy (natural logarithm) against the label's probability 1 - SMOOTHING
 * and SMOOTHING / CLASSES for every class. Its derivatives come times SCALE: 1 / count for those of
 * the mean. Source: Szegedy et al. 2016. */
typedef struct bs_loss {
    int classes;
    double smoothing; /* 0 to 1 */
    double scale;
} bs_loss;

/* What images contribute: the sum of their losses, and how many bs_is_correct counts. */
typedef struct bs_loss_totals {
    double loss, correct;
} bs_loss_totals;

/* Adds COUNT images in their order to *TOTALS. GRADIENT [count][classes] are the derivatives by
 * LOGITS [count][classes]. Logits that are not finite give numbers that are not. Not collective. */
void bs_loss_evaluate(const bs_loss *loss, const double *logits, const uint8_t *labels, int count,
                      double *gradient, bs_loss_totals *totals);

#endif
