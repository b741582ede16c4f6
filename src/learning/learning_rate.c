/* Learning rates by their closed forms, so that no step depends on the one before. */
#include "blueshift/learning_rate.h"

#include <math.h>

#include "blueshift/statistics.h"

/* Of PyTorch's OneCycleLR: how much lower the first rate is, and the last against the first. */
static const double DIVISOR = 25.0;
static const double LAST_DIVISOR = 1e4;

/* From A to B along half a period of the cosine. */
static double anneal(double a, double b, double share)
{
    return b + 0.5 * (a - b) * (1.0 + cos(BS_PI * share));
}

static double one_cycle(const bs_training *t, double step, double steps)
{
    double first = t->learning_rate / DIVISOR;
    double last = first / LAST_DIVISOR;
    double peak = t->warm_up * steps - 1.0;
    double end = steps - 1.0;
    if (step <= peak && peak > 0.0) {
        return anneal(first, t->learning_rate, step / peak);
    }
    return end > peak ? anneal(t->learning_rate, last, (step - peak) / (end - peak))
                      : t->learning_rate;
}

static double after_milestones(const bs_training *t, int64_t step, int64_t steps)
{
    double rate = t->learning_rate;
    for (unsigned i = 0; i < t->milestone_count; i++) {
        rate *= (double)step >= round(t->milestones[i] * (double)steps) ? t->factor : 1.0;
    }
    return rate;
}

double bs_learning_rate(const bs_training *t, int64_t step, int64_t steps)
{
    double warm_up = round(t->warm_up * (double)steps);
    if (t->schedule == BS_RATE_ONE_CYCLE) {
        return one_cycle(t, (double)step, (double)steps);
    }
    if ((double)step < warm_up) {
        return t->learning_rate * (double)(step + 1) / warm_up;
    }
    switch (t->schedule) {
    case BS_RATE_STEP:
        return after_milestones(t, step, steps);
    case BS_RATE_COSINE:
        return anneal(t->learning_rate, 0.0, ((double)step - warm_up) / ((double)steps - warm_up));
    case BS_RATE_CONSTANT:
    case BS_RATE_ONE_CYCLE:
        break;
    }
    return t->learning_rate;
}
