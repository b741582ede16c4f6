/* All runs of an experiment, one after the other. */
#include "blueshift/trainer.h"

#include <math.h>

#include "blueshift/log.h"
#include "blueshift/memory.h"
#include "blueshift/training_files.h"
#include "run.h"
#include "trained_weights.h"
#include "training_log.h"
#include "training_setup.h"

/* Seconds between writes of the log. */
static const double LOG_INTERVAL = 5.0;

typedef struct trainer {
    const bs_comm *world;
    const bs_experiment *experiment;
    const bs_trainer_options *options;
    bs_trainer_report *report;
    bs_training_setup setup;
    char *identity;
    bs_training_log log; /* rank 0 */
    double written;      /* MPI_Wtime() of the last log */
} trainer;

static bs_status prepare_log(trainer *t)
{
    BS_TRY(bs_training_identity(&t->setup.subject, &t->identity));
    if (t->world->rank != 0) {
        return BS_OK;
    }
    t->log = (bs_training_log){.experiment = t->experiment,
                               .backend = t->setup.subject.backend,
                               .identity = t->identity,
                               .ranks = t->world->size,
                               .images = t->setup.images.images.count};
    BS_TRY(bs_training_log_init(&t->log));
    return t->options->force ? BS_OK : bs_training_log_resume(&t->log, t->experiment->output);
}

/* ---- a run ---- */

/* The last epoch and test of a run, in the report. */
static void summarise(const bs_run *run, bs_run_summary *s)
{
    const bs_run_log *log = bs_run_get_log(run);
    double seconds = 0.0;
    int64_t images = 0;
    s->steps = log->done;
    s->step_count = log->step_count;
    s->resumed = bs_run_resumed(run);
    for (int64_t i = s->resumed; i < log->done; i++) {
        seconds += log->steps[i].seconds;
        images += bs_training_batch(log->training, log->images, i).count;
    }
    s->images_per_second = seconds > 0.0 ? (double)images / seconds : 0.0;
    for (int64_t epoch = 0; epoch < log->epoch_count; epoch++) {
        bs_epoch_summary e = bs_run_log_epoch(log, epoch);
        s->loss = e.images > 0 ? e.loss : s->loss;
        s->accuracy = e.images > 0 ? e.accuracy : s->accuracy;
        if (isfinite(log->tests[epoch].accuracy)) {
            s->test_loss = log->tests[epoch].loss;
            s->test_accuracy = log->tests[epoch].accuracy;
        }
    }
}

/* Rank 0 writes what it knows; NOW: whether it has been long enough anyway. */
static bs_status write_log(trainer *t, const bs_run *run, const bs_run_summary *s, bool now)
{
    bs_status status = BS_OK;
    if (t->world->rank == 0 && (now || MPI_Wtime() - t->written > LOG_INTERVAL)) {
        bs_training_log_take(&t->log,
                             (int64_t)s->network * t->experiment->realisations + s->realisation,
                             bs_run_get_log(run));
        status = bs_training_log_write(&t->log, t->experiment->output);
        t->written = MPI_Wtime();
    }
    return bs_agree(t->world, status);
}

static bs_status write_weights(const trainer *t, const bs_run *run, const char *identity,
                               bs_run_summary *s)
{
    if (t->world->rank != 0) {
        return BS_OK;
    }
    const bs_trained_weights weights = {.experiment = t->experiment,
                                        .network = t->setup.tested,
                                        .normalisation = &t->setup.base.normalisation,
                                        .name = t->experiment->networks[s->network].name,
                                        .identity = identity,
                                        .realisation = s->realisation,
                                        .steps = s->steps,
                                        .images = t->setup.images.images.count,
                                        .theta = bs_run_theta(run),
                                        .statistics = bs_run_statistics(run)};
    return bs_trained_weights_write(s->weights, true, &weights);
}

/* Trains to the end. *DONE stays false where something else ended it. */
static bs_status train(trainer *t, bs_run *run, bs_run_summary *s, bool *done)
{
    bs_status status = BS_OK;
    while (status == BS_OK && !*done) {
        status = bs_run_epoch(run, done);
        if (status == BS_OK && !*done) {
            status = write_log(t, run, s, false);
        }
    }
    return status;
}

/* Before anything is made: what would be lost is refused. */
static bs_status check_weights(const trainer *t, const char *identity, bs_run_summary *s)
{
    if (t->world->rank != 0) {
        return BS_OK;
    }
    s->weights = bs_training_weights_path(t->experiment, s->network, s->realisation);
    return s->weights == NULL ? BS_ERR_MEMORY
                              : bs_trained_weights_check(s->weights, t->options->force, identity);
}

/* A failed run leaves its log as the last epoch had it: what failed is kept apart. */
static bs_status complete(trainer *t, bs_run *run, const char *identity, bs_run_summary *s)
{
    bool done = false;
    bs_status status = train(t, run, s, &done);
    summarise(run, s);
    if (status != BS_OK && status != BS_STOPPED) {
        return status;
    }
    BS_TRY(write_log(t, run, s, true));
    if (done) {
        BS_TRY(bs_agree(t->world, write_weights(t, run, identity, s)));
    } else if (s->weights != NULL) {
        s->weights[0] = '\0';
    }
    return status;
}

static bs_status run_one(trainer *t, uint32_t realisation)
{
    char *identity = NULL;
    bs_run *run = NULL;
    BS_TRY(bs_agree(t->world, bs_run_identity(&t->setup.subject, &t->setup.base, t->setup.network,
                                              realisation, &identity)));
    bs_run_summary *s = &t->report->runs[t->report->run_count++];
    *s = (bs_run_summary){.network = t->setup.network,
                          .realisation = realisation,
                          .loss = NAN,
                          .accuracy = NAN,
                          .test_loss = NAN,
                          .test_accuracy = NAN};
    const bs_run_request request = {.world = t->world,
                                    .experiment = t->experiment,
                                    .options = t->options,
                                    .backend = t->setup.subject.backend,
                                    .images = &t->setup.images.images,
                                    .tests = t->setup.subject.tests != NULL ? &t->setup.tests.images
                                                                            : NULL,
                                    .base = &t->setup.base,
                                    .network = t->setup.trained,
                                    .tested = t->setup.tested,
                                    .identity = identity,
                                    .index = t->setup.network,
                                    .realisation = realisation};
    bs_status status = bs_agree(t->world, check_weights(t, identity, s));
    if (status == BS_OK) {
        status = bs_run_create(&request, &run);
    }
    if (status == BS_OK) {
        status = complete(t, run, identity, s);
    }
    bs_run_destroy(run);
    bs_free(identity);
    return status;
}

static bs_status run_network(trainer *t, int network)
{
    const int64_t only = t->options->realisation;
    bs_status status = bs_training_setup_enter(&t->setup, network);
    for (uint32_t r = 0; r < t->experiment->realisations && status == BS_OK; r++) {
        if (only < 0 || only == (int64_t)r) {
            status = run_one(t, r);
        }
    }
    return status;
}

static bs_status run_all(trainer *t)
{
    const bs_experiment *e = t->experiment;
    t->report->runs = bs_alloc((size_t)e->network_count * e->realisations, sizeof *t->report->runs);
    BS_TRY(bs_agree(t->world, t->report->runs == NULL ? BS_ERR_MEMORY : BS_OK));
    BS_TRY(bs_agree(t->world, prepare_log(t)));
    bs_log(BS_LOG_DEBUG, "backend: %s (asked for: %s), %s", t->setup.subject.backend->name,
           e->backend, t->setup.subject.backend->arithmetic);
    bs_status status = BS_OK;
    for (int n = 0; n < (int)e->network_count && status == BS_OK; n++) {
        if (t->options->network < 0 || t->options->network == n) {
            status = run_network(t, n);
        }
    }
    return status;
}

bs_status bs_trainer_run(const bs_comm *world, const bs_experiment *experiment,
                         const bs_trainer_options *options, bs_trainer_report *report)
{
    trainer t = {.world = world, .experiment = experiment, .options = options, .report = report};
    *report = (bs_trainer_report){.run_count = 0};
    bs_status status = bs_training_setup_create(world, experiment, &t.setup);
    if (status == BS_OK) {
        status = run_all(&t);
    }
    bs_training_setup_release(&t.setup);
    bs_training_log_release(&t.log);
    bs_free(t.identity);
    return status;
}

void bs_trainer_report_release(bs_trainer_report *report)
{
    for (int i = 0; i < report->run_count; i++) {
        bs_free(report->runs[i].weights);
    }
    bs_free(report->runs);
    *report = (bs_trainer_report){.run_count = 0};
}
