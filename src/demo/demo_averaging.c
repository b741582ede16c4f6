/* E3: noisy copies of an image, averaged; variance against the number and the correlation. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "blueshift/memory.h"
#include "blueshift/partition.h"
#include "blueshift/picture.h"
#include "blueshift/rng.h"
#include "blueshift/statistics.h"
#include "blueshift/theory.h"
#include "demos.h"

/* Items of BS_STREAM_NOISE: what all copies share, then what each has of its own. */
enum { COMMON_NOISE = 0, OWN_NOISE = 1, OWN_SIGNAL = 1 << 16 };

/* Panels of the dataset's pictures. */
enum { ORIGINAL, NOISY, AVERAGED, AVERAGED_CORRELATED, PANELS };

enum { WAVES = 12 }; /* of a copy's own signal */

/* The demo under way; this rank's pixels are whole rows. */
typedef struct averaging {
    const bs_comm *comm;
    const bs_demo *demo;
    bs_picture picture;
    bs_range rows;
    int64_t pixels;   /* of this rank */
    double *signal;   /* [pixels] the picture with mean 0 and variance 1 */
    double *common;   /* [pixels] */
    double *own;      /* [pixels] sum of the copies' own noise so far */
    double *variants; /* [pixels] sum of the copies' own signals so far */
    double *draw;     /* [pixels] */
    int64_t numbers;  /* of a row: for every number of copies a signal's, then every noise's */
    double *row_sums; /* [height][numbers] */
    double *panels;   /* [PANELS][height][width]; NULL once they are drawn */
    int shown;        /* correlation in the last panel */
} averaging;

/* ---- memory and the picture ---- */

static bs_status read_picture(const bs_comm *comm, const bs_demo *demo, bs_picture *picture)
{
    int64_t shape[2] = {0, 0};
    bs_status status = BS_OK;
    if (comm->rank == 0) {
        status = demo->image[0] != '\0' ? bs_picture_read(demo->image, picture)
                                        : bs_picture_own(demo->size, picture);
        shape[0] = picture->height;
        shape[1] = picture->width;
    }
    BS_TRY(bs_agree(comm, status));
    BS_TRY(BS_MPI(MPI_Bcast(shape, 2, MPI_INT64_T, 0, comm->mpi)));
    const int count = (int)(shape[0] * shape[1]);
    if (comm->rank != 0) {
        picture->height = shape[0];
        picture->width = shape[1];
        picture->values = bs_alloc((size_t)count, sizeof *picture->values);
        status = picture->values == NULL ? BS_ERR_MEMORY : BS_OK;
    }
    BS_TRY(bs_agree(comm, status));
    return BS_MPI(MPI_Bcast(picture->values, count, MPI_DOUBLE, 0, comm->mpi));
}

/* Every rank sees the whole picture, so that mean and variance are the same bits everywhere. */
static bs_status standardise(averaging *a)
{
    const int64_t count = a->picture.height * a->picture.width;
    double mean = 0.0;
    double variance = 0.0;
    for (int64_t i = 0; i < count; i++) {
        mean += a->picture.values[i] / (double)count;
    }
    for (int64_t i = 0; i < count; i++) {
        double distance = a->picture.values[i] - mean;
        variance += distance * distance / (double)count;
    }
    if (!(variance > 0.0)) {
        return BS_FAIL(BS_ERR_INPUT, "%s: all pixels are equal; there is no signal to average",
                       a->demo->image);
    }
    for (int64_t i = 0; i < a->pixels; i++) {
        int64_t pixel = a->rows.first * a->picture.width + i;
        a->signal[i] = (a->picture.values[pixel] - mean) / sqrt(variance);
    }
    return BS_OK;
}

static bs_status take_memory(averaging *a)
{
    const size_t n = (size_t)(a->pixels > 0 ? a->pixels : 1);
    a->signal = bs_alloc(5 * n, sizeof *a->signal);
    a->row_sums = bs_alloc((size_t)(a->picture.height * a->numbers), sizeof *a->row_sums);
    if (a->signal == NULL || a->row_sums == NULL) {
        return BS_ERR_MEMORY;
    }
    a->common = a->signal + n;
    a->own = a->common + n;
    a->variants = a->own + n;
    a->draw = a->variants + n;
    return standardise(a);
}

/* ---- noise and signals ---- */

/* Standard normal numbers by pixel of the whole picture: the same on any number of ranks. */
static void draw_noise(const averaging *a, uint32_t repeat, uint32_t item, double *out)
{
    const bs_rng rng = {
        .seed = a->demo->seed, .stream = BS_STREAM_NOISE, .realisation = repeat, .item = item};
    bs_rng_normal(&rng, (uint64_t)(a->rows.first * a->picture.width), (size_t)a->pixels, out);
}

/* Adds a smooth random field of mean 0 and variance 1: a few waves of random phase. */
static void add_variant(const averaging *a, uint32_t repeat, uint32_t copy)
{
    const bs_rng rng = {.seed = a->demo->seed,
                        .stream = BS_STREAM_NOISE,
                        .realisation = repeat,
                        .item = OWN_SIGNAL + copy};
    double random[WAVES][3];
    bs_rng_uniform(&rng, 0, sizeof random / sizeof random[0][0], random[0]);
    for (int64_t i = 0; i < a->pixels; i++) {
        double x = (double)(i % a->picture.width) / (double)a->picture.width;
        int64_t row = a->rows.first + i / a->picture.width;
        double y = (double)row / (double)a->picture.height;
        double sum = 0.0;
        for (int w = 0; w < WAVES; w++) {
            double kx = 1.0 + floor(6.0 * random[w][0]);
            double ky = floor(13.0 * random[w][1]) - 6.0;
            sum += cos(2.0 * BS_PI * (kx * x + ky * y + random[w][2]));
        }
        a->variants[i] += sqrt(2.0 / WAVES) * sum;
    }
}

/* Noise of variance 1 of the average of COUNT copies at pixel I. */
static double averaged_noise(const averaging *a, double correlation, int64_t count, int64_t i)
{
    return sqrt(correlation) * a->common[i] + sqrt(1.0 - correlation) * a->own[i] / (double)count;
}

/* Squares of the averaged signal and of the averaged noises, row by row. */
static void add_rows(const averaging *a, int64_t count)
{
    const double shared = a->demo->signal_correlation;
    const unsigned correlations = a->demo->correlation_count;
    double *numbers = a->row_sums + (count - 1) * (1 + (int64_t)correlations);
    for (int64_t i = 0; i < a->pixels; i++) {
        double *row = numbers + (a->rows.first + i / a->picture.width) * a->numbers;
        double signal =
            sqrt(shared) * a->signal[i] + sqrt(1.0 - shared) * a->variants[i] / (double)count;
        row[0] += signal * signal;
        for (unsigned c = 0; c < correlations; c++) {
            double noise = averaged_noise(a, a->demo->correlations[c], count, i);
            row[1 + c] += noise * noise;
        }
    }
}

static void draw_panels(const averaging *a, int64_t count)
{
    const int64_t whole = a->picture.height * a->picture.width;
    for (int64_t i = 0; i < a->pixels; i++) {
        int64_t pixel = a->rows.first * a->picture.width + i;
        double value = a->picture.values[pixel];
        double correlation = a->demo->correlations[a->shown];
        if (count == 1) {
            a->panels[ORIGINAL * whole + pixel] = value;
            a->panels[NOISY * whole + pixel] =
                value + a->demo->noise * averaged_noise(a, 0.0, 1, i);
        }
        if (count == a->demo->copies) {
            a->panels[AVERAGED * whole + pixel] =
                value + a->demo->noise * averaged_noise(a, 0.0, count, i);
            a->panels[AVERAGED_CORRELATED * whole + pixel] =
                value + a->demo->noise * averaged_noise(a, correlation, count, i);
        }
    }
}

/* One repeat: FIGURES [numbers] become means over all pixels. Collective. */
static bs_status run_repeat(averaging *a, uint32_t repeat, double *numbers)
{
    const int64_t height = a->picture.height;
    memset(a->own, 0, (size_t)a->pixels * sizeof *a->own);
    memset(a->variants, 0, (size_t)a->pixels * sizeof *a->variants);
    memset(a->row_sums, 0, (size_t)(height * a->numbers) * sizeof *a->row_sums);
    draw_noise(a, repeat, COMMON_NOISE, a->common);
    for (int64_t count = 1; count <= a->demo->copies; count++) {
        draw_noise(a, repeat, (uint32_t)(OWN_NOISE + count - 1), a->draw);
        for (int64_t i = 0; i < a->pixels; i++) {
            a->own[i] += a->draw[i];
        }
        add_variant(a, repeat, (uint32_t)(count - 1));
        add_rows(a, count);
        if (repeat == 0) {
            draw_panels(a, count);
        }
    }
    /* Every row is one rank's: the reduction adds zeros, and the order below is fixed. */
    BS_TRY(BS_MPI(MPI_Allreduce(MPI_IN_PLACE, a->row_sums, (int)(height * a->numbers), MPI_DOUBLE,
                                MPI_SUM, a->comm->mpi)));
    for (int64_t f = 0; f < a->numbers; f++) {
        numbers[f] = 0.0;
        for (int64_t row = 0; row < height; row++) {
            numbers[f] += a->row_sums[row * a->numbers + f];
        }
        numbers[f] /= (double)(height * a->picture.width);
    }
    return BS_OK;
}

/* ---- results ---- */

typedef struct results {
    double *variance, *variance_error, *variance_theory;
    double *gain, *gain_error, *gain_theory;
    double *correlation;
    double *every; /* [repeats][numbers] */
} results;

static bs_status define(const averaging *a, bs_dataset *d, results *r, double **panels)
{
    BS_TRY(bs_dataset_dimension(d, "noise_correlation", a->demo->correlation_count));
    BS_TRY(bs_dataset_dimension(d, "copies", a->demo->copies));
    BS_TRY(bs_dataset_dimension(d, "panel", PANELS));
    BS_TRY(bs_dataset_dimension(d, "y", a->picture.height));
    BS_TRY(bs_dataset_dimension(d, "x", a->picture.width));
    BS_TRY(bs_dataset_array(d, "noise_correlation", "noise_correlation", "1",
                            "correlation between the noise of every two copies", &r->correlation));
    BS_TRY(bs_dataset_array(d, "variance", "noise_correlation copies", "1",
                            "variance of the noise of the average of 1, 2, ... copies",
                            &r->variance));
    BS_TRY(bs_dataset_array(d, "variance_error", "noise_correlation copies", "1",
                            "standard error over the repeats of: variance", &r->variance_error));
    BS_TRY(bs_dataset_array(d, "variance_theory", "noise_correlation copies", "1",
                            "sigma^2 (1 + (n - 1) rho) / n", &r->variance_theory));
    BS_TRY(bs_dataset_array(d, "gain", "noise_correlation copies", "1",
                            "signal to noise (power) of the average against one copy, signals "
                            "correlated by signal_correlation",
                            &r->gain));
    BS_TRY(bs_dataset_array(d, "gain_error", "noise_correlation copies", "1",
                            "standard error over the repeats of: gain", &r->gain_error));
    BS_TRY(bs_dataset_array(d, "gain_theory", "noise_correlation copies", "1",
                            "(1 + (n - 1) rho_signal) / (1 + (n - 1) rho_noise)", &r->gain_theory));
    BS_TRY(bs_dataset_array(d, "picture", "panel y x", "1",
                            "the image, one noisy copy, the average with independent noise, the "
                            "average with correlated noise",
                            panels));
    BS_TRY(bs_dataset_number(d, "noise", a->demo->noise));
    BS_TRY(bs_dataset_number(d, "repeats", (double)a->demo->repeats));
    BS_TRY(bs_dataset_number(d, "signal_correlation", a->demo->signal_correlation));
    return bs_dataset_number(d, "panel_correlation", a->demo->correlations[a->shown]);
}

/* Mean of VALUES over the repeats, and its standard error. */
static void estimate(const double *values, int64_t count, double *mean, double *error)
{
    double sum = 0.0;
    double squares = 0.0;
    for (int64_t i = 0; i < count; i++) {
        sum += values[i] / (double)count;
    }
    for (int64_t i = 0; i < count; i++) {
        squares += (values[i] - sum) * (values[i] - sum);
    }
    *mean = sum;
    *error = sqrt(squares / (double)count / (double)(count - 1));
}

/* One cell of the results. VALUES [repeats] is memory. */
static void conclude(const averaging *a, unsigned c, int64_t count, double *values, results *r)
{
    const bs_demo *demo = a->demo;
    const double variance = demo->noise * demo->noise;
    const double rho = demo->correlations[c];
    const int64_t cell = (int64_t)c * demo->copies + count - 1;
    const int64_t first = (count - 1) * (1 + (int64_t)demo->correlation_count);
    for (int64_t i = 0; i < demo->repeats; i++) {
        values[i] = variance * r->every[i * a->numbers + first + 1 + c];
    }
    estimate(values, demo->repeats, &r->variance[cell], &r->variance_error[cell]);
    r->variance_theory[cell] = bs_theory_averaged_variance(variance, count, rho);
    for (int64_t i = 0; i < demo->repeats; i++) {
        const double *all = r->every + i * a->numbers;
        values[i] = all[first] / all[0] * all[1 + c] / all[first + 1 + c];
    }
    estimate(values, demo->repeats, &r->gain[cell], &r->gain_error[cell]);
    r->gain_theory[cell] = bs_theory_averaged_variance(1.0, count, demo->signal_correlation) /
                           bs_theory_averaged_variance(1.0, count, rho);
}

/* The correlation that the last panel shows: the middle one of the list. */
static int choose_shown(const bs_demo *demo)
{
    return (int)(demo->correlation_count / 2);
}

static bs_status average(averaging *a, bs_dataset *dataset)
{
    const bs_demo *demo = a->demo;
    results r = {.every = bs_alloc((size_t)((demo->repeats + 1) * a->numbers), sizeof *r.every)};
    double *values = bs_alloc((size_t)demo->repeats, sizeof *values);
    bs_status status = define(a, dataset, &r, &a->panels);
    if (status == BS_OK) {
        status = values == NULL || r.every == NULL ? BS_ERR_MEMORY : take_memory(a);
    }
    status = bs_agree(a->comm, status);
    for (int64_t i = 0; i < demo->repeats && status == BS_OK; i++) {
        status = run_repeat(a, (uint32_t)i, r.every + i * a->numbers);
    }
    if (status == BS_OK) {
        int count = (int)(PANELS * a->picture.height * a->picture.width);
        status = BS_MPI(
            MPI_Allreduce(MPI_IN_PLACE, a->panels, count, MPI_DOUBLE, MPI_SUM, a->comm->mpi));
    }
    bool defined = status == BS_OK && r.correlation != NULL;
    for (unsigned c = 0; c < demo->correlation_count && defined; c++) {
        r.correlation[c] = demo->correlations[c];
        for (int64_t count = 1; count <= demo->copies; count++) {
            conclude(a, c, count, values, &r);
        }
    }
    bs_free(values);
    bs_free(r.every);
    return status;
}

bs_status bs_demo_run_averaging(const bs_comm *comm, const bs_demo *demo, bs_dataset *dataset)
{
    averaging a = {.comm = comm, .demo = demo, .shown = choose_shown(demo)};
    bs_status status = read_picture(comm, demo, &a.picture);
    if (status == BS_OK) {
        a.rows = bs_partition_block(a.picture.height, comm->size, comm->rank);
        a.pixels = a.rows.count * a.picture.width;
        a.numbers = demo->copies * (1 + (int64_t)demo->correlation_count);
        status = average(&a, dataset);
    }
    bs_free(a.signal);
    bs_free(a.row_sums);
    bs_picture_release(&a.picture);
    return status;
}
