/* Paths: loss and accuracy along the path, beside them the spectrum. */
#include <string.h>

#include "curves.h"
#include "spectrum_curves.h"
#include "views.h"

enum {
    LEFT = 90,
    RIGHT = 24,
    WIDTH = 520,
    GUTTER = 96,
    HEIGHT = 370,
    UPPER = 232, /* of the loss where the accuracy stands below it */
    BETWEEN = 24,
    FOOT = 58,
    SPECTRUM_WIDTH = 430
};

typedef struct page {
    const plot_data *data;
    plot_field fields[2]; /* the quantity; the accuracy */
    int field_count;
    plot_spectra spectra; /* bins 0: none */
} page;

static const char *needs_path(bs_surface *file)
{
    return bs_surface_get_schema(file)->grid.ndim == 1 ? NULL : "a path (one axis)";
}

static bs_status read_page(page *p)
{
    const plot_data *data = p->data;
    const bs_surface_schema *schema = data->schema;
    p->field_count = 1;
    BS_TRY(bs_plot_field_read(data, NULL, &p->fields[0]));
    int accuracy = bs_plot_find_value(schema, "_acc");
    if (data->options->quantity == NULL && accuracy >= 0) {
        p->field_count = 2;
        plot_data linear = *data;
        bs_plot_options options = {.linear = true};
        linear.options = &options;
        BS_TRY(bs_plot_field_read(&linear, schema->values[accuracy].name, &p->fields[1]));
    }
    if (!bs_spectra_exist(data->file) || schema->spectrum_of != p->fields[0].value) {
        return BS_OK;
    }
    BS_TRY(bs_spectra_open(data, &p->spectra));
    BS_TRY(bs_spectra_add_power(data, &p->spectra));
    if (!bs_spectra_any(&p->spectra)) { /* of a path with gaps, or of a single point */
        bs_spectra_release(&p->spectra);
    }
    return BS_OK;
}

static void draw_panels(const page *p, double top, plot_figure *figure)
{
    int count = p->field_count + (p->spectra.bins > 0);
    for (int f = 0; f < p->field_count; f++) {
        double height = p->field_count == 1 ? HEIGHT : f == 0 ? UPPER : HEIGHT - UPPER - BETWEEN;
        plot_curves panel = {.field = &p->fields[f],
                             .box = {LEFT, top + f * (UPPER + BETWEEN), WIDTH, height},
                             .only = -1,
                             .foot = f == p->field_count - 1,
                             .id = f};
        bs_curves_draw(p->data, &panel, figure);
        bs_figure_letter(figure, panel.box, f, count);
    }
    if (p->spectra.bins > 0) {
        plot_spectra_panel panel = {.spectra = &p->spectra,
                                    .box = {LEFT + WIDTH + GUTTER, top, SPECTRUM_WIDTH, HEIGHT}};
        bs_spectra_draw(p->data, &panel, figure);
        bs_figure_letter(figure, panel.box, count - 1, count);
    }
}

static void draw_page(const page *p, plot_figure *figure)
{
    const plot_data *data = p->data;
    plot_legend legend = {0};
    bs_curves_network_keys(data, &legend);
    bs_curves_keys(data, &p->fields[0], &legend);
    if (p->spectra.bins > 0) {
        bs_spectra_keys(data, &p->spectra, &legend);
    }
    bs_plot_field_note(&p->fields[0], &legend);
    bs_plot_data_note(data, &legend);
    double width = LEFT + WIDTH + RIGHT + (p->spectra.bins > 0 ? GUTTER + SPECTRUM_WIDTH : 0);
    double top = bs_page_begin(figure, width, HEIGHT + FOOT, data->title, &legend);
    draw_panels(p, top, figure);
    bs_figure_end(figure);
}

static bs_status draw(const plot_data *data, plot_figure *figure)
{
    page p = {.data = data};
    bs_status status = read_page(&p);
    if (status == BS_OK) {
        draw_page(&p, figure);
    }
    bs_plot_field_release(&p.fields[0]);
    bs_plot_field_release(&p.fields[1]);
    bs_spectra_release(&p.spectra);
    return status;
}

const plot_view bs_view_path = {
    .name = "path",
    .summary =
        "loss and accuracy along a path, every realisation and their mean, with the spectrum",
    .all = true,
    .needs = needs_path,
    .draw = draw,
};
