/* The verb plot: a picture of a result file. */
#include "blueshift/comm.h"
#include "blueshift/memory.h"
#include "blueshift/plot.h"
#include "output.h"
#include "verb.h"

static bs_status run(const bs_comm *world, const bs_options *options)
{
    (void)world;
    char *picture = options->output != NULL ? bs_strdup(options->output)
                                            : bs_plot_picture_name(options->operand);
    bs_status status = picture == NULL ? BS_ERR_MEMORY : bs_check_output(picture, options->force);
    if (status == BS_OK) {
        bs_plot_options plot = options->plot;
        plot.output = picture;
        plot.replace = options->force;
        plot.more = options->operands + 1;
        plot.more_count = options->operand_count - 1;
        status = bs_plot(options->operand, &plot);
    }
    bs_free(picture);
    return status;
}

static const bs_flag flags[] = {
    BS_FLAG_TEXT("output", 'o', "PICTURE", output, NULL,
                 "the picture, .png, .svg or .pdf, .gp for gnuplot's script, or .html for an "
                 "interactive page, which needs plotly.js (default: FILE with .png)"),
    BS_FLAG_TEXT("title", 0, "TEXT", plot.title, NULL, "a title instead of the file's; '': none"),
    BS_FLAG_TEXT("view", 0, "NAME", plot.view, bs_plot_view_at,
                 "how to draw (default: the first that suits the file)"),
    BS_FLAG_TEXT("quantity", 0, "NAME", plot.quantity, NULL,
                 "a value or array of the file instead of the loss; NAME[i,j] for one element"),
    BS_FLAG_TEXT("network", 0, "NAMES", plot.network, NULL,
                 "these networks only, separated by commas"),
    BS_FLAG_TEXT(
        "realisation", 0, "N|all", plot.realisation, NULL,
        "this realisation, counted from 0 (default: all of a path, 0 of a plane or volume)"),
    BS_FLAG_TEXT("clip", 0, "MAX|MIN:MAX", plot.clip, NULL,
                 "draw values beyond these limits as the limits, and say how many there are"),
    BS_FLAG_SWITCH(
        "log", 0, plot.logarithmic,
        "logarithmic scale (default: when all values are positive and span more than two "
        "decades)"),
    BS_FLAG_SWITCH("linear", 0, plot.linear, "linear scale"),
    BS_FLAG_SWITCH("force", 0, force, "replace PICTURE if it exists"),
    BS_FLAGS_END,
};

const bs_verb bs_verb_plot = {
    .name = "plot",
    .usage = "FILE... [-o PICTURE] [FLAGS]",
    .summary = "draw result files (needs gnuplot)",
    .details =
        "Without flags: a path as curves with its spectrum, a plane as filled contours, a "
        "volume as slices; all networks in one picture. Several files must be of one experiment: "
        "those that differ in the seed are drawn as its realisations, other networks beside "
        "each other.",
    .needs = "a result file: blueshift plot FILE",
    .flags = flags,
    .many = true,
    .run = run,
};
