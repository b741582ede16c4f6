/* Wavenumbers of a spectrum's axes. */
#ifndef BLUESHIFT_WAVENUMBER_H
#define BLUESHIFT_WAVENUMBER_H

#include "blueshift/surface.h"

/* Whether an axis is one period in radians, without its end: a ring or a great circle, which closes
 * on itself. */
bool bs_axis_is_period(const bs_axis *axis, const bs_variable *of);

/* Long name and units, each of at most LENGTH bytes, of the wavenumber of an axis: cycles per unit
 * of OF, or on an axis that is one period in radians the integer harmonic. */
void bs_wavenumber_text(const bs_axis *axis, const bs_variable *of, char *long_name, char *units,
                        size_t length);

/* Wavenumber of element I along an axis, in FFT order: 0, 1, ..., -2, -1. (Of a halved axis the
 * first N/2 + 1 are asked for; there the last one of an even N counts as +N/2.) */
double bs_wavenumber(const bs_axis *axis, const bs_variable *of, bool halved, int64_t i);

#endif
