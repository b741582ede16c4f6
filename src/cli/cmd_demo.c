/* The verb demo: a demo's results into a file, and their picture beside it. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "blueshift/demo_run.h"
#include "blueshift/log.h"
#include "blueshift/memory.h"
#include "blueshift/plot.h"
#include "blueshift/plot_demo.h"
#include "blueshift/text.h"
#include "demo_report.h"
#include "output.h"
#include "read_experiment.h"
#include "verb.h"

/* One demo from the command line. */
typedef struct demo_run {
    bs_demo *demo;
    bs_dataset *dataset;
    char *picture; /* beside the result */
    bool force;
} demo_run;

/* A picture that cannot be drawn, for want of gnuplot, takes nothing from the file: it is said, and
 * the demo is done. */
static bs_status draw(const demo_run *run)
{
    bs_status status = bs_plot_demo(run->dataset, run->picture, run->force);
    if (status == BS_OK) {
        printf("picture: %s\n", run->picture);
    } else if (status != BS_ERR_MEMORY) {
        char word[BS_SHELL_WORD];
        bs_log(BS_LOG_WARNING, "no picture: %s; later: blueshift plot %s", bs_error_text(),
               bs_text_shell_word(run->demo->output, word, sizeof word));
        status = BS_OK;
    }
    return status;
}

/* Takes the results of an earlier run of the same command, which resumes it at its end. Rank 0. */
static bs_status adopt_result(demo_run *run)
{
    bs_dataset *found = NULL;
    if (run->force || !bs_dataset_is(run->demo->output, "demo")) {
        return BS_OK;
    }
    BS_TRY(bs_dataset_read(run->demo->output, &found));
    if (strcmp(bs_dataset_attribute(found, "experiment"), run->demo->yaml) != 0) {
        bs_dataset_destroy(found);
        return BS_OK;
    }
    run->dataset = found;
    bs_status status = bs_plot_demo_check(found);
    return status == BS_OK
               ? BS_OK
               : BS_FAIL(status, "%s: %s, with --force", run->demo->output, bs_error_text());
}

/* Finds out what is there already, and refuses what would be lost. Rank 0. */
static bs_status prepare(demo_run *run)
{
    run->picture = bs_plot_picture_name(run->demo->output);
    if (run->picture == NULL) {
        return BS_ERR_MEMORY;
    }
    BS_TRY(adopt_result(run));
    if (run->dataset != NULL) {
        return BS_OK;
    }
    BS_TRY(bs_check_output(run->demo->output, run->force));
    return bs_check_output(run->picture, run->force);
}

/* Rank 0. COMPUTED: not taken from the file. */
static bs_status conclude(const demo_run *run, bool computed)
{
    if (computed) {
        BS_TRY(bs_dataset_write(run->dataset, run->demo->output, run->force));
    }
    printf("%s\n", run->demo->title);
    BS_TRY(bs_demo_report_print(stdout, run->dataset));
    printf("file: %s%s\n", run->demo->output, computed ? "" : " (from an earlier run)");
    return computed || access(run->picture, F_OK) != 0 ? draw(run) : BS_OK;
}

/* Collective. */
static bs_status run_demo(const bs_comm *world, demo_run *run)
{
    BS_TRY(bs_agree(world, world->rank == 0 ? prepare(run) : BS_OK));
    int found = run->dataset != NULL;
    BS_TRY(bs_agree(world, BS_MPI(MPI_Bcast(&found, 1, MPI_INT, 0, world->mpi))));
    bs_log(BS_LOG_DEBUG, "demo: %s, seed %" PRIu64 ", %s %s", bs_demo_name(run->demo->kind),
           run->demo->seed, found == 0 ? "into" : "already in", run->demo->output);
    if (found == 0) {
        BS_TRY(bs_demo_run(world, run->demo, &run->dataset));
    }
    return bs_agree(world, world->rank == 0 ? conclude(run, found == 0) : BS_OK);
}

static bs_status run(const bs_comm *world, const bs_options *options)
{
    demo_run run = {.force = options->force};
    bs_status status = bs_read_demo(world, options, bs_verb_demo.name, &run.demo);
    if (status == BS_OK) {
        status = run_demo(world, &run);
    }
    bs_free(run.picture);
    bs_dataset_destroy(run.dataset);
    bs_demo_destroy(run.demo);
    return status;
}

/* The name of a demo, or a file of the user's. */
static const char *demo_at(int index, const char **about)
{
    static const char *const abouts[] = {
        [BS_DEMO_FBM] = "fractional Brownian motion, its relu and their average, with spectra",
        [BS_DEMO_AVERAGING] = "noisy copies of an image",
        [BS_DEMO_PLANE] = "averages of complex coefficients"};
    const int count = sizeof abouts / sizeof abouts[0];
    *about = index < count ? abouts[index] : "";
    return index < count ? bs_demo_name((bs_demo_kind)index) : NULL;
}

static const bs_flag flags[] = {
    BS_FLAG_SETTING("set", "KEY=VALUE", NULL,
                    "set any key of --defaults, such as fbm.hurst=0.3; may be repeated"),
    {"output", 'o', "OUT.nc", "output.file", 0, NULL,
     "the result file (default: the demo's name with .nc); its picture ends in .png"},
    BS_FLAG_SWITCH("force", 0, force, "replace the result and the picture if they exist"),
    BS_FLAG_SWITCH("defaults", 0, defaults, "print every key with its default and meaning"),
    BS_FLAGS_END,
};

const bs_verb bs_verb_demo = {
    .name = "demo",
    .usage = "DEMO|FILE.yaml [FLAGS]",
    .summary = "show what averaging does: fbm, averaging or plane",
    .details = "FILE.yaml holds what differs from the defaults, which --defaults prints. Writes "
               "DEMO.nc and a picture, DEMO.png; repeating the command prints what they hold.",
    .needs = "a name, such as fbm, or a YAML file; `blueshift demo --help` lists the names",
    .operands = "Demos",
    .operand_at = demo_at,
    .flags = flags,
    .mpi = true,
    .run = run,
    .defaults = bs_demo_defaults,
};
