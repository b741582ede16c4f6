/* Paths: the loss of every network along the path. */
#include <math.h>

#include "plot_draw.h"

enum {
    MARKED_POINTS = 101, /* curves with more samples are drawn without dots */
    MARGIN_LEFT = 92,
    MARGIN_RIGHT = 20,
    MARGIN_TOP = 50,
    MARGIN_BOTTOM = 66, /* tics and label */
    LEGEND_ROW = 20,
    LEGEND_COLUMNS = 2,
    WIDTH = 520,
    GUTTER = 95,
    HEIGHT = 380
};

/* The legend below the panel: the networks, then the kinds of gaps that occur. */
static int legend_rows(const plot_data *data)
{
    int entries = data->schema->networks;
    for (int gap = GAP_PENDING; gap < GAP_KINDS; gap++) {
        entries += data->gaps[gap] > 0;
    }
    return (entries + LEGEND_COLUMNS - 1) / LEGEND_COLUMNS;
}

gnuplot_size bs_plot_lines_size(const plot_data *data)
{
    int panels = data->has_spectrum ? 2 : 1;
    return (gnuplot_size){MARGIN_LEFT + panels * WIDTH + (panels - 1) * GUTTER + MARGIN_RIGHT,
                          MARGIN_TOP + HEIGHT + MARGIN_BOTTOM + LEGEND_ROW * legend_rows(data)};
}

static void write_panel(const plot_data *data, int panel, FILE *script)
{
    gnuplot_size size = bs_plot_lines_size(data);
    double left = MARGIN_LEFT + panel * (WIDTH + GUTTER);
    fprintf(script, "set lmargin at screen %g\nset rmargin at screen %g\n", left / size.width,
            (left + WIDTH) / size.width);
    fprintf(script, "set tmargin at screen %g\nset bmargin at screen %g\n",
            1 - MARGIN_TOP / size.height, 1 - (MARGIN_TOP + HEIGHT) / size.height);
}

static void write_key(const plot_data *data, FILE *script)
{
    gnuplot_size size = bs_plot_lines_size(data);
    double middle = (MARGIN_LEFT + size.width - MARGIN_RIGHT) / 2;
    fprintf(script,
            "set key at screen %g,%g center bottom horizontal Left reverse noenhanced maxcols %d\n",
            middle / size.width, 6 / size.height, LEGEND_COLUMNS);
}

/* x, loss, loss - error, loss + error; a gap splits the band as well as the curve. */
static void write_curve(const plot_data *data, const plot_surface *s, int index, FILE *script)
{
    const bs_axis *axis = &data->schema->grid.axis[0];
    fprintf(script, "$curve%d << EOD\n", index);
    for (int64_t i = 0; i < data->points; i++) {
        if (s->gap[i] != GAP_NONE) {
            fputc('\n', script);
            continue;
        }
        double error = s->error != NULL && isfinite(s->error[i]) ? s->error[i] : 0;
        double low = s->loss[i] - error;
        if (data->range.logarithmic) {
            low = fmax(low, data->range.from / 10); /* the axis ends above it */
        }
        bs_gnuplot_number(script, bs_axis_coordinate(axis, i));
        bs_gnuplot_number(script, s->loss[i]);
        bs_gnuplot_number(script, low);
        bs_gnuplot_number(script, s->loss[i] + error);
        fputc('\n', script);
    }
    fputs("EOD\n", script);
}

/* Marks of places without a value, in the order of plot_gap: at the top or the bottom of the panel,
 * a row for each network. A loss that is not finite mostly is too large. */
static const struct {
    bool top;
    int symbol;
} gap_mark[GAP_KINDS] = {{false, 0}, {false, 6}, {false, 2}, {true, 9}};

static double mark_height(plot_gap gap, int network)
{
    double height = 0.015 + 0.025 * (network % 8);
    return gap_mark[gap].top ? 1 - height : height;
}

static int64_t count_gaps(const plot_data *data, const plot_surface *s, plot_gap gap)
{
    int64_t count = 0;
    for (int64_t i = 0; i < data->points; i++) {
        count += s->gap[i] == gap;
    }
    return count;
}

static void write_gaps(const plot_data *data, const plot_surface *s, int index, FILE *script)
{
    for (int gap = GAP_PENDING; gap < GAP_KINDS; gap++) {
        if (count_gaps(data, s, (plot_gap)gap) == 0) {
            continue;
        }
        fprintf(script, "$gap%d_%d << EOD\n", index, gap);
        for (int64_t i = 0; i < data->points; i++) {
            if (s->gap[i] == gap) {
                bs_gnuplot_number(script, bs_axis_coordinate(&data->schema->grid.axis[0], i));
                fputc('\n', script);
            }
        }
        fputs("EOD\n", script);
    }
}

/* The range of the losses, and of their error bands where these are drawn; on a logarithmic axis
 * they may reach zero and are cut. */
static plot_range range_with_bands(const plot_data *data)
{
    plot_range range = data->range;
    bool bands = data->realisations == 1 && !range.logarithmic;
    for (int n = 0; n < data->schema->networks && bands; n++) {
        const plot_surface *s = bs_plot_data_surface(data, n, 0);
        for (int64_t i = 0; i < data->points && s->error != NULL; i++) {
            if (s->gap[i] == GAP_NONE && isfinite(s->error[i])) {
                range.from = fmin(range.from, s->loss[i] - s->error[i]);
                range.to = fmax(range.to, s->loss[i] + s->error[i]);
            }
        }
    }
    return range;
}

/* The vertical axis, with room for the bands and for the marks at its ends. */
static void write_axes(const plot_data *data, FILE *script)
{
    plot_range range = range_with_bands(data);
    if (range.logarithmic) {
        double room = pow(range.to / range.from, 0.06);
        range.from /= room;
        range.to *= room;
    } else {
        double room = 0.06 * (range.to - range.from);
        range.from -= room;
        range.to += room;
    }
    bs_plot_scale(script, "y", range);
    const bs_axis *axis = &data->schema->grid.axis[0];
    double half = bs_axis_step(axis) / 2;
    double last = bs_axis_coordinate(axis, axis->points - 1);
    fprintf(script, "set xrange [%.10g:%.10g]\n", axis->from - half, last + half);
    /* height(f): place f of the vertical axis, for the marks */
    if (range.logarithmic) {
        fprintf(script, "height(f) = %.10g * %.10g ** f\n", range.from, range.to / range.from);
    } else {
        fprintf(script, "height(f) = %.10g + %.10g * f\n", range.from, range.to - range.from);
    }
    fputs("set xlabel ", script);
    bs_plot_label(script, &data->schema->axes[0]);
    fputs(" noenhanced\nset ylabel ", script);
    bs_plot_label(script, data->loss);
    fputs(" noenhanced\nset grid lc rgb '#e0e0e0' lw 1 lt 1 dt 1\n", script);
}

static void plot_surface_curve(const plot_data *data, int network, int realisation, FILE *script)
{
    int index = network * data->realisations + realisation;
    const plot_surface *s = bs_plot_data_surface(data, network, realisation);
    int type = network + 1;
    bool single = data->realisations == 1;
    if (single && s->error != NULL) {
        fprintf(script,
                "$curve%d using 1:3:4 with filledcurves lt %d fs transparent solid 0.25 "
                "noborder notitle, ",
                index, type);
    }
    /* Beside a gap a single point has no line. */
    bool dots = data->points <= MARKED_POINTS || count_gaps(data, s, GAP_NONE) < data->points;
    fprintf(script, "$curve%d using 1:2 with %s lt %d lw %g ps %g notitle, ", index,
            dots ? "linespoints" : "lines", type, single ? 1.5 : 0.75,
            data->points <= MARKED_POINTS ? 0.4 : 0.15);
    for (int gap = GAP_PENDING; gap < GAP_KINDS; gap++) {
        if (count_gaps(data, s, (plot_gap)gap) > 0) {
            fprintf(script,
                    "$gap%d_%d using 1:(height(%g)) with points lt %d pt %d ps 0.8 notitle, ",
                    index, gap, mark_height((plot_gap)gap, network), type, gap_mark[gap].symbol);
        }
    }
}

/* The legend. Curves without points draw nothing else, and a network without values has its entry.
 */
static void write_legend(const plot_data *data, FILE *script)
{
    for (int n = 0; n < data->schema->networks; n++) {
        fprintf(script, "NaN with lines lt %d lw 1.5 title ", n + 1);
        bs_gnuplot_text(script, bs_plot_data_name(data, n));
        fputs(", ", script);
    }
    for (int gap = GAP_PENDING; gap < GAP_KINDS; gap++) {
        if (data->gaps[gap] > 0) {
            fprintf(script, "NaN with points pt %d ps 0.8 lc rgb '#606060' title '%s', ",
                    gap_mark[gap].symbol, bs_plot_gap_name((plot_gap)gap));
        }
    }
}

static void draw_losses(const plot_data *data, FILE *script)
{
    write_panel(data, 0, script);
    write_key(data, script);
    write_axes(data, script);
    fputs("plot ", script);
    for (int n = 0; n < data->schema->networks; n++) {
        for (int r = 0; r < data->realisations; r++) {
            plot_surface_curve(data, n, r, script);
        }
    }
    write_legend(data, script);
    fputc('\n', script);
}

/* Magnitude against wavenumber, in periods along the path; both axes logarithmic. */
static void draw_spectra(const plot_data *data, FILE *script)
{
    int64_t last = data->points / 2;
    int count = data->schema->networks * data->realisations;
    for (int s = 0; s < count; s++) {
        fprintf(script, "$spectrum%d << EOD\n", s);
        for (int64_t k = 1; k <= last; k++) {
            double magnitude = data->surfaces[s].magnitude[k];
            fprintf(script, "%lld ", (long long)k);
            bs_gnuplot_number(script, magnitude > 0 ? magnitude : (double)NAN);
            fputc('\n', script);
        }
        fputs("EOD\n", script);
    }
    write_panel(data, 1, script);
    fputs("unset key\nset logscale x\nset xlabel 'wavenumber (periods along the path)'\n"
          "set ylabel 'magnitude of the spectrum'\n",
          script);
    fprintf(script, "set xrange [0.9:%.10g]\n", 1.1 * (double)last);
    bs_plot_scale(script, "y", data->spectrum_range);
    fputs("plot ", script);
    for (int s = 0; s < count; s++) {
        fprintf(script, "$spectrum%d using 1:2 with %s lt %d lw %g ps 0.4, ", s,
                data->points <= MARKED_POINTS ? "linespoints" : "lines", s / data->realisations + 1,
                data->realisations == 1 ? 1.5 : 0.75);
    }
    fputc('\n', script);
}

void bs_plot_lines(const plot_data *data, FILE *script)
{
    for (int i = 0; i < data->schema->networks * data->realisations; i++) {
        write_curve(data, &data->surfaces[i], i, script);
        write_gaps(data, &data->surfaces[i], i, script);
    }
    fputs("set multiplot title ", script);
    bs_plot_title(script, data);
    fputs(" noenhanced\n", script);
    draw_losses(data, script);
    if (data->has_spectrum) {
        draw_spectra(data, script);
    }
    fputs("unset multiplot\n", script);
}
