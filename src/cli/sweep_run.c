/* From an experiment to the groups of ranks that evaluate it. */
#include "sweep_run.h"

#include <inttypes.h>

#include "blueshift/backend.h"
#include "blueshift/log.h"
#include "blueshift/schedule.h"
#include "dry_run.h"
#include "sweep_file.h"

enum { LINE_MAX_SHOWN = 160 };

static bool on_demand(const bs_experiment *experiment, const bs_groups *groups)
{
    return experiment->schedule == BS_SCHEDULE_ON_DEMAND ||
           (experiment->schedule == BS_SCHEDULE_AUTO && groups->group_count > 1 &&
            groups->group_count <= BS_SCHEDULE_SERVED_GROUPS);
}

/* For --verbose: what the experiment left open, and what became of it. */
static void log_choices(const bs_groups *groups, const bs_experiment *experiment,
                        const bs_network_surface *networks)
{
    const bs_backend *backend = bs_network_surface_backend(networks);
    bs_log(BS_LOG_DEBUG, "backend: %s (asked for: %s), %s", backend->name, experiment->backend,
           backend->arithmetic);
    bs_log(BS_LOG_DEBUG, "layout: %d group%s of %d rank%s", groups->group_count,
           groups->group_count == 1 ? "" : "s", groups->shard_count,
           groups->shard_count == 1 ? "" : "s");
    bs_log(BS_LOG_DEBUG, "images: %" PRId64 " per point, in blocks of %" PRIu32,
           bs_network_surface_images(networks) + bs_network_surface_test_images(networks),
           experiment->batch);
}

/* Whether everything is as in the earlier sweep. */
static bs_status check_again(const sweep_request *request, const bs_network_surface *networks)
{
    char then[LINE_MAX_SHOWN];
    char now[LINE_MAX_SHOWN];
    if (request->identity == NULL ||
        !bs_experiment_difference(request->identity, bs_network_surface_identity(networks), then,
                                  now, sizeof then)) {
        return BS_OK;
    }
    return BS_FAIL(BS_ERR_INPUT,
                   "the sweep cannot be repeated: then '%s', now '%s'; --set says where its files "
                   "are now, such as data.path=DIR or networks.0.weights=FILE",
                   then, now);
}

static bs_status run_in_groups(const bs_groups *groups, const sweep_request *request)
{
    const bs_experiment *experiment = request->experiment;
    bs_network_surface *networks = NULL;
    BS_TRY(bs_network_surface_create(groups, experiment, &networks));
    log_choices(groups, experiment, networks);
    const bool served = on_demand(experiment, groups);
    sweep_run sweep = {
        .groups = groups,
        .experiment = experiment,
        .networks = networks,
        .silent = request->silent,
        .options = {.on_demand = served,
                    .chunk = experiment->chunk,
                    .time_limit = experiment->time_limit,
                    .start = request->start,
                    .flush_interval = experiment->flush_interval},
    };
    bs_status status = bs_agree(&groups->world, check_again(request, networks));
    if (status == BS_OK) {
        status = request->dry_run ? bs_dry_run(groups, experiment, networks, served)
                                  : bs_sweep_file(&sweep);
    }
    bs_network_surface_destroy(networks);
    return status;
}

bs_status bs_sweep_experiment(const bs_comm *world, const sweep_request *request)
{
    bs_groups groups = {0};
    BS_TRY(bs_groups_create(world, (int)request->experiment->shards, &groups));
    bs_status status = run_in_groups(&groups, request);
    bs_groups_release(&groups);
    return status;
}
