/* The verb rerun: a result file's experiment once more, from the file alone, compared bit by bit.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <mpi.h>
#include <sys/stat.h>

#include "blueshift/memory.h"
#include "blueshift/surface.h"
#include "blueshift/text.h"
#include "compare_files.h"
#include "sweep_run.h"
#include "verb.h"

/* What the file says of its sweep. */
typedef struct rerun_job {
    const bs_options *options;
    char *identity;
    char *backend;
    bs_experiment *experiment;
} rerun_job;

/* An output that exists may be a rerun that was stopped; bs_sweep_file refuses any other. */
static bs_status check_options(const bs_options *o)
{
    struct stat of, to;
    if (o->output == NULL) {
        char word[BS_SHELL_WORD];
        return BS_FAIL(BS_ERR_USAGE, "rerun needs an output: blueshift rerun %s -o NEW.nc",
                       bs_text_shell_word(o->operand, word, sizeof word));
    }
    if (stat(o->operand, &of) == 0 && stat(o->output, &to) == 0 && of.st_dev == to.st_dev &&
        of.st_ino == to.st_ino) {
        return BS_FAIL(BS_ERR_USAGE, "%s would be compared with itself; choose another output",
                       o->operand);
    }
    return BS_OK;
}

/* The output, and the backend that the file names, whatever is the fastest here. Neither is part
 * of the identity. */
static bs_status redirect(rerun_job *j)
{
    char *output = bs_strdup(j->options->output);
    char *backend = bs_strdup(j->backend != NULL ? j->backend : "auto");
    if (output == NULL || backend == NULL) {
        bs_free(output);
        bs_free(backend);
        return BS_ERR_MEMORY;
    }
    bs_free(j->experiment->output);
    bs_free(j->experiment->backend);
    j->experiment->output = output;
    j->experiment->backend = backend;
    return BS_OK;
}

static bs_status read_file(rerun_job *j)
{
    const bs_options *o = j->options;
    bs_surface *file = NULL;
    char *text = NULL;
    BS_TRY(bs_surface_open_read(&bs_comm_alone, o->operand, &file));
    bs_status status = bs_surface_attribute(file, "experiment", &text);
    if (status == BS_OK) {
        status = bs_surface_identity(file, &j->identity);
    }
    if (status == BS_OK) {
        status = bs_surface_attribute(file, "backend", &j->backend);
    }
    if (status == BS_OK && (text == NULL || bs_surface_is_part(file))) {
        status = BS_FAIL(BS_ERR_INPUT,
                         "%s is a part of a result, or another program's: it does not say all of "
                         "its experiment; take the original file",
                         o->operand);
    }
    bs_status closed = bs_surface_close(file);
    status = status != BS_OK ? status : closed;
    if (status == BS_OK) {
        status = bs_experiment_parse(text, o->operand, o->setting_count,
                                     (const char *const *)o->settings, &j->experiment);
    }
    bs_free(text);
    return status == BS_OK ? redirect(j) : status;
}

/* Rank 0. */
static bs_status compare_files(const bs_options *o)
{
    comparison c;
    BS_TRY(bs_compare_files(o->operand, o->output, &c));
    if (c.equal < c.points) {
        return BS_FAIL(BS_ERR_IO,
                       "%s: %" PRId64 " of %" PRId64 " points have other bits than in %s; the "
                       "largest difference of a value is %.2g of it",
                       o->output, c.points - c.equal, c.points, o->operand, c.worst);
    }
    printf("%s: all %" PRId64 " points of %s again, with the same bits\n", o->output, c.points,
           o->operand);
    return BS_OK;
}

/* The file names files as they were found from another folder, or on another machine. */
static bs_status suggest_places(bs_status status)
{
    return status != BS_ERR_INPUT ? status
                                  : BS_FAIL(status,
                                            "%s. Files that lie elsewhere now are named by --set: "
                                            "networks.0.weights=FILE, data.path=DIR",
                                            bs_error_text());
}

static bs_status run(const bs_comm *world, const bs_options *options)
{
    rerun_job j = {.options = options};
    sweep_request request = {.start = MPI_Wtime()};
    bs_status status = check_options(options);
    status = bs_agree(world, status == BS_OK ? read_file(&j) : status);
    if (status == BS_OK) {
        request.experiment = j.experiment;
        request.identity = j.identity;
        status = suggest_places(bs_sweep_experiment(world, &request));
    }
    if (status == BS_OK) {
        status = bs_agree(world, world->rank == 0 ? compare_files(options) : BS_OK);
    }
    bs_experiment_destroy(j.experiment);
    bs_free(j.identity);
    bs_free(j.backend);
    return status;
}

static const bs_flag flags[] = {
    BS_FLAG_TEXT("output", 'o', "NEW.nc", output, NULL, "the new result file"),
    BS_FLAG_SETTING("set", "KEY=FILE", NULL,
                    "where a file of the sweep is now, such as networks.0.weights=W.safetensors or "
                    "data.path=DIR; may be repeated"),
    BS_FLAGS_END,
};

const bs_verb bs_verb_rerun = {
    .name = "rerun",
    .usage = "FILE -o NEW.nc [FLAGS]",
    .summary = "repeat the sweep of a result file, and compare bit by bit",
    .details =
        "The file alone says what to do; weights and images are checked by their hashes, and "
        "the backend is the one that it names. Ranks may be as many as you like. The same "
        "command resumes. Exit codes: 0 the same bits, 1 other ones, 2 it cannot be "
        "repeated, and why, 75 stopped and resumable.",
    .needs = "a result file: blueshift rerun FILE -o NEW.nc",
    .flags = flags,
    .mpi = true,
    .stops = true,
    .run = run,
};
