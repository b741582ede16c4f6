/* The verb convert: a result file in another format. */
#include "blueshift/convert.h"

#include "blueshift/comm.h"
#include "blueshift/log.h"
#include "blueshift/output_file.h"
#include "blueshift/text.h"
#include "output.h"
#include "verb.h"

static bs_status run(const bs_comm *world, const bs_options *options)
{
    (void)world;
    const bs_convert_options wanted = {.output = options->output,
                                       .format = options->format,
                                       .network = options->plot.network,
                                       .realisation = options->plot.realisation,
                                       .clip = options->plot.clip,
                                       .logarithmic = options->plot.logarithmic,
                                       .replace = options->force};
    if (options->output == NULL) {
        char word[BS_SHELL_WORD];
        return BS_FAIL(BS_ERR_USAGE, "convert needs an output: blueshift convert %s -o OUT",
                       bs_text_shell_word(options->operand, word, sizeof word));
    }
    BS_TRY(bs_output_file_check_source(options->output, options->operand));
    BS_TRY(bs_check_output(options->output, options->force));
    BS_TRY(bs_convert(options->operand, &wanted));
    bs_log(BS_LOG_INFO, "written: %s", options->output);
    return BS_OK;
}

static const bs_flag flags[] = {
    BS_FLAG_TEXT("output", 'o', "OUT", output, NULL, "the new file; its suffix names the format"),
    BS_FLAG_TEXT("format", 0, "NAME", format, bs_convert_format_at,
                 "the format, whatever the suffix"),
    BS_FLAG_TEXT("network", 0, "NAMES", plot.network, NULL,
                 "these networks only, separated by commas, by name or number from 0"),
    BS_FLAG_TEXT("realisation", 0, "N|all", plot.realisation, NULL,
                 "this realisation only, counted from 0 (default: all)"),
    BS_FLAG_TEXT("clip", 0, "MAX|MIN:MAX", plot.clip, NULL, ".vts: limits of the heights"),
    BS_FLAG_SWITCH("log", 0, plot.logarithmic, ".vts: decimal logarithms as heights"),
    BS_FLAG_SWITCH("force", 0, force, "replace OUT if it exists"),
    BS_FLAGS_END,
};

const bs_verb bs_verb_convert = {
    .name = "convert",
    .usage = "FILE -o OUT [FLAGS]",
    .summary = "write a result file in another format",
    .details = "The format follows the suffix of OUT: .nc4 or .h5 compressed NetCDF-4 with "
               "everything, .vti image or volume for ParaView, .vts height surface of a plane, "
               ".csv a table; --format=losslandscape is the HDF5 file that the plotting scripts of "
               "loss-landscape (Li et al.) read.",
    .needs = "a result file: blueshift convert FILE -o OUT",
    .flags = flags,
    .run = run,
};
