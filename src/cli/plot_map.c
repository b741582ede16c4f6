/* Planes as heat maps with contour lines, volumes as three slices through the middle. */
#include <math.h>
#include <string.h>

#include "plot_draw.h"

enum {
    CONTOURS = 9,
    SIDE = 360,        /* longer side of a panel, pixels */
    MARGIN_LEFT = 80,  /* first label */
    SCALE = 96,        /* colour scale and its numbers */
    MARGIN_RIGHT = 40, /* label of the colour scale */
    MARGIN_TOP = 70,
    MARGIN_BOTTOM = 60,
    LEGEND = 35,
    GUTTER_X = 88,
    GUTTER_Y = 85,
    SLICES = 3
};

/* One panel: axes H (horizontal) and V of the grid, the other one fixed at its middle. */
typedef struct panel {
    int network;
    int h, v, fixed; /* axes; fixed -1: none */
} panel;

typedef struct layout {
    int rows, columns;
    bool shared;          /* one colour scale for all networks */
    double width, height; /* of a panel */
    double pitch;         /* from panel to panel */
    double bottom;        /* margin below the panels */
    gnuplot_size size;
} layout;

static int panel_count(const plot_data *data)
{
    return data->schema->networks * (data->schema->grid.ndim == 2 ? 1 : SLICES);
}

static panel panel_at(const plot_data *data, int index)
{
    static const panel slices[SLICES] = {{0, 0, 1, 2}, {0, 0, 2, 1}, {0, 1, 2, 0}};
    if (data->schema->grid.ndim == 2) {
        return (panel){index, 0, 1, -1};
    }
    panel p = slices[index % SLICES];
    p.network = index / SLICES;
    return p;
}

/* Points of all surfaces. */
static int64_t total_points(const plot_data *data)
{
    return data->points * data->schema->networks * data->realisations;
}

static double extent(const bs_axis *axis)
{
    return bs_axis_step(axis) * (double)axis->points;
}

static double span(plot_range range)
{
    return range.logarithmic ? log10(range.to / range.from) : range.to - range.from;
}

/* Whether one colour scale shows something of every network. Otherwise each has its own: a rough
 * surface would look flat beside one that rises four times as far. */
static bool scale_is_shared(const plot_data *data)
{
    for (int n = 0; n < data->schema->networks; n++) {
        plot_range own = bs_plot_data_range(data, n * data->realisations, data->realisations);
        bool empty = own.to > data->range.to || own.from < data->range.from;
        own.logarithmic = data->range.logarithmic;
        if (!empty && span(own) < 0.25 * span(data->range)) {
            return false;
        }
    }
    return true;
}

/* Equal units on both axes where that leaves a readable panel: directions are of one length. */
static layout layout_of(const plot_data *data)
{
    const bs_grid *grid = &data->schema->grid;
    layout l = {.width = SIDE, .height = SIDE};
    int panels = panel_count(data);
    if (grid->ndim == 3) {
        l.columns = SLICES;
    } else {
        double aspect = extent(&grid->axis[1]) / extent(&grid->axis[0]);
        aspect = fmin(fmax(aspect, 0.4), 2.5);
        l.width = aspect > 1 ? SIDE / aspect : SIDE;
        l.height = aspect > 1 ? SIDE : SIDE * aspect;
        l.columns = panels <= 3 ? panels : (int)ceil(sqrt(panels));
    }
    l.bottom = MARGIN_BOTTOM + (data->gaps[GAP_NONE] < total_points(data) ? LEGEND : 0);
    l.rows = (panels + l.columns - 1) / l.columns;
    l.shared = scale_is_shared(data);
    l.pitch = l.width + GUTTER_X + (l.shared || grid->ndim == 3 ? 0 : SCALE);
    l.size.width = MARGIN_LEFT + (l.columns - 1) * l.pitch + l.width + SCALE + MARGIN_RIGHT;
    l.size.height = MARGIN_TOP + l.rows * l.height + (l.rows - 1) * GUTTER_Y + l.bottom;
    return l;
}

gnuplot_size bs_plot_maps_size(const plot_data *data)
{
    return layout_of(data).size;
}

/* The panel's points as X Y VALUE rows, scans separated by blank lines. WHAT GAP_NONE: the losses
 * (NaN in gaps); otherwise only the places of that kind of gap. Returns how many points are of the
 * kind WHAT. */
static int64_t write_points(const plot_data *data, const panel *p, plot_gap what, FILE *script)
{
    const bs_grid *grid = &data->schema->grid;
    const plot_surface *s = bs_plot_data_surface(data, p->network, 0);
    const int64_t stride[BS_GRID_DIMS] = {1, grid->axis[0].points,
                                          grid->axis[0].points * grid->axis[1].points};
    int64_t base = p->fixed < 0 ? 0 : grid->axis[p->fixed].points / 2 * stride[p->fixed];
    int64_t count = 0;
    for (int64_t j = 0; j < grid->axis[p->v].points; j++) {
        for (int64_t i = 0; i < grid->axis[p->h].points; i++) {
            int64_t at = base + i * stride[p->h] + j * stride[p->v];
            if (what != GAP_NONE && s->gap[at] != what) {
                continue;
            }
            bs_gnuplot_number(script, bs_axis_coordinate(&grid->axis[p->h], i));
            bs_gnuplot_number(script, bs_axis_coordinate(&grid->axis[p->v], j));
            bs_gnuplot_number(script, s->loss[at]);
            fputc('\n', script);
            count += s->gap[at] == what;
        }
        if (what == GAP_NONE) {
            fputc('\n', script);
        }
    }
    return count;
}

/* Contour lines, even on the colour scale; into $contour. */
static void write_contours(const plot_range *range, FILE *script)
{
    double from = range->logarithmic ? log10(range->from) : range->from;
    double to = range->logarithmic ? log10(range->to) : range->to;
    fputs("set contour base\nunset surface\nset cntrparam linear\nset cntrparam levels discrete ",
          script);
    for (int i = 1; i <= CONTOURS; i++) {
        fprintf(script, "%s%.10g", i == 1 ? "" : ",", from + (to - from) * i / (CONTOURS + 1));
    }
    fprintf(script,
            "\nset table $contour\nsplot $points using 1:2:(%s)\nunset table\nunset contour\n"
            "set surface\n",
            range->logarithmic ? "log10($3)" : "$3");
}

/* How a cell without a value looks, in the order of plot_gap. */
static const char *const gap_style[GAP_KINDS] = {
    "", "fs pattern 4 noborder fc rgb '#a0a0a0'", "fs pattern 2 noborder fc rgb '#d55e00'",
    "fs solid border lc rgb '#808080' fc rgb '#808080'"};

static void write_panel_title(const plot_data *data, const panel *p, FILE *script)
{
    char title[256];
    const char *name = bs_plot_data_name(data, p->network);
    const bs_grid *grid = &data->schema->grid;
    if (p->fixed < 0) {
        snprintf(title, sizeof title, "%s", name);
    } else {
        const bs_axis *axis = &grid->axis[p->fixed];
        snprintf(title, sizeof title, "%s%s%c = %.4g", name, name[0] != '\0' ? ", " : "",
                 "xyz"[p->fixed], bs_axis_coordinate(axis, axis->points / 2));
    }
    fputs("set title ", script);
    bs_gnuplot_text(script, title);
    fputs(" noenhanced offset 0,-0.5\nset xlabel ", script);
    bs_plot_label(script, &data->schema->axes[p->h]);
    fputs(" noenhanced\nset ylabel ", script);
    bs_plot_label(script, &data->schema->axes[p->v]);
    fputs(" noenhanced\n", script);
}

static void write_axis_range(const bs_axis *axis, char name, FILE *script)
{
    double half = bs_axis_step(axis) / 2;
    double last = bs_axis_coordinate(axis, axis->points - 1);
    fprintf(script, "set %crange [%.10g:%.10g]\n", name, axis->from - half, last + half);
}

/* The data of a panel: $points, and $gapK for each kind of gap. COUNT: points of each kind. */
static void write_panel_data(const plot_data *data, const panel *p, int64_t count[GAP_KINDS],
                             FILE *script)
{
    fputs("$points << EOD\n", script);
    count[GAP_NONE] = write_points(data, p, GAP_NONE, script);
    fputs("EOD\n", script);
    for (int gap = GAP_PENDING; gap < GAP_KINDS; gap++) {
        count[gap] = 0;
        if (data->gaps[gap] > 0) {
            fprintf(script, "$gap%d << EOD\n", gap);
            count[gap] = write_points(data, p, (plot_gap)gap, script);
            fputs("EOD\n", script);
        }
    }
}

/* Draws one panel; returns whether any of its points has a colour. */
static bool draw_panel(const plot_data *data, const panel *p, const plot_range *range, FILE *script)
{
    const bs_axis *h = &data->schema->grid.axis[p->h];
    const bs_axis *v = &data->schema->grid.axis[p->v];
    int64_t count[GAP_KINDS];
    write_panel_data(data, p, count, script);
    /* gnuplot refuses images and contours of one row, or of nothing */
    bool any = count[GAP_NONE] > 0;
    bool image = any && h->points > 1 && v->points > 1;
    if (image) {
        write_contours(range, script);
    }
    write_panel_title(data, p, script);
    write_axis_range(h, 'x', script);
    write_axis_range(v, 'y', script);
    double half_h = bs_axis_step(h) / 2;
    double half_v = bs_axis_step(v) / 2;
    fputs("plot ", script);
    if (image) {
        fputs("$points using 1:2:3 with @image, ", script);
    } else if (any) {
        fprintf(script, "$points using 1:2:(%.10g):(%.10g):3 with boxxyerror fs solid lc palette, ",
                half_h, half_v);
    }
    for (int gap = GAP_PENDING; gap < GAP_KINDS; gap++) {
        if (count[gap] > 0) {
            fprintf(script, "$gap%d using 1:2:(%.10g):(%.10g) with boxxyerror %s, ", gap, half_h,
                    half_v, gap_style[gap]);
        }
    }
    fputs(image ? "$contour using 1:2 with lines lc rgb '#000000' lw 0.5\n" : "\n", script);
    return any;
}

/* Swatches for the gaps that occur, at the foot of the picture. */
static void write_legend(const plot_data *data, const layout *l, FILE *script)
{
    double x = MARGIN_LEFT;
    double w = l->size.width;
    double h = l->size.height;
    for (int gap = GAP_PENDING; gap < GAP_KINDS; gap++) {
        if (data->gaps[gap] == 0) {
            continue;
        }
        const char *name = bs_plot_gap_name((plot_gap)gap);
        fprintf(script, "set object %d rectangle from screen %g,%g to screen %g,%g %s\n", gap,
                x / w, 12 / h, (x + 14) / w, 26 / h, gap_style[gap]);
        fprintf(script, "set label %d '%s' at screen %g,%g left\n", gap, name, (x + 20) / w,
                19 / h);
        x += 50 + 7 * (double)strlen(name);
    }
}

/* A colour scale at X, from BOTTOM up, in pixels. */
static void write_scale(const plot_range *range, const layout *l, double x, double bottom,
                        double length, FILE *script)
{
    bs_plot_scale(script, "cb", *range);
    fprintf(script, "set colorbox user origin screen %g,%g size screen %g,%g noborder\n",
            x / l->size.width, bottom / l->size.height, 16 / l->size.width,
            length / l->size.height);
}

/* The label of all colour scales. It is placed by hand: gnuplot's own runs into the numbers of a
 * logarithmic scale. */
static void write_scale_label(const plot_data *data, const layout *l, FILE *script)
{
    double length = l->size.height - MARGIN_TOP - l->bottom;
    fputs("set label 9 ", script);
    if (7 * (double)strlen(data->loss->long_name) < length + MARGIN_BOTTOM) {
        bs_plot_label(script, data->loss);
    } else { /* beside a low panel there is room for the short name only */
        bs_gnuplot_text(script, data->loss->name);
    }
    fprintf(script, " at screen %g,%g center rotate noenhanced\n", 1 - 16 / l->size.width,
            (l->bottom + length / 2) / l->size.height);
}

/* Panel I with its place, and a colour scale where one belongs: right of everything (unless it is
 * DRAWN), or of the last panel of each network. Gives whether the panel had something to colour:
 * gnuplot draws no scale beside an empty one. */
static bool place_panel(const plot_data *data, const layout *l, int i, bool drawn, FILE *script)
{
    panel p = panel_at(data, i);
    int row = i / l->columns;
    int column = i % l->columns;
    double left = MARGIN_LEFT + column * l->pitch;
    double top = l->size.height - MARGIN_TOP - row * (l->height + GUTTER_Y);
    plot_range range =
        l->shared ? data->range
                  : bs_plot_data_range(data, p.network * data->realisations, data->realisations);
    bs_plot_scale(script, "cb", range);
    if (l->shared && !drawn) {
        write_scale(&range, l, l->size.width - SCALE - MARGIN_RIGHT + 18, l->bottom,
                    l->size.height - MARGIN_TOP - l->bottom, script);
    } else if (!l->shared && (data->schema->grid.ndim == 2 || column == SLICES - 1)) {
        write_scale(&range, l, left + l->width + 18, top - l->height, l->height, script);
    } else {
        fputs("unset colorbox\n", script);
    }
    fprintf(script, "set lmargin at screen %g\nset rmargin at screen %g\n", left / l->size.width,
            (left + l->width) / l->size.width);
    fprintf(script, "set tmargin at screen %g\nset bmargin at screen %g\n", top / l->size.height,
            (top - l->height) / l->size.height);
    return draw_panel(data, &p, &range, script);
}

void bs_plot_maps(const plot_data *data, FILE *script)
{
    layout l = layout_of(data);
    fputs("unset key\nset multiplot title ", script);
    bs_plot_title(script, data);
    fputs(" noenhanced\n", script);
    write_scale_label(data, &l, script);
    write_legend(data, &l, script);
    int panels = panel_count(data);
    bool drawn = false;
    for (int i = 0; i < panels; i++) {
        drawn = place_panel(data, &l, i, drawn, script) || drawn;
        if (i == 0) {
            fputs("unset object\nunset label\n", script);
        }
    }
    fputs("unset multiplot\n", script);
}
