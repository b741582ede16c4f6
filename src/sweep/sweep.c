/* The engine: takes pending points from the schedule, has them evaluated, writes what comes. */
#include "blueshift/sweep.h"

#include <math.h>

#include "blueshift/memory.h"
#include "blueshift/progress.h"
#include "blueshift/schedule.h"
#include "blueshift/stop.h"
#include "pending.h"
#include "point_batch.h"
#include "writer.h"

/* Seconds between flushes to the disk, and the number of groups per second that the file system
 * should see flushing at most. */
static const double SYNC_INTERVAL = 5.0;
static const double SYNC_GROUPS = 100.0;

/* One rank's state during a sweep. */
typedef struct worker {
    const bs_groups *groups;
    bs_surface *surface;
    const bs_evaluator *evaluator;
    const bs_sweep_options *options;
    bs_schedule *schedule;
    bs_pending pending;
    bs_writer writer;
    bs_grid grid;
    int64_t grid_points;
    int value_count; /* the first numbers of a point; rows of arrays follow */
    int realisations;
    int64_t prepared; /* network * realisations + realisation; -1: none */
    bs_point_batch batch;
    bs_point *points; /* [batch.most] */
    double *values, *scalars;
    double longest; /* seconds of the slowest batch of points so far */
    double waiting; /* seconds, at the end */
    int64_t done, failed;
    bool stop;
} worker;

static void release(worker *w)
{
    bs_pending_release(&w->pending);
    bs_writer_release(&w->writer);
    bs_point_batch_release(&w->batch);
    bs_free(w->points);
    bs_free(w->values);
    bs_free(w->scalars);
}

static bs_status allocate(worker *w)
{
    const bs_evaluator *e = w->evaluator;
    BS_TRY(bs_point_batch_init(&w->batch, w->groups, e));
    w->points = bs_alloc((size_t)w->batch.most, sizeof *w->points);
    w->values = bs_alloc((size_t)e->values, sizeof *w->values);
    w->scalars = bs_alloc((size_t)e->scalars, sizeof *w->scalars);
    if (w->points == NULL || w->values == NULL || w->scalars == NULL) {
        return BS_ERR_MEMORY;
    }
    double sync = fmax(SYNC_INTERVAL, w->groups->group_count / SYNC_GROUPS);
    return bs_writer_init(&w->writer, w->surface, w->options->flush_interval, sync);
}

/* Gets the evaluator ready when a point is of another (network, realisation) than the last one. */
static bs_status prepare(worker *w, const bs_point *point)
{
    int64_t wanted = (int64_t)point->network * w->realisations + point->realisation;
    if (wanted == w->prepared || w->evaluator->prepare == NULL) {
        return BS_OK;
    }
    w->prepared = -1;
    bs_status status = w->evaluator->prepare(w->evaluator->context, &w->groups->group,
                                             point->network, point->realisation, w->scalars);
    if (status == BS_OK && w->groups->leader && w->evaluator->scalars > 0) {
        status =
            bs_surface_write_scalars(w->surface, point->network, point->realisation, w->scalars);
    }
    /* The shards go on together or not at all. */
    BS_TRY(bs_agree(&w->groups->group, status));
    w->prepared = wanted;
    return BS_OK;
}

/* Values and status of a point from the partial results of all its blocks. Leader only. */
static bs_point_status finish_point(worker *w, bool failed, const double *partials)
{
    if (failed) {
        for (int i = 0; i < w->evaluator->values; i++) {
            w->values[i] = NAN;
        }
        return BS_POINT_FAILED;
    }
    const bs_evaluator *e = w->evaluator;
    e->reduce(e->context, partials, w->values);
    for (int i = 0; i < e->values; i++) {
        bool judged = i < w->value_count || (e->missing != NULL && !e->missing(e->context, i));
        if (!isfinite(w->values[i]) && judged) {
            return BS_POINT_NON_FINITE;
        }
    }
    return BS_POINT_DONE;
}

static bs_point locate(const worker *w, int64_t index)
{
    int64_t task = index / w->grid_points;
    bs_point point = {
        .network = (int)(task / w->realisations),
        .realisation = (int)(task % w->realisations),
        .index = index % w->grid_points,
    };
    bs_grid_coordinates(&w->grid, point.index, point.coordinates);
    return point;
}

/* The points of the first of TASKS that go together: those of one (network, realisation), at most
 * as many as a batch takes. */
static int locate_batch(worker *w, bs_range tasks)
{
    int count = 0;
    while (count < w->batch.most && count < tasks.count) {
        bs_point point = locate(w, bs_pending_point(&w->pending, tasks.first + count));
        if (point.network != w->points[0].network && count > 0) {
            break;
        }
        if (point.realisation != w->points[0].realisation && count > 0) {
            break;
        }
        w->points[count++] = point;
    }
    return count;
}

/* Evaluates and writes the first of TASKS, as many as go together; counts them. The leader gathers
 * all of them even when it cannot write them, since the other shards send them. */
static bs_status run_batch(worker *w, bs_range tasks, int64_t *done, int64_t *failed)
{
    double start = MPI_Wtime();
    bs_status status = BS_OK;
    int count = locate_batch(w, tasks);
    BS_TRY(prepare(w, &w->points[0]));
    BS_TRY(bs_point_batch_evaluate(&w->batch, w->points, count));
    for (int i = 0; i < count; i++) {
        const double *partials = NULL;
        BS_TRY(bs_point_batch_gather(&w->batch, i, &partials));
        if (w->groups->leader && status == BS_OK) {
            int64_t index = bs_pending_point(&w->pending, tasks.first + i);
            bs_point_status found = finish_point(w, w->batch.failed[i], partials);
            status = bs_writer_add(&w->writer, index, w->values, found);
        }
        *failed += status == BS_OK && w->batch.failed[i];
        *done += status == BS_OK && !w->batch.failed[i];
    }
    w->longest = fmax(w->longest, MPI_Wtime() - start);
    return status;
}

/* Whether this rank wants an early end: a signal, or no time for one more batch. */
static bool wants_stop(const worker *w)
{
    if (bs_stop_requested()) {
        return true;
    }
    double limit = w->options->time_limit;
    return limit > 0 && MPI_Wtime() - w->options->start + w->longest > limit;
}

/* Works until there is nothing left, somebody stops, or this rank fails. A failure travels as a
 * wish to stop: nobody waits for a rank that has left. */
static bs_status work(worker *w)
{
    bs_status status = BS_OK;
    while (status == BS_OK && !w->stop) {
        bs_range chunk = {0, 0};
        BS_TRY(bs_schedule_next(w->schedule, &chunk));
        if (chunk.count == 0) {
            break;
        }
        while (chunk.count > 0 && status == BS_OK && !w->stop) {
            int64_t done = 0;
            int64_t failed = 0;
            status = run_batch(w, chunk, &done, &failed);
            chunk = (bs_range){chunk.first + done + failed, chunk.count - done - failed};
            w->done += done;
            w->failed += failed;
            /* The failing rank's text must survive the report. */
            bs_status told = bs_schedule_report(w->schedule, done, failed,
                                                status != BS_OK || wants_stop(w), &w->stop);
            status = status != BS_OK ? status : told;
        }
    }
    if (w->groups->leader) {
        bs_status flushed = bs_writer_flush(&w->writer);
        status = status != BS_OK ? status : flushed;
    }
    return status;
}

static bs_status run_schedule(worker *w)
{
    bs_progress progress;
    bs_progress_init(&progress, w->pending.points, false);
    const int batch = bs_point_batch_size(w->evaluator);
    const int grain = w->evaluator->grain;
    bs_schedule_options options = {
        .on_demand = w->options->on_demand,
        .tasks = w->pending.points,
        .chunk = w->options->chunk,
        .grain = grain > 0 && grain < batch ? grain : batch,
        .batch = batch,
        .progress = bs_progress_update,
        .context = &progress,
    };
    BS_TRY(bs_agree(&w->groups->world, allocate(w)));
    BS_TRY(bs_schedule_create(w->groups, &options, &w->schedule));
    bs_status status = work(w);
    double begin = MPI_Wtime();
    bs_status agreed = bs_agree(&w->groups->world, status);
    w->waiting = MPI_Wtime() - begin;
    bs_status destroyed = bs_schedule_destroy(w->schedule);
    if (w->groups->world.rank == 0) {
        bs_progress_finish(&progress);
    }
    return agreed != BS_OK ? agreed : destroyed;
}

/* Sums over ranks, and what the file now holds. Collective. */
static bs_status summarise(worker *w, bs_sweep_report *summary)
{
    const bs_comm *world = &w->groups->world;
    int64_t mine[3] = {w->groups->leader ? w->done : 0, w->groups->leader ? w->failed : 0, w->stop};
    int64_t sums[3] = {0};
    BS_TRY(bs_agree(world, bs_surface_sync(w->surface)));
    BS_TRY(BS_MPI(MPI_Allreduce(mine, sums, 3, MPI_INT64_T, MPI_SUM, world->mpi)));
    double seconds[2] = {w->batch.seconds / world->size, w->waiting / world->size};
    BS_TRY(BS_MPI(MPI_Allreduce(MPI_IN_PLACE, seconds, 2, MPI_DOUBLE, MPI_SUM, world->mpi)));
    summary->evaluating = seconds[0];
    summary->waiting = seconds[1];
    bs_status_counts counts = {{0}};
    bs_status status = BS_OK;
    if (world->rank == 0) {
        status = bs_surface_count_status(w->surface, (bs_range){0, bs_surface_points(w->surface)},
                                         &counts);
    }
    BS_TRY(bs_agree(world, status));
    BS_TRY(BS_MPI(MPI_Bcast(counts.of, 4, MPI_INT64_T, 0, world->mpi)));
    summary->done = sums[0];
    summary->non_finite = counts.of[BS_POINT_NON_FINITE];
    summary->failed = counts.of[BS_POINT_FAILED];
    if (sums[2] > 0 && counts.of[BS_POINT_PENDING] > 0) {
        return BS_STOPPED;
    }
    return BS_OK;
}

bs_status bs_sweep_run(const bs_groups *groups, bs_surface *surface, const bs_evaluator *evaluator,
                       const bs_sweep_options *options, bs_sweep_report *summary)
{
    const bs_surface_schema *schema = bs_surface_get_schema(surface);
    worker w = {
        .groups = groups,
        .surface = surface,
        .evaluator = evaluator,
        .options = options,
        .grid = schema->grid,
        .grid_points = bs_grid_points(&schema->grid),
        .value_count = schema->value_count,
        .realisations = schema->realisations,
        .prepared = -1,
    };
    double start = MPI_Wtime();
    if (evaluator->values != bs_surface_point_size(surface)) {
        return BS_FAIL(BS_ERR_INTERNAL,
                       "the evaluator gives %d numbers per point, the file takes %lld",
                       evaluator->values, (long long)bs_surface_point_size(surface));
    }
    *summary = (bs_sweep_report){.points = bs_surface_points(surface)};
    bs_status status = bs_pending_create(&groups->world, surface, &w.pending);
    if (status == BS_OK) {
        summary->skipped = summary->points - w.pending.points;
        status = w.pending.points > 0 ? run_schedule(&w) : BS_OK;
    }
    if (status == BS_OK) {
        status = summarise(&w, summary);
    }
    release(&w);
    summary->seconds = MPI_Wtime() - start;
    return status;
}
