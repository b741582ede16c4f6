/* Prints what a sweep would cost. */
#include "dry_run.h"

#include <inttypes.h>
#include <stdio.h>

#include "blueshift/cost.h"
#include "blueshift/progress.h"
#include "sweep_file.h"

static const double MIB = 1048576.0;

static void print_cost(const bs_groups *groups, const bs_cost *cost)
{
    char wall[32];
    bs_duration_text(cost->wall_seconds, wall, sizeof wall);
    printf("points            %" PRId64 "\n", cost->points);
    printf("operations        %.3g FLOP\n", cost->flop);
    printf("core-hours        %.3g\n", cost->core_seconds / 3600.0);
    printf("time              %s on %d rank%s (%d x %d shards)\n", wall, groups->world.size,
           groups->world.size == 1 ? "" : "s", groups->group_count, groups->shard_count);
    printf("memory            %.1f MiB per rank, %.1f MiB of images per node\n",
           cost->rank_bytes / MIB, cost->node_image_bytes / MIB);
    bool large = cost->file_bytes >= 1024.0 * MIB;
    printf("file              %.3g %s\n", cost->file_bytes / MIB / (large ? 1024.0 : 1.0),
           large ? "GiB" : "MiB");
}

bs_status bs_dry_run(const bs_groups *groups, const bs_experiment *experiment,
                     const bs_network_surface *networks, bool on_demand)
{
    bs_cost cost;
    bs_surface_schema schema;
    bs_array_list arrays = {0};
    BS_TRY(bs_cost_estimate(groups, experiment, networks, on_demand, &cost));
    bs_network_surface_schema(networks, &schema);
    bs_status status = bs_sweep_add_arrays(&schema, &arrays);
    if (status == BS_OK) {
        cost.file_bytes = (double)bs_surface_file_size(&schema);
    }
    bs_array_list_release(&arrays);
    BS_TRY(bs_agree(&groups->world, status));
    if (groups->world.rank == 0) {
        print_cost(groups, &cost);
    }
    return BS_OK;
}
