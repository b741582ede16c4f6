/* Looks at the status of every point, a slab at a time. */
#include "completeness.h"

#include "blueshift/memory.h"

enum { SLAB = 1 << 20 };

static bs_status scan_pair(bs_surface *surface, int64_t first, int64_t points, uint8_t *slab,
                           uint8_t *complete)
{
    *complete = 1;
    for (int64_t done = 0; done < points && *complete != 0; done += SLAB) {
        const int64_t count = points - done < SLAB ? points - done : SLAB;
        BS_TRY(bs_surface_read_status(surface, (bs_range){first + done, count}, slab));
        for (int64_t i = 0; i < count; i++) {
            *complete = *complete != 0 && slab[i] == BS_POINT_DONE ? 1 : 0;
        }
    }
    return BS_OK;
}

static bs_status scan(bs_surface *surface, int pairs, uint8_t *complete)
{
    const int64_t points = bs_surface_points(surface) / pairs;
    uint8_t *slab = bs_alloc(SLAB, 1);
    if (slab == NULL) {
        return BS_ERR_MEMORY;
    }
    bs_status status = BS_OK;
    for (int pair = 0; pair < pairs && status == BS_OK; pair++) {
        status = scan_pair(surface, pair * points, points, slab, &complete[pair]);
    }
    bs_free(slab);
    return status;
}

bs_status bs_completeness_read(const bs_comm *comm, bs_surface *surface, uint8_t *complete)
{
    const bs_surface_schema *schema = bs_surface_get_schema(surface);
    const int pairs = schema->networks * schema->realisations;
    BS_TRY(bs_agree(comm, comm->rank == 0 ? scan(surface, pairs, complete) : BS_OK));
    return BS_MPI(MPI_Bcast(complete, pairs, MPI_UINT8_T, 0, comm->mpi));
}
