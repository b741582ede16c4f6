/* Demos on any number of ranks: the same numbers as on one, and those that theory gives. */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "blueshift/demo_run.h"
#include "blueshift/memory.h"
#include "mpi/mpi_test.h"

static bs_dataset *run(const bs_comm *comm, const char *what, int count,
                       const char *const *settings)
{
    bs_demo *demo = NULL;
    bs_dataset *dataset = NULL;
    bs_status status = bs_demo_read(what, count, settings, &demo);
    if (status == BS_OK) {
        status = bs_demo_run(comm, demo, &dataset);
    }
    bs_demo_destroy(demo);
    return dataset;
}

static int64_t count_of(const bs_dataset *d, const char *const *dims, int count)
{
    int64_t all = 1;
    for (int i = 0; i < count; i++) {
        all *= bs_dataset_length(d, dims[i]);
    }
    return all;
}

/* Largest difference of an array from the single rank's, over the array's largest value. */
static double difference(const bs_dataset *a, const bs_dataset *b, const char *name, int64_t count)
{
    const double *x = bs_dataset_values(a, name);
    const double *y = bs_dataset_values(b, name);
    double largest = 0.0;
    double scale = 0.0;
    for (int64_t i = 0; x != NULL && y != NULL && i < count; i++) {
        if (isnan(x[i]) != isnan(y[i])) {
            return INFINITY;
        }
        if (!isnan(x[i])) {
            largest = fmax(largest, fabs(x[i] - y[i]));
            scale = fmax(scale, fabs(y[i]));
        }
    }
    return x == NULL || y == NULL ? (double)INFINITY : largest / scale;
}

static void fractional_motion(const bs_comm *world, const bs_comm *self, const char *hurst)
{
    const char *settings[] = {"fbm.samples=100", "fbm.paths=150", "fbm.band=[0.1, 0.8]", hurst};
    bs_dataset *all = run(world, "fbm", 4, settings);
    bs_dataset *one = run(self, "fbm", 4, settings);
    if (!mpi_test_check(all != NULL && one != NULL, "fbm, %s", hurst)) {
        return;
    }
    static const char *const names[] = {"magnitude", "magnitude_error", "power", "power_error",
                                        "power_theory"};
    const char *dims[] = {"generator", "signal", "wavenumber"};
    int64_t count = count_of(all, dims, 3);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        double off = difference(all, one, names[i], i < 4 ? count : count / 2);
        mpi_test_check(off < 1e-12, "%s as on one rank, off by %.1e", names[i], off);
    }
    mpi_test_check(difference(all, one, "example", 300) < 1e-12, "the example");
    mpi_test_check(difference(all, one, "covariance", 128) < 1e-12, "covariances");
    mpi_test_check(difference(all, one, "slope", 6) < 1e-12, "slopes");
    mpi_test_check(difference(all, one, "excess", 6) < 1e-12, "high fractions of pairs");
    for (int g = 0; g < 2; g++) {
        const double *share = bs_dataset_values(all, "high_fraction") + (ptrdiff_t)3 * g;
        const double *error = bs_dataset_values(all, "high_fraction_error") + (ptrdiff_t)3 * g;
        const double *theory = bs_dataset_values(all, "high_fraction_theory");
        double deviation = bs_dataset_values(all, "covariance_deviation")[g];
        mpi_test_check(deviation > 0.4 && deviation < 1.8,
                       "generator %d: covariances within %.2f standard errors", g, deviation);
        for (int s = 0; s < 3; s++) {
            double away = (share[s] - theory[s]) / error[s];
            mpi_test_check(fabs(away) < 4.0, "signal %d: high fraction %.2f errors from theory", s,
                           away);
        }
    }
    double halving = bs_dataset_attribute_number(all, "cosine_halving_error");
    mpi_test_check(halving < 1e-15, "harmonics of a cosine are halved, off by %.1e", halving);
    mpi_test_check(bs_dataset_attribute_number(all, "cholesky_residual") < 1e-14, "residual");
    bs_dataset_destroy(all);
    bs_dataset_destroy(one);
}

static void averages(const bs_comm *world, const bs_comm *self)
{
    static const char *const settings[] = {"averaging.size=37", "averaging.repeats=6",
                                           "averaging.copies=5"};
    bs_dataset *all = run(world, "averaging", 3, settings);
    bs_dataset *one = run(self, "averaging", 3, settings);
    if (!mpi_test_check(all != NULL && one != NULL, "averaging")) {
        return;
    }
    static const char *const names[] = {"variance", "variance_error", "gain", "gain_error"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        mpi_test_check(difference(all, one, names[i], 20) == 0.0, "%s, the same bits", names[i]);
    }
    mpi_test_check(difference(all, one, "picture", 4L * 37 * 37) == 0.0, "pictures, the same bits");
    const double *variance = bs_dataset_values(all, "variance");
    const double *wanted = bs_dataset_values(all, "variance_theory");
    bool close = true;
    for (int i = 0; i < 20; i++) { /* 6 x 1369 squares of normal numbers: error sqrt(2/8214) */
        close = close && fabs(variance[i] / wanted[i] - 1.0) < 5.0 * 0.0156;
    }
    mpi_test_check(close, "variances as theory says");
    bs_dataset_destroy(all);
    bs_dataset_destroy(one);
}

static void coefficients(const bs_comm *world, const bs_comm *self)
{
    static const char *const settings[] = {"plane.coefficients=20001", "plane.branches=4"};
    bs_dataset *all = run(world, "plane", 2, settings);
    bs_dataset *one = run(self, "plane", 2, settings);
    if (!mpi_test_check(all != NULL && one != NULL, "plane")) {
        return;
    }
    mpi_test_check(difference(all, one, "factors", 12) < 1e-12, "factors as on one rank");
    mpi_test_check(difference(all, one, "path_factors", 12) < 1e-12, "factors of paths");
    const double *got = bs_dataset_values(all, "factors");
    const double *wanted = bs_dataset_values(all, "factors_theory");
    const double *paths = bs_dataset_values(all, "path_factors");
    const double *limit = bs_dataset_values(all, "path_factors_theory");
    bool close = true;
    bool exact = true;
    for (int i = 0; i < 12; i++) { /* errors of means over 20001: .007 */
        close = close && fabs(got[i] - wanted[i]) < 0.03 && fabs(paths[i] - limit[i]) < 0.03;
    }
    for (int c = 0; c < 4; c++) {
        const double *f = got + (ptrdiff_t)3 * c;
        exact = exact && fabs(f[0] - f[1] * f[2]) < 1e-12;
    }
    mpi_test_check(close, "factors as theory says");
    mpi_test_check(exact, "damping is ED times FDSA");
    mpi_test_check(fabs(got[11] - 0.560) < 0.01, "two independent ones of equal power: .560");
    bs_dataset_destroy(all);
    bs_dataset_destroy(one);
}

/* NaN is itself here. */
static bool same_numbers(const double *a, const double *b, int count)
{
    for (int i = 0; i < count; i++) {
        if (a[i] != b[i] && !(isnan(a[i]) && isnan(b[i]))) {
            return false;
        }
    }
    return true;
}

/* A file read back is the dataset; a write that fails leaves nothing. Rank 0 alone. */
static bool round_trip(void)
{
    char path[] = "/tmp/blueshift-dataset-XXXXXX";
    int descriptor = mkstemp(path);
    bs_dataset *d = NULL;
    bs_dataset *back = NULL;
    double *values = NULL;
    bool good =
        descriptor >= 0 && close(descriptor) == 0 && bs_dataset_create(&d) == BS_OK &&
        bs_dataset_dimension(d, "y", 2) == BS_OK && bs_dataset_dimension(d, "x", 3) == BS_OK &&
        bs_dataset_array(d, "a", "y x", "m", "an array", &values) == BS_OK &&
        bs_dataset_text(d, "demo", "none") == BS_OK && bs_dataset_number(d, "n", 0.1) == BS_OK;
    for (int i = 0; good && i < 6; i++) {
        values[i] = i == 2 ? (double)NAN : 1.0 / (i + 1.0);
    }
    good =
        good && bs_dataset_array(d, "b", "z", "m", "no such dimension", &values) == BS_ERR_INTERNAL;
    good = good && bs_dataset_array(d, "a", "x", "m", "twice", &values) == BS_ERR_INTERNAL;
    good = good && bs_dataset_write(d, path, true) == BS_OK && bs_dataset_is(path, "demo") &&
           !bs_dataset_is(path, "other") && bs_dataset_read(path, &back) == BS_OK;
    good = good && bs_dataset_length(back, "x") == 3 &&
           same_numbers(bs_dataset_values(back, "a"), bs_dataset_values(d, "a"), 6) &&
           strcmp(bs_dataset_attribute(back, "demo"), "none") == 0 &&
           bs_dataset_attribute_number(back, "n") == 0.1;
    bs_dataset *none = NULL;
    good = good && bs_dataset_write(d, "/tmp/blueshift-none/x.nc", false) == BS_ERR_IO;
    good = good && bs_dataset_read("/dev/null", &none) == BS_ERR_INPUT && none == NULL;
    unlink(path);
    bs_dataset_destroy(d);
    bs_dataset_destroy(back);
    return good;
}

static void run_all(const bs_comm *world)
{
    bs_comm self;
    if (!mpi_test_check(bs_comm_create(MPI_COMM_SELF, &self) == BS_OK, "a rank alone")) {
        return;
    }
    fractional_motion(world, &self, "fbm.hurst=0.3");
    fractional_motion(world, &self, "fbm.hurst=0.85");
    averages(world, &self);
    coefficients(world, &self);
    static const char *const absent[] = {"averaging.image=/tmp/blueshift-none.png"};
    bs_dataset *none = run(world, "averaging", 1, absent);
    mpi_test_check(none == NULL && strstr(bs_error_text(), "blueshift-none.png") != NULL,
                   "an image that is not there is named on all ranks");
    mpi_test_check(world->rank != 0 || round_trip(), "datasets go through files");
    bs_comm_release(&self);
}

const mpi_test mpi_test_file = {.run = run_all};
