/* Planes as surfaces in three dimensions, contour lines on the floor. */
#include <math.h>

#include "blueshift/memory.h"
#include "gnuplot.h"
#include "map.h"
#include "views.h"

enum {
    SIDE_X = 460,
    SIDE_Y = 400,
    MESH_MAX = 64, /* finer grids are drawn without mesh lines */
    SCALE_WIDTH = 15,
    SCALE = 100
};

typedef struct page {
    const plot_data *data;
    plot_field field;
    bool shared;
    int columns;
    double top;
} page;

static const char *needs_plane(bs_surface *file)
{
    const bs_grid *grid = &bs_surface_describe(file)->grid;
    bool wide = grid->ndim == 2 && grid->axis[0].points > 1 && grid->axis[1].points > 1;
    return wide ? NULL : "a plane (two axes of several points)";
}

static double coordinate(const plot_map *map, int d, int64_t i)
{
    return map->from[d] + (double)i * map->step[d];
}

/* $points: x, y, value; $gapK: x, y of the points without a value. */
static void write_points(plot_figure *figure, const plot_map *map)
{
    FILE *script = figure->script;
    for (int gap = GAP_NONE; gap < GAP_KINDS; gap++) {
        fprintf(script, gap == GAP_NONE ? "$points << EOD\n" : "$gap%d << EOD\n", gap);
        for (int64_t at = 0; at < map->size[0] * map->size[1]; at++) {
            int64_t i = at % map->size[0];
            if (gap == GAP_NONE || map->gap[at] == gap) {
                bs_gnuplot_number(script, coordinate(map, 0, i));
                bs_gnuplot_number(script, coordinate(map, 1, at / map->size[0]));
                bs_gnuplot_number(script, map->value[at]);
                fputc('\n', script);
            }
            if (gap == GAP_NONE && i + 1 == map->size[0]) {
                fputc('\n', script);
            }
        }
        fputs("EOD\n", script);
    }
}

static const char *const mark_style[GAP_KINDS] = {
    "", "pt 6 ps 0.7 lc rgb '#808080'", "pt 2 ps 0.8 lc rgb '#d55e00'",
    "pt 9 ps 0.8 lc rgb '#e377c2'", "pt 11 ps 0.8 lc rgb '#606060'"};

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

static void write_plot(plot_figure *figure, const plot_map *map, const plot_range *range)
{
    FILE *script = figure->script;
    bool cells = has_cell(map);
    double floor = range->from;
    fputs("splot ", script);
    if (cells) {
        fputs("$points using 1:2:3 with pm3d, ", script);
    } else if (map->gaps[GAP_NONE] > 0) {
        fputs("$points using 1:2:3 with points pt 7 ps 0.5 lc palette, ", script);
    }
    for (int gap = GAP_PENDING; gap < GAP_KINDS; gap++) {
        if (map->gaps[gap] > 0) {
            fprintf(script, "$gap%d using 1:2:(%.10g) with points %s, ", gap, floor,
                    mark_style[gap]);
        }
    }
    fprintf(script, "'+' using (%.10g):(%.10g):(NaN) with points notitle\n", map->from[0],
            map->from[1]);
}

static void write_axes(plot_figure *figure, const page *p, const plot_map *map, plot_range range)
{
    FILE *script = figure->script;
    for (int d = 0; d < 2; d++) {
        char axis[] = {"xy"[d], '\0'};
        double last = coordinate(map, d, map->size[d] - 1);
        bs_plot_scale(script, axis, (plot_range){map->from[d], last, false});
        bs_plot_axis_label(script, axis, &p->data->schema->axes[d], 230);
        fprintf(script, "set %slabel rotate parallel offset %s\nset %stics %.10g\n", axis,
                d == 0 ? "0,-0.3" : "0,-0.3", axis, (last - map->from[d]) / 4);
    }
    bs_plot_scale(script, "z", range);
    bs_plot_scale(script, "cb", range);
    bool mesh = map->size[0] <= MESH_MAX && map->size[1] <= MESH_MAX;
    fprintf(script,
            "set border 4095 lc rgb '#b0b0b0' lw 0.5\nset view 55,30,1,1\nset xyplane at %.10g\n"
            "set palette maxcolors 0\nset pm3d depthorder %s\n",
            range.from, mesh ? "border lc rgb '#303030' lw 0.3" : "noborder");
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
        double pitch = SIDE_X + (p->shared ? 0 : SCALE);
        plot_box box = {20 + (i % p->columns) * pitch, p->top + (i / p->columns) * (SIDE_Y + 24),
                        SIDE_X, SIDE_Y};
        bs_figure_place(figure, box);
        plot_range range = p->shared ? p->field.range : bs_plot_field_range(&p->field, n);
        write_points(figure, &map);
        write_axes(figure, p, &map, range);
        write_plot(figure, &map, &range);
    }
    bs_map_release(&map);
    return status;
}

static bs_status draw_page(page *p, plot_figure *figure)
{
    const plot_data *data = p->data;
    int count = data->networks * data->realisations;
    p->shared = bs_plot_field_shared(&p->field);
    p->columns = count <= 3 ? count : (int)ceil(sqrt(count));
    int rows = (count + p->columns - 1) / p->columns;
    const char *title = data->title != NULL ? data->title : "";
    figure->width = 40 + p->columns * (SIDE_X + (p->shared ? 0 : SCALE)) + (p->shared ? SCALE : 0);
    p->top = bs_figure_title_height(title, figure->width);
    figure->height = p->top + rows * (SIDE_Y + 24) + 40;
    bs_figure_begin(figure);
    bs_figure_title(figure, title);
    for (int i = 0; i < count; i++) {
        BS_TRY(draw_panel(figure, p, i));
    }
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
    .summary = "planes as surfaces in three dimensions",
    .needs = needs_plane,
    .draw = draw,
};
