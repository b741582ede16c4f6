/* Radially binned power of a real surface's spectrum, and the numbers that sum it up. */
#ifndef BLUESHIFT_SPECTRUM_H
#define BLUESHIFT_SPECTRUM_H

#include <stdint.h>

#include "blueshift/complex.h"

enum { BS_SPECTRUM_DIMS = 3 };

/* A spectrum in the layout of fft_mpi.h: rows of the slowest axis, and of the fastest axis (0, x)
 * the half that is not redundant. A wavenumber k has one component per axis: a whole number of
 * SPACING; its length is |k|. */
typedef struct bs_spectrum_shape {
    int ndim;
    int64_t points[BS_SPECTRUM_DIMS]; /* of the real surface, x first */
    double spacing[BS_SPECTRUM_DIMS]; /* cycles per unit coordinate, or 1 for harmonics */
} bs_spectrum_shape;

/* Of all modes but k = 0. NaN where there is no power, or nothing to fit. */
typedef struct bs_spectrum_scalars {
    double second_moment;   /* sum |k|^2 |X_k|^2 / sum |X_k|^2 */
    double centroid;        /* sum |k| |X_k|^2 / sum |X_k|^2 */
    double high_fraction;   /* sum over |k| > cutoff |X_k|^2 / sum |X_k|^2 */
    double beyond_fraction; /* the same beyond half of bs_spectrum_nyquist */
    double tail_slope;      /* bs_spectrum_slope */
} bs_spectrum_scalars;

/* Width of a bin: the largest spacing of an axis with more than one point. Bin b holds the modes
 * with round(|k| / width) = b (halves go up), and lies at b width; in 1-D that is harmonic b. */
double bs_spectrum_width(const bs_spectrum_shape *shape);

/* The wavenumber up to which every direction is sampled: the smallest floor(N/2) spacing of an axis
 * with more than one point. */
double bs_spectrum_nyquist(const bs_spectrum_shape *shape);

/* What |k| exceeds beyond FRACTION of bs_spectrum_nyquist: a mode at the fraction, but for
 * rounding, does not. */
double bs_spectrum_beyond(const bs_spectrum_shape *shape, double fraction);

/* Bins up to the corner of the spectrum, so that no power is lost: sum modes x power is the mean
 * square of the surface. Bins beyond bs_spectrum_nyquist hold the directions of the corners only.
 */
int64_t bs_spectrum_bins(const bs_spectrum_shape *shape);

/* Modes of each bin, both of +k and -k counted (where they differ): [bins]. Together they are as
 * many as the surface has points. */
void bs_spectrum_modes(const bs_spectrum_shape *shape, double *modes);

/* Rows of the slowest axis that are summed one by one: 1 for a line. */
int64_t bs_spectrum_rows(const bs_spectrum_shape *shape);

/* Doubles of one set of sums. */
int64_t bs_spectrum_sums_size(const bs_spectrum_shape *shape);

/* Adds ROW of the half-spectrum (complex [...][nx / 2 + 1]; of a line the whole) to SUMS, which
 * begin as zeros. Power above CUTOFF, a fraction of bs_spectrum_nyquist, is high. The half that is
 * not stored counts too. */
void bs_spectrum_add_row(const bs_spectrum_shape *shape, double cutoff, int64_t row,
                         const double complex *half, double *sums);

/* From the SUMS of all rows: mean |X|^2 and mean |X| over the MODES of each bin, [bins] each. A bin
 * without modes is NaN (the axes' spacings may leave gaps). */
void bs_spectrum_binned(const bs_spectrum_shape *shape, const double *modes, const double *sums,
                        double *power, double *magnitude);

/* The scalars from the SUMS of all rows and the POWER of the bins. */
void bs_spectrum_summarise(const bs_spectrum_shape *shape, const double tail[2], const double *sums,
                           const double *power, bs_spectrum_scalars *scalars);

/* Slope of the least-squares line of ln(POWER) over ln(k) for the bins from tail[0] to tail[1]
 * (both included, fractions of bs_spectrum_nyquist); every bin with power counts alike; NaN
 * with fewer than two of them. */
double bs_spectrum_slope(const bs_spectrum_shape *shape, const double tail[2], const double *power);

#endif
