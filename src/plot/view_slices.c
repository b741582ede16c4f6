/* Volumes as three slices through the middle. */
#include "blueshift/memory.h"
#include "map_page.h"
#include "views.h"

enum { SLICES = 3 };

static const char *needs_volume(bs_surface *file)
{
    return bs_surface_get_schema(file)->grid.ndim == 3 ? NULL : "a volume (three axes)";
}

static plot_tile make_tile(const plot_data *data, int index)
{
    static const int axes[SLICES][3] = {{0, 1, 2}, {0, 2, 1}, {1, 2, 0}}; /* h, v, fixed */
    const int *a = axes[index % SLICES];
    const bs_axis *fixed = &data->schema->grid.axis[a[2]];
    int surface = index / SLICES;
    plot_tile tile = {.n = surface / data->realisations,
                      .realisation = surface % data->realisations,
                      .axes = {a[0], a[1]},
                      .at = fixed->points / 2};
    const char *name = bs_plot_data_name(data, tile.n);
    char realisation[32] = "";
    if (data->realisations > 1) {
        snprintf(realisation, sizeof realisation, "realisation %d, ",
                 data->first_realisation + tile.realisation);
    }
    snprintf(tile.title, sizeof tile.title, "%.60s%s%s%c = %.4g", name, name[0] != '\0' ? ", " : "",
             realisation, "xyz"[a[2]], bs_axis_coordinate(fixed, tile.at));
    return tile;
}

static bs_status draw_field(const plot_data *data, const plot_field *field, plot_figure *figure)
{
    int count = SLICES * data->networks * data->realisations;
    plot_tile *tiles = bs_alloc((size_t)count, sizeof *tiles);
    if (tiles == NULL) {
        return BS_ERR_MEMORY;
    }
    for (int i = 0; i < count; i++) {
        tiles[i] = make_tile(data, i);
    }
    bs_status status = bs_map_page(data, field, tiles, count, SLICES, figure);
    bs_free(tiles);
    return status;
}

static bs_status draw(const plot_data *data, plot_figure *figure)
{
    return bs_map_field_page(data, draw_field, figure);
}

const plot_view bs_view_slices = {
    .name = "slices",
    .summary = "three slices through the middle of a volume",
    .needs = needs_volume,
    .draw = draw,
};
