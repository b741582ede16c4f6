/* The numbers of a surface from its sums. */
#include <math.h>
#include <string.h>

#include "blueshift/memory.h"
#include "path_lags.h"
#include "spectra_sums.h"

/* POWER of the bins at unit total power. */
static void normalise(const bs_spectra *s, const double *power, double *unit)
{
    double total = 0.0;
    for (int64_t b = 1; b < s->bins; b++) {
        total += s->modes[b] > 0.0 ? s->modes[b] * power[b] : 0.0;
    }
    for (int64_t b = 0; b < s->bins; b++) {
        unit[b] = total > 0.0 ? power[b] / total : (double)NAN;
    }
}

/* Of the logarithm. MAGNITUDE is scratch. */
static void finish_logarithm(const bs_spectra *s, const double *sums, double *magnitude,
                             double *result)
{
    bs_spectrum_scalars scalars;
    double *power = bs_spectra_quantity(s, result, QUANTITY_LOG_NORMALISED);
    bs_spectrum_binned(&s->shape, s->modes, sums, power, magnitude);
    bs_spectrum_summarise(&s->shape, s->options->tail, sums, power, &scalars);
    normalise(s, power, power);
    *bs_spectra_quantity(s, result, QUANTITY_LOG_SECOND_MOMENT) = scalars.second_moment;
    *bs_spectra_quantity(s, result, QUANTITY_LOG_HIGH_FRACTION) = scalars.high_fraction;
    *bs_spectra_quantity(s, result, QUANTITY_LOG_TAIL_SLOPE) = scalars.tail_slope;
}

static void finish_spectrum(const bs_spectra *s, const double *sums, double *result)
{
    bs_spectrum_scalars scalars;
    double *power = bs_spectra_quantity(s, result, QUANTITY_POWER);
    bs_spectrum_binned(&s->shape, s->modes, sums, power,
                       bs_spectra_quantity(s, result, QUANTITY_MAGNITUDE));
    bs_spectrum_summarise(&s->shape, s->options->tail, sums, power, &scalars);
    normalise(s, power, bs_spectra_quantity(s, result, QUANTITY_NORMALISED));
    *bs_spectra_quantity(s, result, QUANTITY_SECOND_MOMENT) = scalars.second_moment;
    *bs_spectra_quantity(s, result, QUANTITY_CENTROID) = scalars.centroid;
    *bs_spectra_quantity(s, result, QUANTITY_HIGH_FRACTION) = scalars.high_fraction;
    *bs_spectra_quantity(s, result, QUANTITY_BEYOND) = scalars.beyond_fraction;
    *bs_spectra_quantity(s, result, QUANTITY_TAIL_SLOPE) = scalars.tail_slope;
}

/* What is counted on the surface itself. */
static void finish_surface(const bs_spectra *s, const double *sums, double *result)
{
    const double squared = (double)s->points * (double)s->points;
    bs_roughness roughness;
    bs_curvature curvature;
    memcpy(&roughness, sums + SUM_ROUGHNESS, sizeof roughness);
    memcpy(&curvature, sums + SUM_CURVATURE, sizeof curvature);
    const double variation = bs_roughness_variation(&s->roughness, &roughness);
    const double deviation = bs_roughness_deviation(&roughness);
    *bs_spectra_quantity(s, result, QUANTITY_VARIATION) = variation;
    *bs_spectra_quantity(s, result, QUANTITY_ROUGHNESS) =
        variation > 0.0 ? variation / deviation : (double)NAN;
    *bs_spectra_quantity(s, result, QUANTITY_NOISE) =
        s->error_value >= 0 ? sums[SUM_NOISE] / squared : (double)NAN;
    *bs_spectra_quantity(s, result, QUANTITY_ARITHMETIC) =
        s->arithmetic * s->arithmetic * sums[SUM_ARITHMETIC] / squared;
    for (int region = 0; region < BS_REGIONS; region++) {
        const double points = curvature.points[region];
        bs_spectra_quantity(s, result, QUANTITY_MINIMA)[region] =
            points > 0.0 ? curvature.minima[region] : (double)NAN;
        bs_spectra_quantity(s, result, QUANTITY_NEGATIVE)[region] =
            points > 0.0 ? curvature.negative[region] / points : (double)NAN;
    }
}

bs_status bs_spectra_finish(const bs_spectra *s, const bs_spectra_slab *slab, double *result)
{
    const int64_t size = bs_spectrum_sums_size(&s->shape);
    double *magnitude = bs_alloc((size_t)s->bins, sizeof *magnitude);
    if (magnitude == NULL) {
        return BS_ERR_MEMORY;
    }
    finish_spectrum(s, slab->sums, result);
    finish_surface(s, slab->sums + size, result);
    if (s->logarithm) {
        finish_logarithm(s, slab->sums + size + SURFACE_SUMS, magnitude, result);
    }
    bs_free(magnitude);
    if (s->shape.ndim > 1) {
        return BS_OK;
    }
    /* Bins are wavenumbers there, and lags are as many. */
    memcpy(bs_spectra_quantity(s, result, QUANTITY_STRUCTURE), slab->structure,
           (size_t)s->bins * sizeof *slab->structure);
    return bs_path_gradient_correlation(s->points, bs_spectra_quantity(s, result, QUANTITY_POWER),
                                        bs_spectra_quantity(s, result, QUANTITY_GRADIENT));
}
