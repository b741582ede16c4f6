/* What is derived of whole files: means over realisations, logits, and any rank's digits. */
#include <complex.h>
#include <string.h>

#include "blueshift/fault.h"
#include "mpi/analysis_fixture.h"

/* One rank cannot read its rows: all ranks return, and alike, and the file says that it is not
 * whole. Runs first, because the injector counts from the start of the process. */
static void one_rank_fails(const bs_comm *comm)
{
    const made m = {.grid = made_unit_grid(2, 6, 9, 1),
                    .networks = 1,
                    .realisations = 1,
                    .loss = made_noise,
                    .pending = -1};
    bs_surface *surface = made_open(comm, &m, true);
    const bs_analysis_options shared = {.share_above = 1, .cutoff = 0.5, .tail = {0.25, 0.75}};
    int skipped = 0;
    bs_status status = bs_analysis_run(comm, surface, &shared, &skipped);
    mpi_test_check(status == BS_ERR_INTERNAL, "all ranks learn of a failed one");
    mpi_test_check(made_number(comm, surface, "analysis_complete", 0) == 0.0, "not complete");
    status = bs_analysis_run(comm, surface, &plain, &skipped);
    mpi_test_check(status == BS_OK, "the next run does it");
    mpi_test_check(made_number(comm, surface, "analysis_complete", 0) == 1.0, "complete");
    (void)bs_surface_close(surface);
}

/* Means and errors against two passes over the surfaces' own numbers; a pending one is left out. */
static void means_over_realisations(const bs_comm *comm)
{
    const bs_grid grids[] = {made_unit_grid(1, 32, 1, 1), made_unit_grid(2, 9, 12, 1)};
    for (int i = 0; i < 2; i++) {
        const int64_t points = bs_grid_points(&grids[i]);
        const made m = {.grid = grids[i],
                        .networks = 3,
                        .realisations = 4,
                        .loss = made_noise,
                        .error = 0.1,
                        .pending = 5 * points + 7}; /* network 1, realisation 1 */
        bs_surface *surface = made_analysed(comm, &m, &plain);
        for (int network = 0; network < 3; network++) {
            double used[4];
            int count = 0;
            double mean = 0.0;
            for (int r = 0; r < 4; r++) {
                double one = made_number(comm, surface, "roughness", network * 4 + r);
                if (network == 1 && r == 1) {
                    mpi_test_check(one > 1e36, "an incomplete surface has nothing derived");
                } else {
                    used[count++] = one;
                    mean += one;
                }
            }
            mean /= count;
            double squares = 0.0;
            for (int r = 0; r < count; r++) {
                squares += (used[r] - mean) * (used[r] - mean);
            }
            double error = sqrt(squares / (count - 1) / count);
            mpi_test_check(made_number(comm, surface, "realisations_analysed", network) == count,
                           "realisations of network %d", network);
            mpi_test_check(
                made_close(made_number(comm, surface, "roughness_mean", network), mean, 1e-13) &&
                    made_close(made_number(comm, surface, "roughness_stderr", network), error,
                               1e-12),
                "mean and error of network %d, %d-D", network, i + 1);
        }
        (void)bs_surface_close(surface);
    }
}

static void one_realisation_has_no_error(const bs_comm *comm)
{
    const made m = {.grid = made_unit_grid(1, 32, 1, 1),
                    .networks = 1,
                    .realisations = 1,
                    .loss = made_noise,
                    .error = 0.1,
                    .pending = -1};
    bs_surface *surface = made_analysed(comm, &m, &plain);
    mpi_test_check(isnan(made_number(comm, surface, "roughness_stderr", 0)), "no error of one");
    mpi_test_check(made_number(comm, surface, "roughness_mean", 0) ==
                       made_number(comm, surface, "roughness", 0),
                   "its mean is itself");
    (void)bs_surface_close(surface);
}

/* Logit C: a mean and a wave whose harmonic and amplitude depend on the channel. */
static double logit(int pair, double x, int64_t channel)
{
    double amplitude = 1.0 + 0.5 * (pair % 3);
    return 0.5 + amplitude * cos((double)(1 + channel % 3) * x + 0.3 * (double)channel);
}

static void logits_of_a_circle(const bs_comm *comm)
{
    const made m = {.grid = made_period_grid(32),
                    .radians = true,
                    .networks = 2,
                    .realisations = 3,
                    .loss = made_harmonics,
                    .images = 2,
                    .classes = 3,
                    .logit = logit,
                    .pending = -1};
    bs_surface *surface = made_analysed(comm, &m, &plain);
    /* Powers of a realisation: 6 x 1/4 at 0, and a^2/4 in two channels at +k and -k, k = 1, 2, 3.
     */
    double all = 0.0;
    double waves_only = 0.0;
    double squares = 0.0;
    const double a[3] = {1.0, 1.5, 2.0};
    for (int r = 0; r < 3; r++) {
        all += 1.5 + 3.0 * a[r] * a[r];
        waves_only += 0.5 * a[r] * a[r];
    }
    for (int r = 0; r < 3; r++) {
        double rest = 0.5 * a[r] * a[r] - waves_only / all * (1.5 + 3.0 * a[r] * a[r]);
        squares += rest * rest;
    }
    const double error = sqrt(squares * 3 / 2) / all;
    for (int network = 0; network < 2; network++) {
        int64_t bins = 0;
        double *power = made_row(comm, surface, "logits_power_mean", network, &bins);
        double *errors = made_row(comm, surface, "logits_power_stderr", network, &bins);
        double worst = fabs(power[0] - 4.5 / all);
        double sum = power[0];
        for (int64_t k = 1; k < bins; k++) {
            worst = fmax(worst, fabs(power[k] - (k <= 3 ? waves_only / all : 0.0)));
            worst = fmax(worst, fabs(errors[k] - (k <= 3 ? error : 0.0)));
            sum += (k == bins - 1 ? 1.0 : 2.0) * power[k];
        }
        mpi_test_check(worst < 1e-14, "power of the logits of network %d", network);
        mpi_test_check(fabs(sum - 1.0) < 1e-13, "their power sums to 1");
        bs_free(power);
        bs_free(errors);
        double second = made_number(comm, surface, "logits_second_moment_mean", network);
        mpi_test_check(fabs(second - 28.0 * waves_only / all) < 1e-12,
                       "their <k^2>, mean included");
    }
    (void)bs_surface_close(surface);
}

/* Waves of the classes on scales that differ between realisations, and one of all classes alike. */
static double scaled_logit(int pair, double x, int64_t channel)
{
    double scale = pow(30.0, pair);
    return scale * (cos((double)(1 + channel % 3) * x) + 7.0 * cos(5.0 * x));
}

/* At unit power neither counts: a third of the power lies at each of k = 1, 2, 3. */
static void normalised_logits(const bs_comm *comm)
{
    const made m = {.grid = made_period_grid(8),
                    .radians = true,
                    .networks = 1,
                    .realisations = 3,
                    .loss = made_harmonics,
                    .images = 2,
                    .classes = 3,
                    .logit = scaled_logit,
                    .pending = -1};
    bs_surface *surface = made_analysed(comm, &m, &plain);
    int64_t bins = 0;
    double *power = made_row(comm, surface, "logits_normalised_power_mean", 0, &bins);
    double *errors = made_row(comm, surface, "logits_normalised_power_stderr", 0, &bins);
    double worst = 0.0;
    for (int64_t k = 0; k < bins; k++) {
        worst = fmax(worst, fabs(power[k] - (k >= 1 && k <= 3 ? 1.0 / 6.0 : 0.0)));
        worst = fmax(worst, fabs(errors[k]));
    }
    mpi_test_check(bins == 5 && worst < 1e-12, "a third of the power at k = 1, 2, 3 each");
    bs_free(power);
    bs_free(errors);
    double second = made_number(comm, surface, "logits_normalised_second_moment_mean", 0);
    double beyond = made_number(comm, surface, "logits_undersampled_fraction_mean", 0);
    mpi_test_check(fabs(second - 14.0 / 3.0) < 1e-12, "their <k^2>");
    mpi_test_check(fabs(beyond - 1.0 / 3.0) < 1e-12, "k = 3 lies beyond half of Nyquist, 4");
    (void)bs_surface_close(surface);
}

/* A line: the channels' means leave, the window comes. */
static void logits_of_a_line(const bs_comm *comm)
{
    const made m = {.grid = made_unit_grid(1, 32, 1, 1),
                    .networks = 1,
                    .realisations = 1,
                    .loss = made_waves,
                    .images = 2,
                    .classes = 3,
                    .logit = logit,
                    .pending = -1};
    bs_surface *surface = made_analysed(comm, &m, &plain);
    int64_t bins = 0;
    double *power = made_row(comm, surface, "logits_power_mean", 0, &bins);
    mpi_test_check(fabs(power[0]) < 1e-14, "no mean");
    bs_free(power);
    (void)bs_surface_close(surface);
}

/* Every row of array A as rank 0 reads it, COUNT numbers; NULL of arrays of points. */
static double *whole_array(bs_surface *surface, int a, int64_t *count)
{
    const bs_surface_schema *schema = bs_surface_get_schema(surface);
    const int64_t rows[] = {[BS_ARRAY_REALISATION] =
                                (int64_t)schema->networks * schema->realisations,
                            [BS_ARRAY_NETWORK] = schema->networks,
                            [BS_ARRAY_GLOBAL] = 1};
    const bs_range range = {0, rows[schema->arrays[a].kind]};
    *count = range.count * bs_array_row(&schema->arrays[a]);
    double *data = bs_alloc((size_t)*count, sizeof *data);
    if (data == NULL || bs_surface_read_array(surface, a, range, data) != BS_OK) {
        abort();
    }
    return data;
}

/* Largest difference, of the largest number in A; infinite where only one of two is NaN. 0 means
 * the same numbers, bit for bit but for the sign of 0. */
static double difference(const double *a, const double *b, int64_t count)
{
    double worst = 0.0;
    double largest = 0.0;
    for (int64_t j = 0; j < count; j++) {
        largest = isnan(a[j]) ? largest : fmax(largest, fabs(a[j]));
        worst = isnan(a[j]) ? worst : fmax(worst, fabs(a[j] - b[j]));
        worst = isnan(a[j]) != isnan(b[j]) ? 1e300 : worst;
    }
    return largest > 0.0 ? worst / largest : worst;
}

/* Analyses the file on this rank alone, over again: the largest difference to what was there. */
static double analyse_alone(const bs_analysis_options *options)
{
    const bs_comm alone = {.mpi = MPI_COMM_SELF, .rank = 0, .size = 1};
    enum { ARRAYS_MAX = 100 };
    double *before[ARRAYS_MAX];
    bs_surface *surface = NULL;
    int skipped = 0;
    if (bs_surface_open(&alone, mpi_test_result, &surface) != BS_OK) {
        return 1e300;
    }
    const int arrays = bs_surface_get_schema(surface)->array_count;
    int64_t count = 0;
    for (int a = 0; a < arrays; a++) {
        before[a] = whole_array(surface, a, &count);
    }
    double worst = bs_analysis_run(&alone, surface, options, &skipped) == BS_OK ? 0.0 : 1e300;
    for (int a = 0; a < arrays; a++) {
        double *after = whole_array(surface, a, &count);
        worst = fmax(worst, difference(after, before[a], count));
        bs_free(after);
        bs_free(before[a]);
    }
    (void)bs_surface_close(surface);
    return worst;
}

/* Spectra that differ from realisation to realisation, so that their errors are not mere rounding.
 */
static double uneven_logit(int pair, double x, int64_t channel)
{
    return logit(pair, x, channel) + 0.1 * (double)pair * cos((double)(pair + 5) * x);
}

/* Every derived number of all ranks equals that of one rank alone, bit for bit; to 1e-12 where
 * ranks share the transform of a surface. The last planes are those of which FFTW plans parts
 * otherwise than the whole. */
static void any_number_of_ranks(const bs_comm *comm, int64_t share_above, double tolerance)
{
    bs_analysis_options options = hann;
    options.share_above = share_above;
    const bs_grid grids[] = {made_unit_grid(1, 51, 1, 1), made_unit_grid(2, 31, 17, 1),
                             made_unit_grid(3, 8, 5, 7), made_unit_grid(2, 128, 96, 1),
                             made_unit_grid(2, 100, 37, 1)};
    for (size_t i = 0; i < sizeof grids / sizeof grids[0]; i++) {
        const made m = {.grid = grids[i],
                        .networks = 2,
                        .realisations = 3,
                        .loss = made_noise,
                        .error = 0.1,
                        .images = i == 0 ? 3 : 0,
                        .classes = 5,
                        .logit = uneven_logit,
                        .pending = -1};
        (void)bs_surface_close(made_analysed(comm, &m, &options));
        double worst = comm->rank == 0 ? analyse_alone(&options) : 0.0;
        mpi_test_check(worst <= tolerance, "grid %zu: one rank finds the same, to %.1e", i, worst);
    }
}

/* Of a file from before there were arrays only the coefficients are written. */
static void an_older_file(const bs_comm *comm)
{
    const made m = {.grid = made_unit_grid(2, 24, 15, 1),
                    .networks = 1,
                    .realisations = 1,
                    .loss = made_waves,
                    .pending = -1};
    bs_surface *surface = made_open(comm, &m, false);
    int skipped = 0;
    bs_status status = bs_analysis_run(comm, surface, &plain, &skipped);
    mpi_test_check(status == BS_OK, "a file without arrays is transformed");
    double complex spectrum[15 * 13];
    MPI_Barrier(comm->mpi);
    status = bs_surface_read_spectrum(surface, 0, 0, (bs_range){0, 15}, spectrum);
    mpi_test_check(status == BS_OK && fabs(cabs(spectrum[11 * 13 + 3]) - 0.375) < 1e-13,
                   "its coefficient at (3, -4)");
    (void)bs_surface_close(surface);
}

static void run_all(const bs_comm *comm)
{
    mpi_test_fault(comm, "analyse:1", comm->size - 1);
    one_rank_fails(comm);
    means_over_realisations(comm);
    one_realisation_has_no_error(comm);
    logits_of_a_circle(comm);
    normalised_logits(comm);
    logits_of_a_line(comm);
    any_number_of_ranks(comm, 0, 0.0);
    any_number_of_ranks(comm, 1, 1e-12);
    an_older_file(comm);
}

const mpi_test mpi_test_file = {.run = run_all};
