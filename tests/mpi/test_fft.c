/* Distributed transforms against the definition, on odd, even, prime and empty slabs. */
#include <complex.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "blueshift/fault.h"
#include "blueshift/fft_mpi.h"
#include "blueshift/memory.h"
#include "blueshift/rng.h"
#include "mpi/mpi_test.h"

static const double PI = 3.14159265358979323846;

/* A surface of up to three axes, the slowest first; 2-D ones have shape[0] = 1 in front. */
typedef struct shape {
    int ndim;
    int64_t n[3];
} shape;

static const shape shapes[] = {
    {2, {51, 31}},  {2, {31, 51}},  {2, {8, 6}},    {2, {13, 11}},  {2, {1, 5}},
    {2, {5, 1}},    {2, {1, 1}},    {2, {2, 2}},    {2, {3, 16}},   {2, {17, 2}},
    {3, {3, 5, 7}}, {3, {7, 5, 3}}, {3, {4, 6, 8}}, {3, {2, 1, 9}}, {3, {5, 3, 1}},
};
enum { SHAPES = sizeof shapes / sizeof shapes[0] };

static int64_t row_length(const shape *s)
{
    return s->ndim == 2 ? s->n[1] : s->n[1] * s->n[2];
}

static int64_t nx(const shape *s)
{
    return s->n[s->ndim - 1];
}

static int64_t middle(const shape *s)
{
    return s->ndim == 3 ? s->n[1] : 1;
}

static double complex root(int64_t jk, int64_t n)
{
    double angle = -2.0 * PI * (double)(jk % n) / (double)n;
    return CMPLX(cos(angle), sin(angle));
}

/* The definition, one coefficient at a time. */
static double complex naive(const shape *s, const double *x, int64_t kz, int64_t ky, int64_t kx)
{
    double complex sum = 0.0;
    for (int64_t z = 0; z < s->n[0]; z++) {
        for (int64_t y = 0; y < middle(s); y++) {
            double complex inner = 0.0;
            for (int64_t i = 0; i < nx(s); i++) {
                inner += *x++ * root(i * kx, nx(s));
            }
            sum += inner * root(z * kz, s->n[0]) * root(y * ky, middle(s));
        }
    }
    return sum / (double)(s->n[0] * row_length(s));
}

/* The whole surface, the same on every rank. */
static double *random_surface(const shape *s)
{
    size_t count = (size_t)(s->n[0] * row_length(s));
    double *x = bs_alloc(count, sizeof *x);
    bs_rng rng = {.seed = count, .stream = BS_STREAM_TEST};
    bs_rng_normal(&rng, 0, count, x);
    return x;
}

/* This rank's part of the spectrum of X. */
static double complex *transform(const bs_comm *comm, const shape *s, const double *x,
                                 bs_range *slab)
{
    bs_fft *fft = NULL;
    bool made = bs_fft_create(comm, s->ndim, s->n, &fft) == BS_OK;
    if (!mpi_test_check(made, "plan of %d axes, %lld rows", s->ndim, (long long)s->n[0])) {
        return NULL;
    }
    *slab = bs_fft_slab(fft);
    int64_t lines = slab->count * middle(s);
    double complex *out = bs_alloc((size_t)(lines * (nx(s) / 2 + 1)), sizeof *out);
    bs_status status = bs_fft_forward(fft, x + slab->first * row_length(s), out);
    mpi_test_check(status == BS_OK, "transform of %d axes", s->ndim);
    bs_fft_destroy(fft);
    return out;
}

static void check_slabs_tile(const bs_comm *comm, const shape *s, bs_range slab)
{
    int64_t before = 0;
    int64_t all = 0;
    MPI_Exscan(&slab.count, &before, 1, MPI_INT64_T, MPI_SUM, comm->mpi);
    MPI_Allreduce(&slab.count, &all, 1, MPI_INT64_T, MPI_SUM, comm->mpi);
    bool first = slab.first == (comm->rank == 0 ? 0 : before);
    mpi_test_check(first && all == s->n[0], "slabs tile %lld rows", (long long)s->n[0]);
}

static void matches_the_definition(const bs_comm *comm)
{
    for (int i = 0; i < SHAPES; i++) {
        const shape *s = &shapes[i];
        double *x = random_surface(s);
        bs_range slab = {0};
        double complex *out = transform(comm, s, x, &slab);
        check_slabs_tile(comm, s, slab);
        double worst = 0.0;
        const double complex *next = out;
        for (int64_t kz = slab.first; kz < slab.first + slab.count; kz++) {
            for (int64_t ky = 0; ky < middle(s); ky++) {
                for (int64_t kx = 0; kx <= nx(s) / 2; kx++) {
                    worst = fmax(worst, cabs(*next++ - naive(s, x, kz, ky, kx)));
                }
            }
        }
        mpi_test_check(worst < 1e-14, "surface %d equals the definition", i);
        bs_free(out);
        bs_free(x);
    }
}

/* A cosine of whole periods with a phase: one line of half its amplitude, at +k or -k of the slow
 * axes, and silence elsewhere. */
static void plane_wave_is_one_line(const bs_comm *comm, const shape *s, int64_t kz, int64_t ky,
                                   int64_t kx)
{
    double *x = bs_alloc((size_t)(s->n[0] * row_length(s)), sizeof *x);
    double *next = x;
    for (int64_t z = 0; z < s->n[0]; z++) {
        for (int64_t y = 0; y < middle(s); y++) {
            for (int64_t j = 0; j < nx(s); j++) {
                double periods = (double)(kz * z) / (double)s->n[0] +
                                 (double)(ky * y) / (double)middle(s) +
                                 (double)(kx * j) / (double)nx(s);
                *next++ = 3.0 * cos(2.0 * PI * periods + 0.5);
            }
        }
    }
    bs_range slab = {0};
    double complex *out = transform(comm, s, x, &slab);
    int64_t row_z = (kz + s->n[0]) % s->n[0];
    int64_t row_y = (ky + middle(s)) % middle(s);
    double worst = 0.0;
    const double complex *coefficient = out;
    for (int64_t z = slab.first; z < slab.first + slab.count; z++) {
        for (int64_t y = 0; y < middle(s); y++) {
            for (int64_t k = 0; k <= nx(s) / 2; k++) {
                bool line = z == row_z && y == row_y && k == kx;
                double complex expected = line ? CMPLX(1.5 * cos(0.5), 1.5 * sin(0.5)) : 0.0;
                worst = fmax(worst, cabs(*coefficient++ - expected));
            }
        }
    }
    mpi_test_check(worst < 1e-14, "plane wave (%lld, %lld, %lld)", (long long)kz, (long long)ky,
                   (long long)kx);
    bs_free(out);
    bs_free(x);
}

static void plane_waves(const bs_comm *comm)
{
    const shape plane = {2, {31, 51}};
    const shape volume = {3, {3, 5, 7}};
    plane_wave_is_one_line(comm, &plane, 4, 0, 3);
    plane_wave_is_one_line(comm, &plane, -4, 0, 3);
    plane_wave_is_one_line(comm, &plane, 15, 0, 25);
    plane_wave_is_one_line(comm, &volume, 1, -2, 3);
    plane_wave_is_one_line(comm, &volume, -1, 2, 1);
}

/* Mean square of the samples = sum of all squared coefficients, the redundant half counted too. */
static void parseval(const bs_comm *comm)
{
    for (int i = 0; i < SHAPES; i++) {
        const shape *s = &shapes[i];
        double *x = random_surface(s);
        int64_t points = s->n[0] * row_length(s);
        double square = 0.0;
        for (int64_t j = 0; j < points; j++) {
            square += x[j] * x[j] / (double)points;
        }
        bs_range slab = {0};
        double complex *out = transform(comm, s, x, &slab);
        int64_t half = nx(s) / 2 + 1;
        double mine = 0.0;
        for (int64_t j = 0; j < slab.count * middle(s) * half; j++) {
            bool own_mirror = j % half == 0 || 2 * (j % half) == nx(s);
            double size = cabs(out[j]);
            mine += (own_mirror ? 1.0 : 2.0) * size * size;
        }
        double power = 0.0;
        MPI_Allreduce(&mine, &power, 1, MPI_DOUBLE, MPI_SUM, comm->mpi);
        mpi_test_check(fabs(power - square) < 1e-13 * square, "Parseval, surface %d", i);
        bs_free(out);
        bs_free(x);
    }
}

static void lines_match_the_definition(void)
{
    double worst = 0.0;
    bool kept = true;
    for (int64_t n = 1; n <= 101; n++) {
        const shape s = {2, {1, n}};
        double *x = random_surface(&s);
        double *copy = random_surface(&s);
        double complex out[51];
        bs_status status = bs_fft_line(n, x, out);
        kept = kept && status == BS_OK && memcmp(x, copy, (size_t)n * sizeof *x) == 0;
        for (int64_t k = 0; k <= n / 2; k++) {
            worst = fmax(worst, cabs(out[k] - naive(&s, x, 0, 0, k)));
        }
        bs_free(x);
        bs_free(copy);
    }
    mpi_test_check(worst < 1e-14, "lines of 1 to 101 samples equal the definition");
    mpi_test_check(kept, "lines leave their input alone");
    mpi_test_check(bs_fft_line(0, NULL, NULL) == BS_ERR_INTERNAL, "no line without samples");
}

static bs_grid grid_of(const shape *s)
{
    bs_grid grid = {.ndim = s->ndim};
    for (int d = 0; d < s->ndim; d++) {
        grid.axis[d] = (bs_axis){.from = 0, .to = 1, .points = s->n[s->ndim - 1 - d]};
    }
    return grid;
}

/* One rank's arithmetic: row sums in order, then their sum in order. */
static double weight_at(const shape *s, bs_window window, int64_t j)
{
    double weight = 1.0;
    for (int d = s->ndim - 1; d >= 0; d--) {
        weight *= bs_window_weight(window, j % s->n[d], s->n[d]);
        j /= s->n[d];
    }
    return weight;
}

/* Row after row, as the ranks do; all weights at once, which rounds otherwise. */
static void detrend_serially(const shape *s, bs_window window, double *x)
{
    const int64_t length = s->ndim == 1 ? 1 : row_length(s);
    double sum = 0.0;
    double total = 0.0;
    for (int64_t j = 0; j < s->n[0] * length; j++) {
        sum += weight_at(s, window, j) * x[j];
        total += weight_at(s, window, j);
    }
    for (int64_t j = 0; j < s->n[0] * length; j++) {
        x[j] = (x[j] - sum / total) * weight_at(s, window, j);
    }
}

/* Bit-equal to one rank's arithmetic, whichever rows a rank holds. */
/* Whether rows [rows) of the surface of seed I are those that a rank alone makes. */
static bool same_as_alone(const bs_grid *grid, bs_window window, size_t i, bs_range rows,
                          const double *mine)
{
    const bs_comm alone = {.mpi = MPI_COMM_SELF, .rank = 0, .size = 1};
    const int64_t all = grid->axis[grid->ndim - 1].points;
    const int64_t length = bs_grid_points(grid) / all;
    double *x = bs_alloc((size_t)(all * length), sizeof *x);
    bs_rng rng = {.seed = i, .stream = BS_STREAM_TEST};
    bs_rng_normal(&rng, 0, (size_t)(all * length), x);
    bool same =
        bs_fft_detrend(&alone, grid, window, (bs_range){0, all}, x) == BS_OK &&
        memcmp(mine, x + rows.first * length, (size_t)(rows.count * length) * sizeof *x) == 0;
    bs_free(x);
    return same;
}

static void detrend_does_not_depend_on_ranks(const bs_comm *comm)
{
    static const shape some[] = {
        {1, {64}}, {2, {31, 51}}, {2, {3, 16}}, {2, {9, 1}}, {3, {3, 5, 7}}};
    for (size_t i = 0; i < sizeof some / sizeof some[0]; i++) {
        for (int window = BS_WINDOW_NONE; window <= BS_WINDOW_HANN; window++) {
            shape s = some[i];
            const bs_grid grid = grid_of(&s);
            const int64_t length = s.ndim == 1 ? 1 : row_length(&s);
            double *wanted = bs_alloc((size_t)(s.n[0] * length), sizeof *wanted);
            double *x = bs_alloc((size_t)(s.n[0] * length), sizeof *x);
            bs_rng rng = {.seed = i, .stream = BS_STREAM_TEST};
            bs_rng_normal(&rng, 0, (size_t)(s.n[0] * length), wanted);
            memcpy(x, wanted, (size_t)(s.n[0] * length) * sizeof *x);
            detrend_serially(&s, (bs_window)window, wanted);
            bs_range rows = bs_partition_block(s.n[0], comm->size, comm->rank);
            double *mine = x + rows.first * length;
            bs_status status = bs_fft_detrend(comm, &grid, (bs_window)window, rows, mine);
            bool equal = status == BS_OK;
            for (int64_t j = 0; j < rows.count * length && equal; j++) {
                equal = fabs(mine[j] - wanted[rows.first * length + j]) < 1e-14;
            }
            mpi_test_check(equal, "detrend of surface %zu, window %s", i,
                           bs_window_name((bs_window)window));
            mpi_test_check(same_as_alone(&grid, (bs_window)window, i, rows, mine),
                           "with the bits of one rank");
            bs_free(wanted);
            bs_free(x);
        }
    }
}

/* Detrending and transform together: a constant leaves nothing, under any window. */
static void constants_vanish(const bs_comm *comm)
{
    const shape s = {2, {31, 51}};
    const bs_grid grid = grid_of(&s);
    bs_fft *fft = NULL;
    if (!mpi_test_check(bs_fft_create(comm, 2, s.n, &fft) == BS_OK, "plan for a constant")) {
        return;
    }
    bs_range slab = bs_fft_slab(fft);
    double *x = bs_alloc((size_t)(slab.count * 51), sizeof *x);
    double complex *out = bs_alloc((size_t)(slab.count * 26), sizeof *out);
    for (int64_t j = 0; j < slab.count * 51; j++) {
        x[j] = 2.302585092994046;
    }
    bs_status status = bs_fft_detrend(comm, &grid, BS_WINDOW_HANN, slab, x);
    double worst = 0.0;
    if (mpi_test_check(status == BS_OK, "detrend of a constant")) {
        (void)bs_fft_forward(fft, x, out);
        for (int64_t k = 0; k < slab.count * 26; k++) {
            worst = fmax(worst, cabs(out[k]));
        }
    }
    mpi_test_check(worst < 1e-14, "a constant surface has no spectrum");
    bs_free(x);
    bs_free(out);
    bs_fft_destroy(fft);
}

/* The buffer of one rank cannot be had: all ranks return, and alike. Runs first, because the
 * injector counts from the start of the process. */
static void one_rank_without_memory(const bs_comm *comm)
{
    const shape s = {2, {31, 51}};
    bs_fft *fft = NULL;
    bs_status status = bs_fft_create(comm, 2, s.n, &fft);
    mpi_test_check(status == BS_ERR_MEMORY && fft == NULL, "all ranks learn of a full one");
}

static void impossible_shapes(const bs_comm *comm)
{
    static const shape bad[] = {{1, {8}}, {4, {2, 2, 2}}, {2, {0, 4}}, {2, {65536, 65536}}};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        bs_fft *fft = NULL;
        bs_status status = bs_fft_create(comm, bad[i].ndim, bad[i].n, &fft);
        mpi_test_check(status == BS_ERR_INTERNAL, "impossible shape %zu is refused", i);
    }
}

static void run_all(const bs_comm *comm)
{
    mpi_test_fault(comm, "alloc:2", comm->size - 1);
    one_rank_without_memory(comm);

    matches_the_definition(comm);
    plane_waves(comm);
    parseval(comm);
    lines_match_the_definition();
    detrend_does_not_depend_on_ranks(comm);
    constants_vanish(comm);
    impossible_shapes(comm);
}

const mpi_test mpi_test_file = {.run = run_all};
