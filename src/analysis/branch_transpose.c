/* From channels shared among the ranks to wavenumbers shared among the ranks, and to rank 0. */
#include "branch_transpose.h"

#include <inttypes.h>
#include <limits.h>
#include <string.h>

#include "blueshift/memory.h"

bs_range bs_branch_slice(const bs_branch_shape *shape, const bs_comm *comm, int rank)
{
    return bs_partition_block(shape->bins, comm->size, rank);
}

/* Numbers of a slice; MPI counts in int. The largest slice is rank 0's. */
static bs_status count_slice(const bs_comm *comm, const bs_branch_shape *shape, int64_t size)
{
    int64_t largest = bs_branch_slice(shape, comm, 0).count;
    if (size > INT_MAX / largest) {
        return BS_FAIL(BS_ERR_USAGE,
                       "%" PRId64 " wavenumbers with %" PRId64 " sums each on a rank; analyse the "
                       "branches on more ranks",
                       largest, size);
    }
    return BS_OK;
}

bs_status bs_branch_transpose_sum(const bs_comm *comm, const bs_branch_signals *signals,
                                  int64_t size, bs_branch_fill fill, const void *context,
                                  double *own)
{
    const bs_branch_shape *shape = &signals->shape;
    BS_TRY(count_slice(comm, shape, size));
    size_t largest = (size_t)bs_branch_slice(shape, comm, 0).count * (size_t)size;
    double *part = bs_alloc(largest, sizeof *part);
    bs_status status = bs_agree(comm, part == NULL ? BS_ERR_MEMORY : BS_OK);
    for (int rank = 0; rank < comm->size && status == BS_OK && part != NULL; rank++) {
        bs_range bins = bs_branch_slice(shape, comm, rank);
        memset(part, 0, largest * sizeof *part);
        status = bs_agree(comm, fill(signals, context, bins, part));
        if (status == BS_OK) {
            status = BS_MPI(MPI_Reduce(part, own, (int)(bins.count * size), MPI_DOUBLE, MPI_SUM,
                                       rank, comm->mpi));
        }
    }
    bs_free(part);
    return status;
}

bs_status bs_branch_transpose_gather(const bs_comm *comm, const bs_branch_shape *shape,
                                     int64_t size, const double *own, double *all)
{
    BS_TRY(count_slice(comm, shape, size));
    for (int rank = 1; rank < comm->size; rank++) {
        bs_range bins = bs_branch_slice(shape, comm, rank);
        int count = (int)(bins.count * size);
        if (comm->rank == rank) {
            BS_TRY(BS_MPI(MPI_Send(own, count, MPI_DOUBLE, 0, 0, comm->mpi)));
        } else if (comm->rank == 0) {
            BS_TRY(BS_MPI(MPI_Recv(all + bins.first * size, count, MPI_DOUBLE, rank, 0, comm->mpi,
                                   MPI_STATUS_IGNORE)));
        }
    }
    if (comm->rank == 0) {
        memcpy(all, own, (size_t)(bs_branch_slice(shape, comm, 0).count * size) * sizeof *own);
    }
    return BS_OK;
}
