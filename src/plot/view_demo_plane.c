/* E5's picture: averages of two coefficients in the complex plane, and of many. */
#include <math.h>
#include <stddef.h>
#include <stdio.h>

#include "demo_views.h"

enum { CASES = 3, FACTORS = 3, SIDE = 260 };

static const char *const titles[CASES] = {"different radii (ED)", "different angles (FDSA)",
                                          "both at once"};

/* $averages: real and imaginary part of the case's averages. */
static void write_cloud(const double *averages, int64_t count, int which, FILE *script)
{
    fprintf(script, "$cloud%d << EOD\n", which);
    for (int64_t i = 0; i < count; i++) {
        bs_demo_view_row(script, 2, averages + (which * count + i) * 2);
    }
    fputs("EOD\n", script);
}

static void draw_arrow(double from, double x, double y, const char *style, FILE *script)
{
    fprintf(script, "set arrow from 0,%.6f to %.6f,%.6f head filled size 0.09,18 front %s\n", from,
            x, from + y, style);
}

static void draw_case(int which, double ratio, plot_box box, plot_figure *figure)
{
    const double angle = which == 0 ? 0.0 : 2.0; /* of the skip in the picture */
    const double radius = which == 1 ? 1.0 : ratio;
    const double x = radius * cos(angle);
    const double y = radius * sin(angle);
    const double apart = which == 0 ? -0.15 : 0.0; /* one direction: below each other */
    FILE *script = figure->script;
    bs_demo_view_panel(figure, box, titles[which], "real part", which == 0 ? "imaginary part" : "");
    fputs("set xrange [-1.2:1.2]\nset yrange [-1.2:1.2]\nset xtics 0.5\nset ytics 0.5\n"
          "set object circle at 0,0 size first 1 fc rgb '#b0b0b0' lw 1\n",
          script);
    draw_arrow(0.0, 1.0, 0.0, "lt 1 lw 3", script);
    draw_arrow(apart, x, y, "lt 2 lw 3", script);
    draw_arrow(2.0 * apart, 0.5 * (1.0 + x), 0.5 * y, "lt 3 lw 4", script);
    fprintf(script, "plot $cloud%d using 1:2 with points lt 6 pt 7 ps 0.3 notitle\n", which);
}

static bs_status draw_paths(const bs_dataset *d, plot_box box, plot_figure *figure)
{
    const double *got = NULL;
    const double *wanted = NULL;
    FILE *script = figure->script;
    BS_TRY(bs_demo_view_values(d, "path_factors", &got));
    BS_TRY(bs_demo_view_values(d, "path_factors_theory", &wanted));
    fputs("$paths << EOD\n", script);
    for (int64_t p = 0; p < bs_dataset_length(d, "paths"); p++) {
        double row[] = {(double)(p + 1),        got[FACTORS * p],    got[FACTORS * p + 1],
                        got[FACTORS * p + 2],   wanted[FACTORS * p], wanted[FACTORS * p + 1],
                        wanted[FACTORS * p + 2]};
        bs_demo_view_row(script, sizeof row / sizeof row[0], row);
    }
    fputs("EOD\n", script);
    bs_demo_view_panel(figure, box, "p independent paths, averaged", "paths p", "");
    fprintf(script, "set yrange [0:1.05]\nset xrange [0.7:%g]\nset xtics 1\nplot ",
            (double)bs_dataset_length(d, "paths") + 0.3);
    static const int types[FACTORS] = {7, 4, 5};
    for (int f = 0; f < FACTORS; f++) {
        fprintf(script,
                "$paths using 1:%d with points lt %d pt 7 ps 0.7 notitle, $paths using 1:%d with "
                "lines lt %d lw 1.5 notitle%s",
                f + 2, types[f], f + 2 + FACTORS, types[f], f + 1 < FACTORS ? ", " : "\n");
    }
    return BS_OK;
}

bs_status bs_demo_view_plane(const bs_dataset *dataset, plot_figure *figure)
{
    enum { LEFT = 75, GAP = 50, PAGE = LEFT + 4 * SIDE + 3 * GAP + 45, HEIGHT = SIDE + 90 };
    const double *averages = NULL;
    const double *factors = NULL;
    const double *theory = NULL;
    plot_legend legend = {.count = 0};
    const double ratio = bs_dataset_attribute_number(dataset, "ratio");
    BS_TRY(bs_demo_view_values(dataset, "averages", &averages));
    BS_TRY(bs_demo_view_values(dataset, "factors", &factors));
    BS_TRY(bs_demo_view_values(dataset, "factors_theory", &theory));
    bs_legend_add(&legend, KEY_LINE, 1, "lw 3", "main coefficient M = 1");
    bs_legend_add(&legend, KEY_LINE, 2, "lw 3", "skip coefficient R");
    bs_legend_add(&legend, KEY_LINE, 3, "lw 4", "average (R + M) / 2");
    bs_legend_add(&legend, KEY_POINT, 6, "pt 7 ps 0.5", "averages (R + M) / 2 for random R");
    bs_legend_add(&legend, KEY_LINE, 7, "", "damping of the power");
    bs_legend_add(&legend, KEY_LINE, 4, "", "its part by radii: exponential downweighting (ED)");
    bs_legend_add(&legend, KEY_LINE, 5, "",
                  "by angles: frequency-dependent signal averaging (FDSA)");
    for (int c = 0; c < CASES; c++) {
        const double *f = factors + (ptrdiff_t)FACTORS * c;
        const double *t = theory + (ptrdiff_t)FACTORS * c;
        bs_legend_note(&legend,
                       "%s: damping %.4f = ED %.4f x FDSA %.4f (expected %.4f = %.4f x %.4f).",
                       titles[c], f[0], f[1], f[2], t[0], t[1], t[2]);
    }
    double top = bs_demo_view_begin(dataset, PAGE, HEIGHT, &legend, figure);
    for (int c = 0; c < CASES; c++) {
        plot_box box = {LEFT + c * (SIDE + GAP), top + 30, SIDE, SIDE};
        write_cloud(averages, bs_dataset_length(dataset, "shown"), c, figure->script);
        draw_case(c, ratio, box, figure);
    }
    plot_box box = {LEFT + 3 * (SIDE + GAP) + 20, top + 30, SIDE, SIDE};
    BS_TRY(draw_paths(dataset, box, figure));
    bs_figure_end(figure);
    return BS_OK;
}
