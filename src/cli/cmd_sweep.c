/* The verb sweep: an experiment into a file, from the start or from where it was left. */
#include <mpi.h>

#include "backend_words.h"
#include "read_experiment.h"
#include "sweep_run.h"
#include "verb.h"

static bs_status run(const bs_comm *world, const bs_options *options)
{
    const double start = MPI_Wtime();
    bs_experiment *experiment = NULL;
    bs_status status = bs_read_experiment(world, options, bs_verb_sweep.name, &experiment);
    if (status == BS_OK) {
        const sweep_request request = {
            .experiment = experiment, .dry_run = options->dry_run, .start = start};
        status = bs_sweep_experiment(world, &request);
    }
    bs_experiment_destroy(experiment);
    return status;
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
    {"backend", 0, "NAME", "evaluation.backend", 0, bs_backend_word_at,
     "what runs the networks (default auto)"},
    BS_FLAG_SETTING("kernel", "NAME", "evaluation.backend", NULL),
    BS_FLAG_SETTING("shards", "N", "parallel.shards", "ranks that share the images of a point"),
    BS_FLAG_SETTING("gpus", "N", "parallel.gpus", "GPUs of a node that are used at most"),
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
    .stops = true,
    .run = run,
    .defaults = bs_experiment_defaults,
};
