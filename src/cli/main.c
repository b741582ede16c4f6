/* Runs one verb, with MPI where it needs it, and turns its status into messages and an exit code.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <mpi.h>

#include "blueshift/demo.h"
#include "blueshift/experiment.h"
#include "blueshift/fault.h"
#include "blueshift/log.h"
#include "blueshift/memory.h"
#include "blueshift/provenance.h"
#include "blueshift/stop.h"
#include "commands.h"

/* Help, version and defaults: text on stdout. */
static bs_status print_text(const bs_options *options)
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
    printf("%s%s", text, options->version ? "\n" : "");
    bs_free(text);
    return BS_OK;
}

static bool is_text(const bs_options *options)
{
    return options->help || options->version || options->defaults;
}

static bool needs_mpi(const bs_options *options)
{
    switch (options->verb) {
    case BS_VERB_SWEEP:
    case BS_VERB_ANALYSE:
    case BS_VERB_DEMO:
        return !is_text(options);
    case BS_VERB_NONE:
    case BS_VERB_INFO:
    case BS_VERB_PLOT:
    case BS_VERB_THEORY:
    case BS_VERB_CONVERT:
        break;
    }
    return false;
}

static bs_status run_parallel(const bs_comm *world, const bs_options *options, double start)
{
    switch (options->verb) {
    case BS_VERB_SWEEP:
        return bs_command_sweep(world, options, start);
    case BS_VERB_ANALYSE:
        return bs_command_analyse(world, options);
    case BS_VERB_DEMO:
        return bs_command_demo(world, options);
    case BS_VERB_NONE:
    case BS_VERB_INFO:
    case BS_VERB_PLOT:
    case BS_VERB_THEORY:
    case BS_VERB_CONVERT:
        break;
    }
    return BS_OK;
}

static bs_status run_alone(const bs_options *options)
{
    if (is_text(options)) {
        return print_text(options);
    }
    switch (options->verb) {
    case BS_VERB_INFO:
        return bs_command_info(options);
    case BS_VERB_PLOT:
        return bs_command_plot(options);
    case BS_VERB_THEORY:
        return bs_command_theory(options);
    case BS_VERB_CONVERT:
        return bs_command_convert(options);
    case BS_VERB_NONE:
    case BS_VERB_SWEEP:
    case BS_VERB_ANALYSE:
    case BS_VERB_DEMO:
        break;
    }
    return BS_OK;
}

/* Tells the user once. Every rank holds the same status and text by now (bs_agree). */
static int report(bs_status status)
{
    if (status != BS_OK && status != BS_STOPPED) {
        bs_log(BS_LOG_ERROR, "%s", bs_error_text());
        bs_log(BS_LOG_DEBUG, "%s at %s", bs_status_name(status), bs_error_where());
    }
    return bs_status_exit_code(status);
}

/* A verb on all ranks of MPI. */
static int main_parallel(int argc, char **argv, bs_options *options)
{
    int provided = 0;
    if (MPI_Init_thread(&argc, &argv, MPI_THREAD_MULTIPLE, &provided) != MPI_SUCCESS) {
        fprintf(stderr, "blueshift: error: MPI could not be started\n");
        return EXIT_FAILURE;
    }
    double start = MPI_Wtime();
    bs_comm world = {0};
    bs_status status = bs_comm_create(MPI_COMM_WORLD, &world);
    bs_log_init(options->verbose ? BS_LOG_DEBUG : BS_LOG_INFO, world.rank == 0);
    if (status == BS_OK) {
        bs_fault_set_rank(world.rank);
        bs_stop_install();
        status = bs_agree(&world, bs_options_collect(argc, argv, options));
    }
    if (status == BS_OK) {
        status = run_parallel(&world, options, start);
    }
    int code = report(status);
    bs_comm_release(&world);
    MPI_Finalize();
    return code;
}

/* The rank that mpirun gave this process. Not SLURM_PROCID or PMIX_RANK: a script under srun has
 * them too, and each of its tasks may well draw a file of its own. */
static int launched_rank(void)
{
    const char *rank = getenv("OMPI_COMM_WORLD_RANK");
    return rank == NULL ? 0 : (int)strtol(rank, NULL, 10);
}

/* One process does it, and MPI is not started. */
static int main_alone(int argc, char **argv, bs_options *options)
{
    bs_log_init(options->verbose ? BS_LOG_DEBUG : BS_LOG_INFO, true);
    bs_status status = bs_options_collect(argc, argv, options);
    if (status == BS_OK) {
        status = run_alone(options);
    }
    return report(status);
}

int main(int argc, char **argv)
{
    bs_options options;
    bs_status status = bs_options_parse(argc, argv, &options);
    int code = EXIT_SUCCESS;
    if (status == BS_OK && needs_mpi(&options)) {
        code = main_parallel(argc, argv, &options);
    } else if (launched_rank() == 0) { /* the others say nothing, and end well so that it may */
        code = status == BS_OK ? main_alone(argc, argv, &options) : report(status);
    }
    bs_options_release(&options);
    return code;
}
