/* E3's picture: the image, noisy and averaged; variance and gain against the number of copies. */
#include <stdio.h>

#include "demo_views.h"

enum { PANELS = 4, SIDE = 270, GAP = 24, LEFT = 60, CURVES_TOP = 340, CURVES = 300 };

typedef struct averaging_data {
    int64_t correlations, copies, height, width;
    const double *correlation, *picture;
    const double *variance, *variance_error, *variance_theory;
    const double *gain, *gain_error, *gain_theory;
} averaging_data;

static bs_status take(const bs_dataset *d, averaging_data *a)
{
    a->correlations = bs_dataset_length(d, "noise_correlation");
    a->copies = bs_dataset_length(d, "copies");
    a->height = bs_dataset_length(d, "y");
    a->width = bs_dataset_length(d, "x");
    BS_TRY(bs_demo_view_values(d, "noise_correlation", &a->correlation));
    BS_TRY(bs_demo_view_values(d, "picture", &a->picture));
    BS_TRY(bs_demo_view_values(d, "variance", &a->variance));
    BS_TRY(bs_demo_view_values(d, "variance_error", &a->variance_error));
    BS_TRY(bs_demo_view_values(d, "variance_theory", &a->variance_theory));
    BS_TRY(bs_demo_view_values(d, "gain", &a->gain));
    BS_TRY(bs_demo_view_values(d, "gain_error", &a->gain_error));
    return bs_demo_view_values(d, "gain_theory", &a->gain_theory);
}

/* $cC: copies, variance, its error, its theory, gain, its error, its theory. */
static void write_curves(const averaging_data *a, FILE *script)
{
    for (int64_t c = 0; c < a->correlations; c++) {
        fprintf(script, "$c%d << EOD\n", (int)c);
        for (int64_t n = 0; n < a->copies; n++) {
            int64_t i = c * a->copies + n;
            double row[] = {(double)(n + 1),       a->variance[i], a->variance_error[i],
                            a->variance_theory[i], a->gain[i],     a->gain_error[i],
                            a->gain_theory[i]};
            bs_demo_view_row(script, sizeof row / sizeof row[0], row);
        }
        fputs("EOD\n", script);
    }
}

/* Large images are thinned out to what the page can show. */
static void draw_image(const averaging_data *a, int panel, plot_box box, const char *title,
                       plot_figure *figure)
{
    enum { PIXELS_MAX = 512 };
    FILE *script = figure->script;
    int64_t larger = a->height > a->width ? a->height : a->width;
    int64_t step = (larger + PIXELS_MAX - 1) / PIXELS_MAX;
    fprintf(script, "$image%d << EOD\n", panel);
    for (int64_t y = 0; y < a->height; y += step) {
        for (int64_t x = 0; x < a->width; x += step) {
            double row[] = {(double)x, (double)y,
                            a->picture[(panel * a->height + y) * a->width + x]};
            bs_demo_view_row(script, 3, row);
        }
        fputc('\n', script);
    }
    fputs("EOD\n", script);
    double scale = SIDE / (double)larger;
    box.left += 0.5 * (SIDE - scale * (double)a->width);
    box.width = scale * (double)a->width;
    box.height = scale * (double)a->height;
    bs_demo_view_panel(figure, box, title, "", "");
    fprintf(script,
            "unset border\nunset tics\nunset grid\nset palette gray\nset cbrange [0:1]\nset xrange "
            "[%g:%g]\nset yrange [%g:%g]\nplot $image%d using 1:2:3 with @image notitle\n",
            -0.5 * (double)step, (double)a->width - 0.5 * (double)step,
            (double)a->height - 0.5 * (double)step, -0.5 * (double)step, panel);
}

static void draw_images(const bs_dataset *d, const averaging_data *a, double top,
                        plot_figure *figure)
{
    char titles[PANELS][96] = {"image"};
    snprintf(titles[1], sizeof titles[1], "one copy, noise %g",
             bs_dataset_attribute_number(d, "noise"));
    snprintf(titles[2], sizeof titles[2], "average of %d, independent noise", (int)a->copies);
    snprintf(titles[3], sizeof titles[3], "average of %d, noise correlated by %g", (int)a->copies,
             bs_dataset_attribute_number(d, "panel_correlation"));
    for (int panel = 0; panel < PANELS; panel++) {
        plot_box box = {LEFT + panel * (SIDE + GAP), top + 30, SIDE, SIDE};
        draw_image(a, panel, box, titles[panel], figure);
    }
}

/* COLUMN: value, error and theory stand in it and the next two. */
static void plot_curves(const averaging_data *a, int column, FILE *script)
{
    fprintf(script,
            "set xrange [0.9:%g]\nset xtics (1, 2, 3, 5, 7, 10, 20, 30, 50, 100, 200, 500, 1000)\n"
            "plot ",
            1.1 * (double)a->copies);
    for (int64_t c = 0; c < a->correlations; c++) {
        int type = (int)c + 1;
        fprintf(
            script,
            "$c%d using 1:%d:%d with yerrorbars lt %d pt 7 ps 0.6 notitle, $c%d using 1:%d with "
            "lines lt %d lw 1 notitle, ",
            (int)c, column, column + 1, type, (int)c, column + 2, type);
    }
    fputs("NaN notitle\n", script);
}

/* Half a decade at least; the automatic one ends at whole powers of ten. */
static void write_variance_range(const averaging_data *a, FILE *script)
{
    double min = a->variance[0];
    for (int64_t i = 0; i < a->correlations * a->copies; i++) {
        min = a->variance[i] < min ? a->variance[i] : min;
    }
    fprintf(script, "set yrange [%g:%g]\n", 0.7 * min, 1.5 * a->variance[0]);
}

static void draw_curves(double top, const averaging_data *a, plot_figure *figure)
{
    enum { WIDTH = 500, BETWEEN = 138 };
    plot_box box = {LEFT + 30, top + CURVES_TOP + 30, WIDTH, CURVES};
    bs_demo_view_panel(figure, box, "variance of the averaged noise", "copies n", "");
    fputs("set tics nomirror out\nset logscale xy\n", figure->script);
    write_variance_range(a, figure->script);
    plot_curves(a, 2, figure->script);
    box.left += WIDTH + BETWEEN;
    bs_demo_view_panel(figure, box, "gain in signal-to-noise ratio over one copy", "copies n", "");
    fputs("set logscale x\nset yrange [0:*]\n", figure->script);
    plot_curves(a, 5, figure->script);
}

bs_status bs_demo_view_averaging(const bs_dataset *dataset, plot_figure *figure)
{
    enum { PAGE = 1260, HEIGHT = CURVES_TOP + CURVES + 85 };
    averaging_data a;
    plot_legend legend = {.count = 0};
    BS_TRY(take(dataset, &a));
    for (int64_t c = 0; c < a.correlations; c++) {
        char text[64];
        snprintf(text, sizeof text, "noise correlated by %g", a.correlation[c]);
        bs_legend_add(&legend, KEY_LINE, (int)c + 1, "", text);
    }
    bs_legend_note(
        &legend,
        "Points: means over %g repeats with standard errors; lines: sigma^2 (1 + (n - 1) "
        "rho) / n, and (1 + (n - 1) rho_signal) / (1 + (n - 1) rho).",
        bs_dataset_attribute_number(dataset, "repeats"));
    bs_legend_note(&legend,
                   "Right: signals correlated by rho_signal = %g between copies. The average gains "
                   "wherever the signal is correlated more than the noise.",
                   bs_dataset_attribute_number(dataset, "signal_correlation"));
    double top = bs_demo_view_begin(dataset, PAGE, HEIGHT, &legend, figure);
    write_curves(&a, figure->script);
    draw_images(dataset, &a, top, figure);
    draw_curves(top, &a, figure);
    bs_figure_end(figure);
    return BS_OK;
}
