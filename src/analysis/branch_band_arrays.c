/* Measures of two branches in octave bands: names, levels, means and errors. */
#include "branch_band_arrays.h"

#include <math.h>
#include <string.h>

#include "blueshift/memory.h"
#include "blueshift/statistics.h"
#include "branch_arrays.h"

typedef enum band_measure { CORRELATION, ED, FDSA, FDSA_WITHOUT_PHASES, MEASURES } band_measure;

/* What is written of a level and band. */
enum { MEAN, ERROR, NULL_MEAN, NULL_ERROR, GRAFTED_MEAN, GRAFTED_ERROR, COLUMNS };

enum { BLOCK, STAGE, ALL, LEVELS };

#define COLUMN_NAMES(name)                                                                         \
    {                                                                                              \
        name, name BS_STDERR, name "_null", name "_null" BS_STDERR, name "_foreign",               \
            name "_foreign" BS_STDERR                                                              \
    }
#define LEVEL_NAMES(name)                                                                          \
    {                                                                                              \
        COLUMN_NAMES("block_" name), COLUMN_NAMES("stage_" name), COLUMN_NAMES(name)               \
    }

/* One measure of one source. */
typedef struct band_array {
    bs_band_source source;
    bs_band_pairs pairs;
    band_measure measure;
    const char *what; /* long name */
    const char *names[LEVELS][COLUMNS];
} band_array;

static const band_array arrays[] = {
    {BS_BAND_BRANCH_LOSS, BS_PAIRS_SKIP_MAIN, CORRELATION, "correlation of branch losses by octave",
     LEVEL_NAMES("branch_loss_band_correlation")},
    {BS_BAND_BRANCH_LOSS, BS_PAIRS_PATHS, CORRELATION,
     "correlation of the losses of paths by octave", LEVEL_NAMES("path_loss_band_correlation")},
    {BS_BAND_SURFACE_LOSS, BS_PAIRS_SKIP_MAIN, CORRELATION,
     "correlation of the loss surfaces of skip and main path",
     LEVEL_NAMES("branch_surface_correlation_loss")},
    {BS_BAND_SURFACE_LOSS, BS_PAIRS_PATHS, CORRELATION, "correlation of the loss surfaces of paths",
     LEVEL_NAMES("path_surface_correlation_loss")},
    {BS_BAND_SURFACE_LOGITS, BS_PAIRS_SKIP_MAIN, CORRELATION,
     "correlation of the logit surfaces of skip and main path",
     LEVEL_NAMES("branch_surface_correlation_logits")},
    {BS_BAND_SURFACE_LOGITS, BS_PAIRS_SKIP_MAIN, ED,
     "exponential downweighting of the logit surfaces by octave", LEVEL_NAMES("branch_surface_ed")},
    {BS_BAND_SURFACE_LOGITS, BS_PAIRS_SKIP_MAIN, FDSA,
     "frequency-dependent signal averaging of the logit surfaces by octave",
     LEVEL_NAMES("branch_surface_fdsa")},
    {BS_BAND_SURFACE_LOGITS, BS_PAIRS_SKIP_MAIN, FDSA_WITHOUT_PHASES,
     "branch_surface_fdsa without phases", LEVEL_NAMES("branch_surface_fdsa_without_phases")},
    {BS_BAND_SURFACE_LOGITS, BS_PAIRS_PATHS, CORRELATION,
     "correlation of the logit surfaces of paths", LEVEL_NAMES("path_surface_correlation_logits")},
    {BS_BAND_SURFACE_LOGITS, BS_PAIRS_PATHS, FDSA,
     "frequency-dependent signal averaging of paths by octave", LEVEL_NAMES("path_surface_fdsa")},
    {BS_BAND_SURFACE_LOGITS, BS_PAIRS_PATHS, FDSA_WITHOUT_PHASES,
     "path_surface_fdsa without phases", LEVEL_NAMES("path_surface_fdsa_without_phases")},
    {BS_BAND_SURFACE_SQUARES, BS_PAIRS_SKIP_MAIN, CORRELATION,
     "correlation of the squared logit surfaces of skip and main path",
     LEVEL_NAMES("branch_surface_correlation_squared_logits")},
    {BS_BAND_SURFACE_SQUARES, BS_PAIRS_PATHS, CORRELATION,
     "correlation of the squared logit surfaces of paths",
     LEVEL_NAMES("path_surface_correlation_squared_logits")},
};
enum { ARRAYS = sizeof arrays / sizeof arrays[0] };

static const char *const measure_comments[MEASURES] = {
    [CORRELATION] =
        "Re sum A conj B / sqrt(sum |A|^2 sum |B|^2) of two branches A and B of a block, sums over "
        "the wavenumbers band_first to band_last (and the logits, less the mean over the classes; "
        "where squared, the squares of those, which do not change with the sign of a branch), in "
        "one realisation; then the mean over the blocks of the level and over realisations. The "
        "skip against every path, or every pair of paths",
    [ED] = "sum ((|A| + |B|)/2)^2 / sum |B|^2, the radii's part of the damping sum |(A + B)/2|^2 / "
           "sum |B|^2 = ED x FDSA, A the skip and B the main path, each divided by the root of its "
           "total power; sums over the blocks of the level too, then the mean over realisations",
    [FDSA] = "sum |A + B|^2 / sum (|A| + |B|)^2, of k paths X sum |sum X|^2 / sum (sum |X|)^2, the "
             "angles' part of the damping: 1 where phases agree; sums, branches and means as in "
             "branch_surface_ed",
    [FDSA_WITHOUT_PHASES] =
        ("sum (|A|^2 + |B|^2) / sum (|A| + |B|)^2: what FDSA is where phases have nothing in "
         "common, from these magnitudes")};

#define BAND_FIRST "band_first"
#define BAND_LAST "band_last"

int bs_band_count(int64_t bins)
{
    int count = 0;
    for (int64_t first = 1; first < bins; first *= 2) {
        count += first + 1 < bins || count == 0;
    }
    return count;
}

bs_range bs_band_bins(int64_t bins, int band)
{
    int64_t first = INT64_C(1) << band;
    int64_t end = band == bs_band_count(bins) - 1 ? bins : 2 * first;
    return (bs_range){first, end - first};
}

int64_t bs_band_place(const bs_band_sums *sums, int pairs, int64_t block, int band)
{
    return (((int64_t)pairs * sums->shape->present_blocks + block) * sums->bands + band) *
           sums->shape->realisations * BS_BAND_ROW;
}

const char *bs_band_source_array(bs_band_source source)
{
    static const char *const names[BS_BAND_SOURCES] = {[BS_BAND_BRANCH_LOSS] = BS_BRANCH_LOSS,
                                                       [BS_BAND_SURFACE_LOSS] = BS_SURFACE_LOSS,
                                                       [BS_BAND_SURFACE_LOGITS] = BS_SURFACE_LOGITS,
                                                       [BS_BAND_SURFACE_SQUARES] =
                                                           BS_SURFACE_LOGITS};
    return names[source];
}

/* ---- the file ---- */

/* The array of points that an entry is measured on; NULL where SCHEMA has none, or too few
 * branches. */
static const bs_array *source_of(const bs_surface_schema *schema, const band_array *entry)
{
    for (int i = 0; i < schema->array_count; i++) {
        const bs_array *array = &schema->arrays[i];
        if (strcmp(array->variable.name, bs_band_source_array(entry->source)) == 0 &&
            array->kind == BS_ARRAY_POINT && array->ndim >= 2) {
            int64_t fewest = BS_BRANCH_PATH + (entry->pairs == BS_PAIRS_PATHS ? 2 : 1);
            return array->dims[1].length >= fewest ? array : NULL;
        }
    }
    return NULL;
}

/* Whether an entry is measured on paths of other networks too. */
static bool has_grafted(const bs_surface_schema *schema, const band_array *entry)
{
    bool logits = strcmp(bs_band_source_array(entry->source), BS_SURFACE_LOGITS) == 0;
    for (int i = 0; i < schema->array_count && logits; i++) {
        if (strcmp(schema->arrays[i].variable.name, BS_FOREIGN_LOGITS) == 0) {
            return true;
        }
    }
    return false;
}

static bs_status list_entry(const band_array *entry, const bs_array *of, bool grafted,
                            const bs_dimension *band, bs_array_list *list)
{
    static const char *const comments[COLUMNS] = {
        [ERROR] = "standard error over realisations",
        [NULL_MEAN] =
            "the same with B of another realisation, mean over all cyclic shifts: networks "
            "that have nothing in common. A measurement counts by its distance from this",
        [NULL_ERROR] = "standard error over realisations",
        [GRAFTED_MEAN] =
            "the same with B the path of another network through the rest of this one: what a "
            "moving rest alone gives branches in common",
        [GRAFTED_ERROR] = "standard error over realisations"};
    for (int i = 0; i < LEVELS * COLUMNS; i++) {
        int level = i / COLUMNS;
        int column = i % COLUMNS;
        if (column >= GRAFTED_MEAN && !grafted) {
            continue;
        }
        bs_array array = {.variable = {entry->names[level][column], entry->what, "1"},
                          .comment =
                              column == MEAN ? measure_comments[entry->measure] : comments[column],
                          .kind = BS_ARRAY_NETWORK};
        if (level == BLOCK) {
            array.dims[array.ndim++] = of->dims[0];
        } else if (level == STAGE) {
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
    const bs_dimension band = {"band", bs_band_count(bins)};
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
        bool grafted = of != NULL && has_grafted(schema, &arrays[i]);
        BS_TRY(of != NULL ? list_entry(&arrays[i], of, grafted, &band, list) : BS_OK);
    }
    return BS_OK;
}

/* ---- levels ---- */

/* The blocks of an element of a level: one block, a third of them (a stage), all. */
static bs_range blocks_of(const bs_branch_shape *shape, int level, int element)
{
    if (level == BLOCK) {
        return (bs_range){element, 1};
    }
    return level == STAGE ? bs_partition_block(shape->present_blocks, BS_STAGES, element)
                          : (bs_range){0, shape->present_blocks};
}

static double measure_of(band_measure measure, const double terms[BS_BAND_TERMS])
{
    double powers = terms[BS_TERM_POWERS];
    double radii = powers + terms[BS_TERM_RADII];
    switch (measure) {
    case CORRELATION:
        return terms[BS_TERM_CORRELATION] / terms[BS_TERM_PAIRS];
    case ED:
        return 0.25 * radii / terms[BS_TERM_SECOND];
    case FDSA:
        return (powers + terms[BS_TERM_CROSS]) / radii;
    case FDSA_WITHOUT_PHASES:
        return powers / radii;
    case MEASURES:
        break;
    }
    return (double)NAN;
}

/* A measure of BLOCKS, of pairs of their own or with foreign ones: mean and error over
 * realisations. A single realisation has no other to be compared with. */
static bs_estimate estimate(const bs_band_sums *sums, const band_array *entry, bs_range blocks,
                            int band, int which)
{
    const int n = sums->shape->realisations;
    double sum = 0.0;
    double squares = 0.0;
    for (int r = 0; r < n; r++) {
        double terms[BS_BAND_TERMS] = {0.0};
        for (int64_t b = blocks.first; b < blocks.first + blocks.count; b++) {
            const double *row = sums->terms + bs_band_place(sums, (int)entry->pairs, b, band) +
                                (ptrdiff_t)r * BS_BAND_ROW;
            for (int i = 0; i < BS_BAND_TERMS; i++) {
                terms[i] += row[i * BS_BAND_RESULTS + which];
            }
        }
        double value = measure_of(entry->measure, terms);
        sum += value;
        squares += value * value;
    }
    return which == BS_BAND_FOREIGN && n == 1 ? bs_estimate_of(NULL, 0, 1)
                                              : bs_estimate_from_sums(sum, squares, n);
}

static bs_status write_level(bs_surface *surface, int network, const bs_band_sums *sums,
                             const band_array *entry, int level)
{
    const bs_branch_shape *shape = sums->shape;
    int elements = level == BLOCK ? shape->blocks : level == STAGE ? BS_STAGES : 1;
    int64_t length = (int64_t)elements * sums->bands;
    double *rows = bs_alloc((size_t)(COLUMNS * length), sizeof *rows);
    bs_status status = rows == NULL ? BS_ERR_MEMORY : BS_OK;
    for (int64_t i = 0; rows != NULL && i < length; i++) {
        bs_range blocks = blocks_of(shape, level, (int)(i / sums->bands));
        bool there = blocks.count > 0 && blocks.first + blocks.count <= shape->present_blocks;
        for (int which = 0; which < BS_BAND_RESULTS; which++) {
            bs_estimate e = there ? estimate(sums, entry, blocks, (int)(i % sums->bands), which)
                                  : bs_estimate_of(NULL, 0, 1);
            /* Columns are pairs of a mean and its error, in the order of the results. */
            double *mean = rows + (ptrdiff_t)2 * which * length + i;
            mean[0] = e.mean;
            mean[length] = e.error;
        }
    }
    const int columns = sums->grafted ? COLUMNS : GRAFTED_MEAN;
    for (int column = 0; column < columns && status == BS_OK; column++) {
        status = bs_branch_array_write(surface, entry->names[level][column], network,
                                       rows + column * length);
    }
    bs_free(rows);
    return status;
}

static bs_status write_edges(bs_surface *surface, const bs_band_sums *sums)
{
    for (int end = 0; end < 2; end++) {
        double edges[64];
        for (int band = 0; band < sums->bands; band++) {
            bs_range bins = bs_band_bins(sums->shape->bins, band);
            edges[band] = (double)(end == 0 ? bins.first : bins.first + bins.count - 1);
        }
        BS_TRY(bs_branch_array_write(surface, end == 0 ? BAND_FIRST : BAND_LAST, 0, edges));
    }
    return BS_OK;
}

bs_status bs_band_arrays_write(bs_surface *surface, int network, bs_band_source source,
                               const bs_band_sums *sums)
{
    const bool there[BS_BAND_PAIRS] = {
        [BS_PAIRS_SKIP_MAIN] = sums->shape->skip, [BS_PAIRS_PATHS] = sums->shape->paths > 1};
    BS_TRY(write_edges(surface, sums));
    for (int i = 0; i < ARRAYS; i++) {
        for (int level = 0; level < LEVELS && arrays[i].source == source && there[arrays[i].pairs];
             level++) {
            BS_TRY(write_level(surface, network, sums, &arrays[i], level));
        }
    }
    return BS_OK;
}
