/* Power of the logits along a path: channels shared by the ranks, ratios of means on rank 0. */
#include <math.h>
#include <string.h>

#include "blueshift/channels.h"
#include "blueshift/memory.h"
#include "blueshift/observables.h"
#include "blueshift/relay.h"
#include "blueshift/statistics.h"
#include "blueshift/undersampling.h"
#include "logits.h"
#include "spectra.h"

/* Buffers of a run over all realisations. */
typedef struct logits {
    const bs_spectra *s;
    int array;
    bs_channels *plan;
    int64_t channels, classes;
    double *in;              /* [points of this rank][channels] */
    double complex *spectra; /* [channels of this rank][bins] */
    double *of_network;      /* [2][realisations][bins]: power, and that less the classes' mean */
} logits;

/* This rank's points of surface PAIR. Collective. */
static bs_status read_points(const logits *l, int pair)
{
    const bs_spectra *s = l->s;
    const bs_range rows = bs_channels_points(l->plan);
    bs_status status = BS_OK;
    if (rows.count > 0) {
        status = bs_surface_read_array(
            s->surface, l->array, (bs_range){pair * s->points + rows.first, rows.count}, l->in);
    }
    return bs_agree(s->comm, status);
}

/* Sum of |X_k|^2 over all channels of what was read, in their order, into POWER. Collective. */
static bs_status transform(const logits *l, double *power)
{
    const bs_spectra *s = l->s;
    const bs_range own = bs_channels_own(l->plan);
    /* Closed paths need no detrending, and theory counts their mean. */
    BS_TRY(bs_channels_forward(l->plan, s->options->window, !s->roughness.periodic, l->in,
                               l->spectra));
    BS_TRY(bs_relay_take(s->comm, s->bins, power));
    for (int64_t c = 0; c < own.count; c++) {
        for (int64_t k = 0; k < s->bins; k++) {
            const double complex x = l->spectra[c * s->bins + k];
            power[k] += creal(x) * creal(x) + cimag(x) * cimag(x);
        }
    }
    return bs_relay_share(s->comm, s->bins, power);
}

/* Mean and standard error of sum a / sum b over COUNT pairs: linearised, so the spread of a - r b.
 * The error of a single pair is NaN. */
static void ratio(int count, const double *a, const double *b, double *mean, double *error)
{
    double sum_a = 0.0;
    double sum_b = 0.0;
    double squares = 0.0;
    for (int i = 0; i < count; i++) {
        sum_a += a[i];
        sum_b += b[i];
    }
    *mean = sum_a / sum_b;
    for (int i = 0; i < count; i++) {
        const double rest = a[i] - *mean * b[i];
        squares += rest * rest;
    }
    *error = sqrt(squares * count / (count - 1.0)) / sum_b;
}

/* P_k and <k^2> of a network from the power of its COUNT realisations. Rank 0. */
static bs_status write_network(const logits *l, int network, int count)
{
    const bs_spectra *s = l->s;
    const bs_range row = {network, 1};
    double *statistics = bs_alloc((size_t)(2 * s->bins), sizeof *statistics);
    double *pairs = bs_alloc((size_t)count * 3, sizeof *pairs);
    if (statistics == NULL || pairs == NULL) {
        bs_free(statistics);
        bs_free(pairs);
        return BS_ERR_MEMORY;
    }
    double *total = pairs + count;
    double *second = total + count;
    for (int r = 0; r < count; r++) {
        for (int64_t k = 0; k < s->bins; k++) {
            const double length = (double)k * bs_spectrum_width(&s->shape);
            const double both = s->modes[k] * l->of_network[r * s->bins + k];
            total[r] += both;
            second[r] += length * length * both;
        }
    }
    for (int64_t k = 0; k < s->bins; k++) {
        for (int r = 0; r < count; r++) {
            pairs[r] = l->of_network[r * s->bins + k];
        }
        ratio(count, pairs, total, &statistics[k], &statistics[s->bins + k]);
    }
    double moment[2];
    ratio(count, second, total, &moment[0], &moment[1]);
    bs_status status = bs_spectra_write(s, "logits_power_mean", row, statistics);
    status = status != BS_OK
                 ? status
                 : bs_spectra_write(s, "logits_power_stderr", row, statistics + s->bins);
    status = status != BS_OK ? status
                             : bs_spectra_write(s, "logits_second_moment_mean", row, &moment[0]);
    status = status != BS_OK ? status
                             : bs_spectra_write(s, "logits_second_moment_stderr", row, &moment[1]);
    bs_free(statistics);
    bs_free(pairs);
    return status;
}

/* Scalars of a spectrum of unit power. */
enum { SECOND, HIGH, BEYOND, NORMALISED_SCALARS };

/* Divides POWER [bins] by its sum over all k but 0 and sums it up. Without power all is missing. */
static void normalise(const bs_spectra *s, double *power, double scalars[NORMALISED_SCALARS])
{
    const double high = bs_spectrum_beyond(&s->shape, s->options->cutoff);
    const double half_nyquist = bs_spectrum_beyond(&s->shape, 0.5);
    double total = 0.0;
    for (int64_t k = 1; k < s->bins; k++) {
        total += s->modes[k] * power[k];
    }
    memset(scalars, 0, NORMALISED_SCALARS * sizeof *scalars);
    for (int64_t k = 0; k < s->bins; k++) {
        const double length = (double)k * bs_spectrum_width(&s->shape);
        power[k] = total > 0.0 ? power[k] / total : (double)NAN;
        const double both = k > 0 ? s->modes[k] * power[k] : 0.0;
        scalars[SECOND] += length * length * both;
        scalars[HIGH] += length > high ? both : 0.0;
        scalars[BEYOND] += length > half_nyquist ? both : 0.0;
    }
}

/* Mean and error over the COUNT realisations, each at unit power. Rank 0. */
static bs_status write_normalised(const logits *l, int network, int count)
{
    static const char *const names[NORMALISED_SCALARS][2] = {
        [SECOND] = {"logits_normalised_second_moment_mean",
                    "logits_normalised_second_moment_stderr"},
        [HIGH] = {"logits_high_fraction_mean", "logits_high_fraction_stderr"},
        [BEYOND] = {BS_UNDERSAMPLED_LOGITS "_mean", BS_UNDERSAMPLED_LOGITS "_stderr"}};
    const bs_spectra *s = l->s;
    const bs_range row = {network, 1};
    double *centred = l->of_network + s->schema->realisations * s->bins;
    double *scalars = bs_alloc((size_t)count * NORMALISED_SCALARS, sizeof *scalars);
    double *rows = bs_alloc((size_t)(2 * s->bins), sizeof *rows);
    bs_status status = scalars == NULL || rows == NULL ? BS_ERR_MEMORY : BS_OK;
    for (int r = 0; r < count && status == BS_OK; r++) {
        normalise(s, centred + r * s->bins, scalars + (ptrdiff_t)r * NORMALISED_SCALARS);
    }
    for (int64_t k = 0; k < s->bins && status == BS_OK; k++) {
        bs_estimate e = bs_estimate_of(centred + k, count, s->bins);
        rows[k] = e.mean;
        rows[s->bins + k] = e.error;
    }
    status =
        status == BS_OK ? bs_spectra_write(s, "logits_normalised_power_mean", row, rows) : status;
    status = status == BS_OK
                 ? bs_spectra_write(s, "logits_normalised_power_stderr", row, rows + s->bins)
                 : status;
    for (int i = 0; i < NORMALISED_SCALARS && status == BS_OK; i++) {
        bs_estimate e = bs_estimate_of(scalars + i, count, NORMALISED_SCALARS);
        status = bs_spectra_write(s, names[i][0], row, &e.mean);
        status = status == BS_OK ? bs_spectra_write(s, names[i][1], row, &e.error) : status;
    }
    bs_free(scalars);
    bs_free(rows);
    return status;
}

/* Collective. */
static bs_status run_network(logits *l, int network)
{
    const bs_spectra *s = l->s;
    const int realisations = s->schema->realisations;
    int count = 0;
    for (int r = 0; r < realisations; r++) {
        const int pair = network * realisations + r;
        if (s->complete[pair] != 0) {
            BS_TRY(bs_agree_stop(s->comm));
            double *power = l->of_network + count * s->bins;
            BS_TRY(read_points(l, pair));
            BS_TRY(transform(l, power));
            bs_logits_centre(bs_channels_points(l->plan).count * l->channels / l->classes,
                             l->classes, l->in);
            BS_TRY(transform(l, power + realisations * s->bins));
            count++;
        }
    }
    bs_status status = BS_OK;
    if (s->comm->rank == 0 && count > 0) {
        status = write_network(l, network, count);
        status = status == BS_OK ? write_normalised(l, network, count) : status;
    }
    return bs_agree(s->comm, status);
}

static bs_status allocate(logits *l)
{
    const bs_spectra *s = l->s;
    const int64_t rows = bs_channels_points(l->plan).count;
    const int64_t own = bs_channels_own(l->plan).count;
    const size_t bins = (size_t)s->bins;
    l->in = bs_alloc((size_t)(rows * l->channels), sizeof *l->in);
    l->spectra = bs_alloc((size_t)own * bins, sizeof *l->spectra);
    l->of_network = bs_alloc(2 * (size_t)s->schema->realisations * bins, sizeof *l->of_network);
    bool allocated = l->in != NULL && l->spectra != NULL && l->of_network != NULL;
    return allocated ? BS_OK : BS_ERR_MEMORY;
}

bs_status bs_spectra_logits(const bs_spectra *s)
{
    logits l = {.s = s, .array = bs_surface_find_array(s->surface, BS_LOGITS)};
    if (s->shape.ndim != 1 || l.array < 0) {
        return BS_OK;
    }
    const bs_array *array = &s->schema->arrays[l.array];
    l.channels = bs_array_row(array);
    l.classes = array->dims[array->ndim - 1].length;
    BS_TRY(bs_channels_create(s->comm, s->points, l.channels, &l.plan));
    bs_status status = bs_agree(s->comm, allocate(&l));
    for (int network = 0; network < s->schema->networks && status == BS_OK; network++) {
        status = run_network(&l, network);
    }
    bs_free(l.in);
    bs_free(l.spectra);
    bs_free(l.of_network);
    bs_channels_destroy(l.plan);
    return status;
}
