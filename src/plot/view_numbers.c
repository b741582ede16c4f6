/* One number of every network, such as its roughness: the mean with its error, and the
 * realisations. */
#include <math.h>
#include <string.h>

#include "blueshift/memory.h"
#include "gnuplot.h"
#include "plot_scalar.h"
#include "views.h"

enum { TOP = 8, WIDTH = 520, RIGHT = 30, FOOT = 58, ROW = 26, ROWS_MAX = 60, NAME_ROOM = 260 };

static const char *needs_numbers(bs_surface *file)
{
    return bs_plot_scalars_exist(file) ? NULL
                                       : "numbers of networks, which `blueshift analyse` derives";
}

static bool asks_for_number(bs_surface *file, const bs_plot_options *options)
{
    return options->quantity != NULL && bs_plot_is_scalar(file, options->quantity);
}

static plot_range range_of(const plot_data *data, const plot_scalar *scalar)
{
    double ends[2] = {INFINITY, -INFINITY};
    double positive = INFINITY;
    for (int n = 0; n < data->networks; n++) {
        double error = isfinite(scalar->error[n]) ? scalar->error[n] : 0;
        ends[0] = fmin(ends[0], scalar->value[n] - error); /* NaN is no minimum */
        ends[1] = fmax(ends[1], scalar->value[n] + error);
        positive = scalar->value[n] > 0 ? fmin(positive, scalar->value[n]) : positive;
    }
    for (int i = 0; i < data->networks * data->realisations; i++) {
        ends[0] = fmin(ends[0], scalar->each[i]);
        ends[1] = fmax(ends[1], scalar->each[i]);
    }
    const bs_plot_options *o = data->options;
    bool logarithmic = !o->linear && positive < ends[1] &&
                       (o->logarithmic || (ends[0] > 0 && ends[1] > 30 * ends[0]));
    double from = logarithmic ? fmax(ends[0], positive / 10) : ends[0];
    return bs_plot_range_room(bs_plot_range_make(from, ends[1], logarithmic), 0.06);
}

/* $means: value, row, error; $each: value, row. Rows from the top. */
static void write_numbers(const plot_data *data, const plot_scalar *scalar, FILE *script)
{
    fputs("$means << EOD\n", script);
    for (int n = 0; n < data->networks; n++) {
        if (isfinite(scalar->value[n])) {
            double error = isfinite(scalar->error[n]) ? scalar->error[n] : 0;
            fprintf(script, "%.10g %d %.10g\n", scalar->value[n], n, error);
        }
    }
    fputs("EOD\n$each << EOD\n", script);
    for (int i = 0; i < data->networks * data->realisations; i++) {
        int row = i / data->realisations;
        if (isfinite(scalar->each[i])) {
            fprintf(script, "%.10g %g\n", scalar->each[i], 0.22 + (double)row);
        }
    }
    fputs("EOD\n", script);
}

static void write_names(const plot_data *data, FILE *script, double room)
{
    int every = (data->networks + ROWS_MAX - 1) / ROWS_MAX;
    fputs("set ytics (", script);
    for (int n = 0; n < data->networks; n += every) {
        char name[128];
        bs_figure_fit(bs_plot_data_name(data, n), room, name, sizeof name);
        fputs(n > 0 ? ", " : "", script);
        bs_gnuplot_text(script, name);
        fprintf(script, " %d", n);
    }
    fprintf(script, ") noenhanced\nset yrange [%g:-0.6]\n", data->networks - 0.4);
}

static void make_legend(const plot_data *data, const plot_scalar *scalar, plot_legend *legend)
{
    bool errors = false;
    for (int n = 0; n < data->networks; n++) {
        errors = errors || isfinite(scalar->error[n]);
    }
    if (errors) {
        bs_legend_add(legend, KEY_POINT, 1, "pt 7 ps 0.9",
                      "mean \xC2\xB1 standard error over the realisations");
    }
    if (scalar->several) {
        bs_legend_add(legend, KEY_POINT, 0, "pt 6 ps 0.5", "each realisation");
    }
    bs_plot_data_note(data, legend);
}

static void draw_page(const plot_data *data, const plot_scalar *scalar, plot_figure *figure)
{
    FILE *script = figure->script;
    double room = 0;
    plot_legend legend = {0};
    make_legend(data, scalar, &legend);
    for (int n = 0; n < data->networks; n++) {
        room = fmax(room, bs_figure_text_width(bs_plot_data_name(data, n)));
    }
    room = fmin(room, NAME_ROOM);
    int rows = data->networks < ROWS_MAX ? data->networks : ROWS_MAX;
    double height = ROW * (rows > 3 ? rows : 3) + TOP;
    double left = room + 40;
    double top = bs_page_begin(figure, left + WIDTH + RIGHT, height + FOOT, data->title, &legend);
    bs_figure_place(figure, (plot_box){left, top, WIDTH, height});
    write_numbers(data, scalar, script);
    bs_plot_scale(script, "x", range_of(data, scalar));
    write_names(data, script, room);
    bs_plot_axis_label(script, "x", &scalar->variable, WIDTH);
    fputs("set grid x lc rgb '#e0e0e0' lw 1 lt 1 dt 1\nset bars 0.5\nplot ", script);
    if (scalar->several) {
        fputs("$each using 1:2 with points lc rgb '#808080' pt 6 ps 0.5, ", script);
    }
    fputs("$means using 1:2:3 with xerrorbars lt 1 lw 1.5 pt 7 ps 0.9, NaN notitle\n", script);
    bs_figure_end(figure);
}

static bs_status draw(const plot_data *data, plot_figure *figure)
{
    plot_scalar scalar = {.value = NULL};
    const char *name = data->options->quantity;
    bs_status status = bs_plot_scalar_read(data, name != NULL ? name : "roughness", &scalar);
    if (status == BS_OK) {
        draw_page(data, &scalar, figure);
    }
    bs_plot_scalar_release(&scalar);
    return status;
}

const plot_view bs_view_numbers = {
    .name = "numbers",
    .summary = "one number of every network, such as its roughness, with errors",
    .all = true,
    .no_clip = true,
    .needs = needs_numbers,
    .suits = asks_for_number,
    .draw = draw,
};
