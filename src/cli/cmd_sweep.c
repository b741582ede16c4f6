/* The verb sweep: an experiment into a file, from the start or from where it was left. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "attributes.h"
#include "blueshift/analysis.h"
#include "blueshift/backend.h"
#include "blueshift/cost.h"
#include "blueshift/experiment.h"
#include "blueshift/log.h"
#include "blueshift/memory.h"
#include "blueshift/network_surface.h"
#include "blueshift/progress.h"
#include "blueshift/schedule.h"
#include "report.h"
#include "verb.h"

static const double MIB = 1048576.0;

/* One sweep from the command line. */
typedef struct sweep_run {
    const bs_groups *groups;
    const bs_experiment *experiment;
    const bs_network_surface *networks;
    bs_sweep_options options;
    bs_sweep_report summary;
    int skipped_spectra;
    double analysing; /* seconds */
} sweep_run;

static void print_cost(const bs_groups *groups, const bs_cost *cost)
{
    char wall[32];
    bs_duration_text(cost->wall_seconds, wall, sizeof wall);
    printf("points            %" PRId64 "\n", cost->points);
    printf("operations        %.3g FLOP\n", cost->flop);
    printf("core-hours        %.3g\n", cost->core_seconds / 3600.0);
    printf("time              %s on %d rank%s (%d x %d shards)\n", wall, groups->world.size,
           groups->world.size == 1 ? "" : "s", groups->group_count, groups->shard_count);
    printf("memory            %.1f MiB per rank, %.1f MiB of images per node\n",
           cost->rank_bytes / MIB, cost->node_image_bytes / MIB);
    bool large = cost->file_bytes >= 1024.0 * MIB;
    printf("file              %.3g %s\n", cost->file_bytes / MIB / (large ? 1024.0 : 1.0),
           large ? "GiB" : "MiB");
}

/* Adds what the analysis will derive to the arrays of points that SCHEMA has; its arrays are then
 * those of LIST. */
static bs_status add_arrays(bs_surface_schema *schema, bs_array_list *list)
{
    for (int a = 0; a < schema->array_count; a++) {
        BS_TRY(bs_array_list_add(list, &schema->arrays[a]));
    }
    BS_TRY(bs_analysis_list_arrays(schema, list));
    schema->array_count = list->count;
    schema->arrays = list->arrays;
    return BS_OK;
}

static bool on_demand(const bs_experiment *experiment, const bs_groups *groups)
{
    return experiment->schedule == BS_SCHEDULE_ON_DEMAND ||
           (experiment->schedule == BS_SCHEDULE_AUTO && groups->group_count > 1 &&
            groups->group_count <= BS_SCHEDULE_SERVED_GROUPS);
}

static bs_status dry_run(const bs_groups *groups, const bs_experiment *experiment,
                         const bs_network_surface *networks)
{
    bs_cost cost;
    bs_surface_schema schema;
    bs_array_list arrays = {0};
    BS_TRY(bs_cost_estimate(groups, experiment, networks, on_demand(experiment, groups), &cost));
    bs_network_surface_schema(networks, &schema);
    bs_status status = add_arrays(&schema, &arrays);
    if (status == BS_OK) {
        cost.file_bytes = (double)bs_surface_file_size(&schema);
    }
    bs_array_list_release(&arrays);
    BS_TRY(bs_agree(&groups->world, status));
    if (groups->world.rank == 0) {
        print_cost(groups, &cost);
    }
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
        status = add_arrays(&schema, &arrays);
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

/* Refuses a file whose values came from another experiment. */
static bs_status check_identity(const char *path, bs_surface *file, const char *identity)
{
    char *stored = NULL;
    BS_TRY(bs_surface_attribute(file, "experiment_identity", &stored));
    char theirs[160];
    char ours[160];
    bs_status status = BS_OK;
    if (stored == NULL) {
        status =
            BS_FAIL(BS_ERR_INPUT, "%s: holds no experiment_identity; choose another output", path);
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
    bs_surface *file = NULL;
    BS_TRY(bs_surface_open_read(&bs_comm_alone, path, &file));
    bs_status status = bs_report_print(stdout, file);
    bs_status closed = bs_surface_close(file);
    printf("look at it: blueshift plot %s   or: ncdump -h %s\n", path, path);
    return status != BS_OK ? status : closed;
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
                   "%s: its analysis has other options and stands; to replace it: blueshift "
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
    BS_TRY(bs_agree(world, world->rank == 0 ? print_end(run) : BS_OK));
    if (run->summary.failed > 0) {
        return BS_FAIL(BS_ERR_IO,
                       "%s: %" PRId64 " points failed and are marked so; run the same command "
                       "again to retry them",
                       run->experiment->output, run->summary.failed);
    }
    return BS_OK;
}

static bs_status sweep_file(sweep_run *run)
{
    const char *path = run->experiment->output;
    bs_surface *file = NULL;
    BS_TRY(create_file(run));
    BS_TRY(bs_surface_open(&run->groups->world, path, &file));
    bs_status status = fill_file(run, file);
    if (status == BS_OK || status == BS_STOPPED) {
        bs_status added = bs_surface_add_session(file, MPI_Wtime() - run->options.start);
        status = added != BS_OK ? added : status;
    }
    bs_status closed = bs_surface_close(file);
    if (status == BS_STOPPED) {
        bs_log(BS_LOG_INFO,
               "stopped early with %" PRId64 " of %" PRId64 " points done in %s; the same command "
               "resumes it",
               run->summary.skipped + run->summary.done, run->summary.points, path);
    }
    BS_TRY(status);
    BS_TRY(closed);
    return report_end(run);
}

static bs_status run_experiment(const bs_groups *groups, const bs_experiment *experiment,
                                const bs_options *options, double start)
{
    bs_network_surface *networks = NULL;
    BS_TRY(bs_network_surface_create(groups, experiment, &networks));
    sweep_run sweep = {
        .groups = groups,
        .experiment = experiment,
        .networks = networks,
        .options = {.on_demand = on_demand(experiment, groups),
                    .chunk = experiment->chunk,
                    .time_limit = experiment->time_limit,
                    .start = start,
                    .flush_interval = experiment->flush_interval,
                    .quiet = !bs_log_enabled(BS_LOG_INFO)},
    };
    bs_status status =
        options->dry_run ? dry_run(groups, experiment, networks) : sweep_file(&sweep);
    bs_network_surface_destroy(networks);
    return status;
}

static bs_status run(const bs_comm *world, const bs_options *options)
{
    const double start = MPI_Wtime();
    bs_experiment *experiment = NULL;
    bs_status status = bs_experiment_read(options->operand, options->setting_count,
                                          (const char *const *)options->settings, &experiment);
    status = bs_agree(world, status);
    bs_groups groups = {0};
    if (status == BS_OK) {
        status = bs_groups_create(world, (int)experiment->shards, &groups);
    }
    if (status == BS_OK) {
        status = run_experiment(&groups, experiment, options, start);
        bs_groups_release(&groups);
    }
    bs_experiment_destroy(experiment);
    return status;
}

static const char *backend_at(int index, const char **about)
{
    const bs_backend *backend = index == 0 ? NULL : bs_backend_at(index - 1);
    *about = backend != NULL ? backend->arithmetic : "the fastest of this machine";
    return index == 0 ? "auto" : backend != NULL ? backend->name : NULL;
}

static const bs_flag flags[] = {
    BS_FLAG_SETTING("set", "KEY=VALUE", NULL,
                    "set any key of --defaults, such as networks.0.depth=20; may be repeated"),
    BS_FLAG_SETTING("x", "FROM:TO:POINTS", "grid.x", "x axis, such as -1:1:51, both ends included"),
    BS_FLAG_SETTING("y", "FROM:TO:POINTS", "grid.y", "y axis: a plane"),
    BS_FLAG_SETTING("z", "FROM:TO:POINTS", "grid.z", "z axis: a volume"),
    BS_FLAG_SETTING("model_file", "W.safetensors", "networks.0.weights",
                    "trained weights; without them initial weights from the seed"),
    BS_FLAG_SETTING("model_file2", "W.safetensors", "networks.0.weights2",
                    "x runs from the first weights to these"),
    BS_FLAG_SETTING("model_file3", "W.safetensors", "networks.0.weights3",
                    "y runs from the first weights to these"),
    BS_FLAG_SETTING("dir_file", "D.h5", "path.directions",
                    "directions from this file instead of random ones"),
    BS_FLAG_SETTING("xnorm", "filter|layer|none", "path.normalisation",
                    "normalisation of the directions (default filter)"),
    BS_FLAG_SETTING("ynorm", "filter|layer|none", "path.normalisation", NULL),
    BS_FLAG_SETTING("xignore", "biasbn|none", "path.ignore",
                    "whether biases and norm parameters stay fixed (default biasbn)"),
    BS_FLAG_SETTING("yignore", "biasbn|none", "path.ignore", NULL),
    BS_FLAG_SETTING("surf_file", "OUT.nc", "output.file",
                    "result file (default: the experiment's name with .nc)"),
    {"backend", 0, "NAME", "evaluation.backend", 0, backend_at,
     "implementation of the networks (default auto)"},
    BS_FLAG_SETTING("kernel", "NAME", "evaluation.backend", NULL),
    BS_FLAG_SETTING("shards", "N", "parallel.shards", "ranks that share the images of a point"),
    BS_FLAG_SWITCH("dry-run", 'n', dry_run,
                   "check everything, print points, cost, memory and file size, and stop"),
    BS_FLAG_SWITCH("defaults", 0, defaults, "print every key with its default and meaning"),
    BS_FLAGS_END,
};

const bs_verb bs_verb_sweep = {
    .name = "sweep",
    .usage = "[EXPERIMENT.yaml] [FLAGS]",
    .summary = "evaluate networks on a path, plane or volume",
    .details =
        "EXPERIMENT.yaml holds what differs from the defaults, which --defaults prints. Flags "
        "apply on top of it, in their order; without a file they are the whole experiment. "
        "The same command resumes a sweep that was stopped. Exit codes: 0 done, 1 failed, 2 "
        "mistake in the input, 75 stopped and resumable.",
    .flags = flags,
    .mpi = true,
    .run = run,
    .defaults = bs_experiment_defaults,
};
