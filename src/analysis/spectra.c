/* Spectra of a file's losses and logits: what they share, and their order. */
#include "spectra.h"

#include <inttypes.h>
#include <string.h>

#include "blueshift/backend.h"
#include "blueshift/log.h"
#include "blueshift/memory.h"
#include "completeness.h"

/* Relative rms error of a loss where the file states none: surfaces that no backend made are in
 * double precision; files older than the statement say at least which backend made them. */
static const double ERROR_DOUBLE = 1e-15;
static const double ERROR_UNSTATED = 3e-7;

static double arithmetic_error(const bs_surface_schema *schema)
{
    double error = ERROR_DOUBLE;
    for (int i = 0; i < schema->attribute_count; i++) {
        const bs_attribute *a = &schema->attributes[i];
        if (strcmp(a->name, BS_BACKEND_ERROR) == 0 && a->text == NULL) {
            return a->number;
        }
        if (strcmp(a->name, "backend") == 0 && a->text != NULL &&
            strcmp(a->text, "reference") != 0) {
            error = ERROR_UNSTATED;
        }
    }
    return error;
}

static int find_value(const bs_surface_schema *schema, const char *name)
{
    for (int v = 0; v < schema->value_count; v++) {
        if (strcmp(schema->values[v].name, name) == 0) {
            return v;
        }
    }
    return -1;
}

/* Mean square of the window's weights over the grid. */
static double window_power(const bs_spectra *s)
{
    double power = 1.0;
    for (int d = 0; d < s->shape.ndim; d++) {
        double squares = 0.0;
        for (int64_t i = 0; i < s->shape.points[d]; i++) {
            const double weight = bs_window_weight(s->options->window, i, s->shape.points[d]);
            squares += weight * weight;
        }
        power *= squares / (double)s->shape.points[d];
    }
    return power;
}

static bs_curvature_shape curvature_shape(const bs_spectra *s)
{
    bs_curvature_shape shape = {.ndim = s->shape.ndim, .periodic = s->roughness.periodic};
    for (int d = 0; d < shape.ndim; d++) {
        const bs_axis *axis = &s->schema->grid.axis[d];
        shape.points[d] = axis->points;
        shape.step[d] = axis->points > 1 ? bs_axis_step(axis) : 1.0;
    }
    return shape;
}

/* Axis and options. Rank 0. */
static bs_status write_globals(const bs_spectra *s)
{
    const bs_range one = {0, 1};
    const bs_analysis_options *options = s->options;
    const double window = options->window == BS_WINDOW_HANN ? 1.0 : 0.0;
    const double power = window_power(s);
    double *axis = bs_alloc((size_t)s->bins, sizeof *axis);
    if (axis == NULL) {
        return BS_ERR_MEMORY;
    }
    for (int64_t b = 0; b < s->bins; b++) {
        axis[b] = (double)b * bs_spectrum_width(&s->shape);
    }
    bs_status status = bs_spectra_write(s, BS_WAVENUMBER, one, axis);
    bs_free(axis);
    BS_TRY(status);
    BS_TRY(bs_spectra_write(s, "modes", one, s->modes));
    BS_TRY(bs_spectra_write(s, BS_ANALYSIS_WINDOW, one, &window));
    BS_TRY(bs_spectra_write(s, "window_power", one, &power));
    BS_TRY(bs_spectra_write(s, BS_ANALYSIS_CUTOFF, one, &options->cutoff));
    BS_TRY(bs_spectra_write(s, BS_ANALYSIS_TAIL, one, options->tail));
    return bs_spectra_write(s, "arithmetic_error", one, &s->arithmetic);
}

static bs_status prepare(bs_spectra *s)
{
    const int pairs = s->schema->networks * s->schema->realisations;
    s->modes = bs_alloc((size_t)s->bins, sizeof *s->modes);
    s->complete = bs_alloc((size_t)pairs, sizeof *s->complete);
    bool allocated = s->modes != NULL && s->complete != NULL;
    BS_TRY(bs_agree(s->comm, allocated ? BS_OK : BS_ERR_MEMORY));
    bs_spectrum_modes(&s->shape, s->modes);
    BS_TRY(bs_completeness_read(s->comm, s->surface, s->complete));
    return bs_agree(s->comm, s->comm->rank == 0 ? write_globals(s) : BS_OK);
}

static int count_skipped(const bs_spectra *s)
{
    int skipped = 0;
    for (int i = 0; i < s->schema->networks * s->schema->realisations; i++) {
        skipped += s->complete[i] == 0;
    }
    return skipped;
}

bs_status bs_spectra_run(const bs_comm *comm, bs_surface *surface,
                         const bs_analysis_options *options, int *skipped)
{
    const bs_surface_schema *schema = bs_surface_get_schema(surface);
    *skipped = 0;
    if (schema->spectrum_of < 0) {
        return BS_OK;
    }
    bs_spectra s = {
        .comm = comm,
        .surface = surface,
        .schema = schema,
        .options = options,
        .shape = bs_spectra_shape(schema),
        .roughness = {.ndim = schema->grid.ndim, .periodic = bs_spectra_periodic(schema)},
        .points = bs_grid_points(&schema->grid),
        .error_value = find_value(schema, "loss_stderr"),
        .arithmetic = arithmetic_error(schema),
    };
    int64_t most = options->share_above > 0 ? options->share_above : BS_ANALYSIS_SHARE_ABOVE;
    s.shared = schema->grid.ndim > 1 && s.points > most;
    s.bins = bs_spectrum_bins(&s.shape);
    bs_log(BS_LOG_DEBUG, "spectra: of %" PRId64 " points and %" PRId64 " bins, each by %s",
           s.points, s.bins, s.shared ? "all ranks, in slabs" : "one rank");
    memcpy(s.roughness.points, s.shape.points, sizeof s.roughness.points);
    s.curvature = curvature_shape(&s);
    s.logarithm = bs_spectra_is_loss(schema);
    bs_status status = prepare(&s);
    if (status == BS_OK) {
        *skipped = count_skipped(&s);
        status = bs_spectra_surfaces(&s);
    }
    if (status == BS_OK) {
        status = bs_spectra_logits(&s);
    }
    if (status == BS_OK) {
        status = bs_agree(comm, comm->rank == 0 ? bs_spectra_theory(&s) : BS_OK);
    }
    bs_free(s.modes);
    bs_free(s.complete);
    return status;
}
