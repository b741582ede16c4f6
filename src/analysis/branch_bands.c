/* Sums over two branches in octave bands, beside those of foreign realisations. */
#include "branch_bands.h"

#include <math.h>

#include "blueshift/memory.h"
#include "branch_band_arrays.h"

/* Why octaves and not wavenumbers: a single coefficient has one phase, so that its correlation is
 * +-1 within a realisation, and only many realisations tell chance from agreement. A band of n
 * wavenumbers holds n phases of one realisation, and the spread over realisations is the error.
 *
 * Why terms and not measures: ED and FDSA are ratios of means, over the blocks of a level too, so
 * that their product is the damping of the sum's power. Means of ratios would give the most weight
 * to blocks that have next to no power in a band. */

/* One source of one network. */
typedef struct summation {
    const bs_branch_signals *signals[2]; /* the network's; grafted paths, or NULL */
    const bs_branch_shape *shape;
    double *powers[2]; /* [own unit][branch][realisation]: total power of a branch */
    bs_band_sums sums;
} summation;

/* Two signals: branches of a unit, each in a realisation. A unit is a block. */
typedef struct signal_pair {
    int64_t unit;
    int branches[2];
    int places[2];
    int sources[2]; /* of the network's signals, or grafted ones */
    double scales[2];
} signal_pair;

typedef struct pair_sums {
    double cross, powers[2], radii;
} pair_sums;

static pair_sums sum_bins(const summation *s, const signal_pair *p, bs_range bins)
{
    pair_sums sums = {0};
    for (int i = 0; i < s->shape->images; i++) {
        const double complex *a =
            bs_branch_channel(s->signals[p->sources[0]], p->places[0], p->unit, i, p->branches[0]);
        const double complex *b =
            bs_branch_channel(s->signals[p->sources[1]], p->places[1], p->unit, i, p->branches[1]);
        for (int64_t k = bins.first; k < bins.first + bins.count; k++) {
            /* A wavenumber stands for its twin -k too, but for Nyquist's. */
            double weight = bs_branch_bin_is_real(s->shape, k) ? 1.0 : 2.0;
            double complex x = p->scales[0] * a[k];
            double complex y = p->scales[1] * b[k];
            sums.cross += weight * (creal(x) * creal(y) + cimag(x) * cimag(y));
            sums.powers[0] += weight * (creal(x) * creal(x) + cimag(x) * cimag(x));
            sums.powers[1] += weight * (creal(y) * creal(y) + cimag(y) * cimag(y));
            sums.radii += weight * cabs(x) * cabs(y);
        }
    }
    return sums;
}

static double *power_of(const summation *s, int source, int64_t unit, int branch, int r)
{
    return &s->powers[source][(unit * s->shape->branches + branch) * s->shape->realisations + r];
}

static void find_powers(const summation *s, int source)
{
    const bs_range all = {1, s->shape->bins - 1};
    for (int64_t unit = 0; unit < s->signals[0]->units.count; unit++) {
        for (int branch = 0; branch < s->shape->branches; branch++) {
            for (int r = 0; r < s->shape->realisations; r++) {
                const signal_pair itself = {
                    unit, {branch, branch}, {r, r}, {source, source}, {1.0, 1.0}};
                *power_of(s, source, unit, branch, r) = sum_bins(s, &itself, all).powers[0];
            }
        }
    }
}

/* Adds WEIGHT times the terms of a pair to TO, every RESULTS-th number of [TERMS][RESULTS]. OTHERS:
 * in how many pairs of the block each branch takes part. */
static void add_terms(const pair_sums *sums, int others, double weight, double *to)
{
    const double powers = sums->powers[0] + sums->powers[1];
    const double terms[BS_BAND_TERMS] = {[BS_TERM_PAIRS] = 1.0,
                                         [BS_TERM_CORRELATION] =
                                             sums->cross / sqrt(sums->powers[0] * sums->powers[1]),
                                         [BS_TERM_CROSS] = 2.0 * sums->cross,
                                         [BS_TERM_RADII] = 2.0 * sums->radii,
                                         [BS_TERM_POWERS] = powers / others,
                                         [BS_TERM_SECOND] = sums->powers[1]};
    for (size_t i = 0; i < BS_BAND_TERMS; i++) {
        to[i * BS_BAND_RESULTS] += weight * terms[i];
    }
}

/* The sums of two branches at unit total power over a band. */
static pair_sums sum_scaled(const summation *s, signal_pair p, int band)
{
    for (int end = 0; end < 2; end++) {
        const double power = *power_of(s, p.sources[end], p.unit, p.branches[end], p.places[end]);
        p.scales[end] = 1.0 / sqrt(power);
    }
    return sum_bins(s, &p, bs_band_bins(s->shape->bins, band));
}

/* Adds branches A and B of a block, one of its PAIRS, to the terms of its bands. */
static void add_pair(const summation *s, bs_band_pairs pairs, int64_t unit, int a, int b)
{
    const int n = s->shape->realisations;
    const int others = pairs == BS_PAIRS_PATHS ? s->shape->paths - 1 : 1;
    for (int band = 0; band < s->sums.bands; band++) {
        int64_t place =
            bs_band_place(&s->sums, (int)pairs, s->signals[0]->units.first + unit, band);
        double *row = s->sums.terms + place;
        for (int r = 0; r < n; r++, row += BS_BAND_ROW) {
            signal_pair p = {.unit = unit, .branches = {a, b}, .places = {r, r}};
            pair_sums sums = sum_scaled(s, p, band);
            add_terms(&sums, others, 1.0, row + BS_BAND_OWN);
            for (int shift = 1; shift < n; shift++) {
                p.places[1] = (r + shift) % n;
                sums = sum_scaled(s, p, band);
                add_terms(&sums, others, 1.0 / (n - 1), row + BS_BAND_FOREIGN);
            }
            if (s->sums.grafted) {
                p = (signal_pair){
                    .unit = unit, .branches = {a, b}, .places = {r, r}, .sources = {0, 1}};
                sums = sum_scaled(s, p, band);
                add_terms(&sums, others, 1.0, row + BS_BAND_GRAFTED);
            }
        }
    }
}

/* The blocks of this rank; the others stay zero. */
static void sum_blocks(const summation *s)
{
    const bs_branch_shape *shape = s->shape;
    for (int64_t unit = 0; unit < s->signals[0]->units.count; unit++) {
        if (s->signals[0]->units.first + unit >= shape->present_blocks) {
            continue;
        }
        for (int i = 0; i < shape->paths; i++) {
            if (shape->skip) {
                add_pair(s, BS_PAIRS_SKIP_MAIN, unit, BS_BRANCH_SKIP, BS_BRANCH_PATH + i);
            }
            for (int j = i + 1; j < shape->paths; j++) {
                add_pair(s, BS_PAIRS_PATHS, unit, BS_BRANCH_PATH + i, BS_BRANCH_PATH + j);
            }
        }
    }
}

static bs_status allocate(summation *s)
{
    const size_t channels = (size_t)s->signals[0]->units.count * (size_t)s->shape->branches;
    const size_t bytes = (size_t)s->shape->realisations * sizeof(double);
    s->sums.terms =
        bs_alloc((size_t)bs_band_place(&s->sums, BS_BAND_PAIRS, 0, 0), sizeof *s->sums.terms);
    s->powers[0] = bs_alloc(channels, bytes);
    s->powers[1] = bs_alloc(s->sums.grafted ? channels : 0, bytes);
    bool allocated = s->sums.terms != NULL && s->powers[0] != NULL && s->powers[1] != NULL;
    return allocated ? BS_OK : BS_ERR_MEMORY;
}

bs_status bs_branch_bands_run(const bs_comm *comm, bs_surface *surface, int network,
                              bs_band_source source, const bs_branch_signals *signals,
                              const bs_branch_signals *grafted)
{
    const bs_branch_shape *shape = &signals->shape;
    summation s = {
        .signals = {signals, grafted},
        .shape = shape,
        .sums = {.shape = shape, .bands = bs_band_count(shape->bins), .grafted = grafted != NULL}};
    if (s.sums.bands == 0) {
        return BS_OK;
    }
    bs_status status = bs_agree(comm, allocate(&s));
    if (status == BS_OK) {
        find_powers(&s, 0);
        if (s.sums.grafted) {
            find_powers(&s, 1);
        }
        sum_blocks(&s);
        /* A block's terms are one rank's, to which zeros are added: exact. */
        const int count = (int)bs_band_place(&s.sums, BS_BAND_PAIRS, 0, 0);
        status = BS_MPI(
            MPI_Allreduce(MPI_IN_PLACE, s.sums.terms, count, MPI_DOUBLE, MPI_SUM, comm->mpi));
    }
    if (status == BS_OK) {
        bool writes = comm->rank == 0;
        status = bs_agree(comm,
                          writes ? bs_band_arrays_write(surface, network, source, &s.sums) : BS_OK);
    }
    bs_free(s.sums.terms);
    bs_free(s.powers[0]);
    bs_free(s.powers[1]);
    return status;
}
