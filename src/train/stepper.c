/* One step: micro-batches in rounds of one a rank, slices to their owners, parameters back. */
#include "stepper.h"

#include <math.h>

#include "blueshift/fault.h"
#include "blueshift/learning_rate.h"
#include "blueshift/memory.h"
#include "blueshift/sgd.h"
#include "exchange.h"

/* What a rank tells the others of a step: HEAD numbers, then for each round what its micro-batch
 * gave, BODY numbers and the statistics of its norms. */
enum { HEAD_STATUS, HEAD_STOP, HEAD };
enum { BODY_LOSS, BODY_CORRECT, BODY };

struct bs_stepper {
    const bs_comm *comm;
    bs_lesson lesson;
    bs_learner *learner;
    bs_exchange *exchange;
    float *momentum;     /* [slice] */
    size_t body, stride; /* numbers of a micro-batch, and of a rank */
    double *told;        /* [rank][stride] */
};

static bs_status allocate(bs_stepper *s)
{
    const bs_lesson *l = &s->lesson;
    const bs_batch whole = {.count = l->training->batch < l->images->count ? l->training->batch
                                                                           : l->images->count};
    int rounds = (bs_micro_batch_count(&whole, l->size) + s->comm->size - 1) / s->comm->size;
    s->body = BODY + l->network->statistic_size;
    s->stride = HEAD + (size_t)rounds * s->body;
    s->told = bs_alloc((size_t)s->comm->size * s->stride, sizeof *s->told);
    s->momentum =
        bs_alloc((size_t)bs_exchange_slice(s->exchange, s->comm->rank).count, sizeof *s->momentum);
    return s->told == NULL || s->momentum == NULL ? BS_ERR_MEMORY
                                                  : bs_learner_create(l, &s->learner);
}

static bs_status create(bs_stepper *s)
{
    BS_TRY(bs_exchange_create(s->comm, s->lesson.network->parameter_size, &s->exchange));
    return bs_agree(s->comm, allocate(s));
}

bs_status bs_stepper_create(const bs_comm *comm, const bs_lesson *lesson, bs_stepper **stepper)
{
    *stepper = NULL;
    bs_stepper *made = bs_alloc(1, sizeof *made);
    BS_TRY(bs_agree_block(comm, made));
    made->comm = comm;
    made->lesson = *lesson;
    bs_status status = create(made);
    if (status != BS_OK) {
        bs_stepper_destroy(made);
        return status;
    }
    *stepper = made;
    return BS_OK;
}

void bs_stepper_destroy(bs_stepper *s)
{
    if (s != NULL) {
        bs_learner_destroy(s->learner);
        bs_exchange_destroy(s->exchange);
        bs_free(s->momentum);
        bs_free(s->told);
        bs_free(s);
    }
}

bs_status bs_stepper_collect(const bs_stepper *stepper, float *all)
{
    return bs_exchange_collect(stepper->exchange, stepper->momentum, all);
}

bs_status bs_stepper_deal(bs_stepper *stepper, const float *all)
{
    return bs_exchange_deal(stepper->exchange, all, stepper->momentum);
}

static double *told_by(const bs_stepper *s, int rank)
{
    return s->told + (size_t)rank * s->stride;
}

/* What micro-batch INDEX of a step gave, whoever evaluated it. */
static double *told_of(const bs_stepper *s, int index)
{
    int round = index / s->comm->size;
    return told_by(s, index % s->comm->size) + HEAD + (size_t)round * s->body;
}

static bs_status evaluate(bs_stepper *s, const bs_batch *batch, int index, float *gradient,
                          const bs_gradient_sink *sink)
{
    const bs_batch micro = bs_micro_batch(batch, s->lesson.size, index);
    double *told = told_of(s, index);
    if (bs_fault("evaluate")) {
        return BS_FAIL(BS_ERR_INTERNAL, "injected fault in micro-batch %d", index);
    }
    BS_TRY(bs_learner_evaluate(s->learner, &micro, 1.0 / (double)batch->count, gradient, sink));
    told[BODY_LOSS] = bs_learner_totals(s->learner)->loss;
    told[BODY_CORRECT] = bs_learner_totals(s->learner)->correct;
    bs_learner_statistics(s->learner, told + BODY);
    return BS_OK;
}

/* All micro-batches of the step. A rank that failed goes on sending, so that nobody waits. */
static bs_status run_rounds(bs_stepper *s, const bs_batch *batch, bs_status status)
{
    const int ranks = s->comm->size;
    const int count = bs_micro_batch_count(batch, s->lesson.size);
    bs_exchange_reset(s->exchange);
    for (int first = 0; first < count; first += ranks) {
        float *gradient = NULL;
        bs_gradient_sink sink;
        int givers = count - first < ranks ? count - first : ranks;
        BS_TRY(bs_exchange_begin(s->exchange, givers, &gradient, &sink));
        if (status == BS_OK && s->comm->rank < givers) {
            status = evaluate(s, batch, first + s->comm->rank, gradient, &sink);
        }
        BS_TRY(bs_exchange_end(s->exchange));
    }
    return status;
}

/* Everybody learns what everybody had to tell. */
static bs_status share_told(bs_stepper *s, bs_status local, bool want_stop, bool *stop)
{
    double *mine = told_by(s, s->comm->rank);
    bool failed = false;
    mine[HEAD_STATUS] = (double)local;
    mine[HEAD_STOP] = want_stop ? 1.0 : 0.0;
    BS_TRY(BS_MPI(MPI_Allgather(MPI_IN_PLACE, 0, MPI_DATATYPE_NULL, s->told, (int)s->stride,
                                MPI_DOUBLE, s->comm->mpi)));
    *stop = false;
    for (int rank = 0; rank < s->comm->size; rank++) {
        failed = failed || told_by(s, rank)[HEAD_STATUS] != (double)BS_OK;
        *stop = *stop || told_by(s, rank)[HEAD_STOP] != 0.0;
    }
    return failed ? bs_agree(s->comm, local) : BS_OK;
}

/* Sums over the micro-batches in their order. */
static void add_up(const bs_stepper *s, const bs_batch *batch, bs_step_record *record)
{
    for (int m = 0; m < bs_micro_batch_count(batch, s->lesson.size); m++) {
        record->loss += told_of(s, m)[BODY_LOSS];
        record->correct += told_of(s, m)[BODY_CORRECT];
    }
}

static void move_statistics(const bs_stepper *s, const bs_batch *batch, float *statistics)
{
    for (int m = 0; m < bs_micro_batch_count(batch, s->lesson.size); m++) {
        bs_running_update(s->lesson.network, bs_micro_batch(batch, s->lesson.size, m).count,
                          told_of(s, m) + BODY, statistics);
    }
}

/* Moves this rank's slice, and brings all slices to all ranks. */
static bs_status descend(bs_stepper *s, int64_t step, const double *sum, float *theta)
{
    const bs_training *t = s->lesson.training;
    const bs_network *network = s->lesson.network;
    const bs_range slice = bs_exchange_slice(s->exchange, s->comm->rank);
    const bs_sgd_slice moved = {.first = (size_t)slice.first,
                                .count = (size_t)slice.count,
                                .gradient = sum,
                                .theta = theta + slice.first,
                                .momentum = s->momentum};
    double rate = bs_learning_rate(t, step, bs_training_steps(t, s->lesson.images->count));
    bs_sgd_update(t, rate, network->parameter_count, network->parameters, &moved);
    return bs_exchange_share(s->exchange, theta);
}

bs_status bs_stepper_step(bs_stepper *s, int64_t step, float *theta, float *statistics,
                          bool want_stop, bs_step_outcome *outcome)
{
    const bs_batch batch = bs_training_batch(s->lesson.training, s->lesson.images->count, step);
    const double *sum = NULL;
    double squares = 0.0;
    *outcome = (bs_step_outcome){.finite = false};
    bs_status status = run_rounds(s, &batch, bs_learner_load(s->learner, theta));
    BS_TRY(bs_exchange_finish(s->exchange, &sum));
    BS_TRY(share_told(s, status, want_stop, &outcome->stop));
    BS_TRY(bs_exchange_squares(s->exchange, &squares));
    add_up(s, &batch, &outcome->record);
    outcome->record.gradient_norm = sqrt(squares);
    outcome->finite = isfinite(outcome->record.loss) && isfinite(squares);
    if (!outcome->finite) {
        return BS_OK;
    }
    BS_TRY(descend(s, step, sum, theta));
    move_statistics(s, &batch, statistics);
    return BS_OK;
}
