/* Drawing power spectra: means with error bars, theory, noise floors; both axes logarithmic. */
#include <math.h>

#include "gnuplot.h"
#include "plot_spectrum.h"

enum { BARS_MAX = 80 }; /* more bins have a band instead of error bars */

static const char theory_style[] = "lw 1.2 dt 3";
static const char *const floor_styles[2] = {"lw 1 dt 2", "lw 1 dt (2,6)"};
static const char *const floor_texts[2] = {"noise of the finite sample of images",
                                           "rounding noise"};

/* A spectrum may fall over so many decades before it is rounding. */
static const double deepest = 1e-20;

static bool has_errors(const plot_spectra *spectra)
{
    for (int n = 0; n < spectra->networks; n++) {
        for (int64_t k = 0; k < spectra->bins; k++) {
            if (isfinite(spectra->of[n].error[k])) {
                return true;
            }
        }
    }
    return false;
}

static bool drawable(const plot_spectra *spectra, int64_t k, double value)
{
    return spectra->wavenumber[k] > 0 && isfinite(value) && value > 0;
}

static void include(const plot_spectra *spectra, const double *values, plot_range *range)
{
    for (int64_t k = 0; k < spectra->bins && values != NULL; k++) {
        if (drawable(spectra, k, values[k])) {
            range->from = fmin(range->from, values[k]);
            range->to = fmax(range->to, values[k]);
        }
    }
}

static plot_range range_of(const plot_spectra *spectra)
{
    plot_range range = {INFINITY, 0, true};
    for (int n = 0; n < spectra->networks; n++) {
        const plot_spectrum *s = &spectra->of[n];
        include(spectra, s->power, &range);
        include(spectra, s->floors[0], &range);
        include(spectra, s->floors[1], &range);
    }
    range.from = fmax(range.from, deepest * range.to);
    return bs_plot_range_room(bs_plot_range_make(range.from, range.to, true), 0.05);
}

static plot_range axis_range(const plot_spectra *spectra)
{
    plot_range range = {INFINITY, 0, true};
    include(spectra, spectra->wavenumber, &range);
    return bs_plot_range_room(bs_plot_range_make(range.from, range.to, true), 0.03);
}

/* $NAME: wavenumber, value, value - error, value + error. */
static void write_block(const plot_spectra *spectra, const char *name, const double *values,
                        const double *errors, double floor, FILE *script)
{
    fprintf(script, "$%s << EOD\n", name);
    for (int64_t k = 0; k < spectra->bins; k++) {
        if (spectra->wavenumber[k] <= 0) {
            continue;
        }
        if (drawable(spectra, k, values[k])) {
            double error = errors != NULL && isfinite(errors[k]) ? errors[k] : 0;
            bs_gnuplot_number(script, spectra->wavenumber[k]);
            bs_gnuplot_number(script, values[k]);
            bs_gnuplot_number(script, fmax(values[k] - error, floor));
            bs_gnuplot_number(script, values[k] + error);
        }
        fputc('\n', script);
    }
    fputs("EOD\n", script);
}

static void write_data(const plot_spectra *spectra, double floor, FILE *script)
{
    char name[32];
    for (int n = 0; n < spectra->networks; n++) {
        const plot_spectrum *s = &spectra->of[n];
        snprintf(name, sizeof name, "power%d", n);
        write_block(spectra, name, s->power, s->error, floor, script);
        if (s->theory != NULL) {
            snprintf(name, sizeof name, "theory%d", n);
            write_block(spectra, name, s->theory, NULL, floor, script);
        }
        for (int f = 0; f < 2; f++) {
            if (s->floors[f] != NULL) {
                snprintf(name, sizeof name, "floor%d_%d", f, n);
                write_block(spectra, name, s->floors[f], NULL, floor, script);
            }
        }
    }
}

static void plot_network(const plot_spectra *spectra, int n, bool errors, FILE *script)
{
    const plot_spectrum *s = &spectra->of[n];
    bool many = spectra->bins > BARS_MAX;
    if (errors && many) {
        fprintf(script,
                "$power%d using 1:3:4 with filledcurves lt %d fs transparent solid 0.2 noborder, ",
                n, n + 1);
    } else if (errors) {
        fprintf(script, "$power%d using 1:2:3:4 with yerrorbars lt %d lw 0.8 ps 0, ", n, n + 1);
    }
    fprintf(script, "$power%d using 1:2 with linespoints lt %d lw 1.5 ps %g, ", n, n + 1,
            many ? 0.15 : 0.35);
    if (s->theory != NULL) {
        fprintf(script, "$theory%d using 1:2 with lines lt %d %s, ", n, n + 1, theory_style);
    }
    for (int f = 0; f < 2; f++) {
        if (s->floors[f] != NULL) {
            fprintf(script, "$floor%d_%d using 1:2 with lines lt %d %s, ", f, n, n + 1,
                    floor_styles[f]);
        }
    }
}

void bs_plot_spectra_draw(const plot_data *data, const plot_spectra *spectra, plot_box box,
                          plot_figure *figure)
{
    FILE *script = figure->script;
    plot_range range = range_of(spectra);
    bool errors = has_errors(spectra);
    write_data(spectra, range.from, script);
    bs_figure_place(figure, box);
    bs_plot_scale(script, "x", axis_range(spectra));
    bs_plot_scale(script, "y", range);
    fputs("set bars 0.4\nset grid lc rgb '#e0e0e0' lw 1 lt 1 dt 1\n", script);
    bs_plot_axis_label(script, "x", &spectra->axis, box.width);
    bs_plot_axis_label(script, "y", &spectra->variable, box.height);
    fputs("plot ", script);
    for (int n = 0; n < data->networks; n++) {
        plot_network(spectra, n, errors, script);
    }
    fputs("NaN notitle\n", script);
}

void bs_plot_spectra_keys(const plot_data *data, const plot_spectra *spectra, plot_legend *legend)
{
    if (has_errors(spectra)) {
        char text[96];
        snprintf(text, sizeof text, "mean and its standard error over %d realisations",
                 data->realisations);
        bool many = spectra->bins > BARS_MAX;
        bs_legend_add(legend, many ? KEY_AREA : KEY_BAR, 0,
                      many ? "fs solid noborder fc rgb '#d8d8d8'" : "lw 1 lc rgb '#606060'", text);
    }
    bool theory = false;
    bool floors[2] = {false, false};
    for (int n = 0; n < spectra->networks; n++) {
        theory = theory || spectra->of[n].theory != NULL;
        for (int f = 0; f < 2; f++) {
            floors[f] = floors[f] || spectra->of[n].floors[f] != NULL;
        }
    }
    if (theory) {
        bs_legend_add(legend, KEY_LINE, 0, "lw 1.2 dt 3 lc rgb '#606060'",
                      "theory for infinite width");
    }
    static const char *const keys[2] = {"lw 1 dt 2 lc rgb '#606060'",
                                        "lw 1 dt (2,6) lc rgb '#606060'"};
    for (int f = 0; f < 2; f++) {
        if (floors[f]) {
            bs_legend_add(legend, KEY_LINE, 0, keys[f], floor_texts[f]);
        }
    }
}
