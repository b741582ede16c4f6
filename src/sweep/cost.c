/* Predicts a sweep's cost by evaluating blocks of each network on every rank for some seconds. */
#include "blueshift/cost.h"

#include <math.h>

#include <sys/resource.h>

#include "blueshift/memory.h"
#include "blueshift/trajectory.h"
#include "network_evaluator.h"
#include "point_batch.h"
#include "writer.h"

/* All networks together are measured for so many seconds: long enough to see how ranks that share
 * caches and memory slow each other down, which the first calls do not show. */
static const double CALIBRATION = 4.0;

enum { SPREAD = 8 }; /* points of the grid that the calls go through */

/* What calls are timed with: as many points as the evaluator takes at once. */
typedef struct timing {
    const bs_evaluator *evaluator;
    const bs_grid *grid;
    int room;
    bs_point *points; /* [room] */
    double *partials; /* of two blocks of each */
} timing;

static bs_status start_timing(timing *t, const bs_evaluator *evaluator, const bs_grid *grid,
                              int network)
{
    *t = (timing){.evaluator = evaluator, .grid = grid, .room = bs_point_batch_size(evaluator)};
    t->points = bs_alloc((size_t)t->room, sizeof *t->points);
    t->partials = bs_alloc(2 * (size_t)t->room * (size_t)evaluator->partials, sizeof *t->partials);
    for (int i = 0; t->points != NULL && i < t->room; i++) {
        t->points[i].network = network;
    }
    return t->points == NULL || t->partials == NULL ? BS_ERR_MEMORY : BS_OK;
}

static void end_timing(timing *t)
{
    bs_free(t->points);
    bs_free(t->partials);
}

/* Seconds a point of a call of COUNT blocks, at points from FIRST on. */
static bs_status time_call(timing *t, int64_t first, int count, double *seconds)
{
    const bs_evaluator *e = t->evaluator;
    for (int i = 0; i < t->room; i++) {
        t->points[i].index = (first + i) % bs_grid_points(t->grid);
        bs_grid_coordinates(t->grid, t->points[i].index, t->points[i].coordinates);
    }
    double start = MPI_Wtime();
    bs_status status =
        t->room == 1 ? e->evaluate(e->context, t->points, 0, count, t->partials)
                     : e->evaluate_batch(e->context, t->points, t->room, 0, count, t->partials);
    *seconds = (MPI_Wtime() - start) / t->room;
    return status;
}

/* Seconds of one block of SHARE in a call, from the sums over calls of one and of two blocks: what
 * a call costs beside its blocks is spent once for the share. */
static double spread_call(const double seconds[2], const int64_t calls[2], double share)
{
    double one = seconds[0] / (double)calls[0];
    double block = fmin(fmax(seconds[1] / (double)calls[1] - one, 0.0), one);
    return block + (one - block) / share;
}

/* Mean seconds of one block while all ranks work, after a first call for the caches. */
static bs_status time_block(const bs_groups *groups, const bs_evaluator *evaluator,
                            const bs_grid *grid, int network, double budget, double *seconds)
{
    timing t;
    const bool both = evaluator->costly_calls && evaluator->blocks > 1;
    bs_status status = bs_agree(&groups->group, start_timing(&t, evaluator, grid, network));
    if (status == BS_OK) {
        status = evaluator->prepare(evaluator->context, &groups->group, network, 0, NULL);
    }
    double unused = 0.0;
    double spent = 0.0;
    double sums[2] = {0.0, 0.0};
    int64_t counts[2] = {0, 0};
    int64_t calls = 0;
    if (status == BS_OK) {
        status = time_call(&t, 0, 1, &unused);
    }
    int64_t all = bs_grid_points(grid) * evaluator->blocks;
    while (status == BS_OK && calls * t.room < all && (calls < 2 || spent * t.room < budget)) {
        double call = 0.0;
        int two = both && calls % 2 != 0;
        status = time_call(&t, bs_grid_points(grid) * (calls % SPREAD) / SPREAD, 1 + two, &call);
        spent += call;
        sums[two] += call;
        counts[two]++;
        calls++;
    }
    double share = ceil((double)evaluator->blocks / groups->shard_count);
    *seconds = both && counts[1] > 0 ? spread_call(sums, counts, share)
                                     : spent / (double)(calls > 0 ? calls : 1);
    end_timing(&t);
    return status;
}

/* The means over all ranks of COUNT values. */
static bs_status mean(const bs_comm *comm, int count, double *values)
{
    BS_TRY(BS_MPI(MPI_Allreduce(MPI_IN_PLACE, values, count, MPI_DOUBLE, MPI_SUM, comm->mpi)));
    for (int i = 0; i < count; i++) {
        values[i] /= comm->size;
    }
    return BS_OK;
}

/* The largest VALUE of all ranks. */
static bs_status maximum(const bs_comm *comm, double *value)
{
    return BS_MPI(MPI_Allreduce(MPI_IN_PLACE, value, 1, MPI_DOUBLE, MPI_MAX, comm->mpi));
}

bool bs_cost_same_work(const bs_network *a, const bs_network *b)
{
    return a->multiply_adds == b->multiply_adds && a->layer_count == b->layer_count &&
           a->architecture.activation == b->architecture.activation &&
           a->architecture.norm == b->architecture.norm;
}

/* The first network whose time is that of network I. */
static int measured_like(const bs_network_surface *surface, int i)
{
    int first = 0;
    while (first < i && !bs_cost_same_work(bs_network_surface_network(surface, first),
                                           bs_network_surface_network(surface, i))) {
        first++;
    }
    return first;
}

/* Seconds of a block: of the slowest rank, the mean over the ranks, and one over the mean rate. */
enum { SLOWEST, MEAN, AT_MEAN_RATE, SECONDS };

/* Those of network I. */
static bs_status time_network(const bs_groups *groups, const bs_grid *grid,
                              const bs_evaluator *evaluator, int i, double budget,
                              double seconds[SECONDS])
{
    BS_TRY(bs_agree(&groups->world,
                    time_block(groups, evaluator, grid, i, budget, &seconds[SLOWEST])));
    seconds[MEAN] = seconds[SLOWEST];
    seconds[AT_MEAN_RATE] = 1.0 / seconds[SLOWEST];
    BS_TRY(mean(&groups->world, 2, &seconds[MEAN]));
    seconds[AT_MEAN_RATE] = 1.0 / seconds[AT_MEAN_RATE];
    return maximum(&groups->world, &seconds[SLOWEST]);
}

/* A point takes as long as the shard with the most blocks. By rule a sweep takes as long as the
 * slowest rank; on demand every rank works at its own rate until the end. */
static double wall_seconds(const bs_groups *groups, bool on_demand, double points, double blocks,
                           const double seconds[SECONDS])
{
    double share = points / groups->group_count;
    double most = ceil(blocks / groups->shard_count);
    double longest = groups->shard_count == 1 ? blocks : most;
    return on_demand ? share * longest * seconds[AT_MEAN_RATE]
                     : ceil(share) * longest * seconds[SLOWEST];
}

/* The weights of a trajectory, and the points that they project to. */
static double trajectory_points(const bs_base_point *base)
{
    return base->trajectory != NULL ? 2.0 * base->trajectory->count : 0.0;
}

/* What the engine adds to what the calibration has touched: rows of points on their way. */
static double row_bytes(const bs_evaluator *e)
{
    double rows = 1.0 + bs_writer_capacity(e->values);
    return 8.0 * ((double)e->blocks * e->partials + rows * e->values);
}

bs_status bs_cost_estimate(const bs_groups *groups, const bs_experiment *experiment,
                           const bs_network_surface *surface, bool on_demand, bs_cost *cost)
{
    const bs_evaluator *evaluator = bs_network_surface_evaluator(surface);
    double images =
        (double)(bs_network_surface_images(surface) + bs_network_surface_test_images(surface));
    bs_surface_schema schema;
    bs_network_surface_schema(surface, &schema);
    double repeats = (double)experiment->realisations * (double)bs_grid_points(&schema.grid);
    *cost = (bs_cost){.node_image_bytes = images * (BS_IMAGE_BYTES + 1)};
    /* The last block of a point may be smaller than the one that is measured. */
    double blocks = fmax(1.0, images / (double)experiment->batch);
    double seconds[BS_NETWORKS_MAX][SECONDS] = {{0.0}}; /* a scan has many of the same work */
    double work[BS_NETWORKS_MAX] = {0.0};               /* multiply-adds per image */
    int kinds = 0;
    for (int i = 0; i < (int)experiment->network_count; i++) {
        kinds += measured_like(surface, i) == i;
    }
    for (int i = 0; i < (int)experiment->network_count; i++) {
        int like = measured_like(surface, i);
        if (like == i) {
            BS_TRY(
                time_network(groups, &schema.grid, evaluator, i, CALIBRATION / kinds, seconds[i]));
            work[i] = (double)bs_network_surface_multiply_adds(surface);
        }
        /* Those of trajectories come one by one: all ranks share the blocks of each. */
        double extra = trajectory_points(&surface->bases[i]);
        cost->core_seconds += (repeats + extra) * seconds[like][MEAN] * blocks;
        cost->wall_seconds += wall_seconds(groups, on_demand, repeats, blocks, seconds[like]) +
                              extra * ceil(blocks / groups->world.size) * seconds[like][SLOWEST];
        cost->flop += 2.0 * (repeats + extra) * images * work[like];
        cost->trajectory_points += (int64_t)extra;
    }
    struct rusage usage = {0};
    getrusage(RUSAGE_SELF, &usage);
    cost->rank_bytes = 1024.0 * (double)usage.ru_maxrss + row_bytes(evaluator);
    BS_TRY(maximum(&groups->world, &cost->rank_bytes));
    cost->points = (int64_t)repeats * (int64_t)experiment->network_count;
    cost->file_bytes = (double)bs_surface_file_size(&schema);
    return BS_OK;
}
