/* Means with their standard errors. */
#include "blueshift/statistics.h"

#include <math.h>

bs_estimate bs_estimate_of(const double *values, int64_t count, int64_t stride)
{
    bs_estimate e = {.mean = (double)NAN, .error = (double)NAN};
    double sum = 0.0;
    for (int64_t i = 0; i < count; i++) {
        if (!isnan(values[i * stride])) {
            sum += values[i * stride];
            e.count++;
        }
    }
    if (e.count == 0) {
        return e;
    }
    e.mean = sum / (double)e.count;
    double squares = 0.0;
    for (int64_t i = 0; i < count; i++) {
        if (!isnan(values[i * stride])) {
            double deviation = values[i * stride] - e.mean;
            squares += deviation * deviation;
        }
    }
    if (e.count > 1) {
        e.error = sqrt(squares / (double)(e.count - 1) / (double)e.count);
    }
    return e;
}

bs_estimate bs_estimate_from_sums(double sum, double squares, int64_t count)
{
    bs_estimate e = {.mean = (double)NAN, .error = (double)NAN, .count = count};
    double n = (double)count;
    if (count > 0) {
        e.mean = sum / n;
    }
    if (count > 1) {
        e.error = sqrt(fmax(0.0, squares / n - e.mean * e.mean) / (n - 1.0));
    }
    return e;
}

bool bs_all_equal(const double *values, int64_t count)
{
    bool equal = true;
    for (int64_t i = 1; i < count && equal; i++) {
        equal = values[i] == values[0];
    }
    return equal;
}
