/* Branch surfaces of known magnitudes and phases: correlation, ED and FDSA by octave come back, and
 * what fools the coherence over images does not fool them. */
#include "branch_file.h"

enum { POINTS = 32, TOP = 15, REALISATIONS = 12, BLOCKS = 3, BRANCHES = 5, PATHS = 3 };
enum { IMAGES = 4, BANDS = 4 };
enum { PLANTED, FOOLED, NETWORKS };

static const double FULL = 6.283185307179586;

/* Cosine of the angle by which path j + 1 is behind path j, and path 0 behind the skip, in the
 * octave of wavenumber K. */
static double agreement(int k)
{
    return k < 2 ? 0.9 : k < 4 ? 0.6 : k < 8 ? 0.3 : 0.0;
}

/* The paths of the last block are smoother: pooled sums differ from means of ratios. */
static double magnitude(int block, int branch, int k)
{
    return branch == BS_BRANCH_SKIP ? 1.0 / k : pow(k, -0.5 * block);
}

static double angle_of(const place *at, int item, int k)
{
    const bs_rng rng = {.seed = 29,
                        .stream = BS_STREAM_TEST,
                        .realisation = (uint32_t)(at->network * REALISATIONS + at->realisation),
                        .item = (uint32_t)item};
    double fraction = 0.0;
    bs_rng_uniform(&rng, (uint64_t)k, 1, &fraction);
    return FULL * fraction;
}

/* PLANTED: every image has phases of its own, by which all branches stand at known angles. FOOLED:
 * the images of a branch are alike, and the branches have nothing to do with each other. Classes
 * have alternating signs, and something in common, which is to be taken out. */
static double value(const place *at, int t)
{
    int image = at->probe < 0 ? 0 : at->kind == SIGNAL_PROBE ? at->probe : at->probe / BS_CLASSES;
    double sign = at->kind == SIGNAL_SURFACE_LOGITS && at->probe % 2 == 1 ? -1.0 : 1.0;
    int steps = at->branch == BS_BRANCH_SKIP ? 0 : at->branch - BS_BRANCH_PATH + 1;
    double sum = 0.0;
    for (int k = 1; k <= TOP; k++) {
        double phase =
            at->network == FOOLED
                ? angle_of(at, 100 + at->block * BRANCHES + at->branch, k)
                : angle_of(at, at->block * IMAGES + image, k) + steps * acos(agreement(k));
        sum += magnitude(at->block, at->branch, k) * cos(FULL * t * k / POINTS + phase);
    }
    double common = at->kind == SIGNAL_SURFACE_LOGITS ? 5.0 * cos(FULL * t * 3 / POINTS) : 0.0;
    return at->branch == BS_BRANCH_SUM ? 1.0 : sign * sum + common;
}

/* The powers of two branches of a block in a band, each divided by its total power, and the sum of
 * the products of their magnitudes. */
typedef struct expected_terms {
    double powers[2], radii;
} expected_terms;

static expected_terms expect(int block, int a, int b, int band)
{
    double totals[2] = {0.0};
    expected_terms e = {{0.0}, 0.0};
    for (int k = 1; k <= TOP; k++) {
        double x = magnitude(block, a, k);
        double y = magnitude(block, b, k);
        totals[0] += x * x;
        totals[1] += y * y;
        if (k >> band == 1) {
            e.powers[0] += x * x;
            e.powers[1] += y * y;
            e.radii += x * y;
        }
    }
    e.powers[0] /= totals[0];
    e.powers[1] /= totals[1];
    e.radii /= sqrt(totals[0] * totals[1]);
    return e;
}

static double expected_correlation(int band)
{
    double sum = 0.0;
    for (int block = 0; block < BLOCKS; block++) {
        /* The skip stands at 1, 2, 3 angles from the paths, whose magnitudes are equal. */
        expected_terms e = expect(block, BS_BRANCH_SKIP, BS_BRANCH_PATH, band);
        for (int j = 1; j <= PATHS; j++) {
            double cosine = cos(j * acos(agreement(1 << band)));
            sum += cosine * e.radii / sqrt(e.powers[0] * e.powers[1]) / PATHS / BLOCKS;
        }
    }
    return sum;
}

static double expected_ed(int band)
{
    double radii = 0.0;
    double second = 0.0;
    for (int block = 0; block < BLOCKS; block++) {
        expected_terms e = expect(block, BS_BRANCH_SKIP, BS_BRANCH_PATH, band);
        radii += 0.25 * (e.powers[0] + e.powers[1] + 2.0 * e.radii);
        second += e.powers[1];
    }
    return radii / second;
}

/* Of three paths with equal magnitudes: |1 + u + u^2|^2 / 9 with u a turn by the angle. */
static double expected_path_fdsa(int band)
{
    double step = acos(agreement(1 << band));
    double x = 1.0 + cos(step) + cos(2.0 * step);
    double y = sin(step) + sin(2.0 * step);
    return (x * x + y * y) / (PATHS * PATHS);
}

static bool equals(bs_surface *surface, const char *name, double (*expected)(int band))
{
    double *row = result_row(surface, name, PLANTED, NULL);
    bool good = row != NULL;
    for (int band = 0; band < BANDS && good; band++) {
        good = fabs(row[band] - expected(band)) < 1e-12;
    }
    bs_free(row);
    return good;
}

/* Whether NAME lies within 4 of its standard errors (and .01) of 0 in every band. */
static bool vanishes(bs_surface *surface, int network, const char *name)
{
    char error_name[96];
    snprintf(error_name, sizeof error_name, "%s_stderr", name);
    double *row = result_row(surface, name, network, NULL);
    double *error = result_row(surface, error_name, network, NULL);
    bool good = row != NULL && error != NULL;
    for (int band = 0; band < BANDS && good; band++) {
        good = fabs(row[band]) < 4.0 * error[band] + 0.01;
    }
    bs_free(row);
    bs_free(error);
    return good;
}

static void test_planted(bs_surface *surface)
{
    mpi_test_check(equals(surface, "branch_surface_correlation_logits", expected_correlation),
                   "the correlation of logits comes back");
    mpi_test_check(equals(surface, "branch_surface_ed", expected_ed),
                   "ED comes back, blocks pooled");
    mpi_test_check(equals(surface, "path_surface_fdsa", expected_path_fdsa),
                   "FDSA of all paths comes back");
    mpi_test_check(vanishes(surface, PLANTED, "branch_surface_correlation_logits_null"),
                   "foreign realisations have no correlation");
}

/* <k^2> of the skip is that of 1/k: 15 / sum 1/k^2. */
static void test_moments(bs_surface *surface)
{
    double power = 0.0;
    double beyond = 0.0;
    for (int k = 1; k <= TOP; k++) {
        power += 1.0 / (k * k);
        beyond += k > POINTS / 4 ? 1.0 / (k * k) : 0.0;
    }
    static const char *const sources[] = {"block_probe", "block_surface"};
    for (int i = 0; i < 2; i++) {
        char name[64];
        snprintf(name, sizeof name, "%s_second_moment", sources[i]);
        double *second = result_row(surface, name, PLANTED, NULL);
        snprintf(name, sizeof name, "%s_undersampled_fraction", sources[i]);
        double *fraction = result_row(surface, name, PLANTED, NULL);
        int last = BS_BRANCH_SKIP * BLOCKS + BLOCKS - 1;
        mpi_test_check(second != NULL && fabs(second[last] - TOP / power) < 1e-10,
                       "<k^2> of the %s signals", sources[i]);
        mpi_test_check(fraction != NULL && fabs(fraction[last] - beyond / power) < 1e-12,
                       "and their undersampled fraction");
        bs_free(second);
        bs_free(fraction);
    }
}

static void test_fooled(bs_surface *surface)
{
    double *coherence = result_row(surface, "skip_main_coherence", FOOLED, NULL);
    bool fooled = coherence != NULL;
    for (int k = 1; k <= TOP && fooled; k++) {
        fooled = coherence[k] > 0.99;
    }
    mpi_test_check(fooled, "alike images are coherent whatever the weights");
    mpi_test_check(vanishes(surface, FOOLED, "branch_surface_correlation_logits"),
                   "and their surfaces have no correlation");
    mpi_test_check(vanishes(surface, FOOLED, "branch_surface_correlation_squared_logits"),
                   "nor have the squares");
    bs_free(coherence);
}

static void run_all(const bs_comm *world)
{
    const branch_file f =
        BRANCH_LINE(.points = POINTS, .networks = NETWORKS, .realisations = REALISATIONS,
                    .blocks = BLOCKS, .branches = BRANCHES, .probes = IMAGES, .images = IMAGES,
                    .surface_images = IMAGES, .value = value);
    bs_surface *surface = branch_analyse(world, &f);
    if (mpi_test_check(surface != NULL, "a file of planted surfaces is analysed")) {
        test_planted(surface);
        test_moments(surface);
        test_fooled(surface);
        mpi_test_check(bs_surface_close(surface) == BS_OK, "closed");
    }
}

const mpi_test mpi_test_file = {.run = run_all};
