/* The loss that training minimises, and its derivatives by the logits. */
#include "blueshift/loss.h"

#include <math.h>
#include <stddef.h>

#include "blueshift/score.h"

void bs_loss_evaluate(const bs_loss *loss, const double *logits, const uint8_t *labels, int count,
                      double *gradient, bs_loss_totals *totals)
{
    double other = loss->smoothing / loss->classes;
    for (int n = 0; n < count; n++) {
        const double *own = logits + (size_t)n * (size_t)loss->classes;
        double *derivatives = gradient + (size_t)n * (size_t)loss->classes;
        double normaliser = bs_log_sum_exp(own, loss->classes);
        double value = (1.0 - loss->smoothing) * (normaliser - own[labels[n]]);
        for (int k = 0; k < loss->classes; k++) {
            double target = k == labels[n] ? 1.0 - loss->smoothing + other : other;
            derivatives[k] = loss->scale * (exp(own[k] - normaliser) - target);
            value += other > 0.0 ? other * (normaliser - own[k]) : 0.0;
        }
        totals->loss += value;
        totals->correct += bs_is_correct(own, loss->classes, labels[n]) ? 1.0 : 0.0;
    }
}
