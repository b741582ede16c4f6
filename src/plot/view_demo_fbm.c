/* E2's picture: a path, its relu and their average; their spectra; how the fractions of power
 * differ.
 */
#include <math.h>
#include <stdbool.h>

#include "demo_views.h"
#include "line_styles.h"

enum { SIGNALS = 3, LOWEST = 2 };

static const char *const names[SIGNALS] = {"x", "relu(x)", "(x + relu(x)) / 2"};
static const double group_width = 1.12; /* last over first wavenumber of a drawn point */

/* What is drawn of a dataset; the first generator's results. */
typedef struct fbm_data {
    int64_t bins, samples;
    double band_first;
    const double *example, *power, *error, *theory;
    const double *fraction, *fraction_error, *fraction_theory, *slope, *slope_error, *slope_theory;
} fbm_data;

/* Means over the wavenumbers FIRST to LAST. */
typedef struct group {
    double wavenumber, power, error, theory;
} group;

static bs_status take(const bs_dataset *d, fbm_data *f)
{
    f->bins = bs_dataset_length(d, "wavenumber");
    f->samples = bs_dataset_length(d, "time");
    BS_TRY(bs_demo_view_values(d, "example", &f->example));
    BS_TRY(bs_demo_view_values(d, "power", &f->power));
    BS_TRY(bs_demo_view_values(d, "power_error", &f->error));
    BS_TRY(bs_demo_view_values(d, "power_theory", &f->theory));
    BS_TRY(bs_demo_view_values(d, "high_fraction", &f->fraction));
    BS_TRY(bs_demo_view_values(d, "high_fraction_error", &f->fraction_error));
    BS_TRY(bs_demo_view_values(d, "high_fraction_theory", &f->fraction_theory));
    BS_TRY(bs_demo_view_values(d, "slope", &f->slope));
    BS_TRY(bs_demo_view_values(d, "slope_error", &f->slope_error));
    BS_TRY(bs_demo_view_values(d, "slope_theory", &f->slope_theory));
    f->band_first = bs_dataset_attribute_number(d, "band_first");
    return f->band_first >= 0 && f->band_first < (double)f->bins
               ? BS_OK
               : BS_FAIL(BS_ERR_INPUT, "its band_first is no wavenumber; run the demo again");
}

/* The group that begins at FIRST; the errors of its bins are as good as independent. */
static group group_from(const fbm_data *f, int signal, int64_t first, int64_t *next)
{
    int64_t end = (int64_t)floor((double)first * group_width) + 1;
    if ((double)end * group_width > (double)f->bins) { /* no group of a few bins at the end */
        end = f->bins;
    }
    group g = {0.0, 0.0, 0.0, 0.0};
    double count = (double)(end - first);
    for (int64_t k = first; k < end; k++) {
        int64_t i = signal * f->bins + k;
        g.wavenumber += log((double)k) / count;
        g.power += f->power[i] / count;
        g.error += f->error[i] * f->error[i] / (count * count);
        g.theory += f->theory[i] / count;
    }
    g.wavenumber = exp(g.wavenumber);
    g.error = sqrt(g.error);
    *next = end;
    return g;
}

static void totals(const fbm_data *f, int signal, double *power, double *theory)
{
    *power = 0.0;
    *theory = 0.0;
    for (int64_t k = LOWEST; k < f->bins; k++) {
        *power += f->power[signal * f->bins + k];
        *theory += f->theory[signal * f->bins + k];
    }
}

/* $sS: wavenumber, rms magnitude, its error, theory, fraction of power relative to x's, its theory.
 */
static void write_spectra(const fbm_data *f, FILE *script)
{
    double power[SIGNALS];
    double theory[SIGNALS];
    for (int s = 0; s < SIGNALS; s++) {
        totals(f, s, &power[s], &theory[s]);
    }
    for (int s = 0; s < SIGNALS; s++) {
        fprintf(script, "$s%d << EOD\n", s);
        for (int64_t k = LOWEST; k < f->bins;) {
            int64_t next = k;
            group x = group_from(f, 0, k, &next);
            group g = group_from(f, s, k, &next);
            double magnitude = sqrt(g.power);
            double row[] = {g.wavenumber,
                            magnitude,
                            g.error / (2.0 * magnitude),
                            sqrt(g.theory),
                            g.power / power[s] / (x.power / power[0]),
                            g.theory / theory[s] / (x.theory / theory[0])};
            bs_demo_view_row(script, sizeof row / sizeof row[0], row);
            k = next;
        }
        fputs("EOD\n", script);
    }
}

static void write_example(const fbm_data *f, FILE *script)
{
    enum { POINTS_MAX = 4096 };
    int64_t step = f->samples / POINTS_MAX + 1;
    fputs("$example << EOD\n", script);
    for (int64_t j = 0; j < f->samples; j += step) {
        double row[] = {(double)(j + 1) / (double)f->samples, f->example[j],
                        f->example[f->samples + j], f->example[2 * f->samples + j]};
        bs_demo_view_row(script, 4, row);
    }
    fputs("EOD\n", script);
}

static void draw(const bs_dataset *d, const fbm_data *f, double top, plot_figure *figure)
{
    enum { WIDTH = 330, HEIGHT = 320, LEFT = 75, GAP = 100 };
    FILE *script = figure->script;
    plot_box box = {LEFT, top + 30, WIDTH, HEIGHT};
    bs_demo_view_panel(figure, box, "one path", "t", "");
    fputs("set xrange [0:1]\nset yrange [*:*]\nplot $example using 1:2 with lines lt 1 lw 1.5 "
          "notitle, $example using 1:4 with lines lt 3 lw 1.5 notitle, $example using 1:3 with "
          "lines lt 2 lw 1.5 notitle\n",
          script);
    box.left += WIDTH + GAP;
    bs_demo_view_panel(figure, box, "root mean square of |X_k|", "wavenumber k", "");
    fprintf(script, "set logscale xy\nset format y '10^{%%T}'\nset xrange [1.8:%g]\nplot ",
            1.1 * (double)f->bins);
    for (int s = 0; s < SIGNALS; s++) {
        fprintf(script,
                "$s%d using 1:2:3 with yerrorbars lt %d pt 7 ps 0.35 notitle, $s%d using 1:4 with "
                "lines lt %d lw 1 notitle, ",
                s, s + 1, s, s + 1);
    }
    const double from = f->band_first;
    const double level = 1.6 * sqrt(f->power[(int64_t)from]); /* above the points */
    fprintf(
        script,
        "(x >= %g && x <= %g ? %.10g*(x/%g)**(%g) : NaN) with lines lc rgb '#000000' " LINE_THEORY
        " lw "
        "1.5 notitle\n",
        from, bs_dataset_attribute_number(d, "band_last"), level, from,
        bs_dataset_attribute_number(d, "slope_law"));
    box.left += WIDTH + GAP;
    bs_demo_view_panel(figure, box, "fraction of the power at k, relative to that of x",
                       "wavenumber k", "");
    fprintf(script, "set logscale x\nset xrange [1.8:%g]\nset yrange [*:*]\nplot ",
            1.1 * (double)f->bins);
    for (int s = 0; s < SIGNALS; s++) {
        fprintf(script,
                "$s%d using 1:5 with points lt %d pt 7 ps 0.35 notitle, $s%d using 1:6 with lines "
                "lt %d lw 1 notitle, ",
                s, s + 1, s, s + 1);
    }
    fputs("NaN notitle\n", script);
}

static void add_notes(const bs_dataset *d, const fbm_data *f, plot_legend *legend)
{
    const bool expected = !isnan(f->fraction_theory[0]);
    bs_legend_note(legend,
                   "H = %g, %g paths of %lld samples; points: measured with standard errors%s.",
                   bs_dataset_attribute_number(d, "hurst"), bs_dataset_attribute_number(d, "paths"),
                   (long long)f->samples,
                   expected ? ", thin lines: expected exactly, with window and sampling" : "");
    bs_legend_note(legend,
                   "Power above k = %g: x %.3f \xC2\xB1 %.3f %%, average %.3f \xC2\xB1 %.3f %%, "
                   "relu(x) %.3f \xC2\xB1 "
                   "%.3f %%.",
                   bs_dataset_attribute_number(d, "cutoff_wavenumber"), 100 * f->fraction[0],
                   100 * f->fraction_error[0], 100 * f->fraction[2], 100 * f->fraction_error[2],
                   100 * f->fraction[1], 100 * f->fraction_error[1]);
    bs_legend_note(legend,
                   "Slope of |X_k| of x: %.3f \xC2\xB1 %.3f; law -(H + 1/2) = %g. Averaging halves "
                   "a cosine's harmonics to within %.0e.",
                   f->slope[0], f->slope_error[0], bs_dataset_attribute_number(d, "slope_law"),
                   bs_dataset_attribute_number(d, "cosine_halving_error"));
    if (expected) {
        bs_legend_note(legend, "Expected: power %.3f, %.3f, %.3f %%, slope %.3f.",
                       100 * f->fraction_theory[0], 100 * f->fraction_theory[2],
                       100 * f->fraction_theory[1], f->slope_theory[0]);
    }
}

bs_status bs_demo_view_fbm(const bs_dataset *dataset, plot_figure *figure)
{
    enum { PAGE = 1300, PANELS = 410 };
    fbm_data f;
    plot_legend legend = {.count = 0};
    BS_TRY(take(dataset, &f));
    for (int s = 0; s < SIGNALS; s++) {
        bs_legend_add(&legend, KEY_LINE, s + 1, "", names[s]);
    }
    bs_legend_add(&legend, KEY_LINE, 7, LINE_THEORY, "law k^-(H + 1/2)");
    add_notes(dataset, &f, &legend);
    double top = bs_demo_view_begin(dataset, PAGE, PANELS, &legend, figure);
    write_example(&f, figure->script);
    write_spectra(&f, figure->script);
    draw(dataset, &f, top, figure);
    bs_figure_end(figure);
    return BS_OK;
}
