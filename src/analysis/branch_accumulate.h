/* Sums over the samples of one wavenumber, and the statistics that follow; private to branches. */
#ifndef BLUESHIFT_ANALYSIS_BRANCH_ACCUMULATE_H
#define BLUESHIFT_ANALYSIS_BRANCH_ACCUMULATE_H

#include "blueshift/branch_moments.h"
#include "branch_signals.h"

/* Parts of the sums of a (realisation, block): moments of skip and main branch, samples and
 * power of the sum, moments of the paths. */
enum { BS_BRANCH_SUMS_PAIR = 0, BS_BRANCH_SUMS_SUM = 6, BS_BRANCH_SUMS_PATHS = 8 };

/* Coherence by neuron, of a (replicate, block): neurons, sum of their coherence, of its null; the
 * same over pairs of paths. */
enum {
    BS_BRANCH_CELLS_NEURONS,
    BS_BRANCH_CELLS_COHERENCE,
    BS_BRANCH_CELLS_NULL,
    BS_BRANCH_CELLS_PAIRS,
    BS_BRANCH_CELLS_PATH_COHERENCE,
    BS_BRANCH_CELLS_PATH_NULL,
    BS_BRANCH_CELLS_SIZE
};

/* What is computed of one wavenumber, at each of the levels. */
enum {
    BS_BRANCH_STATISTIC_COHERENCE,
    BS_BRANCH_STATISTIC_COHERENCE_NULL,
    BS_BRANCH_STATISTIC_PATH_COHERENCE,
    BS_BRANCH_STATISTIC_PATH_COHERENCE_NULL,
    BS_BRANCH_STATISTIC_CORRELATION,
    BS_BRANCH_STATISTIC_CORRELATION_FLOOR,
    BS_BRANCH_STATISTIC_PATH_CORRELATION,
    BS_BRANCH_STATISTIC_PATH_CORRELATION_FLOOR,
    BS_BRANCH_STATISTIC_DAMPING, /* damping, ed, fdsa; raw, then scaled */
    BS_BRANCH_STATISTIC_PATH_DAMPING = BS_BRANCH_STATISTIC_DAMPING + 6,
    BS_BRANCH_STATISTIC_POWER = BS_BRANCH_STATISTIC_PATH_DAMPING + 6 /* of every branch */
};

enum { BS_STAGES = 3 };

/* Sizes that follow from a shape. Levels: the blocks of the array, the stages, the network. */
int bs_branch_sums_moments(const bs_branch_shape *shape); /* sums of a (realisation, block) */
int bs_branch_sums_powers(const bs_branch_shape *shape);  /* powers of a (realisation, block) */
int bs_branch_sums_levels(const bs_branch_shape *shape);
int bs_branch_sums_statistics(const bs_branch_shape *shape);

/* The sums of a bin: moments [realisation][block][...], then cells [1 + realisation][block][...].
 */
int64_t bs_branch_sums_size(const bs_branch_shape *shape);

/* Adds this rank's units in wavenumbers [bins) to SUMS [bins.count][bs_branch_sums_size]. The
 * expectation of a neuron's coherence runs over its images in one realisation, and replicate 1 + r
 * holds realisation r; with one image per neuron it runs over the realisations, and replicate 1 + r
 * leaves out realisation r. LOSSES: every path is a sample beside the skip signal, and there are no
 * neurons. Not collective. */
bs_status bs_branch_sums_add(const bs_branch_signals *signals, bool losses, bs_range bins,
                             double *sums);

/* Adds WEIGHT times the power of (skip, main, path...) in the sums of one bin to POWERS
 * [realisation][block][bs_branch_sums_powers]. */
void bs_branch_sums_add_powers(const bs_branch_shape *shape, const double *sums, double weight,
                               double *powers);

/* Statistics [level][statistic][2] of one bin with jackknife errors, from the SUMS of all ranks,
 * and the POWERS over all bins, by which branches are scaled. REAL: of the bin's coefficients. */
bs_status bs_branch_sums_evaluate(const bs_branch_shape *shape, const double *sums,
                                  const double *powers, bool real, double *statistics);

#endif
