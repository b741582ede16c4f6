/* Sums over the samples of one wavenumber, and the figures that follow; private to branches. */
#ifndef BLUESHIFT_ANALYSIS_BRANCH_SUMS_H
#define BLUESHIFT_ANALYSIS_BRANCH_SUMS_H

#include "blueshift/branch_moments.h"
#include "branch_signals.h"

/* Parts of the sums of a (realisation, block): moments of residual and main branch, samples and
 * power of the sum, moments of the paths. */
enum { BS_SUMS_PAIR = 0, BS_SUMS_SUM = 6, BS_SUMS_PATHS = 8 };

/* Coherence by neuron, of a (replicate, block): neurons, sum of their coherence, of its null; the
 * same over pairs of paths. */
enum {
    BS_CELLS_NEURONS,
    BS_CELLS_COHERENCE,
    BS_CELLS_NULL,
    BS_CELLS_PAIRS,
    BS_CELLS_PATH_COHERENCE,
    BS_CELLS_PATH_NULL,
    BS_CELLS_SIZE
};

/* What is computed of one wavenumber, at each of the levels. */
enum {
    BS_FIGURE_COHERENCE,
    BS_FIGURE_COHERENCE_NULL,
    BS_FIGURE_PATH_COHERENCE,
    BS_FIGURE_PATH_COHERENCE_NULL,
    BS_FIGURE_CORRELATION,
    BS_FIGURE_CORRELATION_FLOOR,
    BS_FIGURE_PATH_CORRELATION,
    BS_FIGURE_PATH_CORRELATION_FLOOR,
    BS_FIGURE_DAMPING, /* damping, ed, fdsa; raw, then scaled */
    BS_FIGURE_PATH_DAMPING = BS_FIGURE_DAMPING + 6,
    BS_FIGURE_POWER = BS_FIGURE_PATH_DAMPING + 6 /* of every branch */
};

enum { BS_STAGES = 3 };

/* Sizes that follow from a shape. Levels: the blocks of the array, the stages, the network. */
int bs_sums_moments(const bs_branch_shape *shape); /* sums of a (realisation, block) */
int bs_sums_powers(const bs_branch_shape *shape);  /* powers of a (realisation, block) */
int bs_sums_levels(const bs_branch_shape *shape);
int bs_sums_figures(const bs_branch_shape *shape);

/* The sums of a bin: moments [realisation][block][...], then cells [1 + realisation][block][...].
 */
int64_t bs_sums_size(const bs_branch_shape *shape);

/* Adds this rank's units in wavenumbers [bins) to SUMS [bins.count][bs_sums_size]. The expectation
 * of a neuron's coherence runs over its images in one realisation, and replicate 1 + r holds
 * realisation r; with one image a neuron it runs over the realisations, and replicate 1 + r leaves
 * out realisation r. LOSSES: every path is a sample beside the residual signal, and
 * there are no neurons. Not collective. */
bs_status bs_sums_add(const bs_branch_signals *signals, bool losses, bs_range bins, double *sums);

/* Adds WEIGHT times the power of (residual, main, path...) in the sums of one bin to POWERS
 * [realisation][block][bs_sums_powers]. */
void bs_sums_add_powers(const bs_branch_shape *shape, const double *sums, double weight,
                        double *powers);

/* Figures [level][figure][2] of one bin with jackknife errors, from the SUMS of all ranks, and the
 * POWERS over all bins, by which branches are scaled. REAL: of the bin's coefficients. */
bs_status bs_sums_evaluate(const bs_branch_shape *shape, const double *sums, const double *powers,
                           bool real, double *figures);

#endif
