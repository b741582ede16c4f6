/* Learning curves: accuracy and loss over the epochs, learning rate and gradient over the steps. */
#include "plot_training.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "demo_views.h"
#include "line_styles.h"
#include "gnuplot.h"

enum { WIDTH = 500, HEIGHT = 300, LEFT = 70, BETWEEN = 110, PAGE = 1260, ROW = HEIGHT + 90 };
enum { POINTS_MAX = 1000, NAME = 96 };

/* An array over runs and epochs or steps: means over realisations, in at most POINTS_MAX points. */
typedef struct curve {
    const char *name;
    const double *values; /* [network][realisation][length] */
    int64_t length;
} curve;

typedef struct panel {
    const char *title, *x, *options;
    const char *lines[2]; /* arrays: drawn through, and dashed; NULL: none */
} panel;

static const panel panels[] = {
    {"accuracy in percent: training, dashed: test",
     "epoch",
     "",
     {"train_accuracy", "test_accuracy"}},
    {"loss: training, dashed: test", "epoch", "set logscale y\n", {"train_loss", "test_loss"}},
    {"learning rate", "step", "set yrange [0:*]\n", {"step_learning_rate", NULL}},
    {"norm of the gradient", "step", "set logscale y\n", {"step_gradient_norm", NULL}},
};
enum { PANELS = sizeof panels / sizeof panels[0] };

static bs_status take(const bs_dataset *d, const char *name, const char *over, curve *c)
{
    char dims[NAME];
    snprintf(dims, sizeof dims, "network realisation %s", over);
    c->name = name;
    c->values = bs_dataset_values(d, name);
    c->length = bs_dataset_length(d, over);
    if (c->values == NULL || !bs_dataset_is_over(d, name, dims)) {
        return BS_FAIL(BS_ERR_INPUT, "the log has no %s over networks, realisations and %ss", name,
                       over);
    }
    return BS_OK;
}

/* Mean of the values FROM to TO - 1 of a network, over the realisations that have them. */
static double mean_of(const curve *c, int64_t realisations, int64_t network, int64_t from,
                      int64_t to)
{
    double sum = 0.0;
    int64_t count = 0;
    for (int64_t r = 0; r < realisations; r++) {
        for (int64_t i = from; i < to; i++) {
            double value = c->values[(network * realisations + r) * c->length + i];
            sum += isfinite(value) ? value : 0.0;
            count += isfinite(value) ? 1 : 0;
        }
    }
    return sum / (double)count; /* NaN: none has them */
}

/* $NAME_N: place and mean, for every network N. */
static void write_curve(const bs_dataset *d, const curve *c, FILE *script)
{
    const int64_t realisations = bs_dataset_length(d, "realisation");
    const int64_t step = (c->length + POINTS_MAX - 1) / POINTS_MAX;
    for (int64_t n = 0; n < bs_dataset_length(d, "network"); n++) {
        fprintf(script, "$%s_%d << EOD\n", c->name, (int)n);
        for (int64_t i = 0; i < c->length; i += step) {
            int64_t end = i + step < c->length ? i + step : c->length;
            double row[] = {0.5 * (double)(i + 1 + end), mean_of(c, realisations, n, i, end)};
            bs_demo_view_row(script, 2, row);
        }
        fputs("EOD\n", script);
    }
}

static void draw_panel(const bs_dataset *d, int number, double top, plot_figure *figure)
{
    const panel *p = &panels[number];
    FILE *script = figure->script;
    const int64_t column = number % 2;
    const int64_t row = number / 2;
    const plot_box box = {LEFT + (double)(column * (WIDTH + BETWEEN)),
                          top + 30 + (double)(row * ROW), WIDTH, HEIGHT};
    bs_demo_view_panel(figure, box, p->title, p->x, "");
    fprintf(script, "set tics nomirror out\n%splot ", p->options);
    for (int64_t n = 0; n < bs_dataset_length(d, "network"); n++) {
        for (int line = 0; line < 2 && p->lines[line] != NULL; line++) {
            fprintf(script, "$%s_%d using 1:2 with linespoints lt %d lw 2 pt 7 ps %s %s notitle, ",
                    p->lines[line], (int)n, (int)n + 1,
                    bs_dataset_length(d, "epoch") < 30 && number < 2 ? "0.5" : "0",
                    line == 0 ? LINE_MEASURED : LINE_TEST);
        }
    }
    fputs("NaN notitle\n", script);
}

/* An entry for each line of the attribute `networks`. */
static void add_networks(const bs_dataset *d, plot_legend *legend)
{
    const char *line = bs_dataset_attribute(d, "networks");
    for (int n = 0; *line != '\0'; n++) {
        char name[NAME];
        size_t length = strcspn(line, "\n");
        snprintf(name, sizeof name, "%.*s", (int)length, line);
        bs_legend_add(legend, KEY_LINE, n + 1, "", name);
        line += length + (line[length] == '\n');
    }
}

static bs_status lay_out(const void *context, plot_figure *figure)
{
    const bs_dataset *d = context;
    plot_legend legend = {.count = 0};
    add_networks(d, &legend);
    if (bs_dataset_length(d, "realisation") > 1) {
        bs_legend_note(&legend, "Means over %d realisations, as far as they are trained.",
                       (int)bs_dataset_length(d, "realisation"));
    }
    double top = bs_demo_view_begin(d, PAGE, 2 * ROW, &legend, figure);
    for (int i = 0; i < PANELS; i++) {
        for (int line = 0; line < 2 && panels[i].lines[line] != NULL; line++) {
            curve c;
            BS_TRY(take(d, panels[i].lines[line], panels[i].x, &c));
            write_curve(d, &c, figure->script);
        }
    }
    for (int i = 0; i < PANELS; i++) {
        draw_panel(d, i, top, figure);
    }
    bs_figure_end(figure);
    return BS_OK;
}

bs_status bs_plot_training(const bs_dataset *dataset, const char *output, bool replace)
{
    BS_TRY(bs_gnuplot_check(output));
    return bs_figure_write(output, replace, lay_out, dataset);
}
