/* The file of a sweep, from its creation to its report. */
#ifndef BLUESHIFT_CLI_SWEEP_FILE_H
#define BLUESHIFT_CLI_SWEEP_FILE_H

#include "blueshift/network_surface.h"
#include "blueshift/sweep.h"

/* One sweep from the command line. */
typedef struct sweep_run {
    const bs_groups *groups;
    const bs_experiment *experiment;
    bs_network_surface *networks;
    bs_sweep_options options;
    bs_sweep_report summary;
    bool silent; /* no report */
    int skipped_spectra;
    double analysing; /* seconds */
} sweep_run;

/* Creates the file of RUN's experiment, or checks that the one that exists is its own; evaluates
 * what is pending, analyses, and prints a report on rank 0 unless it is silent. BS_STOPPED:
 * resumable. Collective. */
bs_status bs_sweep_file(sweep_run *run);

/* Adds what the analysis will derive to the arrays of points that SCHEMA has; its arrays are then
 * those of LIST, which the caller releases. Not collective. */
bs_status bs_sweep_add_arrays(bs_surface_schema *schema, bs_array_list *list);

#endif
