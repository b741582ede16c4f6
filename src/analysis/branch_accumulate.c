/* Sums over the samples of one wavenumber: moments, and the coherence of single neurons. */
#include "branch_accumulate.h"

#include <math.h>

#include "blueshift/memory.h"

/* Statistics of branches are ratios of second moments, and moments are sums over samples: so each
 * unit (a neuron of a block) adds its samples to the sums of its block, wavenumber by wavenumber,
 * and ratios are taken only after all units of all ranks are in. Realisations keep sums of their
 * own, since the jackknife leaves one out at a time. Coherence is another matter: its expectation
 * runs within a neuron, where phases mean something, so that each neuron's ratio is taken here and
 * then averaged (the cells).
 *
 * The order of the loops is the contract: units in ascending order, so that the relay of all ranks
 * (branch_transpose.c) adds what one rank would add, to the same bits. */

/* Signals of one neuron at one wavenumber. */
enum { SKIP, MAIN, SUM, PATHS };

typedef struct cell {
    const bs_branch_shape *shape;
    bool losses;
    int samples;           /* realisations x images, images fastest */
    double complex *x;     /* [skip, main, sum, path...][samples] */
    double complex *paths; /* [path] of one sample */
    bool real;
    int64_t block, bin;
    bs_rng rng;
    double *moments; /* of the bin */
    double *cells;
} cell;

int bs_branch_sums_moments(const bs_branch_shape *shape)
{
    return BS_BRANCH_SUMS_PATHS + bs_branch_size(shape->paths);
}

int bs_branch_sums_powers(const bs_branch_shape *shape)
{
    return 2 + shape->paths;
}

int bs_branch_sums_levels(const bs_branch_shape *shape)
{
    return shape->blocks + BS_STAGES + 1;
}

int bs_branch_sums_statistics(const bs_branch_shape *shape)
{
    return BS_BRANCH_STATISTIC_POWER + shape->branches;
}

static int64_t moments_size(const bs_branch_shape *shape)
{
    return (int64_t)shape->realisations * shape->blocks * bs_branch_sums_moments(shape);
}

int64_t bs_branch_sums_size(const bs_branch_shape *shape)
{
    return moments_size(shape) +
           (1 + (int64_t)shape->realisations) * shape->blocks * BS_BRANCH_CELLS_SIZE;
}

static double complex *signal(const cell *c, int which)
{
    return c->x + (int64_t)which * c->samples;
}

/* Brings together what the channels hold of one neuron; the main branch is the mean of the paths.
 */
static void gather(const bs_branch_signals *signals, int64_t unit, cell *c)
{
    const bs_branch_shape *shape = c->shape;
    for (int n = 0; n < c->samples; n++) {
        int r = n / shape->images;
        int image = n % shape->images;
        double complex main = 0.0;
        for (int p = 0; p < shape->paths; p++) {
            double complex path =
                bs_branch_channel(signals, r, unit, image, BS_BRANCH_PATH + p)[c->bin];
            signal(c, PATHS + p)[n] = path;
            main += path;
        }
        signal(c, MAIN)[n] = main / shape->paths;
        signal(c, SUM)[n] = bs_branch_channel(signals, r, unit, image, BS_BRANCH_SUM)[c->bin];
        if (shape->skip) {
            signal(c, SKIP)[n] = bs_branch_channel(signals, r, unit, image, BS_BRANCH_SKIP)[c->bin];
        }
    }
}

/* A branch loss is no linear function of the signal: each path's loss is a sample of its own. */
static void add_pairs(const cell *c, int n, double *sums)
{
    const bs_branch_moments pair = {2, sums};
    for (int p = 0; p < (c->losses ? c->shape->paths : 1); p++) {
        double complex main = signal(c, c->losses ? PATHS + p : MAIN)[n];
        const double complex both[2] = {signal(c, SKIP)[n], main};
        bs_branch_add(&pair, both);
    }
}

static void add_moments(const cell *c)
{
    const bs_branch_shape *shape = c->shape;
    for (int n = 0; n < c->samples; n++) {
        int64_t row = (int64_t)(n / shape->images) * shape->blocks + c->block;
        double *sums = c->moments + row * bs_branch_sums_moments(shape);
        if (shape->skip) {
            add_pairs(c, n, sums + BS_BRANCH_SUMS_PAIR);
        }
        double complex sum = signal(c, SUM)[n];
        sums[BS_BRANCH_SUMS_SUM] += 1.0;
        sums[BS_BRANCH_SUMS_SUM + 1] += creal(sum) * creal(sum) + cimag(sum) * cimag(sum);
        for (int p = 0; p < shape->paths; p++) {
            c->paths[p] = signal(c, PATHS + p)[n];
        }
        bs_branch_add(&(bs_branch_moments){shape->paths, sums + BS_BRANCH_SUMS_PATHS}, c->paths);
    }
}

/* Adds a neuron's coherence from the SUMS of a pair, and its NULL, to those of replicate R. Neurons
 * one of whose signals is zero (padded channels, dead units) have none; a NaN is not zero. */
static void add_cell(const cell *c, int r, int first, double *sums, double null)
{
    double *cells =
        c->cells + ((int64_t)r * c->shape->blocks + c->block) * BS_BRANCH_CELLS_SIZE + first;
    if (!(sums[1] <= 0.0 || sums[2] <= 0.0)) {
        cells[0] += 1.0;
        cells[1] += bs_branch_coherence(&(bs_branch_moments){2, sums}, 0, 1);
        cells[2] += null;
    }
}

/* Moments of samples [range) of a pair. */
static void add_range(const cell *c, const int pair[2], bs_range range, double *sums)
{
    for (int64_t n = range.first; n < range.first + range.count; n++) {
        const double complex both[2] = {signal(c, pair[0])[n], signal(c, pair[1])[n]};
        bs_branch_add(&(bs_branch_moments){2, sums}, both);
    }
}

/* The neuron's coherence over all realisations but one, for every one. */
static void add_left_out(const cell *c, const int pair[2], double *sums, int first)
{
    const bs_branch_moments all = {2, sums};
    for (int r = 0; r < c->shape->realisations; r++) {
        double one[BS_BRANCH_SUMS_SUM] = {0.0};
        double rest[BS_BRANCH_SUMS_SUM] = {0.0};
        const bs_branch_moments left = {2, rest};
        add_range(c, pair, (bs_range){r, 1}, one);
        bs_branch_merge(&left, &all, 1.0);
        bs_branch_merge(&left, &(bs_branch_moments){2, one}, -1.0);
        add_cell(c, 1 + r, first, rest, 0.0);
    }
}

/* NUMBER counts the pairs of a neuron, so that each has random phases of its own. */
static void add_coherence(const cell *c, const int pair[2], int number, int first)
{
    const bs_branch_shape *shape = c->shape;
    uint64_t phases =
        ((uint64_t)number * (uint64_t)shape->bins + (uint64_t)c->bin) * (uint64_t)c->samples;
    int groups = shape->images > 1 ? shape->realisations : 1;
    int64_t count = c->samples / groups;
    for (int g = 0; g < groups; g++) {
        bs_range range = {g * count, count};
        double sums[BS_BRANCH_SUMS_SUM] = {0.0};
        add_range(c, pair, range, sums);
        double null = bs_branch_null(count, signal(c, pair[0]) + range.first,
                                     signal(c, pair[1]) + range.first, c->real, &c->rng,
                                     phases + (uint64_t)range.first);
        add_cell(c, 0, first, sums, null);
        if (shape->images > 1) {
            add_cell(c, 1 + g, first, sums, null);
        } else {
            add_left_out(c, pair, sums, first);
        }
    }
}

static void add_cells(const cell *c)
{
    const int main[2] = {SKIP, MAIN};
    if (c->shape->skip) {
        add_coherence(c, main, 0, BS_BRANCH_CELLS_NEURONS);
    }
    int number = 1;
    for (int i = 0; i < c->shape->paths; i++) {
        for (int j = i + 1; j < c->shape->paths; j++) {
            const int pair[2] = {PATHS + i, PATHS + j};
            add_coherence(c, pair, number++, BS_BRANCH_CELLS_PAIRS);
        }
    }
}

bs_status bs_branch_sums_add(const bs_branch_signals *signals, bool losses, bs_range bins,
                             double *sums)
{
    const bs_branch_shape *shape = &signals->shape;
    cell c = {.shape = shape, .losses = losses, .samples = shape->realisations * shape->images};
    c.x = bs_alloc((size_t)(PATHS + shape->paths) * ((size_t)c.samples + 1), sizeof *c.x);
    if (c.x == NULL) {
        return BS_ERR_MEMORY;
    }
    c.paths = c.x + (ptrdiff_t)(PATHS + shape->paths) * c.samples;
    for (int64_t unit = 0; unit < signals->units.count; unit++) {
        int64_t number = signals->units.first + unit;
        c.block = number / shape->neurons;
        c.rng = (bs_rng){.stream = BS_STREAM_PHASES, .item = (uint32_t)number};
        for (int64_t k = 0; k < bins.count && c.block < shape->present_blocks; k++) {
            c.bin = bins.first + k;
            c.real = bs_branch_bin_is_real(shape, c.bin);
            c.moments = sums + k * bs_branch_sums_size(shape);
            c.cells = c.moments + moments_size(shape);
            gather(signals, unit, &c);
            add_moments(&c);
            if (!losses) {
                add_cells(&c);
            }
        }
    }
    bs_free(c.x);
    return BS_OK;
}

void bs_branch_sums_add_powers(const bs_branch_shape *shape, const double *sums, double weight,
                               double *powers)
{
    int64_t rows = (int64_t)shape->realisations * shape->blocks;
    for (int64_t row = 0; row < rows; row++) {
        const double *from = sums + row * bs_branch_sums_moments(shape);
        double *to = powers + row * bs_branch_sums_powers(shape);
        to[0] += weight * from[BS_BRANCH_SUMS_PAIR + 1];
        to[1] += weight * from[BS_BRANCH_SUMS_PAIR + 2];
        for (int p = 0; p < shape->paths; p++) {
            to[2 + p] += weight * from[BS_BRANCH_SUMS_PATHS + 1 + p];
        }
    }
}
