/* Reading what a picture shows. */
#include "plot_data.h"

#include <complex.h>
#include <math.h>
#include <string.h>

#include "blueshift/memory.h"
#include "gnuplot.h"

enum { REALISATIONS_MAX = 32 }; /* more curves in one panel say nothing */

/* Index of the value whose name ends with SUFFIX; -1: none. */
static int find_value(const bs_surface_schema *schema, const char *suffix)
{
    for (int i = 0; i < schema->value_count; i++) {
        const char *name = schema->values[i].name;
        size_t length = strlen(name);
        if (length >= strlen(suffix) && strcmp(name + length - strlen(suffix), suffix) == 0) {
            return i;
        }
    }
    return -1;
}

static plot_gap gap_of(uint8_t status, double loss)
{
    switch ((bs_point_status)status) {
    case BS_POINT_PENDING:
        return GAP_PENDING;
    case BS_POINT_FAILED:
        return GAP_FAILED;
    case BS_POINT_DONE:
    case BS_POINT_NON_FINITE: /* the accuracy alone may be at fault */
    default:
        return isfinite(loss) ? GAP_NONE : GAP_NON_FINITE;
    }
}

static bs_status read_surface(bs_surface *file, plot_data *data, int index, int value, int error)
{
    plot_surface *s = &data->surfaces[index];
    int network = index / data->realisations;
    int realisation = index % data->realisations;
    bs_range range = {(network * (int64_t)data->schema->realisations + realisation) * data->points,
                      data->points};
    size_t count = (size_t)data->points;
    s->loss = bs_alloc(count, sizeof *s->loss);
    s->gap = bs_alloc(count, 1);
    if (s->loss == NULL || s->gap == NULL) {
        return BS_ERR_MEMORY;
    }
    BS_TRY(bs_surface_read_values(file, value, range, s->loss));
    BS_TRY(bs_surface_read_status(file, range, s->gap));
    for (size_t i = 0; i < count; i++) {
        plot_gap gap = gap_of(s->gap[i], s->loss[i]);
        s->gap[i] = (uint8_t)gap;
        data->gaps[gap]++;
        if (gap != GAP_NONE) {
            s->loss[i] = NAN;
        }
    }
    if (error < 0) {
        return BS_OK;
    }
    s->error = bs_alloc(count, sizeof *s->error);
    return s->error == NULL ? BS_ERR_MEMORY : bs_surface_read_values(file, error, range, s->error);
}

static bs_status read_magnitudes(bs_surface *file, plot_data *data, int index)
{
    size_t count = (size_t)data->points / 2 + 1;
    double *magnitude = bs_alloc(count, sizeof *magnitude);
    double complex *spectrum = bs_alloc(count, sizeof *spectrum);
    data->surfaces[index].magnitude = magnitude;
    bs_status status = BS_ERR_MEMORY;
    if (magnitude != NULL && spectrum != NULL) {
        status = bs_surface_read_spectrum(file, index / data->realisations,
                                          index % data->realisations, (bs_range){0, 1}, spectrum);
    }
    for (size_t k = 0; k < count && status == BS_OK; k++) {
        magnitude[k] = cabs(spectrum[k]);
    }
    bs_free(spectrum);
    return status;
}

/* Magnitudes of rounding errors would stretch the axis over sixteen decades. */
static void find_spectrum_range(plot_data *data)
{
    plot_range range = {INFINITY, 0, true};
    for (int s = 0; s < data->schema->networks * data->realisations; s++) {
        for (int64_t k = 1; k <= data->points / 2; k++) {
            double magnitude = data->surfaces[s].magnitude[k];
            if (isfinite(magnitude) && magnitude > 0) {
                range.from = fmin(range.from, magnitude);
                range.to = fmax(range.to, magnitude);
            }
        }
    }
    data->has_spectrum = range.to > 0;
    range.from = fmax(range.from, 1e-10 * range.to) / 1.5;
    range.to *= 1.5;
    data->spectrum_range = range;
}

plot_range bs_plot_data_range(const plot_data *data, int first, int count)
{
    plot_range range = {INFINITY, -INFINITY, false};
    for (int s = first; s < first + count; s++) {
        for (int64_t i = 0; i < data->points; i++) {
            double loss = data->surfaces[s].loss[i];
            if (isfinite(loss)) {
                range.from = fmin(range.from, loss);
                range.to = fmax(range.to, loss);
            }
        }
    }
    if (range.from > range.to) {
        return (plot_range){0, 1, false};
    }
    range.logarithmic = range.from > 0 && range.to / range.from > 100;
    /* A constant surface lies in the middle of its axis. */
    double scale = fmax(fabs(range.from), fabs(range.to));
    if (range.to - range.from < 1e-6 * scale || scale == 0) {
        double room = scale == 0 ? 1 : 0.01 * scale;
        range.from -= room;
        range.to += room;
    }
    return range;
}

bs_status bs_plot_data_read(bs_surface *file, plot_data *data)
{
    *data = (plot_data){.schema = bs_surface_describe(file)};
    const bs_surface_schema *schema = data->schema;
    int value = find_value(schema, "_loss");
    if (value < 0) {
        value = 0;
    }
    if (schema->value_count == 0) {
        return BS_FAIL(BS_ERR_INPUT, "the file holds no values to draw");
    }
    data->loss = &schema->values[value];
    data->points = bs_grid_points(&schema->grid);
    data->realisations = schema->grid.ndim > 1 ? 1 : schema->realisations;
    if (data->realisations > REALISATIONS_MAX) {
        data->realisations = REALISATIONS_MAX;
    }
    BS_TRY(bs_surface_attribute(file, "title", &data->title));
    int count = schema->networks * data->realisations;
    data->surfaces = bs_alloc((size_t)count, sizeof *data->surfaces);
    if (data->surfaces == NULL) {
        return BS_ERR_MEMORY;
    }
    int error = find_value(schema, "loss_stderr");
    for (int i = 0; i < count; i++) {
        BS_TRY(read_surface(file, data, i, value, error));
    }
    data->range = bs_plot_data_range(data, 0, count);
    if (schema->grid.ndim > 1 || schema->spectrum_of != value) {
        return BS_OK;
    }
    for (int i = 0; i < count; i++) {
        BS_TRY(read_magnitudes(file, data, i));
    }
    find_spectrum_range(data);
    return BS_OK;
}

void bs_plot_data_release(plot_data *data)
{
    if (data->surfaces != NULL) {
        for (int i = 0; i < data->schema->networks * data->realisations; i++) {
            bs_free(data->surfaces[i].loss);
            bs_free(data->surfaces[i].error);
            bs_free(data->surfaces[i].gap);
            bs_free(data->surfaces[i].magnitude);
        }
    }
    bs_free(data->surfaces);
    bs_free(data->title);
    *data = (plot_data){0};
}

const plot_surface *bs_plot_data_surface(const plot_data *data, int network, int realisation)
{
    return &data->surfaces[network * data->realisations + realisation];
}

const char *bs_plot_data_name(const plot_data *data, int network)
{
    return data->schema->network_names != NULL ? data->schema->network_names[network] : "";
}

const char *bs_plot_gap_name(plot_gap gap)
{
    static const char *const names[GAP_KINDS] = {"", "not computed yet", "failed", "not finite"};
    return names[gap];
}

void bs_plot_label(FILE *script, const bs_variable *variable)
{
    const char *name = variable->long_name != NULL ? variable->long_name : variable->name;
    char label[256];
    if (variable->units == NULL || variable->units[0] == '\0' ||
        strcmp(variable->units, "1") == 0) {
        snprintf(label, sizeof label, "%s", name);
    } else {
        snprintf(label, sizeof label, "%s (%s)", name, variable->units);
    }
    bs_gnuplot_text(script, label);
}

void bs_plot_scale(FILE *script, const char *axis, plot_range range)
{
    fprintf(script, "set %srange [%.10g:%.10g]\n", axis, range.from, range.to);
    if (range.logarithmic) {
        fprintf(script, "set logscale %s\nset format %s '%s'\n", axis, axis,
                range.to / range.from > 1e5 ? "10^{%L}" : "%g");
    } else {
        fprintf(script, "unset logscale %s\nset format %s '%%h'\n", axis, axis);
    }
}

void bs_plot_title(FILE *script, const plot_data *data)
{
    const char *title = data->title != NULL ? data->title : "";
    char text[512];
    if (data->realisations == data->schema->realisations) {
        snprintf(text, sizeof text, "%s", title);
    } else if (data->realisations == 1) {
        snprintf(text, sizeof text, "%s (realisation 1 of %d)", title, data->schema->realisations);
    } else {
        snprintf(text, sizeof text, "%s (realisations 1 to %d of %d)", title, data->realisations,
                 data->schema->realisations);
    }
    bs_gnuplot_text(script, text);
}
