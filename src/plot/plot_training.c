/* Learning curves: accuracy and loss over the epochs, learning rate and gradient over the steps. */
#include "plot_training.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "blueshift/statistics.h"
#include "blueshift/training_outcomes.h"
#include "demo_views.h"
#include "gnuplot.h"
#include "line_styles.h"

enum { WIDTH = 500, HEIGHT = 300, LEFT = 70, BETWEEN = 110, PAGE = 1260, ROW = HEIGHT + 90 };
enum { POINTS_MAX = 1000, NAME = 96 };

/* An array over runs and epochs or steps, drawn in at most POINTS_MAX points. */
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

/* Over the realisations that have values FROM to TO - 1 of a network: the mean of their means. */
static bs_estimate estimate(const curve *c, int64_t realisations, int64_t network, int64_t from,
                            int64_t to)
{
    double sum = 0.0;
    double squares = 0.0;
    int64_t count = 0;
    for (int64_t r = 0; r < realisations; r++) {
        const double *values = c->values + (network * realisations + r) * c->length;
        const bs_estimate own = bs_estimate_of(values + from, to - from, 1);
        if (isfinite(own.mean)) {
            sum += own.mean;
            squares += own.mean * own.mean;
            count++;
        }
    }
    return bs_estimate_from_sums(sum, squares, count);
}

/* $NAME_N: place, mean, and a standard error below and above it, for every network N. */
static void write_curve(const bs_dataset *d, const curve *c, FILE *script)
{
    static const double lowest = 0.01; /* of the mean: a logarithmic axis shows it, too */
    const int64_t realisations = bs_dataset_length(d, "realisation");
    const int64_t step = (c->length + POINTS_MAX - 1) / POINTS_MAX;
    for (int64_t n = 0; n < bs_dataset_length(d, "network"); n++) {
        fprintf(script, "$%s_%d << EOD\n", c->name, (int)n);
        for (int64_t i = 0; i < c->length; i += step) {
            const int64_t end = i + step < c->length ? i + step : c->length;
            const bs_estimate e = estimate(c, realisations, n, i, end);
            const double error = isfinite(e.error) ? e.error : 0.0;
            double row[] = {0.5 * (double)(i + 1 + end), e.mean,
                            fmax(e.mean - error, lowest * e.mean), e.mean + error};
            bs_demo_view_row(script, sizeof row / sizeof row[0], row);
        }
        fputs("EOD\n", script);
    }
}

/* The standard errors of NETWORK's curve, behind its lines. */
static void plot_errors(const char *name, int network, FILE *script)
{
    fprintf(script,
            "$%s_%d using 1:3:4 with filledcurves lt %d fs transparent solid 0.2 noborder "
            "notitle, ",
            name, network, network + 1);
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
            if (bs_dataset_length(d, "realisation") > 1) {
                plot_errors(p->lines[line], (int)n, script);
            }
            fprintf(script, "$%s_%d using 1:2 with linespoints lt %d lw 2 pt 7 ps %s %s notitle, ",
                    p->lines[line], (int)n, (int)n + 1,
                    bs_dataset_length(d, "epoch") < 30 && number < 2 ? "0.5" : "0",
                    line == 0 ? LINE_MEASURED : LINE_TEST);
        }
    }
    fputs("NaN notitle\n", script);
}

static void add_networks(const bs_dataset *d, plot_legend *legend)
{
    for (int n = 0; n < (int)bs_dataset_length(d, "network"); n++) {
        char name[BS_TRAINED_NAME];
        bs_trained_name(d, n, name);
        bs_legend_add(legend, KEY_LINE, n + 1, "", name);
    }
}

static void add_claim(void *legend, const char *outcome)
{
    bs_legend_note(legend, "claim: %s", outcome);
}

static bs_status lay_out(const void *context, plot_figure *figure)
{
    const bs_dataset *d = context;
    plot_legend legend = {.count = 0};
    add_networks(d, &legend);
    if (bs_dataset_length(d, "realisation") > 1) {
        bs_legend_note(&legend,
                       "Means over %d realisations, as far as they are trained; shaded: their "
                       "standard errors.",
                       (int)bs_dataset_length(d, "realisation"));
    }
    BS_TRY(bs_training_judge_claims(d, add_claim, &legend));
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
