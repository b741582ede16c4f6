/* The verb plot: a picture of a result file. */
#include "blueshift/plot.h"
#include "commands.h"

bs_status bs_command_plot(const bs_comm *world, const bs_options *options)
{
    bs_plot_options plot = options->plot;
    plot.output = options->output;
    return bs_agree(world, world->rank == 0 ? bs_plot(options->file, &plot) : BS_OK);
}
