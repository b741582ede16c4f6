/* The analysis of a whole file once more: the new one takes the old one's place, or a new file. */
#ifndef BLUESHIFT_ANALYSIS_FILE_H
#define BLUESHIFT_ANALYSIS_FILE_H

#include "blueshift/analysis.h"
#include "blueshift/experiment.h"

/* What is analysed, with which options, and where the result goes. Texts are borrowed. */
typedef struct bs_analysis_request {
    const char *file;
    int more_count; /* files that are joined to it (bs_surface_open_joined); then OUTPUT is given */
    const char *const *more;
    const char *output; /* a file that does not exist; NULL: takes the place of FILE */
    int setting_count;
    const char *const *settings; /* analysis.KEY=VALUE, over the options of FILE's experiment */
} bs_analysis_request;

/* What was done. */
typedef struct bs_analysis_summary {
    bs_analysis_options options;
    int skipped; /* surfaces of which nothing was derived */
} bs_analysis_summary;

/* Copies what the sweep measured into a new file beside the output, with the options in its
 * experiment and a line in its history, derives everything, and gives the finished file its name.
 * Until then FILE is as it was, whenever and however the job ends; the same call starts over. An
 * analysis written into FILE itself would overwrite the old one number by number, and there would
 * be no room for the new options in the header.
 *
 * BS_STOPPED when a signal asked for it (stop.h): nothing is left behind. BS_ERR_INPUT when FILE is
 * no result or OUTPUT exists, BS_ERR_USAGE for a setting that is not one of the analysis. Takes the
 * disk's space of FILE once more. Collective over COMM; all ranks return the same status. */
bs_status bs_analysis_file_run(const bs_comm *comm, const bs_analysis_request *request,
                               bs_analysis_summary *summary);

#endif
