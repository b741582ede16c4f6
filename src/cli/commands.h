/* The verbs of the program. */
#ifndef BLUESHIFT_CLI_COMMANDS_H
#define BLUESHIFT_CLI_COMMANDS_H

#include "blueshift/comm.h"
#include "options.h"

/* Collective over WORLD, with the same status on every rank. START is MPI_Wtime() at the start of
 * the program. */
bs_status bs_command_sweep(const bs_comm *world, const bs_options *options, double start);
bs_status bs_command_analyse(const bs_comm *world, const bs_options *options);
bs_status bs_command_demo(const bs_comm *world, const bs_options *options);

/* One process does these, and MPI is not started. */
bs_status bs_command_info(const bs_options *options);
bs_status bs_command_plot(const bs_options *options);
bs_status bs_command_theory(const bs_options *options);
bs_status bs_command_convert(const bs_options *options);

#endif
