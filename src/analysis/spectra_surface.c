/* One surface: this rank's rows are read, transformed, and summed up. */
#include <math.h>
#include <string.h>

#include "blueshift/fault.h"
#include "blueshift/memory.h"
#include "blueshift/relay.h"
#include "spectra.h"

/* The sums of a surface: those of the spectrum, then these. */
enum { ROUGHNESS_SUMS = sizeof(bs_roughness) / sizeof(double) };
enum { SUM_NOISE = ROUGHNESS_SUMS, SUM_ARITHMETIC, SURFACE_SUMS };

/* Doubles of the sums of a surface. */
static int64_t sums_size(const bs_spectra *s)
{
    return bs_spectrum_sums_size(&s->shape) + SURFACE_SUMS;
}

int64_t bs_spectra_result_size(const bs_spectra *s)
{
    return BINNED_QUANTITIES * s->bins + SCALARS;
}

/* Complex numbers of a row of the spectrum. */
static int64_t row_modes(const bs_spectra *s, const bs_spectra_slab *slab)
{
    const int64_t nx = s->shape.points[0];
    return slab->row_points / nx * (nx / 2 + 1);
}

bs_status bs_spectra_slab_init(const bs_spectra *s, const bs_fft *fft, bs_spectra_slab *slab)
{
    slab->all_rows = bs_spectrum_rows(&s->shape);
    slab->row_points = s->points / slab->all_rows;
    slab->rows = fft == NULL ? (bs_range){0, 1} : bs_fft_slab(fft);
    const size_t values = (size_t)(slab->rows.count * slab->row_points);
    int64_t weights = 0;
    for (int d = 0; d < s->shape.ndim; d++) {
        weights += s->shape.points[d];
    }
    slab->raw = bs_alloc(values + (size_t)slab->row_points, sizeof *slab->raw);
    slab->errors = bs_alloc(values, sizeof *slab->errors);
    slab->values = bs_alloc(values, sizeof *slab->values);
    slab->spectrum =
        bs_alloc((size_t)(slab->rows.count * row_modes(s, slab)), sizeof *slab->spectrum);
    slab->weights = bs_alloc((size_t)weights, sizeof *slab->weights);
    slab->sums = bs_alloc((size_t)sums_size(s), sizeof *slab->sums);
    if (slab->raw == NULL || slab->errors == NULL || slab->values == NULL ||
        slab->spectrum == NULL || slab->weights == NULL || slab->sums == NULL) {
        return BS_ERR_MEMORY;
    }
    double *next = slab->weights;
    for (int d = 0; d < s->shape.ndim; d++) {
        bs_window_fill(s->options->window, s->shape.points[d], next);
        next += s->shape.points[d];
    }
    return BS_OK;
}

void bs_spectra_slab_release(bs_spectra_slab *slab)
{
    bs_free(slab->raw);
    bs_free(slab->errors);
    bs_free(slab->values);
    bs_free(slab->spectrum);
    bs_free(slab->weights);
    bs_free(slab->sums);
}

/* Rows of value VALUE of surface PAIR. */
static bs_status read_rows(const bs_spectra *s, int pair, int value, bs_range rows, double *data)
{
    const int64_t length = s->points / bs_spectrum_rows(&s->shape);
    if (rows.count == 0) {
        return BS_OK;
    }
    const bs_range range = {pair * s->points + rows.first * length, rows.count * length};
    return bs_surface_read_values(s->surface, value, range, data);
}

/* This rank's rows, and for the differences the row after them. */
static bs_status load(const bs_spectra *s, int pair, bs_spectra_slab *slab)
{
    bs_range rows = slab->rows;
    if (bs_fault("analyse")) {
        return BS_FAIL(BS_ERR_INTERNAL, "injected fault at surface %d", pair);
    }
    if (s->error_value >= 0) {
        BS_TRY(read_rows(s, pair, s->error_value, rows, slab->errors));
    }
    rows.count += rows.count > 0 && rows.first + rows.count < slab->all_rows ? 1 : 0;
    BS_TRY(read_rows(s, pair, s->schema->spectrum_of, rows, slab->raw));
    memcpy(slab->values, slab->raw,
           (size_t)(slab->rows.count * slab->row_points) * sizeof *slab->values);
    return BS_OK;
}

/* What errors of variance s^2 and (e x)^2 bring in: their squares under the window. */
static void add_floors(const bs_spectra *s, const bs_spectra_slab *slab, int64_t row, double *sums)
{
    const int64_t first = (slab->rows.first + row) * slab->row_points;
    for (int64_t i = 0; i < slab->row_points; i++) {
        int64_t index = first + i;
        const double *axis = slab->weights;
        double weight = 1.0;
        for (int d = 0; d < s->shape.ndim; d++) {
            weight *= axis[index % s->shape.points[d]];
            index /= s->shape.points[d];
            axis += s->shape.points[d];
        }
        const double error = weight * slab->errors[row * slab->row_points + i];
        const double loss = weight * slab->raw[row * slab->row_points + i];
        sums[SUM_NOISE] += error * error;
        sums[SUM_ARITHMETIC] += loss * loss;
    }
}

/* Adds this rank's rows to the sums of those before them. */
static void sum_up(const bs_spectra *s, bs_spectra_slab *slab)
{
    double *others = slab->sums + bs_spectrum_sums_size(&s->shape);
    bs_roughness roughness;
    memcpy(&roughness, others, sizeof roughness);
    for (int64_t row = 0; row < slab->rows.count; row++) {
        const double *raw = slab->raw + row * slab->row_points;
        const bool last = slab->rows.first + row + 1 == slab->all_rows;
        bs_spectrum_add_row(&s->shape, s->options->cutoff, slab->rows.first + row,
                            slab->spectrum + row * row_modes(s, slab), slab->sums);
        bs_roughness_add_row(&s->roughness, raw, last ? NULL : raw + slab->row_points, &roughness);
        add_floors(s, slab, row, others);
    }
    memcpy(others, &roughness, sizeof roughness);
}

bs_status bs_spectra_transform(const bs_spectra *s, int pair, bs_fft *fft, bs_spectra_slab *slab)
{
    const bs_comm alone = {.mpi = MPI_COMM_SELF, .rank = 0, .size = 1};
    const bs_comm *comm = s->shared ? s->comm : &alone;
    /* The points of a line are its rows. */
    const bs_range rows = fft == NULL ? (bs_range){0, s->points} : slab->rows;
    BS_TRY(bs_agree(comm, load(s, pair, slab)));
    BS_TRY(bs_fft_detrend(comm, &s->schema->grid, s->options->window, rows, slab->values));
    BS_TRY(fft == NULL ? bs_fft_line(s->points, slab->values, slab->spectrum)
                       : bs_fft_forward(fft, slab->values, slab->spectrum));
    BS_TRY(bs_relay_take(comm, sums_size(s), slab->sums));
    sum_up(s, slab);
    BS_TRY(bs_relay_share(comm, sums_size(s), slab->sums));
    return bs_surface_write_spectrum(s->surface, pair / s->schema->realisations,
                                     pair % s->schema->realisations, rows, slab->spectrum);
}

/* The power at unit total power. */
static void normalise(const bs_spectra *s, double *result)
{
    double *unit = result + QUANTITY_NORMALISED * s->bins;
    double total = 0.0;
    for (int64_t b = 1; b < s->bins; b++) {
        total += s->modes[b] > 0.0 ? s->modes[b] * result[b] : 0.0;
    }
    for (int64_t b = 0; b < s->bins; b++) {
        unit[b] = total > 0.0 ? result[b] / total : (double)NAN;
    }
}

/* Along a path, from the power: bins are wavenumbers there, and the cosine sums over all k are the
 * transform of an even sequence. */
static bs_status correlate_gradient(const bs_spectra *s, double *result)
{
    const int64_t lags = s->shape.ndim == 1 ? s->bins : 0;
    double *correlation = result + QUANTITY_GRADIENT * s->bins;
    double *powers = bs_alloc(lags > 0 ? (size_t)s->points : 0, sizeof *powers);
    double complex *sums = bs_alloc((size_t)lags, sizeof *sums);
    bs_status status = powers == NULL || sums == NULL ? BS_ERR_MEMORY : BS_OK;
    for (int64_t k = 0; lags > 0 && k < s->points && status == BS_OK; k++) {
        const int64_t length = k < s->points - k ? k : s->points - k;
        powers[k] = (double)(length * length) * result[length];
    }
    if (status == BS_OK && lags > 0) {
        status = bs_fft_line(s->points, powers, sums);
    }
    for (int64_t lag = 0; lag < lags && status == BS_OK; lag++) {
        /* Without power 0/0 is NaN, as it should be. */
        correlation[lag] = creal(sums[lag]) / creal(sums[0]);
    }
    bs_free(powers);
    bs_free(sums);
    return status;
}

bs_status bs_spectra_finish(const bs_spectra *s, const double *sums, double *result)
{
    const double *others = sums + bs_spectrum_sums_size(&s->shape);
    const double points = (double)s->points;
    double *magnitude = result + s->bins;
    /* Single quantities follow the binned ones. */
    double *single = result + BINNED_QUANTITIES * s->bins - BINNED_QUANTITIES;
    bs_roughness roughness;
    bs_spectrum_scalars scalars;
    memcpy(&roughness, others, sizeof roughness);
    bs_spectrum_binned(&s->shape, s->modes, sums, result, magnitude);
    bs_spectrum_summarise(&s->shape, s->options->tail, sums, result, &scalars);
    const double variation = bs_roughness_variation(&s->roughness, &roughness);
    const double deviation = bs_roughness_deviation(&roughness);
    const double missing = NAN;
    normalise(s, result);
    single[QUANTITY_SECOND_MOMENT] = scalars.second_moment;
    single[QUANTITY_CENTROID] = scalars.centroid;
    single[QUANTITY_HIGH_FRACTION] = scalars.high_fraction;
    single[QUANTITY_BEYOND] = scalars.beyond_fraction;
    single[QUANTITY_TAIL_SLOPE] = scalars.tail_slope;
    single[QUANTITY_VARIATION] = variation;
    single[QUANTITY_ROUGHNESS] = deviation > 0.0 ? variation / deviation : missing;
    single[QUANTITY_NOISE] = s->error_value >= 0 ? others[SUM_NOISE] / (points * points) : missing;
    single[QUANTITY_ARITHMETIC] =
        s->arithmetic * s->arithmetic * others[SUM_ARITHMETIC] / (points * points);
    return correlate_gradient(s, result);
}
