/* The verb plot: a picture of a result file. */
#include "blueshift/plot.h"
#include "commands.h"

bs_status bs_command_plot(const bs_options *options)
{
    bs_plot_options plot = options->plot;
    plot.output = options->output;
    return bs_plot(options->file, &plot);
}
