/* Networks of several trainings at several epochs: numbers of their paths as training goes on. */
#include <math.h>
#include <string.h>

#include "blueshift/memory.h"
#include "blueshift/statistics.h"
#include "gnuplot.h"
#include "training_series.h"
#include "views.h"

enum {
    LEFT = 84,
    WIDTH = 420,
    HEIGHT = 260,
    BETWEEN = 104,
    RIGHT = 30,
    TITLE = 22,
    FOOT = 62,
    PANELS_MAX = 4,
    SHOWN = 120
};

/* After the loss; of each row the first that the file has. */
static const char *const quantities[PANELS_MAX - 1][2] = {
    {"roughness", "total_variation"},
    {"logits_normalised_second_moment", "second_moment"},
    {"high_fraction", "tail_slope"}};

typedef struct page {
    const plot_data *data;
    plot_series series;
    int panels;
    plot_scalar panel[PANELS_MAX];
} page;

static const char *needs_ages(bs_surface *file)
{
    return bs_plot_ages_exist(file) ? NULL : "networks of a training (array training_step)";
}

static bool has_series(bs_surface *file, const bs_plot_options *options)
{
    const bool number = options->quantity == NULL || bs_plot_is_scalar(file, options->quantity);
    return bs_plot_series_exist(file) && bs_surface_get_schema(file)->grid.ndim == 1 && number;
}

/* Mean loss of one surface over its finite points; NaN without any. */
static bs_status mean_loss(const plot_data *data, int64_t surface, double *mean)
{
    double *values = bs_alloc((size_t)data->points, sizeof *values);
    double sum = 0.0;
    int64_t count = 0;
    if (values == NULL) {
        return BS_ERR_MEMORY;
    }
    bs_status status = bs_surface_read_values(
        data->file, 0, (bs_range){surface * data->points, data->points}, values);
    for (int64_t i = 0; i < data->points && status == BS_OK; i++) {
        if (isfinite(values[i]) && !bs_plot_is_missing(values[i])) {
            sum += values[i];
            count++;
        }
    }
    bs_free(values);
    *mean = sum / (double)count;
    return status;
}

static bs_status read_loss(const plot_data *data, plot_scalar *loss)
{
    double numbers[REALISATIONS_MAX];
    *loss = (plot_scalar){.variable = {data->schema->values[0].name, "mean loss on the path", "1"},
                          .value = bs_alloc((size_t)data->networks, sizeof(double)),
                          .error = bs_alloc((size_t)data->networks, sizeof(double))};
    if (loss->value == NULL || loss->error == NULL) {
        return BS_ERR_MEMORY;
    }
    for (int n = 0; n < data->networks; n++) {
        for (int r = 0; r < data->realisations; r++) {
            BS_TRY(mean_loss(data,
                             (int64_t)data->network[n] * data->schema->realisations +
                                 data->first_realisation + r,
                             &numbers[r]));
        }
        bs_estimate mean = bs_estimate_of(numbers, data->realisations, 1);
        loss->value[n] = mean.mean;
        loss->error[n] = mean.error;
    }
    return BS_OK;
}

/* Means that the analysis wrote, and their errors. */
static bs_status read_derived(const plot_data *data, const char *name, plot_scalar *scalar)
{
    char mean[SHOWN];
    snprintf(mean, sizeof mean, "%s_mean", name);
    const int array = bs_surface_find_array(data->file, mean);
    *scalar = (plot_scalar){.value = bs_alloc((size_t)data->networks, sizeof(double)),
                            .error = bs_alloc((size_t)data->networks, sizeof(double))};
    if (scalar->value == NULL || scalar->error == NULL) {
        return BS_ERR_MEMORY;
    }
    scalar->variable = data->schema->arrays[array].variable;
    for (int n = 0; n < data->networks; n++) {
        bs_derived number;
        BS_TRY(bs_derived_read(data->file, name, data->network[n], 0, &number));
        scalar->value[n] = number.mean;
        scalar->error[n] = number.error;
    }
    return BS_OK;
}

/* The panel of NAME, unless the file has nothing of that name. */
static bs_status add_panel(page *p, const char *name, bool *found)
{
    const plot_data *data = p->data;
    char mean[SHOWN];
    snprintf(mean, sizeof mean, "%s_mean", name);
    const bool each = bs_surface_find_array(data->file, name) >= 0;
    *found = each || bs_surface_find_array(data->file, mean) >= 0;
    if (!*found) {
        return BS_OK;
    }
    plot_scalar *panel = &p->panel[p->panels++];
    return each ? bs_plot_scalar_read(data, name, panel) : read_derived(data, name, panel);
}

static bs_status read_panels(page *p)
{
    const char *wanted = p->data->options->quantity;
    if (wanted != NULL) {
        return bs_plot_scalar_read(p->data, wanted, &p->panel[p->panels++]);
    }
    BS_TRY(read_loss(p->data, &p->panel[p->panels++]));
    for (int i = 0; i < PANELS_MAX - 1; i++) {
        bool found = false;
        BS_TRY(add_panel(p, quantities[i][0], &found));
        BS_TRY(found ? BS_OK : add_panel(p, quantities[i][1], &found));
    }
    return BS_OK;
}

/* $panelI_S: age, value, error of the networks of series S. */
static void write_data(plot_figure *figure, const page *p, int i)
{
    for (int s = 0; s < p->series.count; s++) {
        fprintf(figure->script, "$panel%d_%d << EOD\n", i, s);
        for (int n = 0; n < p->data->networks; n++) {
            if (p->series.of[n] == s && isfinite(p->series.age.value[n])) {
                const double error = p->panel[i].error[n];
                bs_gnuplot_number(figure->script, p->series.age.value[n]);
                bs_gnuplot_number(figure->script, p->panel[i].value[n]);
                bs_gnuplot_number(figure->script, isfinite(error) ? error : 0.0);
                fputc('\n', figure->script);
            }
        }
        fputs("EOD\n", figure->script);
    }
}

/* From the smallest to the largest of the finite VALUES of networks that have an age, and of their
 * ERRORS' ends (NULL: none) where the axis has these. */
static plot_range range_of(const page *p, const double *values, const double *errors,
                           bool may_be_logarithmic)
{
    const bs_plot_options *options = p->data->options;
    double min = INFINITY;
    double max = -INFINITY;
    for (int n = 0; n < p->data->networks; n++) {
        if (isfinite(values[n]) && isfinite(p->series.age.value[n])) {
            min = fmin(min, values[n]);
            max = fmax(max, values[n]);
        }
    }
    bool logarithmic = may_be_logarithmic && min > 0 && (options->logarithmic || max > 100 * min) &&
                       !options->linear;
    for (int n = 0; n < p->data->networks && errors != NULL; n++) {
        if (isfinite(values[n]) && isfinite(p->series.age.value[n]) && isfinite(errors[n])) {
            const double low = values[n] - errors[n];
            min = low < min && (low > 0.0 || !logarithmic) ? low : min;
            max = fmax(max, values[n] + errors[n]);
        }
    }
    return bs_plot_range_room(bs_plot_range_make(min, max, logarithmic), 0.08);
}

static void draw_panel(plot_figure *figure, const page *p, int i, double top)
{
    FILE *script = figure->script;
    char label[KEY_TEXT];
    const int column = i % 2;
    const int row = i / 2;
    const plot_box box = {LEFT + column * (WIDTH + BETWEEN),
                          top + TITLE + row * (HEIGHT + TITLE + FOOT), WIDTH, HEIGHT};
    write_data(figure, p, i);
    bs_figure_place(figure, box);
    bs_plot_label(&p->panel[i].variable, WIDTH, label, sizeof label);
    plot_text title = {box.left + WIDTH / 2.0, box.top - FIGURE_TITLE_RISE, "center", false, ""};
    bs_figure_text(figure, title, label);
    bs_figure_letter(figure, box, i, p->panels);
    bs_plot_axis_label(script, "x", &p->series.age.variable, WIDTH);
    bs_plot_scale(script, "x", range_of(p, p->series.age.value, NULL, false));
    bs_plot_scale(script, "y", range_of(p, p->panel[i].value, p->panel[i].error, true));
    fputs("plot ", script);
    for (int s = 0; s < p->series.count; s++) {
        fprintf(script,
                "$panel%d_%d using 1:2 with lines lt %d lw 1.6, $panel%d_%d using 1:2:3 with "
                "yerrorbars lt %d dt 1 pt 7 ps 0.6, ",
                i, s, s + 1, i, s, s + 1);
    }
    fputs("NaN notitle\n", script);
}

static void draw_page(const page *p, plot_figure *figure)
{
    const plot_data *data = p->data;
    plot_legend legend = {0};
    for (int s = 0; s < p->series.count; s++) {
        char name[SHOWN];
        bs_plot_series_name(data, &p->series, s, name, sizeof name);
        bs_legend_add(&legend, KEY_LINE, s + 1, "lw 1.6", name);
    }
    if (data->realisations > 1) {
        bs_legend_note(&legend, "means over %d realisations, with standard errors",
                       data->realisations);
    }
    bs_plot_data_note(data, &legend);
    const int columns = p->panels > 1 ? 2 : 1;
    const int rows = (p->panels + 1) / 2;
    const double top =
        bs_page_begin(figure, LEFT + columns * WIDTH + (columns - 1) * BETWEEN + RIGHT,
                      rows * (HEIGHT + TITLE + FOOT), data->title, &legend);
    for (int i = 0; i < p->panels; i++) {
        draw_panel(figure, p, i, top);
    }
    bs_figure_end(figure);
}

static bs_status draw(const plot_data *data, plot_figure *figure)
{
    page p = {.data = data};
    bs_status status = bs_plot_series_read(data, &p.series);
    if (status == BS_OK) {
        status = read_panels(&p);
    }
    if (status == BS_OK) {
        draw_page(&p, figure);
    }
    bs_plot_series_release(&p.series);
    for (int i = 0; i < PANELS_MAX; i++) {
        bs_plot_scalar_release(&p.panel[i]);
    }
    return status;
}

const plot_view bs_view_epochs = {
    .name = "epochs",
    .summary = "loss, roughness and spectra of trained networks as training goes on",
    .all = true,
    .no_clip = true,
    .needs = needs_ages,
    .suits = has_series,
    .draw = draw,
};
