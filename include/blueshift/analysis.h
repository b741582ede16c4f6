/* What is derived of a complete file: spectra, their summaries and branch statistics. */
#ifndef BLUESHIFT_ANALYSIS_H
#define BLUESHIFT_ANALYSIS_H

#include <stdbool.h>

#include "blueshift/surface.h"
#include "blueshift/window.h"

/* Array and dimension of the radial bins (spectrum.h); in 1-D the wavenumbers 0 to N/2. Beside it
 * `modes` and, of every surface (item), radial_power and radial_magnitude (of the bins),
 * second_moment, centroid, high_fraction, tail_slope, total_variation, roughness, noise_floor and
 * arithmetic_floor; NAME_mean and NAME_stderr are over the realisations of a network. Paths with
 * logits have logits_power_mean and logits_second_moment_mean, each with its _stderr, and
 * on great circles theory_power and theory_second_moment. Comments in
 * the file define them. */
#define BS_WAVENUMBER "wavenumber"

/* Arrays with the options of the analysis. */
#define BS_ANALYSIS_WINDOW "analysis_window"
#define BS_ANALYSIS_CUTOFF "analysis_cutoff"
#define BS_ANALYSIS_TAIL "analysis_tail"

/* 8 MiB of numbers. FFTW plans the parts of a shared transform by their sizes, so that its last
 * bits depend on the number of ranks; those of a surface on one rank do not. */
static const int64_t BS_ANALYSIS_SHARE_ABOVE = 1 << 20;

typedef struct bs_analysis_options {
    bs_window window;
    double cutoff;  /* power above it is high; as a fraction of the largest wavenumber of an axis
                       (Nyquist) */
    double tail[2]; /* the log-log slope is fitted between these, fractions as the cutoff */
    int64_t share_above; /* surfaces of more points are transformed by all ranks together, smaller
                            ones by one rank each; 0: BS_ANALYSIS_SHARE_ABOVE */
} bs_analysis_options;

/* Adds the arrays that will hold what is derived of a file of SCHEMA (its values and arrays of
 * points as the sweep gives them). Pure. */
bs_status bs_analysis_list_arrays(const bs_surface_schema *schema, bs_array_list *list);

/* Derives everything and writes it into SURFACE, between the two states of its mark
 * (analysis_mark.h), which must have been described so. A surface with
 * pending, failed or non-finite points has nothing derived: fill values stay, and their number is
 * reported in SKIPPED. The same bits from any number of ranks, but for surfaces above share_above
 * points and coherence matrices of more than 512 signals, which ranks share: these agree to 1e-12.
 * Collective over COMM.
 * BS_STOPPED at the next safe place after a signal (stop.h), between surfaces or networks. */
bs_status bs_analysis_run(const bs_comm *comm, bs_surface *surface,
                          const bs_analysis_options *options, int *skipped);

/* Whether the file's analysis is WHOLE, and made with the SAME options. Not collective. */
bs_status bs_analysis_compare(bs_surface *surface, const bs_analysis_options *options, bool *whole,
                              bool *same);

/* The parts: loss spectra (and channels of logits), and branches. */
bs_status bs_spectra_list_arrays(const bs_surface_schema *schema, bs_array_list *list);
bs_status bs_spectra_run(const bs_comm *comm, bs_surface *surface,
                         const bs_analysis_options *options, int *skipped);
bs_status bs_branches_list_arrays(const bs_surface_schema *schema, bs_array_list *list);
bs_status bs_branches_run(const bs_comm *comm, bs_surface *surface,
                          const bs_analysis_options *options);

#endif
