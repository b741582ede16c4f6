/* Planes as surfaces in three dimensions, contour lines on the floor. */
#include <math.h>

#include "blueshift/memory.h"
#include "gnuplot.h"
#include "known_places.h"
#include "map.h"
#include "views.h"

enum {
    SIDE_X = 490,
    SIDE_Y = 390,
    TITLE = 24,
    MARGIN = 20,
    MESH_MAX = 64, /* finer grids are drawn without mesh lines */
    SCALE_WIDTH = 15,
    SCALE = 92,
    LABEL = 26,
    TICS = 5
};

typedef struct page {
    const plot_data *data;
    plot_field field;
    bool shared; /* one scale for all networks */
    int columns, rows;
    double top, pitch_x, pitch_y;
} page;

static const char *needs_plane(bs_surface *file)
{
    const bs_grid *grid = &bs_surface_get_schema(file)->grid;
    bool wide = grid->ndim == 2 && grid->axis[0].points > 1 && grid->axis[1].points > 1;
    return wide ? NULL : "a plane (two axes of several points)";
}

static double coordinate(const plot_map *map, int d, int64_t i)
{
    return map->from[d] + (double)i * map->step[d];
}

/* $points: x, y, value; $gapK: x, y of the points without a value. */
static void write_points(plot_figure *figure, const plot_field *field, const plot_map *map)
{
    FILE *script = figure->script;
    for (int gap = GAP_NONE; gap < GAP_KINDS; gap++) {
        fprintf(script, gap == GAP_NONE ? "$points << EOD\n" : "$gap%d << EOD\n", gap);
        for (int64_t at = 0; at < map->size[0] * map->size[1]; at++) {
            int64_t i = at % map->size[0];
            if (gap == GAP_NONE || map->gap[at] == gap) {
                bs_gnuplot_number(script, coordinate(map, 0, i));
                bs_gnuplot_number(script, coordinate(map, 1, at / map->size[0]));
                bs_gnuplot_number(script, bs_plot_field_clip(field, map->value[at]));
                fputc('\n', script);
            }
            if (gap == GAP_NONE && i + 1 == map->size[0]) {
                fputc('\n', script);
            }
        }
        fputs("EOD\n", script);
    }
}

/* A surface needs a cell with four values. */
static bool has_cell(const plot_map *map)
{
    for (int64_t j = 0; j + 1 < map->size[1]; j++) {
        for (int64_t i = 0; i + 1 < map->size[0]; i++) {
            const uint8_t *g = &map->gap[j * map->size[0] + i];
            if (g[0] + g[1] + g[map->size[0]] + g[map->size[0] + 1] == GAP_NONE) {
                return true;
            }
        }
    }
    return false;
}

/* Where coordinate AT lies along axis D: the point before it, which another one follows, and the
 * fraction of the way to that. */
static int64_t before(const plot_map *map, int d, double at, double *fraction)
{
    const double place = (at - map->from[d]) / map->step[d];
    const double last = (double)(map->size[d] - 2);
    const double i = fmin(fmax(floor(place), 0.0), last);
    *fraction = fmin(fmax(place - i, 0.0), 1.0);
    return (int64_t)i;
}

typedef struct cut {
    const page *page;
    const plot_map *map;
} cut;

/* The height of the surface, a cut, between its points where it has none there; NaN next to a gap.
 * A plot_height. */
static double height(const void *surface, const double at[2])
{
    const page *p = ((const cut *)surface)->page;
    const plot_map *map = ((const cut *)surface)->map;
    double part[2];
    const int64_t i = before(map, 0, at[0], &part[0]);
    const int64_t j = before(map, 1, at[1], &part[1]);
    double sum = 0.0;
    for (int corner = 0; corner < 4; corner++) {
        const int right = corner % 2;
        const int up = corner / 2;
        const double weight = (right ? part[0] : 1.0 - part[0]) * (up ? part[1] : 1.0 - part[1]);
        if (weight > 0.0) {
            sum += weight *
                   bs_plot_field_clip(&p->field, map->value[(j + up) * map->size[0] + i + right]);
        }
    }
    return sum;
}

/* Base point and given weights, on the surface where it has a value there, else on the floor. */
static void write_places(FILE *script, const plot_places *places, const cut *surface, double floor)
{
    for (int i = 0; i < places->count; i++) {
        const double *at = places->place[i].at;
        const double value = height(surface, at);
        fprintf(
            script,
            "'+' using (%.10g):(%.10g):(%.10g) every ::0::0 with points lc rgb '#000000' lw 1.2 "
            "%s, ",
            at[0], at[1], isfinite(value) ? value : floor, bs_known_place_style(&places->place[i]));
    }
}

/* What ends a list of plots: a point that is nowhere. */
static void end_plots(FILE *script, const plot_map *map)
{
    fprintf(script, "'+' using (%.10g):(%.10g):(NaN) with points notitle\n", map->from[0],
            map->from[1]);
}

static void write_surface(FILE *script, const plot_map *map, double floor)
{
    fputs("splot ", script);
    if (has_cell(map)) {
        fputs("$points using 1:2:3 with pm3d, ", script);
    } else if (map->gaps[GAP_NONE] > 0) {
        fputs("$points using 1:2:3 with points pt 7 ps 0.5 lc palette, ", script);
    }
    for (int gap = GAP_PENDING; gap < GAP_KINDS; gap++) {
        if (map->gaps[gap] > 0) {
            fprintf(script, "$gap%d using 1:2:(%.10g) with points lc rgb '#606060' %s, ", gap,
                    floor, bs_plot_gap_mark((plot_gap)gap));
        }
    }
    end_plots(script, map);
}

/* What lies on the surface, in a plot over it: gnuplot sorts the cells by depth, and draws them
 * after all that is in the same plot. */
static void write_marks(FILE *script, const page *p, int n, const cut *surface, double floor)
{
    const plot_places places = bs_known_places(p->data, n);
    if (places.count == 0 && surface->map->track.count == 0) {
        return;
    }
    fputs("unset border\nunset tics\nunset xlabel\nunset ylabel\nunset colorbox\nsplot ", script);
    bs_track_plot(script, &surface->map->track, true);
    write_places(script, &places, surface, floor);
    end_plots(script, surface->map);
}

static void write_axes(plot_figure *figure, const page *p, const plot_map *map, plot_range range)
{
    FILE *script = figure->script;
    for (int d = 0; d < 2; d++) {
        char axis[] = {"xy"[d], '\0'};
        double last = coordinate(map, d, map->size[d] - 1);
        bs_plot_scale(script, axis, (plot_range){map->from[d], last, false});
        bs_plot_axis_label(script, axis, &p->data->schema->axes[d], 300);
        bs_plot_tics(script, axis, (plot_range){map->from[d], last, false}, TICS);
        fprintf(script, "set %slabel rotate parallel offset 0,-0.4\nset %stics offset 0,-0.3\n",
                axis, axis);
    }
    bs_plot_scale(script, "z", range);
    if (!range.logarithmic) {
        bs_plot_tics(script, "z", range, 6);
    }
    bs_plot_scale(script, "cb", range);
    bool mesh = map->size[0] <= MESH_MAX && map->size[1] <= MESH_MAX;
    fprintf(script,
            "set border 4095 lc rgb '#b0b0b0' lw 0.5\nset tics textcolor rgb '#404040'\n"
            "set view 58,30,0.96,1.25\n"
            "set xyplane at %.10g\nset palette maxcolors 0\nset pm3d depthorder %s\n",
            range.from, mesh ? "border lc rgb '#303030' lw 0.3" : "noborder");
}

/* gnuplot fits a view in three dimensions into origin and size, and heeds no margins. */
static void place(plot_figure *figure, plot_box box)
{
    bs_figure_place(figure, box);
    fprintf(figure->script,
            "set lmargin 0\nset rmargin 0\nset tmargin 0\nset bmargin 0\n"
            "set origin %.6f,%.6f\nset size %.6f,%.6f\n",
            box.left / figure->width, 1 - (box.top + box.height) / figure->height,
            box.width / figure->width, box.height / figure->height);
}

/* The scale right of the panel in BOX, or, shared by all, at the right edge. */
static void write_scale(plot_figure *figure, const page *p, int i, plot_box box)
{
    bool last = i == p->data->networks * p->data->realisations - 1;
    if (p->shared) {
        if (i > 0) {
            return;
        }
        box.left = figure->width - SCALE - LABEL;
    } else {
        box.left += box.width + 8;
    }
    box.top += 24;
    box.height *= 0.6; /* the label of the y axis reaches below it */
    box.width = SCALE_WIDTH;
    bs_figure_scale(figure, box);
    if (p->shared || last) {
        char label[512];
        bs_plot_label(&p->field.variable, SIDE_Y, label, sizeof label);
        plot_text text = {figure->width - 16, box.top + box.height / 2, "center", true, ""};
        bs_figure_text(figure, text, label);
    }
}

static void write_title(plot_figure *figure, const page *p, int i, plot_box box)
{
    const plot_data *data = p->data;
    const char *name = bs_plot_data_name(data, i / data->realisations);
    char title[256];
    if (data->realisations == 1) {
        snprintf(title, sizeof title, "%s", name);
    } else {
        snprintf(title, sizeof title, "%s%srealisation %d", name, name[0] != '\0' ? ", " : "",
                 data->first_realisation + i % data->realisations);
    }
    char fitting[sizeof title];
    bs_figure_fit(title, p->pitch_x - 16, fitting, sizeof fitting);
    plot_text text = {box.left + box.width / 2, box.top - FIGURE_TITLE_RISE, "center", false, ""};
    bs_figure_text(figure, text, fitting);
}

static bs_status draw_panel(plot_figure *figure, const page *p, int i)
{
    const plot_data *data = p->data;
    int n = i / data->realisations;
    const int axes[2] = {0, 1};
    plot_map map = {0};
    bs_status status =
        bs_map_cut(&data->schema->grid, bs_plot_field_surface(&p->field, n, i % data->realisations),
                   axes, 0, &map);
    if (status == BS_OK) {
        status = bs_track_read(data, n, &map.track);
    }
    if (status == BS_OK) {
        int row = i / p->columns;
        plot_box box = {MARGIN + (i % p->columns) * p->pitch_x, p->top + TITLE + row * p->pitch_y,
                        SIDE_X, SIDE_Y};
        plot_range range = p->shared ? p->field.range : bs_plot_field_range(&p->field, n);
        place(figure, box);
        write_points(figure, &p->field, &map);
        const cut surface = {p, &map};
        bs_track_data(figure->script, &map.track, height, &surface);
        write_axes(figure, p, &map, range);
        write_scale(figure, p, i, box);
        write_title(figure, p, i, box);
        bs_figure_letter(figure, box, i, data->networks * data->realisations);
        write_surface(figure->script, &map, range.from);
        write_marks(figure->script, p, n, &surface, range.from);
    }
    bs_map_release(&map);
    return status;
}

static bs_status make_legend(const page *p, plot_legend *legend)
{
    for (int gap = GAP_PENDING; gap < GAP_KINDS; gap++) {
        if (p->field.gaps[gap] > 0) {
            bs_legend_add(legend, KEY_POINT, 0, bs_plot_gap_mark((plot_gap)gap),
                          bs_plot_gap_name((plot_gap)gap));
        }
    }
    bs_known_places_keys(p->data, legend);
    BS_TRY(bs_track_note(p->data, legend));
    bs_plot_field_note(&p->field, legend);
    if (!p->shared) {
        bs_legend_note(legend, "each network has a scale of its own");
    }
    bs_plot_data_note(p->data, legend);
    return BS_OK;
}

static bs_status draw_page(page *p, plot_figure *figure)
{
    const plot_data *data = p->data;
    int count = data->networks * data->realisations;
    plot_legend legend = {0};
    p->shared = bs_plot_field_shared(&p->field);
    BS_TRY(make_legend(p, &legend));
    p->columns = count <= 3 ? count : (int)ceil(sqrt(count));
    p->rows = (count + p->columns - 1) / p->columns;
    p->pitch_x = SIDE_X + (p->shared ? 0 : SCALE);
    p->pitch_y = SIDE_Y + TITLE;
    double width = 2 * MARGIN + p->columns * p->pitch_x + LABEL + (p->shared ? SCALE : 0);
    p->top = bs_page_begin(figure, width, p->rows * p->pitch_y + 10, data->title, &legend);
    for (int i = 0; i < count; i++) {
        BS_TRY(draw_panel(figure, p, i));
    }
    fputs("set origin 0,0\nset size 1,1\n", figure->script);
    bs_figure_end(figure);
    return BS_OK;
}

static bs_status draw(const plot_data *data, plot_figure *figure)
{
    page p = {.data = data};
    bs_status status = bs_plot_field_read(data, NULL, &p.field);
    if (status == BS_OK) {
        status = draw_page(&p, figure);
    }
    bs_plot_field_release(&p.field);
    return status;
}

const plot_view bs_view_surface = {
    .name = "surface",
    .summary = "a plane in three dimensions",
    .needs = needs_plane,
    .draw = draw,
};
