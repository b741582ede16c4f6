/* All surfaces of a file, one per rank or, where they are large, one after another over all ranks;
 * means on rank 0. */
#include <math.h>
#include <string.h>

#include "blueshift/memory.h"
#include "spectra.h"

/* Mean and squared deviations over the realisations of one network. Rank 0. */
typedef struct means {
    int network;
    double count;
    double *mean;    /* [result size] */
    double *squares; /* [result size] */
} means;

/* Buffers of a run over all surfaces. */
typedef struct surfaces {
    const bs_spectra *s;
    bs_fft *fft; /* NULL for lines */
    bs_spectra_slab slab;
    double *result;   /* of this rank's surface */
    double *gathered; /* rank 0: the results of all ranks */
    means means;
} surfaces;

/* What was gathered of a network so far becomes its arrays. */
static bs_status write_means(const bs_spectra *s, means *m)
{
    const int64_t size = bs_spectra_result_size(s);
    const bs_range row = {m->network, 1};
    BS_TRY(bs_spectra_write(s, "realisations_analysed", row, &m->count));
    if (m->count < 1.0) {
        return BS_OK;
    }
    for (int64_t i = 0; i < size; i++) {
        /* A single realisation has no spread: 0/0 is NaN, as it should be. */
        m->squares[i] = sqrt(m->squares[i] / (m->count - 1.0) / m->count);
    }
    for (int q = 0; q < QUANTITIES; q++) {
        const bs_quantity_names names = bs_spectra_names((bs_quantity)q);
        BS_TRY(
            bs_spectra_write(s, names.mean, row, bs_spectra_quantity(s, m->mean, (bs_quantity)q)));
        BS_TRY(bs_spectra_write(s, names.error, row,
                                bs_spectra_quantity(s, m->squares, (bs_quantity)q)));
    }
    return BS_OK;
}

/* The results of surface PAIR, in the order of the pairs. */
static bs_status take_result(const bs_spectra *s, int pair, double *result, means *m)
{
    const int64_t size = bs_spectra_result_size(s);
    for (int q = 0; q < QUANTITIES; q++) {
        BS_TRY(bs_spectra_write(s, bs_spectra_names((bs_quantity)q).pair, (bs_range){pair, 1},
                                bs_spectra_quantity(s, result, (bs_quantity)q)));
    }
    m->count += 1.0;
    for (int64_t i = 0; i < size; i++) {
        const double before = result[i] - m->mean[i];
        m->mean[i] += before / m->count;
        m->squares[i] += before * (result[i] - m->mean[i]);
    }
    return BS_OK;
}

/* Moves on to the network of PAIR, or with one after the last to the end. */
static bs_status begin_network(const bs_spectra *s, int pair, means *m)
{
    const int network = pair / s->schema->realisations;
    while (m->network < network) {
        BS_TRY(write_means(s, m));
        const size_t bytes = (size_t)bs_spectra_result_size(s) * sizeof *m->mean;
        memset(m->mean, 0, bytes);
        memset(m->squares, 0, bytes);
        m->count = 0.0;
        m->network++;
    }
    return BS_OK;
}

/* Surfaces FIRST and on, one per rank; rank 0 takes the results. Collective. */
static bs_status run_dealt(surfaces *all, int first, int count)
{
    const bs_spectra *s = all->s;
    const int size = (int)bs_spectra_result_size(s);
    const int mine = first + s->comm->rank;
    bs_status status = BS_OK;
    if (s->comm->rank < count && s->complete[mine] != 0) {
        status = bs_spectra_transform(s, mine, all->fft, &all->slab);
        if (status == BS_OK) {
            status = bs_spectra_finish(s, &all->slab, all->result);
        }
    }
    BS_TRY(bs_agree(s->comm, status));
    BS_TRY(BS_MPI(MPI_Gather(all->result, size, MPI_DOUBLE, all->gathered, size, MPI_DOUBLE, 0,
                             s->comm->mpi)));
    for (int i = 0; s->comm->rank == 0 && i < count && status == BS_OK; i++) {
        status = begin_network(s, first + i, &all->means);
        if (status == BS_OK && s->complete[first + i] != 0) {
            double *result = all->gathered + (int64_t)i * size;
            status = take_result(s, first + i, result, &all->means);
        }
    }
    return bs_agree(s->comm, status);
}

/* A surface over all ranks. Collective. */
static bs_status run_shared(surfaces *all, int pair)
{
    const bs_spectra *s = all->s;
    bs_status status = BS_OK;
    if (s->complete[pair] != 0) {
        BS_TRY(bs_agree(s->comm, bs_spectra_transform(s, pair, all->fft, &all->slab)));
    }
    if (s->comm->rank == 0) {
        status = begin_network(s, pair, &all->means);
    }
    if (s->comm->rank == 0 && status == BS_OK && s->complete[pair] != 0) {
        status = bs_spectra_finish(s, &all->slab, all->result);
        status = status == BS_OK ? take_result(s, pair, all->result, &all->means) : status;
    }
    return bs_agree(s->comm, status);
}

static bs_status run_all(surfaces *all)
{
    const bs_spectra *s = all->s;
    const int pairs = s->schema->networks * s->schema->realisations;
    const int step = s->shared ? 1 : s->comm->size;
    for (int first = 0; first < pairs; first += step) {
        const int count = pairs - first < step ? pairs - first : step;
        BS_TRY(bs_agree_stop(s->comm));
        BS_TRY(s->shared ? run_shared(all, first) : run_dealt(all, first, count));
    }
    return bs_agree(s->comm, s->comm->rank == 0 ? begin_network(s, pairs, &all->means) : BS_OK);
}

static bs_status allocate(surfaces *all)
{
    const bs_spectra *s = all->s;
    const size_t result = (size_t)bs_spectra_result_size(s);
    const size_t senders = s->comm->rank == 0 ? (size_t)s->comm->size : 0;
    BS_TRY(bs_spectra_slab_init(s, all->fft, &all->slab));
    all->result = bs_alloc(result, sizeof *all->result);
    all->gathered = bs_alloc(senders * result, sizeof *all->gathered);
    all->means.mean = bs_alloc(result, sizeof(double));
    all->means.squares = bs_alloc(result, sizeof(double));
    bool allocated = all->result != NULL && all->gathered != NULL && all->means.mean != NULL &&
                     all->means.squares != NULL;
    return allocated ? BS_OK : BS_ERR_MEMORY;
}

bs_status bs_spectra_surfaces(const bs_spectra *s)
{
    surfaces all = {.s = s};
    const bs_comm alone = {.mpi = MPI_COMM_SELF, .rank = 0, .size = 1};
    const int ndim = s->shape.ndim;
    if (ndim > 1) {
        int64_t slowest_first[BS_GRID_DIMS];
        for (int d = 0; d < ndim; d++) {
            slowest_first[d] = s->shape.points[ndim - 1 - d];
        }
        bs_status planned =
            bs_fft_create(s->shared ? s->comm : &alone, ndim, slowest_first, &all.fft);
        BS_TRY(s->shared ? planned : bs_agree(s->comm, planned));
    }
    bs_status status = bs_agree(s->comm, allocate(&all));
    if (status == BS_OK) {
        status = run_all(&all);
    }
    bs_spectra_slab_release(&all.slab);
    bs_free(all.result);
    bs_free(all.gathered);
    bs_free(all.means.mean);
    bs_free(all.means.squares);
    bs_fft_destroy(all.fft);
    return status;
}
