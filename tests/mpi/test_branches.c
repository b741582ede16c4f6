/* Branch statistics of a file against their definitions, sample by sample from the file's numbers.
 */
#include "branch_naive.h"

/* The larger of two errors; a NaN is the largest. */
static double worse(double worst, double off)
{
    return off <= worst ? worst : isnan(off) ? 1e9 : off;
}

/* The estimate, then the jackknife error. */
static void estimate(selection s, const char *name, double result[2])
{
    double replicates[REALISATIONS];
    double mean = 0.0;
    int count = 0;
    s.left_out = -1;
    result[0] = reference(&s, name);
    for (int r = 0; r < REALISATIONS; r++) {
        s.left_out = -1;
        if (used(&s, r)) {
            s.left_out = r;
            replicates[count++] = reference(&s, name);
            mean += replicates[count - 1];
        }
    }
    mean /= count;
    double squares = 0.0;
    for (int i = 0; i < count; i++) {
        squares += pow(replicates[i] - mean, 2);
    }
    result[1] = sqrt((count - 1.0) / count * squares);
}

/* Largest relative error of an array and its errors against the definition; huge where one is
 * missing and the other is not. */
static double worst_error(bs_surface *surface, const naive *n, int network, const char *level,
                          const char *name)
{
    char names[2][96];
    double worst = 0.0;
    snprintf(names[0], sizeof names[0], "%s%s", level, name);
    snprintf(names[1], sizeof names[1], "%s%s_stderr", level, name);
    int rows = strcmp(level, "block_") == 0 ? BLOCKS : strcmp(level, "stage_") == 0 ? 3 : 1;
    int own = network == SHALLOW ? 3 : 4;
    /* Stages of four blocks: two, one, one. */
    static const int stages[4] = {0, 2, 3, 4};
    for (int error = 0; error < 2; error++) {
        double *row = result_row(surface, names[error], network, NULL);
        for (int i = 0; i < rows * n->bins; i++) {
            int at = i / n->bins;
            selection s = {.n = n, .network = network, .first = at, .last = at + 1};
            s.k = i % n->bins;
            if (rows == 3) {
                s.first = network == SHALLOW ? at : stages[at];
                s.last = network == SHALLOW ? at + 1 : stages[at + 1];
            } else if (rows == 1) {
                s.first = 0;
                s.last = own;
            }
            double want[2];
            estimate(s, name, want);
            bool missing = s.k == 0 || at >= own;
            double got = row == NULL ? 1e9 : row[i];
            double off = missing ? (isnan(got) ? 0.0 : 1e9) : fabs(got / want[error] - 1.0);
            worst = worse(worst, off);
        }
        bs_free(row);
    }
    return worst;
}

static void check_network(bs_surface *surface, const naive *n, int network)
{
    static const char *const levels[] = {"block_", "stage_", ""};
    static const char *const names[2][9] = {
        {"skip_main_coherence", "damping", "damping_ed", "damping_fdsa", "damping_scaled",
         "damping_ed_scaled", "damping_fdsa_scaled", "branch_loss_correlation",
         "effective_signals"},
        {"path_coherence", "path_damping", "path_damping_ed", "path_damping_fdsa",
         "path_damping_scaled", "path_damping_ed_scaled", "path_damping_fdsa_scaled",
         "path_loss_correlation", "effective_signals"}};
    for (int i = 0; i < 9; i++) {
        double worst = 0.0;
        const char *name = names[network == PATHS][i];
        for (int l = i == 8 ? 2 : 0; l < 3; l++) {
            worst = fmax(worst, worst_error(surface, n, network, levels[l], name));
        }
        mpi_test_check(worst < 1e-12, "network %d: %s with its errors: %.1e", network, name, worst);
    }
}

/* Of what a network does not have there is nothing. */
static bool is_missing(bs_surface *surface, const char *name, int network, int count)
{
    double *row = result_row(surface, name, network, NULL);
    bool missing = row != NULL;
    for (int i = 0; i < count && missing; i++) {
        missing = isnan(row[i]);
    }
    bs_free(row);
    return missing;
}

static void check_powers(bs_surface *surface, const naive *n)
{
    static const char *const names[] = {"block_branch_loss_power", "block_branch_power"};
    double worst = 0.0;
    for (int probes = 0; probes < 2; probes++) {
        double *row = result_row(surface, names[probes], SHALLOW, NULL);
        for (int i = 0; i < BLOCKS * BRANCHES * n->bins && row != NULL; i++) {
            int at = i / n->bins;
            selection s = {.n = n, .network = SHALLOW, .k = i % n->bins, .left_out = -1};
            s.first = at / BRANCHES;
            s.last = s.first + 1;
            double want = power(&s, at % BRANCHES, probes == 1 ? PROBES : 1);
            bool missing = s.k == 0 || isnan(want);
            double off = missing ? (isnan(row[i]) ? 0.0 : 1e9) : fabs(row[i] / want - 1.0);
            worst = worse(worst, off);
        }
        worst = row == NULL ? 1e9 : worst;
        bs_free(row);
    }
    mpi_test_check(worst < 1e-12, "powers of all branches of all blocks: %.1e", worst);
}

static void check_file(const bs_comm *world, const branch_file *f)
{
    bs_surface *surface = branch_analyse(world, f);
    if (!mpi_test_check(surface != NULL, "%d points, %d images per neuron: analysed", f->points,
                        f->images)) {
        return;
    }
    naive *n = make_naive(f);
    for (int network = 0; network < NETWORKS; network++) {
        check_network(surface, n, network);
    }
    check_powers(surface, n);
    bool missing = is_missing(surface, "damping", PATHS, n->bins) &&
                   is_missing(surface, "skip_main_coherence_null", PATHS, n->bins) &&
                   is_missing(surface, "branch_loss_correlation_floor", PATHS, n->bins) &&
                   is_missing(surface, "path_damping", SHORT, n->bins) &&
                   is_missing(surface, "path_loss_correlation_floor", SHORT, n->bins);
    mpi_test_check(missing, "branches that a network lacks are missing");
    bs_free(n);
    mpi_test_check(bs_surface_close(surface) == BS_OK, "closed");
}

enum { MANY_BLOCKS = 257, MANY = 2 * MANY_BLOCKS, MANY_POINTS = 3, MANY_REALISATIONS = 3 };

/* Wavenumber K of the loss of skip or path SIGNAL in the file of many blocks. */
static double complex many(int signal, int realisation, int k)
{
    place at = {.realisation = realisation, .block = signal / 2, .probe = -1};
    at.branch = signal % 2 == 0 ? BS_BRANCH_SKIP : BS_BRANCH_PATH;
    double complex sum = 0.0;
    for (int t = 0; t < MANY_POINTS; t++) {
        double angle = -2.0 * PI * t * k / MANY_POINTS;
        sum += value(&at, t) * CMPLX(cos(angle), sin(angle));
    }
    return sum;
}

/* N^2 / sum |G_ij|^2. */
static double many_effective(int k)
{
    double complex x[MANY][MANY_REALISATIONS];
    double squares = 0.0;
    for (int i = 0; i < MANY; i++) {
        double norm = 0.0;
        for (int r = 0; r < MANY_REALISATIONS; r++) {
            x[i][r] = many(i, r, k);
            norm += square(x[i][r]);
        }
        for (int r = 0; r < MANY_REALISATIONS; r++) {
            x[i][r] /= sqrt(norm);
        }
    }
    for (int i = 0; i < MANY; i++) {
        for (int j = 0; j < MANY; j++) {
            double complex cross = 0.0;
            for (int r = 0; r < MANY_REALISATIONS; r++) {
                cross += x[i][r] * conj(x[j][r]);
            }
            squares += square(cross);
        }
    }
    return (double)MANY * MANY / squares;
}

/* A matrix too large for one rank is shared by all of them. */
static void many_signals(const bs_comm *world)
{
    const branch_file f =
        BRANCH_LINE(.points = MANY_POINTS, .networks = 1, .realisations = MANY_REALISATIONS,
                    .blocks = MANY_BLOCKS, .branches = 3, .losses = true, .value = value);
    bs_surface *surface = branch_analyse(world, &f);
    double *row = surface == NULL ? NULL : result_row(surface, "effective_signals", 0, NULL);
    double *eigenvalues =
        surface == NULL ? NULL : result_row(surface, "coherence_eigenvalue", 0, NULL);
    double worst = row == NULL || eigenvalues == NULL ? 1e9 : 0.0;
    for (int k = 1; k <= MANY_POINTS / 2 && worst < 1e9; k++) {
        double sum = 0.0;
        for (int i = 0; i < MANY; i++) {
            sum += eigenvalues[i * (MANY_POINTS / 2 + 1) + k];
        }
        worst = worse(worst, fabs(row[k] / many_effective(k) - 1.0));
        worst = worse(worst, fabs(sum / MANY - 1.0));
    }
    mpi_test_check(worst < 1e-12, "%d signals: %.1e", MANY, worst);
    bs_free(row);
    bs_free(eigenvalues);
    bs_surface_close(surface);
}

static void nothing_on_planes(const bs_comm *world)
{
    const branch_file plane = {.dimensions = 2,
                               .points = 3,
                               .networks = 1,
                               .realisations = 1,
                               .blocks = 1,
                               .branches = 3,
                               .losses = true,
                               .pending = -1,
                               .value = value};
    bs_surface *surface = branch_analyse(world, &plane);
    mpi_test_check(surface != NULL && bs_surface_find_array(surface, "branch_loss_power") < 0,
                   "nothing is added on planes");
    bs_surface_close(surface);
    const branch_file plain =
        BRANCH_LINE(.points = 3, .networks = 1, .realisations = 1, .value = value);
    surface = branch_analyse(world, &plain);
    mpi_test_check(surface != NULL && bs_surface_get_schema(surface)->array_count == 0,
                   "nor to a file without branches");
    bs_surface_close(surface);
    branch_file wrong = BRANCH_LINE(.points = 3, .networks = 1, .realisations = 1, .blocks = 1,
                                    .branches = 3, .probes = 3, .images = 2, .value = value);
    mpi_test_check(branch_analyse(world, &wrong) == NULL, "2 images do not divide 3 probes");
}

static void run_all(const bs_comm *world)
{
    branch_file f =
        BRANCH_LINE(.points = POINTS, .networks = NETWORKS, .realisations = REALISATIONS,
                    .blocks = BLOCKS, .branches = BRANCHES, .probes = PROBES, .losses = true,
                    .value = value);
    f.window = BS_WINDOW_HANN;
    f.pending = (int64_t)(PATHS * REALISATIONS + 2) * POINTS + 5;
    check_file(world, &f);
    /* An even number of points has Nyquist's; so few that matrices are shared by four ranks. */
    f.points = 4;
    f.images = 3;
    f.window = BS_WINDOW_NONE;
    f.pending = (int64_t)(PATHS * REALISATIONS + 2) * 4 + 1;
    check_file(world, &f);
    many_signals(world);
    nothing_on_planes(world);
}

const mpi_test mpi_test_file = {.run = run_all};
