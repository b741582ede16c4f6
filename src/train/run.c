/* Steps, tests and checkpoints of one run. */
#include "run.h"

#include <inttypes.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "blueshift/learning_rate.h"
#include "blueshift/log.h"
#include "blueshift/memory.h"
#include "blueshift/progress.h"
#include "blueshift/stop.h"
#include "stepper.h"
#include "tester.h"
#include "trained_weights.h"

/* Time for a checkpoint before the end, in steps as long as the longest. */
static const double STEPS_TO_STOP = 2.0;

struct bs_run {
    bs_run_request request;
    const bs_training *training;
    bs_stepper *stepper;
    bs_tester *tester; /* NULL: no tests */
    float *theta, *statistics;
    float *momentum; /* of all parameters, on rank 0 alone */
    bs_run_log log;
    bs_checkpoint_folder folder; /* rank 0 */
    int64_t resumed;             /* steps done before */
    int64_t saved;               /* steps in the last checkpoint; -1: none */
    double longest;              /* seconds of a step */
    bs_progress progress;
};

static bool is_first(const bs_run *r)
{
    return r->request.world->rank == 0;
}

/* ---- creation ---- */

/* Variances begin at one, means at zero. */
static void begin_statistics(const bs_network *network, float *statistics)
{
    for (int i = 0; i < network->layer_count; i++) {
        const bs_layer *layer = &network->layers[i];
        if (layer->kind == BS_LAYER_NORM) {
            const bs_tensor *variance = &network->statistics[layer->variance];
            for (size_t j = 0; j < variance->count; j++) {
                statistics[variance->offset + j] = 1.0F;
            }
        }
    }
}

static void begin_weights(bs_run *r)
{
    const bs_run_request *q = &r->request;
    const bs_network *n = q->network;
    const float *statistics = NULL;
    const float *weights = bs_base_weights(q->base, q->realisation, &statistics);
    if (weights == NULL) {
        bs_network_init(n, q->experiment->seed, BS_STREAM_INIT, q->realisation, r->theta);
        begin_statistics(n, r->statistics);
        return;
    }
    memcpy(r->theta, weights, n->parameter_size * sizeof *r->theta);
    if (q->base->network->architecture.norm == BS_NORM_RUNNING) {
        memcpy(r->statistics, statistics, n->statistic_size * sizeof *r->statistics);
    } else {
        begin_statistics(n, r->statistics);
    }
}

static bs_status allocate(bs_run *r)
{
    const bs_run_request *q = &r->request;
    const bs_network *n = q->network;
    r->theta = bs_alloc(n->parameter_size, sizeof *r->theta);
    r->statistics = bs_alloc(n->statistic_size, sizeof *r->statistics);
    r->momentum = bs_alloc(is_first(r) ? n->parameter_size : 0, sizeof *r->momentum);
    if (r->theta == NULL || r->statistics == NULL || r->momentum == NULL) {
        return BS_ERR_MEMORY;
    }
    BS_TRY(bs_run_log_init(r->training, q->images->count, &r->log));
    begin_weights(r);
    if (q->tests == NULL) {
        return BS_OK;
    }
    const bs_tester_options tester = {.network = q->tested,
                                      .backend = q->backend,
                                      .images = q->tests,
                                      .normalisation = &q->base->normalisation,
                                      .block = bs_base_block(q->experiment, q->tests)};
    return bs_tester_create(q->world, &tester, &r->tester);
}

static bs_checkpoint view(bs_run *r)
{
    const bs_network *n = r->request.network;
    return (bs_checkpoint){.parameter_size = n->parameter_size,
                           .statistic_size = n->statistic_size,
                           .theta = r->theta,
                           .momentum = r->momentum,
                           .statistics = r->statistics,
                           .log = &r->log};
}

static bs_status load_checkpoint(bs_run *r)
{
    const bs_run_request *q = &r->request;
    bs_checkpoint checkpoint = view(r);
    BS_TRY(bs_checkpoint_folder_open(q->experiment->checkpoints, q->index, q->base->spec->name,
                                     q->realisation, &r->folder));
    return bs_checkpoint_folder_load(&r->folder, q->identity, &checkpoint);
}

/* Gives every rank what rank 0 has. */
static bs_status share_state(bs_run *r)
{
    const bs_comm *world = r->request.world;
    const bs_network *n = r->request.network;
    BS_TRY(BS_MPI(MPI_Bcast(&r->log.done, 1, MPI_INT64_T, 0, world->mpi)));
    BS_TRY(BS_MPI(MPI_Bcast(r->theta, (int)n->parameter_size, MPI_FLOAT, 0, world->mpi)));
    BS_TRY(BS_MPI(MPI_Bcast(r->statistics, (int)n->statistic_size, MPI_FLOAT, 0, world->mpi)));
    BS_TRY(BS_MPI(MPI_Bcast(r->log.steps, (int)(r->log.done * (int64_t)sizeof *r->log.steps),
                            MPI_BYTE, 0, world->mpi)));
    BS_TRY(BS_MPI(MPI_Bcast(r->log.tests, (int)(r->log.epoch_count * (int64_t)sizeof *r->log.tests),
                            MPI_BYTE, 0, world->mpi)));
    return bs_stepper_deal(r->stepper, r->momentum);
}

static bs_status create(bs_run *r)
{
    const bs_run_request *q = &r->request;
    const bs_lesson lesson = {.network = q->network,
                              .backend = q->backend,
                              .images = q->images,
                              .normalisation = &q->base->normalisation,
                              .training = r->training,
                              .seed = q->experiment->seed,
                              .realisation = q->realisation,
                              .size = bs_base_block(q->experiment, q->images)};
    BS_TRY(bs_agree(q->world, allocate(r)));
    BS_TRY(bs_stepper_create(q->world, &lesson, &r->stepper));
    BS_TRY(bs_agree(q->world, is_first(r) ? load_checkpoint(r) : BS_OK));
    BS_TRY(bs_agree(q->world, share_state(r)));
    r->resumed = r->log.done;
    r->saved = r->log.done > 0 ? r->log.done : -1;
    bs_progress_init(&r->progress, r->log.step_count - r->log.done, !is_first(r));
    return BS_OK;
}

bs_status bs_run_create(const bs_run_request *request, bs_run **run)
{
    *run = NULL;
    bs_run *made = bs_alloc(1, sizeof *made);
    BS_TRY(bs_agree_block(request->world, made));
    made->request = *request;
    made->training = &request->experiment->train;
    made->folder.lock = -1;
    bs_status status = create(made);
    if (status != BS_OK) {
        bs_run_destroy(made);
        return status;
    }
    *run = made;
    return BS_OK;
}

void bs_run_destroy(bs_run *r)
{
    if (r != NULL) {
        bs_checkpoint_folder_close(&r->folder);
        bs_stepper_destroy(r->stepper);
        bs_tester_destroy(r->tester);
        bs_run_log_release(&r->log);
        bs_free(r->theta);
        bs_free(r->statistics);
        bs_free(r->momentum);
        bs_free(r);
    }
}

/* ---- what is kept ---- */

static bs_status save(bs_run *r)
{
    const bs_comm *world = r->request.world;
    bs_status status = bs_stepper_collect(r->stepper, r->momentum);
    if (status == BS_OK && is_first(r)) {
        const bs_checkpoint checkpoint = view(r);
        status = bs_checkpoint_folder_store(&r->folder, r->request.identity, &checkpoint,
                                            r->training->checkpoint_keep);
    }
    BS_TRY(bs_agree(world, status));
    r->saved = r->log.done;
    return BS_OK;
}

/* The weights of a trajectory, which stay. */
static bs_status keep_weights(bs_run *r)
{
    bs_status status = BS_OK;
    if (is_first(r)) {
        char path[PATH_MAX];
        bs_checkpoint_path(&r->folder, r->log.done, ".safetensors", path);
        const bs_trained_weights weights = {.experiment = r->request.experiment,
                                            .network = r->request.tested,
                                            .normalisation = &r->request.base->normalisation,
                                            .name = r->request.base->spec->name,
                                            .identity = r->request.identity,
                                            .realisation = r->request.realisation,
                                            .steps = r->log.done,
                                            .images = r->log.images,
                                            .theta = r->theta,
                                            .statistics = r->statistics};
        status = bs_trained_weights_write(path, true, &weights);
    }
    return bs_agree(r->request.world, status);
}

static bool is_multiple(int64_t step, int64_t every)
{
    return every > 0 && step % every == 0;
}

/* What is due after a step, but for tests. */
static bs_status keep(bs_run *r, bool stop)
{
    const bs_training *t = r->training;
    const int64_t step = r->log.done;
    const bool epoch = bs_training_ends_epoch(t, r->log.images, step);
    const bool due = t->checkpoint_every > 0 ? is_multiple(step, t->checkpoint_every) : epoch;
    if (t->trajectory_every > 0 &&
        (is_multiple(step, t->trajectory_every) || step == r->log.step_count)) {
        BS_TRY(keep_weights(r));
    }
    return due || stop || step == r->log.step_count ? save(r) : BS_OK;
}

/* ---- training ---- */

static bs_status diverged(const bs_run *r, const bs_step_record *record)
{
    char last[PATH_MAX + 64] = "there is no checkpoint before it";
    if (r->saved >= 0 && is_first(r)) {
        char path[PATH_MAX];
        bs_checkpoint_path(&r->folder, r->saved, ".checkpoint", path);
        snprintf(last, sizeof last, "the last good checkpoint is %s", path);
    }
    double rate = bs_learning_rate(r->training, r->log.done, r->log.step_count);
    return BS_FAIL(BS_ERR_DIVERGED,
                   "network '%s': the %s of step %" PRId64
                   " is not finite (learning rate %.3g); %s. Lower train.learning_rate, or give it "
                   "a longer train.warm_up, and choose another output: that is another training",
                   r->request.base->spec->name, isfinite(record->loss) ? "gradient" : "loss",
                   r->log.done + 1, rate, last);
}

static void show(bs_run *r)
{
    char text[200];
    if (!bs_progress_is_due(&r->progress)) {
        return;
    }
    int64_t epoch = (r->log.done - 1) / bs_training_epoch_steps(r->training, r->log.images);
    bs_epoch_summary s = bs_run_log_epoch(&r->log, epoch);
    int used = snprintf(text, sizeof text,
                        "%s: step %" PRId64 " of %" PRId64 ", epoch %" PRId64 " of %" PRId64
                        ", loss %.3f, accuracy %.1f %%",
                        r->request.base->spec->name, r->log.done, r->log.step_count, epoch + 1,
                        r->log.epoch_count, s.loss, s.accuracy);
    if (used > 0 && used < (int)sizeof text && epoch > 0 &&
        isfinite(r->log.tests[epoch - 1].accuracy)) {
        used += snprintf(text + used, sizeof text - (size_t)used, " (test %.1f %%)",
                         r->log.tests[epoch - 1].accuracy);
    }
    if (used > 0 && used < (int)sizeof text) {
        snprintf(text + used, sizeof text - (size_t)used, ", %.0f images/s", s.images_per_second);
    }
    bs_progress_show(&r->progress, r->log.done - r->resumed, text);
}

static bool wants_stop(const bs_run *r)
{
    double limit = r->request.experiment->time_limit;
    double now = MPI_Wtime() - r->request.options->start;
    return bs_stop_requested() || (limit > 0 && now + STEPS_TO_STOP * r->longest > limit);
}

static bs_status step(bs_run *r, bool *stop)
{
    bs_step_outcome outcome;
    double begin = MPI_Wtime();
    BS_TRY(
        bs_stepper_step(r->stepper, r->log.done, r->theta, r->statistics, wants_stop(r), &outcome));
    if (!outcome.finite) {
        return bs_agree(r->request.world, diverged(r, &outcome.record));
    }
    outcome.record.seconds = MPI_Wtime() - begin;
    r->longest = fmax(r->longest, outcome.record.seconds);
    r->log.steps[r->log.done++] = outcome.record;
    *stop = outcome.stop && r->log.done < r->log.step_count;
    show(r);
    return BS_OK;
}

static bs_status test(bs_run *r)
{
    int64_t epoch = (r->log.done - 1) / bs_training_epoch_steps(r->training, r->log.images);
    bool due = is_multiple(epoch + 1, r->training->test_every) ||
               (r->training->test_every > 0 && r->log.done == r->log.step_count);
    return r->tester != NULL && due
               ? bs_tester_score(r->tester, r->theta, r->statistics, &r->log.tests[epoch])
               : BS_OK;
}

bs_status bs_run_epoch(bs_run *r, bool *done)
{
    bool stop = false;
    bool ended = false;
    if (r->log.done == 0 && r->training->trajectory_every > 0) {
        BS_TRY(keep_weights(r));
    }
    while (r->log.done < r->log.step_count && !stop && !ended) {
        BS_TRY(step(r, &stop));
        ended = bs_training_ends_epoch(r->training, r->log.images, r->log.done);
        BS_TRY(ended ? test(r) : BS_OK);
        BS_TRY(keep(r, stop));
    }
    *done = r->log.done == r->log.step_count;
    if (is_first(r) && (*done || stop)) {
        bs_progress_finish(&r->progress);
    }
    return stop ? BS_STOPPED : BS_OK;
}

const bs_run_log *bs_run_get_log(const bs_run *run)
{
    return &run->log;
}

const float *bs_run_theta(const bs_run *run)
{
    return run->theta;
}

const float *bs_run_statistics(const bs_run *run)
{
    return run->statistics;
}

int64_t bs_run_resumed(const bs_run *run)
{
    return run->resumed;
}
