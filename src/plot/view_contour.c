/* Planes as filled contours with contour lines. */
#include <math.h>

#include "blueshift/memory.h"
#include "map_page.h"
#include "views.h"

static const char *needs_plane(bs_surface *file)
{
    return bs_surface_get_schema(file)->grid.ndim == 2 ? NULL : "a plane (two axes)";
}

static void name_tile(const plot_data *data, plot_tile *tile)
{
    const char *name = bs_plot_data_name(data, tile->n);
    if (data->realisations == 1) {
        snprintf(tile->title, sizeof tile->title, "%s", name);
    } else {
        snprintf(tile->title, sizeof tile->title, "%s%srealisation %d", name,
                 name[0] != '\0' ? ", " : "", data->first_realisation + tile->realisation);
    }
}

static bs_status draw_field(const plot_data *data, const plot_field *field, plot_figure *figure)
{
    int count = data->networks * data->realisations;
    plot_tile *tiles = bs_alloc((size_t)count, sizeof *tiles);
    if (tiles == NULL) {
        return BS_ERR_MEMORY;
    }
    for (int i = 0; i < count; i++) {
        tiles[i] = (plot_tile){
            .n = i / data->realisations, .realisation = i % data->realisations, .axes = {0, 1}};
        name_tile(data, &tiles[i]);
    }
    int columns = count <= 3 ? count : (int)ceil(sqrt(count));
    if (data->realisations > 1 && data->networks > 1 && data->realisations <= 6) {
        columns = data->realisations; /* a row for each network */
    }
    bs_status status = bs_map_page(data, field, tiles, count, columns, figure);
    bs_free(tiles);
    return status;
}

static bs_status draw(const plot_data *data, plot_figure *figure)
{
    return bs_map_field_page(data, draw_field, figure);
}

const plot_view bs_view_contour = {
    .name = "contour",
    .summary = "filled contours of a plane, networks side by side",
    .needs = needs_plane,
    .draw = draw,
};
