/* Creates the file of a sweep or resumes it, fills it and says what it holds. */
#include "sweep_file.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "attributes.h"
#include "blueshift/analysis.h"
#include "blueshift/log.h"
#include "blueshift/memory.h"
#include "blueshift/progress.h"
#include "blueshift/text.h"
#include "report.h"

bs_status bs_sweep_add_arrays(bs_surface_schema *schema, bs_array_list *list)
{
    for (int a = 0; a < schema->array_count; a++) {
        BS_TRY(bs_array_list_add(list, &schema->arrays[a]));
    }
    BS_TRY(bs_analysis_list_arrays(schema, list));
    schema->array_count = list->count;
    schema->arrays = list->arrays;
    return BS_OK;
}

/* Whether the output exists, on all ranks. Collective. */
static bs_status find_output(const sweep_run *run, bool *exists)
{
    const bs_comm *world = &run->groups->world;
    int there = world->rank == 0 && access(run->experiment->output, F_OK) == 0;
    BS_TRY(BS_MPI(MPI_Bcast(&there, 1, MPI_INT, 0, world->mpi)));
    *exists = there != 0;
    return BS_OK;
}

/* Creates the file unless it is there; should another job create it meanwhile, it is the lock that
 * decides which of them writes. Collective. */
static bs_status create_file(const sweep_run *run)
{
    const bs_groups *groups = run->groups;
    const bs_experiment *experiment = run->experiment;
    bool exists = false;
    BS_TRY(find_output(run, &exists));
    if (exists) {
        return BS_OK;
    }
    bs_surface_schema schema;
    bs_network_surface_schema(run->networks, &schema);
    bs_attributes attributes;
    bs_array_list arrays = {0};
    bs_status status = bs_attributes_make(groups, experiment, run->networks, &attributes);
    if (status == BS_OK) {
        schema.attribute_count = attributes.count;
        schema.attributes = attributes.list;
        status = bs_sweep_add_arrays(&schema, &arrays);
    }
    status = bs_agree(&groups->world, status);
    if (status == BS_OK) {
        status = bs_surface_create(&groups->world, experiment->output, &schema);
    }
    bs_array_list_release(&arrays);
    bs_attributes_release(&attributes);
    if (status == BS_ERR_INPUT) {
        BS_TRY(find_output(run, &exists));
    }
    return exists ? BS_OK : status;
}

/* What the line of an identity begins with that names the backend. */
static const char BACKEND_LINE[] = "kernel: ";

/* Refuses a file whose values came from another experiment. */
static bs_status check_identity(const char *path, bs_surface *file, const char *identity)
{
    char *stored = NULL;
    BS_TRY(bs_surface_identity(file, &stored));
    char theirs[160];
    char ours[160];
    bs_status status = BS_OK;
    if (bs_experiment_difference(stored, identity, theirs, ours, sizeof ours) &&
        strncmp(theirs, BACKEND_LINE, strlen(BACKEND_LINE)) == 0) {
        status = BS_FAIL(BS_ERR_USAGE,
                         "%s: its values come from another backend than this run's (%s). Resume it "
                         "with --backend=%s, on machines that have it, or choose another output "
                         "file (--surf_file)",
                         path, ours + strlen(BACKEND_LINE), theirs + strlen(BACKEND_LINE));
    } else if (bs_experiment_difference(stored, identity, theirs, ours, sizeof ours)) {
        status = BS_FAIL(BS_ERR_USAGE,
                         "%s: belongs to another experiment: the file has '%s', this run has '%s'. "
                         "Choose another output file, or remove this one",
                         path, theirs, ours);
    }
    bs_free(stored);
    return status;
}

/* The readable end of a sweep, from the file itself. Rank 0 only. */
static bs_status print_end(const sweep_run *run)
{
    const bs_sweep_report *summary = &run->summary;
    const char *path = run->experiment->output;
    char time[32];
    printf("%s\n%s: %" PRId64 " points, %" PRId64 " done before, %" PRId64 " in %s",
           run->experiment->title, path, summary->points, summary->skipped, summary->done,
           bs_duration_text(summary->seconds, time, sizeof time));
    if (summary->seconds > 0 && summary->done > 0) {
        double total = summary->seconds + run->analysing;
        printf(" (%.3g points/s, %.2f %% of the time outside evaluation, %.2f %% waiting for the "
               "last rank)",
               (double)summary->done / summary->seconds,
               100.0 * (1.0 - summary->evaluating / total), 100.0 * summary->waiting / total);
    }
    printf("\n");
    if (run->skipped_spectra > 0) {
        printf("no spectrum for %d surface%s with non-finite or failed points\n",
               run->skipped_spectra, run->skipped_spectra == 1 ? "" : "s");
    }
    char word[BS_SHELL_WORD];
    BS_TRY(bs_report_path(stdout, path));
    path = bs_text_shell_word(path, word, sizeof word);
    printf("look at it: blueshift plot %s   or: ncdump -h %s\n", path, path);
    return BS_OK;
}

/* Derives what follows from the points. A whole analysis of the same points stands, with the
 * options it was made with: written over, it would be lost for a while. Collective. */
static bs_status analyse(sweep_run *run, bs_surface *file)
{
    const bs_experiment *experiment = run->experiment;
    const bs_analysis_options analysis = {
        .window = experiment->window,
        .cutoff = experiment->cutoff,
        .tail = {experiment->tail[0], experiment->tail[1]},
    };
    bool whole = false;
    bool same = false;
    bs_status status = bs_analysis_compare(file, &analysis, &whole, &same);
    BS_TRY(bs_agree(&run->groups->world, status));
    if (whole && run->summary.done == 0) {
        if (!same) {
            bs_log(BS_LOG_WARNING,
                   "%s: its analysis, made with other options, is kept; to replace it: blueshift "
                   "analyse %s --set analysis.KEY=VALUE",
                   experiment->output, experiment->output);
        }
        return BS_OK;
    }
    return bs_analysis_run(&run->groups->world, file, &analysis, &run->skipped_spectra);
}

/* Evaluates and analyses. Collective. */
static bs_status fill_file(sweep_run *run, bs_surface *file)
{
    const bs_experiment *experiment = run->experiment;
    const bs_comm *world = &run->groups->world;
    bs_status status =
        check_identity(experiment->output, file, bs_network_surface_identity(run->networks));
    if (status == BS_OK) {
        status = bs_network_surface_begin(run->networks, file);
    }
    BS_TRY(bs_agree(world, status));
    BS_TRY(bs_network_surface_trajectories(run->networks, file));
    BS_TRY(bs_sweep_run(run->groups, file, bs_network_surface_evaluator(run->networks),
                        &run->options, &run->summary));
    double begin = MPI_Wtime();
    BS_TRY(analyse(run, file));
    run->analysing = MPI_Wtime() - begin;
    return BS_OK;
}

static bs_status report_end(const sweep_run *run)
{
    const bs_comm *world = &run->groups->world;
    BS_TRY(bs_agree(world, world->rank == 0 && !run->silent ? print_end(run) : BS_OK));
    if (run->summary.failed > 0) {
        return BS_FAIL(BS_ERR_IO,
                       "%s: %" PRId64 " points failed and are marked so; run the same command "
                       "again to retry them",
                       run->experiment->output, run->summary.failed);
    }
    return BS_OK;
}

bs_status bs_sweep_file(sweep_run *run)
{
    const char *path = run->experiment->output;
    bs_surface *file = NULL;
    BS_TRY(create_file(run));
    bs_status status = bs_surface_open(&run->groups->world, path, &file);
    if (status == BS_ERR_INPUT) {
        return BS_FAIL(status, "%s; it is not overwritten: choose another output (--surf_file)",
                       bs_error_text());
    }
    BS_TRY(status);
    status = fill_file(run, file);
    if (status == BS_OK || status == BS_STOPPED) {
        bs_status added = bs_surface_add_session(file, MPI_Wtime() - run->options.start);
        status = added != BS_OK ? added : status;
    }
    bs_status closed = bs_surface_close(file);
    if (status == BS_STOPPED) {
        bs_log(BS_LOG_WARNING,
               "stopped early with %" PRId64 " of %" PRId64 " points done in %s; the same command "
               "resumes it",
               run->summary.skipped + run->summary.done, run->summary.points, path);
    }
    BS_TRY(status);
    BS_TRY(closed);
    return report_end(run);
}
