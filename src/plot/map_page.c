/* Layout of a page of maps. */
#include "map_page.h"

#include <math.h>

#include "gnuplot.h"
#include "known_places.h"

enum {
    SIDE = 340, /* longer side of a tile, pixels */
    LEFT = 82,
    RIGHT = 26,
    TITLE = 26, /* of a tile */
    FOOT = 56,  /* tics and label below a tile */
    GUTTER = 66,
    LABEL = 24,
    LETTER = 26,
    SCALE = 100, /* colour scale, its numbers and its label */
    SCALE_WIDTH = 15
};

typedef struct page {
    const plot_data *data;
    const plot_field *field;
    const plot_tile *tiles;
    int count, columns, rows;
    bool shared; /* one colour scale */
    bool alike;  /* all tiles have the same axes: labels at the left and at the foot suffice */
    double top, width, height;
    double pitch_x, pitch_y;
} page;

static double extent(const bs_axis *axis)
{
    return bs_axis_step(axis) * (double)(axis->points > 1 ? axis->points - 1 : 1);
}

/* Equal units on both axes where that leaves a readable tile: directions are of one length. */
static void size_tiles(page *p)
{
    p->width = p->height = SIDE;
    if (!p->alike) {
        return;
    }
    const bs_grid *grid = &p->data->schema->grid;
    double aspect =
        extent(&grid->axis[p->tiles[0].axes[1]]) / extent(&grid->axis[p->tiles[0].axes[0]]);
    aspect = fmin(fmax(aspect, 0.68), 1 / 0.68);
    p->width = aspect > 1 ? SIDE / aspect : SIDE;
    p->height = aspect > 1 ? SIDE : SIDE * aspect;
}

static void lay_out(page *p)
{
    p->alike = true;
    for (int i = 1; i < p->count; i++) {
        p->alike = p->alike && p->tiles[i].axes[0] == p->tiles[0].axes[0] &&
                   p->tiles[i].axes[1] == p->tiles[0].axes[1];
    }
    size_tiles(p);
    p->rows = (p->count + p->columns - 1) / p->columns;
    p->pitch_x = p->width + GUTTER + (p->alike ? 0 : LABEL);
    if (!p->shared && p->alike) {
        p->pitch_x += SCALE - LABEL;
    }
    p->pitch_y = p->height + TITLE + (p->alike ? FOOT - LABEL : FOOT) + 8;
}

static plot_box tile_box(const page *p, int i)
{
    int row = i / p->columns;
    return (plot_box){LEFT + (i % p->columns) * p->pitch_x, p->top + TITLE + row * p->pitch_y,
                      p->width, p->height};
}

static void write_scale(plot_figure *figure, const page *p, const plot_bands *bands, plot_box box)
{
    bs_plot_scale(figure->script, "cb", bands->range);
    bs_figure_scale(figure, box);
    if (!p->shared && p->alike && box.left + SCALE < figure->width - LABEL - RIGHT) {
        return; /* the rightmost scale carries the label */
    }
    char label[512];
    bs_plot_label(&p->field->variable, box.height + FOOT, label, sizeof label);
    plot_text place = {figure->width - 16, box.top + box.height / 2, "center", true, ""};
    bs_figure_text(figure, place, label);
}

/* The scale of tile I, if it is its turn: right of all rows, of its row, or of the tile. */
static void place_scale(plot_figure *figure, const page *p, int i, const plot_bands *bands,
                        bool *drawn)
{
    plot_box box = tile_box(p, i);
    double right = LEFT + (p->columns - 1) * p->pitch_x + p->width;
    bs_plot_scale(figure->script, "cb", bands->range);
    if (p->shared && !*drawn) {
        double height = (p->rows - 1) * p->pitch_y + p->height;
        write_scale(figure, p, bands, (plot_box){right + 16, p->top + TITLE, SCALE_WIDTH, height});
        *drawn = true;
    } else if (!p->shared && (p->alike || i % p->columns == p->columns - 1)) {
        write_scale(figure, p, bands,
                    (plot_box){box.left + p->width + 14, box.top, SCALE_WIDTH, p->height});
    }
}

static void write_labels(plot_figure *figure, const page *p, int i)
{
    const plot_tile *tile = &p->tiles[i];
    char title[sizeof tile->title];
    bs_figure_fit(tile->title, p->pitch_x - 16 - (p->count > 1 ? 2 * LETTER : 0), title,
                  sizeof title);
    fputs("set title ", figure->script);
    bs_gnuplot_text(figure->script, title);
    fputs(" noenhanced offset 0,-0.6\n", figure->script);
    if (!p->alike || i + p->columns >= p->count) {
        bs_plot_axis_label(figure->script, "x", &p->data->schema->axes[tile->axes[0]], p->width);
    }
    if (!p->alike || i % p->columns == 0) {
        bs_plot_axis_label(figure->script, "y", &p->data->schema->axes[tile->axes[1]],
                           p->height + 20);
    }
}

/* The known places that the plane of TILE holds. */
static void mark_places(const page *p, const plot_tile *tile, plot_map *map)
{
    const bs_grid *grid = &p->data->schema->grid;
    int fixed = 3 - tile->axes[0] - tile->axes[1];
    plot_places places = bs_known_places(p->data, tile->n);
    for (int i = 0; i < places.count; i++) {
        const plot_place *place = &places.place[i];
        const bs_axis *axis = &grid->axis[fixed];
        bool here = grid->ndim < 3 || fabs(bs_axis_coordinate(axis, tile->at) - place->at[fixed]) <
                                          0.5 * bs_axis_step(axis);
        if (here) {
            map->mark[map->marks++] = (plot_mark){
                place->at[tile->axes[0]], place->at[tile->axes[1]], bs_known_place_style(place)};
        }
    }
}

static bs_status draw_tile(plot_figure *figure, const page *p, int i, bool *drawn)
{
    const plot_tile *tile = &p->tiles[i];
    plot_range range = p->shared ? p->field->range : bs_plot_field_range(p->field, tile->n);
    plot_bands bands = bs_map_bands(range);
    plot_map map = {0};
    bs_status status = bs_map_cut(&p->data->schema->grid,
                                  bs_plot_field_surface(p->field, tile->n, tile->realisation),
                                  tile->axes, tile->at, &map);
    if (status == BS_OK && p->data->schema->grid.ndim == 2) {
        status = bs_track_read(p->data, tile->n, &map.track);
    }
    if (status == BS_OK) {
        bs_figure_place(figure, tile_box(p, i));
        /* gnuplot draws no scale beside an empty panel */
        if (map.gaps[GAP_NONE] > 0) {
            place_scale(figure, p, i, &bands, drawn);
        } else {
            bs_plot_scale(figure->script, "cb", bands.range);
        }
        write_labels(figure, p, i);
        bs_figure_letter(figure, tile_box(p, i), i, p->count);
        mark_places(p, tile, &map);
        status = bs_map_draw(figure, &map, &bands);
    }
    bs_map_release(&map);
    return status;
}

bs_status bs_map_page(const plot_data *data, const plot_field *field, const plot_tile *tiles,
                      int count, int columns, plot_figure *figure)
{
    page p = {.data = data,
              .field = field,
              .tiles = tiles,
              .count = count,
              .columns = columns,
              .shared = bs_plot_field_shared(field)};
    lay_out(&p);
    plot_legend legend = {0};
    bs_map_gap_keys(field->gaps, &legend);
    bs_known_places_keys(data, &legend);
    bs_plot_field_note(field, &legend);
    BS_TRY(bs_track_note(data, &legend));
    if (!p.shared) {
        bs_legend_note(&legend, "each network has a colour scale of its own");
    }
    bs_plot_data_note(data, &legend);
    p.top =
        bs_page_begin(figure, LEFT + (columns - 1) * p.pitch_x + p.width + SCALE + RIGHT,
                      (p.rows - 1) * p.pitch_y + TITLE + p.height + FOOT + 6, data->title, &legend);
    bool drawn = false;
    for (int i = 0; i < count; i++) {
        BS_TRY(draw_tile(figure, &p, i, &drawn));
    }
    bs_figure_end(figure);
    return BS_OK;
}

bs_status bs_map_field_page(const plot_data *data,
                            bs_status (*draw)(const plot_data *data, const plot_field *field,
                                              plot_figure *figure),
                            plot_figure *figure)
{
    plot_field field = {0};
    bs_status status = bs_plot_field_read(data, NULL, &field);
    if (status == BS_OK) {
        status = draw(data, &field, figure);
    }
    bs_plot_field_release(&field);
    return status;
}
