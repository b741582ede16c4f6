/* Means with their standard errors, and the constants of mathematics. */
#ifndef BLUESHIFT_STATISTICS_H
#define BLUESHIFT_STATISTICS_H

#include <stdbool.h>
#include <stdint.h>

static const double BS_PI = 3.14159265358979323846;

/* A mean and the standard error of the mean: sqrt(sum (x - mean)^2 / (n - 1) / n). */
typedef struct bs_estimate {
    double mean;
    double error; /* NaN of fewer than two numbers */
    int64_t count;
} bs_estimate;

/* Mean and standard error of those of the COUNT numbers VALUES[0], VALUES[stride], ... that are not
 * NaN; the mean of none is NaN. */
bs_estimate bs_estimate_of(const double *values, int64_t count, int64_t stride);

/* The same from a sum and a sum of squares of COUNT numbers; a variance below 0 by rounding is 0.
 */
bs_estimate bs_estimate_from_sums(double sum, double squares, int64_t count);

/* Whether the COUNT numbers VALUES are all the same. What is constant is its own mean: that of a
 * sum may differ in the last bit, and what is left after it is subtracted looks like a signal. */
bool bs_all_equal(const double *values, int64_t count);

#endif
