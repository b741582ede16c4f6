/* Geometry through the whole engine: exact positions, values and spectra of known surfaces. */
#include <complex.h>
#include <math.h>

#include "blueshift/path.h"
#include "mpi/closed_form.h"

static const double PI = 3.14159265358979323846;
static const double PHASE = 0.5;

/* Points along x, y, z of a run; 1 for axes it has not. */
typedef struct extent {
    int64_t n[BS_GRID_DIMS];
} extent;

static extent extent_of(const form_run *run)
{
    extent e = {{1, 1, 1}};
    for (int d = 0; d < BS_GRID_DIMS && d < run->grid.ndim; d++) {
        e.n[d] = run->grid.axis[d].points;
    }
    return e;
}

/* 3 + c_x (x - x_0)^2 + c_y (y - y_0)^2 + c_z (z - z_0)^2 */
static double quadratic(const closed_form *form, const bs_point *point)
{
    double sum = 3.0;
    for (int d = 0; d < BS_GRID_DIMS; d++) {
        double distance = point->coordinates[d] - form->parameter[3 + d];
        sum += form->parameter[d] * distance * distance;
    }
    return sum;
}

/* A cosine of whole periods with a phase; its size tells networks and realisations apart. */
static double amplitude(int network, int realisation)
{
    return 3.0 + 0.5 * network - 0.25 * realisation;
}

static double plane_wave(const closed_form *form, const bs_point *point)
{
    double periods = 0.0;
    for (int d = 0; d < BS_GRID_DIMS; d++) {
        periods += form->parameter[d] * point->coordinates[d];
    }
    return 2.0 + amplitude(point->network, point->realisation) * cos(2.0 * PI * periods + PHASE);
}

/* The quadratic on a circle of radius parameter 0: 3 + 2 p^2 + q^2 + p. */
static double ring(const closed_form *form, const bs_point *point)
{
    double p = form->parameter[0] * cos(point->coordinates[0]);
    double q = form->parameter[0] * sin(point->coordinates[0]);
    return 3.0 + 2.0 * p * p + q * q + p;
}

static const float end_a[] = {0.5F, -1.25F, 0.75F, 2.0F, -0.5F, 1.0F};
static const float end_b[] = {1.5F, 0.25F, -1.0F, 0.5F, 0.25F, -0.75F};
static const double weight[] = {1.0, 0.5, 2.0, 0.25, 3.0, 1.5};
enum { WEIGHTS = 6 };

static double quadratic_form(const float *a, const float *b)
{
    double sum = 0.0;
    for (int i = 0; i < WEIGHTS; i++) {
        sum += weight[i] * (double)a[i] * (double)b[i];
    }
    return sum;
}

/* A quadratic form of the weights that the great circle itself makes. */
static double great_circle(const closed_form *form, const bs_point *point)
{
    (void)form;
    const bs_tensor tensor = {.ndim = 2, .shape = {2, 3}, .count = WEIGHTS};
    const bs_path path = {.kind = BS_PATH_GREAT_CIRCLE,
                          .size = WEIGHTS,
                          .origin = end_a,
                          .directions = {end_b},
                          .tensor_count = 1,
                          .tensors = &tensor,
                          .ignore_vectors = true};
    float theta[WEIGHTS];
    bs_path_point(&path, point->coordinates, theta);
    return quadratic_form(theta, theta);
}

/* Every point was evaluated where the file says it lies, and holds that position's value: the file
 * is read in its own order, z, y, x. */
static void check_points(const form_run *run, const closed_form *form)
{
    static const char *const axes[] = {"x", "y", "z"};
    static const char *const seen[] = {"seen_x", "seen_y", "seen_z"};
    const extent e = extent_of(run);
    const int64_t points = e.n[0] * e.n[1] * e.n[2];
    const int64_t all = points * run->networks * run->realisations;
    double *loss = form_read("loss", (size_t)all);
    double *at[BS_GRID_DIMS];
    double *coordinates[BS_GRID_DIMS];
    bool read = loss != NULL;
    for (int d = 0; d < BS_GRID_DIMS; d++) {
        at[d] = form_read(seen[d], (size_t)all);
        coordinates[d] =
            d < run->grid.ndim ? form_read(axes[d], (size_t)e.n[d]) : bs_alloc(1, sizeof(double));
        read = read && at[d] != NULL && coordinates[d] != NULL;
    }
    int64_t misplaced = 0;
    int64_t wrong = 0;
    for (int64_t i = 0; read && i < all; i++) {
        const int64_t cell[] = {i % e.n[0], i / e.n[0] % e.n[1], i / (e.n[0] * e.n[1]) % e.n[2]};
        bs_point point = {.index = i % points};
        point.realisation = (int)(i / points % run->realisations);
        point.network = (int)(i / points / run->realisations);
        for (int d = 0; d < BS_GRID_DIMS; d++) {
            point.coordinates[d] = coordinates[d][cell[d]];
            misplaced += at[d][i] != point.coordinates[d];
        }
        wrong += loss[i] != form_expected(form, &point);
    }
    mpi_test_check(read && misplaced == 0, "the file's coordinates are those evaluated");
    mpi_test_check(read && wrong == 0, "the file holds the exact value of every cell");
    bs_free(loss);
    for (int d = 0; d < BS_GRID_DIMS; d++) {
        bs_free(at[d]);
        bs_free(coordinates[d]);
    }
}

/* Coefficient that a surface must have. */
typedef double complex (*coefficient)(const closed_form *form, const form_run *run,
                                      const int64_t k[BS_GRID_DIMS], const bs_point *item);

static void check_spectrum(const form_run *run, const closed_form *form, coefficient expected,
                           double tolerance)
{
    const extent e = extent_of(run);
    const int64_t half = e.n[0] / 2 + 1;
    const int64_t one = half * e.n[1] * e.n[2];
    const int64_t all = one * run->networks * run->realisations;
    double *real = form_read("loss_spectrum_real", (size_t)all);
    double *imaginary = form_read("loss_spectrum_imag", (size_t)all);
    bool read = real != NULL && imaginary != NULL;
    double worst = 0.0;
    for (int64_t i = 0; read && i < all; i++) {
        const int64_t k[] = {i % half, i / half % e.n[1], i / (half * e.n[1]) % e.n[2]};
        const bs_point item = {.network = (int)(i / one / run->realisations),
                               .realisation = (int)(i / one % run->realisations)};
        double complex difference = CMPLX(real[i], imaginary[i]) - expected(form, run, k, &item);
        worst = fmax(worst, cabs(difference));
    }
    mpi_test_check(read && worst < tolerance, "the spectrum is the exact one");
    bs_free(real);
    bs_free(imaginary);
}

/* Distance of bin K from the wave's bin along axis D, which may be negative, around the circle. */
static int64_t bin_distance(const extent *e, const closed_form *form, int d, int64_t k)
{
    int64_t line = (int64_t)form->parameter[d];
    return ((k - line + 1) % e->n[d] + e->n[d]) % e->n[d] - 1;
}

/* Without a window one line; Hann's spreads it to the neighbours along each axis, 1/2 and -1/4. */
static double complex wave_coefficient(const closed_form *form, const form_run *run,
                                       const int64_t k[BS_GRID_DIMS], const bs_point *item)
{
    const extent e = extent_of(run);
    double complex value = CMPLX(cos(PHASE), sin(PHASE));
    value *= 0.5 * amplitude(item->network, item->realisation);
    for (int d = 0; d < BS_GRID_DIMS && d < run->grid.ndim; d++) {
        int64_t distance = bin_distance(&e, form, d, k[d]);
        if (distance > 1) {
            return 0.0;
        }
        if (run->window == BS_WINDOW_HANN) {
            value *= distance == 0 ? 0.5 : -0.25;
        } else if (distance != 0) {
            return 0.0;
        }
    }
    return value;
}

/* The sums of j w^j and j^2 w^j, w = exp(-2 pi i k/N), in closed form; a sum of functions of one
 * coordinate each has nothing off the axes. */
static double complex quadratic_coefficient(const closed_form *form, const form_run *run,
                                            const int64_t k[BS_GRID_DIMS], const bs_point *item)
{
    (void)item;
    int active = -1;
    for (int d = 0; d < BS_GRID_DIMS && d < run->grid.ndim; d++) {
        if (k[d] != 0) {
            if (active >= 0) {
                return 0.0;
            }
            active = d;
        }
    }
    if (active < 0) {
        return 0.0; /* the mean is removed */
    }
    const bs_axis *axis = &run->grid.axis[active];
    double n = (double)axis->points;
    double step = bs_axis_step(axis);
    double start = axis->from - form->parameter[3 + active];
    double angle = -2.0 * PI * (double)k[active] / n;
    double complex w = CMPLX(cos(angle), sin(angle));
    double complex pole = w - 1.0;
    double complex linear = 2.0 * start * step / pole;
    double complex square = step * step * (n / pole - 2.0 * w / (pole * pole));
    return form->parameter[active] * (linear + square);
}

static double complex ring_coefficient(const closed_form *form, const form_run *run,
                                       const int64_t k[BS_GRID_DIMS], const bs_point *item)
{
    (void)run;
    (void)item;
    double radius = form->parameter[0];
    if (k[0] == 1) {
        return 0.5 * radius;
    }
    return k[0] == 2 ? 0.25 * radius * radius : 0.0;
}

static double complex great_circle_coefficient(const closed_form *form, const form_run *run,
                                               const int64_t k[BS_GRID_DIMS], const bs_point *item)
{
    (void)form;
    (void)run;
    (void)item;
    if (k[0] != 2) {
        return 0.0;
    }
    double difference = quadratic_form(end_a, end_a) - quadratic_form(end_b, end_b);
    return CMPLX(0.25 * difference, -0.5 * quadratic_form(end_a, end_b));
}

static bs_axis closed(double from, double to, int64_t points)
{
    return (bs_axis){.from = from, .to = to, .points = points, .endpoint = true};
}

static bs_axis periodic(double from, double to, int64_t points)
{
    return (bs_axis){.from = from, .to = to, .points = points, .endpoint = false};
}

static void run_one(const bs_comm *world, form_run run, closed_form form, coefficient expected,
                    double tolerance)
{
    bs_sweep_report summary = {0};
    int skipped = -1;
    run.networks = run.networks == 0 ? 1 : run.networks;
    run.realisations = run.realisations == 0 ? 1 : run.realisations;
    run.shards = 1;
    for (int demand = 0; demand < 2; demand++) {
        run.on_demand = demand == 1;
        if (!form_do(world, &run, &form, &summary, &skipped)) {
            continue;
        }
        int64_t all = bs_grid_points(&run.grid) * run.networks * run.realisations;
        mpi_test_check(summary.points == all && summary.done == all && summary.skipped == 0 &&
                           summary.non_finite == 0 && summary.failed == 0 && skipped == 0,
                       "all %lld points are counted as done", (long long)all);
        check_points(&run, &form);
        check_spectrum(&run, &form, expected, tolerance);
    }
}

static void quadratics(const bs_comm *world)
{
    const closed_form form = {.loss = quadratic, .parameter = {1.0, 2.0, 0.5, 0.1, -0.2, 0.3}};
    const bs_grid line = {1, {closed(-1.0, 1.0, 51)}};
    const bs_grid plane = {2, {closed(-1.0, 1.0, 51), closed(-0.5, 0.75, 31)}};
    const bs_grid volume = {3, {closed(-1, 1, 7), closed(-0.5, 0.75, 5), periodic(-2, 1, 3)}};
    run_one(world, (form_run){.grid = line}, form, quadratic_coefficient, 1e-13);
    run_one(world, (form_run){.grid = plane}, form, quadratic_coefficient, 1e-13);
    run_one(world, (form_run){.grid = volume}, form, quadratic_coefficient, 1e-13);
}

static void plane_waves(const bs_comm *world)
{
    const bs_grid line = {1, {periodic(0, 1, 64)}};
    const bs_grid plane = {2, {periodic(0, 1, 51), periodic(0, 1, 31)}};
    const bs_grid volume = {3, {periodic(0, 1, 7), periodic(0, 1, 5), periodic(0, 1, 3)}};
    const closed_form first = {.loss = plane_wave, .parameter = {5.0}};
    const closed_form second = {.loss = plane_wave, .parameter = {7.0, -4.0}};
    const closed_form third = {.loss = plane_wave, .parameter = {2.0, -2.0, 1.0}};
    for (int w = BS_WINDOW_NONE; w <= BS_WINDOW_HANN; w++) {
        form_run run = {.grid = line, .window = (bs_window)w};
        run_one(world, run, first, wave_coefficient, 1e-14);
        run.grid = plane;
        run_one(world, run, second, wave_coefficient, 1e-14);
    }
    run_one(world, (form_run){.grid = volume}, third, wave_coefficient, 1e-14);
    const form_run several = {.grid = plane, .networks = 2, .realisations = 3};
    run_one(world, several, second, wave_coefficient, 1e-14);
    const form_run lines = {.grid = line, .networks = 3, .realisations = 2};
    run_one(world, lines, first, wave_coefficient, 1e-14);
}

static void circles(const bs_comm *world)
{
    const closed_form on_ring = {.loss = ring, .parameter = {1.5}};
    const closed_form on_circle = {.loss = great_circle};
    const form_run even = {.grid = {1, {periodic(0, 2.0 * PI, 64)}}};
    const form_run odd = {.grid = {1, {periodic(0, 2.0 * PI, 63)}}};
    run_one(world, even, on_ring, ring_coefficient, 1e-14);
    run_one(world, odd, on_ring, ring_coefficient, 1e-14);
    /* These weights are rounded to float. */
    run_one(world, even, on_circle, great_circle_coefficient, 1e-6);
}

static void run_all(const bs_comm *world)
{
    quadratics(world);
    plane_waves(world);
    circles(world);
}

const mpi_test mpi_test_file = {.run = run_all, .threads = MPI_THREAD_MULTIPLE};
