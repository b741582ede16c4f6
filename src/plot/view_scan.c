/* Networks scanned over nonlinearity strength and skip weight: a map of one number of each, and
 * the losses of the networks at the corners. */
#include <math.h>
#include <string.h>

#include "blueshift/memory.h"
#include "blueshift/text.h"
#include "curves.h"
#include "gnuplot.h"
#include "plot_scalar.h"
#include "views.h"

enum {
    LEFT = 82,
    SIDE = 420,
    SCALE_WIDTH = 15,
    SCALE = 104,
    GUTTER = 84,
    CORNERS = 3,
    EXAMPLE_WIDTH = 380,
    EXAMPLE_GAP = 42, /* title of the next example */
    RIGHT = 24,
    FOOT = 58,
    TITLE = 26
};

static const char strength_name[] = "strength";
static const char skip_name[] = "skip_weight";

/* Of the first of these that the file has; roughness does not depend on the scale of the loss. */
static const char *const quantities[] = {"roughness", "total_variation", "high_fraction",
                                         "second_moment"};

/* The different values of a hyperparameter, ascending. */
typedef struct hyperparameter {
    plot_scalar of; /* each network */
    int count;
    double *values;
} hyperparameter;

typedef struct page {
    const plot_data *data;
    hyperparameter hyperparameters[2]; /* strength, skip weight */
    plot_scalar quantity;
    plot_field field; /* losses along the paths, where there are paths */
    bool has_paths;
    int corners[CORNERS]; /* networks nearest to (0, 0), (1, 0), (1, 1) */
    plot_range range;
} page;

static bs_status count_values(bs_surface *file, const char *name, int *count)
{
    const bs_surface_schema *schema = bs_surface_get_schema(file);
    int index = bs_surface_find_array(file, name);
    *count = 0;
    if (index < 0 || schema->arrays[index].kind != BS_ARRAY_NETWORK ||
        schema->arrays[index].ndim != 0) {
        return BS_OK;
    }
    double first = 0;
    for (int n = 0; n < schema->networks && *count < 2; n++) {
        double value = 0;
        BS_TRY(bs_surface_read_array(file, index, (bs_range){n, 1}, &value));
        *count += n == 0 || value != first;
        first = n == 0 ? value : first;
    }
    return BS_OK;
}

static const char *needs_scan(bs_surface *file)
{
    int counts[2] = {0, 0};
    bool read = count_values(file, strength_name, &counts[0]) == BS_OK &&
                count_values(file, skip_name, &counts[1]) == BS_OK;
    return read && counts[0] > 1 && counts[1] > 1
               ? NULL
               : "networks of several strengths and skip weights (arrays strength, skip_weight)";
}

static bs_status read_pairs(bs_surface *file, double (*pairs)[2], int count)
{
    const char *const names[2] = {strength_name, skip_name};
    for (int i = 0; i < 2; i++) {
        int index = bs_surface_find_array(file, names[i]);
        for (int n = 0; n < count; n++) {
            BS_TRY(bs_surface_read_array(file, index, (bs_range){n, 1}, &pairs[n][i]));
        }
    }
    return BS_OK;
}

/* Whether the networks differ in their strengths and skip weights, so that nothing else was
 * compared. */
static bool is_scan(bs_surface *file, const bs_plot_options *options)
{
    (void)options;
    int count = bs_surface_get_schema(file)->networks;
    double(*pairs)[2] = bs_alloc((size_t)count, sizeof *pairs);
    bool differ = pairs != NULL && count > 3 && read_pairs(file, pairs, count) == BS_OK;
    for (int n = 0; n < count && differ; n++) {
        for (int m = 0; m < n && differ; m++) {
            differ = pairs[n][0] != pairs[m][0] || pairs[n][1] != pairs[m][1];
        }
    }
    bs_free(pairs);
    return differ;
}

static bs_status read_hyperparameters(const plot_data *data, const char *name, hyperparameter *k)
{
    BS_TRY(bs_plot_scalar_read(data, name, &k->of));
    k->values = bs_alloc((size_t)data->networks, sizeof *k->values);
    if (k->values == NULL) {
        return BS_ERR_MEMORY;
    }
    for (int n = 0; n < data->networks; n++) {
        double value = k->of.value[n];
        int at = 0;
        while (at < k->count && k->values[at] < value) {
            at++;
        }
        if (at < k->count && k->values[at] == value) {
            continue;
        }
        memmove(&k->values[at + 1], &k->values[at], (size_t)(k->count - at) * sizeof *k->values);
        k->values[at] = value;
        k->count++;
    }
    return BS_OK;
}

static int place_of(const hyperparameter *k, int n)
{
    int at = 0;
    while (at + 1 < k->count && k->values[at] != k->of.value[n]) {
        at++;
    }
    return at;
}

static bs_status check_unique(const page *p)
{
    for (int n = 0; n < p->data->networks; n++) {
        for (int m = 0; m < n; m++) {
            if (place_of(&p->hyperparameters[0], n) == place_of(&p->hyperparameters[0], m) &&
                place_of(&p->hyperparameters[1], n) == place_of(&p->hyperparameters[1], m)) {
                return BS_FAIL(BS_ERR_USAGE,
                               "%s: networks '%s' and '%s' both have strength %g and skip weight "
                               "%g; choose with --network",
                               p->data->path, bs_plot_data_name(p->data, m),
                               bs_plot_data_name(p->data, n), p->hyperparameters[0].of.value[n],
                               p->hyperparameters[1].of.value[n]);
            }
        }
    }
    return BS_OK;
}

/* The network nearest to a corner of the scanned square. */
static int nearest(const page *p, bool high_strength, bool high_skip)
{
    const double corner[2] = {high_strength ? 1 : 0, high_skip ? 1 : 0};
    int best = 0;
    double min = INFINITY;
    for (int n = 0; n < p->data->networks; n++) {
        double distance = 0;
        for (int i = 0; i < 2; i++) {
            distance += pow(p->hyperparameters[i].of.value[n] - corner[i], 2);
        }
        if (distance < min) {
            min = distance;
            best = n;
        }
    }
    return best;
}

static plot_range range_of(const page *p)
{
    const bs_plot_options *options = p->data->options;
    double min = INFINITY;
    double max = -INFINITY;
    for (int n = 0; n < p->data->networks; n++) {
        double value = p->quantity.value[n];
        if (isfinite(value) && (value > 0 || !options->logarithmic)) {
            min = fmin(min, value);
            max = fmax(max, value);
        }
    }
    bool logarithmic = options->logarithmic || (min > 0 && max > 30 * min);
    return bs_plot_range_make(min, max, logarithmic && !options->linear);
}

static bs_status read_quantity(page *p)
{
    const char *name = p->data->options->quantity;
    int count = sizeof quantities / sizeof quantities[0];
    for (int i = 0; i < count && name == NULL; i++) {
        if (bs_surface_find_array(p->data->file, quantities[i]) >= 0) {
            name = quantities[i];
        }
    }
    if (name == NULL) {
        char word[BS_SHELL_WORD];
        return BS_FAIL(BS_ERR_INPUT,
                       "%s: holds no roughness of its networks; `blueshift analyse %s` computes "
                       "it, or choose another number with --quantity",
                       p->data->path, bs_text_shell_word(p->data->path, word, sizeof word));
    }
    return bs_plot_scalar_read(p->data, name, &p->quantity);
}

static bs_status read_page(page *p)
{
    const plot_data *data = p->data;
    BS_TRY(read_hyperparameters(data, strength_name, &p->hyperparameters[0]));
    BS_TRY(read_hyperparameters(data, skip_name, &p->hyperparameters[1]));
    BS_TRY(check_unique(p));
    BS_TRY(read_quantity(p));
    p->range = range_of(p);
    p->corners[0] = nearest(p, false, false);
    p->corners[1] = nearest(p, true, false);
    p->corners[2] = nearest(p, true, true);
    p->has_paths = data->schema->grid.ndim == 1;
    if (!p->has_paths) {
        return BS_OK;
    }
    plot_data losses = *data; /* of the same networks, whatever the map shows */
    bs_plot_options options = {.clip = data->options->clip};
    losses.options = &options;
    return bs_plot_field_read(&losses, NULL, &p->field);
}

/* The value in its cell, in white on dark colours. */
static void write_number(plot_figure *figure, const page *p, int n)
{
    double value = p->quantity.value[n];
    double error = p->quantity.error[n];
    double fraction = p->range.logarithmic
                          ? log(value / p->range.from) / log(p->range.to / p->range.from)
                          : (value - p->range.from) / (p->range.to - p->range.from);
    const char *colour = fraction < 0.6 ? "#ffffff" : "#000000";
    int x = place_of(&p->hyperparameters[0], n);
    int y = place_of(&p->hyperparameters[1], n);
    bool bars = isfinite(error);
    fprintf(figure->script,
            "set label '%.3g' at first %d,%d center front offset 0,%g textcolor rgb '%s'\n", value,
            x, y, bars ? 0.45 : 0.0, colour);
    if (bars) {
        fprintf(figure->script,
                "set label '\xC2\xB1 %.2g' at first %d,%d center front offset 0,-0.55 font ',8' "
                "textcolor rgb '%s'\n",
                error, x, y, colour);
    }
}

static void write_axis(plot_figure *figure, const hyperparameter *k, char axis)
{
    fprintf(figure->script, "set %crange [-0.5:%g]\nset %ctics (", axis, k->count - 0.5, axis);
    int every = (k->count + 11) / 12;
    for (int i = 0; i < k->count; i += every) {
        fprintf(figure->script, "%s'%.3g' %d", i == 0 ? "" : ", ", k->values[i], i);
    }
    fputs(")\n", figure->script);
}

static void draw_map(plot_figure *figure, const page *p, plot_box box)
{
    FILE *script = figure->script;
    fputs("$scan << EOD\n", script);
    for (int n = 0; n < p->data->networks; n++) {
        if (isfinite(p->quantity.value[n])) {
            fprintf(script, "%d %d %.10g\n", place_of(&p->hyperparameters[0], n),
                    place_of(&p->hyperparameters[1], n), p->quantity.value[n]);
        }
    }
    fputs("EOD\n", script);
    bs_figure_place(figure, box);
    write_axis(figure, &p->hyperparameters[0], 'x');
    write_axis(figure, &p->hyperparameters[1], 'y');
    fputs("set xlabel 'strength a of the nonlinearity (0: linear, 1: ReLU)'\n"
          "set ylabel 'skip weight \xCE\xBD'\nset palette maxcolors 0\n",
          script);
    bs_plot_scale(script, "cb", p->range);
    bs_figure_scale(figure,
                    (plot_box){box.left + box.width + 14, box.top, SCALE_WIDTH, box.height});
    char label[512];
    bs_plot_label(&p->quantity.variable, box.height, label, sizeof label);
    plot_text place = {box.left + box.width + SCALE - 22, box.top + box.height / 2, "center", true,
                       ""};
    bs_figure_text(figure, place, label);
    bool fits = p->hyperparameters[0].count <= 8 && p->hyperparameters[1].count <= 10;
    for (int n = 0; n < p->data->networks && fits; n++) {
        if (isfinite(p->quantity.value[n])) {
            write_number(figure, p, n);
        }
    }
    fputs("plot $scan using 1:2:(0.5):(0.5):3 with boxxyerror fs solid noborder lc palette, NaN "
          "notitle\n",
          script);
}

static void draw_examples(plot_figure *figure, const page *p, plot_box box)
{
    static const char *const words[CORNERS] = {"linear", "ReLU, no shortcut", "ReLU with shortcut"};
    double height = (box.height - (CORNERS - 1) * EXAMPLE_GAP) / CORNERS;
    for (int i = 0; i < CORNERS; i++) {
        int n = p->corners[i];
        double a = p->hyperparameters[0].of.value[n];
        double v = p->hyperparameters[1].of.value[n];
        bool exact = a == (i > 0) && v == (i > 1);
        double top = box.top + i * (height + EXAMPLE_GAP);
        char title[128];
        snprintf(title, sizeof title, "a = %.3g, \xCE\xBD = %.3g%s%s", a, v, exact ? ": " : "",
                 exact ? words[i] : "");
        plot_text place = {box.left + box.width / 2, top - 11, "center", false, ""};
        bs_figure_text(figure, place, title);
        plot_curves panel = {.field = &p->field,
                             .box = {box.left, top, box.width, height},
                             .only = n,
                             .foot = i == CORNERS - 1,
                             .id = i};
        bs_curves_draw(p->data, &panel, figure);
        bs_figure_letter(figure, panel.box, i + 1, CORNERS + 1);
    }
}

static void draw_page(const page *p, plot_figure *figure)
{
    const plot_data *data = p->data;
    plot_legend legend = {0};
    if (p->has_paths) {
        bs_curves_keys(data, &p->field, &legend);
        bs_plot_field_note(&p->field, &legend);
    }
    if (isfinite(p->quantity.error[0])) {
        bs_legend_note(&legend, "map: mean \xC2\xB1 standard error over %d realisations",
                       data->realisations);
    }
    bs_plot_data_note(data, &legend);
    double width = LEFT + SIDE + SCALE + RIGHT + (p->has_paths ? GUTTER + EXAMPLE_WIDTH : 0);
    double top = TITLE + bs_page_begin(figure, width, TITLE + SIDE + FOOT, data->title, &legend);
    plot_box map = {LEFT, top, SIDE, SIDE};
    draw_map(figure, p, map);
    if (p->has_paths) {
        bs_figure_letter(figure, map, 0, CORNERS + 1);
        draw_examples(figure, p,
                      (plot_box){LEFT + SIDE + SCALE + GUTTER, top, EXAMPLE_WIDTH, SIDE});
    }
    bs_figure_end(figure);
}

static bs_status draw(const plot_data *data, plot_figure *figure)
{
    page p = {.data = data};
    bs_status status = read_page(&p);
    if (status == BS_OK) {
        draw_page(&p, figure);
    }
    for (int i = 0; i < 2; i++) {
        bs_plot_scalar_release(&p.hyperparameters[i].of);
        bs_free(p.hyperparameters[i].values);
    }
    bs_plot_scalar_release(&p.quantity);
    bs_plot_field_release(&p.field);
    return status;
}

const plot_view bs_view_scan = {
    .name = "scan",
    .summary = "a map over strength and skip weight, and the losses at its corners",
    .all = true,
    .needs = needs_scan,
    .suits = is_scan,
    .draw = draw,
};
