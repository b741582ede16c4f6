/* Distributed Cholesky factors, their check, and Gaussian vectors from them. */
#include "blueshift/cholesky.h"

#include <float.h>
#include <inttypes.h>
#include <limits.h>
#include <math.h>
#include <stdbool.h>

#include "blueshift/memory.h"
#include "scalapack.h"

static const bs_rng check_rng = {.seed = 1, .stream = BS_STREAM_CHECK};

struct bs_cholesky {
    bs_block_cyclic layout;
    double *factor; /* lower triangle; the upper one is left as it was */
    double residual;
};

/* Norm of C and products with the check's vector v, all of them whole on every rank. */
typedef struct check_sums {
    double norm;     /* |C|^2 */
    double *vector;  /* v */
    double *wanted;  /* C v */
    double *halfway; /* L^T v */
    double *got;     /* L L^T v */
} check_sums;

static bs_status sum(const bs_cholesky *c, double *values, int count)
{
    return BS_MPI(
        MPI_Allreduce(MPI_IN_PLACE, values, count, MPI_DOUBLE, MPI_SUM, c->layout.grid->comm.mpi));
}

/* Fills this rank's part, and this rank's share of C v. */
static void fill(bs_cholesky *c, bs_covariance covariance, const void *context, check_sums *sums)
{
    const bs_block_cyclic *layout = &c->layout;
    for (int j = 0; j < layout->local_columns; j++) {
        const int column = bs_block_cyclic_column(layout, j);
        double *values = c->factor + (size_t)j * (size_t)layout->leading;
        for (int i = 0; i < layout->local_rows; i++) {
            const int row = bs_block_cyclic_row(layout, i);
            values[i] = covariance(context, row, column);
            sums->norm += values[i] * values[i];
            sums->wanted[row] += values[i] * sums->vector[column];
        }
    }
}

/* This rank's share of L^T v (TRANSPOSED) or of L u. */
static void multiply_factor(const bs_cholesky *c, bool transposed, const double *in, double *out)
{
    const bs_block_cyclic *layout = &c->layout;
    for (int j = 0; j < layout->local_columns; j++) {
        const int column = bs_block_cyclic_column(layout, j);
        const double *values = c->factor + (size_t)j * (size_t)layout->leading;
        for (int i = 0; i < layout->local_rows; i++) {
            const int row = bs_block_cyclic_row(layout, i);
            if (row >= column && transposed) {
                out[column] += values[i] * in[row];
            } else if (row >= column) {
                out[row] += values[i] * in[column];
            }
        }
    }
}

static bs_status not_definite(const bs_cholesky *c, int point)
{
    return BS_FAIL(BS_ERR_INPUT,
                   "the covariance of %d points is not positive definite from point %d on: two "
                   "points are equal, or nearer than rounding can separate; use fewer points",
                   c->layout.rows, point);
}

static bs_status factorise(bs_cholesky *c)
{
    const int one = 1;
    int info = 0;
    pdpotrf_("L", &c->layout.rows, c->factor, &one, &one, c->layout.descriptor, &info);
    if (info > 0) {
        return not_definite(c, info);
    }
    if (info < 0) {
        return BS_FAIL(BS_ERR_INTERNAL, "pdpotrf refused argument %d", -info);
    }
    return BS_OK;
}

/* A pivot at the level of rounding may come out positive: what it stands for is noise. */
static bs_status check_pivots(const bs_cholesky *c, bs_covariance covariance, const void *context)
{
    const bs_block_cyclic *layout = &c->layout;
    int first = INT_MAX;
    for (int j = 0; j < layout->local_columns; j++) {
        const int column = bs_block_cyclic_column(layout, j);
        const int i = bs_block_cyclic_local_row(layout, column);
        if (i < 0) {
            continue;
        }
        double pivot = c->factor[(size_t)j * (size_t)layout->leading + (size_t)i];
        double rounding = layout->rows * DBL_EPSILON * covariance(context, column, column);
        if (pivot * pivot <= rounding && column < first) {
            first = column;
        }
    }
    BS_TRY(
        BS_MPI(MPI_Allreduce(MPI_IN_PLACE, &first, 1, MPI_INT, MPI_MIN, layout->grid->comm.mpi)));
    return first == INT_MAX ? BS_OK : not_definite(c, first + 1);
}

/* A normal v has E|E v|^2 = |E|^2 for the error E = C - L L^T: no second matrix is needed. */
static bs_status check_factor(bs_cholesky *c, check_sums *sums)
{
    static const double TOLERANCE = 1e-12; /* pdpotrf's is about 1e-16 */
    const int n = c->layout.rows;
    multiply_factor(c, true, sums->vector, sums->halfway);
    BS_TRY(sum(c, sums->halfway, n));
    multiply_factor(c, false, sums->halfway, sums->got);
    BS_TRY(sum(c, sums->got, n));
    double error = 0.0;
    for (int i = 0; i < n; i++) {
        error += (sums->wanted[i] - sums->got[i]) * (sums->wanted[i] - sums->got[i]);
    }
    c->residual = sqrt(error / sums->norm);
    if (!(c->residual <= TOLERANCE)) {
        return BS_FAIL(
            BS_ERR_LIBRARY,
            "ScaLAPACK's Cholesky factor of a %d x %d covariance is wrong: residual %.3g", n, n,
            c->residual);
    }
    return BS_OK;
}

static bs_status build(bs_cholesky *c, bs_covariance covariance, const void *context,
                       check_sums *sums)
{
    bs_rng_normal(&check_rng, 0, (size_t)c->layout.rows, sums->vector);
    fill(c, covariance, context, sums);
    BS_TRY(sum(c, sums->wanted, c->layout.rows));
    BS_TRY(sum(c, &sums->norm, 1));
    BS_TRY(bs_agree(&c->layout.grid->comm, factorise(c)));
    BS_TRY(bs_agree(&c->layout.grid->comm, check_pivots(c, covariance, context)));
    return bs_agree(&c->layout.grid->comm, check_factor(c, sums));
}

static bs_status take_memory(bs_cholesky *c, check_sums *sums)
{
    const size_t n = (size_t)c->layout.rows;
    c->factor = bs_alloc(bs_block_cyclic_size(&c->layout), sizeof *c->factor);
    double *block = bs_alloc(4 * n, sizeof *block);
    if (c->factor == NULL || block == NULL) {
        bs_free(block);
        return BS_ERR_MEMORY;
    }
    *sums = (check_sums){
        .vector = block, .wanted = block + n, .halfway = block + 2 * n, .got = block + 3 * n};
    return BS_OK;
}

bs_status bs_cholesky_create(const bs_process_grid *grid, int64_t n, bs_covariance covariance,
                             const void *context, bs_cholesky **cholesky)
{
    bs_block_cyclic layout;
    check_sums sums = {.norm = 0.0};
    BS_TRY(bs_block_cyclic_init(grid, n, n, 0, &layout));
    bs_cholesky *c = bs_alloc(1, sizeof *c);
    bs_status status = BS_ERR_MEMORY;
    if (c != NULL) {
        c->layout = layout;
        status = take_memory(c, &sums);
    }
    status = bs_agree(&grid->comm, status);
    if (status == BS_OK && c != NULL && sums.vector != NULL) {
        status = build(c, covariance, context, &sums);
    }
    bs_free(sums.vector);
    if (status != BS_OK) {
        bs_cholesky_destroy(c);
        return status;
    }
    *cholesky = c;
    return BS_OK;
}

void bs_cholesky_destroy(bs_cholesky *cholesky)
{
    if (cholesky != NULL) {
        bs_free(cholesky->factor);
        bs_free(cholesky);
    }
}

double bs_cholesky_residual(const bs_cholesky *cholesky)
{
    return cholesky->residual;
}

/* Normal numbers of this rank's rows of every local column, a run of rows at a time. */
static void draw(const bs_block_cyclic *layout, const bs_rng *rng, double *z)
{
    for (int j = 0; j < layout->local_columns; j++) {
        bs_rng column = *rng;
        column.realisation += (uint32_t)bs_block_cyclic_column(layout, j);
        double *values = z + (size_t)j * (size_t)layout->leading;
        for (int i = 0; i < layout->local_rows; i += layout->block) {
            int rest = layout->local_rows - i;
            int run = rest < layout->block ? rest : layout->block;
            bs_rng_normal(&column, (uint64_t)bs_block_cyclic_row(layout, i), (size_t)run,
                          values + i);
        }
    }
}

/* L Z on the factor's grid, then dealt out again as whole columns. */
static void multiply(const bs_cholesky *c, const bs_block_cyclic *square, double *z,
                     const bs_block_cyclic *columns, double *out)
{
    const int one = 1;
    const double unit = 1.0;
    pdtrmm_("L", "L", "N", "N", &square->rows, &square->columns, &unit, c->factor, &one, &one,
            c->layout.descriptor, z, &one, &one, square->descriptor);
    Cpdgemr2d(square->rows, square->columns, z, 1, 1, square->descriptor, out, 1, 1,
              columns->descriptor, c->layout.grid->context);
}

static bs_status sample(const bs_cholesky *c, const bs_process_grid *row, const bs_rng *rng,
                        int64_t count, bs_block_cyclic *columns, double **vectors)
{
    const bs_comm *comm = &c->layout.grid->comm;
    bs_block_cyclic square;
    BS_TRY(bs_block_cyclic_init(c->layout.grid, c->layout.rows, count, c->layout.block, &square));
    /* Blocks of as many columns as make one block per rank. */
    int64_t share = (count + comm->size - 1) / comm->size;
    BS_TRY(bs_block_cyclic_init(row, c->layout.rows, count, (int)share, columns));
    double *z = bs_alloc(bs_block_cyclic_size(&square), sizeof *z);
    double *out = bs_alloc(bs_block_cyclic_size(columns), sizeof *out);
    bs_status status = bs_agree(comm, z == NULL || out == NULL ? BS_ERR_MEMORY : BS_OK);
    if (status == BS_OK) {
        draw(&square, rng, z);
        multiply(c, &square, z, columns, out);
        *vectors = out;
    } else {
        bs_free(out);
    }
    bs_free(z);
    return status;
}

bs_status bs_cholesky_sample(const bs_cholesky *cholesky, const bs_rng *rng, int64_t count,
                             bs_range *mine, double **vectors)
{
    bs_process_grid *row = NULL;
    bs_block_cyclic columns = {.local_columns = 0};
    *vectors = NULL;
    BS_TRY(bs_process_grid_create_row(&cholesky->layout.grid->comm, &row));
    bs_status status = sample(cholesky, row, rng, count, &columns, vectors);
    if (status == BS_OK) {
        int first =
            columns.local_columns > 0 ? bs_block_cyclic_column(&columns, 0) : columns.columns;
        *mine = (bs_range){.first = first, .count = columns.local_columns};
    }
    bs_process_grid_destroy(row);
    return status;
}
