/* The verb train: an experiment's networks, from their start or from where they were left. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "backend_words.h"
#include "blueshift/dataset.h"
#include "blueshift/log.h"
#include "blueshift/progress.h"
#include "blueshift/text.h"
#include "blueshift/trainer.h"
#include "dry_run.h"
#include "read_experiment.h"
#include "report_training.h"
#include "verb.h"

/* Which network --network means: a name, or a number from 0. */
static bs_status find_network(const bs_experiment *e, const char *word, int *network)
{
    enum { NAMES = 32, ENDING = 512 };
    const char *names[NAMES];
    int64_t number = -1;
    *network = -1;
    if (word == NULL) {
        return BS_OK;
    }
    for (unsigned i = 0; i < e->network_count; i++) {
        if (strcmp(e->networks[i].name, word) == 0) {
            *network = (int)i;
            return BS_OK;
        }
    }
    if (bs_text_to_int64(word, &number) && number >= 0 && number < (int64_t)e->network_count) {
        *network = (int)number;
        return BS_OK;
    }
    int count = 0;
    for (; count < NAMES && count < (int)e->network_count; count++) {
        names[count] = e->networks[count].name;
    }
    char ending[ENDING];
    bs_text_suggest(word, count, names, "The experiment has", ending, sizeof ending);
    return BS_FAIL(BS_ERR_USAGE, "--network=%s: there is no such network%s", word, ending);
}

static bs_status find_realisation(const bs_experiment *e, const char *word, int64_t *realisation)
{
    *realisation = -1;
    if (word == NULL || (bs_text_to_int64(word, realisation) && *realisation >= 0 &&
                         *realisation < (int64_t)e->realisations)) {
        return BS_OK;
    }
    return BS_FAIL(BS_ERR_USAGE, "--realisation=%s: give a number from 0 to %" PRIu32, word,
                   e->realisations - 1);
}

/* A line of what a run came to. */
static void print_run(const bs_experiment *e, const bs_run_summary *s)
{
    printf("%s", e->networks[s->network].name);
    if (e->realisations > 1) {
        printf(", realisation %" PRIu32, s->realisation);
    }
    printf(": %" PRId64 " steps", s->steps);
    if (s->resumed > 0) {
        printf(" (%" PRId64 " done before)", s->resumed);
    }
    printf(", loss %.4f, accuracy %.2f %%", s->loss, s->accuracy);
    if (isfinite(s->test_accuracy)) {
        printf("; test loss %.4f, accuracy %.2f %%", s->test_loss, s->test_accuracy);
    }
    if (s->images_per_second > 0.0) {
        printf("; %.0f images/s", s->images_per_second);
    }
    printf("\n  weights: %s\n", s->weights);
}

static bs_status print_report(const bs_experiment *e, const bs_trainer_report *report)
{
    char word[BS_SHELL_WORD];
    bs_dataset *log = NULL;
    for (int i = 0; i < report->run_count; i++) {
        print_run(e, &report->runs[i]);
    }
    BS_TRY(bs_dataset_read(e->output, &log));
    bs_status status = bs_report_training(stdout, log);
    bs_dataset_destroy(log);
    printf("log: %s   look at it: blueshift plot %s\n", e->output,
           bs_text_shell_word(e->output, word, sizeof word));
    if (report->run_count > 0) {
        const bs_run_summary *s = &report->runs[report->run_count - 1];
        printf("its surface: blueshift sweep --model_file %s --x=-1:1:25 --y=-1:1:25\n",
               bs_text_shell_word(s->weights, word, sizeof word));
    }
    return status;
}

static void tell_stop(const bs_experiment *e, const bs_trainer_report *report)
{
    const bs_run_summary *s = &report->runs[report->run_count - 1];
    bs_log(BS_LOG_WARNING,
           "stopped early, network '%s' after %" PRId64 " of %" PRId64
           " steps, with checkpoints in %s; the same command resumes it",
           e->networks[s->network].name, s->steps, s->step_count, e->checkpoints);
}

static bs_status train(const bs_comm *world, const bs_experiment *e, const bs_options *options,
                       bs_trainer_options *trainer)
{
    bs_trainer_report report;
    BS_TRY(find_network(e, options->plot.network, &trainer->network));
    BS_TRY(find_realisation(e, options->plot.realisation, &trainer->realisation));
    if (options->dry_run) {
        return bs_dry_run_training(world, e, trainer);
    }
    bs_status status = bs_trainer_run(world, e, trainer, &report);
    if (status == BS_STOPPED) {
        tell_stop(e, &report);
    } else if (status == BS_OK) {
        status = bs_agree(world, world->rank == 0 ? print_report(e, &report) : BS_OK);
    }
    bs_trainer_report_release(&report);
    return status;
}

static bs_status run(const bs_comm *world, const bs_options *options)
{
    bs_trainer_options trainer = {.force = options->force, .start = MPI_Wtime()};
    bs_experiment *experiment = NULL;
    bs_status status = bs_read_experiment(world, options, bs_verb_train.name, &experiment);
    if (status == BS_OK) {
        status = train(world, experiment, options, &trainer);
    }
    bs_experiment_destroy(experiment);
    return status;
}

static const bs_flag flags[] = {
    BS_FLAG_SETTING("set", "KEY=VALUE", NULL,
                    "set any key of --defaults, such as train.epochs=20; may be repeated"),
    BS_FLAG_SETTING("weights", "OUT.safetensors", "output.weights",
                    "the trained weights (default: the log's name with .safetensors)"),
    BS_FLAG_SETTING("log", "OUT.nc", "output.file",
                    "the log (default: the experiment's name with .nc)"),
    BS_FLAG_SETTING("model_file", "W.safetensors", "networks.0.weights",
                    "weights to start from; without them initial weights from the seed"),
    BS_FLAG_TEXT("network", 0, "NAME", plot.network, NULL,
                 "train this network alone, by its name or its number from 0"),
    BS_FLAG_TEXT("realisation", 0, "N", plot.realisation, NULL,
                 "train this realisation alone, counted from 0"),
    {"backend", 0, "NAME", "evaluation.backend", 0, bs_backend_word_at,
     "what runs the networks (default auto)"},
    BS_FLAG_SWITCH("dry-run", 'n', dry_run,
                   "check everything, print steps, cost, memory and sizes of files, and stop"),
    BS_FLAG_SWITCH("force", 0, force, "replace the log and the weights of another training"),
    BS_FLAG_SWITCH("defaults", 0, defaults, "print every key with its default and meaning"),
    BS_FLAGS_END,
};

const bs_verb bs_verb_train = {
    .name = "train",
    .usage = "[EXPERIMENT.yaml] [FLAGS]",
    .summary = "train networks, with the same weights on any number of ranks",
    .details =
        "The keys `train` of EXPERIMENT.yaml say how, `networks` what; all networks and "
        "realisations are trained one after the other, or those that are named. The same command "
        "resumes a training that was stopped or killed. Leaves a log, checkpoints and weights, "
        "which `blueshift sweep --model_file` and PyTorch read. Exit codes: 0 done, 1 failed or "
        "diverged, 2 mistake in the input, 75 stopped and resumable.",
    .flags = flags,
    .mpi = true,
    .stops = true,
    .run = run,
    .defaults = bs_experiment_defaults,
};
