/* From channels shared among the ranks to wavenumbers shared among the ranks, and to rank 0. */
#include "branch_transpose.h"

#include <inttypes.h>
#include <limits.h>
#include <string.h>

#include "blueshift/memory.h"
#include "blueshift/relay.h"

enum { TAG_GATHER, TAG_SLICE };

/* Why it is needed: a channel's transform lies whole on one rank, but a statistic of one wavenumber
 * needs that wavenumber of all channels. Not the coefficients are moved, which are many, but sums
 * of products, whose number does not grow with neurons and images. */

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
                       "%" PRId64 " wavenumbers with %" PRId64
                       " sums each on one rank; analyse the "
                       "branches on more ranks",
                       largest, size);
    }
    return BS_OK;
}

/* What all slices of one transpose share. */
typedef struct transfer {
    const bs_comm *comm;
    const bs_branch_signals *signals;
    int64_t size;
    bs_branch_fill fill;
    const void *context;
    double *part; /* of the slice at hand */
} transfer;

/* One slice through all ranks, in the order of their units, and on to rank OWNER. */
static bs_status relay_slice(const transfer *t, int owner, bs_status *filled)
{
    const bs_comm *comm = t->comm;
    bs_range bins = bs_branch_slice(&t->signals->shape, comm, owner);
    int64_t count = bins.count * t->size;
    BS_TRY(bs_relay_take(comm, count, t->part));
    /* A rank that failed still passes on: nobody waits for it. */
    *filled = *filled == BS_OK ? t->fill(t->signals, t->context, bins, t->part) : *filled;
    BS_TRY(bs_relay_pass(comm, count, t->part));
    if (comm->rank + 1 < comm->size) {
        return BS_OK;
    }
    return BS_MPI(MPI_Send(t->part, (int)count, MPI_DOUBLE, owner, TAG_SLICE, comm->mpi));
}

/* Every rank sees the slices in the same order and works on them one after the other, as on an
 * assembly line. Its own slice arrives some time after it has passed it on: it asks for it
 * beforehand, or the last rank, which delivers, would wait for it and be waited for. */
static bs_status relay_slices(const transfer *t, double *own)
{
    const bs_comm *comm = t->comm;
    MPI_Request arrival = MPI_REQUEST_NULL;
    bs_status filled = BS_OK;
    int count = (int)(bs_branch_slice(&t->signals->shape, comm, comm->rank).count * t->size);
    bs_status status =
        BS_MPI(MPI_Irecv(own, count, MPI_DOUBLE, comm->size - 1, TAG_SLICE, comm->mpi, &arrival));
    for (int owner = 0; owner < comm->size && status == BS_OK; owner++) {
        status = relay_slice(t, owner, &filled);
    }
    if (status != BS_OK) {
        MPI_Cancel(&arrival);
    }
    bs_status waited = BS_MPI(MPI_Wait(&arrival, MPI_STATUS_IGNORE));
    BS_TRY(status);
    BS_TRY(waited);
    return bs_agree(comm, filled);
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
    if (status == BS_OK && part != NULL) {
        const transfer t = {comm, signals, size, fill, context, part};
        status = relay_slices(&t, own);
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
            BS_TRY(BS_MPI(MPI_Send(own, count, MPI_DOUBLE, 0, TAG_GATHER, comm->mpi)));
        } else if (comm->rank == 0) {
            BS_TRY(BS_MPI(MPI_Recv(all + bins.first * size, count, MPI_DOUBLE, rank, TAG_GATHER,
                                   comm->mpi, MPI_STATUS_IGNORE)));
        }
    }
    if (comm->rank == 0) {
        memcpy(all, own, (size_t)(bs_branch_slice(shape, comm, 0).count * size) * sizeof *own);
    }
    return BS_OK;
}
