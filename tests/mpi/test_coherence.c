/* Coherence matrices: eigenvalues against LAPACK, effective numbers of known signals. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "blueshift/coherence.h"
#include "blueshift/memory.h"
#include "blueshift/rng.h"
#include "mpi/mpi_test.h"

enum { SIGNALS_MAX = 160, SAMPLES_MAX = 4000 };

/* LAPACK, from OpenBLAS; gfortran's hidden lengths may be left out. */
void zheevd_(const char *jobz, const char *uplo, const int *n, double complex *a, const int *lda,
             double *w, double complex *work, const int *lwork, double *rwork, const int *lrwork,
             int *iwork, const int *liwork, int *info);

/* Signal i: OWN of its own and 1 of what all have in common, at a gain and phase of its own. */
static double complex *draw(int signals, int64_t samples, double own)
{
    double complex *x = bs_alloc((size_t)(signals * samples), sizeof *x);
    double *random = bs_alloc((size_t)samples, 2 * sizeof *random);
    for (int i = -1; i < signals; i++) {
        const bs_rng rng = {.seed = 3, .stream = BS_STREAM_TEST, .item = (uint32_t)(i + 1)};
        bs_rng_normal(&rng, 0, 2 * (size_t)samples, random);
        for (int64_t s = 0; s < samples; s++) {
            double complex z = CMPLX(random[2 * s], random[2 * s + 1]);
            for (int j = 0; i < 0 && j < signals; j++) {
                x[j * samples + s] = z;
            }
            if (i >= 0) {
                double complex sum = (own >= 1e6 ? 0.0 : 1.0) * x[i * samples + s] + own * z;
                x[i * samples + s] = (1 + i % 5) * cexp(CMPLX(0.0, i)) * sum;
            }
        }
    }
    bs_free(random);
    return x;
}

/* The matrix straight from its definition, without the samples [leave_out]. */
static double complex *serial_matrix(int n, int64_t samples, const double complex *x,
                                     int64_t leave_out)
{
    double complex *matrix = bs_alloc((size_t)n * (size_t)n, sizeof *matrix);
    for (int i = 0; i < n; i++) {
        for (int j = 0; j < n; j++) {
            double complex cross = 0.0;
            double powers[2] = {0.0, 0.0};
            for (int64_t s = 0; s < samples; s++) {
                double complex a = s == leave_out ? 0.0 : x[i * samples + s];
                double complex b = s == leave_out ? 0.0 : x[j * samples + s];
                cross += a * conj(b);
                powers[0] += creal(a * conj(a));
                powers[1] += creal(b * conj(b));
            }
            matrix[i + j * n] = cross / sqrt(powers[0] * powers[1]);
        }
    }
    return matrix;
}

static double serial_squares(int n, int64_t samples, const double complex *x, int64_t leave_out)
{
    double complex *matrix = serial_matrix(n, samples, x, leave_out);
    double sum = 0.0;
    for (int e = 0; e < n * n; e++) {
        sum += creal(matrix[e] * conj(matrix[e]));
    }
    bs_free(matrix);
    return sum;
}

static void serial_eigenvalues(int n, int64_t samples, const double complex *x, double *w)
{
    double complex *matrix = serial_matrix(n, samples, x, -1);
    int lwork = n * n + 2 * n;
    int lrwork = 1 + 5 * n + 2 * n * n;
    int liwork = 3 + 5 * n;
    double complex *work = bs_alloc((size_t)lwork, sizeof *work);
    double *rwork = bs_alloc((size_t)lrwork, sizeof *rwork);
    int *iwork = bs_alloc((size_t)liwork, sizeof *iwork);
    int info = 0;
    zheevd_("V", "L", &n, matrix, &n, w, work, &lwork, rwork, &lrwork, iwork, &liwork, &info);
    bs_free(matrix);
    bs_free(work);
    bs_free(rwork);
    bs_free(iwork);
}

/* Largest difference to LAPACK, relative to the largest eigenvalue, and of the sums of squares. */
static double worst_error(const bs_process_grid *grid, int signals, int64_t samples, int block)
{
    double complex *x = draw(signals, samples, 2.0);
    double got[SIGNALS_MAX];
    double want[SIGNALS_MAX];
    double *squares = bs_alloc((size_t)samples + 1, sizeof *squares);
    bs_coherence *c = NULL;
    double worst = INFINITY;
    if (bs_coherence_create(grid, signals, block, &c) == BS_OK &&
        bs_coherence_eigenvalues(c, samples, x, got, squares) == BS_OK) {
        serial_eigenvalues(signals, samples, x, want);
        worst = fabs(squares[0] / serial_squares(signals, samples, x, -1) - 1.0);
        worst = fmax(worst, fabs(squares[2] / serial_squares(signals, samples, x, 1) - 1.0));
        for (int i = 0; i < signals; i++) {
            worst = fmax(worst, fabs(got[i] - want[i]) / want[signals - 1]);
        }
    }
    bs_coherence_destroy(c);
    bs_free(squares);
    bs_free(x);
    return worst;
}

static void eigenvalues_are_lapacks(const bs_process_grid *grid)
{
    static const int cases[][3] = {{1, 5, 0},  {2, 5, 0},   {3, 7, 0},   {3, 7, 64}, {7, 3, 2},
                                   {16, 9, 1}, {33, 50, 5}, {40, 8, 64}, {81, 8, 0}, {97, 200, 16}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        double worst = worst_error(grid, cases[i][0], cases[i][1], cases[i][2]);
        mpi_test_check(worst < 1e-12, "%d signals, %d samples, blocks of %d: error %.1e",
                       cases[i][0], cases[i][1], cases[i][2], worst);
    }
}

static double effective_number(const bs_process_grid *grid, int signals, int64_t samples,
                               double own, double *corrected)
{
    double complex *x = draw(signals, samples, own);
    double eigenvalues[SIGNALS_MAX];
    double *squares = bs_alloc((size_t)samples + 1, sizeof *squares);
    bs_coherence *c = NULL;
    double effective = NAN;
    if (bs_coherence_create(grid, signals, 0, &c) == BS_OK &&
        bs_coherence_eigenvalues(c, samples, x, eigenvalues, squares) == BS_OK) {
        effective = bs_coherence_effective(signals, squares[0]);
        *corrected = bs_coherence_corrected(signals, samples, squares[0]);
    }
    bs_coherence_destroy(c);
    bs_free(squares);
    bs_free(x);
    return effective;
}

static void effective_numbers(const bs_process_grid *grid)
{
    double corrected = 0.0;
    double n = effective_number(grid, 12, SAMPLES_MAX, 1e6, &corrected);
    mpi_test_check(fabs(n / 12 - 1) < 0.01, "12 independent signals are %.3f", n);
    mpi_test_check(fabs(corrected / 12 - 1) < 0.005, "corrected: %.3f", corrected);
    n = effective_number(grid, 30, 10, 1e6, &corrected);
    double ceiling = bs_coherence_ceiling(30, 10);
    mpi_test_check(fabs(n / ceiling - 1) < 0.1 && fabs(ceiling - 300.0 / 39.0) < 1e-12,
                   "30 of 10 samples are %.2f, as expected of so few: %.2f", n, ceiling);
    mpi_test_check(fabs(corrected / 30 - 1) < 0.35, "corrected: %.1f", corrected);
    n = effective_number(grid, 12, 5, 0.0, &corrected);
    mpi_test_check(fabs(n - 1) < 1e-12 && fabs(corrected - 1) < 1e-12,
                   "12 identical signals are %.15g", n);
    /* Coherence 1/2 between all: sum of squares N + N (N-1)/4. */
    n = effective_number(grid, 12, SAMPLES_MAX, 1.0, &corrected);
    mpi_test_check(fabs(n / (144.0 / 45.0) - 1) < 0.05, "12 half coherent signals are %.3f", n);
}

static void broken_signals_are_missing(const bs_process_grid *grid)
{
    double complex *x = draw(4, 3, 2.0);
    double eigenvalues[4] = {0};
    double squares[4] = {0};
    bs_coherence *c = NULL;
    bs_status status = bs_coherence_create(grid, 4, 0, &c);
    x[2 * 3 + 1] = 0.0;
    x[2 * 3 + 2] = 0.0;
    status = status == BS_OK ? bs_coherence_eigenvalues(c, 3, x, eigenvalues, squares) : status;
    mpi_test_check(status == BS_OK && isnan(eigenvalues[3]) && isnan(squares[3]),
                   "a signal with one sample cannot lose it");
    x[2 * 3 + 1] = NAN;
    status = status == BS_OK ? bs_coherence_eigenvalues(c, 3, x, eigenvalues, squares) : status;
    mpi_test_check(status == BS_OK && isnan(eigenvalues[0]), "nor be NaN");
    x[2 * 3 + 1] = 1.0;
    status = status == BS_OK ? bs_coherence_eigenvalues(c, 3, x, eigenvalues, squares) : status;
    mpi_test_check(status == BS_OK && fabs(eigenvalues[0]) < 4.0, "the memory is used again");
    bs_coherence_destroy(c);
    bs_free(x);
}

/* A grid of this rank alone beside all others, as for many small matrices at once. */
static void ranks_work_alone(const bs_comm *world)
{
    bs_comm self = {.mpi = MPI_COMM_NULL};
    bs_process_grid *grid = NULL;
    bs_status status = bs_comm_create(MPI_COMM_SELF, &self);
    status = status == BS_OK ? bs_process_grid_create(&self, &grid) : status;
    double worst = status == BS_OK ? worst_error(grid, 20 + world->rank, 6, 0) : HUGE_VAL;
    mpi_test_check(worst < 1e-12, "every rank a matrix of its own");
    bs_process_grid_destroy(grid);
    bs_comm_release(&self);
}

static void run_all(const bs_comm *world)
{
    bs_process_grid *grid = NULL;
    if (!mpi_test_check(bs_process_grid_create(world, &grid) == BS_OK, "a grid")) {
        return;
    }
    eigenvalues_are_lapacks(grid);
    effective_numbers(grid);
    broken_signals_are_missing(grid);
    ranks_work_alone(world);
    bs_process_grid_destroy(grid);
}

const mpi_test mpi_test_file = {.run = run_all};
