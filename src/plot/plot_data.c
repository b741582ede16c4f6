/* Choosing networks and realisations; axes. */
#include "plot_data.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <netcdf.h>

#include "blueshift/analysis_mark.h"
#include "blueshift/memory.h"
#include "blueshift/selection.h"
#include "blueshift/statistics.h"
#include "blueshift/text.h"
#include "blueshift/wavenumber.h"
#include "gnuplot.h"

enum { TITLE_NAMES = 512 };

const char *bs_plot_data_name(const plot_data *data, int n)
{
    const char *const *names = data->schema->network_names;
    return names != NULL ? names[data->network[n]] : "";
}

bool bs_plot_is_missing(double value)
{
    return isnan(value) || value == NC_FILL_DOUBLE;
}

/* Without a word about realisations the first, or all of them, up to what a panel shows. */
static bs_status choose(plot_data *data, bool all)
{
    const bs_plot_options *options = data->options;
    bs_selection chosen;
    bs_status status = bs_selection_make(data->schema, data->path, options->network,
                                         options->realisation, &chosen);
    data->networks = chosen.networks;
    data->network = chosen.network; /* freed with the data */
    data->first_realisation = chosen.first_realisation;
    data->realisations = all || options->realisation != NULL ? chosen.realisations : 1;
    if (data->realisations > REALISATIONS_MAX) {
        data->realisations = REALISATIONS_MAX;
    }
    return status;
}

/* TEXT with the first FROM replaced by TO, or NULL when it has none. */
static char *replaced(const char *text, const char *from, const char *to)
{
    const char *place = strstr(text, from);
    size_t length = strlen(text) + strlen(to) + 1;
    char *out = place != NULL ? bs_alloc(length, 1) : NULL;
    if (out != NULL) {
        snprintf(out, length, "%.*s%s%s", (int)(place - text), text, to, place + strlen(from));
    }
    return out;
}

/* The names of the COUNT networks that CHOSEN numbers (NULL: the first), as titles join them. */
static void join_names(const bs_surface_schema *schema, int count, const int *chosen,
                       char names[TITLE_NAMES])
{
    size_t used = 0;
    names[0] = '\0';
    for (int i = 0; i < count && used < TITLE_NAMES; i++) {
        const char *name = schema->network_names[chosen != NULL ? chosen[i] : i];
        int more = snprintf(names + used, TITLE_NAMES - used, "%s%s", i > 0 ? " / " : "", name);
        used += more > 0 ? (size_t)more : 0;
    }
}

/* A title that the sweep made ("Loss of A / B, on a line") says of a picture only what it shows. */
static void fit_title(plot_data *data)
{
    static const char loss[] = "Loss of ";
    const char *quantity = data->options->quantity;
    if (data->title == NULL || strncmp(data->title, loss, strlen(loss)) != 0) {
        return;
    }
    char all[TITLE_NAMES];
    char shown[TITLE_NAMES];
    join_names(data->schema, data->schema->networks, NULL, all);
    join_names(data->schema, data->networks, data->network, shown);
    char *fitted =
        data->networks < data->schema->networks ? replaced(data->title, all, shown) : NULL;
    if (fitted != NULL) {
        bs_free(data->title);
        data->title = fitted;
    }
    size_t length = quantity != NULL ? strlen(quantity) : 0;
    bool other = length > 0 && (length < 5 || strcmp(quantity + length - 5, "_loss") != 0);
    if (other) {
        memmove(data->title, data->title + strlen(loss), strlen(data->title + strlen(loss)) + 1);
    }
}

static void take_claim(void *context, const char *outcome)
{
    plot_data *data = context;
    if (data->claim_count < CLAIMS_MAX) {
        snprintf(data->claims[data->claim_count++], BS_CLAIM_OUTCOME, "%s", outcome);
    }
}

/* A file of format 1, or cut by another program, may have none that can be read. */
static bs_status read_experiment(plot_data *data)
{
    char *text = NULL;
    BS_TRY(bs_surface_attribute(data->file, "experiment", &text));
    bs_status status = text == NULL
                           ? BS_ERR_INPUT
                           : bs_experiment_parse(text, data->path, 0, NULL, &data->experiment);
    bs_free(text);
    return status == BS_ERR_MEMORY ? status : BS_OK;
}

bs_status bs_plot_data_open(bs_surface *file, const char *path, const bs_plot_options *options,
                            bool all, plot_data *data)
{
    *data = (plot_data){
        .file = file, .schema = bs_surface_get_schema(file), .options = options, .path = path};
    data->points = bs_grid_points(&data->schema->grid);
    BS_TRY(choose(data, all));
    BS_TRY(read_experiment(data));
    bs_analysis_state state;
    BS_TRY(bs_analysis_mark_read(file, &state));
    data->half_analysed = state == BS_ANALYSIS_INCOMPLETE;
    BS_TRY(bs_surface_judge_claims(file, take_claim, data));
    if (options->title != NULL) {
        data->title = bs_strdup(options->title);
        return data->title == NULL ? BS_ERR_MEMORY : BS_OK;
    }
    BS_TRY(bs_surface_attribute(file, "title", &data->title));
    fit_title(data);
    return BS_OK;
}

void bs_plot_data_release(plot_data *data)
{
    bs_free(data->network);
    bs_free(data->title);
    bs_experiment_destroy(data->experiment);
    *data = (plot_data){0};
}

void bs_plot_data_note(const plot_data *data, plot_legend *legend)
{
    for (int c = 0; c < data->claim_count; c++) {
        bs_legend_note(legend, "claim: %s", data->claims[c]);
    }
    if (data->half_analysed) {
        bs_legend_note(legend, "analysis incomplete: derived numbers are missing or old");
    }
    int there = data->schema->realisations;
    if (data->realisations == there) {
        return;
    }
    if (data->realisations == 1) {
        bs_legend_note(legend, "realisation %d of 0 to %d", data->first_realisation, there - 1);
    } else {
        bs_legend_note(legend, "the first %d of %d realisations", data->realisations, there);
    }
}

bs_status bs_plot_read_index(const plot_data *data, const bs_array *array, int count,
                             const char *text, int64_t *element)
{
    const char *name = array->variable.name;
    const char *rest = text;
    *element = 0;
    for (int i = 0; i < count; i++) {
        char digits[32];
        size_t length = *rest == (i == 0 ? '[' : ',') ? strcspn(rest + 1, ",]") : 0;
        snprintf(digits, sizeof digits, "%.*s", (int)(length < 31 ? length : 31), rest + 1);
        int64_t index = -1;
        if (length == 0 || !bs_text_to_int64(digits, &index) || index < 0 ||
            index >= array->dims[i].length) {
            return BS_FAIL(BS_ERR_USAGE, "%s: '%s%s': write %s[%s], for %s a number from 0 to %lld",
                           data->path, name, text, name,
                           count == 1   ? "i"
                           : count == 2 ? "i,j"
                                        : "i,j,...",
                           array->dims[i].name, (long long)array->dims[i].length - 1);
        }
        *element = *element * array->dims[i].length + index;
        rest += length + 1;
    }
    if (strcmp(rest, count > 0 ? "]" : "") != 0) {
        return BS_FAIL(BS_ERR_USAGE, "%s: '%s%s': %s takes %d indices in brackets", data->path,
                       name, text, name, count);
    }
    return BS_OK;
}

plot_range bs_plot_range_make(double from, double to, bool logarithmic)
{
    if (!(from <= to)) {
        return (plot_range){logarithmic ? 0.1 : 0, 1, logarithmic};
    }
    /* A constant lies in the middle of its axis. */
    double scale = fmax(fabs(from), fabs(to));
    if (logarithmic && to < from * (1 + 1e-6)) {
        return (plot_range){from / 1.1, to * 1.1, true};
    }
    if (to - from < 1e-6 * scale || scale == 0) {
        double room = scale == 0 ? 1 : 0.01 * scale;
        return (plot_range){from - room, to + room, false};
    }
    return (plot_range){from, to, logarithmic};
}

plot_range bs_plot_range_room(plot_range range, double fraction)
{
    if (range.logarithmic) {
        double room = pow(range.to / range.from, fraction);
        return (plot_range){range.from / room, range.to * room, true};
    }
    double room = fraction * (range.to - range.from);
    return (plot_range){range.from - room, range.to + room, false};
}

/* Tics at 1, 2 and 5 times powers of ten: gnuplot's own are too few on a short logarithmic axis. */
static void write_log_tics(FILE *script, const char *axis, plot_range range)
{
    static const int steps[] = {1, 2, 5};
    const char *comma = "";
    fprintf(script, "set format %s '%%g'\nset %stics (", axis, axis);
    int last = (int)floor(log10(range.to));
    for (int decade = (int)floor(log10(range.from)); decade <= last; decade++) {
        double power = pow(10, decade);
        for (int i = 0; i < 3; i++) {
            if (steps[i] * power >= range.from && steps[i] * power <= range.to) {
                fprintf(script, "%s%.10g", comma, steps[i] * power);
                comma = ", ";
            }
        }
    }
    fputs(")\n", script);
}

void bs_plot_scale(FILE *script, const char *axis, plot_range range)
{
    fprintf(script, "set %srange [%.10g:%.10g]\n", axis, range.from, range.to);
    if (!range.logarithmic) {
        fprintf(script, "unset logscale %s\nset format %s '%%h'\n", axis, axis);
        return;
    }
    bool powers = range.from < 1e-3 || range.to > 1e4;
    fprintf(script, "set logscale %s\nset format %s '%s'\n", axis, axis, powers ? "10^{%L}" : "%g");
    double ratio = range.to / range.from;
    if (ratio > 4 && ratio < 200) {
        write_log_tics(script, axis, range);
    } else if (ratio <= 4) { /* gnuplot would multiply; add instead */
        bs_plot_tics(script, axis, range, 6);
    }
}

void bs_plot_tics(FILE *script, const char *axis, plot_range range, int most)
{
    double rough = (range.to - range.from) / most;
    double power = pow(10, floor(log10(rough)));
    double unit = rough / power;
    double step = (unit <= 1 ? 1 : unit <= 2 ? 2 : unit <= 5 ? 5 : 10) * power;
    const char *comma = "";
    fprintf(script, "set format %s '%%g'\nset %stics (", axis, axis);
    int64_t last = (int64_t)floor(range.to / step + 1e-9);
    for (int64_t k = (int64_t)ceil(range.from / step - 1e-9); k <= last; k++) {
        fprintf(script, "%s%.10g", comma, (double)k * step);
        comma = ", ";
    }
    fputs(")\n", script);
}

/* WHOLE times pi, a multiple of 1/2. */
static void name_angle(double whole, char *text, size_t length)
{
    bool halves = floor(whole) != whole;
    double count = fabs(halves ? 2 * whole : whole);
    char number[24] = "";
    if (count != 1) {
        snprintf(number, sizeof number, "%g", count);
    }
    snprintf(text, length, "%s%s%s%s", whole < 0 ? "\xE2\x88\x92" : "", number,
             whole == 0 ? "" : "\xCF\x80", halves ? "/2" : "");
}

/* At most nine tics, each a multiple of a power of two of pi. */
static void write_angle_tics(FILE *script, const char *axis, const double ends[2], bool numbers)
{
    const char *comma = "";
    double parts = 2; /* of pi */
    while ((ends[1] - ends[0]) * parts > 9 * BS_PI) {
        parts /= 2;
    }
    fprintf(script, "set %stics (", axis);
    int64_t last = (int64_t)floor(ends[1] / BS_PI * parts + 1e-9);
    for (int64_t i = (int64_t)ceil(ends[0] / BS_PI * parts - 1e-9); i <= last; i++) {
        double whole = (double)i / parts;
        char text[48] = "";
        if (numbers) {
            name_angle(whole, text, sizeof text);
        }
        fprintf(script, "%s'%s' %.10g", comma, text, whole * BS_PI);
        comma = ", ";
    }
    fputs(")\n", script);
}

void bs_plot_coordinates(const plot_data *data, FILE *script, const char *axis, int d, bool half,
                         bool numbers)
{
    const bs_axis *of = &data->schema->grid.axis[d];
    const bs_variable *variable = &data->schema->axes[d];
    bool period = bs_axis_is_period(of, variable);
    double room = half || of->points == 1 ? bs_axis_step(of) / 2 : 0;
    double last = bs_axis_coordinate(of, of->points - 1 + period);
    fprintf(script, "set %srange [%.10g:%.10g]\n", axis, of->from - room, last + room);
    bool radians = variable->units != NULL && strncmp(variable->units, "rad", 3) == 0;
    if (radians && last - of->from > BS_PI) {
        const double ends[2] = {of->from, last};
        write_angle_tics(script, axis, ends, numbers);
    } else if (of->points == 1) {
        fprintf(script, "set %stics (%.10g)\n", axis, of->from);
    }
    if (!numbers) {
        fprintf(script, "set format %s ''\n", axis);
    }
}

static void write_label(const char *name, const char *units, char *label, size_t length)
{
    if (units == NULL || units[0] == '\0' || strcmp(units, "1") == 0) {
        snprintf(label, length, "%s", name);
    } else {
        snprintf(label, length, "%s (%s)", name, units);
    }
}

/* For panels that are too low for a sentence. */
static const char *short_name(const char *name)
{
    static const char *const names[][2] = {{"train_loss", "train loss"},
                                           {"test_loss", "test loss"},
                                           {"train_acc", "train acc."},
                                           {"test_acc", "test acc."},
                                           /* of format 1 */
                                           {"xcoordinates", "x"},
                                           {"ycoordinates", "y"},
                                           {"zcoordinates", "z"}};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (strcmp(name, names[i][0]) == 0) {
            return names[i][1];
        }
    }
    return name;
}

static const char *short_units(const char *units)
{
    return units != NULL && strcmp(units, "percent") == 0 ? "%" : units;
}

/* Without room the remark in parentheses goes first, then the long name. */
void bs_plot_label(const bs_variable *variable, double room, char *label, size_t length)
{
    const char *name = variable->long_name != NULL ? variable->long_name : variable->name;
    write_label(name, variable->units, label, length);
    if (bs_figure_text_width(label) <= room) {
        return;
    }
    char head[256];
    const char *remark = strstr(name, " (");
    snprintf(head, sizeof head, "%.*s", remark != NULL ? (int)(remark - name) : (int)strlen(name),
             name);
    write_label(head, variable->units, label, length);
    if (bs_figure_text_width(label) > room) {
        write_label(short_name(variable->name), short_units(variable->units), label, length);
    }
}

void bs_plot_axis_label(FILE *script, const char *axis, const bs_variable *variable, double room)
{
    char label[512];
    bs_plot_label(variable, room, label, sizeof label);
    fprintf(script, "set %slabel ", axis);
    bs_gnuplot_text(script, label);
    fputs(" noenhanced\n", script);
}
