/* Many series along one path, each transformed whole on one rank: FFTW-MPI's transposes. */
#ifndef BLUESHIFT_CHANNELS_H
#define BLUESHIFT_CHANNELS_H

#include <stdbool.h>
#include <stdint.h>

#include "blueshift/comm.h"
#include "blueshift/complex.h"
#include "blueshift/partition.h"
#include "blueshift/window.h"

/* A transform of CHANNELS real series of POINTS samples. The samples come point by point (as the
 * file has them), the spectra leave channel by channel. */
typedef struct bs_channels bs_channels;

/* Plans it; the plan may be used again and again. Their product is at most BS_POINTS_MAX: cut more
 * channels into several plans. Borrows COMM's communicator until the destroy. Collective over COMM;
 * all ranks return the same status. */
bs_status bs_channels_create(const bs_comm *comm, int64_t points, int64_t channels,
                             bs_channels **plan);

/* The samples that this rank gives. May be empty, and then begins at the end. */
bs_range bs_channels_points(const bs_channels *plan);

/* The channels that this rank gets. May be empty, and then begins at the end. */
bs_range bs_channels_own(const bs_channels *plan);

/* X_k = (1/N) sum_j x_j exp(-2 pi i jk/N) of every channel, after WINDOW and, with DETREND, without
 * the channel's mean under the window (bs_window_mean). IN: real [points.count][channels]; OUT:
 * complex [own.count][points / 2 + 1]. A channel with a NaN is all NaN, the others are not touched
 * by it. The same bits from any number of ranks. Collective. */
bs_status bs_channels_forward(bs_channels *plan, bs_window window, bool detrend, const double *in,
                              double complex *out);

void bs_channels_destroy(bs_channels *plan); /* collective; NULL is fine */

#endif
