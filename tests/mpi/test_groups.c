/* Is the world cut into groups of neighbouring ranks? */
#include "mpi_test.h"

#include <string.h>

#include "blueshift/groups.h"

static void test_split(const bs_comm *world, int shards)
{
    bs_groups groups;
    bs_status status = bs_groups_create(world, shards, &groups);
    if (!mpi_test_check(status == BS_OK, "%d ranks, %d shards", world->size, shards)) {
        return;
    }
    mpi_test_check(groups.group_count * shards == world->size && groups.shard_count == shards &&
                       groups.group.size == shards,
                   "groups of %d cover the world", shards);
    mpi_test_check(groups.group_index == world->rank / shards &&
                       groups.group.rank == world->rank % shards,
                   "a group's ranks are neighbours");
    mpi_test_check(groups.leader == (groups.group.rank == 0), "rank 0 of a group leads it");
    int sum = 0;
    MPI_Allreduce(&world->rank, &sum, 1, MPI_INT, MPI_SUM, groups.group.mpi);
    int first = groups.group_index * shards;
    mpi_test_check(sum == shards * first + shards * (shards - 1) / 2,
                   "a group's communicator joins its own ranks only");
    bs_groups_release(&groups);
}

static void test_refused(const bs_comm *world, int shards)
{
    bs_groups groups;
    bs_status status = bs_groups_create(world, shards, &groups);
    mpi_test_check(status == BS_ERR_USAGE && strstr(bs_error_text(), "divide") != NULL,
                   "%d shards on %d ranks are refused", shards, world->size);
    bs_groups_release(&groups);
}

static void run_all(const bs_comm *world)
{
    for (int shards = 1; shards <= world->size; shards++) {
        if (world->size % shards == 0) {
            test_split(world, shards);
        } else {
            test_refused(world, shards);
        }
    }
    test_refused(world, 0);
    test_refused(world, -1);
    test_refused(world, world->size + 1);
}

const mpi_test mpi_test_file = {.run = run_all};
