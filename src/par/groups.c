/* Splits the world into groups of neighbouring ranks that evaluate a point together. */
#include "blueshift/groups.h"

bs_status bs_groups_create(const bs_comm *world, int shards, bs_groups *groups)
{
    *groups = (bs_groups){.world = *world, .group = {.mpi = MPI_COMM_NULL}};
    if (shards < 1 || world->size % shards != 0) {
        return BS_FAIL(BS_ERR_USAGE,
                       "%d shards do not divide %d ranks; choose a divisor of the number of ranks "
                       "(parallel.shards) or another number of ranks",
                       shards, world->size);
    }
    groups->shard_count = shards;
    groups->group_count = world->size / shards;
    groups->group_index = world->rank / shards;
    MPI_Comm mpi = MPI_COMM_NULL;
    BS_TRY(BS_MPI(MPI_Comm_split(world->mpi, groups->group_index, world->rank, &mpi)));
    BS_TRY(bs_comm_adopt(mpi, &groups->group));
    groups->leader = groups->group.rank == 0;
    return BS_OK;
}

void bs_groups_release(bs_groups *groups)
{
    bs_comm_release(&groups->group);
}
