/* Principal components: planted ones are found, whatever the ranks; eigenvectors of both solvers.
 */
#include <math.h>
#include <string.h>

#include "blueshift/components.h"
#include "blueshift/memory.h"
#include "blueshift/rng.h"
#include "blueshift/symmetric.h"
#include "mpi/mpi_test.h"

/* More than one piece of 16384 elements, and one that is not full. */
enum { ROWS = 6, SIZE = 70000, KEPT = 2, LARGE = 90 };

static float whole[ROWS * SIZE], slices[ROWS * SIZE], vectors[KEPT][SIZE], alone[KEPT][SIZE];

/* Directions of length one without an element in common: 1/64 in 4096 places. */
static bool in_direction(int d, int64_t e)
{
    return e % 17 == d && e < INT64_C(17) * 4096;
}

static void plant(const double (*at)[KEPT], double noise)
{
    double normal[SIZE];
    for (int i = 0; i < ROWS; i++) {
        const bs_rng rng = {.seed = 5, .stream = BS_STREAM_TEST, .item = (uint32_t)i};
        bs_rng_normal(&rng, 0, SIZE, normal);
        for (int64_t e = 0; e < SIZE; e++) {
            double value = noise * normal[e];
            for (int d = 0; d < KEPT; d++) {
                value += in_direction(d, e) ? at[i][d] / 64.0 : 0.0;
            }
            whole[(size_t)i * SIZE + (size_t)e] = (float)value;
        }
    }
}

/* This rank's slices of the planted rows. */
static bs_component_rows take_slices(const bs_comm *comm, int count)
{
    const bs_range own = bs_component_slice(SIZE, comm->size, comm->rank);
    for (int i = 0; i < count; i++) {
        memcpy(slices + i * own.count, whole + (int64_t)i * SIZE + own.first,
               (size_t)own.count * sizeof *slices);
    }
    return (bs_component_rows){.count = count, .size = SIZE, .rows = slices};
}

static void check_slices(const bs_comm *world)
{
    bool good = true;
    for (int ranks = 1; ranks <= 9; ranks++) {
        int64_t next = 0;
        for (int rank = 0; rank < ranks; rank++) {
            bs_range slice = bs_component_slice(SIZE, ranks, rank);
            good = good && (slice.count == 0 || slice.first == next);
            next += slice.count;
        }
        good = good && next == SIZE;
    }
    mpi_test_check(good, "slices on %d ranks cover every element once", world->size);
}

/* Four points on two axes and their mean: variances 8 and 2, or .8 and .2 of the whole. */
static void check_planted(const bs_comm *world)
{
    static const double at[ROWS][KEPT] = {{3, 1}, {-1, 1}, {1, 2}, {1, 0}, {1, 1}, {1, 1}};
    bs_components c = {0};
    plant(at, 0.0);
    const bs_component_rows rows = take_slices(world, ROWS);
    bs_status status = bs_components_find(world, &rows, KEPT, &c);
    mpi_test_check(status == BS_OK, "planted components: %s", bs_error_text());
    if (status == BS_OK) {
        mpi_test_check(fabs(c.fraction[0] - 0.8) < 1e-12 && fabs(c.fraction[1] - 0.2) < 1e-12 &&
                           c.fraction[2] < 1e-12,
                       "they explain .8 and .2 of the variance: %.17g %.17g", c.fraction[0],
                       c.fraction[1]);
        double worst = 0.0;
        for (int i = 0; i < ROWS; i++) {
            for (int d = 0; d < KEPT; d++) {
                worst = fmax(worst, fabs(fabs(c.place[i * KEPT + d]) - fabs(at[i][d])));
            }
        }
        mpi_test_check(worst < 1e-10, "coordinates are those planted, off by %.3g", worst);
        worst = 0.0;
        for (int d = 0; d < KEPT && status == BS_OK; d++) {
            status = bs_components_vector(world, &rows, &c, d, vectors[d]);
            double sign = vectors[d][d] > 0.0F ? 1.0 : -1.0;
            for (int64_t e = 0; e < SIZE; e++) {
                double wanted = in_direction(d, e) ? sign / 64.0 : 0.0;
                worst = fmax(worst, fabs((double)vectors[d][e] - wanted));
            }
        }
        mpi_test_check(status == BS_OK && worst < 1e-9, "and so are the directions, off by %.3g",
                       worst);
    }
    bs_components_release(&c);
}

static bool same(int count, const double *a, const double *b)
{
    bool equal = a != NULL && b != NULL;
    for (int i = 0; i < count && equal; i++) {
        equal = a[i] == b[i];
    }
    return equal;
}

/* One process with whole vectors gives the bits of all of them with slices. */
static void check_bits(const bs_comm *world)
{
    static const double at[ROWS][KEPT] = {{9, 0}, {5, 1}, {3, 2}, {1, 3}, {0, 4}, {-1, 3}};
    bs_components together = {0};
    bs_components apart = {0};
    plant(at, 0.01);
    const bs_component_rows one = {.count = ROWS, .size = SIZE, .rows = whole};
    bs_status status = bs_components_find(&bs_comm_alone, &one, KEPT, &apart);
    const bs_component_rows rows = take_slices(world, ROWS);
    status = bs_agree(world, status);
    if (status == BS_OK) {
        status = bs_components_find(world, &rows, KEPT, &together);
    }
    for (int d = 0; d < KEPT && status == BS_OK; d++) {
        status = bs_components_vector(&bs_comm_alone, &one, &apart, d, alone[d]);
        status = bs_agree(world, status);
        if (status == BS_OK) {
            status = bs_components_vector(world, &rows, &together, d, vectors[d]);
        }
    }
    mpi_test_check(status == BS_OK && same(ROWS * KEPT, together.place, apart.place) &&
                       same(ROWS, together.fraction, apart.fraction),
                   "coordinates on %d ranks have the bits of one process", world->size);
    bool equal = true;
    for (int64_t e = 0; e < SIZE; e++) {
        equal = equal && vectors[0][e] == alone[0][e] && vectors[1][e] == alone[1][e];
    }
    mpi_test_check(equal, "directions, too");
    bs_components_release(&together);
    bs_components_release(&apart);
}

static void check_span(const bs_comm *world, const double (*at)[KEPT], int count, const char *span,
                       const char *name)
{
    bs_components c = {0};
    plant(at, 0.0);
    const bs_component_rows rows = take_slices(world, count);
    bs_status status = bs_components_find(world, &rows, KEPT, &c);
    mpi_test_check(status == BS_ERR_INPUT && strstr(bs_error_text(), span) != NULL, "%s: %s", name,
                   bs_error_text());
    bs_components_release(&c);
}

static void check_too_few(const bs_comm *world)
{
    static const double same[ROWS][KEPT] = {{3, 1}, {3, 1}, {3, 1}, {3, 1}, {3, 1}, {3, 1}};
    static const double line[ROWS][KEPT] = {{3, 1}, {4, 1}, {4, 1}, {7, 1}, {9, 1}, {3, 1}};
    check_span(world, same, ROWS, "span 0 directions", "one point six times");
    check_span(world, line, ROWS, "span 1 direction,", "points on a line, some twice");
    check_span(world, line, 1, "span 0 directions", "one point");
}

/* LAPACK on one rank and ScaLAPACK on all find the same. */
static void check_solvers(const bs_comm *world)
{
    const size_t n = LARGE;
    double *matrix = bs_alloc(n * n, sizeof *matrix);
    double *values[2] = {bs_alloc(n, sizeof(double)), bs_alloc(n, sizeof(double))};
    double *eigen[2] = {bs_alloc(n * n, sizeof(double)), bs_alloc(n * n, sizeof(double))};
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j < n; j++) {
            matrix[i * n + j] =
                1.0 / (1.0 + fabs((double)i - (double)j)) + (i == j ? (double)i : 0);
        }
    }
    bs_status status = bs_symmetric_eigen(world, LARGE, LARGE, matrix, values[0], eigen[0]);
    if (status == BS_OK) {
        status = bs_symmetric_eigen(world, LARGE, LARGE - 1, matrix, values[1], eigen[1]);
    }
    double worst = 0.0;
    bool descending = true;
    for (size_t k = 0; k < n; k++) {
        worst = fmax(worst, fabs(values[0][k] - values[1][k]));
        descending = descending && (k == 0 || values[0][k] <= values[0][k - 1]);
        for (size_t i = 0; i < n; i++) {
            worst = fmax(worst, fabs(eigen[0][k * n + i] - eigen[1][k * n + i]));
        }
    }
    mpi_test_check(status == BS_OK && descending && worst < 1e-11,
                   "DSYEV and PDSYEV on %d ranks agree to %.3g", world->size, worst);
    matrix[1] = NAN;
    status = bs_symmetric_eigen(world, LARGE, LARGE, matrix, values[0], eigen[0]);
    mpi_test_check(status == BS_ERR_LIBRARY, "a matrix with a NaN has no eigenvectors");
    bs_free(matrix);
    for (int i = 0; i < 2; i++) {
        bs_free(values[i]);
        bs_free(eigen[i]);
    }
}

static void run(const bs_comm *world)
{
    check_slices(world);
    check_planted(world);
    check_bits(world);
    check_too_few(world);
    check_solvers(world);
}

const mpi_test mpi_test_file = {.run = run};
