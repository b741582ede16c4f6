/* Cholesky factors across ranks: vectors against a plain serial factorisation, failures agreed. */
#include <math.h>
#include <string.h>

#include "blueshift/cholesky.h"
#include "blueshift/fbm.h"
#include "blueshift/memory.h"
#include "mpi/mpi_test.h"

/* What the covariance depends on. */
typedef struct motion {
    double hurst;
    double n;
    int64_t repeated; /* this point is the one before it; -1: none */
} motion;

static double covariance(const void *context, int64_t i, int64_t j)
{
    const motion *m = context;
    i -= i == m->repeated;
    j -= j == m->repeated;
    return bs_fbm_covariance(m->hurst, ((double)i + 1.0) / m->n, ((double)j + 1.0) / m->n);
}

/* The textbook's factor, row by row. */
static void serial_factor(const motion *m, int n, double *l)
{
    for (int i = 0; i < n; i++) {
        for (int j = 0; j <= i; j++) {
            double sum = covariance(m, i, j);
            for (int k = 0; k < j; k++) {
                sum -= l[i * n + k] * l[j * n + k];
            }
            l[i * n + j] = i == j ? sqrt(sum) : sum / l[j * n + j];
        }
    }
}

/* Largest difference of this rank's vectors from L z, in terms of the vectors' scale of 1. */
static double largest_error(const motion *m, int n, const bs_rng *rng, bs_range mine,
                            const double *vectors)
{
    double *l = bs_alloc((size_t)n * (size_t)n, sizeof *l);
    double *z = bs_alloc((size_t)n, sizeof *z);
    double largest = 0.0;
    serial_factor(m, n, l);
    for (int64_t p = 0; p < mine.count; p++) {
        bs_rng one = *rng;
        one.realisation += (uint32_t)(mine.first + p);
        bs_rng_normal(&one, 0, (size_t)n, z);
        for (int i = 0; i < n; i++) {
            double wanted = 0.0;
            for (int k = 0; k <= i; k++) {
                wanted += l[i * n + k] * z[k];
            }
            largest = fmax(largest, fabs(wanted - vectors[p * n + i]));
        }
    }
    bs_free(l);
    bs_free(z);
    return largest;
}

static void vectors_are_the_serial_ones(const bs_process_grid *grid, double hurst, int n,
                                        int64_t count)
{
    const motion m = {.hurst = hurst, .n = n, .repeated = -1};
    const bs_rng rng = {.seed = 5, .stream = BS_STREAM_TEST, .realisation = 3};
    bs_cholesky *cholesky = NULL;
    bs_range mine = {.count = 0};
    double *vectors = NULL;
    bs_status status = bs_cholesky_create(grid, n, covariance, &m, &cholesky);
    if (!mpi_test_check(status == BS_OK, "H = %g, %d points: a factor", hurst, n)) {
        return;
    }
    mpi_test_check(bs_cholesky_residual(cholesky) < 1e-14, "whose residual is rounding");
    status = bs_cholesky_sample(cholesky, &rng, count, &mine, &vectors);
    if (mpi_test_check(status == BS_OK, "%d vectors", (int)count)) {
        double error = largest_error(&m, n, &rng, mine, vectors);
        mpi_test_check(error < 1e-11, "the serial ones, off by %.1e at most", error);
        int64_t total = mine.count;
        MPI_Allreduce(MPI_IN_PLACE, &total, 1, MPI_INT64_T, MPI_SUM, grid->comm.mpi);
        mpi_test_check(total == count && mine.first <= count, "each on one rank");
    }
    bs_free(vectors);
    bs_cholesky_destroy(cholesky);
}

static void equal_points_are_refused(const bs_process_grid *grid)
{
    const motion m = {.hurst = 0.5, .n = 40.0, .repeated = 17};
    bs_cholesky *cholesky = NULL;
    bs_status status = bs_cholesky_create(grid, 40, covariance, &m, &cholesky);
    mpi_test_check(status == BS_ERR_INPUT && cholesky == NULL &&
                       strstr(bs_error_text(), "not positive definite from point 18 on") != NULL,
                   "a point twice: no factor, on all ranks");
}

static void run_all(const bs_comm *world)
{
    bs_process_grid *grid = NULL;
    if (!mpi_test_check(bs_process_grid_create(world, &grid) == BS_OK, "a grid")) {
        return;
    }
    vectors_are_the_serial_ones(grid, 0.5, 1, 1);
    vectors_are_the_serial_ones(grid, 0.3, 3, 2);
    vectors_are_the_serial_ones(grid, 0.7, 50, 7);
    vectors_are_the_serial_ones(grid, 0.9, 200, 33);
    equal_points_are_refused(grid);
    bs_process_grid_destroy(grid);
}

const mpi_test mpi_test_file = {.run = run_all};
