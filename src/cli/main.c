/* Starts MPI, runs one verb, and turns its status into messages and an exit code. */
#include <stdio.h>
#include <stdlib.h>

#include <mpi.h>

#include "blueshift/demo.h"
#include "blueshift/experiment.h"
#include "blueshift/fault.h"
#include "blueshift/log.h"
#include "blueshift/memory.h"
#include "blueshift/provenance.h"
#include "blueshift/stop.h"
#include "commands.h"

static bs_status run(const bs_comm *world, const bs_options *options, double start)
{
    switch (options->verb) {
    case BS_VERB_SWEEP:
        return bs_command_sweep(world, options, start);
    case BS_VERB_ANALYSE:
        return bs_command_analyse(world, options);
    case BS_VERB_INFO:
        return bs_command_info(world, options);
    case BS_VERB_PLOT:
        return bs_command_plot(world, options);
    case BS_VERB_THEORY:
        return bs_command_theory(world, options);
    case BS_VERB_CONVERT:
        return bs_command_convert(world, options);
    case BS_VERB_DEMO:
        return bs_command_demo(world, options);
    case BS_VERB_NONE:
        break;
    }
    return BS_OK;
}

/* Help, version and defaults: text on stdout, from rank 0. */
static bs_status print_text(const bs_comm *world, const bs_options *options)
{
    char *text = NULL;
    if (options->version) {
        text = bs_strdup(bs_version_text());
    } else if (options->help) {
        BS_TRY(bs_options_help(options->verb, &text));
    } else if (options->verb == BS_VERB_DEMO) {
        BS_TRY(bs_demo_defaults(&text));
    } else {
        BS_TRY(bs_experiment_defaults(&text));
    }
    if (text == NULL) {
        return BS_ERR_MEMORY;
    }
    if (world->rank == 0) {
        printf("%s%s", text, options->version ? "\n" : "");
    }
    bs_free(text);
    return BS_OK;
}

static bs_status run_program(int argc, char **argv, const bs_comm *world, double start)
{
    bs_options options = {.verb = BS_VERB_NONE};
    bs_status status = bs_options_parse(argc, argv, &options);
    if (status == BS_OK) {
        bs_log_init(options.verbose ? BS_LOG_DEBUG : BS_LOG_INFO, world->rank == 0);
        bool text = options.help || options.version || options.defaults;
        status = text ? print_text(world, &options) : run(world, &options, start);
    }
    bs_options_release(&options);
    return status;
}

/* Tells the user once. Every rank holds the same status and text by now (bs_agree). */
static void report(bs_status status)
{
    if (status != BS_OK && status != BS_STOPPED) {
        bs_log(BS_LOG_ERROR, "%s", bs_error_text());
        bs_log(BS_LOG_DEBUG, "%s at %s", bs_status_name(status), bs_error_where());
    }
}

int main(int argc, char **argv)
{
    int provided = 0;
    if (MPI_Init_thread(&argc, &argv, MPI_THREAD_MULTIPLE, &provided) != MPI_SUCCESS) {
        fprintf(stderr, "blueshift: error: MPI could not be started\n");
        return EXIT_FAILURE;
    }
    double start = MPI_Wtime();
    bs_comm world = {0};
    bs_status status = bs_comm_create(MPI_COMM_WORLD, &world);
    bs_log_init(BS_LOG_INFO, world.rank == 0);
    if (status == BS_OK) {
        bs_fault_set_rank(world.rank);
        bs_stop_install();
        status = run_program(argc, argv, &world, start);
        report(status);
        bs_comm_release(&world);
    }
    MPI_Finalize();
    return bs_status_exit_code(status);
}
