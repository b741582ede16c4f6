/* Does any call that fails on one rank end alike on all ranks, without a hang or a half file? */
#include "surface_fixture.h"

#include <sys/stat.h>

#include "blueshift/fault.h"

static char path[128];

/* The fault to inject, in place of base's injector, which knows one for the whole process. */
static const char *fault_site;
static int fault_call;
static int fault_calls;

bool bs_fault(const char *site)
{
    return fault_site != NULL && strcmp(site, fault_site) == 0 && ++fault_calls == fault_call;
}

/* A whole small job. */
static bs_status run_job(const bs_comm *world, bool *created)
{
    static const int64_t shape[] = {5, 3};
    const double scalars[FIXTURE_ITEMS] = {1.0, 2.0};
    bs_surface_schema schema = fixture_schema(2, shape, 2, 1);
    bs_surface *surface = NULL;
    bs_status status = bs_surface_create(world, path, &schema);
    *created = status == BS_OK;
    BS_TRY(status);
    BS_TRY(bs_surface_open(world, path, &surface));
    bs_range mine = bs_partition_block(bs_surface_points(surface), world->size, world->rank);
    status = fixture_write(surface, mine);
    if (status == BS_OK) {
        status = bs_surface_write_scalars(surface, 0, 0, scalars);
    }
    if (status == BS_OK) {
        status = bs_surface_write_array(surface, bs_surface_find_array(surface, "share"),
                                        (bs_range){0, 2}, scalars);
    }
    if (status == BS_OK) {
        status = bs_surface_sync(surface);
    }
    status = bs_agree(world, status);
    bs_status session = bs_surface_add_session(surface, 1.0);
    status = status != BS_OK ? status : session;
    bs_status closed = bs_surface_close(surface);
    return status != BS_OK ? status : closed;
}

/* Whether call NUMBER of SITE was reached on rank GUILTY, and made to fail. */
static bool attempt(const bs_comm *world, const char *site, int number, int guilty)
{
    bool created = false;
    fault_site = world->rank == guilty ? site : NULL;
    fault_call = number;
    fault_calls = 0;
    bs_status status = run_job(world, &created);
    fault_site = NULL;
    int fired = fault_calls >= number;
    MPI_Bcast(&fired, 1, MPI_INT, guilty, world->mpi);
    bs_status wanted = fired == 0 ? BS_OK : strcmp(site, "alloc") == 0 ? BS_ERR_MEMORY : BS_ERR_IO;
    MPI_Barrier(world->mpi);
    mpi_test_check(status == wanted &&
                       fixture_files(mpi_test_folder, "", false) == (created ? 1 : 0),
                   "%s %d of rank %d: all ranks say %s, no half file is left", site, number, guilty,
                   bs_status_name(wanted));
    mpi_test_remove(world, path);
    return fired != 0;
}

static void run_all(const bs_comm *world)
{
    static const char *const sites[] = {"io_create", "io_write", "io_sync", "alloc"};
    snprintf(path, sizeof path, "%s/a.nc", mpi_test_folder);
    for (int site = 0; site < 4; site++) {
        for (int guilty = 0; guilty < world->size;
             guilty += world->size == 1 ? 1 : world->size - 1) {
            /* Allocations are many: alone all of them, with more ranks some. */
            int step = strcmp(sites[site], "alloc") == 0 && world->size > 1 ? 9 : 1;
            int number = 1;
            while (attempt(world, sites[site], number, guilty)) {
                number += step;
            }
            mpi_test_check(number > 1, "%s is a site of this job", sites[site]);
        }
    }
}

const mpi_test mpi_test_file = {.run = run_all};
