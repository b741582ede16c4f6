/* The verb plot: a picture of a result file. */
#include "commands.h"
#include "plot.h"

bs_status bs_command_plot(const bs_comm *world, const bs_options *options)
{
    return bs_agree(world, world->rank == 0 ? bs_plot(options->file, options->output) : BS_OK);
}
