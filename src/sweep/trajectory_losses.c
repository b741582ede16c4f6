/* The losses of a trajectory's weights, and of the points of its plane that they project to. */
#include <string.h>

#include <netcdf.h>

#include "blueshift/memory.h"
#include "blueshift/trajectory.h"
#include "network_evaluator.h"

/* One network at a time: all ranks share the blocks of images, and rank 0 merges them. */
typedef struct losses {
    bs_network_surface *s;
    bs_surface *file;
    int network;
    const bs_trajectory *t;
    double *mine;    /* partial rows of this rank's blocks */
    double *all;     /* rank 0: of all blocks */
    double *values;  /* rank 0: a row */
    double *rows[2]; /* rank 0: both arrays of the network */
    float *theta, *statistics;
} losses;

static const char *const names[2] = {BS_TRAJECTORY_LOSS, BS_TRAJECTORY_PROJECTED_LOSS};

static bs_status allocate(losses *l)
{
    const bs_network_surface *s = l->s;
    const bs_network *network = s->bases[l->network].network;
    const size_t row = (size_t)s->row.partials;
    const size_t all = s->groups->world.rank == 0 ? (size_t)s->evaluator.blocks * row : 0;
    const int array = bs_surface_find_array(l->file, names[0]);
    const size_t length =
        array < 0 ? 0 : (size_t)bs_array_row(&bs_surface_get_schema(l->file)->arrays[array]);
    l->mine = bs_alloc((size_t)s->evaluator.blocks * row, sizeof *l->mine);
    l->all = bs_alloc(all, sizeof *l->all);
    l->values = bs_alloc((size_t)s->row.values, sizeof *l->values);
    l->rows[0] = bs_alloc(length, sizeof *l->rows[0]);
    l->rows[1] = bs_alloc(length, sizeof *l->rows[1]);
    l->theta = bs_alloc(network->parameter_size, sizeof *l->theta);
    l->statistics = bs_alloc(network->statistic_size, sizeof *l->statistics);
    return l->mine != NULL && l->all != NULL && l->values != NULL && l->rows[0] != NULL &&
                   l->rows[1] != NULL && l->theta != NULL && l->statistics != NULL
               ? BS_OK
               : BS_ERR_MEMORY;
}

/* Brings the partial rows of all ranks to rank 0, in the order of the blocks. */
static bs_status gather(losses *l)
{
    enum { TAG = 12 };
    const bs_comm *world = &l->s->groups->world;
    const int row = l->s->row.partials;
    if (world->rank > 0) {
        bs_range own = bs_partition_block(l->s->evaluator.blocks, world->size, world->rank);
        return BS_MPI(MPI_Send(l->mine, (int)own.count * row, MPI_DOUBLE, 0, TAG, world->mpi));
    }
    for (int rank = 0; rank < world->size; rank++) {
        bs_range part = bs_partition_block(l->s->evaluator.blocks, world->size, rank);
        double *to = l->all + part.first * row;
        if (rank == 0) {
            memcpy(to, l->mine, (size_t)part.count * (size_t)row * sizeof *to);
        } else {
            BS_TRY(BS_MPI(MPI_Recv(to, (int)part.count * row, MPI_DOUBLE, rank, TAG, world->mpi,
                                   MPI_STATUS_IGNORE)));
        }
    }
    return BS_OK;
}

/* The weights themselves, with what statistics the experiment gives them. */
static bs_status score_weights(losses *l, bs_range blocks)
{
    const bs_realisation *r = &l->s->realisation;
    return bs_network_evaluator_score(
        l->s, l->theta, r->statistics_move ? l->statistics : r->statistics, blocks, l->mine);
}

static bs_status score_projection(losses *l, int number, bs_range blocks)
{
    const bs_evaluator *e = &l->s->evaluator;
    bs_point point = {.network = l->network};
    for (int d = 0; d < l->t->directions; d++) {
        point.coordinates[d] = l->t->coordinates[number * l->t->directions + d];
    }
    return e->evaluate(e->context, &point, (int)blocks.first, (int)blocks.count, l->mine);
}

/* The loss of weights NUMBER, or (PROJECTED) of the point that they project to. */
static bs_status find_loss(losses *l, int number, bool projected)
{
    const bs_comm *world = &l->s->groups->world;
    bs_range blocks = bs_partition_block(l->s->evaluator.blocks, world->size, world->rank);
    if (!projected) {
        BS_TRY(bs_trajectory_weights(world, &l->s->bases[l->network], number, l->theta,
                                     l->statistics));
    }
    BS_TRY(bs_agree(world,
                    projected ? score_projection(l, number, blocks) : score_weights(l, blocks)));
    BS_TRY(gather(l));
    if (world->rank == 0) {
        l->s->evaluator.reduce(l->s->evaluator.context, l->all, l->values);
        l->rows[projected][number] = l->values[0];
    }
    return BS_OK;
}

/* The file's rows; numbers beyond the trajectory are missing and not to come. */
static bs_status read_rows(losses *l)
{
    for (int a = 0; a < 2; a++) {
        const int array = bs_surface_find_array(l->file, names[a]);
        BS_TRY(bs_surface_read_array(l->file, array, (bs_range){l->network, 1}, l->rows[a]));
    }
    return BS_OK;
}

static bs_status write_rows(const losses *l)
{
    for (int a = 0; a < 2; a++) {
        const int array = bs_surface_find_array(l->file, names[a]);
        BS_TRY(bs_surface_write_array(l->file, array, (bs_range){l->network, 1}, l->rows[a]));
    }
    return BS_OK;
}

static bs_status find_missing(losses *l, bool *prepared)
{
    const bs_groups *groups = l->s->groups;
    const bs_comm *world = &groups->world;
    BS_TRY(bs_agree(world, world->rank == 0 ? read_rows(l) : BS_OK));
    for (int i = 0; i < l->t->count; i++) {
        int missing = world->rank == 0 &&
                      (l->rows[0][i] == NC_FILL_DOUBLE || l->rows[1][i] == NC_FILL_DOUBLE);
        BS_TRY(BS_MPI(MPI_Bcast(&missing, 1, MPI_INT, 0, world->mpi)));
        if (missing == 0) {
            continue;
        }
        if (!*prepared) {
            const bs_evaluator *e = &l->s->evaluator;
            BS_TRY(bs_agree(world, e->prepare(e->context, &groups->group, l->network, 0, NULL)));
            *prepared = true;
        }
        BS_TRY(bs_agree_stop(world));
        BS_TRY(find_loss(l, i, false));
        BS_TRY(find_loss(l, i, true));
        BS_TRY(bs_agree(world, world->rank == 0 ? write_rows(l) : BS_OK));
    }
    return BS_OK;
}

static void release(losses *l)
{
    bs_free(l->mine);
    bs_free(l->all);
    bs_free(l->values);
    bs_free(l->rows[0]);
    bs_free(l->rows[1]);
    bs_free(l->theta);
    bs_free(l->statistics);
}

bs_status bs_network_surface_trajectories(bs_network_surface *surface, bs_surface *file)
{
    bs_status status = BS_OK;
    for (int n = 0; n < surface->base_count && status == BS_OK; n++) {
        losses l = {.s = surface, .file = file, .network = n, .t = surface->bases[n].trajectory};
        bool prepared = false;
        if (l.t == NULL) {
            continue;
        }
        status = bs_agree(&surface->groups->world, allocate(&l));
        if (status == BS_OK) {
            status = find_missing(&l, &prepared);
        }
        release(&l);
    }
    return status;
}
