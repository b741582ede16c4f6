/* Where the sums of a surface stand; private to the spectra of surfaces. */
#ifndef BLUESHIFT_ANALYSIS_SPECTRA_SUMS_H
#define BLUESHIFT_ANALYSIS_SPECTRA_SUMS_H

#include "spectra.h"

/* The sums of a surface, between those of its spectrum and those of its logarithm's. */
enum {
    SUM_ROUGHNESS = 0,
    SUM_CURVATURE = SUM_ROUGHNESS + sizeof(bs_roughness) / sizeof(double),
    SUM_NOISE = SUM_CURVATURE + sizeof(bs_curvature) / sizeof(double),
    SUM_ARITHMETIC,
    SURFACE_SUMS
};

#endif
