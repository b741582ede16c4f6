/* Branch losses of known correlation by octave come back, and unrelated ones show none. */
#include "branch_file.h"

enum { POINTS = 32, TOP = 12, REALISATIONS = 40, BLOCKS = 3, BRANCHES = 4 };
enum { PLANTED, UNRELATED, ALIKE, NETWORKS };
enum { BANDS = 4 };

static const double FULL = 6.283185307179586;

/* Correlation of skip and path 0 in the octave of wavenumber K. */
static double planted(int k)
{
    return k < 2 ? 0.9 : k < 4 ? 0.6 : k < 8 ? 0.3 : 0.0;
}

static void draw(const place *at, int signal, int k, double x[2])
{
    const bs_rng rng = {.seed = 23,
                        .stream = BS_STREAM_TEST,
                        .realisation = (uint32_t)(at->network * REALISATIONS + at->realisation),
                        .item = (uint32_t)(at->block * 8 + signal)};
    bs_rng_normal(&rng, 2 * (uint64_t)k, 2, x);
}

/* ALIKE: all realisations share one curve, on which every branch sits with noise of its own: what a
 * common envelope does. Its null is as high as the measurement. */
static double value(const place *at, int t)
{
    if (at->branch == BS_BRANCH_SUM || at->probe >= 0) {
        return 1.0;
    }
    if (at->network != PLANTED && at->branch > BS_BRANCH_PATH) {
        return NAN;
    }
    double sum = 3.0;
    for (int k = 1; k <= TOP; k++) {
        double own[2];
        double common[2];
        draw(at, 1 + at->branch, k, own);
        place shared = *at;
        shared.realisation = at->network == ALIKE ? 0 : at->realisation;
        draw(&shared, 0, k, common);
        double rho = at->network == PLANTED ? planted(k) : at->network == ALIKE ? 0.8 : 0.0;
        for (int part = 0; part < 2; part++) {
            double angle = FULL * t * k / POINTS - (part == 0 ? 0.0 : FULL / 4);
            sum += (sqrt(rho) * common[part] + sqrt(1.0 - rho) * own[part]) * cos(angle);
        }
    }
    return sum;
}

/* What a correlation RHO gives on average over a band of M wavenumbers, 2 M real numbers: few of
 * them bias it towards 0. Source: Fisher 1915. */
static double biased(double rho, int m)
{
    double sum = 1.0;
    double term = 1.0;
    for (int n = 0; n < 500; n++) {
        term *= (0.5 + n) * (0.5 + n) / ((m + 1.0 + n) * (n + 1.0)) * rho * rho;
        sum += term;
    }
    double gammas = exp(2.0 * (lgamma(m + 0.5) - lgamma(m)));
    return rho * gammas / m * sum;
}

/* Whether NAME lies within 4 of its standard errors (and .002) of WANTED in every band. */
static bool near(bs_surface *surface, int network, const char *name, const double *wanted)
{
    char error_name[96];
    snprintf(error_name, sizeof error_name, "%s_stderr", name);
    double *row = result_row(surface, name, network, NULL);
    double *error = result_row(surface, error_name, network, NULL);
    bool good = row != NULL && error != NULL;
    for (int band = 0; band < BANDS && good; band++) {
        int wavenumbers = band < BANDS - 1 ? 1 << band : TOP - (1 << band) + 1;
        double mean = biased(wanted[band], wavenumbers);
        good = fabs(row[band] - mean) < 4.0 * error[band] + 2e-3;
    }
    bs_free(row);
    bs_free(error);
    return good;
}

static void test_bands(bs_surface *surface)
{
    static const char name[] = "branch_loss_band_correlation";
    static const double nothing[BANDS] = {0.0};
    static const double expected[BANDS] = {0.9, 0.6, 0.3, 0.0};
    double *first = result_row(surface, "band_first", 0, NULL);
    double *last = result_row(surface, "band_last", 0, NULL);
    mpi_test_check(first != NULL && last != NULL && first[1] == 2.0 && last[1] == 3.0 &&
                       first[3] == 8.0 && last[3] == 16.0,
                   "octaves, Nyquist's wavenumber in the last one");
    bs_free(first);
    bs_free(last);
    mpi_test_check(near(surface, PLANTED, name, expected), "planted correlations come back");
    mpi_test_check(near(surface, PLANTED, "branch_loss_band_correlation_null", nothing),
                   "foreign realisations have none");
    mpi_test_check(near(surface, UNRELATED, name, nothing), "unrelated branches have none");
    double *seen = result_row(surface, name, ALIKE, NULL);
    double *null = result_row(surface, "branch_loss_band_correlation_null", ALIKE, NULL);
    double *error = result_row(surface, "branch_loss_band_correlation_null_stderr", ALIKE, NULL);
    bool fooled = seen != NULL && null != NULL && error != NULL;
    for (int band = 0; band < BANDS && fooled; band++) {
        fooled = seen[band] > 0.4 && fabs(seen[band] - null[band]) < 4.0 * error[band] + 0.02;
    }
    mpi_test_check(fooled, "a common envelope looks like correlation, and the null gives it away");
    bs_free(seen);
    bs_free(null);
    bs_free(error);
    mpi_test_check(near(surface, PLANTED, "path_loss_band_correlation", expected),
                   "paths share what the skip shares");
}

static void run_all(const bs_comm *world)
{
    const branch_file f =
        BRANCH_LINE(.points = POINTS, .networks = NETWORKS, .realisations = REALISATIONS,
                    .blocks = BLOCKS, .branches = BRANCHES, .losses = true, .value = value);
    bs_surface *surface = branch_analyse(world, &f);
    if (mpi_test_check(surface != NULL, "a file of planted losses is analysed")) {
        test_bands(surface);
        mpi_test_check(bs_surface_close(surface) == BS_OK, "closed");
    }
}

const mpi_test mpi_test_file = {.run = run_all};
