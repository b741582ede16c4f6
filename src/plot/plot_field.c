/* Reading a quantity at the points of surfaces. */
#include "plot_field.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "blueshift/memory.h"
#include "blueshift/selection.h"
#include "blueshift/text.h"

enum { LIST_LENGTH = 512, NAMES_MAX = 64, BLOCK = 1 << 16 };

/* Where a quantity stands: a value, or ELEMENT of the rows of an array. */
typedef struct source {
    int value, array;
    int64_t element, row;
} source;

int bs_plot_find_value(const bs_surface_schema *schema, const char *suffix)
{
    for (int i = 0; i < schema->value_count; i++) {
        if (bs_text_ends_in(schema->values[i].name, suffix)) {
            return i;
        }
    }
    return -1;
}

const char *bs_plot_gap_name(plot_gap gap)
{
    static const char *const names[GAP_KINDS] = {
        "", "not computed yet", "failed", "not finite", "zero or negative", "no such signal"};
    return names[gap];
}

const char *bs_plot_gap_mark(plot_gap gap)
{
    static const char *const marks[GAP_KINDS] = {
        "", "pt 6 ps 0.8", "pt 2 ps 0.8", "pt 9 ps 0.8", "pt 11 ps 0.8", "pt 1 ps 0.6"};
    return marks[gap];
}

static bs_status unknown_quantity(const plot_data *data, const char *name)
{
    const bs_surface_schema *schema = data->schema;
    const char *names[NAMES_MAX];
    int count = 0;
    for (int i = 0; i < schema->value_count && count < NAMES_MAX; i++) {
        names[count++] = schema->values[i].name;
    }
    for (int i = 0; i < schema->array_count && count < NAMES_MAX; i++) {
        if (schema->arrays[i].kind == BS_ARRAY_POINT) {
            names[count++] = schema->arrays[i].variable.name;
        }
    }
    for (int i = 0; i < schema->array_count && count < NAMES_MAX; i++) {
        const bs_array *array = &schema->arrays[i];
        if (array->kind == BS_ARRAY_REALISATION && array->ndim == 0) {
            names[count++] = array->variable.name;
        }
    }
    char known[LIST_LENGTH];
    bs_text_suggest(name, count, names, "It holds", known, sizeof known);
    return BS_FAIL(BS_ERR_USAGE, "%s: no quantity '%s'%s", data->path, name, known);
}

/* Of losses and accuracies also says of which images. */
static bs_status name_value(const plot_data *data, plot_field *field)
{
    bs_variable *v = &field->variable;
    const char *split = strncmp(v->name, "test_", 5) == 0    ? "test"
                        : strncmp(v->name, "train_", 6) == 0 ? "training"
                                                             : NULL;
    char *images = NULL;
    /* Where both splits are there, the second one's have an attribute of their own. */
    const bool second = field->value > 2;
    BS_TRY(bs_surface_attribute(data->file, second ? "test_images" : "images", &images));
    if (split != NULL && images != NULL) {
        bool loss = bs_text_ends_in(v->name, "_loss");
        snprintf(field->long_name, sizeof field->long_name, "%s %s %s images",
                 loss ? "cross-entropy," : "accuracy,", images, split);
        v->long_name = field->long_name;
    }
    bs_free(images);
    return BS_OK;
}

static bs_status find_source(const plot_data *data, const char *name, plot_field *field,
                             source *from)
{
    const bs_surface_schema *schema = data->schema;
    *from = (source){-1, -1, 0, 1};
    size_t length = strcspn(name, "[");
    for (int i = 0; i < schema->value_count; i++) {
        if (strcmp(schema->values[i].name, name) == 0) {
            from->value = field->value = i;
            field->variable = schema->values[i];
            return name_value(data, field);
        }
    }
    for (int i = 0; i < schema->array_count; i++) {
        const bs_array *array = &schema->arrays[i];
        if (array->kind == BS_ARRAY_POINT && strlen(array->variable.name) == length &&
            strncmp(array->variable.name, name, length) == 0) {
            from->array = i;
            from->row = bs_array_row(array);
            BS_TRY(bs_plot_read_index(data, array, array->ndim, name + length, &from->element));
            snprintf(field->name, sizeof field->name, "%s", name);
            snprintf(field->long_name, sizeof field->long_name, "%s%s",
                     array->variable.long_name != NULL ? array->variable.long_name
                                                       : array->variable.name,
                     name + length);
            field->variable = (bs_variable){field->name, field->long_name, array->variable.units};
            return BS_OK;
        }
    }
    return unknown_quantity(data, name);
}

static bs_status read_numbers(const plot_data *data, const source *from, bs_range range,
                              double *numbers)
{
    if (from->value >= 0) {
        return bs_surface_read_values(data->file, from->value, range, numbers);
    }
    int64_t most = BLOCK / from->row > 0 ? BLOCK / from->row : 1;
    double *rows = bs_alloc((size_t)(most * from->row), sizeof *rows);
    bs_status status = rows == NULL ? BS_ERR_MEMORY : BS_OK;
    for (int64_t at = 0; at < range.count && status == BS_OK; at += most) {
        int64_t count = range.count - at < most ? range.count - at : most;
        status = bs_surface_read_array(data->file, from->array, (bs_range){range.first + at, count},
                                       rows);
        for (int64_t i = 0; i < count && status == BS_OK; i++) {
            numbers[at + i] = rows[i * from->row + from->element];
        }
    }
    bs_free(rows);
    return status;
}

/* Numbers of an ARRAY are missing where a network has no such signal; a value may be NaN. */
static plot_gap gap_of(uint8_t status, double value, bool array)
{
    switch ((bs_point_status)status) {
    case BS_POINT_PENDING:
        return GAP_PENDING;
    case BS_POINT_FAILED:
        return GAP_FAILED;
    case BS_POINT_DONE:
    case BS_POINT_NON_FINITE: /* another value may be at fault */
    default:
        if (array && bs_plot_is_missing(value)) {
            return GAP_MISSING;
        }
        return isfinite(value) && !bs_plot_is_missing(value) ? GAP_NONE : GAP_NON_FINITE;
    }
}

static bs_status read_surface(const plot_data *data, const source *from, int error, int64_t index,
                              plot_surface *s)
{
    bs_range range = {index * data->points, data->points};
    size_t count = (size_t)data->points;
    s->value = bs_alloc(count, sizeof *s->value);
    s->gap = bs_alloc(count, 1);
    if (s->value == NULL || s->gap == NULL) {
        return BS_ERR_MEMORY;
    }
    BS_TRY(read_numbers(data, from, range, s->value));
    BS_TRY(bs_surface_read_status(data->file, range, s->gap));
    for (size_t i = 0; i < count; i++) {
        s->gap[i] = (uint8_t)gap_of(s->gap[i], s->value[i], from->array >= 0);
    }
    if (error < 0) {
        return BS_OK;
    }
    s->error = bs_alloc(count, sizeof *s->error);
    return s->error == NULL ? BS_ERR_MEMORY
                            : bs_surface_read_values(data->file, error, range, s->error);
}

double bs_plot_field_clip(const plot_field *field, double value)
{
    return isnan(value) ? value : fmin(fmax(value, field->clip[0]), field->clip[1]);
}

/* Finds gaps, extremes and what is beyond the clip. */
static void settle_surface(plot_field *field, plot_surface *s, bool logarithmic)
{
    memset(s->gaps, 0, sizeof s->gaps);
    s->min = INFINITY;
    s->max = -INFINITY;
    for (int64_t i = 0; i < field->points; i++) {
        double *value = &s->value[i];
        if (s->gap[i] == GAP_NONE && logarithmic && *value <= 0) {
            s->gap[i] = GAP_NOT_POSITIVE;
        }
        s->gaps[s->gap[i]]++;
        if (s->gap[i] != GAP_NONE) {
            *value = NAN;
            continue;
        }
        field->below += *value < field->clip[0];
        field->above += *value > field->clip[1];
        s->min = fmin(s->min, bs_plot_field_clip(field, *value));
        s->max = fmax(s->max, bs_plot_field_clip(field, *value));
    }
}

static bool choose_logarithmic(const bs_plot_options *options, double min, double max)
{
    if (options->linear) {
        return false;
    }
    return options->logarithmic || (min > 0 && max / min > 100);
}

static void settle(const bs_plot_options *options, plot_field *field)
{
    double min = INFINITY;
    double max = -INFINITY;
    for (int i = 0; i < field->networks * field->realisations; i++) {
        plot_surface *s = &field->surfaces[i];
        settle_surface(field, s, options->logarithmic);
        min = fmin(min, s->min);
        max = fmax(max, s->max);
        for (int gap = 0; gap < GAP_KINDS; gap++) {
            field->gaps[gap] += s->gaps[gap];
        }
    }
    field->range = bs_plot_range_make(min, max, choose_logarithmic(options, min, max));
}

/* The standard errors of value LOSS, which follow it; -1: it is no loss, or there are none. */
static int find_error(const bs_surface_schema *schema, int loss)
{
    int error = loss + 1;
    if (loss < 0 || !bs_text_ends_in(schema->values[loss].name, "_loss")) {
        return -1;
    }
    while (error < schema->value_count &&
           !bs_text_ends_in(schema->values[error].name, "loss_stderr")) {
        error++;
    }
    return error < schema->value_count ? error : -1;
}

bs_status bs_plot_field_read(const plot_data *data, const char *name, plot_field *field)
{
    const bs_surface_schema *schema = data->schema;
    *field = (plot_field){.networks = data->networks,
                          .realisations = data->realisations,
                          .points = data->points,
                          .value = -1};
    if (schema->value_count == 0) {
        return BS_FAIL(BS_ERR_INPUT, "%s: holds no values to draw", data->path);
    }
    BS_TRY(bs_selection_clip(data->options->clip, field->clip));
    if (name == NULL) {
        name = data->options->quantity;
    }
    if (name == NULL) {
        int loss = bs_plot_find_value(schema, "_loss");
        name = schema->values[loss < 0 ? 0 : loss].name;
    }
    source from;
    BS_TRY(find_source(data, name, field, &from));
    int error = find_error(schema, from.value);
    int count = data->networks * data->realisations;
    field->surfaces = bs_alloc((size_t)count, sizeof *field->surfaces);
    if (field->surfaces == NULL) {
        return BS_ERR_MEMORY;
    }
    for (int i = 0; i < count; i++) {
        int64_t index = (int64_t)data->network[i / data->realisations] * schema->realisations +
                        data->first_realisation + i % data->realisations;
        BS_TRY(read_surface(data, &from, error, index, &field->surfaces[i]));
    }
    settle(data->options, field);
    return BS_OK;
}

void bs_plot_field_release(plot_field *field)
{
    for (int i = 0; i < field->networks * field->realisations && field->surfaces != NULL; i++) {
        bs_free(field->surfaces[i].value);
        bs_free(field->surfaces[i].error);
        bs_free(field->surfaces[i].gap);
    }
    bs_free(field->surfaces);
    *field = (plot_field){0};
}

const plot_surface *bs_plot_field_surface(const plot_field *field, int n, int realisation)
{
    return &field->surfaces[n * field->realisations + realisation];
}

/* Smallest and largest value of network N; ascending only where there is one. */
static void find_ends(const plot_field *field, int n, double ends[2])
{
    ends[0] = INFINITY;
    ends[1] = -INFINITY;
    for (int r = 0; r < field->realisations; r++) {
        const plot_surface *s = bs_plot_field_surface(field, n, r);
        ends[0] = fmin(ends[0], s->min);
        ends[1] = fmax(ends[1], s->max);
    }
}

plot_range bs_plot_field_range(const plot_field *field, int n)
{
    double ends[2];
    find_ends(field, n, ends);
    return bs_plot_range_make(ends[0], ends[1], field->range.logarithmic);
}

static double span(double from, double to, bool logarithmic)
{
    return logarithmic ? log(to / from) : to - from;
}

bool bs_plot_field_shared(const plot_field *field)
{
    const plot_range *all = &field->range;
    if (isfinite(field->clip[0]) || isfinite(field->clip[1])) {
        return true;
    }
    for (int n = 0; n < field->networks; n++) {
        double ends[2];
        find_ends(field, n, ends);
        if (ends[0] <= ends[1] && span(ends[0], ends[1], all->logarithmic) <
                                      0.25 * span(all->from, all->to, all->logarithmic)) {
            return false;
        }
    }
    return true;
}

void bs_plot_field_note(const plot_field *field, plot_legend *legend)
{
    if (field->above > 0) {
        bs_legend_note(legend, "clipped: %lld values above %g", (long long)field->above,
                       field->clip[1]);
    }
    if (field->below > 0) {
        bs_legend_note(legend, "clipped: %lld values below %g", (long long)field->below,
                       field->clip[0]);
    }
}
