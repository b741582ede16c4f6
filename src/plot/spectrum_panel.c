/* Drawing curves with error bars over the wavenumber, which is logarithmic, or over blocks. */
#include <math.h>
#include <string.h>

#include "gnuplot.h"
#include "spectrum_curves.h"

enum { BARS_MAX = 72 }; /* more bins have a band instead of error bars */

/* A spectrum may fall over so many decades before it is rounding. */
static const double deepest = 1e-20;

/* A floor further below the data would squeeze them: it gets a note. */
static const double near = 100;

static double value_of(const plot_spectra *spectra, int s, int n, int64_t k)
{
    return spectra->series[s].values[n * spectra->bins + k];
}

static double error_of(const plot_spectra *spectra, int s, int n, int64_t k)
{
    double error = spectra->series[s].errors[n * spectra->bins + k];
    return isfinite(error) ? error : 0;
}

/* Extremes at wavenumbers above 0. */
typedef struct extremes {
    double min, max;    /* values */
    double positive;    /* the smallest above 0 */
    double bottom, top; /* of the error bars */
} extremes;

static extremes extremes_of(const plot_spectra *spectra, int s)
{
    extremes e = {INFINITY, -INFINITY, INFINITY, INFINITY, -INFINITY};
    for (int64_t i = 0; i < spectra->networks * spectra->bins; i++) {
        int64_t k = i % spectra->bins;
        int n = (int)(i / spectra->bins);
        double value = value_of(spectra, s, n, k);
        if (spectra->wavenumber[k] > 0 && isfinite(value)) {
            e.min = fmin(e.min, value);
            e.max = fmax(e.max, value);
            e.positive = value > 0 ? fmin(e.positive, value) : e.positive;
            e.bottom = fmin(e.bottom, value - error_of(spectra, s, n, k));
            e.top = fmax(e.top, value + error_of(spectra, s, n, k));
        }
    }
    return e;
}

/* The first series in full; the others, floors and the like, as far as they lie near it. */
static plot_range range_of(const plot_spectra *spectra, const bs_plot_options *options)
{
    extremes e = extremes_of(spectra, 0);
    bool logarithmic = e.max > 0 && !options->linear && !spectra->linear &&
                       (options->logarithmic || (e.min >= 0 && e.max > 30 * e.positive));
    double from = logarithmic ? fmax(e.positive, deepest * e.max) : fmin(e.bottom, 0);
    double to = e.top;
    for (int s = 1; s < spectra->count; s++) {
        extremes other = extremes_of(spectra, s);
        to = fmax(to, other.top);
        if (!logarithmic) {
            from = fmin(from, other.min);
        } else if (other.positive >= from / near) {
            from = fmin(from, other.positive);
        }
    }
    return bs_plot_range_room(bs_plot_range_make(from, to, logarithmic), 0.05);
}

/* Whether the whole of series S lies below RANGE. */
static bool is_below(const plot_spectra *spectra, int s, plot_range range)
{
    extremes e = extremes_of(spectra, s);
    return e.max < range.from;
}

static plot_range axis_range(const plot_spectra *spectra)
{
    double min = INFINITY;
    double max = 0;
    for (int64_t k = 0; k < spectra->bins; k++) {
        if (spectra->wavenumber[k] > 0) {
            min = fmin(min, spectra->wavenumber[k]);
            max = fmax(max, spectra->wavenumber[k]);
        }
    }
    bool blocks = strcmp(spectra->over, PLOT_OVER_BLOCK) == 0;
    return bs_plot_range_room(bs_plot_range_make(min, max, !blocks), 0.04);
}

/* $sP_S_N: wavenumber, value, value - error, value + error. */
static void write_series(const plot_spectra_panel *panel, int s, int n, plot_range range,
                         FILE *script)
{
    const plot_spectra *spectra = panel->spectra;
    fprintf(script, "$s%d_%d_%d << EOD\n", panel->id, s, n);
    for (int64_t k = 0; k < spectra->bins; k++) {
        double value = value_of(spectra, s, n, k);
        bool drawn = isfinite(value) && (value > 0 || !range.logarithmic);
        if (spectra->wavenumber[k] <= 0) {
            continue;
        }
        if (drawn) {
            double low = value - error_of(spectra, s, n, k);
            bs_gnuplot_number(script, spectra->wavenumber[k]);
            bs_gnuplot_number(script, value);
            bs_gnuplot_number(script, fmax(low, range.from));
            bs_gnuplot_number(script, value + error_of(spectra, s, n, k));
        }
        fputc('\n', script);
    }
    fputs("EOD\n", script);
}

static void plot_series_of(const plot_spectra_panel *panel, int s, int n, FILE *script)
{
    const plot_series *series = &panel->spectra->series[s];
    int id = panel->id;
    bool many = panel->spectra->bins > BARS_MAX;
    if (series->has_errors && many) {
        fprintf(script,
                "$s%d_%d_%d using 1:3:4 with filledcurves lt %d fs transparent solid 0.2 "
                "noborder, ",
                id, s, n, n + 1);
    } else if (series->has_errors) {
        fprintf(script, "$s%d_%d_%d using 1:2:3:4 with yerrorbars lt %d dt 1 lw 0.8 ps 0, ", id, s,
                n, n + 1);
    }
    bool dots = s == 0 && !many;
    fprintf(script, "$s%d_%d_%d using 1:2 with %s lt %d %s %s, ", id, s, n,
            dots ? "linespoints" : "lines", n + 1, series->style, dots ? "ps 0.35" : "");
}

void bs_spectra_draw(const plot_data *data, const plot_spectra_panel *panel, plot_figure *figure)
{
    const plot_spectra *spectra = panel->spectra;
    FILE *script = figure->script;
    plot_range range = range_of(spectra, data->options);
    for (int s = spectra->count - 1; s >= 0; s--) {
        for (int n = 0; n < spectra->networks; n++) {
            write_series(panel, s, n, range, script);
        }
    }
    bs_figure_place(figure, panel->box);
    bs_plot_scale(script, "x", axis_range(spectra));
    bs_plot_scale(script, "y", range);
    fputs("set bars 0.4\nset grid lc rgb '#e0e0e0' lw 1 lt 1 dt 1\n", script);
    bs_plot_axis_label(script, "x", &spectra->axis, panel->box.width);
    if (spectra->count > 0) {
        bs_variable variable = spectra->series[0].variable;
        variable.long_name = panel->title != NULL ? panel->title : variable.long_name;
        bs_plot_axis_label(script, "y", &variable, panel->box.height + 20);
    }
    fputs("plot ", script);
    for (int s = spectra->count - 1; s >= 0; s--) {
        for (int n = 0; n < spectra->networks; n++) {
            plot_series_of(panel, s, n, script);
        }
    }
    fputs("NaN notitle\n", script);
}

void bs_spectra_keys(const plot_data *data, const plot_spectra *spectra, plot_legend *legend)
{
    plot_range range = range_of(spectra, data->options);
    bool errors = false;
    for (int s = 0; s < spectra->count; s++) {
        errors = errors || spectra->series[s].has_errors;
    }
    if (errors) {
        bool many = spectra->bins > BARS_MAX;
        bs_legend_add(legend, many ? KEY_AREA : KEY_BAR, 0,
                      many ? "fs solid noborder fc rgb '#d8d8d8'" : "lw 1",
                      "\xC2\xB1 standard error over the realisations");
    }
    for (int s = 0; s < spectra->count; s++) {
        const plot_series *series = &spectra->series[s];
        if (series->label == NULL) {
            continue;
        }
        if (is_below(spectra, s, range)) {
            bs_legend_note(legend, "below the picture: %s, at most %.1g", series->label,
                           extremes_of(spectra, s).max);
        } else {
            bs_legend_add(legend, KEY_LINE, 0, series->style, series->label);
        }
    }
}
