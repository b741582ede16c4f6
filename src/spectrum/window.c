/* Windows before a discrete Fourier transform. */
#include "blueshift/window.h"

#include <math.h>

#include "blueshift/statistics.h"

double bs_window_weight(bs_window window, int64_t i, int64_t n)
{
    /* A single sample has no ends to fade out; Hann's formula would erase it. */
    if (window == BS_WINDOW_NONE || n == 1) {
        return 1.0;
    }
    /* The near end's sine, so that the two halves mirror each other exactly. */
    int64_t distance = i < n - i ? i : n - i;
    double root = sin(BS_PI * (double)distance / (double)n);
    return root * root;
}

void bs_window_fill(bs_window window, int64_t n, double *weights)
{
    for (int64_t i = 0; i < n; i++) {
        weights[i] = bs_window_weight(window, i, n);
    }
}

double bs_window_mean(const double *weights, const double *samples, int64_t n)
{
    double sum = 0.0;
    double total = 0.0;
    for (int64_t i = 0; i < n; i++) {
        sum += weights[i] * samples[i];
        total += weights[i];
    }
    return bs_all_equal(samples, n) ? samples[0] : sum / total;
}

const char *bs_window_name(bs_window window)
{
    return window == BS_WINDOW_HANN ? "hann" : "none";
}
