/* Measures of two branches in octave bands, beside those of foreign realisations. */
#include "branch_bands.h"

#include <math.h>
#include <string.h>

#include "blueshift/images.h"
#include "blueshift/memory.h"
#include "blueshift/observables.h"
#include "blueshift/statistics.h"
#include "branch_arrays.h"

/* Why octaves and not wavenumbers: a single coefficient has one phase, so that its correlation is
 * +-1 within a realisation, and only many realisations tell chance from agreement. A band of n
 * wavenumbers holds n phases of one realisation, and the spread over realisations is the error. */

/* Two branches of a block: the skip against every path, or every pair of paths. */
typedef enum pair_kind { SKIP_MAIN, PATH_PAIRS, KINDS } pair_kind;

/* What is measured of a (block, band, realisation). Beyond the correlation each branch is divided
 * by the root of its total power. */
typedef enum band_measure { CORRELATION, ED, FDSA, FDSA_WITHOUT_PHASES, MEASURES } band_measure;

/* Of the branches of one realisation, and of one with those of the others. */
enum { OWN, FOREIGN, RESULTS };
enum { ROW = (int)MEASURES * RESULTS }; /* numbers of a (block, band, realisation) */

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

/* One measure of one array of points. */
typedef struct band_array {
    const char *of; /* the array of points */
    pair_kind kind;
    band_measure measure;
    const char *what; /* long name */
    const char *names[LEVELS][COLUMNS];
} band_array;

static const band_array arrays[] = {
    {BS_BRANCH_LOSS, SKIP_MAIN, CORRELATION, "correlation of branch losses by octave",
     LEVEL_NAMES("branch_loss_band_correlation")},
    {BS_BRANCH_LOSS, PATH_PAIRS, CORRELATION, "correlation of the losses of paths by octave",
     LEVEL_NAMES("path_loss_band_correlation")},
    {BS_SURFACE_LOSS, SKIP_MAIN, CORRELATION,
     "correlation of the loss surfaces of skip and main path",
     LEVEL_NAMES("branch_surface_correlation_loss")},
    {BS_SURFACE_LOSS, PATH_PAIRS, CORRELATION, "correlation of the loss surfaces of paths",
     LEVEL_NAMES("path_surface_correlation_loss")},
    {BS_SURFACE_LOGITS, SKIP_MAIN, CORRELATION,
     "correlation of the logit surfaces of skip and main path",
     LEVEL_NAMES("branch_surface_correlation_logits")},
    {BS_SURFACE_LOGITS, SKIP_MAIN, ED, "exponential downweighting of the logit surfaces by octave",
     LEVEL_NAMES("branch_surface_ed")},
    {BS_SURFACE_LOGITS, SKIP_MAIN, FDSA,
     "frequency-dependent signal averaging of the logit surfaces by octave",
     LEVEL_NAMES("branch_surface_fdsa")},
    {BS_SURFACE_LOGITS, SKIP_MAIN, FDSA_WITHOUT_PHASES, "branch_surface_fdsa without phases",
     LEVEL_NAMES("branch_surface_fdsa_without_phases")},
    {BS_SURFACE_LOGITS, PATH_PAIRS, CORRELATION, "correlation of the logit surfaces of paths",
     LEVEL_NAMES("path_surface_correlation_logits")},
    {BS_SURFACE_LOGITS, PATH_PAIRS, FDSA,
     "frequency-dependent signal averaging of pairs of paths by octave",
     LEVEL_NAMES("path_surface_fdsa")},
    {BS_SURFACE_LOGITS, PATH_PAIRS, FDSA_WITHOUT_PHASES, "path_surface_fdsa without phases",
     LEVEL_NAMES("path_surface_fdsa_without_phases")},
};
enum { ARRAYS = sizeof arrays / sizeof arrays[0] };

static const char *const measure_comments[MEASURES] = {
    [CORRELATION] =
        "Re sum A conj B / sqrt(sum |A|^2 sum |B|^2) of two branches A and B of a block, "
        "sums over the wavenumbers band_first to band_last (and the logits, less the "
        "mean over the classes), in one realisation; then the mean over the blocks of "
        "the level and over realisations. The skip against every path, or every pair of "
        "paths",
    [ED] =
        "sum ((|A| + |B|)/2)^2 / sum |B|^2, the radii's part of the damping sum |(A + B)/2|^2 / "
        "sum "
        "|B|^2 = ED x FDSA, A the skip and B the main path, each divided by the root of its total "
        "power; sums and means as in branch_surface_correlation_logits",
    [FDSA] = "sum |A + B|^2 / sum (|A| + |B|)^2, the angles' part of the damping: 1 where phases "
             "agree; branches scaled as in branch_surface_ed",
    [FDSA_WITHOUT_PHASES] =
        "sum (|A|^2 + |B|^2) / sum (|A| + |B|)^2: what FDSA is where phases have "
        "nothing in common, from these magnitudes"};

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

/* The array of points that an entry is measured on; NULL where SCHEMA has none, or too few
 * branches. */
static const bs_array *source_of(const bs_surface_schema *schema, const band_array *entry)
{
    for (int i = 0; i < schema->array_count; i++) {
        const bs_array *array = &schema->arrays[i];
        if (strcmp(array->variable.name, entry->of) == 0 && array->kind == BS_ARRAY_POINT &&
            array->ndim >= 2) {
            int64_t fewest = BS_BRANCH_PATH + (entry->kind == PATH_PAIRS ? 2 : 1);
            return array->dims[1].length >= fewest ? array : NULL;
        }
    }
    return NULL;
}

static bs_status list_entry(const band_array *entry, const bs_array *of, const bs_dimension *band,
                            bs_array_list *list)
{
    static const char *const comments[COLUMNS] = {
        [ERROR] = "standard error over realisations",
        [NULL_MEAN] =
            "the same with B of another realisation, mean over all cyclic shifts: networks "
            "that have nothing in common. A measurement counts by its distance from this",
        [NULL_ERROR] = "standard error over realisations"};
    for (int i = 0; i < LEVELS * COLUMNS; i++) {
        int level = i / COLUMNS;
        int column = i % COLUMNS;
        bs_array array = {.variable = {entry->names[level][column], entry->what, "1"},
                          .comment =
                              column == MEAN ? measure_comments[entry->measure] : comments[column],
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

bs_status bs_branch_bands_list_arrays(const bs_surface_schema *schema, bs_array_list *list)
{
    const int64_t bins = schema->grid.axis[0].points / 2 + 1;
    const bs_dimension band = {"band", count_bands(bins)};
    const bs_array edges[] = {
        {{BAND_FIRST, "first wavenumber of an octave band", "1"}, NULL, BS_ARRAY_GLOBAL, 1, {band}},
        {{BAND_LAST, "last wavenumber of an octave band", "1"}, NULL, BS_ARRAY_GLOBAL, 1, {band}}};
    bool any = false;
    for (int i = 0; i < ARRAYS && band.length > 0; i++) {
        const bs_array *of = source_of(schema, &arrays[i]);
        if (of != NULL && !any) {
            BS_TRY(bs_array_list_add(list, &edges[0]));
            BS_TRY(bs_array_list_add(list, &edges[1]));
        }
        any = any || of != NULL;
        BS_TRY(of != NULL ? list_entry(&arrays[i], of, &band, list) : BS_OK);
    }
    return BS_OK;
}

/* ---- measures ---- */

/* One array of points of one network. */
typedef struct correlator {
    const bs_branch_signals *signals;
    const bs_branch_shape *shape;
    int classes; /* of logits, whose mean is removed; 1: nothing is removed */
    int bands;
    double *powers;  /* [own unit][branch][realisation]: total power of a branch */
    double *results; /* [kind][block][band][realisation][MEASURES][RESULTS] */
} correlator;

static int64_t place_of(const correlator *c, int kind, int64_t block, int band)
{
    return (((int64_t)kind * c->shape->present_blocks + block) * c->bands + band) *
           c->shape->realisations * ROW;
}

/* Takes the mean over the classes out of every image's logits. */
static void centre_classes(const bs_branch_signals *signals, int classes)
{
    const bs_branch_shape *shape = &signals->shape;
    int64_t class_stride = (int64_t)shape->branches * shape->bins;
    for (int r = 0; r < shape->realisations; r++) {
        for (int64_t unit = 0; unit < signals->units.count; unit++) {
            for (int i = 0; i < shape->images; i += classes) {
                double complex *x = signals->x + (bs_branch_channel(signals, r, unit, i, 0) -
                                                  (const double complex *)signals->x);
                for (int64_t k = 0; k < class_stride; k++) {
                    double complex mean = 0.0;
                    for (int class = 0; class < classes; class ++) {
                        mean += x[class * class_stride + k] / classes;
                    }
                    for (int class = 0; class < classes; class ++) {
                        x[class * class_stride + k] -= mean;
                    }
                }
            }
        }
    }
}

/* Sums over the channels and the wavenumbers of a band. */
typedef struct band_sums {
    double cross, powers[2], radii, angles;
} band_sums;

/* Of branch A in realisation PLACES[0] and B in PLACES[1], multiplied by SCALES. A unit is a block.
 */
static band_sums sum_band(const correlator *c, int64_t unit, const int branches[2],
                          const int places[2], const double scales[2], bs_range bins)
{
    band_sums s = {0};
    for (int i = 0; i < c->shape->images; i++) {
        const double complex *a = bs_branch_channel(c->signals, places[0], unit, i, branches[0]);
        const double complex *b = bs_branch_channel(c->signals, places[1], unit, i, branches[1]);
        for (int64_t k = bins.first; k < bins.first + bins.count; k++) {
            /* A wavenumber stands for its twin -k too, but for Nyquist's. */
            double weight = bs_branch_bin_is_real(c->shape, k) ? 1.0 : 2.0;
            double complex x = scales[0] * a[k];
            double complex y = scales[1] * b[k];
            double radius = cabs(x) + cabs(y);
            s.cross += weight * (creal(x) * creal(y) + cimag(x) * cimag(y));
            s.powers[0] += weight * (creal(x) * creal(x) + cimag(x) * cimag(x));
            s.powers[1] += weight * (creal(y) * creal(y) + cimag(y) * cimag(y));
            s.radii += weight * radius * radius;
        }
    }
    s.angles = s.powers[0] + s.powers[1] + 2.0 * s.cross;
    return s;
}

static double power_of(const correlator *c, int64_t unit, int branch, int r)
{
    return c->powers[(unit * c->shape->branches + branch) * c->shape->realisations + r];
}

static void find_powers(const correlator *c)
{
    const bs_branch_shape *shape = c->shape;
    const double one[2] = {1.0, 1.0};
    for (int64_t unit = 0; unit < c->signals->units.count; unit++) {
        for (int branch = 0; branch < shape->branches; branch++) {
            for (int r = 0; r < shape->realisations; r++) {
                const int branches[2] = {branch, branch};
                const int places[2] = {r, r};
                double *power =
                    &c->powers[(unit * shape->branches + branch) * shape->realisations + r];
                *power = sum_band(c, unit, branches, places, one, (bs_range){1, shape->bins - 1})
                             .powers[0];
            }
        }
    }
}

/* Adds WEIGHT times all measures to TO, every RESULTS-th number of [MEASURES][RESULTS]. */
static void add_measures(const band_sums *s, double weight, double *to)
{
    const double values[MEASURES] = {[CORRELATION] = s->cross / sqrt(s->powers[0] * s->powers[1]),
                                     [ED] = 0.25 * s->radii / s->powers[1],
                                     [FDSA] = s->angles / s->radii,
                                     [FDSA_WITHOUT_PHASES] =
                                         (s->powers[0] + s->powers[1]) / s->radii};
    for (size_t i = 0; i < MEASURES; i++) {
        to[i * RESULTS] += weight * values[i];
    }
}

/* The sums of two signals of unit total power over a band. */
static band_sums sum_scaled(const correlator *c, int64_t unit, const int branches[2],
                            const int places[2], int band)
{
    const double scales[2] = {1.0 / sqrt(power_of(c, unit, branches[0], places[0])),
                              1.0 / sqrt(power_of(c, unit, branches[1], places[1]))};
    return sum_band(c, unit, branches, places, scales, band_of(c->shape->bins, band));
}

/* Adds one pair of branches of a block, one of COUNT, to the results of its bands. */
static void add_pair(const correlator *c, int kind, int64_t unit, const int branches[2], int count)
{
    const int n = c->shape->realisations;
    int64_t block = c->signals->units.first + unit;
    for (int band = 0; band < c->bands; band++) {
        double *row = c->results + place_of(c, kind, block, band);
        for (int r = 0; r < n; r++, row += ROW) {
            const int own[2] = {r, r};
            band_sums sums = sum_scaled(c, unit, branches, own, band);
            add_measures(&sums, 1.0 / count, row + OWN);
            for (int shift = 1; shift < n; shift++) {
                const int foreign[2] = {r, (r + shift) % n};
                sums = sum_scaled(c, unit, branches, foreign, band);
                add_measures(&sums, 1.0 / count / (n - 1), row + FOREIGN);
            }
        }
    }
}

/* The blocks of this rank; the others stay zero. */
static void measure_blocks(const correlator *c)
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

/* Mean over BLOCKS of MEASURE, result WHICH, then mean and error over realisations. */
static bs_estimate estimate(const correlator *c, const band_array *entry, bs_range blocks, int band,
                            int which)
{
    const int n = c->shape->realisations;
    double sum = 0.0;
    double squares = 0.0;
    for (int r = 0; r < n; r++) {
        double mean = 0.0;
        for (int64_t b = blocks.first; b < blocks.first + blocks.count; b++) {
            const double *row =
                c->results + place_of(c, (int)entry->kind, b, band) + (ptrdiff_t)r * ROW;
            mean += row[(size_t)entry->measure * RESULTS + (size_t)which] / (double)blocks.count;
        }
        sum += mean;
        squares += mean * mean;
    }
    /* A single realisation has no other to be compared with. */
    return which == FOREIGN && n == 1 ? bs_estimate_of(NULL, 0, 1)
                                      : bs_estimate_from_sums(sum, squares, n);
}

static bs_status write_level(const correlator *c, bs_surface *surface, int network,
                             const band_array *entry, int level)
{
    const bs_branch_shape *shape = c->shape;
    int elements = level == 0 ? shape->blocks : level == 1 ? BS_STAGES : 1;
    int64_t length = (int64_t)elements * c->bands;
    double *rows = bs_alloc((size_t)(COLUMNS * length), sizeof *rows);
    bs_status status = rows == NULL ? BS_ERR_MEMORY : BS_OK;
    for (int64_t i = 0; rows != NULL && i < length; i++) {
        bs_range blocks = blocks_of(shape, level, (int)(i / c->bands));
        bool there = blocks.count > 0 && blocks.first + blocks.count <= shape->present_blocks;
        for (int which = 0; which < RESULTS; which++) {
            bs_estimate e = there ? estimate(c, entry, blocks, (int)(i % c->bands), which)
                                  : bs_estimate_of(NULL, 0, 1);
            rows[(which == OWN ? MEAN : NULL_MEAN) * length + i] = e.mean;
            rows[(which == OWN ? ERROR : NULL_ERROR) * length + i] = e.error;
        }
    }
    for (int column = 0; column < COLUMNS && status == BS_OK; column++) {
        status = bs_branch_array_write(surface, entry->names[level][column], network,
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
static bs_status write_all(const correlator *c, bs_surface *surface, int network, const char *of)
{
    const bool there[KINDS] = {c->shape->skip, c->shape->paths > 1};
    BS_TRY(write_edges(surface, c));
    for (int i = 0; i < ARRAYS; i++) {
        bool measured = strcmp(arrays[i].of, of) == 0 && there[arrays[i].kind];
        for (int level = 0; level < LEVELS && measured; level++) {
            BS_TRY(write_level(c, surface, network, &arrays[i], level));
        }
    }
    return BS_OK;
}

bs_status bs_branch_bands_run(const bs_comm *comm, bs_surface *surface, int network, const char *of,
                              const bs_branch_signals *signals)
{
    const bs_branch_shape *shape = &signals->shape;
    correlator c = {.signals = signals,
                    .shape = shape,
                    .classes = strcmp(of, BS_SURFACE_LOGITS) == 0 ? BS_CLASSES : 1,
                    .bands = count_bands(shape->bins)};
    if (c.bands == 0) {
        return BS_OK;
    }
    int64_t count = place_of(&c, KINDS, 0, 0);
    c.results = bs_alloc((size_t)count, sizeof *c.results);
    c.powers = bs_alloc((size_t)signals->units.count * (size_t)shape->branches,
                        (size_t)shape->realisations * sizeof *c.powers);
    bool allocated = c.results != NULL && c.powers != NULL;
    bs_status status = bs_agree(comm, allocated ? BS_OK : BS_ERR_MEMORY);
    if (status == BS_OK && allocated) {
        if (c.classes > 1) {
            centre_classes(signals, c.classes);
        }
        find_powers(&c);
        measure_blocks(&c);
        /* A block's results are one rank's, to which zeros are added: exact. */
        status = BS_MPI(
            MPI_Allreduce(MPI_IN_PLACE, c.results, (int)count, MPI_DOUBLE, MPI_SUM, comm->mpi));
    }
    if (status == BS_OK && allocated) {
        status = bs_agree(comm, comm->rank == 0 ? write_all(&c, surface, network, of) : BS_OK);
    }
    bs_free(c.results);
    bs_free(c.powers);
    return status;
}
