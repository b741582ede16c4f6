/* Drawing curves along a path, with bands and marks for points without a value. */
#include "curves.h"

#include <math.h>
#include <string.h>

#include "gnuplot.h"
#include "known_places.h"
#include "line_styles.h"

enum {
    DOTS_MAX = 101, /* curves with more samples are drawn without dots */
    LOW = 200       /* a panel with room for few tics */
};

/* Where a place without a value is marked: at the top or the bottom of the panel, a row for each
 * network. A value that is not finite mostly is too large. */
static double mark_height(plot_gap gap, int n)
{
    double height = 0.02 + 0.03 * (n % 8);
    return gap == GAP_NON_FINITE ? 1 - height : height;
}

static double x_of(const plot_data *data, int64_t i)
{
    return bs_axis_coordinate(&data->schema->grid.axis[0], i);
}

/* Whether the drawing of point I has error bars: the mean of one or more finite ones. */
static double error_at(const plot_field *field, int n, int64_t i)
{
    double sum = 0;
    for (int r = 0; r < field->realisations; r++) {
        const plot_surface *s = bs_plot_field_surface(field, n, r);
        sum += s->error != NULL ? s->error[i] : (double)NAN;
    }
    return isfinite(sum) && !bs_plot_is_missing(sum) ? sum / field->realisations : 0;
}

/* Mean over the realisations; NaN unless all have a value. */
static double mean_at(const plot_field *field, int n, int64_t i)
{
    double sum = 0;
    for (int r = 0; r < field->realisations; r++) {
        sum += bs_plot_field_clip(field, bs_plot_field_surface(field, n, r)->value[i]);
    }
    return sum / field->realisations;
}

static bool has_band(const plot_field *field)
{
    return field->surfaces[0].error != NULL;
}

static bool is_drawn(const plot_curves *panel, int n)
{
    return panel->only < 0 || panel->only == n;
}

/* $meanP_N: x, mean, mean - error, mean + error; a gap splits the band as well as the curve. */
static void write_mean(const plot_data *data, const plot_curves *panel, int n, double floor,
                       FILE *script)
{
    fprintf(script, "$mean%d_%d << EOD\n", panel->id, n);
    for (int64_t i = 0; i < data->points; i++) {
        double mean = mean_at(panel->field, n, i);
        if (!isfinite(mean)) {
            fputc('\n', script);
            continue;
        }
        double error = error_at(panel->field, n, i);
        bs_gnuplot_number(script, x_of(data, i));
        bs_gnuplot_number(script, mean);
        bs_gnuplot_number(script, fmax(mean - error, floor));
        bs_gnuplot_number(script, mean + error);
        fputc('\n', script);
    }
    fputs("EOD\n", script);
}

/* $testP_N: x, mean over the test images; a gap where there is none. */
static void write_test(const plot_data *data, const plot_curves *panel, int n, FILE *script)
{
    fprintf(script, "$test%d_%d << EOD\n", panel->id, n);
    for (int64_t i = 0; i < data->points; i++) {
        const double mean = mean_at(panel->test, n, i);
        if (isfinite(mean)) {
            bs_gnuplot_number(script, x_of(data, i));
            bs_gnuplot_number(script, mean);
        }
        fputc('\n', script);
    }
    fputs("EOD\n", script);
}

/* $oneP_N: the realisations one below the other. */
static void write_realisations(const plot_data *data, const plot_curves *panel, int n, FILE *script)
{
    fprintf(script, "$one%d_%d << EOD\n", panel->id, n);
    for (int r = 0; r < data->realisations; r++) {
        const plot_surface *s = bs_plot_field_surface(panel->field, n, r);
        for (int64_t i = 0; i < data->points; i++) {
            if (s->gap[i] == GAP_NONE) {
                bs_gnuplot_number(script, x_of(data, i));
                bs_gnuplot_number(script, bs_plot_field_clip(panel->field, s->value[i]));
            }
            fputc('\n', script);
        }
        fputc('\n', script);
    }
    fputs("EOD\n", script);
}

static int64_t count_gaps(const plot_field *field, int n, int gap)
{
    int64_t count = 0;
    for (int r = 0; r < field->realisations; r++) {
        count += bs_plot_field_surface(field, n, r)->gaps[gap];
    }
    return count;
}

static void write_gaps(const plot_data *data, const plot_curves *panel, int n, FILE *script)
{
    for (int gap = GAP_PENDING; gap < GAP_KINDS; gap++) {
        if (count_gaps(panel->field, n, gap) == 0) {
            continue;
        }
        fprintf(script, "$gap%d_%d_%d << EOD\n", panel->id, n, gap);
        for (int r = 0; r < data->realisations; r++) {
            for (int64_t i = 0; i < data->points; i++) {
                if (bs_plot_field_surface(panel->field, n, r)->gap[i] == gap) {
                    bs_gnuplot_number(script, x_of(data, i));
                    fputc('\n', script);
                }
            }
        }
        fputs("EOD\n", script);
    }
}

/* The values and, where there is room for them, the bands. */
static plot_range range_of(const plot_data *data, const plot_curves *panel)
{
    const plot_field *field = panel->field;
    plot_range range = panel->only < 0 ? field->range : bs_plot_field_range(field, panel->only);
    for (int n = 0; n < field->networks && !range.logarithmic && has_band(field); n++) {
        for (int64_t i = 0; i < data->points && is_drawn(panel, n); i++) {
            double mean = mean_at(field, n, i);
            double error = error_at(field, n, i);
            if (isfinite(mean)) {
                range.from = fmin(range.from, mean - error);
                range.to = fmax(range.to, mean + error);
            }
        }
    }
    for (int n = 0; n < field->networks && panel->test != NULL; n++) {
        for (int64_t i = 0; i < data->points && is_drawn(panel, n); i++) {
            const double mean = mean_at(panel->test, n, i);
            if (isfinite(mean) && (mean > 0.0 || !range.logarithmic)) {
                range.from = fmin(range.from, mean);
                range.to = fmax(range.to, mean);
            }
        }
    }
    return bs_plot_range_room(range, 0.06);
}

static void write_axes(const plot_data *data, const plot_curves *panel, plot_range range,
                       FILE *script)
{
    bs_plot_scale(script, "y", range);
    bs_plot_coordinates(data, script, "x", 0, true, panel->foot);
    /* height(f): place f of the vertical axis, for the marks */
    if (range.logarithmic) {
        fprintf(script, "height(f) = %.10g * %.10g ** f\n", range.from, range.to / range.from);
    } else {
        fprintf(script, "height(f) = %.10g + %.10g * f\n", range.from, range.to - range.from);
    }
    if (panel->foot) {
        bs_plot_axis_label(script, "x", &data->schema->axes[0], panel->box.width);
    }
    bs_plot_axis_label(script, "y", &panel->field->variable, panel->box.height + 20);
    if (panel->box.height < LOW && !range.logarithmic) {
        bs_plot_tics(script, "y", range, 5);
    }
    fputs("set grid lc rgb '#e0e0e0' lw 1 lt 1 dt 1\n", script);
}

static void plot_network(const plot_data *data, const plot_curves *panel, int n, FILE *script)
{
    int id = panel->id;
    int type = panel->only < 0 ? n + 1 : 1;
    bool several = data->realisations > 1;
    if (has_band(panel->field)) {
        fprintf(script,
                "$mean%d_%d using 1:3:4 with filledcurves lt %d fs transparent solid 0.2 "
                "noborder, ",
                id, n, type);
    }
    if (has_band(panel->field) && data->points == 1) { /* a band without width */
        fprintf(script, "$mean%d_%d using 1:2:3:4 with yerrorbars lt %d lw 1 ps 0, ", id, n, type);
    }
    if (several) {
        fprintf(script, "$one%d_%d using 1:2 with lines lt %d lw 0.5, ", id, n, type);
    }
    /* Beside a gap a single point has no line. */
    bool dots = (data->points <= DOTS_MAX && !several) ||
                count_gaps(panel->field, n, GAP_NONE) < data->points * data->realisations;
    fprintf(script, "$mean%d_%d using 1:2 with %s lt %d lw %g ps %g, ", id, n,
            dots ? "linespoints" : "lines", type, several ? 2.2 : 1.5,
            data->points <= 21         ? 0.6
            : data->points <= DOTS_MAX ? 0.35
                                       : 0.15);
    if (panel->test != NULL) {
        fprintf(script, "$test%d_%d using 1:2 with lines lt %d lw 1.5 %s, ", id, n, type,
                LINE_TEST);
    }
    for (int gap = GAP_PENDING; gap < GAP_KINDS; gap++) {
        if (count_gaps(panel->field, n, gap) > 0) {
            fprintf(script, "$gap%d_%d_%d using 1:(height(%g)) with points lt %d %s, ", id, n, gap,
                    mark_height((plot_gap)gap, n), type, bs_plot_gap_mark((plot_gap)gap));
        }
    }
    plot_places places = bs_known_places(data, n);
    for (int i = 0; i < places.count && panel->foot; i++) {
        fprintf(script,
                "'+' using (%.10g):(height(0)) every ::0::0 with points lc rgb '#404040' %s, ",
                places.place[i].at[0], bs_known_place_style(&places.place[i]));
    }
}

void bs_curves_draw(const plot_data *data, const plot_curves *panel, plot_figure *figure)
{
    FILE *script = figure->script;
    plot_range range = range_of(data, panel);
    bs_figure_place(figure, panel->box);
    for (int n = 0; n < data->networks; n++) {
        if (is_drawn(panel, n)) {
            write_mean(data, panel, n, range.logarithmic ? range.from : (double)-INFINITY, script);
            write_realisations(data, panel, n, script);
            if (panel->test != NULL) {
                write_test(data, panel, n, script);
            }
            write_gaps(data, panel, n, script);
        }
    }
    write_axes(data, panel, range, script);
    fputs("plot ", script);
    for (int n = 0; n < data->networks; n++) {
        if (is_drawn(panel, n)) {
            plot_network(data, panel, n, script);
        }
    }
    fputs("NaN notitle\n", script);
}

void bs_curves_network_keys(const plot_data *data, plot_legend *legend)
{
    for (int n = 0; n < data->networks && (data->networks > 1 || bs_plot_data_name(data, n)[0]);
         n++) {
        bs_legend_add(legend, KEY_LINE, n + 1, "lw 2", bs_plot_data_name(data, n));
    }
}

void bs_curves_test_key(const plot_data *data, plot_legend *legend)
{
    bs_legend_add(legend, KEY_LINE, 0, "lw 1.5 " LINE_TEST,
                  data->realisations > 1 ? "test images, mean" : "test images");
}

void bs_curves_keys(const plot_data *data, const plot_field *field, plot_legend *legend)
{
    if (data->realisations > 1) {
        char text[64];
        snprintf(text, sizeof text, "%d realisations", data->realisations);
        bs_legend_add(legend, KEY_LINE, 0, "lw 0.5", text);
        bs_legend_add(legend, KEY_LINE, 0, "lw 2.2", "their mean");
    }
    bs_known_places_keys(data, legend);
    if (has_band(field)) {
        bs_legend_add(legend, KEY_AREA, 0, "fs solid noborder fc rgb '#d8d8d8'",
                      "\xC2\xB1 standard error over the images");
    }
    for (int gap = GAP_PENDING; gap < GAP_KINDS; gap++) {
        if (field->gaps[gap] > 0) {
            bs_legend_add(legend, KEY_POINT, 0, bs_plot_gap_mark((plot_gap)gap),
                          bs_plot_gap_name((plot_gap)gap));
        }
    }
}
