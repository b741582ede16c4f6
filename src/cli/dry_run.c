/* Prints what a sweep or a training would cost. */
#include "dry_run.h"

#include <inttypes.h>
#include <stdio.h>

#include "blueshift/cost.h"
#include "blueshift/progress.h"
#include "blueshift/training_cost.h"
#include "sweep_file.h"

static const double MIB = 1048576.0;

static const char *size_text(double bytes, char text[32])
{
    const bool large = bytes >= 1024.0 * MIB;
    const bool small = bytes < 0.1 * MIB;
    snprintf(text, 32, "%.3g %s",
             bytes / (large   ? 1024.0 * MIB
                      : small ? 1024.0
                              : MIB),
             large   ? "GiB"
             : small ? "KiB"
                     : "MiB");
    return text;
}

static const char *plural(int64_t count)
{
    return count == 1 ? "" : "s";
}

static void print_work(double flop, double core_seconds)
{
    printf("operations        %.3g FLOP\n", flop);
    printf("core-hours        %.3g\n", core_seconds / 3600.0);
}

static void print_memory(double rank_bytes, double image_bytes)
{
    printf("memory            %.1f MiB per rank, %.1f MiB of images per node\n", rank_bytes / MIB,
           image_bytes / MIB);
}

static void print_cost(const bs_groups *groups, const bs_cost *cost)
{
    char text[32];
    printf("points            %" PRId64, cost->points);
    if (cost->trajectory_points > 0) {
        printf(", and %" PRId64 " of trajectories", cost->trajectory_points);
    }
    printf("\n");
    print_work(cost->flop, cost->core_seconds);
    printf("time              %s on %d rank%s (%d x %d shards)\n",
           bs_duration_text(cost->wall_seconds, text, sizeof text), groups->world.size,
           plural(groups->world.size), groups->group_count, groups->shard_count);
    print_memory(cost->rank_bytes, cost->node_image_bytes);
    printf("file              %s\n", size_text(cost->file_bytes, text));
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

static void print_training_cost(const bs_comm *world, const bs_experiment *e,
                                const bs_training_cost *c)
{
    char text[32];
    printf("runs              %" PRId64 ", each of %" PRId64 " steps in %" PRId64 " epoch%s\n",
           c->runs, c->steps, c->epochs, plural(c->epochs));
    printf("images            %" PRId64 " an epoch, %" PRId64 " a test\n", c->images,
           c->test_images);
    printf("step              %" PRId64 " micro-batch%s of at most %" PRIu32 " images, %" PRId64
           " on each rank at most\n",
           c->micro_batches, c->micro_batches == 1 ? "" : "es", e->batch, c->of_a_rank);
    print_work(c->flop, c->core_seconds);
    printf("time              %s on %d rank%s\n",
           bs_duration_text(c->wall_seconds, text, sizeof text), world->size, plural(world->size));
    print_memory(c->rank_bytes, c->node_image_bytes);
    printf("checkpoints       %s in %s", size_text(c->checkpoint_bytes, text), e->checkpoints);
    if (c->kept_weights > 0) {
        printf(", with %" PRId64 " weights of every run's way", c->kept_weights);
    }
    printf("\nweights           %s\n", size_text(c->weights_bytes, text));
    printf("log               %s and its header\n", size_text(c->log_bytes, text));
    if (c->micro_batches < world->size) {
        printf("idle ranks        %" PRId64
               ": take a smaller data.batch, a larger train.batch, or fewer ranks\n",
               world->size - c->micro_batches);
    }
}

bs_status bs_dry_run_training(const bs_comm *world, const bs_experiment *experiment,
                              const bs_trainer_options *options)
{
    bs_training_cost cost;
    BS_TRY(bs_training_cost_estimate(world, experiment, options, &cost));
    if (world->rank == 0) {
        print_training_cost(world, experiment, &cost);
    }
    return BS_OK;
}
