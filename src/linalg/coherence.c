/* Coherence matrices, filled locally in a fixed order, and their eigenvalues by ScaLAPACK. */
#include "blueshift/coherence.h"

#include <math.h>
#include <stdbool.h>

#include "blueshift/memory.h"
#include "scalapack.h"

static const double TOLERANCE = 1e-10; /* of trace and norm, relative: far above rounding */

struct bs_coherence {
    int signals;
    bs_block_cyclic layout;
    double complex *matrix; /* this rank's part, destroyed by the eigensolver */
    double complex *work;
    double *rwork;
    int lwork, lrwork;
};

/* PZHEEV and not PZHEEVD, which computes eigenvectors whether wanted or not, from a workspace whose
 * size it reports too small for small matrices. */
static int solve(const bs_coherence *c, double complex *work, int lwork, double *rwork, int lrwork,
                 double *eigenvalues)
{
    const int one = 1;
    int info = 0;
    pzheev_("N", "L", &c->signals, c->matrix, &one, &one, c->layout.descriptor, eigenvalues,
            c->matrix, &one, &one, c->layout.descriptor, work, &lwork, rwork, &lrwork, &info);
    return info;
}

static bs_status take_workspace(bs_coherence *c)
{
    double complex lwork = 0.0;
    double lrwork[2] = {0.0, 0.0};
    double eigenvalue = 0.0;
    int info = solve(c, &lwork, -1, lrwork, -1, &eigenvalue);
    if (info != 0) {
        return BS_FAIL(BS_ERR_LIBRARY,
                       "PZHEEV of ScaLAPACK refuses a matrix of %d signals (INFO %d)", c->signals,
                       info);
    }
    /* At least what its documentation asks for: queries of this family have been wrong before. */
    int rows = c->layout.local_rows;
    int columns = c->layout.local_columns;
    int block = c->layout.block;
    c->lwork = (int)creal(lwork) + 1 + (rows + columns + 3 * block) * block + 3 * c->signals;
    c->lrwork = (int)lrwork[0] + 1 + 4 * c->signals;
    c->work = bs_alloc((size_t)c->lwork, sizeof *c->work);
    c->rwork = bs_alloc((size_t)c->lrwork, sizeof *c->rwork);
    return c->work == NULL || c->rwork == NULL ? BS_ERR_MEMORY : BS_OK;
}

bs_status bs_coherence_create(const bs_process_grid *grid, int signals, int block,
                              bs_coherence **coherence)
{
    bs_coherence *c = bs_alloc(1, sizeof *c);
    BS_TRY(bs_agree_block(&grid->comm, c));
    c->signals = signals;
    bs_status status = bs_block_cyclic_init(grid, signals, signals, block, &c->layout);
    if (status == BS_OK) {
        c->matrix = bs_alloc(bs_block_cyclic_size(&c->layout), sizeof *c->matrix);
        status = bs_agree(&grid->comm, c->matrix == NULL ? BS_ERR_MEMORY : BS_OK);
    }
    if (status == BS_OK) {
        status = bs_agree(&grid->comm, take_workspace(c));
    }
    if (status != BS_OK) {
        bs_coherence_destroy(c);
        return status;
    }
    *coherence = c;
    return BS_OK;
}

static double square(double complex x)
{
    return creal(x) * creal(x) + cimag(x) * cimag(x);
}

/* Sums of |X_i|^2 [signals]. False when a signal cannot be normalised: the same on all ranks, since
 * X is. */
static bool sum_powers(int signals, int64_t samples, const double complex *x, double *powers)
{
    bool whole = true;
    for (int i = 0; i < signals; i++) {
        double largest = 0.0;
        powers[i] = 0.0;
        for (int64_t s = 0; s < samples; s++) {
            double power = square(x[i * samples + s]);
            powers[i] += power;
            largest = power > largest ? power : largest;
        }
        whole = whole && isfinite(powers[i]) && powers[i] > 0.0 &&
                (samples == 1 || powers[i] > largest);
    }
    return whole;
}

/* One element of the matrix and its part in the sums of squares. Sums run over all samples on one
 * rank, so the bits do not depend on the grid. */
static double complex element(int64_t samples, const double complex *x, const double complex *y,
                              const double powers[2], double *squares)
{
    double complex sum = 0.0;
    for (int64_t s = 0; s < samples; s++) {
        sum += x[s] * conj(y[s]);
    }
    for (int64_t s = 0; s < samples; s++) {
        double rest = (powers[0] - square(x[s])) * (powers[1] - square(y[s]));
        squares[1 + s] += square(sum - x[s] * conj(y[s])) / rest;
    }
    double complex normalised = sum / (sqrt(powers[0]) * sqrt(powers[1]));
    squares[0] += square(normalised);
    return normalised;
}

static void fill(bs_coherence *c, int64_t samples, const double complex *x, const double *powers,
                 double *squares)
{
    const bs_block_cyclic *layout = &c->layout;
    for (int64_t s = 0; s <= samples; s++) {
        squares[s] = 0.0;
    }
    for (int column = 0; column < layout->local_columns; column++) {
        int j = bs_block_cyclic_column(layout, column);
        for (int row = 0; row < layout->local_rows; row++) {
            int i = bs_block_cyclic_row(layout, row);
            const double both[2] = {powers[i], powers[j]};
            c->matrix[row + (ptrdiff_t)column * layout->leading] =
                element(samples, x + i * samples, x + j * samples, both, squares);
        }
    }
}

/* Every rank holds all eigenvalues. */
static bs_status check(const bs_coherence *c, double squares, int info, const double *eigenvalues)
{
    double sum = 0.0;
    double sum_of_squares = 0.0;
    for (int i = 0; i < c->signals; i++) {
        sum += eigenvalues[i];
        sum_of_squares += eigenvalues[i] * eigenvalues[i];
    }
    bool right = fabs(sum - c->signals) <= TOLERANCE * c->signals &&
                 fabs(sum_of_squares - squares) <= TOLERANCE * squares;
    if (!right) {
        return BS_FAIL(BS_ERR_LIBRARY,
                       "the eigenvalues of a coherence matrix of %d signals add up to %.12g, their "
                       "squares to %.12g instead of %.12g (INFO of PZHEEV: %d); report it, with "
                       "the number of ranks",
                       c->signals, sum, sum_of_squares, squares, info);
    }
    return BS_OK;
}

bs_status bs_coherence_eigenvalues(bs_coherence *c, int64_t samples, const double complex *x,
                                   double *eigenvalues, double *squares)
{
    const bs_comm *comm = &c->layout.grid->comm;
    double *powers = bs_alloc((size_t)c->signals, sizeof *powers);
    BS_TRY(bs_agree_block(comm, powers));
    bool whole = sum_powers(c->signals, samples, x, powers);
    if (whole) {
        fill(c, samples, x, powers, squares);
    }
    bs_free(powers);
    if (!whole) {
        for (int64_t i = 0; i < c->signals; i++) {
            eigenvalues[i] = NAN;
        }
        for (int64_t s = 0; s <= samples; s++) {
            squares[s] = NAN;
        }
        return BS_OK;
    }
    BS_TRY(BS_MPI(
        MPI_Allreduce(MPI_IN_PLACE, squares, (int)samples + 1, MPI_DOUBLE, MPI_SUM, comm->mpi)));
    int info = solve(c, c->work, c->lwork, c->rwork, c->lrwork, eigenvalues);
    return bs_agree(comm, check(c, squares[0], info, eigenvalues));
}

void bs_coherence_destroy(bs_coherence *c)
{
    if (c == NULL) {
        return;
    }
    bs_free(c->matrix);
    bs_free(c->work);
    bs_free(c->rwork);
    bs_free(c);
}

double bs_coherence_effective(int64_t signals, double squares)
{
    return (double)signals * (double)signals / squares;
}

double bs_coherence_ceiling(int64_t signals, int64_t samples)
{
    double n = (double)samples;
    return (double)signals * n / (n + (double)signals - 1.0);
}

double bs_coherence_corrected(int64_t signals, int64_t samples, double squares)
{
    double n = (double)samples;
    double count = (double)signals;
    double corrected = (n * (squares - count) - count * (count - 1.0)) / (n - 1.0);
    return count + corrected > 0.0 ? count * count / (count + corrected) : (double)NAN;
}
