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
    plot_field tests[2];  /* of the test images of a file with both splits */
    int field_count;
    bool both;            /* these are there */
    plot_spectra spectra; /* bins 0: none */
} page;

static const char *needs_path(bs_surface *file)
{
    return bs_surface_get_schema(file)->grid.ndim == 1 ? NULL : "a path (one axis)";
}

/* The test images' VALUE, as FIELD of the training images is drawn: on its scale, with its clip. */
static bs_status read_test(const plot_data *data, int value, const plot_field *field, bool clipped,
                           plot_field *test)
{
    plot_data alike = *data;
    const bs_plot_options options = {.linear = !field->range.logarithmic,
                                     .logarithmic = field->range.logarithmic,
                                     .clip = clipped ? data->options->clip : NULL};
    alike.options = &options;
    return bs_plot_field_read(&alike, data->schema->values[value].name, test);
}

/* Loss and accuracy of the test images beside those of training, if the file has both. */
static bs_status read_tests(page *p)
{
    const bs_surface_schema *schema = p->data->schema;
    static const char *const names[2] = {"test_loss", "test_acc"};
    for (int v = 0; v < schema->value_count && p->field_count == 2; v++) {
        for (int k = 0; k < 2; k++) {
            if (strcmp(schema->values[v].name, names[k]) == 0 && p->fields[k].value != v) {
                BS_TRY(read_test(p->data, v, &p->fields[k], k == 0, &p->tests[k]));
                p->both = true;
            }
        }
    }
    return BS_OK;
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
    BS_TRY(read_tests(p));
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
                             .test = p->both ? &p->tests[f] : NULL,
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
    if (p->both) {
        bs_curves_test_key(data, &legend);
    }
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
    bs_plot_field_release(&p.tests[0]);
    bs_plot_field_release(&p.tests[1]);
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
