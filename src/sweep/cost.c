/* Predicts a sweep's cost by evaluating one block of each network on every rank. */
#include "blueshift/cost.h"

#include <math.h>

#include <sys/resource.h>

#include "blueshift/memory.h"

/* Seconds of one block at the middle of the grid: the second of two calls, with warm caches. */
static bs_status time_block(const bs_groups *groups, const bs_evaluator *evaluator,
                            const bs_grid *grid, int network, double *seconds)
{
    bs_point point = {.network = network, .index = bs_grid_points(grid) / 2};
    bs_grid_coordinates(grid, point.index, point.coordinates);
    double *partials = bs_alloc((size_t)evaluator->partials, sizeof *partials);
    BS_TRY(bs_agree(&groups->group, partials == NULL ? BS_ERR_MEMORY : BS_OK));
    bs_status status = evaluator->prepare(evaluator->context, &groups->group, network, 0, NULL);
    for (int call = 0; call < 2 && status == BS_OK; call++) {
        double start = MPI_Wtime();
        status = evaluator->evaluate(evaluator->context, &point, 0, 1, partials);
        *seconds = MPI_Wtime() - start;
    }
    bs_free(partials);
    return status;
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
        BS_TRY(bs_agree(&groups->world,
                        time_block(groups, evaluator, &experiment->grid, (int)i, &seconds)));
        BS_TRY(maximum(&groups->world, &seconds));
        int shards = groups->shard_count;
        /* A point takes as long as the shard with the most blocks. */
        int blocks = (evaluator->blocks + shards - 1) / shards;
        cost->core_seconds += repeats * seconds * evaluator->blocks;
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
