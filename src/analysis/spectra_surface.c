/* One surface: this rank's rows are read, transformed, and summed up. */
#include "spectra_sums.h"

#include <math.h>
#include <string.h>

#include "blueshift/fault.h"
#include "blueshift/memory.h"
#include "blueshift/relay.h"
#include "path_lags.h"

/* Doubles of all sums. */
static int64_t sums_size(const bs_spectra *s)
{
    return 2 * bs_spectrum_sums_size(&s->shape) + SURFACE_SUMS;
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
    slab->raw = bs_alloc(values + 2 * (size_t)slab->row_points, sizeof *slab->raw);
    slab->errors = bs_alloc(values, sizeof *slab->errors);
    slab->values = bs_alloc(values, sizeof *slab->values);
    slab->spectrum =
        bs_alloc((size_t)(slab->rows.count * row_modes(s, slab)), sizeof *slab->spectrum);
    slab->weights = bs_alloc((size_t)weights, sizeof *slab->weights);
    slab->sums = bs_alloc((size_t)sums_size(s), sizeof *slab->sums);
    slab->structure = bs_alloc((size_t)s->bins, sizeof *slab->structure);
    if (slab->raw == NULL || slab->errors == NULL || slab->values == NULL ||
        slab->spectrum == NULL || slab->weights == NULL || slab->sums == NULL ||
        slab->structure == NULL) {
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
    bs_free(slab->structure);
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

/* This rank's own rows of what was read. */
static double *own_rows(const bs_spectra_slab *slab)
{
    return slab->raw + slab->row_points;
}

/* This rank's rows, and for the differences the rows before and after them. */
static bs_status load(const bs_spectra *s, int pair, bs_spectra_slab *slab)
{
    bs_range rows = slab->rows;
    if (bs_fault("analyse")) {
        return BS_FAIL(BS_ERR_INTERNAL, "injected fault at surface %d", pair);
    }
    if (s->error_value >= 0) {
        BS_TRY(read_rows(s, pair, s->error_value, rows, slab->errors));
    }
    const int64_t before = rows.count > 0 && rows.first > 0 ? 1 : 0;
    const int64_t after = rows.count > 0 && rows.first + rows.count < slab->all_rows ? 1 : 0;
    rows = (bs_range){rows.first - before, before + rows.count + after};
    return read_rows(s, pair, s->schema->spectrum_of, rows,
                     own_rows(slab) - before * slab->row_points);
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
        const double loss = weight * own_rows(slab)[row * slab->row_points + i];
        sums[SUM_NOISE] += error * error;
        sums[SUM_ARITHMETIC] += loss * loss;
    }
}

static void add_spectrum(const bs_spectra *s, bs_spectra_slab *slab, int64_t row, double *sums)
{
    bs_spectrum_add_row(&s->shape, s->options->cutoff, slab->rows.first + row,
                        slab->spectrum + row * row_modes(s, slab), sums);
}

/* Adds this rank's rows to the sums of those before them. */
static void sum_up(const bs_spectra *s, bs_spectra_slab *slab)
{
    double *others = slab->sums + bs_spectrum_sums_size(&s->shape);
    bs_roughness roughness;
    bs_curvature curvature;
    memcpy(&roughness, others + SUM_ROUGHNESS, sizeof roughness);
    memcpy(&curvature, others + SUM_CURVATURE, sizeof curvature);
    for (int64_t row = 0; row < slab->rows.count; row++) {
        const int64_t index = slab->rows.first + row;
        const double *raw = own_rows(slab) + row * slab->row_points;
        const double *before = index > 0 ? raw - slab->row_points : NULL;
        const double *after = index + 1 < slab->all_rows ? raw + slab->row_points : NULL;
        add_spectrum(s, slab, row, slab->sums);
        bs_roughness_add_row(&s->roughness, raw, after, &roughness);
        bs_curvature_add_row(&s->curvature, index, before, raw, after, &curvature);
        add_floors(s, slab, row, others);
    }
    memcpy(others + SUM_ROUGHNESS, &roughness, sizeof roughness);
    memcpy(others + SUM_CURVATURE, &curvature, sizeof curvature);
}

/* The spectrum of this rank's VALUES, which lose their mean under the window. */
static bs_status transform(const bs_spectra *s, const bs_comm *comm, bs_range rows, bs_fft *fft,
                           bs_spectra_slab *slab)
{
    BS_TRY(bs_fft_detrend(comm, &s->schema->grid, s->options->window, rows, slab->values));
    return fft == NULL ? bs_fft_line(s->points, slab->values, slab->spectrum)
                       : bs_fft_forward(fft, slab->values, slab->spectrum);
}

/* The logarithm's spectrum, of which only the sums stay. */
static bs_status transform_logarithm(const bs_spectra *s, const bs_comm *comm, bs_range rows,
                                     bs_fft *fft, bs_spectra_slab *slab)
{
    const int64_t size = bs_spectrum_sums_size(&s->shape);
    double *sums = slab->sums + size + SURFACE_SUMS;
    for (int64_t i = 0; i < slab->rows.count * slab->row_points; i++) {
        slab->values[i] = log(own_rows(slab)[i]);
    }
    BS_TRY(transform(s, comm, rows, fft, slab));
    BS_TRY(bs_relay_take(comm, size, sums));
    for (int64_t row = 0; row < slab->rows.count; row++) {
        add_spectrum(s, slab, row, sums);
    }
    return bs_relay_share(comm, size, sums);
}

bs_status bs_spectra_transform(const bs_spectra *s, int pair, bs_fft *fft, bs_spectra_slab *slab)
{
    const bs_comm alone = {.mpi = MPI_COMM_SELF, .rank = 0, .size = 1};
    const bs_comm *comm = s->shared ? s->comm : &alone;
    const int64_t size = bs_spectrum_sums_size(&s->shape) + SURFACE_SUMS;
    /* The points of a line are its rows. */
    const bs_range rows = fft == NULL ? (bs_range){0, s->points} : slab->rows;
    BS_TRY(bs_agree(comm, load(s, pair, slab)));
    memcpy(slab->values, own_rows(slab),
           (size_t)(slab->rows.count * slab->row_points) * sizeof *slab->values);
    BS_TRY(transform(s, comm, rows, fft, slab));
    BS_TRY(bs_relay_take(comm, size, slab->sums));
    sum_up(s, slab);
    BS_TRY(bs_relay_share(comm, size, slab->sums));
    BS_TRY(bs_surface_write_spectrum(s->surface, pair / s->schema->realisations,
                                     pair % s->schema->realisations, rows, slab->spectrum));
    if (s->shape.ndim == 1) {
        BS_TRY(
            bs_path_structure(s->points, s->roughness.periodic, own_rows(slab), slab->structure));
    }
    return s->logarithm ? transform_logarithm(s, comm, rows, fft, slab) : BS_OK;
}
