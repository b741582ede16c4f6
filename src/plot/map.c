/* Drawing a map: contours where all corners of a cell have values, cells around gaps. */
#include "map.h"

#include <math.h>
#include <string.h>

#include "blueshift/memory.h"
#include "gnuplot.h"

/* More lines would cover the colours: then plain cells. */
enum { VERTICES_MAX = 120000, POINTS_MAX = 1 << 20 };

plot_bands bs_map_bands(plot_range range)
{
    plot_bands bands = {.range = range, .count = 20};
    if (range.logarithmic) {
        for (int i = 0; i <= bands.count; i++) {
            bands.edge[i] = range.from * pow(range.to / range.from, (double)i / bands.count);
        }
        return bands;
    }
    double rough = (range.to - range.from) / 24;
    double power = pow(10, floor(log10(rough)));
    double unit = rough / power;
    double step = (unit <= 1 ? 1 : unit <= 2 ? 2 : unit <= 2.5 ? 2.5 : unit <= 5 ? 5 : 10) * power;
    double first = floor(range.from / step + 1e-9);
    double last = ceil(range.to / step - 1e-9);
    bands.count = (int)(last - first);
    for (int i = 0; i <= bands.count; i++) {
        bands.edge[i] = (first + i) * step;
    }
    bands.range.from = bands.edge[0];
    bands.range.to = bands.edge[bands.count];
    return bands;
}

bs_status bs_map_cut(const bs_grid *grid, const plot_surface *surface, const int axes[2],
                     int64_t at, plot_map *map)
{
    *map = (plot_map){.axis = {axes[0], axes[1]}};
    const int64_t stride[BS_GRID_DIMS] = {1, grid->axis[0].points,
                                          grid->axis[0].points * grid->axis[1].points};
    for (int d = 0; d < 2; d++) {
        const bs_axis *axis = &grid->axis[axes[d]];
        map->size[d] = axis->points;
        map->from[d] = axis->from;
        map->step[d] = bs_axis_step(axis);
    }
    size_t count = (size_t)(map->size[0] * map->size[1]);
    map->value = bs_alloc(count, sizeof *map->value);
    map->gap = bs_alloc(count, 1);
    if (map->value == NULL || map->gap == NULL) {
        return BS_ERR_MEMORY;
    }
    int fixed = 3 - axes[0] - axes[1];
    int64_t base = grid->ndim > 2 ? at * stride[fixed] : 0;
    for (int64_t j = 0; j < map->size[1]; j++) {
        for (int64_t i = 0; i < map->size[0]; i++) {
            int64_t from = base + i * stride[axes[0]] + j * stride[axes[1]];
            int64_t to = j * map->size[0] + i;
            map->value[to] = surface->value[from];
            map->gap[to] = surface->gap[from];
            map->gaps[map->gap[to]]++;
        }
    }
    return BS_OK;
}

void bs_map_release(plot_map *map)
{
    bs_free(map->value);
    bs_free(map->gap);
    bs_track_release(&map->track);
    *map = (plot_map){0};
}

/* Style of the cells of a gap; "" for GAP_NONE. */
static const char *gap_style(plot_gap gap)
{
    static const char *const styles[GAP_KINDS] = {"",
                                                  "fs pattern 4 noborder fc rgb '#a0a0a0'",
                                                  "fs pattern 2 noborder fc rgb '#d55e00'",
                                                  "fs solid noborder fc rgb '#e377c2'",
                                                  "fs pattern 5 noborder fc rgb '#606060'",
                                                  "fs solid noborder fc rgb '#e8e8e8'"};
    return styles[gap];
}

void bs_map_gap_keys(const int64_t counts[GAP_KINDS], plot_legend *legend)
{
    for (int gap = GAP_PENDING; gap < GAP_KINDS; gap++) {
        if (counts[gap] > 0) {
            bs_legend_add(legend, KEY_AREA, 0, gap_style((plot_gap)gap),
                          bs_plot_gap_name((plot_gap)gap));
        }
    }
}

static double coordinate(const plot_map *map, int d, double index)
{
    return map->from[d] + index * map->step[d];
}

static void write_cells(plot_figure *figure, const plot_map *map)
{
    fputs("$cells << EOD\n", figure->script);
    for (int64_t j = 0; j < map->size[1]; j++) {
        for (int64_t i = 0; i < map->size[0]; i++) {
            bs_gnuplot_number(figure->script, coordinate(map, 0, (double)i));
            bs_gnuplot_number(figure->script, coordinate(map, 1, (double)j));
            bs_gnuplot_number(figure->script, map->value[j * map->size[0] + i]);
            fputc('\n', figure->script);
        }
        fputc('\n', figure->script);
    }
    fputs("EOD\n", figure->script);
}

/* Rectangles x, y, x from, x to, y from, y to, value around the points of kind WHAT, in units of
 * cells: QUARTERS only where a corner is missing. Gives their number. */
static int64_t write_boxes(plot_figure *figure, const plot_map *map, plot_gap what, bool partial)
{
    int64_t count = 0;
    const int64_t nx = map->size[0];
    const int64_t ny = map->size[1];
    fprintf(figure->script, "$box%d << EOD\n", (int)what);
    for (int64_t at = 0; at < nx * ny; at++) {
        if (map->gap[at] != what) {
            continue;
        }
        int64_t i = at % nx;
        int64_t j = at / nx;
        bool beside = !partial;
        for (int64_t k = 0; k < 9 && !beside; k++) {
            int64_t x = i + k % 3 - 1;
            int64_t y = j + k / 3 - 1;
            beside = x >= 0 && y >= 0 && x < nx && y < ny && map->gap[y * nx + x] != GAP_NONE;
        }
        if (!beside) {
            continue;
        }
        count++;
        const double place[6] = {(double)i,       (double)j,       (double)i - 0.5,
                                 (double)i + 0.5, (double)j - 0.5, (double)j + 0.5};
        for (int k = 0; k < 6; k++) {
            bs_gnuplot_number(figure->script, coordinate(map,
                                                         k == 0   ? 0
                                                         : k == 1 ? 1
                                                                  : k / 4,
                                                         place[k]));
        }
        bs_gnuplot_number(figure->script, map->value[at]);
        fputc('\n', figure->script);
    }
    fputs("EOD\n", figure->script);
    return count;
}

static void write_vertex(plot_figure *figure, const plot_map *map, const plot_vertex *v)
{
    fprintf(figure->script, "%.7g %.7g\n", coordinate(map, 0, (double)v->x),
            coordinate(map, 1, (double)v->y));
}

/* The loops as $fill0, $fill1, ...: consecutive ones of one band share a block. */
static int write_fills(plot_figure *figure, const plot_map *map, const plot_contours *contours)
{
    int blocks = 0;
    for (int64_t l = 0; l < contours->loop_count; l++) {
        const plot_loop *loop = &contours->loops[l];
        if (l == 0 || loop->band != loop[-1].band) {
            fprintf(figure->script, "%s$fill%d << EOD\n", l == 0 ? "" : "EOD\n", blocks++);
        }
        for (int64_t k = 0; k < loop->count; k++) {
            write_vertex(figure, map, &contours->vertices[loop->first + k]);
        }
        fputc('\n', figure->script);
    }
    fputs(blocks > 0 ? "EOD\n" : "", figure->script);
    return blocks;
}

/* The loops as $lines, without what runs along the edge of the data. Whether there are any. */
static bool write_lines(plot_figure *figure, const plot_map *map, const plot_contours *contours)
{
    bool any = false;
    fputs("$lines << EOD\n", figure->script);
    for (int64_t l = 0; l < contours->loop_count; l++) {
        const plot_loop *loop = &contours->loops[l];
        for (int64_t k = 0; k <= loop->count && loop->count > 0 && loop->level >= 0; k++) {
            const plot_vertex *v = &contours->vertices[loop->first + k % loop->count];
            const plot_vertex *before =
                &contours->vertices[loop->first + (k + loop->count - 1) % loop->count];
            if (k == 0 || !before->edge || !v->edge) {
                write_vertex(figure, map, v);
            }
            if (v->edge) {
                fputc('\n', figure->script);
            }
            any = any || !v->edge;
        }
        fputc('\n', figure->script);
    }
    fputs("EOD\n", figure->script);
    return any;
}

static bs_status trace(const plot_map *map, const plot_bands *bands, plot_contours *contours)
{
    bool logarithmic = bands->range.logarithmic;
    int64_t count = map->size[0] * map->size[1];
    double *values = bs_alloc((size_t)count, sizeof *values);
    if (values == NULL) {
        return BS_ERR_MEMORY;
    }
    for (int64_t i = 0; i < count; i++) {
        values[i] = logarithmic ? log10(map->value[i]) : map->value[i];
    }
    double levels[BANDS_MAX];
    for (int b = 1; b < bands->count; b++) {
        levels[b - 1] = logarithmic ? log10(bands->edge[b]) : bands->edge[b];
    }
    bs_status status = bs_contour_trace(values, map->size, bands->count - 1, levels, contours);
    bs_free(values);
    return status;
}

static void write_fill_plots(plot_figure *figure, const plot_bands *bands,
                             const plot_contours *contours)
{
    int block = 0;
    for (int64_t l = 0; l < contours->loop_count; l++) {
        const plot_loop *loop = &contours->loops[l];
        if (l > 0 && loop->band == loop[-1].band) {
            continue;
        }
        fprintf(figure->script, "$fill%d using 1:2 with filledcurves closed fs solid noborder fc ",
                block++);
        if (loop->band < 0) {
            fputs("rgb '#ffffff', ", figure->script);
        } else {
            double from = bands->edge[loop->band];
            double to = bands->edge[loop->band + 1];
            fprintf(figure->script, "palette cb %.10g, ",
                    bands->range.logarithmic ? sqrt(from * to) : (from + to) / 2);
        }
    }
}

static void write_axes(plot_figure *figure, const plot_map *map, bool cells)
{
    for (int d = 0; d < 2; d++) {
        double half = cells || map->size[d] == 1 ? 0.5 : 0;
        fprintf(figure->script, "set %crange [%.10g:%.10g]\n", d == 0 ? 'x' : 'y',
                coordinate(map, d, -half), coordinate(map, d, (double)map->size[d] - 1 + half));
        if (map->size[d] == 1) {
            fprintf(figure->script, "set %ctics (%.10g)\n", d == 0 ? 'x' : 'y', map->from[d]);
        }
    }
}

static const char box[] = "using 1:2:3:4:5:6";

static void write_gaps(plot_figure *figure, const plot_map *map)
{
    for (int gap = GAP_PENDING; gap < GAP_KINDS; gap++) {
        if (map->gaps[gap] > 0) {
            fprintf(figure->script, "$box%d %s with boxxyerror %s, ", gap, box,
                    gap_style((plot_gap)gap));
        }
    }
}

/* White under dark, so that they show on every colour. */
static void write_marks(plot_figure *figure, const plot_map *map)
{
    for (int i = 0; i < map->marks; i++) {
        const plot_mark *mark = &map->mark[i];
        fprintf(figure->script,
                "'+' using (%.10g):(%.10g) every ::0::0 with points lc rgb '#ffffff' pt 13 ps 1.7, "
                "'+' using (%.10g):(%.10g) every ::0::0 with points lc rgb '#000000' lw 1.2 %s, ",
                mark->x, mark->y, mark->x, mark->y, mark->style);
    }
}

static void draw_contours(plot_figure *figure, const plot_map *map, const plot_bands *bands,
                          const plot_contours *contours)
{
    write_fills(figure, map, contours);
    bool lines = write_lines(figure, map, contours);
    int64_t beside = write_boxes(figure, map, GAP_NONE, true);
    write_axes(figure, map, false);
    fprintf(figure->script, "set palette maxcolors %d\nplot ", bands->count);
    write_fill_plots(figure, bands, contours);
    if (lines) {
        fputs("$lines using 1:2 with lines lt 1 dt 1 lw 0.4 lc rgb '#202020', ", figure->script);
    }
    if (beside > 0) {
        fprintf(figure->script, "$box0 %s:7 with boxxyerror fs solid noborder lc palette, ", box);
    }
    write_gaps(figure, map);
    write_marks(figure, map);
    bs_track_plot(figure->script, &map->track, false);
    fputs("NaN notitle\n", figure->script);
}

static void draw_cells(plot_figure *figure, const plot_map *map, const plot_bands *bands)
{
    /* gnuplot refuses images of one row */
    bool image = map->gaps[GAP_NONE] > 0 && map->size[0] > 1 && map->size[1] > 1;
    if (image) {
        write_cells(figure, map);
    } else {
        write_boxes(figure, map, GAP_NONE, false);
    }
    write_axes(figure, map, true);
    fprintf(figure->script, "set palette maxcolors %d\nplot ", bands->count);
    if (image) {
        fputs("$cells using 1:2:3 with @image, ", figure->script);
    } else if (map->gaps[GAP_NONE] > 0) {
        fprintf(figure->script, "$box0 %s:7 with boxxyerror fs solid noborder lc palette, ", box);
    }
    write_gaps(figure, map);
    write_marks(figure, map);
    bs_track_plot(figure->script, &map->track, false);
    fputs("NaN notitle\n", figure->script);
}

bs_status bs_map_draw(plot_figure *figure, const plot_map *map, const plot_bands *bands)
{
    for (int gap = GAP_PENDING; gap < GAP_KINDS; gap++) {
        if (map->gaps[gap] > 0) {
            write_boxes(figure, map, (plot_gap)gap, false);
        }
    }
    bs_track_data(figure->script, &map->track, NULL, NULL);
    plot_contours contours = {0};
    bool cells = map->size[0] * map->size[1] > POINTS_MAX;
    bs_status status = cells ? BS_OK : trace(map, bands, &contours);
    if (status == BS_OK) {
        if (contours.loop_count == 0 || contours.vertex_count > VERTICES_MAX) {
            draw_cells(figure, map, bands);
        } else {
            draw_contours(figure, map, bands, &contours);
        }
    }
    bs_contour_release(&contours);
    return status;
}
