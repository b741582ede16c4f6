/* The verb convert: a result file in another format. */
#include "blueshift/convert.h"

#include "blueshift/log.h"
#include "commands.h"

static bs_status convert(const bs_options *options)
{
    const bs_convert_options wanted = {.output = options->output,
                                       .format = options->format,
                                       .network = options->plot.network,
                                       .realisation = options->plot.realisation,
                                       .clip = options->plot.clip,
                                       .logarithmic = options->plot.logarithmic,
                                       .replace = options->force};
    if (options->output == NULL) {
        return BS_FAIL(BS_ERR_USAGE, "convert needs an output: blueshift convert %s -o OUT",
                       options->file);
    }
    BS_TRY(bs_convert(options->file, &wanted));
    bs_log(BS_LOG_INFO, "written: %s", options->output);
    return BS_OK;
}

bs_status bs_command_convert(const bs_options *options)
{
    return convert(options);
}
