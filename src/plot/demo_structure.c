/* What the file of a demo must hold before its picture or its figures are made: other programs cut
 * files, turn them and leave arrays out. */
#include <inttypes.h>
#include <string.h>

#include "blueshift/plot_demo.h"

/* An array and its dimensions. */
typedef struct wanted_array {
    const char *demo, *name, *dims;
} wanted_array;

static const wanted_array arrays[] = {
    {"fbm", "example", "signal time"},
    {"fbm", "power", "generator signal wavenumber"},
    {"fbm", "power_error", "generator signal wavenumber"},
    {"fbm", "power_theory", "signal wavenumber"},
    {"fbm", "slope", "generator signal"},
    {"fbm", "slope_error", "generator signal"},
    {"fbm", "slope_theory", "signal"},
    {"fbm", "high_fraction", "generator signal"},
    {"fbm", "high_fraction_error", "generator signal"},
    {"fbm", "high_fraction_theory", "signal"},
    {"fbm", "excess", "generator signal"},
    {"fbm", "excess_error", "generator signal"},
    {"fbm", "covariance_deviation", "generator"},
    {"averaging", "noise_correlation", "noise_correlation"},
    {"averaging", "picture", "panel y x"},
    {"averaging", "variance", "noise_correlation copies"},
    {"averaging", "variance_error", "noise_correlation copies"},
    {"averaging", "variance_theory", "noise_correlation copies"},
    {"averaging", "gain", "noise_correlation copies"},
    {"averaging", "gain_error", "noise_correlation copies"},
    {"averaging", "gain_theory", "noise_correlation copies"},
    {"plane", "averages", "case shown part"},
    {"plane", "factors", "case factor"},
    {"plane", "factors_theory", "case factor"},
    {"plane", "path_factors", "paths factor"},
    {"plane", "path_factors_theory", "paths factor"},
};

/* A dimension that is as long in every file. */
typedef struct wanted_length {
    const char *demo, *dimension;
    int64_t length;
} wanted_length;

static const wanted_length lengths[] = {
    {"fbm", "signal", 3}, {"averaging", "panel", 4}, {"plane", "case", 4},
    {"plane", "part", 2}, {"plane", "factor", 3},
};

bs_status bs_plot_demo_check(const bs_dataset *dataset)
{
    const char *demo = bs_dataset_attribute(dataset, "demo");
    for (size_t i = 0; i < sizeof arrays / sizeof arrays[0]; i++) {
        const wanted_array *a = &arrays[i];
        if (strcmp(a->demo, demo) == 0 && !bs_dataset_is_over(dataset, a->name, a->dims)) {
            return BS_FAIL(BS_ERR_INPUT,
                           "it has no array %s over (%s), as the file of a demo %s has; run the "
                           "demo again",
                           a->name, a->dims, demo);
        }
    }
    for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++) {
        const wanted_length *l = &lengths[i];
        if (strcmp(l->demo, demo) == 0 && bs_dataset_length(dataset, l->dimension) != l->length) {
            return BS_FAIL(BS_ERR_INPUT,
                           "its dimension %s is not %" PRId64
                           " long: it is a part of the file of a demo; run the demo again",
                           l->dimension, l->length);
        }
    }
    return BS_OK;
}
