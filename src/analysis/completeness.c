/* Looks at the status of every point. */
#include "completeness.h"

static bs_status scan(bs_surface *surface, int pairs, uint8_t *complete)
{
    const int64_t points = bs_surface_points(surface) / pairs;
    for (int pair = 0; pair < pairs; pair++) {
        bs_status_counts counts;
        BS_TRY(bs_surface_count_status(surface, (bs_range){pair * points, points}, &counts));
        complete[pair] = counts.of[BS_POINT_DONE] == points ? 1 : 0;
    }
    return BS_OK;
}

bs_status bs_completeness_read(const bs_comm *comm, bs_surface *surface, uint8_t *complete)
{
    const bs_surface_schema *schema = bs_surface_get_schema(surface);
    const int pairs = schema->networks * schema->realisations;
    BS_TRY(bs_agree(comm, comm->rank == 0 ? scan(surface, pairs, complete) : BS_OK));
    return BS_MPI(MPI_Bcast(complete, pairs, MPI_UINT8_T, 0, comm->mpi));
}
