/* The expected spectra of the ensemble's signals, without sampling. Private to this layer. */
#ifndef BLUESHIFT_DEMO_EXPECTATION_H
#define BLUESHIFT_DEMO_EXPECTATION_H

#include "blueshift/comm.h"
#include "ensemble.h"

enum { EXPECTATION_SAMPLES_MAX = 16384 }; /* N^2 correlations: seconds */

/* POWER [SIGNALS][bins]: E|X_k|^2 with window and all, exact for the wavenumbers from LOWEST on;
 * NaN below, and everywhere for paths of more than EXPECTATION_SAMPLES_MAX samples. The same bits
 * on any number of ranks. Collective; all ranks return the same status. */
bs_status bs_expectation_power(const bs_comm *comm, const ensemble *e, double hurst, double *power);

#endif
