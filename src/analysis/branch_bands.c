/* Pearson correlation of branch losses in octave bands, beside that of foreign realisations. */
#include "branch_bands.h"

#include <math.h>

#include "blueshift/memory.h"
#include "blueshift/observables.h"
#include "blueshift/statistics.h"
#include "branch_arrays.h"

/* Why octaves and not wavenumbers: a single coefficient has one phase, so that its correlation is
 * +-1 within a realisation, and only many realisations tell chance from agreement. A band of n
 * wavenumbers holds n phases of one realisation, and the spread over realisations is the error. */

/* Two branches of a block: the skip against every path, or every pair of paths. */
typedef enum pair_kind { SKIP_MAIN, PATH_PAIRS, KINDS } pair_kind;

/* What is computed of a (block, band, realisation). */
enum { CORRELATION, FOREIGN, RESULTS };

/* What is written of a level and band. */
enum { MEAN, ERROR, NULL_MEAN, NULL_ERROR, COLUMNS };

enum { LEVELS = 3 };

#define COLUMN_NAMES(name)                                                                         \
    {                                                                                              \
        name, name BS_STDERR, name "_null", name "_null" BS_STDERR                                 \
    }
#define LEVEL_NAMES(name)                                                                          \
    {                                                                                              \
        COLUMN_NAMES("block_" name), COLUMN_NAMES("stage_" name), COLUMN_NAMES(name)               \
    }

static const char *const names[KINDS][LEVELS][COLUMNS] = {
    LEVEL_NAMES("branch_loss_band_correlation"), LEVEL_NAMES("path_loss_band_correlation")};

#define BAND_FIRST "band_first"
#define BAND_LAST "band_last"

/* Octaves 1, 2 to 3, 4 to 7, ...; Nyquist's wavenumber, real and alone in its octave, belongs to
 * the one before. */
static int count_bands(int64_t bins)
{
    int count = 0;
    for (int64_t first = 1; first < bins; first *= 2) {
        count += first + 1 < bins || count == 0;
    }
    return count;
}

static bs_range band_of(int64_t bins, int band)
{
    int64_t first = INT64_C(1) << band;
    int64_t end = band == count_bands(bins) - 1 ? bins : 2 * first;
    return (bs_range){first, end - first};
}

/* ---- the file ---- */

static const char *const long_names[COLUMNS] = {
    "correlation of the losses of two branches by octave",
    "standard error of the correlation of branch losses by octave",
    "correlation of the losses of foreign branches by octave",
    "standard error of the correlation of foreign branches by octave"};
static const char *const comments[COLUMNS] = {
    "Re sum A conj B / sqrt(sum |A|^2 sum |B|^2) of the branch losses A and B of a block, sums "
    "over "
    "the wavenumbers band_first to band_last, in one realisation; then the mean over the blocks of "
    "the level and over realisations. The skip against every path, or every pair of paths",
    "standard error over realisations",
    "the same with B of another realisation, mean over all cyclic shifts: networks that have "
    "nothing "
    "in common. A correlation counts by its distance from this",
    "standard error over realisations"};

static bs_status add_kind(const bs_array *of, pair_kind kind, const bs_dimension *band,
                          bs_array_list *list)
{
    for (int i = 0; i < LEVELS * COLUMNS; i++) {
        int level = i / COLUMNS;
        int column = i % COLUMNS;
        bs_array array = {.variable = {names[kind][level][column], long_names[column], "1"},
                          .comment = comments[column],
                          .kind = BS_ARRAY_NETWORK};
        if (level == 0) {
            array.dims[array.ndim++] = of->dims[0];
        } else if (level == 1) {
            array.dims[array.ndim++] = (bs_dimension){"stage", BS_STAGES};
        }
        array.dims[array.ndim++] = *band;
        BS_TRY(bs_array_list_add(list, &array));
    }
    return BS_OK;
}

bs_status bs_branch_bands_list_arrays(const bs_surface_schema *schema, const bs_array *of,
                                      bs_array_list *list)
{
    const int64_t bins = schema->grid.axis[0].points / 2 + 1;
    if (count_bands(bins) == 0) {
        return BS_OK;
    }
    const bs_dimension band = {"band", count_bands(bins)};
    const bs_array edges[] = {
        {{BAND_FIRST, "first wavenumber of an octave band", "1"}, NULL, BS_ARRAY_GLOBAL, 1, {band}},
        {{BAND_LAST, "last wavenumber of an octave band", "1"}, NULL, BS_ARRAY_GLOBAL, 1, {band}}};
    BS_TRY(bs_array_list_add(list, &edges[0]));
    BS_TRY(bs_array_list_add(list, &edges[1]));
    BS_TRY(add_kind(of, SKIP_MAIN, &band, list));
    return of->dims[1].length > BS_BRANCH_PATH + 1 ? add_kind(of, PATH_PAIRS, &band, list) : BS_OK;
}

/* ---- correlations ---- */

/* One network. */
typedef struct correlator {
    const bs_branch_signals *signals;
    const bs_branch_shape *shape;
    int bands;
    double *results; /* [kind][block][band][realisation][RESULTS] */
} correlator;

static int64_t place_of(const correlator *c, int kind, int64_t block, int band)
{
    return (((int64_t)kind * c->shape->present_blocks + block) * c->bands + band) *
           c->shape->realisations * RESULTS;
}

/* Of A in realisation PLACES[0] and B in realisation PLACES[1], a unit being a block. */
static double correlate(const correlator *c, int64_t unit, const int branches[2],
                        const int places[2], int band)
{
    const double complex *a = bs_branch_channel(c->signals, places[0], unit, 0, branches[0]);
    const double complex *b = bs_branch_channel(c->signals, places[1], unit, 0, branches[1]);
    const bs_range bins = band_of(c->shape->bins, band);
    double both = 0.0;
    double powers[2] = {0.0, 0.0};
    for (int64_t k = bins.first; k < bins.first + bins.count; k++) {
        /* A wavenumber stands for its twin -k too, but for Nyquist's. */
        double weight = bs_branch_bin_is_real(c->shape, k) ? 1.0 : 2.0;
        both += weight * (creal(a[k]) * creal(b[k]) + cimag(a[k]) * cimag(b[k]));
        powers[0] += weight * (creal(a[k]) * creal(a[k]) + cimag(a[k]) * cimag(a[k]));
        powers[1] += weight * (creal(b[k]) * creal(b[k]) + cimag(b[k]) * cimag(b[k]));
    }
    return powers[0] > 0.0 && powers[1] > 0.0 ? both / sqrt(powers[0] * powers[1]) : (double)NAN;
}

/* Adds one pair of branches of a block, one of COUNT, to the results of its bands. */
static void add_pair(const correlator *c, int kind, int64_t unit, const int branches[2], int count)
{
    const int n = c->shape->realisations;
    int64_t block = c->signals->units.first + unit;
    for (int band = 0; band < c->bands; band++) {
        double *results = c->results + place_of(c, kind, block, band);
        for (int r = 0; r < n; r++) {
            double foreign = n > 1 ? 0.0 : (double)NAN;
            for (int shift = 1; shift < n; shift++) {
                const int places[2] = {r, (r + shift) % n};
                foreign += correlate(c, unit, branches, places, band) / (n - 1);
            }
            const int same[2] = {r, r};
            results[r * RESULTS + CORRELATION] += correlate(c, unit, branches, same, band) / count;
            results[r * RESULTS + FOREIGN] += foreign / count;
        }
    }
}

/* The blocks of this rank; the others stay zero. */
static void correlate_blocks(const correlator *c)
{
    const bs_branch_shape *shape = c->shape;
    int pairs = shape->paths * (shape->paths - 1) / 2;
    for (int64_t unit = 0; unit < c->signals->units.count; unit++) {
        if (c->signals->units.first + unit >= shape->present_blocks) {
            continue;
        }
        for (int i = 0; i < shape->paths; i++) {
            const int with_skip[2] = {BS_BRANCH_SKIP, BS_BRANCH_PATH + i};
            if (shape->skip) {
                add_pair(c, SKIP_MAIN, unit, with_skip, shape->paths);
            }
            for (int j = i + 1; j < shape->paths; j++) {
                const int both[2] = {BS_BRANCH_PATH + i, BS_BRANCH_PATH + j};
                add_pair(c, PATH_PAIRS, unit, both, pairs);
            }
        }
    }
}

/* ---- levels ---- */

/* The blocks of an element of a level: one block, a third of them (a stage), all. */
static bs_range blocks_of(const bs_branch_shape *shape, int level, int element)
{
    if (level == 0) {
        return (bs_range){element, 1};
    }
    return level == 1 ? bs_partition_block(shape->present_blocks, BS_STAGES, element)
                      : (bs_range){0, shape->present_blocks};
}

/* Mean over BLOCKS of result WHICH, then mean and error over realisations. */
static bs_estimate estimate(const correlator *c, int kind, bs_range blocks, int band, int which)
{
    const int n = c->shape->realisations;
    double sum = 0.0;
    double squares = 0.0;
    for (int r = 0; r < n; r++) {
        double mean = 0.0;
        for (int64_t b = blocks.first; b < blocks.first + blocks.count; b++) {
            mean +=
                c->results[place_of(c, kind, b, band) + r * RESULTS + which] / (double)blocks.count;
        }
        sum += mean;
        squares += mean * mean;
    }
    return bs_estimate_from_sums(sum, squares, n);
}

static bs_status write_level(const correlator *c, bs_surface *surface, int network, int kind,
                             int level)
{
    const bs_branch_shape *shape = c->shape;
    int elements = level == 0 ? shape->blocks : level == 1 ? BS_STAGES : 1;
    int64_t length = (int64_t)elements * c->bands;
    double *rows = bs_alloc((size_t)(COLUMNS * length), sizeof *rows);
    bs_status status = rows == NULL ? BS_ERR_MEMORY : BS_OK;
    for (int64_t i = 0; rows != NULL && i < length; i++) {
        bs_range blocks = blocks_of(shape, level, (int)(i / c->bands));
        bool there = blocks.count > 0 && blocks.first + blocks.count <= shape->present_blocks;
        bs_estimate e[RESULTS] = {{.mean = (double)NAN, .error = (double)NAN},
                                  {.mean = (double)NAN, .error = (double)NAN}};
        for (int which = 0; which < RESULTS && there; which++) {
            e[which] = estimate(c, kind, blocks, (int)(i % c->bands), which);
        }
        rows[MEAN * length + i] = e[CORRELATION].mean;
        rows[ERROR * length + i] = e[CORRELATION].error;
        rows[NULL_MEAN * length + i] = e[FOREIGN].mean;
        rows[NULL_ERROR * length + i] = e[FOREIGN].error;
    }
    for (int column = 0; column < COLUMNS && status == BS_OK; column++) {
        status = bs_branch_array_write(surface, names[kind][level][column], network,
                                       rows + column * length);
    }
    bs_free(rows);
    return status;
}

static bs_status write_edges(bs_surface *surface, const correlator *c)
{
    for (int end = 0; end < 2; end++) {
        double edges[64];
        for (int band = 0; band < c->bands; band++) {
            bs_range bins = band_of(c->shape->bins, band);
            edges[band] = (double)(end == 0 ? bins.first : bins.first + bins.count - 1);
        }
        BS_TRY(bs_branch_array_write(surface, end == 0 ? BAND_FIRST : BAND_LAST, 0, edges));
    }
    return BS_OK;
}

/* Rank 0. */
static bs_status write_all(const correlator *c, bs_surface *surface, int network)
{
    const bool there[KINDS] = {c->shape->skip, c->shape->paths > 1};
    BS_TRY(write_edges(surface, c));
    for (int i = 0; i < KINDS * LEVELS; i++) {
        if (there[i / LEVELS]) {
            BS_TRY(write_level(c, surface, network, i / LEVELS, i % LEVELS));
        }
    }
    return BS_OK;
}

bs_status bs_branch_bands_run(const bs_comm *comm, bs_surface *surface, int network,
                              const bs_branch_signals *signals)
{
    correlator c = {
        .signals = signals, .shape = &signals->shape, .bands = count_bands(signals->shape.bins)};
    if (c.bands == 0) {
        return BS_OK;
    }
    int64_t count = place_of(&c, KINDS, 0, 0);
    c.results = bs_alloc((size_t)count, sizeof *c.results);
    bs_status status = bs_agree(comm, c.results == NULL ? BS_ERR_MEMORY : BS_OK);
    if (status == BS_OK) {
        correlate_blocks(&c);
        /* A block's results are one rank's, to which zeros are added: exact. */
        status = BS_MPI(
            MPI_Allreduce(MPI_IN_PLACE, c.results, (int)count, MPI_DOUBLE, MPI_SUM, comm->mpi));
    }
    if (status == BS_OK) {
        status = bs_agree(comm, comm->rank == 0 ? write_all(&c, surface, network) : BS_OK);
    }
    bs_free(c.results);
    return status;
}
