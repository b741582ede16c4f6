/* What every backend sees of the signals of a network's blocks, against the reference backend. */
#ifndef BLUESHIFT_TEST_OBSERVE_BATTERY_H
#define BLUESHIFT_TEST_OBSERVE_BATTERY_H

#include "observe_case.h"

/* Single precision: errors as a share of the largest loss or probe of the same signal. Measured:
 * 2e-6 at most. */
static const double TOLERANCE = 2e-5;

static inline double largest(const double *values, int count)
{
    double most = 0.0;
    for (int i = 0; i < count; i++) {
        most = isnan(values[i]) ? most : fmax(most, fabs(values[i]));
    }
    return most;
}

static inline void compare(const bs_architecture *k, const bs_backend *backend,
                           const seen *expected, const seen *got)
{
    int branches = BS_BRANCH_PATH + k->paths;
    for (int s = 0; s < expected->signals; s++) {
        for (int i = -1; i < PROBES; i++) {
            const double *a = i < 0 ? &expected->losses[s] : &expected->probes[(size_t)s * PROBES];
            const double *b = i < 0 ? &got->losses[s] : &got->probes[(size_t)s * PROBES];
            double scale = largest(a, i < 0 ? 1 : PROBES);
            double x = a[i < 0 ? 0 : i];
            double y = b[i < 0 ? 0 : i];
            if (!(isnan(x) ? isnan(y) : fabs(x - y) <= TOLERANCE * scale)) {
                fail_msg("%s: %s %s nu %g paths %d %s norm %s: block %d branch %d %s %d is %.9g, "
                         "not %.9g (of %.3g)",
                         backend->name, bs_version_name(k->version), bs_shortcut_name(k->shortcut),
                         k->skip_weight, k->paths, bs_activation_name(k->activation),
                         bs_norm_name(k->norm), s / branches, s % branches,
                         i < 0 ? "loss" : "probe", i, y, x, scale);
            }
        }
    }
}

/* Every backend but the reference, against it. */
static inline void check_backends(const bs_architecture *hyperparameters)
{
    const bs_backend *reference = reference_backend();
    nn_case c = make_case(hyperparameters, COUNT);
    seen expected = observe(&c, reference, &ALL);
    for (int i = 0; bs_backend_at(i) != NULL; i++) {
        if (bs_backend_at(i) == reference) {
            continue;
        }
        seen got = observe(&c, bs_backend_at(i), &ALL);
        compare(hyperparameters, bs_backend_at(i), &expected, &got);
        forget(&got);
    }
    forget(&expected);
    free_case(&c);
}

#endif
