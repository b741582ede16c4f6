/* The verb analyse: everything derived of a file once more, in its place or in a new one. */
#include <stdio.h>

#include "blueshift/analysis_file.h"
#include "blueshift/log.h"
#include "report.h"
#include "verb.h"

/* Rank 0. */
static bs_status print_end(const bs_analysis_request *request, const bs_analysis_summary *summary)
{
    const char *path = request->output != NULL ? request->output : request->file;
    const bs_analysis_options *options = &summary->options;
    printf("%s: analysed, window %s, cutoff %g, tail %g to %g\n", path,
           bs_window_name(options->window), options->cutoff, options->tail[0], options->tail[1]);
    if (summary->skipped > 0) {
        printf("nothing derived from %d surface%s with pending, failed or non-finite points\n",
               summary->skipped, summary->skipped == 1 ? "" : "s");
    }
    return bs_report_path(stdout, path);
}

static bs_status run_verb(const bs_comm *world, const bs_options *options)
{
    const bs_analysis_request request = {.file = options->operand,
                                         .more_count = options->operand_count - 1,
                                         .more = options->operands + 1,
                                         .output = options->output,
                                         .setting_count = options->setting_count,
                                         .settings = (const char *const *)options->settings};
    bs_analysis_summary summary;
    bs_status status = bs_analysis_file_run(world, &request, &summary);
    if (status == BS_STOPPED) {
        bs_log(BS_LOG_INFO, "stopped early; %s is as it was, and the same command starts over",
               request.file);
    }
    BS_TRY(status);
    return bs_agree(world, world->rank == 0 ? print_end(&request, &summary) : BS_OK);
}

static const bs_flag flags[] = {
    BS_FLAG_SETTING("set", "analysis.KEY=VALUE", NULL,
                    "an option instead of the experiment's, such as analysis.window=none; may be "
                    "repeated"),
    BS_FLAG_TEXT("output", 'o', "NEW", output, NULL,
                 "write a new file with all that FILE holds, and leave FILE as it is"),
    BS_FLAGS_END,
};

const bs_verb bs_verb_analyse = {
    .name = "analyse",
    .usage = "FILE... [-o NEW] [--set analysis.KEY=VALUE]",
    .summary = "derive spectra and branch statistics again, with other options",
    .details =
        "What the sweep measured is never touched. The new analysis is written beside FILE and "
        "takes its place when it is whole; with -o it becomes NEW. Until then FILE stays as it "
        "is: after a kill the same command starts over. Options are those of FILE's experiment, "
        "with --set on top. Several files become one: those that differ in the seed as "
        "realisations "
        "of the same networks, so that means have errors, others as further networks.",
    .needs = "a result file: blueshift analyse FILE",
    .flags = flags,
    .many = true,
    .mpi = true,
    .stops = true,
    .run = run_verb,
};
