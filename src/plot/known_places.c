/* Where base point and given weights lie, from the experiment of the file. */
#include "known_places.h"

#include <string.h>

#include "blueshift/statistics.h"

/* Of the chosen network N in the file's experiment; NULL where it does not name it. */
static const bs_network_spec *find_spec(const plot_data *data, int n)
{
    const bs_experiment *e = data->experiment;
    const char *name = bs_plot_data_name(data, n);
    for (unsigned i = 0; e != NULL && i < e->network_count; i++) {
        if (strcmp(e->networks[i].name, name) == 0) {
            return &e->networks[i];
        }
    }
    return NULL;
}

static bool is_inside(const bs_grid *grid, const double at[BS_GRID_DIMS])
{
    for (int d = 0; d < grid->ndim; d++) {
        const bs_axis *axis = &grid->axis[d];
        double room = bs_axis_step(axis) / 2;
        if (at[d] < axis->from - room ||
            at[d] > bs_axis_coordinate(axis, axis->points - 1) + room) {
            return false;
        }
    }
    return true;
}

static void add(const plot_data *data, plot_place place, plot_places *places)
{
    if (is_inside(&data->schema->grid, place.at)) {
        places->place[places->count++] = place;
    }
}

plot_places bs_known_places(const plot_data *data, int n)
{
    plot_places places = {0};
    const bs_network_spec *spec = find_spec(data, n);
    if (spec == NULL || data->experiment->path == BS_PATH_RING) {
        return places; /* a ring goes around its origin */
    }
    bool circle = data->experiment->path == BS_PATH_GREAT_CIRCLE;
    add(data, (plot_place){.given = spec->weights[0] != '\0'}, &places);
    bool curve = data->experiment->path == BS_PATH_BEZIER; /* past its control point */
    if (spec->weights2[0] != '\0' && !curve) {
        add(data, (plot_place){.at = {circle ? BS_PI / 2 : 1.0}, .given = true}, &places);
    }
    if (spec->weights3[0] != '\0') {
        add(data, (plot_place){.at = {curve ? 1.0 : 0.0, curve ? 0.0 : 1.0}, .given = true},
            &places);
    }
    return places;
}

const char *bs_known_place_style(const plot_place *place)
{
    return place->given ? "pt 13 ps 1.1" : "pt 12 ps 1.1";
}

void bs_known_places_keys(const plot_data *data, plot_legend *legend)
{
    for (int n = 0; n < data->networks; n++) {
        plot_places places = bs_known_places(data, n);
        for (int i = 0; i < places.count; i++) {
            const plot_place *place = &places.place[i];
            bs_legend_add(legend, KEY_POINT, 0, bs_known_place_style(place),
                          place->given ? "given weights" : "initial weights");
        }
    }
}
