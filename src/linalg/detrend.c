/* Mean removal and windows on distributed surfaces, before a transform. */
#include <math.h>

#include "blueshift/fft_mpi.h"
#include "blueshift/memory.h"

/* Points of one row: a plane, line or point across the slowest axis. */
static int64_t row_points(const bs_grid *grid)
{
    return bs_grid_points(grid) / grid->axis[grid->ndim - 1].points;
}

/* Every rank's rows as the counts and displacements of an Allgatherv. */
static bs_status share_ranges(const bs_comm *comm, bs_range rows, int *counts, int *firsts)
{
    int count = (int)rows.count;
    int first = (int)rows.first;
    BS_TRY(BS_MPI(MPI_Allgather(&count, 1, MPI_INT, counts, 1, MPI_INT, comm->mpi)));
    return BS_MPI(MPI_Allgather(&first, 1, MPI_INT, firsts, 1, MPI_INT, comm->mpi));
}

/* Weights of all axes one after the other, from axis 0; computed once and not for every point. */
static double *window_weights(const bs_grid *grid, bs_window window)
{
    int64_t total = 0;
    for (int d = 0; d < grid->ndim; d++) {
        total += grid->axis[d].points;
    }
    double *weights = bs_alloc((size_t)total, sizeof *weights);
    double *next = weights;
    for (int d = 0; d < grid->ndim && weights != NULL; d++) {
        bs_window_fill(window, grid->axis[d].points, next);
        next += grid->axis[d].points;
    }
    return weights;
}

/* The product of the axes' weights at a point. */
static double weight_at(const bs_grid *grid, const double *weights, int64_t index)
{
    double weight = 1.0;
    for (int d = 0; d < grid->ndim; d++) {
        weight *= weights[index % grid->axis[d].points];
        index /= grid->axis[d].points;
        weights += grid->axis[d].points;
    }
    return weight;
}

/* The sum of the weights of all points, which is the product of the axes' sums. */
static double total_weight(const bs_grid *grid, const double *weights)
{
    double product = 1.0;
    for (int d = 0; d < grid->ndim; d++) {
        double sum = 0.0;
        for (int64_t i = 0; i < grid->axis[d].points; i++) {
            sum += *weights++;
        }
        product *= sum;
    }
    return product;
}

/* The mean of a surface that is constant, to the last bit. */
static bs_status take_constant(const bs_comm *comm, int64_t count, const double *values,
                               double *mean)
{
    double ends[2] = {INFINITY, INFINITY}; /* the smallest value, and minus the largest */
    for (int64_t i = 0; i < count; i++) {
        ends[0] = fmin(ends[0], values[i]);
        ends[1] = fmin(ends[1], -values[i]);
    }
    BS_TRY(BS_MPI(MPI_Allreduce(MPI_IN_PLACE, ends, 2, MPI_DOUBLE, MPI_MIN, comm->mpi)));
    *mean = ends[0] == -ends[1] ? ends[0] : *mean;
    return BS_OK;
}

/* The mean under the window from sums of whole rows, added up in the order of the rows on every
 * rank: rows are never cut between ranks, so the bits do not depend on who holds which. */
static bs_status surface_mean(const bs_comm *comm, const bs_grid *grid, const double *weights,
                              bs_range rows, const double *values, double *mean)
{
    const int64_t all_rows = grid->axis[grid->ndim - 1].points;
    const int64_t length = row_points(grid);
    double *own = bs_alloc((size_t)rows.count, sizeof *own);
    double *sums = bs_alloc((size_t)all_rows, sizeof *sums);
    int *counts = bs_alloc((size_t)comm->size, 2 * sizeof *counts);
    bool allocated = own != NULL && sums != NULL && counts != NULL;
    bs_status status = bs_agree(comm, allocated ? BS_OK : BS_ERR_MEMORY);
    if (status != BS_OK || !allocated) {
        goto done;
    }
    for (int64_t row = 0; row < rows.count; row++) {
        for (int64_t i = 0; i < length; i++) {
            own[row] += weight_at(grid, weights, (rows.first + row) * length + i) *
                        values[row * length + i];
        }
    }
    int *firsts = counts + comm->size;
    status = share_ranges(comm, rows, counts, firsts);
    if (status != BS_OK) {
        goto done;
    }
    status = BS_MPI(MPI_Allgatherv(own, (int)rows.count, MPI_DOUBLE, sums, counts, firsts,
                                   MPI_DOUBLE, comm->mpi));
    double sum = 0.0;
    for (int64_t row = 0; row < all_rows; row++) {
        sum += sums[row];
    }
    *mean = sum / total_weight(grid, weights);
    status = status != BS_OK ? status : take_constant(comm, rows.count * length, values, mean);
done:
    bs_free(own);
    bs_free(sums);
    bs_free(counts);
    return status;
}

static void apply(const bs_grid *grid, bs_range rows, double mean, const double *weights,
                  double *values)
{
    const int64_t length = row_points(grid);
    for (int64_t i = 0; i < rows.count * length; i++) {
        values[i] = (values[i] - mean) * weight_at(grid, weights, rows.first * length + i);
    }
}

bs_status bs_fft_detrend(const bs_comm *comm, const bs_grid *grid, bs_window window, bs_range rows,
                         double *values)
{
    double mean = 0.0;
    double *weights = window_weights(grid, window);
    bs_status status = bs_agree(comm, weights == NULL ? BS_ERR_MEMORY : BS_OK);
    if (status == BS_OK && weights != NULL) {
        status = surface_mean(comm, grid, weights, rows, values, &mean);
    }
    if (status == BS_OK) {
        apply(grid, rows, mean, weights, values);
    }
    bs_free(weights);
    return status;
}
