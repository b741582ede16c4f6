/* Scores: the cross-entropy of an image, and merging what blocks of images contribute. */
#include "blueshift/score.h"

#include <math.h>

double bs_log_sum_exp(const double *logits, int classes)
{
    double largest = logits[0];
    for (int k = 1; k < classes; k++) {
        largest = logits[k] > largest ? logits[k] : largest;
    }
    double total = 0.0;
    for (int k = 0; k < classes; k++) {
        total += exp(logits[k] - largest);
    }
    return log(total) + largest;
}

double bs_cross_entropy(const double *logits, int classes, int label)
{
    return bs_log_sum_exp(logits, classes) - logits[label];
}

bool bs_is_correct(const double *logits, int classes, int label)
{
    for (int k = 0; k < classes; k++) {
        bool wins = k < label ? logits[label] > logits[k] : logits[label] >= logits[k];
        if (!wins) {
            return false;
        }
    }
    return true;
}

void bs_score_merge(bs_score *a, const bs_score *b)
{
    if (b->images == 0.0) {
        return;
    }
    if (a->images > 0.0) {
        double delta = b->loss_sum / b->images - a->loss_sum / a->images;
        a->loss_squares += delta * delta * a->images * b->images / (a->images + b->images);
    }
    a->images += b->images;
    a->loss_sum += b->loss_sum;
    a->loss_squares += b->loss_squares;
    a->correct += b->correct;
}
