/* From a result file to the JSON of its page. */
#include "html_data.h"

#include <math.h>
#include <string.h>

#include "blueshift/memory.h"
#include "blueshift/selection.h"
#include "blueshift/text.h"
#include "blueshift/wavenumber.h"
#include "html_panels.h"
#include "html_text.h"
#include "known_places.h"
#include "plot_field.h"
#include "track.h"
#include "training_series.h"

static void write_axes(const plot_data *data, FILE *out)
{
    const bs_surface_schema *schema = data->schema;
    fputs("\"axes\":[", out);
    for (int d = 0; d < schema->grid.ndim; d++) {
        const bs_axis *axis = &schema->grid.axis[d];
        char label[256];
        bs_plot_label(&schema->axes[d], 1e9, label, sizeof label);
        fputs(d > 0 ? ",{\"name\":" : "{\"name\":", out);
        bs_html_string(out, schema->axes[d].name);
        fputs(",\"label\":", out);
        bs_html_string(out, label);
        bool period = bs_axis_is_period(axis, &schema->axes[d]);
        fprintf(out, ",\"points\":%lld,\"from\":%.17g,\"step\":%.17g,\"period\":%s}",
                (long long)axis->points, axis->from, bs_axis_step(axis), period ? "true" : "false");
    }
    fputs("],\n", out);
}

static void write_places(const plot_data *data, FILE *out)
{
    fputs("\"places\":[", out);
    for (int n = 0; n < data->networks; n++) {
        plot_places places = bs_known_places(data, n);
        fputs(n > 0 ? ",[" : "[", out);
        for (int i = 0; i < places.count; i++) {
            const plot_place *p = &places.place[i];
            fprintf(out, "%s{\"given\":%s,\"at\":", i > 0 ? "," : "", p->given ? "true" : "false");
            bs_html_numbers(out, BS_GRID_DIMS, p->at);
            fputc('}', out);
        }
        fputc(']', out);
    }
    fputs("],\n", out);
}

/* The coordinates of every network's trajectory, one weight after the other. */
static bs_status write_tracks(const plot_data *data, FILE *out)
{
    fputs("\"tracks\":[", out);
    for (int n = 0; n < data->networks; n++) {
        plot_track track;
        bs_status status = bs_track_read(data, n, &track);
        if (status == BS_OK) {
            fputs(n > 0 ? "," : "", out);
            bs_html_numbers(out, 2 * (int64_t)track.count, track.at);
        }
        bs_track_release(&track);
        BS_TRY(status);
    }
    fputs("],\n", out);
    return BS_OK;
}

/* Little-endian single precision, as Float32Array of every browser's machine reads it. */
static bs_status write_floats(const plot_field *field, FILE *out)
{
    size_t count = (size_t)field->points;
    float *numbers =
        bs_alloc(count * (size_t)(field->networks * field->realisations), sizeof *numbers);
    if (numbers == NULL) {
        return BS_ERR_MEMORY;
    }
    for (int s = 0; s < field->networks * field->realisations; s++) {
        for (size_t i = 0; i < count; i++) {
            numbers[(size_t)s * count + i] = (float)field->surfaces[s].value[i];
        }
    }
    size_t all = count * (size_t)(field->networks * field->realisations) * sizeof *numbers;
    bs_html_bytes(out, all, (const unsigned char *)numbers);
    bs_free(numbers);
    return BS_OK;
}

static bs_status write_gaps(const plot_field *field, FILE *out)
{
    size_t count = (size_t)field->points;
    size_t all = count * (size_t)(field->networks * field->realisations);
    unsigned char *gaps = bs_alloc(all, 1);
    if (gaps == NULL) {
        return BS_ERR_MEMORY;
    }
    for (size_t s = 0; s < all / count; s++) {
        memcpy(gaps + s * count, field->surfaces[s].gap, count);
    }
    fputs(",\"gaps\":\"", out);
    bs_html_bytes(out, all, gaps);
    fputc('"', out);
    bs_free(gaps);
    return BS_OK;
}

static bs_status write_field(const plot_field *field, FILE *out)
{
    char label[256];
    char small[64];
    bs_plot_label(&field->variable, 1e9, label, sizeof label);
    bs_plot_label(&field->variable, 0, small, sizeof small);
    fputs("{\"name\":", out);
    bs_html_string(out, field->variable.name);
    fputs(",\"label\":", out);
    bs_html_string(out, label);
    fputs(",\"short\":", out);
    bs_html_string(out, small);
    fputs(",\"values\":\"", out);
    BS_TRY(write_floats(field, out));
    fputc('"', out);
    if (field->gaps[GAP_NONE] < field->points * field->networks * field->realisations) {
        BS_TRY(write_gaps(field, out));
    }
    fputs("}\n", out);
    return BS_OK;
}

/* Values are written as they are: scale and clip are chosen in the page. */
static bs_status write_quantity(const plot_data *data, const char *name, FILE *out)
{
    plot_data plain = *data;
    const bs_plot_options none = {.linear = true};
    plain.options = &none;
    plot_field field = {0};
    bs_status status = bs_plot_field_read(&plain, name, &field);
    if (status == BS_OK) {
        status = write_field(&field, out);
    }
    bs_plot_field_release(&field);
    return status;
}

static bs_status write_quantities(const plot_data *data, FILE *out)
{
    const bs_surface_schema *schema = data->schema;
    const char *asked = data->options->quantity;
    bool known = asked == NULL;
    fputs("\"quantities\":[", out);
    for (int v = 0; v < schema->value_count; v++) {
        fputs(v > 0 ? "," : "", out);
        BS_TRY(write_quantity(data, schema->values[v].name, out));
        known = known || strcmp(asked, schema->values[v].name) == 0;
    }
    if (!known) {
        fputc(',', out);
        BS_TRY(write_quantity(data, asked, out));
    }
    fputs("],\n", out);
    return BS_OK;
}

/* Every number of a network and realisation, with its mean and error. */
static bs_status write_numbers(const plot_data *data, FILE *out)
{
    const bs_surface_schema *schema = data->schema;
    const char *comma = "";
    fputs("\"numbers\":[", out);
    for (int a = 0; a < schema->array_count; a++) {
        const bs_array *array = &schema->arrays[a];
        if (array->kind != BS_ARRAY_REALISATION || array->ndim != 0) {
            continue;
        }
        plot_scalar scalar = {.value = NULL};
        bs_status status = bs_plot_scalar_read(data, array->variable.name, &scalar);
        if (status == BS_OK) {
            fprintf(out, "%s{\"name\":", comma);
            bs_html_string(out, array->variable.name);
            fputs(",\"label\":", out);
            bs_html_string(out, array->variable.long_name);
            fputs(",\"values\":", out);
            bs_html_numbers(out, data->networks, scalar.value);
            fputs(",\"errors\":", out);
            bs_html_numbers(out, data->networks, scalar.error);
            fputs("}\n", out);
            comma = ",";
        }
        bs_plot_scalar_release(&scalar);
        BS_TRY(status);
    }
    fputs("],\n", out);
    return BS_OK;
}

static bs_status write_attribute(const plot_data *data, const char *name, FILE *out)
{
    char *text = NULL;
    BS_TRY(bs_surface_attribute(data->file, name, &text));
    if (text != NULL) {
        fputs(",[", out);
        bs_html_string(out, name);
        fputc(',', out);
        bs_html_string(out, text);
        fputc(']', out);
    }
    bs_free(text);
    return BS_OK;
}

/* Where the result comes from. */
static bs_status write_details(const plot_data *data, FILE *out)
{
    static const char *const names[] = {"networks", "path",   "images",  "seed", "source",
                                        "backend",  "joined", "history", "host"};
    fputs("\"details\":[[\"file\",", out);
    bs_html_string(out, data->path);
    fputc(']', out);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        BS_TRY(write_attribute(data, names[i], out));
    }
    fputs("],\n", out);
    return BS_OK;
}

static void write_names(const plot_data *data, FILE *out)
{
    fputs("\"networks\":[", out);
    for (int n = 0; n < data->networks; n++) {
        fputs(n > 0 ? "," : "", out);
        bs_html_string(out, bs_plot_data_name(data, n));
    }
    fputs("],\"realisations\":[", out);
    for (int r = 0; r < data->realisations; r++) {
        fprintf(out, "%s%d", r > 0 ? "," : "", data->first_realisation + r);
    }
    fputs("],\"notes\":[", out);
    for (int c = 0; c < data->claim_count; c++) {
        fputs(c > 0 ? "," : "", out);
        bs_html_string(out, data->claims[c]);
    }
    if (data->half_analysed) {
        fputs(data->claim_count > 0 ? "," : "", out);
        bs_html_string(out, "analysis incomplete: derived numbers are missing or old");
    }
    fputs("],\n", out);
}

/* Which training each network is of, and how old it is there. */
static bs_status write_training(const plot_data *data, FILE *out)
{
    plot_series series = {.count = 0};
    if (!bs_plot_series_exist(data->file)) {
        return BS_OK;
    }
    bs_status status = bs_plot_series_read(data, &series);
    if (status == BS_OK) {
        fputs("\"training\":{\"unit\":", out);
        bs_html_string(out, series.age.variable.name);
        fputs(",\"names\":[", out);
        for (int s = 0; s < series.count; s++) {
            char name[256];
            bs_plot_series_name(data, &series, s, name, sizeof name);
            fputs(s > 0 ? "," : "", out);
            bs_html_string(out, name);
        }
        fputs("],\"of\":[", out);
        for (int n = 0; n < data->networks; n++) {
            fprintf(out, "%s%d", n > 0 ? "," : "", series.of[n]);
        }
        fputs("],\"age\":", out);
        bs_html_numbers(out, data->networks, series.age.value);
        fputs("},\n", out);
    }
    bs_plot_series_release(&series);
    return status;
}

/* What the page begins with. */
static bs_status write_initial(const plot_data *data, FILE *out)
{
    const bs_plot_options *options = data->options;
    const char *loss = NULL;
    double clip[2];
    BS_TRY(bs_selection_clip(options->clip, clip));
    for (int v = 0; v < data->schema->value_count && loss == NULL; v++) {
        const char *name = data->schema->values[v].name;
        loss = bs_text_ends_in(name, "_loss") ? name : NULL;
    }
    plot_field field = {0};
    bs_status status = bs_plot_field_read(data, NULL, &field);
    bool logarithmic = field.range.logarithmic;
    bs_plot_field_release(&field);
    BS_TRY(status);
    fprintf(out, "\"initial\":{\"log\":%s,\"low\":", logarithmic ? "true" : "false");
    bs_html_number(out, clip[0]);
    fputs(",\"high\":", out);
    bs_html_number(out, clip[1]);
    fputs(",\"quantity\":", out);
    bs_html_string(out, options->quantity != NULL ? options->quantity : loss);
    fputs("}\n", out);
    return BS_OK;
}

bs_status bs_html_data_write(const plot_data *data, FILE *out)
{
    const bs_surface_schema *schema = data->schema;
    fputs("{\"title\":", out);
    bs_html_string(out, data->title);
    fprintf(out, ",\"summary\":\"%lld points, %d network%s, %d realisation%s\",\n",
            (long long)data->points, schema->networks, schema->networks == 1 ? "" : "s",
            schema->realisations, schema->realisations == 1 ? "" : "s");
    write_axes(data, out);
    write_names(data, out);
    write_places(data, out);
    BS_TRY(write_tracks(data, out));
    BS_TRY(write_quantities(data, out));
    BS_TRY(write_training(data, out));
    BS_TRY(bs_html_panels_write(data, out));
    BS_TRY(write_numbers(data, out));
    BS_TRY(write_details(data, out));
    BS_TRY(write_initial(data, out));
    fputs("}", out);
    return BS_OK;
}
