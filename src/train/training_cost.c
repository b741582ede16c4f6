/* Predicts a training's cost from steps of each network that nobody keeps. */
#include "blueshift/training_cost.h"

#include <math.h>
#include <string.h>

#include <sys/resource.h>

#include "blueshift/cost.h"
#include "blueshift/memory.h"
#include "checkpoint.h"
#include "stepper.h"
#include "tester.h"
#include "training_log.h"
#include "training_setup.h"

/* All networks together are measured for so many seconds. */
static const double CALIBRATION = 4.0;

enum { STEPS_LEAST = 2, BACKWARD = 2 };

/* What was measured of a network: seconds of a round of micro-batches, one a rank, and of a round
 * of blocks of the test. */
typedef struct measured {
    bs_network *network;
    double round, test_round;
} measured;

typedef struct estimate {
    const bs_trainer_options *options;
    bs_training_setup setup;
    bs_training_cost *cost;
    measured *kinds; /* [networks], of different work */
    int kind_count;
    float *theta, *statistics; /* of the network at hand */
} estimate;

static int64_t divide_up(int64_t a, int64_t b)
{
    return (a + b - 1) / b;
}

/* Rounds of micro-batches of the steps from FIRST to END - 1. */
static int64_t count_rounds(const estimate *x, int64_t first, int64_t end)
{
    const bs_training *t = &x->setup.experiment->train;
    const bs_images *images = &x->setup.images.images;
    const int64_t size = bs_base_block(x->setup.experiment, images);
    int64_t rounds = 0;
    for (int64_t i = first; i < end; i++) {
        const bs_batch batch = bs_training_batch(t, images->count, i);
        rounds += divide_up(bs_micro_batch_count(&batch, size), x->setup.world->size);
    }
    return rounds;
}

/* ---- measurement ---- */

static bs_status begin_weights(estimate *x)
{
    const bs_network *n = x->setup.trained;
    bs_free(x->theta);
    bs_free(x->statistics);
    x->theta = bs_alloc(n->parameter_size, sizeof *x->theta);
    x->statistics = bs_alloc(n->statistic_size, sizeof *x->statistics);
    if (x->theta == NULL || x->statistics == NULL) {
        return BS_ERR_MEMORY;
    }
    bs_network_init(n, x->setup.experiment->seed, BS_STREAM_INIT, 0, x->theta);
    for (size_t i = 0; i < n->statistic_size; i++) {
        x->statistics[i] = 1.0F;
    }
    return BS_OK;
}

/* Steps until BUDGET is spent, after a first one for the caches; rank 0's clock decides. */
static bs_status time_steps(const estimate *x, bs_stepper *stepper, double budget, double *round)
{
    const bs_comm *world = x->setup.world;
    const int64_t steps =
        bs_training_steps(&x->setup.experiment->train, x->setup.images.images.count);
    double begin = 0.0;
    double spent = 0.0;
    int64_t rounds = 0;
    for (int64_t i = 0; i <= STEPS_LEAST || spent < budget; i++) {
        bs_step_outcome outcome;
        BS_TRY(bs_stepper_step(stepper, i % steps, x->theta, x->statistics, false, &outcome));
        if (i == 0) {
            begin = MPI_Wtime();
            continue;
        }
        rounds += count_rounds(x, i % steps, i % steps + 1);
        spent = MPI_Wtime() - begin;
        BS_TRY(BS_MPI(MPI_Bcast(&spent, 1, MPI_DOUBLE, 0, world->mpi)));
    }
    *round = spent / (double)rounds;
    return BS_OK;
}

static bs_status measure_steps(const estimate *x, double budget, double *round)
{
    const bs_training_setup *s = &x->setup;
    const bs_lesson lesson = {.network = s->trained,
                              .backend = s->subject.backend,
                              .images = &s->images.images,
                              .normalisation = &s->base.normalisation,
                              .training = &s->experiment->train,
                              .seed = s->experiment->seed,
                              .size = bs_base_block(s->experiment, &s->images.images)};
    bs_stepper *stepper = NULL;
    BS_TRY(bs_stepper_create(s->world, &lesson, &stepper));
    bs_status status = time_steps(x, stepper, budget, round);
    bs_stepper_destroy(stepper);
    return status;
}

/* Of the second of two rounds of blocks; rank 0's clock. */
static bs_status measure_test(const estimate *x, double *round)
{
    const bs_training_setup *s = &x->setup;
    bs_images images = s->tests.images;
    bs_tester *tester = NULL;
    bs_test_record unused;
    const int block = bs_base_block(s->experiment, &images);
    if ((int64_t)block * s->world->size < images.count) {
        images.count = (int64_t)block * s->world->size;
    }
    const bs_tester_options options = {.network = s->tested,
                                       .backend = s->subject.backend,
                                       .images = &images,
                                       .normalisation = &s->base.normalisation,
                                       .block = block};
    bs_status status = bs_agree(s->world, bs_tester_create(s->world, &options, &tester));
    double begin = 0.0;
    for (int i = 0; i < 2 && status == BS_OK; i++) {
        begin = MPI_Wtime();
        status = bs_tester_score(tester, x->theta, x->statistics, &unused);
    }
    *round = MPI_Wtime() - begin;
    bs_tester_destroy(tester);
    return status == BS_OK ? BS_MPI(MPI_Bcast(round, 1, MPI_DOUBLE, 0, s->world->mpi)) : status;
}

/* The network at hand, or one of the same work that was measured before. */
static bs_status find_measured(estimate *x, double budget, const measured **found)
{
    const bs_training_setup *s = &x->setup;
    for (int i = 0; i < x->kind_count; i++) {
        if (bs_cost_same_work(x->kinds[i].network, s->trained)) {
            *found = &x->kinds[i];
            return BS_OK;
        }
    }
    measured *m = &x->kinds[x->kind_count];
    bs_status status = bs_network_create(&s->trained->architecture, &m->network);
    x->kind_count += status == BS_OK;
    if (status == BS_OK) {
        status = begin_weights(x);
    }
    BS_TRY(bs_agree(s->world, status));
    BS_TRY(measure_steps(x, budget, &m->round));
    *found = m;
    return s->subject.tests != NULL ? measure_test(x, &m->test_round) : BS_OK;
}

/* ---- sums ---- */

static int64_t at_most(int64_t number, int64_t limit)
{
    return number < limit ? number : limit;
}

/* What RUNS runs of the network at hand leave at their ends. */
static bs_status add_files(estimate *x, double runs)
{
    const bs_training_setup *s = &x->setup;
    const bs_training *t = &s->experiment->train;
    const bs_network *n = s->trained;
    bs_run_log log = {.done = x->cost->steps, .epoch_count = x->cost->epochs};
    const bs_checkpoint checkpoint = {
        .parameter_size = n->parameter_size, .statistic_size = n->statistic_size, .log = &log};
    const int64_t made =
        t->checkpoint_every > 0 ? divide_up(log.done, t->checkpoint_every) : log.epoch_count;
    const double weights = (double)((n->parameter_size + n->statistic_size) * sizeof(float));
    char *identity = NULL;
    BS_TRY(bs_run_identity(&s->subject, &s->base, s->network, 0, &identity));
    x->cost->checkpoint_bytes += runs * ((double)at_most(made, t->checkpoint_keep) *
                                             (double)bs_checkpoint_bytes(identity, &checkpoint) +
                                         (double)x->cost->kept_weights * weights);
    x->cost->weights_bytes += runs * weights;
    bs_free(identity);
    return BS_OK;
}

/* Time and operations of RUNS runs of the network at hand. */
static void add_work(estimate *x, double runs, const measured *m)
{
    const bs_training_setup *s = &x->setup;
    const bs_training *t = &s->experiment->train;
    bs_training_cost *c = x->cost;
    double tests = 0.0;
    double test_rounds = 0.0;
    double learned = 0.0;
    if (s->subject.tests != NULL) {
        int64_t blocks = divide_up(c->test_images, bs_base_block(s->experiment, &s->tests.images));
        tests = (double)divide_up(c->epochs, t->test_every);
        test_rounds = (double)divide_up(blocks, s->world->size);
    }
    for (int64_t i = 0; i < c->steps; i++) {
        learned += (double)bs_training_batch(t, c->images, i).count;
    }
    c->wall_seconds += runs * (m->round * (double)count_rounds(x, 0, c->steps) +
                               m->test_round * test_rounds * tests);
    c->flop += runs * 2.0 * (double)s->trained->multiply_adds *
               ((1 + BACKWARD) * learned + tests * (double)c->test_images);
}

static bs_status add_network(estimate *x, int network)
{
    const bs_training_setup *s = &x->setup;
    const double runs = x->options->realisation >= 0 ? 1.0 : (double)s->experiment->realisations;
    const double networks = x->options->network >= 0 ? 1.0 : (double)s->experiment->network_count;
    const measured *m = NULL;
    BS_TRY(bs_training_setup_enter(&x->setup, network));
    BS_TRY(find_measured(x, CALIBRATION / networks, &m));
    x->cost->runs += (int64_t)runs;
    add_work(x, runs, m);
    return bs_agree(s->world, add_files(x, runs));
}

/* Steps and images, which all runs have alike. */
static void count_steps(estimate *x)
{
    const bs_training_setup *s = &x->setup;
    const bs_training *t = &s->experiment->train;
    bs_training_cost *c = x->cost;
    c->images = s->images.images.count;
    c->test_images = s->tests.images.count;
    c->steps = bs_training_steps(t, c->images);
    c->epochs = bs_training_epochs(t, c->images);
    c->kept_weights = t->trajectory_every > 0 ? 1 + divide_up(c->steps, t->trajectory_every) : 0;
    const bs_batch first = bs_training_batch(t, c->images, 0);
    c->micro_batches =
        bs_micro_batch_count(&first, bs_base_block(s->experiment, &s->images.images));
    c->of_a_rank = divide_up(c->micro_batches, s->world->size);
    c->node_image_bytes = (double)(c->images + c->test_images) * (BS_IMAGE_BYTES + 1);
    c->log_bytes = bs_training_log_bytes(s->experiment, c->epochs, c->steps);
}

static bs_status add_all(estimate *x)
{
    const bs_experiment *e = x->setup.experiment;
    bs_training_cost *c = x->cost;
    x->kinds = bs_alloc(e->network_count, sizeof *x->kinds);
    BS_TRY(bs_agree(x->setup.world, x->kinds == NULL ? BS_ERR_MEMORY : BS_OK));
    count_steps(x);
    for (int n = 0; n < (int)e->network_count; n++) {
        if (x->options->network < 0 || x->options->network == n) {
            BS_TRY(add_network(x, n));
        }
    }
    struct rusage usage = {0};
    getrusage(RUSAGE_SELF, &usage);
    c->rank_bytes = 1024.0 * (double)usage.ru_maxrss;
    c->core_seconds = c->wall_seconds * x->setup.world->size;
    return BS_MPI(
        MPI_Allreduce(MPI_IN_PLACE, &c->rank_bytes, 1, MPI_DOUBLE, MPI_MAX, x->setup.world->mpi));
}

bs_status bs_training_cost_estimate(const bs_comm *world, const bs_experiment *experiment,
                                    const bs_trainer_options *options, bs_training_cost *cost)
{
    estimate x = {.options = options, .cost = cost};
    *cost = (bs_training_cost){.runs = 0};
    bs_status status = bs_training_setup_create(world, experiment, &x.setup);
    if (status == BS_OK) {
        status = add_all(&x);
    }
    for (int i = 0; i < x.kind_count; i++) {
        bs_network_destroy(x.kinds[i].network);
    }
    bs_free(x.kinds);
    bs_free(x.theta);
    bs_free(x.statistics);
    bs_training_setup_release(&x.setup);
    return status;
}
