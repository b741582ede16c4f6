/* Wavenumbers of a spectrum's axes. */
#include "blueshift/wavenumber.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "blueshift/statistics.h"

bool bs_axis_is_period(const bs_axis *axis, const bs_variable *of)
{
    const double whole = 2 * BS_PI;
    double period = (double)axis->points * bs_axis_step(axis);
    bool radians = strcmp(of->units, "radian") == 0 || strcmp(of->units, "rad") == 0;
    return radians && !axis->endpoint && fabs(period - whole) < 1e-12 * whole;
}

void bs_wavenumber_text(const bs_axis *axis, const bs_variable *of, char *long_name, char *units,
                        size_t length)
{
    if (bs_axis_is_period(axis, of)) {
        snprintf(long_name, length, "harmonic along %s (cycles per period)", of->name);
        snprintf(units, length, "1");
    } else {
        snprintf(long_name, length, "wavenumber along %s, k/(N step) (cycles per unit)", of->name);
        snprintf(units, length, "%s%s", of->units, strcmp(of->units, "1") == 0 ? "" : "-1");
    }
}

double bs_wavenumber(const bs_axis *axis, const bs_variable *of, bool halved, int64_t i)
{
    int64_t positive = halved ? axis->points / 2 : (axis->points - 1) / 2;
    double k = (double)(i <= positive ? i : i - axis->points);
    return bs_axis_is_period(axis, of) ? k : k / ((double)axis->points * bs_axis_step(axis));
}
