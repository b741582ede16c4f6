/* Predicts a sweep's cost by evaluating blocks of each network on every rank for some seconds. */
#include "blueshift/cost.h"

#include <math.h>

#include <sys/resource.h>

#include "blueshift/memory.h"

/* All networks together are measured for so many seconds: long enough to see how ranks that share
 * caches and memory slow each other down, which the first calls do not show. */
static const double CALIBRATION = 4.0;

enum { SPREAD = 8 }; /* points of the grid that the calls go through */

static bs_status time_call(const bs_evaluator *evaluator, const bs_grid *grid, bs_point *point,
                           double *partials, double *seconds)
{
    bs_grid_coordinates(grid, point->index, point->coordinates);
    double start = MPI_Wtime();
    bs_status status = evaluator->evaluate(evaluator->context, point, 0, 1, partials);
    *seconds = MPI_Wtime() - start;
    return status;
}

/* Mean seconds of one block while all ranks work, after a first call for the caches. */
static bs_status time_block(const bs_groups *groups, const bs_evaluator *evaluator,
                            const bs_grid *grid, int network, double budget, double *seconds)
{
    bs_point point = {.network = network};
    double *partials = bs_alloc((size_t)evaluator->partials, sizeof *partials);
    BS_TRY(bs_agree(&groups->group, partials == NULL ? BS_ERR_MEMORY : BS_OK));
    bs_status status = evaluator->prepare(evaluator->context, &groups->group, network, 0, NULL);
    double unused = 0.0;
    double spent = 0.0;
    int64_t calls = 0;
    if (status == BS_OK) {
        status = time_call(evaluator, grid, &point, partials, &unused);
    }
    int64_t all = bs_grid_points(grid) * evaluator->blocks;
    while (status == BS_OK && calls < all && (calls < 2 || spent < budget)) {
        point.index = bs_grid_points(grid) * (calls % SPREAD) / SPREAD;
        double call = 0.0;
        status = time_call(evaluator, grid, &point, partials, &call);
        spent += call;
        calls++;
    }
    *seconds = spent / (double)(calls > 0 ? calls : 1);
    bs_free(partials);
    return status;
}

/* The mean over all ranks. */
static bs_status mean(const bs_comm *comm, double value, double *result)
{
    BS_TRY(BS_MPI(MPI_Allreduce(&value, result, 1, MPI_DOUBLE, MPI_SUM, comm->mpi)));
    *result /= comm->size;
    return BS_OK;
}

/* The largest VALUE of all ranks. */
static bs_status maximum(const bs_comm *comm, double *value)
{
    return BS_MPI(MPI_Allreduce(MPI_IN_PLACE, value, 1, MPI_DOUBLE, MPI_MAX, comm->mpi));
}

bs_status bs_cost_estimate(const bs_groups *groups, const bs_experiment *experiment,
                           const bs_network_surface *surface, bs_cost *cost)
{
    const bs_evaluator *evaluator = bs_network_surface_evaluator(surface);
    double images = (double)bs_network_surface_images(surface);
    double repeats = (double)experiment->realisations * (double)bs_grid_points(&experiment->grid);
    *cost = (bs_cost){.node_image_bytes = images * (BS_IMAGE_BYTES + 1)};
    for (unsigned i = 0; i < experiment->network_count; i++) {
        double seconds = 0.0;
        double average = 0.0;
        BS_TRY(bs_agree(&groups->world,
                        time_block(groups, evaluator, &experiment->grid, (int)i,
                                   CALIBRATION / experiment->network_count, &seconds)));
        BS_TRY(mean(&groups->world, seconds, &average));
        BS_TRY(maximum(&groups->world, &seconds));
        int shards = groups->shard_count;
        /* A point takes as long as the shard with the most blocks, a sweep as the slowest rank. */
        int blocks = (evaluator->blocks + shards - 1) / shards;
        cost->core_seconds += repeats * average * evaluator->blocks;
        cost->wall_seconds += ceil(repeats / groups->group_count) * seconds * blocks;
        cost->flop += 2.0 * repeats * images *
                      (double)bs_network_surface_network(surface, (int)i)->multiply_adds;
    }
    struct rusage usage = {0};
    getrusage(RUSAGE_SELF, &usage);
    cost->rank_bytes = 1024.0 * (double)usage.ru_maxrss;
    BS_TRY(maximum(&groups->world, &cost->rank_bytes));
    bs_surface_schema schema;
    bs_network_surface_schema(surface, &schema);
    cost->points = (int64_t)repeats * (int64_t)experiment->network_count;
    cost->file_bytes = (double)bs_surface_file_size(&schema);
    return BS_OK;
}
