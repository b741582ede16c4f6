/* What the branch statistics are called in the file, and how they are defined. */
#include "branch_arrays.h"

#include <string.h>

#include "blueshift/memory.h"

enum { LEVELS = 3, WITH_ERROR = 2 };

/* One statistic at three levels. */
typedef struct statistic_array {
    int statistic;
    bool losses;    /* of branch losses, otherwise of probes */
    bool paths;     /* only where a network may have several */
    bool by_branch; /* as many statistics as there are branches */
    bool error;     /* has a standard error */
    const char *names[LEVELS][WITH_ERROR];
    const char *long_names[LEVELS][WITH_ERROR];
    const char *comment;
} statistic_array;

#define NAMES(name)                                                                                \
    {                                                                                              \
        {"block_" name, "block_" name BS_STDERR}, {"stage_" name, "stage_" name BS_STDERR},        \
        {                                                                                          \
            name, name BS_STDERR                                                                   \
        }                                                                                          \
    }
#define LONG_NAMES(text)                                                                           \
    {                                                                                              \
        {text ", by block", "standard error of " text ", by block"},                               \
            {text ", by stage", "standard error of " text ", by stage"},                           \
        {                                                                                          \
            text ", whole network", "standard error of " text ", whole network"                    \
        }                                                                                          \
    }

#define COHERENCE_COMMENT                                                                          \
    "|<X conj Y>| / sqrt(<|X|^2> <|Y|^2>) of single neurons at this wavenumber, then averaged "    \
    "over neurons. Where the file has an attribute probe_images above 1, < > runs over the "       \
    "images of the neuron in one realisation, and the average over realisations too; otherwise "   \
    "< > runs over the realisations (where random weights have random signs, so that only "        \
    "trained ones can have anything in common). Neurons one of whose signals is zero (padded "     \
    "channels) are left out. Independent signals give coherence_floor. Over images this is a "     \
    "measure of how alike the images are: branches of unrelated networks give the same"
#define NULL_COMMENT                                                                               \
    "the coherence with the phase between the two signals replaced by a random one, sample by "    \
    "sample (Philox4x32-10, seed 0)"
#define DAMPING_COMMENT                                                                            \
    "R skip, M main signal (the mean of the paths, which in v1 networks of several paths "         \
    "contain "                                                                                     \
    "the skip), < > over probes, realisations and the "                                            \
    "blocks of the level: damping <|(R+M)/2|^2> / <|M|^2> = damping_ed * damping_fdsa; "           \
    "exponential downweighting (radii) damping_ed = <((|R|+|M|)/2)^2> / <|M|^2>; "                 \
    "frequency-dependent signal averaging (angles) damping_fdsa = <|R+M|^2> / <(|R|+|M|)^2>, "     \
    ".560 "                                                                                        \
    "for independent Gaussian signals of equal power"
#define PATH_DAMPING_COMMENT                                                                       \
    "X_j the k paths, < > over probes, realisations and the blocks of the level: path_damping "    \
    "<|mean X_j|^2> / mean <|X_j|^2> = path_damping_ed * path_damping_fdsa; path_damping_ed "      \
    "<(mean |X_j|)^2> / mean <|X_j|^2> (radii); path_damping_fdsa <|sum X_j|^2> / <(sum "          \
    "|X_j|)^2> (angles), 1 when aligned, 1/(1 + (k-1) pi/4) for independent Gaussian signals"
#define SCALED_COMMENT                                                                             \
    "as without _scaled, but every branch of a block is divided by the root of its total power "   \
    "over all wavenumbers but 0, so that gains do not count"
#define LOSS_COMMENT                                                                               \
    "Re <X conj Y> / sqrt(<|X|^2> <|Y|^2>) of branch losses, < > over realisations and the "       \
    "blocks "                                                                                      \
    "of the level; the skip branch with every path, or every pair of paths"
#define LOSS_FLOOR_COMMENT                                                                         \
    "root mean square correlation of as many independent samples: 1 / sqrt(2 n), 1 / sqrt(n) at "  \
    "Nyquist's wavenumber"
#define POWER_COMMENT                                                                              \
    "<|X_k|^2>, X_k = (1/N) sum_j w_j (x_j - m) exp(-2 pi i jk/N), m the mean under the window "   \
    "w, of one wavenumber +k; "                                                                    \
    "branch "                                                                                      \
    "0 skip, 1 sum, 2 and on the paths"

static const statistic_array statistics[] = {
    {BS_BRANCH_STATISTIC_COHERENCE, false, false, false, true, NAMES("skip_main_coherence"),
     LONG_NAMES("coherence of skip and main branch"), COHERENCE_COMMENT},
    {BS_BRANCH_STATISTIC_COHERENCE_NULL, false, false, false, false,
     NAMES("skip_main_coherence_null"),
     LONG_NAMES("phase-shuffled null of the coherence of skip and main branch"), NULL_COMMENT},
    {BS_BRANCH_STATISTIC_PATH_COHERENCE, false, true, false, true, NAMES("path_coherence"),
     LONG_NAMES("coherence of the paths, mean over pairs"), COHERENCE_COMMENT},
    {BS_BRANCH_STATISTIC_PATH_COHERENCE_NULL, false, true, false, false,
     NAMES("path_coherence_null"), LONG_NAMES("phase-shuffled null of the coherence of the paths"),
     NULL_COMMENT},
    {BS_BRANCH_STATISTIC_DAMPING, false, false, false, true, NAMES("damping"),
     LONG_NAMES("damping: power of the mean of skip and main branch over that of the main branch"),
     DAMPING_COMMENT},
    {BS_BRANCH_STATISTIC_DAMPING + 1, false, false, false, true, NAMES("damping_ed"),
     LONG_NAMES("exponential downweighting (ED), the part of the radii in the damping"),
     DAMPING_COMMENT},
    {BS_BRANCH_STATISTIC_DAMPING + 2, false, false, false, true, NAMES("damping_fdsa"),
     LONG_NAMES(
         "frequency-dependent signal averaging (FDSA), the part of the angles in the damping"),
     DAMPING_COMMENT},
    {BS_BRANCH_STATISTIC_DAMPING + 3, false, false, false, true, NAMES("damping_scaled"),
     LONG_NAMES("damping of branches of unit total power"), SCALED_COMMENT},
    {BS_BRANCH_STATISTIC_DAMPING + 4, false, false, false, true, NAMES("damping_ed_scaled"),
     LONG_NAMES("exponential downweighting (ED) of branches of unit total power"), SCALED_COMMENT},
    {BS_BRANCH_STATISTIC_DAMPING + 5, false, false, false, true, NAMES("damping_fdsa_scaled"),
     LONG_NAMES("frequency-dependent signal averaging (FDSA) of branches of unit total power"),
     SCALED_COMMENT},
    {BS_BRANCH_STATISTIC_PATH_DAMPING, false, true, false, true, NAMES("path_damping"),
     LONG_NAMES("damping by paths: power of their mean over that of one"), PATH_DAMPING_COMMENT},
    {BS_BRANCH_STATISTIC_PATH_DAMPING + 1, false, true, false, true, NAMES("path_damping_ed"),
     LONG_NAMES("exponential downweighting (ED), the part of the radii in the damping by paths"),
     PATH_DAMPING_COMMENT},
    {BS_BRANCH_STATISTIC_PATH_DAMPING + 2, false, true, false, true, NAMES("path_damping_fdsa"),
     LONG_NAMES("frequency-dependent signal averaging (FDSA), the part of the angles in the "
                "damping by paths"),
     PATH_DAMPING_COMMENT},
    {BS_BRANCH_STATISTIC_PATH_DAMPING + 3, false, true, false, true, NAMES("path_damping_scaled"),
     LONG_NAMES("damping by paths of unit total power"), SCALED_COMMENT},
    {BS_BRANCH_STATISTIC_PATH_DAMPING + 4, false, true, false, true,
     NAMES("path_damping_ed_scaled"),
     LONG_NAMES("exponential downweighting (ED) by paths of unit total power"), SCALED_COMMENT},
    {BS_BRANCH_STATISTIC_PATH_DAMPING + 5, false, true, false, true,
     NAMES("path_damping_fdsa_scaled"),
     LONG_NAMES("frequency-dependent signal averaging (FDSA) of paths of unit total power"),
     SCALED_COMMENT},
    {BS_BRANCH_STATISTIC_POWER, false, false, true, true, NAMES("branch_power"),
     LONG_NAMES("power of the branches"), POWER_COMMENT},
    {BS_BRANCH_STATISTIC_CORRELATION, true, false, false, true, NAMES("branch_loss_correlation"),
     LONG_NAMES("correlation of the losses of skip and main branch"), LOSS_COMMENT},
    {BS_BRANCH_STATISTIC_CORRELATION_FLOOR, true, false, false, false,
     NAMES("branch_loss_correlation_floor"),
     LONG_NAMES("correlation of the losses of as many independent branches"), LOSS_FLOOR_COMMENT},
    {BS_BRANCH_STATISTIC_PATH_CORRELATION, true, true, false, true, NAMES("path_loss_correlation"),
     LONG_NAMES("correlation of the losses of paths"), LOSS_COMMENT},
    {BS_BRANCH_STATISTIC_PATH_CORRELATION_FLOOR, true, true, false, false,
     NAMES("path_loss_correlation_floor"),
     LONG_NAMES("correlation of the losses of as many independent paths"), LOSS_FLOOR_COMMENT},
    {BS_BRANCH_STATISTIC_POWER, true, false, true, true, NAMES("branch_loss_power"),
     LONG_NAMES("power of the losses of the branches"), POWER_COMMENT},
};
enum { STATISTICS = sizeof statistics / sizeof *statistics };

int bs_branch_array_find(const bs_surface_schema *schema, bool losses)
{
    for (int i = 0; i < schema->array_count; i++) {
        const bs_array *array = &schema->arrays[i];
        bool named = strcmp(array->variable.name, losses ? BS_BRANCH_LOSS : BS_BRANCH_PROBE) == 0;
        bool shaped = array->kind == BS_ARRAY_POINT && array->ndim == (losses ? 2 : 3) &&
                      array->dims[1].length > BS_BRANCH_PATH;
        if (named && shaped) {
            return i;
        }
    }
    return -1;
}

static bs_dimension wavenumbers(const bs_surface_schema *schema)
{
    return (bs_dimension){BS_WAVENUMBER, schema->grid.axis[0].points / 2 + 1};
}

/* The array of one statistic at one level; OF is the array of points that it comes from. */
static bs_status add_statistic(const bs_surface_schema *schema, const bs_array *of,
                               const statistic_array *f, int level, bs_array_list *list)
{
    for (int error = 0; error < (f->error ? WITH_ERROR : 1); error++) {
        bs_array array = {.variable = {f->names[level][error], f->long_names[level][error], "1"},
                          .comment =
                              error == 0 ? f->comment : "jackknife over realisations, one left out",
                          .kind = BS_ARRAY_NETWORK};
        if (level == 0) {
            array.dims[array.ndim++] = of->dims[0];
        } else if (level == 1) {
            array.dims[array.ndim++] = (bs_dimension){"stage", BS_STAGES};
        }
        if (f->by_branch) {
            array.dims[array.ndim++] = of->dims[1];
        }
        array.dims[array.ndim++] = wavenumbers(schema);
        BS_TRY(bs_array_list_add(list, &array));
    }
    return BS_OK;
}

static bs_status add_statistics(const bs_surface_schema *schema, const bs_array *of, bool losses,
                                bs_array_list *list)
{
    for (int i = 0; i < STATISTICS; i++) {
        bool there = !statistics[i].paths || of->dims[1].length > BS_BRANCH_PATH + 1;
        for (int level = 0; level < LEVELS && there && statistics[i].losses == losses; level++) {
            BS_TRY(add_statistic(schema, of, &statistics[i], level, list));
        }
    }
    return BS_OK;
}

static bs_status add_independence(const bs_surface_schema *schema, const bs_array *losses,
                                  bs_array_list *list)
{
    static const char matrix[] =
        "of the coherence matrix <X_i conj X_j> / sqrt(<|X_i|^2> <|X_j|^2>) of the losses of all "
        "skip branches and paths of all blocks at this wavenumber, < > over realisations; "
        "ascending";
    const bs_dimension signals = {"signal", losses->dims[0].length * (losses->dims[1].length - 1)};
    const bs_dimension k = wavenumbers(schema);
    const bs_array arrays[] = {
        {{BS_COHERENCE_EIGENVALUE, "eigenvalues of the coherence matrix", "1"},
         matrix,
         BS_ARRAY_NETWORK,
         2,
         {signals, k}},
        {{BS_EFFECTIVE_SIGNALS, "effective number of independent signals", "1"},
         "(sum lambda)^2 / sum lambda^2 of coherence_eigenvalue; never more than the number of "
         "realisations: see effective_signals_ceiling",
         BS_ARRAY_NETWORK,
         1,
         {k}},
        {{BS_EFFECTIVE_SIGNALS BS_STDERR, "standard error of effective_signals", "1"},
         "jackknife over realisations, one left out",
         BS_ARRAY_NETWORK,
         1,
         {k}},
        {{BS_EFFECTIVE_CORRECTED,
          "effective number of signals without the bias of few realisations", "1"},
         "every |G_ij|^2 off the diagonal replaced by (n |G_ij|^2 - 1)/(n - 1), n realisations; "
         "may "
         "exceed the number of signals by chance",
         BS_ARRAY_NETWORK,
         1,
         {k}},
        {{BS_EFFECTIVE_CORRECTED BS_STDERR, "standard error of effective_signals_corrected", "1"},
         "jackknife over realisations, one left out",
         BS_ARRAY_NETWORK,
         1,
         {k}},
        {{BS_EFFECTIVE_CEILING, "effective_signals that independent signals would give", "1"},
         "N n/(n + N - 1) for N signals and n realisations",
         BS_ARRAY_NETWORK,
         0,
         {{0}}}};
    for (size_t i = 0; i < sizeof arrays / sizeof *arrays; i++) {
        BS_TRY(bs_array_list_add(list, &arrays[i]));
    }
    return BS_OK;
}

bs_status bs_branch_arrays_list(const bs_surface_schema *schema, bs_array_list *list)
{
    int losses = bs_branch_array_find(schema, true);
    int probes = bs_branch_array_find(schema, false);
    if (losses >= 0) {
        BS_TRY(add_statistics(schema, &schema->arrays[losses], true, list));
        BS_TRY(add_independence(schema, &schema->arrays[losses], list));
    }
    if (probes >= 0) {
        const bs_array floors = {
            .variable = {BS_COHERENCE_FLOOR, "coherence that independent signals give", "1"},
            .comment = "sqrt(pi / (4 n)) for the n samples of a neuron, images or realisations; "
                       "sqrt(2 / (pi n)) at Nyquist's wavenumber, whose coefficients are real",
            .kind = BS_ARRAY_NETWORK,
            .ndim = 1,
            .dims = {wavenumbers(schema)}};
        BS_TRY(bs_array_list_add(list, &floors));
        BS_TRY(add_statistics(schema, &schema->arrays[probes], false, list));
    }
    return BS_OK;
}

bs_status bs_branch_array_write(bs_surface *surface, const char *name, int network,
                                const double *row)
{
    int index = bs_surface_find_array(surface, name);
    if (index < 0) {
        return BS_FAIL(BS_ERR_INTERNAL, "the file has no array %s for the statistics of branches",
                       name);
    }
    return bs_surface_write_array(surface, index, (bs_range){network, 1}, row);
}

/* First level and number of levels at which a table's level lies. */
static bs_range levels_of(const bs_branch_shape *shape, int level)
{
    return level == 0   ? (bs_range){0, shape->blocks}
           : level == 1 ? (bs_range){shape->blocks, BS_STAGES}
                        : (bs_range){shape->blocks + BS_STAGES, 1};
}

/* Picks [level][branch][bin] of one array out of all STATISTICS; returns how many. */
static int64_t pick(const bs_branch_shape *shape, const statistic_array *f, const int place[2],
                    const double *from, double *row)
{
    bs_range levels = levels_of(shape, place[0]);
    int each = f->by_branch ? shape->branches : 1;
    int64_t count = 0;
    for (int64_t level = levels.first; level < levels.first + levels.count; level++) {
        for (int branch = 0; branch < each; branch++) {
            for (int64_t k = 0; k < shape->bins; k++) {
                int64_t at =
                    (k * bs_branch_sums_levels(shape) + level) * bs_branch_sums_statistics(shape);
                row[count++] = from[2 * (at + f->statistic + branch) + place[1]];
            }
        }
    }
    return count;
}

bs_status bs_branch_arrays_write(bs_surface *surface, int network, const bs_branch_shape *shape,
                                 bool losses, const double *all)
{
    int longest = shape->blocks > BS_STAGES ? shape->blocks : BS_STAGES;
    double *row = bs_alloc((size_t)(longest * shape->branches) * (size_t)shape->bins, sizeof *row);
    bs_status status = row == NULL ? BS_ERR_MEMORY : BS_OK;
    for (int i = 0; i < STATISTICS; i++) {
        const statistic_array *f = &statistics[i];
        bool there = !f->paths || shape->branches > BS_BRANCH_PATH + 1;
        int files = f->losses == losses && there ? LEVELS * (f->error ? WITH_ERROR : 1) : 0;
        for (int n = 0; n < files && status == BS_OK; n++) {
            const int place[2] = {n % LEVELS, n / LEVELS};
            pick(shape, f, place, all, row);
            status = bs_branch_array_write(surface, f->names[place[0]][place[1]], network, row);
        }
    }
    bs_free(row);
    return status;
}
