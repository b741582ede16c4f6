/* E2: spectra of fractional Brownian motion, its relu and the average of both. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "blueshift/cholesky.h"
#include "blueshift/fbm.h"
#include "blueshift/fft_mpi.h"
#include "blueshift/memory.h"
#include "blueshift/theory.h"
#include "demos.h"
#include "ensemble.h"
#include "expectation.h"

enum { GENERATORS = 2, BATCH = 64, HARMONICS = 17 };

/* The demo under way. */
typedef struct fbm_run {
    const bs_comm *comm;
    const bs_demo *demo;
    ensemble sums;
    int generators;
    bs_fbm_generator generator[GENERATORS];
    bs_dataset *dataset;
    double *example; /* [SIGNALS][samples] of the first path of the first generator */
} fbm_run;

/* ---- generators ---- */

/* Increments have the better condition; their factor summed up is that of the path itself. */
static double increment_covariance(const void *context, int64_t i, int64_t j)
{
    const bs_demo *demo = context;
    return pow((double)demo->samples, -2.0 * demo->hurst) *
           bs_fbm_increment_covariance(demo->hurst, i - j);
}

static bs_status take_path(fbm_run *run, int64_t number, const double *path)
{
    const int64_t n = run->demo->samples;
    if (number == 0 && run->example != NULL) {
        double mean = 0.0;
        for (int64_t j = 0; j < n; j++) {
            mean += path[j] / (double)n;
        }
        for (int64_t i = 0; i < SIGNALS * n; i++) {
            run->example[i] = bs_ensemble_signal((int)(i / n), path[i % n] - mean);
        }
    }
    return bs_ensemble_add(&run->sums, path);
}

/* Paths in batches, so that memory does not grow with the ensemble. */
static bs_status add_batch(fbm_run *run, const bs_cholesky *cholesky, int64_t first, int64_t count)
{
    const int64_t n = run->demo->samples;
    const bs_rng rng = {.seed = run->demo->seed,
                        .stream = BS_STREAM_FBM,
                        .realisation = (uint32_t)first,
                        .item = BS_FBM_CHOLESKY};
    bs_range mine;
    double *vectors = NULL;
    BS_TRY(bs_cholesky_sample(cholesky, &rng, count, &mine, &vectors));
    bs_status status = BS_OK;
    for (int64_t p = 0; p < mine.count && status == BS_OK; p++) {
        double *path = vectors + p * n;
        for (int64_t j = 1; j < n; j++) {
            path[j] += path[j - 1];
        }
        status = take_path(run, first + mine.first + p, path);
    }
    bs_free(vectors);
    return bs_agree(run->comm, status);
}

static bs_status generate_cholesky(fbm_run *run)
{
    const bs_demo *demo = run->demo;
    bs_process_grid *grid = NULL;
    bs_cholesky *cholesky = NULL;
    BS_TRY(bs_process_grid_create(run->comm, &grid));
    bs_status status =
        bs_cholesky_create(grid, demo->samples, increment_covariance, demo, &cholesky);
    const int64_t batch = (int64_t)BATCH * run->comm->size;
    for (int64_t first = 0; first < demo->paths && status == BS_OK; first += batch) {
        int64_t rest = demo->paths - first;
        status = add_batch(run, cholesky, first, rest < batch ? rest : batch);
    }
    if (status == BS_OK) {
        status =
            bs_dataset_number(run->dataset, "cholesky_residual", bs_cholesky_residual(cholesky));
        status = bs_agree(run->comm, status);
    }
    bs_cholesky_destroy(cholesky);
    bs_process_grid_destroy(grid);
    return status;
}

static bs_status generate_circulant(fbm_run *run)
{
    const bs_demo *demo = run->demo;
    const bs_range mine = bs_partition_block(demo->paths, run->comm->size, run->comm->rank);
    bs_fbm *fbm = NULL;
    double *path = bs_alloc((size_t)demo->samples, sizeof *path);
    bs_status status =
        path == NULL ? BS_ERR_MEMORY : bs_fbm_create(demo->hurst, demo->samples, &fbm);
    for (int64_t p = mine.first; p < mine.first + mine.count && status == BS_OK; p++) {
        status = bs_fbm_path(fbm, demo->seed, (uint32_t)p, path);
        if (status == BS_OK) {
            status = take_path(run, p, path);
        }
    }
    bs_fbm_destroy(fbm);
    bs_free(path);
    return bs_agree(run->comm, status);
}

/* ---- results ---- */

/* Arrays over [generator]..., each with its error beside it. */
typedef struct pair {
    double *mean, *error;
} pair;

typedef struct results {
    pair magnitude, power, slope, fraction, excess, covariance;
    double *deviation;
    struct {
        double *power, *slope, *fraction, *covariance;
    } theory;
} results;

static bs_status add_pair(bs_dataset *d, const char *name, const char *dims, const char *long_name,
                          pair *p)
{
    char error[64];
    char text[256];
    snprintf(error, sizeof error, "%s_error", name);
    snprintf(text, sizeof text, "standard error over the paths of: %s", long_name);
    BS_TRY(bs_dataset_array(d, name, dims, "1", long_name, &p->mean));
    return bs_dataset_array(d, error, dims, "1", text, &p->error);
}

static bs_status define(fbm_run *run, results *r)
{
    bs_dataset *d = run->dataset;
    BS_TRY(bs_dataset_dimension(d, "generator", run->generators));
    BS_TRY(bs_dataset_dimension(d, "signal", SIGNALS));
    BS_TRY(bs_dataset_dimension(d, "wavenumber", run->sums.bins));
    BS_TRY(bs_dataset_dimension(d, "time", run->demo->samples));
    BS_TRY(bs_dataset_dimension(d, "first_eighth", TIMES));
    BS_TRY(bs_dataset_dimension(d, "second_eighth", TIMES));
    BS_TRY(bs_dataset_dimension(d, "harmonic", HARMONICS));
    BS_TRY(bs_dataset_text(d, "signals", "x, relu(x), (x + relu(x)) / 2"));
    BS_TRY(bs_dataset_text(d, "generators",
                           run->generators == 2                         ? "cholesky, circulant"
                           : run->generator[0] == BS_GENERATOR_CHOLESKY ? "cholesky"
                                                                        : "circulant"));
    BS_TRY(bs_dataset_array(d, "example", "signal time", "1",
                            "the first path less its mean, its relu and their average",
                            &run->example));
    BS_TRY(add_pair(d, "magnitude", "generator signal wavenumber",
                    "mean |X_k|, X_k = (1/N) sum_j x_j exp(-2 pi i jk/N), mean under the window "
                    "removed, Hann window",
                    &r->magnitude));
    BS_TRY(add_pair(d, "power", "generator signal wavenumber", "mean |X_k|^2", &r->power));
    BS_TRY(
        add_pair(d, "slope", "generator signal", "log-log slope of |X_k| in the band", &r->slope));
    BS_TRY(add_pair(d, "high_fraction", "generator signal",
                    "fraction of the power above the cutoff, from wavenumber 2 on", &r->fraction));
    BS_TRY(add_pair(d, "excess", "generator signal",
                    "mean over the paths of ln(high fraction / high fraction of x)", &r->excess));
    BS_TRY(add_pair(d, "covariance", "generator first_eighth second_eighth",
                    "covariance of the increments of the path over eighths of the time",
                    &r->covariance));
    return bs_dataset_array(d, "covariance_deviation", "generator", "1",
                            "root mean square difference of covariance from theory in exact "
                            "standard errors: about 1",
                            &r->deviation);
}

static double covariance_theory(const fbm_run *run, int s, int t)
{
    const double n = (double)run->demo->samples;
    double ends[2][2]; /* of both eighths */
    for (int i = 0; i < 2; i++) {
        int time = i == 0 ? s : t;
        ends[i][0] = time > 0 ? (double)(bs_ensemble_time(&run->sums, time - 1) + 1) / n : 0.0;
        ends[i][1] = (double)(bs_ensemble_time(&run->sums, time) + 1) / n;
    }
    const double hurst = run->demo->hurst;
    return bs_fbm_covariance(hurst, ends[0][1], ends[1][1]) -
           bs_fbm_covariance(hurst, ends[0][0], ends[1][1]) -
           bs_fbm_covariance(hurst, ends[0][1], ends[1][0]) +
           bs_fbm_covariance(hurst, ends[0][0], ends[1][0]);
}

/* Gaussian products have the variance R_ss R_tt + R_st^2. */
static double deviation(const fbm_run *run)
{
    const int64_t count = run->demo->paths;
    double squares = 0.0;
    int pairs = 0;
    for (int s = 0; s < TIMES; s++) {
        for (int t = s; t < TIMES; t++, pairs++) {
            double wanted = covariance_theory(run, s, t);
            double variance =
                covariance_theory(run, s, s) * covariance_theory(run, t, t) + wanted * wanted;
            double got = bs_ensemble_covariance(&run->sums, count, s, t).mean;
            squares += (got - wanted) * (got - wanted) * (double)count / variance;
        }
    }
    return sqrt(squares / pairs);
}

static void put(pair p, int64_t index, bs_estimate value)
{
    p.mean[index] = value.mean;
    p.error[index] = value.error;
}

static void conclude(const fbm_run *run, int generator, const results *r)
{
    const ensemble *e = &run->sums;
    const int64_t count = run->demo->paths;
    for (int signal = 0; signal < SIGNALS; signal++) {
        const int64_t row = generator * SIGNALS + signal;
        for (int64_t k = 0; k < e->bins; k++) {
            put(r->magnitude, row * e->bins + k, bs_ensemble_magnitude(e, count, signal, k));
            put(r->power, row * e->bins + k, bs_ensemble_power(e, count, signal, k));
        }
        put(r->slope, row, bs_ensemble_slope(e, count, signal));
        put(r->fraction, row, bs_ensemble_fraction(e, count, signal));
        put(r->excess, row, bs_ensemble_excess(e, count, signal));
    }
    for (int s = 0; s < TIMES; s++) {
        for (int t = 0; t < TIMES; t++) {
            put(r->covariance, (generator * TIMES + s) * TIMES + t,
                bs_ensemble_covariance(e, count, s, t));
        }
    }
    r->deviation[generator] = deviation(run);
}

static bs_status run_generator(fbm_run *run, int generator, const results *r)
{
    ensemble *e = &run->sums;
    memset(e->sums, 0, (size_t)e->size * sizeof *e->sums);
    BS_TRY(run->generator[generator] == BS_GENERATOR_CHOLESKY ? generate_cholesky(run)
                                                              : generate_circulant(run));
    if (run->example != NULL) { /* zeros but on the rank that had the path */
        BS_TRY(BS_MPI(MPI_Allreduce(MPI_IN_PLACE, run->example, (int)(SIGNALS * run->demo->samples),
                                    MPI_DOUBLE, MPI_SUM, run->comm->mpi)));
        run->example = NULL;
    }
    BS_TRY(BS_MPI(
        MPI_Allreduce(MPI_IN_PLACE, e->sums, (int)e->size, MPI_DOUBLE, MPI_SUM, run->comm->mpi)));
    conclude(run, generator, r);
    return BS_OK;
}

/* ---- theory ---- */

static bs_status define_theory(bs_dataset *d, results *r)
{
    BS_TRY(bs_dataset_array(d, "power_theory", "signal wavenumber", "1",
                            "E|X_k|^2 of sampled paths with the window, exact", &r->theory.power));
    BS_TRY(bs_dataset_array(d, "slope_theory", "signal", "1",
                            "log-log slope of sqrt(power_theory) in the band", &r->theory.slope));
    BS_TRY(bs_dataset_array(d, "high_fraction_theory", "signal", "1",
                            "fraction of power_theory above the cutoff", &r->theory.fraction));
    return bs_dataset_array(d, "covariance_theory", "first_eighth second_eighth", "1",
                            "exact covariance of the increments", &r->theory.covariance);
}

static bs_status add_theory(fbm_run *run, const results *r)
{
    const ensemble *e = &run->sums;
    BS_TRY(bs_expectation_power(run->comm, e, run->demo->hurst, r->theory.power));
    for (int signal = 0; signal < SIGNALS; signal++) {
        const double *p = r->theory.power + signal * e->bins;
        double high = 0.0;
        double total = 0.0;
        for (int64_t k = LOWEST; k < e->bins; k++) {
            total += p[k];
            high += k > e->cutoff ? p[k] : 0.0;
            run->sums.line[k] = 0.5 * log(p[k]);
        }
        r->theory.slope[signal] = bs_ensemble_fit(e, run->sums.line);
        r->theory.fraction[signal] = high / total;
    }
    for (int i = 0; i < TIMES * TIMES; i++) {
        r->theory.covariance[i] = covariance_theory(run, i / TIMES, i % TIMES);
    }
    return BS_OK;
}

/* One cosine instead of paths: the harmonics k >= 2 of the average are half those of relu. */
static bs_status add_cosine(fbm_run *run)
{
    const int64_t n = run->demo->samples;
    const bs_theory_wave relu = {.activation = BS_ACTIVATION_RELU, .amplitude = 1.0};
    double *harmonics = NULL;
    double *theory = NULL;
    BS_TRY(bs_dataset_array(run->dataset, "cosine", "signal harmonic", "1",
                            "|X_k| of one period of a cosine and what the nonlinearity makes of it",
                            &harmonics));
    BS_TRY(bs_dataset_array(run->dataset, "cosine_theory", "harmonic", "1",
                            "|X_k| of relu in closed form", &theory));
    double largest = 0.0;
    BS_TRY(bs_theory_sampled_harmonics(&relu, n, run->sums.line));
    for (int64_t k = 0; k < HARMONICS && k < run->sums.bins; k++) {
        theory[k] = fabs(run->sums.line[k]);
    }
    for (int signal = 0; signal < SIGNALS; signal++) {
        for (int64_t j = 0; j < n; j++) {
            run->sums.signal[j] =
                bs_ensemble_signal(signal, cos(2.0 * acos(-1.0) * (double)j / (double)n));
        }
        BS_TRY(bs_fft_line(n, run->sums.signal, run->sums.modes));
        for (int64_t k = 0; k < HARMONICS && k < run->sums.bins; k++) {
            harmonics[(int64_t)signal * HARMONICS + k] = cabs(run->sums.modes[k]);
        }
    }
    for (int k = 2; k < HARMONICS; k++) {
        double half = 0.5 * harmonics[HARMONICS + k];
        largest = fmax(largest, fabs(harmonics[2 * HARMONICS + k] - half));
    }
    return bs_dataset_number(run->dataset, "cosine_halving_error", largest);
}

static bs_status run_all(fbm_run *run)
{
    results r;
    bs_status defined = define(run, &r);
    if (defined == BS_OK) {
        defined = define_theory(run->dataset, &r);
    }
    BS_TRY(bs_agree(run->comm, defined));
    for (int g = 0; g < run->generators; g++) {
        BS_TRY(run_generator(run, g, &r));
    }
    BS_TRY(add_theory(run, &r));
    BS_TRY(bs_agree(run->comm, add_cosine(run)));
    bs_status status = bs_dataset_number(run->dataset, "hurst", run->demo->hurst);
    if (status == BS_OK) {
        status = bs_dataset_number(run->dataset, "paths", (double)run->demo->paths);
    }
    if (status == BS_OK) {
        status = bs_dataset_number(run->dataset, "slope_law",
                                   -0.5 * bs_theory_fbm_exponent(run->demo->hurst));
    }
    if (status == BS_OK) {
        status = bs_dataset_number(run->dataset, "cutoff_wavenumber", (double)run->sums.cutoff);
    }
    for (int i = 0; i < 2 && status == BS_OK; i++) {
        status = bs_dataset_number(run->dataset, i == 0 ? "band_first" : "band_last",
                                   (double)run->sums.band[i]);
    }
    return bs_agree(run->comm, status);
}

bs_status bs_demo_run_fbm(const bs_comm *comm, const bs_demo *demo, bs_dataset *dataset)
{
    fbm_run run = {.comm = comm, .demo = demo, .dataset = dataset, .generators = 1};
    run.generator[0] = demo->generator;
    if (demo->generator == BS_GENERATOR_BOTH) {
        run.generators = 2;
        run.generator[0] = BS_GENERATOR_CHOLESKY;
        run.generator[1] = BS_GENERATOR_CIRCULANT;
    }
    bs_status status = bs_agree(comm, bs_ensemble_init(demo, &run.sums));
    if (status == BS_OK) {
        status = run_all(&run);
    }
    bs_ensemble_release(&run.sums);
    return status;
}
