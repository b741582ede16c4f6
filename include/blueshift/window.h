/* Windows and detrending before a discrete Fourier transform. */
#ifndef BLUESHIFT_WINDOW_H
#define BLUESHIFT_WINDOW_H

#include <stdint.h>

typedef enum bs_window { BS_WINDOW_NONE, BS_WINDOW_HANN } bs_window;

/* Weight of sample I of N: periodic (DFT-even) Hann, sin^2(pi i / N), or 1; 1 when N is 1. */
double bs_window_weight(bs_window window, int64_t i, int64_t n);

/* The WEIGHTS of all N samples. */
void bs_window_fill(bs_window window, int64_t n, double *weights);

/* Mean sum_i w_i x_i / sum_i w_i of N samples under the WEIGHTS of a window. Subtracted before the
 * window it leaves nothing at wavenumber 0; the plain mean would leave its distance from this one
 * times the window's own transform, which for Hann is in the wavenumbers 0 and 1. */
double bs_window_mean(const double *weights, const double *samples, int64_t n);

const char *bs_window_name(bs_window window);

#endif
