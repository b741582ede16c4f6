/* Sign changes of the probed signals between neighbouring points. */
#include "block_kinks.h"

#include <math.h>
#include <string.h>

#include "blueshift/memory.h"
#include "blueshift/statistics.h"
#include "branch_arrays.h"
#include "spectra.h"

/* Why: where a signal goes into a ReLU, a change of its sign is a kink of everything after, and
 * kinks give a path's spectrum its k^-4 tail; their number says whether the points of a path still
 * lie between them. */

#define SIGN_CHANGES "block_probe_sign_changes"

/* Numbers of a chunk of points that are read at once: 8 MiB. */
enum { CHUNK = 1 << 20 };

bs_status bs_block_kinks_list_arrays(const bs_surface_schema *schema, bs_array_list *list)
{
    const int index = bs_branch_array_find(schema, false);
    if (index < 0) {
        return BS_OK;
    }
    const bs_array *of = &schema->arrays[index];
    static const char *const names[2] = {SIGN_CHANGES, SIGN_CHANGES BS_STDERR};
    static const char *const comments[2] = {
        "neighbouring points between which a probed neuron changes its sign, along the whole path, "
        "mean over the neurons; then over realisations. Where a signal goes into a ReLU, as the "
        "sum does in v1 with one path, these are its kinks; as many as a quarter of the points or "
        "more are no longer resolved",
        "standard error over realisations"};
    for (int i = 0; i < 2; i++) {
        const bs_array array = {
            .variable = {names[i], "sign changes of signals at random neurons", "1"},
            .comment = comments[i],
            .kind = BS_ARRAY_NETWORK,
            .ndim = 2,
            .dims = {of->dims[1], of->dims[0]}};
        BS_TRY(bs_array_list_add(list, &array));
    }
    return BS_OK;
}

/* The probes of one network and what is counted of them. */
typedef struct counter {
    bs_surface *surface;
    int array;
    int64_t points, signals,
        probes; /* a point's row: [signals][probes], signals = blocks x branches */
    bool periodic;
    double *rows;  /* [1 + points of a chunk][signals][probes]: after the point before */
    double *first; /* [signals][probes] */
} counter;

/* Adds the changes from BEFORE to AFTER; a signal that is missing makes its count NaN. */
static void add_changes(const counter *c, const double *before, const double *after,
                        double *changes)
{
    for (int64_t s = 0; s < c->signals; s++) {
        for (int64_t i = s * c->probes; i < (s + 1) * c->probes; i++) {
            const bool missing = isnan(before[i]) || isnan(after[i]);
            changes[s] += missing ? (double)NAN : (before[i] < 0.0) != (after[i] < 0.0) ? 1.0 : 0.0;
        }
    }
}

/* CHANGES [signals] of realisation PAIR. */
static bs_status count_pair(counter *c, int pair, double *changes)
{
    const int64_t row = c->signals * c->probes;
    const int64_t most = CHUNK / row > 0 ? CHUNK / row : 1;
    for (int64_t first = 0; first < c->points; first += most) {
        const int64_t count = c->points - first < most ? c->points - first : most;
        BS_TRY(bs_surface_read_array(c->surface, c->array,
                                     (bs_range){pair * c->points + first, count}, c->rows + row));
        if (first == 0) {
            memcpy(c->first, c->rows + row, (size_t)row * sizeof *c->first);
        }
        for (int64_t p = first == 0 ? 1 : 0; p < count; p++) {
            add_changes(c, c->rows + p * row, c->rows + (p + 1) * row, changes);
        }
        memcpy(c->rows, c->rows + count * row, (size_t)row * sizeof *c->rows);
    }
    if (c->periodic) {
        add_changes(c, c->rows, c->first, changes);
    }
    return BS_OK;
}

/* CHANGES [realisations][signals] of all ranks' realisations. */
static bs_status count_all(const bs_comm *comm, counter *c, int realisations, const int *pairs,
                           double *changes)
{
    bs_status status = BS_OK;
    for (int r = comm->rank; r < realisations && status == BS_OK; r += comm->size) {
        status = count_pair(c, pairs[r], changes + r * c->signals);
    }
    BS_TRY(bs_agree(comm, status));
    return BS_MPI(MPI_Allreduce(MPI_IN_PLACE, changes, (int)(realisations * c->signals), MPI_DOUBLE,
                                MPI_SUM, comm->mpi));
}

/* Rank 0. */
static bs_status write_all(const counter *c, int network, int realisations, const double *changes)
{
    const int64_t branches = bs_surface_get_schema(c->surface)->arrays[c->array].dims[1].length;
    const int64_t blocks = c->signals / branches;
    double *rows = bs_alloc((size_t)(2 * c->signals), sizeof *rows);
    double *of = bs_alloc((size_t)realisations, sizeof *of);
    bs_status status = rows == NULL || of == NULL ? BS_ERR_MEMORY : BS_OK;
    for (int64_t s = 0; s < c->signals && status == BS_OK; s++) {
        for (int r = 0; r < realisations; r++) {
            of[r] = changes[r * c->signals + s] / (double)c->probes;
        }
        const bs_estimate estimate = bs_estimate_of(of, realisations, 1);
        /* A branch's row runs over the blocks. */
        const int64_t to = s % branches * blocks + s / branches;
        rows[to] = estimate.mean;
        rows[c->signals + to] = estimate.error;
    }
    if (status == BS_OK) {
        status = bs_branch_array_write(c->surface, SIGN_CHANGES, network, rows);
    }
    if (status == BS_OK) {
        status =
            bs_branch_array_write(c->surface, SIGN_CHANGES BS_STDERR, network, rows + c->signals);
    }
    bs_free(rows);
    bs_free(of);
    return status;
}

bs_status bs_block_kinks_run(const bs_comm *comm, bs_surface *surface, int network,
                             int realisations, const int *pairs)
{
    const bs_surface_schema *schema = bs_surface_get_schema(surface);
    const int array = bs_branch_array_find(schema, false);
    if (array < 0 || bs_surface_find_array(surface, SIGN_CHANGES) < 0) {
        return BS_OK; /* a file without probes, or an older one */
    }
    const bs_array *a = &schema->arrays[array];
    counter c = {.surface = surface,
                 .array = array,
                 .points = bs_grid_points(&schema->grid),
                 .signals = a->dims[0].length * a->dims[1].length,
                 .probes = a->dims[2].length,
                 .periodic = bs_spectra_periodic(schema)};
    const int64_t row = c.signals * c.probes;
    c.rows =
        bs_alloc((size_t)((CHUNK / row > 0 ? CHUNK / row : 1) + 1) * (size_t)row, sizeof *c.rows);
    c.first = bs_alloc((size_t)row, sizeof *c.first);
    double *changes = bs_alloc((size_t)(realisations * c.signals), sizeof *changes);
    bool allocated = c.rows != NULL && c.first != NULL && changes != NULL;
    bs_status status = bs_agree(comm, allocated ? BS_OK : BS_ERR_MEMORY);
    if (status == BS_OK && allocated) {
        status = count_all(comm, &c, realisations, pairs, changes);
    }
    if (status == BS_OK && allocated) {
        bool writes = comm->rank == 0;
        status = bs_agree(comm, writes ? write_all(&c, network, realisations, changes) : BS_OK);
    }
    bs_free(c.rows);
    bs_free(c.first);
    bs_free(changes);
    return status;
}
