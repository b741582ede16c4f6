/* Reads the weights of every realisation, on rank 0, and gives every rank the same bits. */
#include "base_seeds.h"

#include <string.h>

#include "base_kin.h"
#include "blueshift/memory.h"
#include "blueshift/weights.h"

/* One file into its places. Rank 0 only. */
static bs_status take(const bs_experiment *experiment, bs_base_point *base, uint32_t realisation,
                      const bs_weights *weights, bs_hash *hash)
{
    const bs_network *n = base->network;
    const bool running = n->architecture.norm == BS_NORM_RUNNING;
    char hex[BS_HASH_HEX];
    BS_TRY(bs_base_check_kin(experiment, base, weights));
    BS_TRY(bs_hash_file(weights->path, hex));
    bs_hash_update(hash, hex, strlen(hex));
    return bs_network_load(n, weights, base->seed_weights + (size_t)realisation * n->parameter_size,
                           running ? base->seed_statistics + (size_t)realisation * n->statistic_size
                                   : NULL);
}

static bs_status read_one(const bs_experiment *experiment, bs_base_point *base,
                          uint32_t realisation, bs_hash *hash)
{
    bs_weights weights = {0};
    char *path = bs_experiment_seed_path(base->spec->weights, realisation);
    bs_status status = path == NULL ? BS_ERR_MEMORY : bs_weights_read(path, &weights);
    bs_free(path);
    if (status == BS_OK) {
        status = take(experiment, base, realisation, &weights, hash);
    }
    bs_weights_release(&weights);
    return status;
}

static bs_status read_all(const bs_experiment *experiment, bs_base_point *base)
{
    bs_hash *hash = bs_hash_create();
    if (hash == NULL) {
        return BS_ERR_MEMORY;
    }
    bs_status status = BS_OK;
    for (uint32_t r = 0; r < experiment->realisations && status == BS_OK; r++) {
        status = read_one(experiment, base, r, hash);
    }
    bs_hash_finish(hash, base->seeds_hash);
    return status;
}

/* A realisation at a time: MPI counts to 2^31. */
static bs_status share(const bs_comm *comm, const bs_experiment *experiment,
                       const bs_base_point *base)
{
    const bs_network *n = base->network;
    for (size_t r = 0; r < experiment->realisations && comm->size > 1; r++) {
        BS_TRY(BS_MPI(MPI_Bcast(base->seed_weights + r * n->parameter_size, (int)n->parameter_size,
                                MPI_FLOAT, 0, comm->mpi)));
        BS_TRY(BS_MPI(MPI_Bcast(base->seed_statistics + r * n->statistic_size,
                                (int)n->statistic_size, MPI_FLOAT, 0, comm->mpi)));
    }
    return BS_OK;
}

bs_status bs_base_seeds_load(const bs_comm *comm, const bs_experiment *experiment,
                             bs_base_point *base)
{
    const size_t count = experiment->realisations;
    base->seed_weights = bs_alloc(count * base->network->parameter_size, sizeof(float));
    base->seed_statistics = bs_alloc(count * base->network->statistic_size, sizeof(float));
    bool allocated = base->seed_weights != NULL && base->seed_statistics != NULL;
    bs_status status = bs_agree(comm, allocated ? BS_OK : BS_ERR_MEMORY);
    if (status != BS_OK || !allocated) {
        return status;
    }
    base->seeds = (int)count;
    BS_TRY(bs_agree(comm, comm->rank == 0 ? read_all(experiment, base) : BS_OK));
    if (comm->size > 1) {
        BS_TRY(BS_MPI(MPI_Bcast(base->seeds_hash, BS_HASH_HEX, MPI_CHAR, 0, comm->mpi)));
    }
    return bs_agree(comm, share(comm, experiment, base));
}

const float *bs_base_weights(const bs_base_point *base, uint32_t realisation,
                             const float **statistics)
{
    if (base->seeds == 0) {
        *statistics = base->statistics[0];
        return base->weights[0];
    }
    const uint32_t seeds = (uint32_t)base->seeds;
    const bool foreign = realisation >= BS_FOREIGN;
    const size_t seed = foreign ? (realisation - BS_FOREIGN + 1) % seeds : realisation % seeds;
    *statistics = base->seed_statistics + seed * base->network->statistic_size;
    return base->seed_weights + seed * base->network->parameter_size;
}
