/* Spectra of planted surfaces: waves, noise, power laws, floors, total variation. */
#include <complex.h>
#include <string.h>

#include "blueshift/curvature.h"
#include "mpi/analysis_fixture.h"

/* Power of bin K times its modes. */
static double total(const bs_comm *comm, bs_surface *surface, int64_t k)
{
    int64_t bins = 0;
    double *power = made_row(comm, surface, "radial_power", 0, &bins);
    double *modes = made_row(comm, surface, "modes", 0, &bins);
    double sum = k < bins ? power[k] * modes[k] : -1.0;
    bs_free(power);
    bs_free(modes);
    return sum;
}

static void planted_waves(const bs_comm *comm)
{
    const made m[] = {
        {.grid = made_unit_grid(2, 24, 15, 1),
         .networks = 1,
         .realisations = 1,
         .loss = made_waves,
         .pending = -1},
        {.grid = made_unit_grid(3, 16, 9, 7),
         .networks = 1,
         .realisations = 1,
         .loss = made_waves,
         .pending = -1},
    };
    for (int i = 0; i < 2; i++) {
        bs_surface *surface = made_analysed(comm, &m[i], &plain);
        const bool volume = m[i].grid.ndim == 3;
        /* The slow wave of a volume; of a plane, where z is 0, it is a constant. */
        const double slow = volume ? 0.125 : 0.0;
        const double fast = 0.5 * 0.75 * 0.75;
        mpi_test_check(fabs(total(comm, surface, 5) - fast) < 1e-13, "the wave at |k| = 5");
        mpi_test_check(fabs(total(comm, surface, 2) - slow) < 1e-13, "the wave at |k| = 2");
        mpi_test_check(fabs(total(comm, surface, 0)) < 1e-13, "no mean");
        mpi_test_check(fabs(total(comm, surface, 4)) < 1e-13, "and nothing else");
        double second = made_number(comm, surface, "second_moment", 0);
        double centroid = made_number(comm, surface, "centroid", 0);
        double high = made_number(comm, surface, "high_fraction", 0);
        mpi_test_check(fabs(second - (25 * fast + 4 * slow) / (fast + slow)) < 1e-12, "<k^2>");
        mpi_test_check(fabs(centroid - (5 * fast + 2 * slow) / (fast + slow)) < 1e-12, "centroid");
        /* Nyquist is 7 and 3: half of it lies below 5, and of the volume below 2. */
        mpi_test_check(fabs(high - 1.0) < 1e-12, "all is high");
        mpi_test_check(made_number(comm, surface, "analysis_complete", 0) == 1.0, "complete");
        (void)bs_surface_close(surface);
    }
}

/* A bowl on a slow wave, as a logarithm: exp of the planted waves. */
static double exponential_of_waves(int pair, int64_t point, const double at[BS_GRID_DIMS])
{
    return exp(made_waves(pair, point, at));
}

/* The logarithm's spectrum is that of the waves; whoever transforms: one rank, or all together. */
static void planted_logarithm(const bs_comm *comm)
{
    const made m = {.grid = made_unit_grid(2, 24, 15, 1),
                    .networks = 1,
                    .realisations = 2,
                    .loss = exponential_of_waves,
                    .pending = -1};
    double counted[2][BS_REGIONS];
    for (int shared = 0; shared < 2; shared++) {
        bs_analysis_options options = plain;
        options.share_above = shared == 1 ? 1 : 0;
        bs_surface *surface = made_analysed(comm, &m, &options);
        int64_t count = 0;
        double *power = made_row(comm, surface, "log_normalised_power", 1, &count);
        double *modes = made_row(comm, surface, "modes", 0, &count);
        mpi_test_check(fabs(power[5] * modes[5] - 1.0) < 1e-12, "the logarithm's wave");
        mpi_test_check(fabs(made_number(comm, surface, "log_second_moment_mean", 0) - 25.0) < 1e-10,
                       "the logarithm's <k^2>");
        mpi_test_check(made_number(comm, surface, "second_moment", 1) > 26.0,
                       "the loss itself has overtones");
        double *minima = made_row(comm, surface, "local_minima", 1, &count);
        mpi_test_check(count == BS_REGIONS, "minima by region");
        memcpy(counted[shared], minima, sizeof counted[shared]);
        bs_free(power);
        bs_free(modes);
        bs_free(minima);
        (void)bs_surface_close(surface);
    }
    for (int region = 0; region < BS_REGIONS; region++) {
        mpi_test_check(counted[0][region] == counted[1][region],
                       "all ranks together count the same minima, region %d", region);
    }
    mpi_test_check(counted[0][BS_REGION_ALL] >= 5.0 &&
                       counted[0][BS_REGION_ALL] ==
                           counted[0][BS_REGION_CENTRE] + counted[0][BS_REGION_RIM],
                   "minima of the wave");
}

static void planted_harmonics(const bs_comm *comm)
{
    const made m = {.grid = made_period_grid(64),
                    .radians = true,
                    .networks = 1,
                    .realisations = 3,
                    .loss = made_harmonics,
                    .pending = -1};
    bs_surface *surface = made_analysed(comm, &m, &plain);
    int64_t bins = 0;
    double *power = made_row(comm, surface, "radial_power", 2, &bins);
    double *magnitude = made_row(comm, surface, "radial_magnitude", 2, &bins);
    double *unit = made_row(comm, surface, "normalised_power", 2, &bins);
    double *axis = made_row(comm, surface, "wavenumber", 0, &bins);
    const double all = 2.0 * (0.375 * 0.375 + 0.125 * 0.125);
    double worst = 0.0;
    for (int64_t k = 0; k < bins; k++) {
        double amplitude = k == 3 ? 0.375 : k == 7 ? 0.125 : 0.0;
        worst = k == 0 ? worst : fmax(worst, fabs(unit[k] - amplitude * amplitude / all));
        worst = fmax(worst, fabs(magnitude[k] - amplitude));
        worst = fmax(worst, fabs(power[k] - amplitude * amplitude));
        worst = fmax(worst, fabs(axis[k] - (double)k));
    }
    mpi_test_check(bins == 33 && worst < 1e-13, "half the amplitude at each harmonic");
    bs_free(power);
    bs_free(magnitude);
    bs_free(unit);
    bs_free(axis);
    double *gradient = made_row(comm, surface, "gradient_correlation", 2, &bins);
    double off = 0.0;
    for (int64_t lag = 0; lag < bins; lag++) {
        double t = 2.0 * BS_PI * (double)lag / 64.0;
        double slow = 9 * 0.375 * 0.375;
        double fast = 49 * 0.125 * 0.125;
        double exact = (slow * cos(3 * t) + fast * cos(7 * t)) / (slow + fast);
        off = fmax(off, fabs(gradient[lag] - exact));
    }
    mpi_test_check(bins == 33 && off < 1e-12, "the gradient's autocorrelation");
    bs_free(gradient);
    double *structure = made_row(comm, surface, "structure_function", 2, &bins);
    off = 0.0;
    for (int64_t lag = 0; lag < bins; lag++) {
        double t = 2.0 * BS_PI * (double)lag / 64.0;
        double exact = (9.0 * (1.0 - cos(3 * t)) + (1.0 - cos(7 * t))) / 10.0;
        off = fmax(off, fabs(structure[lag] - exact));
    }
    mpi_test_check(bins == 33 && off < 1e-12, "the structure function");
    bs_free(structure);
    mpi_test_check(made_number(comm, surface, "undersampled_fraction", 1) < 1e-20,
                   "64 points are enough for 7 periods");
    double share = 0.75 * 0.75 + 0.25 * 0.25;
    double second = made_number(comm, surface, "second_moment_mean", 0);
    mpi_test_check(fabs(second - (9 * 0.75 * 0.75 + 49 * 0.0625) / share) < 1e-12, "mean <k^2>");
    double spread = made_number(comm, surface, "second_moment_stderr", 0);
    mpi_test_check(fabs(spread) < 1e-12, "alike, so no spread");
    (void)bs_surface_close(surface);
}

/* A line does not go on at its end: pair by pair. */
static void structure_of_a_line(const bs_comm *comm, bs_surface *surface, const made *m)
{
    enum { N = 40 };
    double x[N], mean = 0.0, variance = 0.0, worst = 0.0;
    for (int i = 0; i < N; i++) {
        double at[BS_GRID_DIMS];
        bs_grid_coordinates(&m->grid, i, at);
        x[i] = m->loss(0, i, at);
        mean += x[i] / N;
    }
    for (int i = 0; i < N; i++) {
        variance += (x[i] - mean) * (x[i] - mean) / N;
    }
    int64_t lags = 0;
    double *structure = made_row(comm, surface, "structure_function", 0, &lags);
    for (int lag = 0; lag < lags; lag++) {
        double sum = 0.0;
        for (int i = 0; i + lag < N; i++) {
            sum += (x[i + lag] - x[i]) * (x[i + lag] - x[i]);
        }
        worst = fmax(worst, fabs(structure[lag] - sum / (N - lag) / (2.0 * variance)));
    }
    bs_free(structure);
    mpi_test_check(lags == N / 2 + 1 && worst < 1e-13, "the structure function of a line");
}

/* Along a line the window turns a whole wave into three lines of 1/4, 1/2, 1/4 of its height. */
static void windowed_wave(const bs_comm *comm)
{
    const made m = {.grid = made_unit_grid(1, 40, 1, 1),
                    .networks = 1,
                    .realisations = 1,
                    .loss = made_waves,
                    .pending = -1};
    bs_surface *surface = made_analysed(comm, &m, &hann);
    int64_t bins = 0;
    structure_of_a_line(comm, surface, &m);
    double *magnitude = made_row(comm, surface, "radial_magnitude", 0, &bins);
    const double half = 0.375;
    mpi_test_check(fabs(magnitude[3] - half / 2) < 1e-13 && fabs(magnitude[2] - half / 4) < 1e-13 &&
                       fabs(magnitude[4] - half / 4) < 1e-13 && fabs(magnitude[6]) < 1e-13,
                   "the window's three lines");
    bs_free(magnitude);
    mpi_test_check(made_number(comm, surface, "analysis_window", 0) == 1.0, "the window is told");
    double power = made_number(comm, surface, "window_power", 0);
    mpi_test_check(fabs(power - 0.375) < 1e-14, "3/8 of the power pass");
    (void)bs_surface_close(surface);
}

/* Sum of all power = variance; as much in every bin; no slope; the roughness of independence. */
static void white_noise(const bs_comm *comm)
{
    const bs_grid grids[] = {made_unit_grid(1, 4096, 1, 1), made_unit_grid(2, 80, 51, 1),
                             made_unit_grid(3, 20, 15, 14)};
    for (int i = 0; i < 3; i++) {
        const made m = {
            .grid = grids[i], .networks = 1, .realisations = 1, .loss = made_noise, .pending = -1};
        const int64_t points = bs_grid_points(&grids[i]);
        const double nowhere[BS_GRID_DIMS] = {0.0};
        double mean = 0.0;
        double variance = 0.0;
        for (int64_t j = 0; j < points; j++) {
            mean += made_noise(0, j, nowhere) / (double)points;
        }
        for (int64_t j = 0; j < points; j++) {
            variance += (made_noise(0, j, nowhere) - mean) * (made_noise(0, j, nowhere) - mean) /
                        (double)points;
        }
        bs_surface *surface = made_analysed(comm, &m, &plain);
        int64_t bins = 0;
        double *power = made_row(comm, surface, "radial_power", 0, &bins);
        double *modes = made_row(comm, surface, "modes", 0, &bins);
        double sum = 0.0;
        double low = 0.0;
        double low_modes = 0.0;
        for (int64_t b = 0; b < bins; b++) {
            sum += power[b] * modes[b];
            low += b <= bins / 2 ? power[b] * modes[b] : 0.0;
            low_modes += b <= bins / 2 ? modes[b] : 0.0;
        }
        bs_free(power);
        bs_free(modes);
        mpi_test_check(fabs(sum - variance) < 1e-12 * variance, "power sums to the variance, %d-D",
                       i + 1);
        double flat = low / low_modes * (double)points / variance;
        mpi_test_check(fabs(flat - 1.0) < 5.0 / sqrt(low_modes / 2), "flat, %d-D: %g", i + 1, flat);
        double slope = made_number(comm, surface, "tail_slope", 0);
        mpi_test_check(fabs(slope) < 0.5, "no slope, %d-D: %g", i + 1, slope);
        (void)bs_surface_close(surface);
    }
}

static const made *law_made;

/* A real surface with |X_k| = |k|^-1.5 at every mode, its phases at random. */
static double power_law(int pair, int64_t point, const double c[BS_GRID_DIMS])
{
    const bs_grid *grid = &law_made->grid;
    int64_t half[BS_GRID_DIMS] = {0, 0, 0};
    double sum = 0.0;
    uint64_t mode = 0;
    (void)pair;
    (void)point;
    for (int d = 0; d < grid->ndim; d++) {
        half[d] = (grid->axis[d].points - 1) / 2;
    }
    for (int64_t z = -half[2]; z <= half[2]; z++) {
        for (int64_t y = -half[1]; y <= half[1]; y++) {
            for (int64_t x = 0; x <= half[0]; x++, mode++) {
                if (x == 0 && (y < 0 || (y == 0 && z <= 0))) {
                    continue; /* mirrors, and the mean */
                }
                double phase = fmod(0.754877666 * (double)mode * (double)(mode + 3), 1.0);
                double periods = (double)x * c[0] + (double)y * c[1] + (double)z * c[2];
                double length = sqrt((double)(x * x + y * y + z * z));
                sum += 2.0 * pow(length, -1.5) * cos(2 * BS_PI * (periods + phase));
            }
        }
    }
    return sum;
}

/* Largest relative difference of a bin to the law's mean over all of its modes. */
static double law_error(const bs_comm *comm, bs_surface *surface, const bs_grid *grid)
{
    double law[64] = {0.0};
    double modes[64] = {0.0};
    int64_t n[BS_GRID_DIMS] = {1, 1, 1};
    for (int d = 0; d < grid->ndim; d++) {
        n[d] = grid->axis[d].points;
    }
    for (int64_t j = 1; j < n[0] * n[1] * n[2]; j++) {
        int64_t k[BS_GRID_DIMS] = {j % n[0], j / n[0] % n[1], j / n[0] / n[1]};
        double square = 0.0;
        for (int d = 0; d < BS_GRID_DIMS; d++) {
            int64_t along = 2 * k[d] > n[d] ? k[d] - n[d] : k[d];
            square += (double)(along * along);
        }
        int bin = (int)floor(sqrt(square) + 0.5);
        law[bin] += pow(square, -1.5);
        modes[bin] += 1.0;
    }
    int64_t bins = 0;
    double *power = made_row(comm, surface, "radial_power", 0, &bins);
    double worst = 0.0;
    for (int64_t b = 1; b < bins; b++) {
        worst = fmax(worst, fabs(power[b] * modes[b] / law[b] - 1.0));
    }
    bs_free(power);
    return worst;
}

static void power_laws(const bs_comm *comm)
{
    const bs_grid grids[] = {made_unit_grid(1, 65, 1, 1), made_unit_grid(2, 25, 31, 1),
                             made_unit_grid(3, 13, 11, 15)};
    for (int i = 0; i < 3; i++) {
        const made m = {
            .grid = grids[i], .networks = 1, .realisations = 1, .loss = power_law, .pending = -1};
        const bs_analysis_options most = {
            .window = BS_WINDOW_NONE, .cutoff = 0.5, .tail = {0.3, 1.0}};
        law_made = &m;
        bs_surface *surface = made_analysed(comm, &m, &most);
        double slope = made_number(comm, surface, "tail_slope", 0);
        /* A bin's mean lies off the law at its middle, the more the fewer bins there are below. */
        mpi_test_check(fabs(slope + 3.0) < (i == 0   ? 1e-10
                                            : i == 1 ? 0.1
                                                     : 0.3),
                       "1/f^3 in %d-D: %g", i + 1, slope);
        mpi_test_check(law_error(comm, surface, &grids[i]) < 1e-12, "its amplitudes in %d-D",
                       i + 1);
        (void)bs_surface_close(surface);
    }
}

static void floors(const bs_comm *comm)
{
    made m = {.grid = made_unit_grid(2, 12, 9, 1),
              .networks = 1,
              .realisations = 1,
              .loss = made_waves,
              .error = 0.125,
              .pending = -1,
              .backend = {.name = BS_BACKEND_ERROR, .number = 2.5e-7}};
    bs_surface *surface = made_analysed(comm, &m, &hann);
    double window = made_number(comm, surface, "window_power", 0);
    mpi_test_check(fabs(window - 0.375 * 0.375) < 1e-14, "the window of a plane");
    double noise_floor = made_number(comm, surface, "noise_floor", 0);
    mpi_test_check(fabs(noise_floor - 0.015625 * window / 108) < 1e-17, "the images' floor");
    double rounding = made_number(comm, surface, "arithmetic_floor", 0);
    double epsilon = made_number(comm, surface, "arithmetic_error", 0);
    double squares = 0.0;
    for (int64_t j = 0; j < 108; j++) {
        double c[BS_GRID_DIMS];
        bs_grid_coordinates(&m.grid, j, c);
        double weight = bs_window_weight(BS_WINDOW_HANN, j % 12, 12) *
                        bs_window_weight(BS_WINDOW_HANN, j / 12, 9);
        squares += pow(weight * made_waves(0, j, c), 2);
    }
    mpi_test_check(epsilon == 2.5e-7 &&
                       fabs(rounding / (6.25e-14 * squares / (108 * 108)) - 1) < 1e-12,
                   "the backend's floor");
    (void)bs_surface_close(surface);
}

static void errors_that_no_file_states(const bs_comm *comm)
{
    static const struct {
        bs_attribute attribute;
        double error;
    } cases[] = {{{.name = "backend", .text = "winograd-avx2"}, 3e-7},
                 {{.name = "backend", .text = "reference"}, 1e-15},
                 {{.name = NULL}, 1e-15}};
    for (int i = 0; i < 3; i++) {
        const made m = {.grid = made_unit_grid(1, 12, 1, 1),
                        .networks = 1,
                        .realisations = 1,
                        .loss = made_waves,
                        .pending = -1,
                        .backend = cases[i].attribute};
        bs_surface *surface = made_analysed(comm, &m, &hann);
        mpi_test_check(made_number(comm, surface, "arithmetic_error", 0) == cases[i].error,
                       "unstated error %d", i);
        (void)bs_surface_close(surface);
    }
}

/* Noise of a known error per point: its spectrum is the floor, under the window too. */
static void the_floor_is_that_of_noise(const bs_comm *comm)
{
    const made m = {.grid = made_unit_grid(2, 40, 51, 1),
                    .networks = 1,
                    .realisations = 4,
                    .loss = made_noise,
                    .error = 0.1,
                    .pending = -1};
    bs_surface *surface = made_analysed(comm, &m, &hann);
    int64_t bins = 0;
    double *power = made_row(comm, surface, "radial_power_mean", 0, &bins);
    double *modes = made_row(comm, surface, "modes", 0, &bins);
    double sum = 0.0;
    double count = 0.0;
    for (int64_t b = 3; b < bins; b++) {
        sum += power[b] * modes[b];
        count += modes[b];
    }
    bs_free(power);
    bs_free(modes);
    double level = sum / count / made_number(comm, surface, "noise_floor_mean", 0);
    mpi_test_check(fabs(level - 1.0) < 0.08, "noise lies on its floor: %g", level);
    (void)bs_surface_close(surface);
}

static void total_variation(const bs_comm *comm)
{
    const made m = {.grid = made_period_grid(140),
                    .radians = true,
                    .networks = 1,
                    .realisations = 1,
                    .loss = made_harmonics,
                    .pending = -1};
    bs_surface *surface = made_analysed(comm, &m, &plain);
    double variation = 0.0;
    for (int64_t j = 0; j < 140; j++) {
        const double here[BS_GRID_DIMS] = {2 * BS_PI * (double)j / 140};
        const double next[BS_GRID_DIMS] = {2 * BS_PI * (double)((j + 1) % 140) / 140};
        variation += fabs(made_harmonics(0, j, next) - made_harmonics(0, j, here));
    }
    double got = made_number(comm, surface, "total_variation", 0);
    double index = made_number(comm, surface, "roughness", 0);
    double deviation = sqrt(0.5 * (0.75 * 0.75 + 0.0625));
    mpi_test_check(fabs(got - variation) < 1e-12, "total variation of a closed path");
    mpi_test_check(fabs(index - variation / deviation) < 1e-11, "roughness index");
    (void)bs_surface_close(surface);
}

static double variation_by_hand(const bs_grid *grid)
{
    double variation = 0.0;
    for (int d = 0; d < grid->ndim; d++) {
        const int64_t steps = grid->axis[d].points - 1;
        int64_t stride = 1;
        for (int e = 0; e < d; e++) {
            stride *= grid->axis[e].points;
        }
        double sum = 0.0;
        int64_t pairs = 0;
        for (int64_t j = 0; j < bs_grid_points(grid); j++) {
            double here[BS_GRID_DIMS];
            double next[BS_GRID_DIMS];
            if (j / stride % grid->axis[d].points < steps) {
                bs_grid_coordinates(grid, j, here);
                bs_grid_coordinates(grid, j + stride, next);
                sum += fabs(made_waves(0, j + stride, next) - made_waves(0, j, here));
                pairs++;
            }
        }
        variation += sum / (double)pairs * (double)steps / grid->ndim;
    }
    return variation;
}

static void total_variation_of_planes(const bs_comm *comm)
{
    const bs_grid grids[] = {made_unit_grid(2, 13, 17, 1), made_unit_grid(3, 7, 5, 9)};
    for (int i = 0; i < 2; i++) {
        const made m = {
            .grid = grids[i], .networks = 1, .realisations = 1, .loss = made_waves, .pending = -1};
        bs_surface *surface = made_analysed(comm, &m, &hann);
        double got = made_number(comm, surface, "total_variation", 0);
        mpi_test_check(fabs(got - variation_by_hand(&grids[i])) < 1e-12, "total variation, %d-D",
                       i + 2);
        (void)bs_surface_close(surface);
    }
}

static void run_all(const bs_comm *comm)
{
    planted_waves(comm);
    planted_logarithm(comm);
    planted_harmonics(comm);
    windowed_wave(comm);
    white_noise(comm);
    power_laws(comm);
    floors(comm);
    errors_that_no_file_states(comm);
    the_floor_is_that_of_noise(comm);
    total_variation(comm);
    total_variation_of_planes(comm);
}

const mpi_test mpi_test_file = {.run = run_all};
