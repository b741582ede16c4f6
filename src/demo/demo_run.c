/* Chooses the demo, and says where its results come from. */
#include "blueshift/demo_run.h"

#include "blueshift/provenance.h"
#include "demos.h"

static bs_status add_provenance(const bs_comm *comm, const bs_demo *demo, bs_dataset *d)
{
    char created[32];
    bs_time_text(created, sizeof created);
    BS_TRY(bs_dataset_text(d, "Conventions", "CF-1.8"));
    BS_TRY(bs_dataset_text(d, "title", demo->title));
    BS_TRY(bs_dataset_text(d, "demo", bs_demo_name(demo->kind)));
    BS_TRY(bs_dataset_text(d, "source", bs_version_text()));
    BS_TRY(bs_dataset_text(d, "history", created));
    BS_TRY(bs_dataset_text(d, "experiment", demo->yaml));
    BS_TRY(bs_dataset_number(d, "seed", (double)demo->seed));
    BS_TRY(bs_dataset_number(d, "ranks", comm->size));
    BS_TRY(bs_dataset_text(d, "host", bs_host_text()));
    BS_TRY(bs_dataset_text(d, "build", bs_build_text()));
    return bs_dataset_text(d, "libraries", bs_libraries_text());
}

static bs_status run(const bs_comm *comm, const bs_demo *demo, bs_dataset *dataset)
{
    switch (demo->kind) {
    case BS_DEMO_FBM:
        return bs_demo_run_fbm(comm, demo, dataset);
    case BS_DEMO_AVERAGING:
        return bs_demo_run_averaging(comm, demo, dataset);
    case BS_DEMO_PLANE:
        return bs_demo_run_plane(comm, demo, dataset);
    }
    return BS_FAIL(BS_ERR_INTERNAL, "no demo %d", (int)demo->kind);
}

bs_status bs_demo_run(const bs_comm *comm, const bs_demo *demo, bs_dataset **dataset)
{
    bs_dataset *created = NULL;
    bs_status status = bs_dataset_create(&created);
    if (status == BS_OK) {
        status = add_provenance(comm, demo, created);
    }
    status = bs_agree(comm, status);
    if (status == BS_OK) {
        status = run(comm, demo, created);
    }
    if (status != BS_OK) {
        bs_dataset_destroy(created);
        return status;
    }
    *dataset = created;
    return BS_OK;
}
