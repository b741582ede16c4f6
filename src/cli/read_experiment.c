/* An experiment or a demo from the command line, the same on all ranks. */
#include "read_experiment.h"

#include <string.h>

#include "job_file.h"
#include "wrong_verb.h"

/* Whether all ranks read the same: patterns of files are looked up by each. Collective. */
static bs_status check_alike(const bs_comm *world, const bs_experiment *experiment)
{
    char first[BS_HASH_HEX];
    if (world->size == 1) {
        return BS_OK;
    }
    memcpy(first, experiment->identity_hash, sizeof first);
    BS_TRY(BS_MPI(MPI_Bcast(first, BS_HASH_HEX, MPI_CHAR, 0, world->mpi)));
    bs_status status = BS_OK;
    if (strcmp(first, experiment->identity_hash) != 0) {
        status = BS_FAIL(BS_ERR_IO, "ranks do not see the same files, or a pattern's files change "
                                    "while it is read; wait until they are there on all nodes");
    }
    return bs_agree(world, status);
}

/* Reads FILE with the settings of OPTIONS into what OUT points to. */
typedef bs_status (*reader)(const char *file, const bs_options *options, void *out);

static bs_status read_experiment(const char *file, const bs_options *options, void *out)
{
    bs_experiment **experiment = out;
    return bs_experiment_read(file, options->setting_count, (const char *const *)options->settings,
                              experiment);
}

static bs_status read_demo(const char *file, const bs_options *options, void *out)
{
    bs_demo **demo = out;
    return bs_demo_read(file, options->setting_count, (const char *const *)options->settings, demo);
}

/* Collective. */
static bs_status read_operand(const bs_comm *world, const bs_options *options, const char *verb,
                              reader read, void *out)
{
    char path[BS_PATH_MAX];
    const char *file = bs_job_file(options->operand, path);
    bs_status status = read(file, options, out);
    return bs_agree(world, status == BS_ERR_USAGE ? bs_blame_verb(file, verb) : status);
}

bs_status bs_read_experiment(const bs_comm *world, const bs_options *options, const char *verb,
                             bs_experiment **experiment)
{
    BS_TRY(read_operand(world, options, verb, read_experiment, experiment));
    return check_alike(world, *experiment);
}

bs_status bs_read_demo(const bs_comm *world, const bs_options *options, const char *verb,
                       bs_demo **demo)
{
    return read_operand(world, options, verb, read_demo, demo);
}
