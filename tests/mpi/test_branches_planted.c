/* Branch signals of known coherence, phases and radii come back within the stated errors. */
#include "blueshift/statistics.h"
#include "branch_file.h"

enum {
    POINTS = 10,
    TOP = 4,
    REALISATIONS = 24,
    BLOCKS = 2,
    BRANCHES = 5,
    PROBES = 64,
    IMAGES = 16
};
enum { PLANTED, INDEPENDENT, IDENTICAL, NETWORKS };

static const double PI = 3.14159265358979323846;

/* What is planted at wavenumber K: radii of skip and main branch, coherence, phase. */
typedef struct truth {
    double skip, main, rho, phase;
} truth;

static truth truth_of(int k)
{
    return (truth){1.0 / k, 0.5, 0.95 - 0.2 * k, 0.5 * k};
}

/* A standard complex Gaussian of one signal of one sample. */
static double complex gaussian(const place *at, int signal, int k)
{
    const bs_rng rng = {.seed = 11,
                        .stream = BS_STREAM_TEST,
                        .realisation = (uint32_t)(at->network * REALISATIONS + at->realisation),
                        .item =
                            (uint32_t)((at->block * (PROBES + 1) + at->probe + 1) * 8 + signal)};
    double x[2];
    bs_rng_normal(&rng, 2 * (uint64_t)k, 2, x);
    return CMPLX(x[0], x[1]) / sqrt(2.0);
}

static double complex coefficient(const place *at, int k)
{
    place one = *at;
    if (at->network == IDENTICAL) {
        one.block = 0;
        one.branch = 0;
        return gaussian(&one, 0, k);
    }
    if (at->network == INDEPENDENT) {
        return gaussian(at, at->branch, k);
    }
    truth t = truth_of(k);
    double complex common = gaussian(at, 0, k);
    if (at->branch == BS_BRANCH_SKIP) {
        return t.skip * common;
    }
    double complex own = gaussian(at, 1, k);
    return t.main * (t.rho * cexp(CMPLX(0.0, -t.phase)) * common + sqrt(1 - t.rho * t.rho) * own);
}

static double value(const place *at, int t)
{
    bool skip = at->branch == BS_BRANCH_SKIP;
    if ((at->network == PLANTED && at->branch > BS_BRANCH_PATH) ||
        (at->network != PLANTED && skip)) {
        return NAN;
    }
    double sum = 3.0;
    for (int k = 1; k <= TOP && at->branch != BS_BRANCH_SUM; k++) {
        double angle = 2.0 * PI * t * k / POINTS;
        sum += 2.0 * creal(coefficient(at, k) * CMPLX(cos(angle), sin(angle)));
    }
    return sum;
}

/* <|x| |y|> of Gaussians of unit power and coherence RHO: pi/4 2F1(-1/2, -1/2; 1; rho^2). */
static double mean_radii(double rho)
{
    double sum = 1.0;
    double term = 1.0;
    for (int n = 0; n < 200; n++) {
        double ratio = (n - 0.5) / (n + 1.0);
        term *= ratio * ratio * rho * rho;
        sum += term;
    }
    return PI / 4.0 * sum;
}

/* Largest distance of an array from WANT(k) in its own standard errors (and SLACK), k in [1, TOP];
 * huge where something is missing. */
static double distance(bs_surface *surface, int network, const char *name, double (*want)(int),
                       double slack)
{
    char error_name[96];
    snprintf(error_name, sizeof error_name, "%s_stderr", name);
    double *row = result_row(surface, name, network, NULL);
    double *error = result_row(surface, error_name, network, NULL);
    double worst = row == NULL || error == NULL ? 1e9 : 0.0;
    for (int k = 1; k <= TOP && worst < 1e9; k++) {
        double off = fabs(row[k] - want(k));
        off = off > slack ? (off - slack) / error[k] : 0.0;
        worst = off <= worst ? worst : isfinite(off) ? off : 1e9;
    }
    bs_free(row);
    bs_free(error);
    return worst;
}

static double want_correlation(int k)
{
    return truth_of(k).rho * cos(truth_of(k).phase);
}

/* Expected coherence of n samples of Gaussians: (1 - rho^2)^n Gamma(n) Gamma(3/2) / Gamma(n + 1/2)
 * 3F2(3/2, n, n; n + 1/2, 1; rho^2). Source: Carter, Knapp and Nuttall 1973. */
static double expected_coherence(double rho)
{
    double sum = 1.0;
    double term = 1.0;
    for (int m = 0; m < 2000; m++) {
        double ratio = (IMAGES + m) / (m + 1.0);
        term *= (1.5 + m) / (IMAGES + 0.5 + m) * ratio * ratio * rho * rho;
        sum += term;
    }
    double gammas = exp(lgamma(IMAGES) + lgamma(1.5) - lgamma(IMAGES + 0.5));
    return gammas * pow(1.0 - rho * rho, IMAGES) * sum;
}

static double want_coherence(int k)
{
    return expected_coherence(truth_of(k).rho);
}

static double want_independent(int k)
{
    (void)k;
    return expected_coherence(0.0);
}

static double sum_power(const truth *t)
{
    return t->skip * t->skip + t->main * t->main;
}

static double want_ed(int k)
{
    truth t = truth_of(k);
    return (sum_power(&t) + 2.0 * t.skip * t.main * mean_radii(t.rho)) / (4 * t.main * t.main);
}

static double want_damping(int k)
{
    truth t = truth_of(k);
    return (sum_power(&t) + 2.0 * t.skip * t.main * want_correlation(k)) / (4 * t.main * t.main);
}

static double want_fdsa(int k)
{
    return want_damping(k) / want_ed(k);
}

static double want_ed_scaled(int k)
{
    double powers[2] = {0.0, 0.0};
    for (int q = 1; q <= TOP; q++) {
        powers[0] += 2.0 * pow(truth_of(q).skip, 2);
        powers[1] += 2.0 * pow(truth_of(q).main, 2);
    }
    truth t = truth_of(k);
    double r = t.skip / sqrt(powers[0]);
    double m = t.main / sqrt(powers[1]);
    return (r * r + m * m + 2.0 * r * m * mean_radii(t.rho)) / (4.0 * m * m);
}

static double want_pairs(int k)
{
    return 16.0 / (4.0 + 4.0 * pow(truth_of(k).rho, 2));
}

static double want_floor(int k)
{
    (void)k;
    return sqrt(PI / (4.0 * IMAGES));
}

static double want_three(int k)
{
    (void)k;
    return 1.0 / (1.0 + 2.0 * PI / 4.0);
}

static double want_third(int k)
{
    (void)k;
    return 1.0 / 3.0;
}

static double want_zero(int k)
{
    (void)k;
    return 0.0;
}

static double want_one(int k)
{
    (void)k;
    return 1.0;
}

static double want_six(int k)
{
    (void)k;
    return 6.0;
}

static double want_ceiling(int k)
{
    (void)k;
    return 6.0 * REALISATIONS / (REALISATIONS + 5.0);
}

/* SLACK: what the wanted value leaves out, such as a bias of higher order. */
typedef struct check {
    int network;
    const char *name;
    double (*want)(int k);
    double slack;
} check;

static void compare(bs_surface *surface)
{
    static const check checks[] = {
        {PLANTED, "branch_loss_correlation", want_correlation, 0.02},
        {PLANTED, "damping", want_damping, 0.0},
        {PLANTED, "damping_ed", want_ed, 0.0},
        {PLANTED, "damping_fdsa", want_fdsa, 0.0},
        {PLANTED, "damping_ed_scaled", want_ed_scaled, 0.0},
        {PLANTED, "effective_signals_corrected", want_pairs, 0.1},
        {PLANTED, "skip_main_coherence", want_coherence, 0.0},
        {INDEPENDENT, "path_coherence", want_independent, 0.0},
        {INDEPENDENT, "path_damping", want_third, 0.0},
        {INDEPENDENT, "path_damping_fdsa", want_three, 0.0},
        {INDEPENDENT, "path_damping_fdsa_scaled", want_three, 0.0},
        {INDEPENDENT, "path_loss_correlation", want_zero, 0.0},
        {INDEPENDENT, "effective_signals_corrected", want_six, 0.1},
        {INDEPENDENT, "effective_signals", want_ceiling, 0.1},
    };
    for (size_t i = 0; i < sizeof checks / sizeof *checks; i++) {
        const check *c = &checks[i];
        double off = distance(surface, c->network, c->name, c->want, c->slack);
        mpi_test_check(off < 4.0, "%s is what was planted, worst of %d wavenumbers %.1f errors",
                       c->name, TOP, off);
    }
}

/* Relative distance of two arrays, or an array from a number; huge where missing. */
static double apart(bs_surface *surface, int network, const char *name, double (*want)(int))
{
    double *row = result_row(surface, name, network, NULL);
    double worst = row == NULL ? 1e9 : 0.0;
    for (int k = 1; k <= TOP && row != NULL; k++) {
        double off = fabs(row[k] / want(k) - 1.0);
        worst = off <= worst ? worst : isfinite(off) ? off : 1e9;
    }
    bs_free(row);
    return worst;
}

static void exact_values(bs_surface *surface)
{
    double off = apart(surface, INDEPENDENT, "path_coherence_null", want_floor);
    mpi_test_check(off < 0.08, "the null of independent signals is the floor: %.1e", off);
    /* |x|^2 varies more than |x| |y|: at most by the root of 2 for identical signals. */
    off = apart(surface, PLANTED, "skip_main_coherence_null", want_floor);
    mpi_test_check(off < 0.42, "that of coherent ones not far above: %.1e", off);
    off = apart(surface, INDEPENDENT, "coherence_floor", want_floor);
    mpi_test_check(off < 1e-12, "the floor: %.1e", off);
    off = apart(surface, IDENTICAL, "effective_signals", want_one);
    off = fmax(off, apart(surface, IDENTICAL, "effective_signals_corrected", want_one));
    off = fmax(off, apart(surface, IDENTICAL, "path_damping_fdsa", want_one));
    off = fmax(off, apart(surface, IDENTICAL, "path_coherence", want_one));
    mpi_test_check(off < 1e-12, "identical signals are one: %.1e", off);
}

/* A wave with BLOCK + 1 + realisation periods a path; the sum alone lies around 0, and one probe of
 * two. */
static double waves(const place *at, int t)
{
    const int periods = at->block + 1 + at->realisation;
    const double wave = cos(2.0 * BS_PI * (periods * (t + 0.5) / 60.0) + 0.3);
    return at->branch == BS_BRANCH_SUM && at->probe == 0 ? wave : 2.0 + wave;
}

/* Two changes of sign in a period, of half of the neurons; an open line has 59 steps of its 60. */
static void sign_changes(const bs_comm *world)
{
    const branch_file f = BRANCH_LINE(.points = 60, .networks = 1, .realisations = 3, .blocks = 4,
                                      .branches = 3, .probes = 2, .images = 1, .value = waves);
    bs_surface *surface = branch_analyse(world, &f);
    double *mean = result_row(surface, "block_probe_sign_changes", 0, NULL);
    double *error = result_row(surface, "block_probe_sign_changes_stderr", 0, NULL);
    bool right = mean != NULL && error != NULL;
    for (int block = 0; block < f.blocks && right; block++) {
        const double *sum = mean + (ptrdiff_t)BS_BRANCH_SUM * f.blocks;
        right = sum[block] == block + 2.0 && mean[block] == 0.0 &&
                fabs(error[BS_BRANCH_SUM * f.blocks + block] - 1.0 / sqrt(3.0)) < 1e-15;
    }
    mpi_test_check(right, "sign changes are counted by block, with their error");
    bs_free(mean);
    bs_free(error);
    mpi_test_check(bs_surface_close(surface) == BS_OK, "closed");
}

static void run_all(const bs_comm *world)
{
    const branch_file f =
        BRANCH_LINE(.points = POINTS, .networks = NETWORKS, .realisations = REALISATIONS,
                    .blocks = BLOCKS, .branches = BRANCHES, .probes = PROBES, .images = IMAGES,
                    .losses = true, .value = value);
    bs_surface *surface = branch_analyse(world, &f);
    if (mpi_test_check(surface != NULL, "a file of planted signals is analysed")) {
        compare(surface);
        exact_values(surface);
        mpi_test_check(bs_surface_close(surface) == BS_OK, "closed");
    }
    sign_changes(world);
}

const mpi_test mpi_test_file = {.run = run_all};
