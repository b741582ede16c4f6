/* Second moments of the wavenumber by block: the premise of exponential downweighting. */
#include "block_moments.h"

#include <math.h>
#include <string.h>

#include "blueshift/memory.h"
#include "blueshift/relay.h"
#include "blueshift/statistics.h"
#include "blueshift/undersampling.h"
#include "branch_arrays.h"

/* Why by block: ED says that what has gone through more layers holds more of the high frequencies,
 * so that a sum in which it has less weight is smoother. That is a statement on the signals
 * themselves and needs no pair of branches. */

enum { SECOND, SECOND_ERROR, BEYOND, COLUMNS };

/* The arrays of an array of points. */
typedef struct moments_entry {
    const char *of;
    const char *names[COLUMNS];
    const char *what;
} moments_entry;

#define NAMES(name, undersampled)                                                                  \
    {                                                                                              \
        name "_second_moment", name "_second_moment" BS_STDERR, undersampled                       \
    }

static const moments_entry entries[] = {
    {BS_BRANCH_PROBE, NAMES("block_probe", BS_UNDERSAMPLED_PROBES), "signals at random neurons"},
    {BS_SURFACE_LOGITS, NAMES("block_surface", BS_UNDERSAMPLED_SURFACES),
     "logits of a branch through the rest"},
};
enum { ENTRIES = sizeof entries / sizeof entries[0] };

static const char *const comments[COLUMNS] = {
    [SECOND] = "<k^2> = sum k^2 |X_k|^2 / sum |X_k|^2 over the channels of a branch and all k but "
               "0, in one realisation; then the mean over realisations",
    [SECOND_ERROR] = "standard error over realisations",
    [BEYOND] = "fraction of the power beyond half of Nyquist, the mean over realisations; above "
               "0.01 the path is sampled too coarsely for this branch"};

/* Sums over the channels of a branch of a block in one realisation. */
enum { SUM_POWER, SUM_SECOND, SUM_BEYOND, SUMS };

static const moments_entry *entry_of(const char *of)
{
    for (int i = 0; i < ENTRIES; i++) {
        if (strcmp(entries[i].of, of) == 0) {
            return &entries[i];
        }
    }
    return NULL;
}

bs_status bs_block_moments_list_arrays(const bs_surface_schema *schema, bs_array_list *list)
{
    for (int i = 0; i < schema->array_count; i++) {
        const bs_array *of = &schema->arrays[i];
        const moments_entry *entry =
            of->kind == BS_ARRAY_POINT ? entry_of(of->variable.name) : NULL;
        for (int c = 0; c < COLUMNS && entry != NULL && of->ndim >= 2; c++) {
            const bs_array array = {.variable = {entry->names[c], entry->what, "1"},
                                    .comment = comments[c],
                                    .kind = BS_ARRAY_NETWORK,
                                    .ndim = 2,
                                    .dims = {of->dims[1], of->dims[0]}};
            BS_TRY(bs_array_list_add(list, &array));
        }
    }
    return BS_OK;
}

/* [realisation][block][branch][SUMS]: adds the units of this rank. */
static void add_units(const bs_branch_signals *signals, double *sums)
{
    const bs_branch_shape *shape = &signals->shape;
    for (int r = 0; r < shape->realisations; r++) {
        for (int64_t unit = 0; unit < signals->units.count; unit++) {
            int64_t block = (signals->units.first + unit) / shape->neurons;
            for (int i = 0; i < shape->images * shape->branches; i++) {
                int branch = i % shape->branches;
                const double complex *x =
                    bs_branch_channel(signals, r, unit, i / shape->branches, branch);
                double *to =
                    sums + (((int64_t)r * shape->blocks + block) * shape->branches + branch) * SUMS;
                for (int64_t k = 1; k < shape->bins; k++) {
                    double power = (bs_branch_bin_is_real(shape, k) ? 1.0 : 2.0) *
                                   (creal(x[k]) * creal(x[k]) + cimag(x[k]) * cimag(x[k]));
                    to[SUM_POWER] += power;
                    to[SUM_SECOND] += (double)(k * k) * power;
                    to[SUM_BEYOND] += 4 * k > shape->points ? power : 0.0;
                }
            }
        }
    }
}

/* Rank 0. Without power a branch has no moments: 0/0 is NaN. */
static bs_status write_all(bs_surface *surface, int network, const moments_entry *entry,
                           const bs_branch_shape *shape, const double *sums)
{
    const int64_t size = (int64_t)shape->blocks * shape->branches;
    double *rows = bs_alloc((size_t)(COLUMNS * size), sizeof *rows);
    double *seconds = bs_alloc((size_t)shape->realisations, sizeof *seconds);
    double *beyond = bs_alloc((size_t)shape->realisations, sizeof *beyond);
    bool allocated = rows != NULL && seconds != NULL && beyond != NULL;
    bs_status status = allocated ? BS_OK : BS_ERR_MEMORY;
    for (int64_t i = 0; i < size && allocated; i++) {
        /* A branch's row runs over the blocks. */
        int64_t to = i % shape->branches * shape->blocks + i / shape->branches;
        for (int r = 0; r < shape->realisations; r++) {
            const double *s = sums + (r * size + i) * SUMS;
            seconds[r] = s[SUM_SECOND] / s[SUM_POWER];
            beyond[r] = s[SUM_BEYOND] / s[SUM_POWER];
        }
        bs_estimate second = bs_estimate_of(seconds, shape->realisations, 1);
        rows[SECOND * size + to] = second.mean;
        rows[SECOND_ERROR * size + to] = second.error;
        rows[BEYOND * size + to] = bs_estimate_of(beyond, shape->realisations, 1).mean;
    }
    for (int c = 0; c < COLUMNS && status == BS_OK; c++) {
        status = bs_branch_array_write(surface, entry->names[c], network, rows + c * size);
    }
    bs_free(rows);
    bs_free(seconds);
    bs_free(beyond);
    return status;
}

bs_status bs_block_moments_run(const bs_comm *comm, bs_surface *surface, int network,
                               const char *of, const bs_branch_signals *signals)
{
    const bs_branch_shape *shape = &signals->shape;
    const int64_t size = (int64_t)shape->realisations * shape->blocks * shape->branches * SUMS;
    double *sums = bs_alloc((size_t)size, sizeof *sums);
    bs_status status = bs_agree(comm, sums == NULL ? BS_ERR_MEMORY : BS_OK);
    if (status == BS_OK && sums != NULL) {
        status = bs_relay_take(comm, size, sums);
    }
    if (status == BS_OK && sums != NULL) {
        add_units(signals, sums);
        status = bs_relay_share(comm, size, sums);
    }
    if (status == BS_OK && sums != NULL) {
        bool writes = comm->rank == 0;
        status =
            bs_agree(comm, writes ? write_all(surface, network, entry_of(of), shape, sums) : BS_OK);
    }
    bs_free(sums);
    return status;
}
