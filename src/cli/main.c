/* Runs one verb, with MPI where it needs it, and turns its status into messages and an exit code.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <mpi.h>

#include "blueshift/backend.h"
#include "blueshift/comm.h"
#include "blueshift/fault.h"
#include "blueshift/log.h"
#include "blueshift/memory.h"
#include "blueshift/provenance.h"
#include "blueshift/stop.h"
#include "verb.h"

/* Whether text on stdout is all that is wanted, whatever the verb. */
static bool is_text(const bs_options *options)
{
    return options->help || options->version || options->defaults || options->list;
}

static bs_status print_text(const bs_options *options)
{
    if (options->version) {
        printf("%s\nGPU kernels: %s\n", bs_version_text(), bs_backend_cuda_text());
    } else if (options->help) {
        bs_options_help(stdout, options->verb);
    } else if (options->list) {
        bs_options_list(stdout, options->verb);
    } else {
        char *text = NULL;
        BS_TRY(options->verb->defaults(&text));
        fputs(text, stdout);
        bs_free(text);
    }
    return BS_OK;
}

static void start_log(const bs_options *options, bool speaks)
{
    const char *unknown = NULL;
    bs_log_init(bs_options_level(options, &unknown), speaks);
    if (unknown != NULL) {
        bs_log(BS_LOG_WARNING, "BLUESHIFT_LOG=%s is no level; see --log-level", unknown);
    }
}

/* Results that did not reach their reader are a failure: a full disk under a redirected output. */
static bs_status flush_output(void)
{
    errno = 0;
    if (fflush(stdout) == 0 && ferror(stdout) == 0) {
        return BS_OK;
    }
    return BS_FAIL(BS_ERR_IO, "the standard output cannot be written: %s",
                   errno != 0 ? strerror(errno) : "is its disk full?");
}

/* Reports to the user once. Every rank holds the same status and text by now (bs_agree). */
static int report(bs_status status)
{
    if (status != BS_OK && status != BS_STOPPED) {
        bs_log(BS_LOG_ERROR, "%s", bs_error_text());
        bs_log(BS_LOG_DEBUG, "%s at %s", bs_status_name(status), bs_error_where());
    }
    return bs_status_exit_code(status);
}

/* One rank failed in a library that the others never leave: agreement is impossible. */
static void end_job(void)
{
    fprintf(stderr, "blueshift: error: %s\n", bs_error_text());
    MPI_Abort(MPI_COMM_WORLD, EXIT_FAILURE);
}

/* All ranks do it. */
static int main_parallel(int argc, char **argv, bs_options *options)
{
    int provided = 0;
    if (MPI_Init_thread(&argc, &argv, MPI_THREAD_MULTIPLE, &provided) != MPI_SUCCESS) {
        fprintf(stderr, "blueshift: error: MPI could not be started\n");
        return EXIT_FAILURE;
    }
    bs_comm world = {0};
    bs_status status = bs_comm_create(MPI_COMM_WORLD, &world);
    start_log(options, world.rank == 0);
    if (status == BS_OK) {
        bs_comm_on_lost(end_job);
        bs_fault_set_rank(world.rank);
        (options->verb->stops ? bs_stop_install : bs_stop_install_end)();
        status = bs_agree(&world, bs_options_collect(argc, argv, options));
    }
    if (status == BS_OK) {
        status = options->verb->run(&world, options);
    }
    if (status == BS_OK) {
        status = bs_agree(&world, flush_output());
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
    bs_stop_install_end();
    bs_status status = bs_options_collect(argc, argv, options);
    if (status == BS_OK) {
        status =
            is_text(options) ? print_text(options) : options->verb->run(&bs_comm_alone, options);
    }
    return report(status == BS_OK ? flush_output() : status);
}

/* A standard stream that is closed would be the number of the next file opened, and what is printed
 * would be written into it. Reading and writing the stream still fails. */
static void occupy_streams(void)
{
    for (int stream = 0; stream <= STDERR_FILENO; stream++) {
        if (fcntl(stream, F_GETFD) < 0) {
            (void)open("/dev/null", stream == STDIN_FILENO ? O_WRONLY : O_RDONLY);
        }
    }
}

int main(int argc, char **argv)
{
    occupy_streams();
    bs_options options;
    bs_status status = bs_options_parse(argc, argv, &options);
    int code = EXIT_SUCCESS;
    if (status == BS_OK && !is_text(&options) && options.verb->mpi) {
        code = main_parallel(argc, argv, &options);
    } else if (launched_rank() == 0) { /* the others say nothing, and end well so that it may */
        start_log(&options, true);
        code = status == BS_OK ? main_alone(argc, argv, &options) : report(status);
    }
    bs_options_release(&options);
    return code;
}
