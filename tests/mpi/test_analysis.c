/* Spectra of whole files: planted waves, noise, power laws, floors, means, and any rank's digits.
 */
#include <complex.h>
#include <string.h>

#include "blueshift/fault.h"
#include "blueshift/rng.h"
#include "mpi/analysis_fixture.h"

static const double PI = 3.14159265358979323846;
static const bs_analysis_options plain = {BS_WINDOW_NONE, 0.5, {0.25, 0.75}};
static const bs_analysis_options hann = {BS_WINDOW_HANN, 0.5, {0.25, 0.75}};

static bs_axis unit_axis(int64_t points)
{
    return (bs_axis){.from = -0.5, .to = 0.5, .points = points};
}

static bs_grid unit_grid(int ndim, int64_t nx, int64_t ny, int64_t nz)
{
    return (bs_grid){.ndim = ndim, .axis = {unit_axis(nx), unit_axis(ny), unit_axis(nz)}};
}

static bs_grid turn_grid(int64_t points)
{
    return (bs_grid){.ndim = 1, .axis = {{.from = 0.0, .to = 2.0 * PI, .points = points}}};
}

/* Two waves on a mean, in cycles per unit: (3, 4, 0) and (0, 0, 2); of a path 3 alone. */
static double waves(int item, int64_t point, const double c[BS_GRID_DIMS])
{
    (void)item;
    (void)point;
    return 5.0 + 0.75 * cos(2 * PI * (3 * c[0] - 4 * c[1]) + 0.4) + 0.5 * cos(2 * PI * 2 * c[2]);
}

static double harmonics(int item, int64_t point, const double c[BS_GRID_DIMS])
{
    (void)point;
    return 1.0 + item + 0.75 * cos(3 * c[0] + 0.1) + 0.25 * sin(7 * c[0]);
}

static double noise(int item, int64_t point, const double c[BS_GRID_DIMS])
{
    double x = 0.0;
    bs_rng rng = {.seed = 7, .stream = BS_STREAM_TEST, .item = (uint32_t)item};
    (void)c;
    bs_rng_normal(&rng, (uint64_t)point * 4, 1, &x);
    return 2.0 + 0.1 * x;
}

static bs_surface *analysed(const bs_comm *comm, const made *m, const bs_analysis_options *options)
{
    int skipped = -1;
    bs_surface *surface = made_open(comm, m, true);
    bs_status status = bs_analysis_run(comm, surface, options, &skipped);
    mpi_test_check(status == BS_OK && skipped == (m->pending >= 0), "%d axes are analysed",
                   m->grid.ndim);
    return surface;
}

/* One rank cannot read its rows: all ranks return, and alike, and the file says that it is not
 * whole. Runs first, because the injector counts from the start of the process. */
static void one_rank_fails(const bs_comm *comm)
{
    const made m = {.grid = unit_grid(2, 6, 9, 1),
                    .networks = 1,
                    .realisations = 1,
                    .loss = noise,
                    .pending = -1};
    bs_surface *surface = made_open(comm, &m, true);
    int skipped = 0;
    bs_status status = bs_analysis_run(comm, surface, &plain, &skipped);
    mpi_test_check(status == BS_ERR_INTERNAL, "all ranks learn of a failed one");
    mpi_test_check(made_number(comm, surface, "analysis_complete", 0) == 0.0, "not complete");
    status = bs_analysis_run(comm, surface, &plain, &skipped);
    mpi_test_check(status == BS_OK, "the next run does it");
    mpi_test_check(made_number(comm, surface, "analysis_complete", 0) == 1.0, "complete");
    (void)bs_surface_close(surface);
}

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
        {.grid = unit_grid(2, 24, 15, 1),
         .networks = 1,
         .realisations = 1,
         .loss = waves,
         .pending = -1},
        {.grid = unit_grid(3, 16, 9, 7),
         .networks = 1,
         .realisations = 1,
         .loss = waves,
         .pending = -1},
    };
    for (int i = 0; i < 2; i++) {
        bs_surface *surface = analysed(comm, &m[i], &plain);
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
        double high = made_number(comm, surface, "high_share", 0);
        mpi_test_check(fabs(second - (25 * fast + 4 * slow) / (fast + slow)) < 1e-12, "<k^2>");
        mpi_test_check(fabs(centroid - (5 * fast + 2 * slow) / (fast + slow)) < 1e-12, "centroid");
        /* Nyquist is 7 and 3: half of it lies below 5, and of the volume below 2. */
        mpi_test_check(fabs(high - 1.0) < 1e-12, "all is high");
        mpi_test_check(made_number(comm, surface, "analysis_complete", 0) == 1.0, "complete");
        (void)bs_surface_close(surface);
    }
}

static void planted_harmonics(const bs_comm *comm)
{
    const made m = {.grid = turn_grid(64),
                    .radians = true,
                    .networks = 1,
                    .realisations = 3,
                    .loss = harmonics,
                    .pending = -1};
    bs_surface *surface = analysed(comm, &m, &plain);
    int64_t bins = 0;
    double *power = made_row(comm, surface, "radial_power", 2, &bins);
    double *magnitude = made_row(comm, surface, "radial_magnitude", 2, &bins);
    double *axis = made_row(comm, surface, "wavenumber", 0, &bins);
    double worst = 0.0;
    for (int64_t k = 0; k < bins; k++) {
        double amplitude = k == 3 ? 0.375 : k == 7 ? 0.125 : 0.0;
        worst = fmax(worst, fabs(magnitude[k] - amplitude));
        worst = fmax(worst, fabs(power[k] - amplitude * amplitude));
        worst = fmax(worst, fabs(axis[k] - (double)k));
    }
    mpi_test_check(bins == 33 && worst < 1e-13, "half the amplitude at each harmonic");
    bs_free(power);
    bs_free(magnitude);
    bs_free(axis);
    double share = 0.75 * 0.75 + 0.25 * 0.25;
    double second = made_number(comm, surface, "second_moment_mean", 0);
    mpi_test_check(fabs(second - (9 * 0.75 * 0.75 + 49 * 0.0625) / share) < 1e-12, "mean <k^2>");
    double spread = made_number(comm, surface, "second_moment_stderr", 0);
    mpi_test_check(fabs(spread) < 1e-12, "alike, so no spread");
    (void)bs_surface_close(surface);
}

/* Along a line the window turns a whole wave into three lines of 1/4, 1/2, 1/4 of its height. */
static void windowed_wave(const bs_comm *comm)
{
    const made m = {.grid = unit_grid(1, 40, 1, 1),
                    .networks = 1,
                    .realisations = 1,
                    .loss = waves,
                    .pending = -1};
    bs_surface *surface = analysed(comm, &m, &hann);
    int64_t bins = 0;
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
    const bs_grid grids[] = {unit_grid(1, 4096, 1, 1), unit_grid(2, 80, 51, 1),
                             unit_grid(3, 20, 15, 14)};
    for (int i = 0; i < 3; i++) {
        const made m = {
            .grid = grids[i], .networks = 1, .realisations = 1, .loss = noise, .pending = -1};
        const int64_t points = bs_grid_points(&grids[i]);
        const double nowhere[BS_GRID_DIMS] = {0.0};
        double mean = 0.0;
        double variance = 0.0;
        for (int64_t j = 0; j < points; j++) {
            mean += noise(0, j, nowhere) / (double)points;
        }
        for (int64_t j = 0; j < points; j++) {
            variance +=
                (noise(0, j, nowhere) - mean) * (noise(0, j, nowhere) - mean) / (double)points;
        }
        bs_surface *surface = analysed(comm, &m, &plain);
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
static double power_law(int item, int64_t point, const double c[BS_GRID_DIMS])
{
    const bs_grid *grid = &law_made->grid;
    int64_t half[BS_GRID_DIMS] = {0, 0, 0};
    double sum = 0.0;
    uint64_t mode = 0;
    (void)item;
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
                double turns = (double)x * c[0] + (double)y * c[1] + (double)z * c[2];
                double length = sqrt((double)(x * x + y * y + z * z));
                sum += 2.0 * pow(length, -1.5) * cos(2 * PI * (turns + phase));
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
    const bs_grid grids[] = {unit_grid(1, 65, 1, 1), unit_grid(2, 25, 31, 1),
                             unit_grid(3, 13, 11, 15)};
    for (int i = 0; i < 3; i++) {
        const made m = {
            .grid = grids[i], .networks = 1, .realisations = 1, .loss = power_law, .pending = -1};
        const bs_analysis_options most = {BS_WINDOW_NONE, 0.5, {0.3, 1.0}};
        law_made = &m;
        bs_surface *surface = analysed(comm, &m, &most);
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
    made m = {.grid = unit_grid(2, 12, 9, 1),
              .networks = 1,
              .realisations = 1,
              .loss = waves,
              .error = 0.125,
              .pending = -1,
              .arithmetic = "float32, sums in float64"};
    bs_surface *surface = analysed(comm, &m, &hann);
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
        squares += pow(weight * waves(0, j, c), 2);
    }
    mpi_test_check(epsilon == 3e-7 && fabs(rounding / (9e-14 * squares / (108 * 108)) - 1) < 1e-12,
                   "the kernel's floor");
    (void)bs_surface_close(surface);
    m.arithmetic = "float64";
    surface = analysed(comm, &m, &hann);
    mpi_test_check(made_number(comm, surface, "arithmetic_error", 0) == 1e-15, "of the reference");
    (void)bs_surface_close(surface);
}

/* Noise of a known error per point: its spectrum is the floor, under the window too. */
static void the_floor_is_that_of_noise(const bs_comm *comm)
{
    const made m = {.grid = unit_grid(2, 40, 51, 1),
                    .networks = 1,
                    .realisations = 4,
                    .loss = noise,
                    .error = 0.1,
                    .pending = -1};
    bs_surface *surface = analysed(comm, &m, &hann);
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
    const made m = {.grid = turn_grid(140),
                    .radians = true,
                    .networks = 1,
                    .realisations = 1,
                    .loss = harmonics,
                    .pending = -1};
    bs_surface *surface = analysed(comm, &m, &plain);
    double variation = 0.0;
    for (int64_t j = 0; j < 140; j++) {
        const double here[BS_GRID_DIMS] = {2 * PI * (double)j / 140};
        const double next[BS_GRID_DIMS] = {2 * PI * (double)((j + 1) % 140) / 140};
        variation += fabs(harmonics(0, j, next) - harmonics(0, j, here));
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
                sum += fabs(waves(0, j + stride, next) - waves(0, j, here));
                pairs++;
            }
        }
        variation += sum / (double)pairs * (double)steps / grid->ndim;
    }
    return variation;
}

static void total_variation_of_planes(const bs_comm *comm)
{
    const bs_grid grids[] = {unit_grid(2, 13, 17, 1), unit_grid(3, 7, 5, 9)};
    for (int i = 0; i < 2; i++) {
        const made m = {
            .grid = grids[i], .networks = 1, .realisations = 1, .loss = waves, .pending = -1};
        bs_surface *surface = analysed(comm, &m, &hann);
        double got = made_number(comm, surface, "total_variation", 0);
        mpi_test_check(fabs(got - variation_by_hand(&grids[i])) < 1e-12, "total variation, %d-D",
                       i + 2);
        (void)bs_surface_close(surface);
    }
}

/* Means and errors against two passes over the surfaces' own numbers; a pending one is left out. */
static void means_over_realisations(const bs_comm *comm)
{
    const bs_grid grids[] = {unit_grid(1, 32, 1, 1), unit_grid(2, 9, 12, 1)};
    for (int i = 0; i < 2; i++) {
        const int64_t points = bs_grid_points(&grids[i]);
        const made m = {.grid = grids[i],
                        .networks = 3,
                        .realisations = 4,
                        .loss = noise,
                        .error = 0.1,
                        .pending = 5 * points + 7}; /* network 1, realisation 1 */
        bs_surface *surface = analysed(comm, &m, &plain);
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
    const made m = {.grid = unit_grid(1, 32, 1, 1),
                    .networks = 1,
                    .realisations = 1,
                    .loss = noise,
                    .error = 0.1,
                    .pending = -1};
    bs_surface *surface = analysed(comm, &m, &plain);
    mpi_test_check(isnan(made_number(comm, surface, "roughness_stderr", 0)), "no error of one");
    mpi_test_check(made_number(comm, surface, "roughness_mean", 0) ==
                       made_number(comm, surface, "roughness", 0),
                   "its mean is itself");
    (void)bs_surface_close(surface);
}

/* Logit C: a mean and a wave whose harmonic and amplitude depend on the channel. */
static double logit(int item, double x, int64_t channel)
{
    double amplitude = 1.0 + 0.5 * (item % 3);
    return 0.5 + amplitude * cos((double)(1 + channel % 3) * x + 0.3 * (double)channel);
}

static void logits_of_a_circle(const bs_comm *comm)
{
    const made m = {.grid = turn_grid(32),
                    .radians = true,
                    .networks = 2,
                    .realisations = 3,
                    .loss = harmonics,
                    .images = 2,
                    .classes = 3,
                    .logit = logit,
                    .pending = -1};
    bs_surface *surface = analysed(comm, &m, &plain);
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

/* A line: the channels' means leave, the window comes. */
static void logits_of_a_line(const bs_comm *comm)
{
    const made m = {.grid = unit_grid(1, 32, 1, 1),
                    .networks = 1,
                    .realisations = 1,
                    .loss = waves,
                    .images = 2,
                    .classes = 3,
                    .logit = logit,
                    .pending = -1};
    bs_surface *surface = analysed(comm, &m, &plain);
    int64_t bins = 0;
    double *power = made_row(comm, surface, "logits_power_mean", 0, &bins);
    mpi_test_check(fabs(power[0]) < 1e-14, "no mean");
    bs_free(power);
    (void)bs_surface_close(surface);
}

/* Every row of array A as rank 0 reads it, COUNT numbers; NULL of arrays of points. */
static double *whole_array(bs_surface *surface, int a, int64_t *count)
{
    const bs_surface_schema *schema = bs_surface_describe(surface);
    const int64_t rows[] = {[BS_ARRAY_ITEM] = (int64_t)schema->networks * schema->realisations,
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

/* Largest difference, of the largest number in A; infinite where only one of two is NaN. */
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
static double analyse_alone(void)
{
    const bs_comm alone = {.mpi = MPI_COMM_SELF, .rank = 0, .size = 1};
    enum { ARRAYS_MAX = 100 };
    double *before[ARRAYS_MAX];
    bs_surface *surface = NULL;
    int skipped = 0;
    if (bs_surface_open(&alone, made_path, &surface) != BS_OK) {
        return 1e300;
    }
    const int arrays = bs_surface_describe(surface)->array_count;
    int64_t count = 0;
    for (int a = 0; a < arrays; a++) {
        before[a] = whole_array(surface, a, &count);
    }
    double worst = bs_analysis_run(&alone, surface, &hann, &skipped) == BS_OK ? 0.0 : 1e300;
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
static double uneven_logit(int item, double x, int64_t channel)
{
    return logit(item, x, channel) + 0.1 * (double)item * cos((double)(item + 5) * x);
}

/* Every derived number of all ranks equals that of one rank alone to 1e-12. */
static void any_number_of_ranks(const bs_comm *comm)
{
    const bs_grid grids[] = {unit_grid(1, 51, 1, 1), unit_grid(2, 31, 17, 1),
                             unit_grid(3, 8, 5, 7)};
    for (int i = 0; i < 3; i++) {
        const made m = {.grid = grids[i],
                        .networks = 2,
                        .realisations = 3,
                        .loss = noise,
                        .error = 0.1,
                        .images = i == 0 ? 3 : 0,
                        .classes = 5,
                        .logit = uneven_logit,
                        .pending = -1};
        (void)bs_surface_close(analysed(comm, &m, &hann));
        double worst = comm->rank == 0 ? analyse_alone() : 0.0;
        mpi_test_check(worst < 1e-12, "%d-D: one rank finds the same, to %.1e", i + 1, worst);
    }
}

/* Of a file from before there were arrays only the coefficients are written. */
static void an_older_file(const bs_comm *comm)
{
    const made m = {.grid = unit_grid(2, 24, 15, 1),
                    .networks = 1,
                    .realisations = 1,
                    .loss = waves,
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

int main(int argc, char **argv)
{
    MPI_Init(&argc, &argv);
    bs_comm comm;
    if (bs_comm_create(MPI_COMM_WORLD, &comm) != BS_OK) {
        MPI_Abort(MPI_COMM_WORLD, 1);
    }
    char fault[64];
    snprintf(fault, sizeof fault, "analyse:1@rank%d", comm.size - 1);
    setenv("BS_FAULT", fault, 1);
    bs_fault_set_rank(comm.rank);
    made_begin(&comm);
    one_rank_fails(&comm);
    planted_waves(&comm);
    planted_harmonics(&comm);
    windowed_wave(&comm);
    white_noise(&comm);
    power_laws(&comm);
    floors(&comm);
    the_floor_is_that_of_noise(&comm);
    total_variation(&comm);
    total_variation_of_planes(&comm);
    means_over_realisations(&comm);
    one_realisation_has_no_error(&comm);
    logits_of_a_circle(&comm);
    logits_of_a_line(&comm);
    any_number_of_ranks(&comm);
    an_older_file(&comm);
    made_end(&comm);
    bs_comm_release(&comm);
    return mpi_test_finish();
}
