/* Sums in the order of the ranks: each resumes where the one before it ended. */
#include "blueshift/relay.h"

#include <inttypes.h>
#include <limits.h>
#include <string.h>

enum { TAG_RELAY = 7 };

static bs_status check_count(int64_t count)
{
    if (count > INT_MAX) {
        return BS_FAIL(BS_ERR_USAGE,
                       "%" PRId64 " sums on a rank, and MPI counts to %d; use more "
                       "ranks",
                       count, INT_MAX);
    }
    return BS_OK;
}

bs_status bs_relay_take(const bs_comm *comm, int64_t count, double *sums)
{
    BS_TRY(check_count(count));
    if (comm->rank == 0) {
        memset(sums, 0, (size_t)count * sizeof *sums);
        return BS_OK;
    }
    return BS_MPI(MPI_Recv(sums, (int)count, MPI_DOUBLE, comm->rank - 1, TAG_RELAY, comm->mpi,
                           MPI_STATUS_IGNORE));
}

bs_status bs_relay_pass(const bs_comm *comm, int64_t count, const double *sums)
{
    if (comm->rank + 1 == comm->size) {
        return BS_OK;
    }
    BS_TRY(check_count(count));
    return BS_MPI(MPI_Send(sums, (int)count, MPI_DOUBLE, comm->rank + 1, TAG_RELAY, comm->mpi));
}

bs_status bs_relay_share(const bs_comm *comm, int64_t count, double *sums)
{
    BS_TRY(bs_relay_pass(comm, count, sums));
    return BS_MPI(MPI_Bcast(sums, (int)count, MPI_DOUBLE, comm->size - 1, comm->mpi));
}
