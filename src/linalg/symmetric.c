/* Symmetric eigenproblems: LAPACK on one rank, or ScaLAPACK on all, and residuals by hand. */
#include "blueshift/symmetric.h"

#include <math.h>
#include <string.h>

#include "blueshift/memory.h"
#include "blueshift/process_grid.h"
#include "scalapack.h"

static const double TOLERANCE = 1e-10; /* relative to the matrix's norm: far above rounding */

/* LAPACK, from OpenBLAS; gfortran's hidden lengths may be left out. */
void dsyev_(const char *jobz, const char *uplo, const int *n, double *a, const int *lda, double *w,
            double *work, const int *lwork, int *info);

static bs_status check_info(const char *routine, int n, int info)
{
    return info == 0 ? BS_OK
                     : BS_FAIL(BS_ERR_LIBRARY,
                               "%s could not find the eigenvectors of a matrix of %d rows (INFO "
                               "%d)",
                               routine, n, info);
}

/* ---- one rank ---- */

/* VECTORS holds the matrix and becomes its eigenvectors: Fortran's columns are C's rows. */
static bs_status solve_alone(int n, double *values, double *vectors)
{
    int info = 0;
    int lwork = -1;
    double size = 0.0;
    dsyev_("V", "L", &n, vectors, &n, values, &size, &lwork, &info);
    lwork = (int)size + 3 * n;
    double *work = bs_alloc((size_t)lwork, sizeof *work);
    if (work == NULL) {
        return BS_ERR_MEMORY;
    }
    dsyev_("V", "L", &n, vectors, &n, values, work, &lwork, &info);
    bs_free(work);
    return check_info("DSYEV of LAPACK", n, info);
}

/* ---- all ranks ---- */

typedef struct distributed {
    bs_process_grid *grid;
    bs_block_cyclic layout;
    double *matrix, *vectors; /* this rank's parts */
    double *work;
    int lwork;
} distributed;

static void fill(const distributed *d, int n, const double *matrix)
{
    for (int j = 0; j < d->layout.local_columns; j++) {
        const double *row = matrix + (size_t)bs_block_cyclic_column(&d->layout, j) * (size_t)n;
        double *out = d->matrix + (size_t)j * (size_t)d->layout.leading;
        for (int i = 0; i < d->layout.local_rows; i++) {
            out[i] = row[bs_block_cyclic_row(&d->layout, i)];
        }
    }
}

/* Everybody's share of the eigenvectors, zeros elsewhere: their sum has no rounding. */
static bs_status collect(const distributed *d, int n, double *vectors)
{
    memset(vectors, 0, (size_t)n * (size_t)n * sizeof *vectors);
    for (int j = 0; j < d->layout.local_columns; j++) {
        double *row = vectors + (size_t)bs_block_cyclic_column(&d->layout, j) * (size_t)n;
        const double *in = d->vectors + (size_t)j * (size_t)d->layout.leading;
        for (int i = 0; i < d->layout.local_rows; i++) {
            row[bs_block_cyclic_row(&d->layout, i)] = in[i];
        }
    }
    for (int k = 0; k < n; k++) { /* a row at a time: MPI counts to 2^31 */
        BS_TRY(BS_MPI(MPI_Allreduce(MPI_IN_PLACE, vectors + (size_t)k * (size_t)n, n, MPI_DOUBLE,
                                    MPI_SUM, d->grid->comm.mpi)));
    }
    return BS_OK;
}

/* As much as LWORK says; -1: the first number of WORK becomes what it takes. */
static bs_status solve(distributed *d, int n, double *values, double *work, int lwork)
{
    const int one = 1;
    int info = 0;
    pdsyev_("V", "L", &n, d->matrix, &one, &one, d->layout.descriptor, values, d->vectors, &one,
            &one, d->layout.descriptor, work, &lwork, &info);
    return check_info("PDSYEV of ScaLAPACK", n, info);
}

static bs_status allocate(distributed *d, int n, double *values)
{
    double size[2] = {0.0, 0.0};
    d->matrix = bs_alloc(bs_block_cyclic_size(&d->layout), sizeof *d->matrix);
    d->vectors = bs_alloc(bs_block_cyclic_size(&d->layout), sizeof *d->vectors);
    if (d->matrix == NULL || d->vectors == NULL) {
        return BS_ERR_MEMORY;
    }
    BS_TRY(solve(d, n, values, size, -1));
    d->lwork = (int)size[0] + 1;
    d->work = bs_alloc((size_t)d->lwork, sizeof *d->work);
    return d->work == NULL ? BS_ERR_MEMORY : BS_OK;
}

static bs_status run(distributed *d, int n, const double *matrix, double *values, double *vectors)
{
    BS_TRY(bs_block_cyclic_init(d->grid, n, n, 0, &d->layout));
    BS_TRY(bs_agree(&d->grid->comm, allocate(d, n, values)));
    fill(d, n, matrix);
    BS_TRY(bs_agree(&d->grid->comm, solve(d, n, values, d->work, d->lwork)));
    return collect(d, n, vectors);
}

static bs_status solve_together(const bs_comm *comm, int n, const double *matrix, double *values,
                                double *vectors)
{
    distributed d = {.grid = NULL};
    BS_TRY(bs_process_grid_create(comm, &d.grid));
    bs_status status = run(&d, n, matrix, values, vectors);
    bs_free(d.matrix);
    bs_free(d.vectors);
    bs_free(d.work);
    bs_process_grid_destroy(d.grid);
    return status;
}

/* ---- both ---- */

static void swap(double *a, double *b)
{
    double kept = *a;
    *a = *b;
    *b = kept;
}

/* From ascending to descending, and every eigenvector to its sign. */
static void arrange(int n, double *values, double *vectors)
{
    for (int k = 0; k < n / 2; k++) {
        double *a = vectors + (size_t)k * (size_t)n;
        double *b = vectors + (size_t)(n - 1 - k) * (size_t)n;
        swap(&values[k], &values[n - 1 - k]);
        for (int i = 0; i < n; i++) {
            swap(&a[i], &b[i]);
        }
    }
    for (int k = 0; k < n; k++) {
        double *v = vectors + (size_t)k * (size_t)n;
        int largest = 0;
        for (int i = 1; i < n; i++) {
            largest = fabs(v[i]) > fabs(v[largest]) ? i : largest;
        }
        for (int i = 0; i < n && v[largest] < 0.0; i++) {
            v[i] = i == largest ? v[i] : -v[i];
        }
        v[largest] = fabs(v[largest]);
    }
}

static double dot(int n, const double *a, const double *b)
{
    double sum = 0.0;
    for (int i = 0; i < n; i++) {
        sum += a[i] * b[i];
    }
    return sum;
}

/* What the eigenvectors miss the matrix by, relative to SCALE, and one another's right angles. */
static double worst_residual(int n, const double *matrix, const double *values,
                             const double *vectors, double scale)
{
    double worst = 0.0;
    for (int k = 0; k < n; k++) {
        const double *v = vectors + (size_t)k * (size_t)n;
        double squares = 0.0;
        for (int i = 0; i < n; i++) {
            double miss = dot(n, matrix + (size_t)i * (size_t)n, v) - values[k] * v[i];
            squares += miss * miss;
        }
        worst = fmax(worst, sqrt(squares) / scale);
        for (int l = 0; l <= k; l++) {
            worst = fmax(worst, fabs(dot(n, v, vectors + (size_t)l * (size_t)n) - (l == k)));
        }
        worst = isfinite(values[k]) && isfinite(squares) ? worst : (double)INFINITY;
    }
    return worst;
}

static bs_status check(int n, const double *matrix, const double *values, const double *vectors)
{
    double scale = 0.0;
    for (int i = 0; i < n * n; i++) {
        scale = fmax(scale, fabs(matrix[i]));
    }
    double worst = worst_residual(n, matrix, values, vectors, scale > 0.0 ? scale * n : 1.0);
    return worst <= TOLERANCE ? BS_OK
                              : BS_FAIL(BS_ERR_LIBRARY,
                                        "the eigenvectors of a matrix of %d rows miss it by %.3g "
                                        "of its size; report it, with the number of ranks",
                                        n, worst);
}

bs_status bs_symmetric_eigen(const bs_comm *comm, int n, int alone, const double *matrix,
                             double *values, double *vectors)
{
    const size_t count = (size_t)n * (size_t)n;
    if (n > alone) {
        BS_TRY(solve_together(comm, n, matrix, values, vectors));
    }
    bs_status status = BS_OK;
    if (comm->rank == 0) {
        if (n <= alone) {
            memcpy(vectors, matrix, count * sizeof *vectors);
            status = solve_alone(n, values, vectors);
        }
        if (status == BS_OK) {
            arrange(n, values, vectors);
            status = check(n, matrix, values, vectors);
        }
    }
    BS_TRY(bs_agree(comm, status));
    if (comm->size == 1) {
        return BS_OK;
    }
    BS_TRY(BS_MPI(MPI_Bcast(values, n, MPI_DOUBLE, 0, comm->mpi)));
    for (int k = 0; k < n; k++) {
        BS_TRY(BS_MPI(MPI_Bcast(vectors + (size_t)k * (size_t)n, n, MPI_DOUBLE, 0, comm->mpi)));
    }
    return BS_OK;
}
