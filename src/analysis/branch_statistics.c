/* Statistics of one wavenumber from its sums: pooled by block, stage and network, with jackknife
 * errors. */
#include <math.h>
#include <stddef.h>

#include "blueshift/memory.h"
#include "branch_accumulate.h"

/* Sums over realisations that one replicate works with. */
typedef struct pools {
    double *raw;    /* [level][moments] */
    double *scaled; /* [level][moments], every block's branches scaled to unit total power */
    double *cells;  /* [level][BS_BRANCH_CELLS_SIZE] */
} pools;

/* One bin and what all its replicates share. */
typedef struct bin {
    const bs_branch_shape *shape;
    const double *sums, *cells, *powers;
    bool real;
    int moments, power_count, levels, statistics;
    double *all_sums;   /* [block][moments] over all realisations */
    double *all_powers; /* [block][powers] */
    double *row;        /* [moments] */
    double *gains;      /* [powers] */
    pools pools;
    double *replicates; /* [1 + realisation][level][statistic] */
} bin;

static void add(int count, double weight, const double *from, double *to)
{
    for (int i = 0; i < count; i++) {
        to[i] += weight * from[i];
    }
}

/* Sum over the realisations but R - 1 (R = 0: over all) of block B. */
static void sum_block(const bin *b, int r, int block)
{
    const int blocks = b->shape->blocks;
    for (int i = 0; i < b->moments; i++) {
        b->row[i] = b->all_sums[block * b->moments + i];
    }
    for (int i = 0; i < b->power_count; i++) {
        b->gains[i] = b->all_powers[block * b->power_count + i];
    }
    if (r > 0) {
        ptrdiff_t one = (ptrdiff_t)(r - 1) * blocks + block;
        add(b->moments, -1.0, b->sums + one * b->moments, b->row);
        add(b->power_count, -1.0, b->powers + one * b->power_count, b->gains);
    }
    for (int i = 0; i < b->power_count; i++) {
        b->gains[i] = b->gains[i] > 0.0 ? 1.0 / sqrt(b->gains[i]) : 0.0;
    }
}

/* The block, its stage, the network. */
static void levels_of(const bs_branch_shape *shape, int block, int levels[3])
{
    levels[0] = block;
    levels[1] = shape->blocks + block * BS_STAGES / shape->present_blocks;
    levels[2] = shape->blocks + BS_STAGES;
}

static void pool_block(const bin *b, int r, int block)
{
    int levels[3];
    levels_of(b->shape, block, levels);
    sum_block(b, r, block);
    for (int l = 0; l < 3; l++) {
        add(b->moments, 1.0, b->row, b->pools.raw + (ptrdiff_t)levels[l] * b->moments);
        double *cells = b->pools.cells + (ptrdiff_t)levels[l] * BS_BRANCH_CELLS_SIZE;
        const double *replicate =
            b->cells + ((ptrdiff_t)r * b->shape->blocks + block) * BS_BRANCH_CELLS_SIZE;
        /* With several images per neuron, replicates hold one realisation: leave it out of all. */
        bool one = r > 0 && b->shape->images > 1;
        add(BS_BRANCH_CELLS_SIZE, one ? -1.0 : 1.0, replicate, cells);
        if (one) {
            add(BS_BRANCH_CELLS_SIZE, 1.0, b->cells + (ptrdiff_t)block * BS_BRANCH_CELLS_SIZE,
                cells);
        }
    }
    bs_branch_scale(&(bs_branch_moments){2, b->row + BS_BRANCH_SUMS_PAIR}, b->gains);
    bs_branch_scale(&(bs_branch_moments){b->shape->paths, b->row + BS_BRANCH_SUMS_PATHS},
                    b->gains + 2);
    for (int l = 0; l < 3; l++) {
        add(b->moments, 1.0, b->row, b->pools.scaled + (ptrdiff_t)levels[l] * b->moments);
    }
}

/* Correlation of paths pooled over their pairs, and its floor. */
static void correlate_paths(const bs_branch_moments *paths, bool real, double *statistics)
{
    double cross = 0.0;
    double norm = 0.0;
    for (int i = 0; i < paths->signals; i++) {
        for (int j = i + 1; j < paths->signals; j++) {
            cross += creal(bs_branch_cross(paths, i, j));
            norm += sqrt(bs_branch_power(paths, i)) * sqrt(bs_branch_power(paths, j));
        }
    }
    double samples = paths->sums[0] * paths->signals * (paths->signals - 1) / 2;
    statistics[0] = cross / norm;
    statistics[1] = bs_branch_correlation_floor((int64_t)samples, real);
}

static void put_factors(bs_branch_factors factors, double *statistics)
{
    statistics[0] = factors.damping;
    statistics[1] = factors.ed;
    statistics[2] = factors.fdsa;
}

/* Statistics [statistic] of one level; NaN where the network has no such branches. */
static void evaluate_level(const bin *b, int level, double *statistics)
{
    double *raw = b->pools.raw + (ptrdiff_t)level * b->moments;
    double *scaled = b->pools.scaled + (ptrdiff_t)level * b->moments;
    const double *cells = b->pools.cells + (ptrdiff_t)level * BS_BRANCH_CELLS_SIZE;
    const bs_branch_moments pair = {2, raw + BS_BRANCH_SUMS_PAIR};
    const bs_branch_moments scaled_pair = {2, scaled + BS_BRANCH_SUMS_PAIR};
    const bs_branch_moments paths = {b->shape->paths, raw + BS_BRANCH_SUMS_PATHS};
    const bs_branch_moments scaled_paths = {b->shape->paths, scaled + BS_BRANCH_SUMS_PATHS};
    for (int f = 0; f < b->statistics; f++) {
        statistics[f] = NAN;
    }
    if (pair.sums[0] > 0.0) {
        statistics[BS_BRANCH_STATISTIC_COHERENCE] =
            cells[BS_BRANCH_CELLS_COHERENCE] / cells[BS_BRANCH_CELLS_NEURONS];
        statistics[BS_BRANCH_STATISTIC_COHERENCE_NULL] =
            cells[BS_BRANCH_CELLS_NULL] / cells[BS_BRANCH_CELLS_NEURONS];
        statistics[BS_BRANCH_STATISTIC_CORRELATION] = bs_branch_correlation(&pair, 0, 1);
        statistics[BS_BRANCH_STATISTIC_CORRELATION_FLOOR] =
            bs_branch_correlation_floor((int64_t)pair.sums[0], b->real);
        put_factors(bs_branch_damping(&pair, 0, 1), statistics + BS_BRANCH_STATISTIC_DAMPING);
        put_factors(bs_branch_damping(&scaled_pair, 0, 1),
                    statistics + BS_BRANCH_STATISTIC_DAMPING + 3);
        statistics[BS_BRANCH_STATISTIC_POWER + BS_BRANCH_SKIP] = bs_branch_power(&pair, 0);
    }
    if (paths.sums[0] > 0.0 && paths.signals > 1) {
        statistics[BS_BRANCH_STATISTIC_PATH_COHERENCE] =
            cells[BS_BRANCH_CELLS_PATH_COHERENCE] / cells[BS_BRANCH_CELLS_PAIRS];
        statistics[BS_BRANCH_STATISTIC_PATH_COHERENCE_NULL] =
            cells[BS_BRANCH_CELLS_PATH_NULL] / cells[BS_BRANCH_CELLS_PAIRS];
        correlate_paths(&paths, b->real, statistics + BS_BRANCH_STATISTIC_PATH_CORRELATION);
        put_factors(bs_branch_paths(&paths), statistics + BS_BRANCH_STATISTIC_PATH_DAMPING);
        put_factors(bs_branch_paths(&scaled_paths),
                    statistics + BS_BRANCH_STATISTIC_PATH_DAMPING + 3);
    }
    statistics[BS_BRANCH_STATISTIC_POWER + BS_BRANCH_SUM] =
        raw[BS_BRANCH_SUMS_SUM + 1] / raw[BS_BRANCH_SUMS_SUM];
    for (int p = 0; p < paths.signals; p++) {
        statistics[BS_BRANCH_STATISTIC_POWER + BS_BRANCH_PATH + p] = bs_branch_power(&paths, p);
    }
}

static void evaluate_replicate(const bin *b, int r)
{
    for (int i = 0; i < b->levels * b->moments; i++) {
        b->pools.raw[i] = 0.0;
        b->pools.scaled[i] = 0.0;
    }
    for (int i = 0; i < b->levels * BS_BRANCH_CELLS_SIZE; i++) {
        b->pools.cells[i] = 0.0;
    }
    for (int block = 0; block < b->shape->present_blocks; block++) {
        pool_block(b, r, block);
    }
    for (int level = 0; level < b->levels; level++) {
        evaluate_level(b, level,
                       b->replicates + ((ptrdiff_t)r * b->levels + level) * b->statistics);
    }
}

/* Takes the memory of a bin in one piece, which is returned; NULL when there is none. */
static double *take_memory(bin *b)
{
    const bs_branch_shape *shape = b->shape;
    size_t sizes[] = {(size_t)(shape->blocks * b->moments),
                      (size_t)(shape->blocks * b->power_count),
                      (size_t)b->moments,
                      (size_t)b->power_count,
                      (size_t)(b->levels * b->moments),
                      (size_t)(b->levels * b->moments),
                      (size_t)(b->levels * BS_BRANCH_CELLS_SIZE),
                      (1 + (size_t)shape->realisations) * (size_t)(b->levels * b->statistics)};
    double **parts[] = {&b->all_sums,  &b->all_powers,   &b->row,         &b->gains,
                        &b->pools.raw, &b->pools.scaled, &b->pools.cells, &b->replicates};
    size_t total = 0;
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        total += sizes[i];
    }
    double *memory = bs_alloc(total, sizeof *memory);
    double *next = memory;
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes && memory != NULL; i++) {
        *parts[i] = next;
        next += sizes[i];
    }
    return memory;
}

bs_status bs_branch_sums_evaluate(const bs_branch_shape *shape, const double *sums,
                                  const double *powers, bool real, double *statistics)
{
    bin b = {.shape = shape,
             .sums = sums,
             .powers = powers,
             .real = real,
             .moments = bs_branch_sums_moments(shape),
             .power_count = bs_branch_sums_powers(shape),
             .levels = bs_branch_sums_levels(shape),
             .statistics = bs_branch_sums_statistics(shape)};
    b.cells = sums + (ptrdiff_t)shape->realisations * shape->blocks * b.moments;
    double *memory = take_memory(&b);
    if (memory == NULL) {
        return BS_ERR_MEMORY;
    }
    for (int r = 0; r < shape->realisations; r++) {
        ptrdiff_t first = (ptrdiff_t)r * shape->blocks;
        add(shape->blocks * b.moments, 1.0, sums + first * b.moments, b.all_sums);
        add(shape->blocks * b.power_count, 1.0, powers + first * b.power_count, b.all_powers);
    }
    for (int r = 0; r <= (shape->realisations > 1 ? shape->realisations : 0); r++) {
        evaluate_replicate(&b, r);
    }
    const int64_t stride = (int64_t)b.levels * b.statistics;
    for (int64_t i = 0; i < stride; i++) {
        statistics[2 * i] = b.replicates[i];
        statistics[2 * i + 1] =
            bs_branch_jackknife(shape->realisations, b.replicates + stride + i, stride);
    }
    bs_free(memory);
    return BS_OK;
}
