/* Radial bins over half-spectra, their sums row by row, and what follows from them. */
#include "blueshift/spectrum.h"

#include <math.h>
#include <stdbool.h>

/* Sums: five numbers, then power and magnitude of every bin. */
enum { SUM_POWER, SUM_FIRST, SUM_SECOND, SUM_HIGH, SUM_BEYOND, SUMS };

static const double MISSING = NAN;

/* Rounding of wavenumbers must not decide the bin of a mode that lies between two. */
static const double ROUNDING = 1e-9;

/* |k| of a row's modes, apart from x. */
typedef struct line {
    double squared; /* sum of the squared components of y and z */
    int64_t first;  /* of the line's modes in the row */
} line;

static int64_t frequencies(const bs_spectrum_shape *shape)
{
    return shape->points[0] / 2 + 1;
}

/* Lines of the fastest axis in one row. */
static int64_t row_lines(const bs_spectrum_shape *shape)
{
    return shape->ndim == 3 ? shape->points[1] : 1;
}

int64_t bs_spectrum_rows(const bs_spectrum_shape *shape)
{
    return shape->ndim == 1 ? 1 : shape->points[shape->ndim - 1];
}

double bs_spectrum_width(const bs_spectrum_shape *shape)
{
    double width = 0.0;
    for (int d = 0; d < shape->ndim; d++) {
        width = shape->points[d] > 1 ? fmax(width, shape->spacing[d]) : width;
    }
    return width > 0.0 ? width : 1.0;
}

static double axis_nyquist(const bs_spectrum_shape *shape, int d)
{
    const int64_t last = shape->points[d] / 2;
    return (double)last * shape->spacing[d];
}

double bs_spectrum_nyquist(const bs_spectrum_shape *shape)
{
    double nyquist = INFINITY;
    for (int d = 0; d < shape->ndim; d++) {
        nyquist = shape->points[d] > 1 ? fmin(nyquist, axis_nyquist(shape, d)) : nyquist;
    }
    return isinf(nyquist) ? 0.0 : nyquist;
}

double bs_spectrum_beyond(const bs_spectrum_shape *shape, double fraction)
{
    return fraction * bs_spectrum_nyquist(shape) * (1.0 + ROUNDING);
}

static int64_t bin_of(double k, double width)
{
    return (int64_t)floor(k / width + 0.5 + ROUNDING);
}

int64_t bs_spectrum_bins(const bs_spectrum_shape *shape)
{
    double corner = 0.0;
    for (int d = 0; d < shape->ndim; d++) {
        corner += axis_nyquist(shape, d) * axis_nyquist(shape, d);
    }
    return bin_of(sqrt(corner), bs_spectrum_width(shape)) + 1;
}

int64_t bs_spectrum_sums_size(const bs_spectrum_shape *shape)
{
    return SUMS + 2 * bs_spectrum_bins(shape);
}

/* Component of the wavenumber of index I in FFT order; its sign does not matter here. */
static double component(const bs_spectrum_shape *shape, int d, int64_t i)
{
    int64_t n = shape->points[d];
    return (double)(i <= n - i ? i : n - i) * shape->spacing[d];
}

/* Line L of row ROW: y is the row of a plane, and a line within the row of a volume. */
static line line_of(const bs_spectrum_shape *shape, int64_t row, int64_t l)
{
    double y = 0.0;
    double z = 0.0;
    if (shape->ndim > 1) {
        y = component(shape, 1, shape->ndim == 2 ? row : l);
    }
    if (shape->ndim > 2) {
        z = component(shape, 2, row);
    }
    return (line){.squared = y * y + z * z, .first = l * frequencies(shape)};
}

/* The mode at kx and its mirror at -kx, which is not stored unless the two are one. */
static double multiplicity(const bs_spectrum_shape *shape, int64_t kx)
{
    return kx == 0 || 2 * kx == shape->points[0] ? 1.0 : 2.0;
}

static double length_of(const bs_spectrum_shape *shape, line l, int64_t kx)
{
    double x = (double)kx * shape->spacing[0];
    /* Exact on an axis: sqrt(x^2) may differ from x in the last bit. */
    return l.squared > 0.0 ? sqrt(x * x + l.squared) : x;
}

void bs_spectrum_modes(const bs_spectrum_shape *shape, double *modes)
{
    const double width = bs_spectrum_width(shape);
    const int64_t bins = bs_spectrum_bins(shape);
    for (int64_t b = 0; b < bins; b++) {
        modes[b] = 0.0;
    }
    for (int64_t row = 0; row < bs_spectrum_rows(shape); row++) {
        for (int64_t i = 0; i < row_lines(shape); i++) {
            const line l = line_of(shape, row, i);
            for (int64_t kx = 0; kx < frequencies(shape); kx++) {
                modes[bin_of(length_of(shape, l, kx), width)] += multiplicity(shape, kx);
            }
        }
    }
}

void bs_spectrum_add_row(const bs_spectrum_shape *shape, double cutoff, int64_t row,
                         const double complex *half, double *sums)
{
    const double width = bs_spectrum_width(shape);
    const double high = bs_spectrum_beyond(shape, cutoff);
    const double half_nyquist = bs_spectrum_beyond(shape, 0.5);
    double *power = sums + SUMS;
    double *magnitude = power + bs_spectrum_bins(shape);
    for (int64_t i = 0; i < row_lines(shape); i++) {
        const line l = line_of(shape, row, i);
        for (int64_t kx = 0; kx < frequencies(shape); kx++) {
            const double complex x = half[l.first + kx];
            const double times = multiplicity(shape, kx);
            const double square = times * (creal(x) * creal(x) + cimag(x) * cimag(x));
            const double k = length_of(shape, l, kx);
            const int64_t bin = bin_of(k, width);
            power[bin] += square;
            magnitude[bin] += times * cabs(x);
            if (k > 0.0) {
                sums[SUM_POWER] += square;
                sums[SUM_FIRST] += k * square;
                sums[SUM_SECOND] += k * k * square;
                sums[SUM_HIGH] += k > high ? square : 0.0;
                sums[SUM_BEYOND] += k > half_nyquist ? square : 0.0;
            }
        }
    }
}

void bs_spectrum_binned(const bs_spectrum_shape *shape, const double *modes, const double *sums,
                        double *power, double *magnitude)
{
    const int64_t bins = bs_spectrum_bins(shape);
    for (int64_t b = 0; b < bins; b++) {
        power[b] = modes[b] > 0.0 ? sums[SUMS + b] / modes[b] : MISSING;
        magnitude[b] = modes[b] > 0.0 ? sums[SUMS + bins + b] / modes[b] : MISSING;
    }
}

void bs_spectrum_summarise(const bs_spectrum_shape *shape, const double tail[2], const double *sums,
                           const double *power, bs_spectrum_scalars *scalars)
{
    const double total = sums[SUM_POWER];
    const bool any = total > 0.0;
    *scalars = (bs_spectrum_scalars){
        .second_moment = any ? sums[SUM_SECOND] / total : MISSING,
        .centroid = any ? sums[SUM_FIRST] / total : MISSING,
        .high_fraction = any ? sums[SUM_HIGH] / total : MISSING,
        .beyond_fraction = any ? sums[SUM_BEYOND] / total : MISSING,
        .tail_slope = bs_spectrum_slope(shape, tail, power),
    };
}

double bs_spectrum_slope(const bs_spectrum_shape *shape, const double tail[2], const double *power)
{
    const double width = bs_spectrum_width(shape);
    const double from = tail[0] * bs_spectrum_nyquist(shape) * (1.0 - ROUNDING);
    const double to = bs_spectrum_beyond(shape, tail[1]);
    const int64_t bins = bs_spectrum_bins(shape);
    double count = 0.0;
    double sum_x = 0.0;
    double sum_y = 0.0;
    /* Two passes: the means first, so that nothing cancels. */
    double across = 0.0;
    double along = 0.0;
    for (int pass = 0; pass < 2; pass++) {
        for (int64_t b = 1; b < bins; b++) {
            const double k = (double)b * width;
            if (k < from || k > to || !(power[b] > 0.0)) {
                continue;
            }
            if (pass == 0) {
                count += 1.0;
                sum_x += log(k);
                sum_y += log(power[b]);
            } else {
                const double x = log(k) - sum_x / count;
                across += x * (log(power[b]) - sum_y / count);
                along += x * x;
            }
        }
    }
    return count >= 2.0 ? across / along : MISSING;
}
