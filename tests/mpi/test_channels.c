/* Spectra of many series: each equals the transform of its line alone, bit for bit, on any rank. */
#include <complex.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "blueshift/channels.h"
#include "blueshift/fault.h"
#include "blueshift/fft_mpi.h"
#include "blueshift/memory.h"
#include "blueshift/rng.h"
#include "mpi/mpi_test.h"

/* Odd, prime, more ranks than points, more ranks than channels, and single ones. */
static const struct {
    int64_t points, channels;
} cases[] = {{64, 40}, {51, 31}, {31, 51}, {17, 2}, {2, 17}, {3, 1}, {1, 3}, {1, 1}, {128, 10}};
enum { CASES = sizeof cases / sizeof cases[0] };

/* Series [points][channels] and how they are transformed. */
typedef struct setup {
    int64_t points, channels;
    const double *series;
    bs_window window;
    bool detrend;
} setup;

/* [points][channels], the same on every rank. */
static double *make_series(int64_t points, int64_t channels)
{
    double *series = bs_alloc((size_t)(points * channels), sizeof *series);
    bs_rng rng = {.seed = (uint64_t)points, .stream = BS_STREAM_TEST};
    bs_rng_normal(&rng, 0, (size_t)(points * channels), series);
    for (int64_t i = 0; i < points * channels; i++) {
        series[i] += 1.0 + (double)(i % channels);
    }
    return series;
}

/* Channel C on its own: the definition, through the transform of one line. */
static void transform_alone(const setup *s, int64_t c, double complex *out)
{
    double *line = bs_alloc((size_t)s->points, sizeof *line);
    double mean = 0.0;
    double total = 0.0;
    for (int64_t j = 0; j < s->points; j++) {
        line[j] = s->series[j * s->channels + c];
        mean += bs_window_weight(s->window, j, s->points) * line[j];
        total += bs_window_weight(s->window, j, s->points);
    }
    mean = s->detrend ? mean / total : 0.0;
    for (int64_t j = 0; j < s->points; j++) {
        line[j] = (line[j] - mean) * bs_window_weight(s->window, j, s->points);
    }
    (void)bs_fft_line(s->points, line, out);
    bs_free(line);
}

static bool channels_equal_lines(const bs_channels *plan, const setup *s, const double complex *out)
{
    const bs_range own = bs_channels_own(plan);
    const int64_t half = s->points / 2 + 1;
    double complex *wanted = bs_alloc((size_t)half, sizeof *wanted);
    bool equal = true;
    for (int64_t c = 0; c < own.count; c++) {
        transform_alone(s, own.first + c, wanted);
        equal = equal && memcmp(wanted, out + c * half, (size_t)half * sizeof *wanted) == 0;
    }
    bs_free(wanted);
    return equal;
}

/* The ranges of all ranks, in rank order, are 0 to COUNT without a gap. */
static bool tile(const bs_comm *comm, bs_range range, int64_t count)
{
    int64_t before = 0;
    int64_t all = 0;
    MPI_Exscan(&range.count, &before, 1, MPI_INT64_T, MPI_SUM, comm->mpi);
    MPI_Allreduce(&range.count, &all, 1, MPI_INT64_T, MPI_SUM, comm->mpi);
    return all == count && range.first == (comm->rank == 0 ? 0 : before);
}

static void every_channel_is_its_own_line(const bs_comm *comm)
{
    for (int i = 0; i < CASES; i++) {
        const int64_t points = cases[i].points;
        const int64_t channels = cases[i].channels;
        bs_channels *plan = NULL;
        bs_status status = bs_channels_create(comm, points, channels, &plan);
        if (!mpi_test_check(status == BS_OK, "plan %d", i)) {
            continue;
        }
        double *series = make_series(points, channels);
        const bs_range rows = bs_channels_points(plan);
        const bs_range own = bs_channels_own(plan);
        mpi_test_check(tile(comm, rows, points) && tile(comm, own, channels), "blocks %d tile", i);
        double complex *out = bs_alloc((size_t)(own.count * (points / 2 + 1)), sizeof *out);
        for (int kind = 0; kind < 4; kind++) {
            const setup how = {points, channels, series,
                               kind % 2 == 0 ? BS_WINDOW_NONE : BS_WINDOW_HANN, kind >= 2};
            status = bs_channels_forward(plan, how.window, how.detrend,
                                         series + rows.first * channels, out);
            mpi_test_check(status == BS_OK && channels_equal_lines(plan, &how, out),
                           "channels %d, window %s, detrend %d", i, bs_window_name(how.window),
                           how.detrend);
        }
        bs_free(out);
        bs_free(series);
        bs_channels_destroy(plan);
    }
}

/* A missing channel is missing and leaves its neighbours alone. */
static void a_missing_channel_stays_alone(const bs_comm *comm)
{
    enum { POINTS = 16, CHANNELS = 5, MISSING = 2 };
    bs_channels *plan = NULL;
    if (!mpi_test_check(bs_channels_create(comm, POINTS, CHANNELS, &plan) == BS_OK, "plan")) {
        return;
    }
    double *series = make_series(POINTS, CHANNELS);
    series[7 * CHANNELS + MISSING] = NAN;
    const bs_range rows = bs_channels_points(plan);
    const bs_range own = bs_channels_own(plan);
    double complex *out = bs_alloc((size_t)(own.count * (POINTS / 2 + 1)), sizeof *out);
    bs_status status =
        bs_channels_forward(plan, BS_WINDOW_HANN, true, series + rows.first * CHANNELS, out);
    bool right = status == BS_OK;
    for (int64_t i = 0; i < own.count * (POINTS / 2 + 1); i++) {
        bool missing = own.first + i / (POINTS / 2 + 1) == MISSING;
        right = right && isnan(creal(out[i])) == missing;
    }
    mpi_test_check(right, "NaN stays in its channel");
    bs_free(out);
    bs_free(series);
    bs_channels_destroy(plan);
}

static void impossible_sizes(const bs_comm *comm)
{
    static const int64_t bad[][2] = {{0, 4}, {4, 0}, {65536, 65536}, {-1, 1}};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        bs_channels *plan = NULL;
        bs_status status = bs_channels_create(comm, bad[i][0], bad[i][1], &plan);
        mpi_test_check(status == BS_ERR_INTERNAL && plan == NULL, "impossible size %zu", i);
    }
}

/* Runs first, because the injector counts from the start of the process. */
static void one_rank_without_memory(const bs_comm *comm)
{
    bs_channels *plan = NULL;
    bs_status status = bs_channels_create(comm, 64, 10, &plan);
    mpi_test_check(status == BS_ERR_MEMORY && plan == NULL, "all ranks learn of a full one");
}

static void run_all(const bs_comm *comm)
{
    mpi_test_fault(comm, "alloc:2", comm->size - 1);
    one_rank_without_memory(comm);

    every_channel_is_its_own_line(comm);
    a_missing_channel_stays_alone(comm);
    impossible_sizes(comm);
}

const mpi_test mpi_test_file = {.run = run_all};
