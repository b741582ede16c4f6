/* How many of a network's branch losses are independent, wavenumber by wavenumber. */
#include <math.h>
#include <string.h>

#include "blueshift/branch_moments.h"
#include "blueshift/coherence.h"
#include "blueshift/memory.h"
#include "branch_arrays.h"
#include "branch_transpose.h"

/* A matrix of more signals is shared by all ranks, and its eigenvalues depend on their number by
 * rounding; smaller ones are dealt out whole, so that the bits are the same everywhere. */
enum { ALONE_MAX = 512 };

/* Results of a wavenumber, after the eigenvalues. */
enum { EFFECTIVE, EFFECTIVE_ERROR, CORRECTED, CORRECTED_ERROR, RESULTS };

typedef struct independence {
    const bs_branch_shape *shape;
    int signals;      /* skip branches and paths of the network's own blocks */
    int signal_slots; /* of the array of eigenvalues */
    const bs_process_grid *grid;
    bs_coherence *coherence;
    double *squares;    /* [1 + realisation] */
    double *replicates; /* [realisation] */
} independence;

static int results_size(const independence *w)
{
    return w->signal_slots + RESULTS;
}

/* Signals of a block, skip first. */
static int per_block(const bs_branch_shape *shape)
{
    return shape->paths + (shape->skip ? 1 : 0);
}

static int branch_of(const bs_branch_shape *shape, int signal)
{
    int at = signal % per_block(shape);
    int path = at - (shape->skip ? 1 : 0);
    return path < 0 ? BS_BRANCH_SKIP : BS_BRANCH_PATH + path;
}

/* Coefficients [bin][signal][realisation] of this rank's blocks; other ranks fill in the others. */
static bs_status fill_coefficients(const bs_branch_signals *signals, const void *context,
                                   bs_range bins, double *out)
{
    const independence *w = context;
    const bs_branch_shape *shape = &signals->shape;
    for (int i = 0; i < w->signals; i++) {
        int64_t unit = i / per_block(shape) - signals->units.first;
        for (int r = 0; r < shape->realisations && unit >= 0 && unit < signals->units.count; r++) {
            const double complex *channel =
                bs_branch_channel(signals, r, unit, 0, branch_of(shape, i));
            for (int64_t k = 0; k < bins.count; k++) {
                double *to = out + 2 * ((k * w->signals + i) * shape->realisations + r);
                to[0] = creal(channel[bins.first + k]);
                to[1] = cimag(channel[bins.first + k]);
            }
        }
    }
    return BS_OK;
}

/* The effective number of the squares, and its jackknife error. */
static void put_effective(const independence *w, bool corrected, double *result)
{
    const int64_t n = w->shape->realisations;
    for (int64_t r = 0; r <= n; r++) {
        double value = corrected
                           ? bs_coherence_corrected(w->signals, r == 0 ? n : n - 1, w->squares[r])
                           : bs_coherence_effective(w->signals, w->squares[r]);
        *(r == 0 ? &result[0] : &w->replicates[r - 1]) = value;
    }
    result[1] = bs_branch_jackknife(n, w->replicates, 1);
}

/* One wavenumber on the ranks of the grid; X [signal][realisation]. */
static bs_status analyse_bin(const independence *w, const double complex *x, double *result)
{
    BS_TRY(bs_coherence_eigenvalues(w->coherence, w->shape->realisations, x, result, w->squares));
    double *numbers = result + w->signal_slots;
    put_effective(w, false, numbers + EFFECTIVE);
    put_effective(w, true, numbers + CORRECTED);
    return BS_OK;
}

/* Every rank its own wavenumbers, each matrix on one rank. Not collective. */
static bs_status analyse_alone(const independence *w, bs_range bins, const double complex *x,
                               double *results)
{
    int64_t stride = (int64_t)w->signals * w->shape->realisations;
    for (int64_t k = 0; k < bins.count; k++) {
        if (bins.first + k > 0) {
            BS_TRY(analyse_bin(w, x + k * stride, results + k * results_size(w)));
        }
    }
    return BS_OK;
}

/* All ranks one wavenumber after the other. Collective over the grid. */
static bs_status analyse_together(const independence *w, bs_range own, const double complex *x,
                                  double *results)
{
    const bs_comm *comm = &w->grid->comm;
    int64_t stride = (int64_t)w->signals * w->shape->realisations;
    double complex *bin = bs_alloc((size_t)stride, sizeof *bin);
    double *result = bs_alloc((size_t)results_size(w), sizeof *result);
    bool allocated = bin != NULL && result != NULL;
    bs_status status = bs_agree(comm, allocated ? BS_OK : BS_ERR_MEMORY);
    for (int rank = 0; rank < comm->size && status == BS_OK && allocated; rank++) {
        bs_range bins = bs_branch_slice(w->shape, comm, rank);
        for (int64_t k = bins.first; k < bins.first + bins.count && status == BS_OK; k++) {
            if (rank == comm->rank) {
                memcpy(bin, x + (k - own.first) * stride, (size_t)stride * sizeof *bin);
            }
            status = bs_agree_stop(comm);
            if (status == BS_OK) {
                status = BS_MPI(MPI_Bcast(bin, (int)stride, MPI_C_DOUBLE_COMPLEX, rank, comm->mpi));
            }
            if (status == BS_OK && k > 0) {
                status = analyse_bin(w, bin, result);
            }
            if (status == BS_OK && k > 0 && rank == comm->rank) {
                memcpy(results + (k - own.first) * results_size(w), result,
                       (size_t)results_size(w) * sizeof *result);
            }
        }
    }
    bs_free(bin);
    bs_free(result);
    return status;
}

/* The results of one network, on rank 0; everything is missing at wavenumber 0. */
static bs_status write_results(bs_surface *surface, int network, const independence *w,
                               const double *all)
{
    static const char *const names[RESULTS] = {BS_EFFECTIVE_SIGNALS, BS_EFFECTIVE_SIGNALS BS_STDERR,
                                               BS_EFFECTIVE_CORRECTED,
                                               BS_EFFECTIVE_CORRECTED BS_STDERR};
    const int64_t bins = w->shape->bins;
    double *rows = bs_alloc((size_t)results_size(w) * (size_t)bins, sizeof *rows);
    if (rows == NULL) {
        return BS_ERR_MEMORY;
    }
    for (int64_t k = 0; k < bins; k++) {
        for (int i = 0; i < results_size(w); i++) {
            bool missing = k == 0 || (i >= w->signals && i < w->signal_slots);
            rows[i * bins + k] = missing ? (double)NAN : all[k * results_size(w) + i];
        }
    }
    bs_status status = bs_branch_array_write(surface, BS_COHERENCE_EIGENVALUE, network, rows);
    for (int i = 0; i < RESULTS && status == BS_OK; i++) {
        status =
            bs_branch_array_write(surface, names[i], network, rows + (w->signal_slots + i) * bins);
    }
    double ceiling = bs_coherence_ceiling(w->signals, w->shape->realisations);
    bs_free(rows);
    return status == BS_OK ? bs_branch_array_write(surface, BS_EFFECTIVE_CEILING, network, &ceiling)
                           : status;
}

/* From the coefficients X of the own wavenumbers to RESULTS. Collective over COMM. */
static bs_status analyse(const bs_comm *comm, independence *w, const double complex *x,
                         double *results)
{
    bool together = w->signals > ALONE_MAX;
    bs_comm self = {.mpi = MPI_COMM_NULL};
    bs_process_grid *grid = NULL;
    bs_status status = bs_agree(comm, bs_comm_create(MPI_COMM_SELF, &self));
    if (status == BS_OK) {
        status = bs_agree(comm, bs_process_grid_create(together ? comm : &self, &grid));
    }
    w->grid = grid;
    if (status == BS_OK) {
        status = bs_agree(comm, bs_coherence_create(grid, w->signals, 0, &w->coherence));
    }
    if (status == BS_OK) {
        bs_range own = bs_branch_slice(w->shape, comm, comm->rank);
        status = together ? analyse_together(w, own, x, results)
                          : bs_agree(comm, analyse_alone(w, own, x, results));
    }
    bs_coherence_destroy(w->coherence);
    bs_process_grid_destroy(grid);
    bs_comm_release(&self);
    return status;
}

bs_status bs_branch_independence_run(const bs_comm *comm, bs_surface *surface, int network,
                                     const bs_branch_signals *signals)
{
    const bs_branch_shape *shape = &signals->shape;
    independence w = {.shape = shape,
                      .signals = shape->present_blocks * per_block(shape),
                      .signal_slots = shape->blocks * (shape->branches - 1)};
    size_t own = (size_t)bs_branch_slice(shape, comm, comm->rank).count;
    size_t bins = comm->rank == 0 ? (size_t)shape->bins : 0;
    int64_t coefficients = (int64_t)w.signals * shape->realisations;
    double complex *x = bs_alloc(own * (size_t)coefficients, sizeof *x);
    double *results = bs_alloc(own * (size_t)results_size(&w), sizeof *results);
    double *all = bs_alloc(bins * (size_t)results_size(&w), sizeof *all);
    w.squares = bs_alloc(1 + (size_t)shape->realisations, sizeof *w.squares);
    w.replicates = bs_alloc((size_t)shape->realisations, sizeof *w.replicates);
    bool allocated =
        x != NULL && results != NULL && all != NULL && w.squares != NULL && w.replicates != NULL;
    bs_status status = bs_agree(comm, allocated ? BS_OK : BS_ERR_MEMORY);
    if (status == BS_OK) {
        status = bs_branch_transpose_sum(comm, signals, 2 * coefficients, fill_coefficients, &w,
                                         (double *)x);
    }
    if (status == BS_OK && x != NULL && results != NULL) {
        status = analyse(comm, &w, x, results);
    }
    if (status == BS_OK) {
        status = bs_branch_transpose_gather(comm, shape, results_size(&w), results, all);
    }
    if (status == BS_OK) {
        bs_status written = comm->rank == 0 ? write_results(surface, network, &w, all) : BS_OK;
        status = bs_agree(comm, written);
    }
    bs_free(x);
    bs_free(results);
    bs_free(all);
    bs_free(w.squares);
    bs_free(w.replicates);
    return status;
}
