/* A result file as a table: one row per point, readable by any program. */
#include <math.h>
#include <string.h>

#include <netcdf.h>

#include "blueshift/memory.h"
#include "blueshift/text.h"
#include "conversion.h"

/* The length of the one of WORDS, which NULL ends, that TEXT begins with; 0 when none. */
static size_t begins_with(const char *text, const char *const *words)
{
    for (; *words != NULL; words++) {
        if (strncmp(text, *words, strlen(*words)) == 0) {
            return strlen(*words);
        }
    }
    return 0;
}

/* Whether a spreadsheet may run TEXT as a formula: some pass over blanks in front of its sign, and
 * some take full-width signs for what they show. A tab or a return itself ends a cell in some. */
static bool is_formula(const char *text)
{
    static const char *const signs[] = {"=",      "+",      "-",      "@", "\uff1d",
                                        "\uff0b", "\uff0d", "\uff20", NULL};
    static const char *const ends[] = {"\t", "\r", NULL};
    static const char *const blanks[] = {" ",      "\t",     "\n",     "\v",     "\f",     "\r",
                                         "\u00a0", "\u2003", "\u200b", "\u3000", "\ufeff", NULL};
    if (begins_with(text, ends) > 0) {
        return true;
    }
    for (size_t blank = begins_with(text, blanks); blank > 0; blank = begins_with(text, blanks)) {
        text += blank;
    }
    return begins_with(text, signs) > 0;
}

/* TEXT as one field: quoted where RFC 4180 wants it. What a spreadsheet would run as a formula gets
 * an apostrophe in front, by which spreadsheets take it for text. */
static void print_field(FILE *out, const char *text)
{
    const char *guard = is_formula(text) ? "'" : "";
    if (text[strcspn(text, ",\"\r\n")] == '\0') {
        fprintf(out, "%s%s", guard, text);
        return;
    }
    fprintf(out, "\"%s", guard);
    for (const char *c = text; *c != '\0'; c++) {
        if (*c == '"') {
            fputc('"', out);
        }
        fputc(*c, out);
    }
    fputc('"', out);
}

/* Empty where there is none yet. */
static void print_number(FILE *out, double number)
{
    char text[BS_TEXT_DOUBLE];
    if (number == NC_FILL_DOUBLE) {
        return;
    }
    if (isnan(number)) {
        fputs("nan", out);
        return;
    }
    bs_text_from_double(number, text);
    fputs(text, out);
}

static void print_header(FILE *out, const bs_surface_schema *schema)
{
    fputs("network,realisation", out);
    for (int axis = 0; axis < schema->grid.ndim; axis++) {
        fputc(',', out);
        print_field(out, schema->axes[axis].name);
    }
    for (int v = 0; v < schema->value_count; v++) {
        fputc(',', out);
        print_field(out, schema->values[v].name);
    }
    fputs(",status\n", out);
}

static const char *status_name(uint8_t status)
{
    static const char *const names[] = {"pending", "done", "non_finite", "failed"};
    return names[status];
}

/* The surface of chosen network N and realisation R; VALUES [value_count][BS_CONVERSION_CHUNK]. */
static bs_status print_surface(bs_conversion *c, FILE *out, int n, int r, double *values)
{
    const bs_surface_schema *schema = c->schema;
    int64_t points = bs_grid_points(&schema->grid);
    int64_t first = bs_conversion_first(c, n, r);
    for (int64_t done = 0; done < points; done += BS_CONVERSION_CHUNK) {
        bs_range part = bs_conversion_part(points, done);
        part.first += first;
        for (int v = 0; v < schema->value_count; v++) {
            BS_TRY(bs_surface_read_values(c->surface, v, part,
                                          values + (int64_t)v * BS_CONVERSION_CHUNK));
        }
        BS_TRY(bs_surface_read_status(c->surface, part, c->status));
        for (int64_t i = 0; i < part.count; i++) {
            double x[BS_GRID_DIMS];
            bs_grid_coordinates(&schema->grid, done + i, x);
            print_field(out, schema->network_names[c->selection.network[n]]);
            fprintf(out, ",%d", c->selection.first_realisation + r);
            for (int axis = 0; axis < schema->grid.ndim; axis++) {
                fputc(',', out);
                print_number(out, x[axis]);
            }
            for (int v = 0; v < schema->value_count; v++) {
                fputc(',', out);
                print_number(out, values[(int64_t)v * BS_CONVERSION_CHUNK + i]);
            }
            fprintf(out, ",%s\n", status_name(c->status[i]));
        }
        /* A full disk is noticed here, not after the whole table. */
        BS_TRY(bs_output_file_put(c->output, out, "", 0));
    }
    return BS_OK;
}

static bs_status print_table(bs_conversion *c, FILE *out)
{
    size_t count = (size_t)c->schema->value_count * BS_CONVERSION_CHUNK;
    double *values = bs_alloc(count, sizeof *values);
    bs_status status = values == NULL ? BS_ERR_MEMORY : BS_OK;
    print_header(out, c->schema);
    for (int n = 0; n < c->selection.networks; n++) {
        for (int r = 0; r < c->selection.realisations && status == BS_OK; r++) {
            status = print_surface(c, out, n, r, values);
        }
    }
    bs_free(values);
    return status;
}

const bs_conversion_format bs_format_csv = {
    .name = "csv",
    .summary = "a table, one row per point",
    .suffixes = ".csv",
    .min_axes = 1,
    .max_axes = BS_GRID_DIMS,
    .selects = true,
    .write = print_table,
};
