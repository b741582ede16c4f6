/* Prints what a result file holds. */
#include "report.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "blueshift/analysis_mark.h"
#include "blueshift/curvature.h"
#include "blueshift/derived.h"
#include "blueshift/memory.h"
#include "blueshift/text.h"
#include "blueshift/undersampling.h"
#include "info_text.h"
#include "report_barrier.h"
#include "report_trajectory.h"

enum { NAME_LENGTH = 64, CELL = 18 };

/* What a line says of some surfaces that lie side by side in the file: over their finite points. */
typedef struct summary {
    bs_status_counts counts;
    int64_t finite;
    double sum, min, max;
    int64_t min_at, max_at;
} summary;

static void add(summary *f, int64_t index, uint8_t status, double value)
{
    f->counts.of[status]++;
    if (status != BS_POINT_DONE || !isfinite(value)) {
        return;
    }
    if (f->finite == 0 || value < f->min) {
        f->min = value;
        f->min_at = index;
    }
    if (f->finite == 0 || value > f->max) {
        f->max = value;
        f->max_at = index;
    }
    f->finite++;
    f->sum += value;
}

/* What the scan of a line's surfaces needs. */
typedef struct collecting {
    bs_surface *surface;
    int value;
    summary *f;
} collecting;

static bs_status collect_slab(void *context, bs_range part, const uint8_t *status)
{
    const collecting *c = context;
    double *values = bs_alloc((size_t)part.count, sizeof *values);
    if (values == NULL) {
        return BS_ERR_MEMORY;
    }
    bs_status result = bs_surface_read_values(c->surface, c->value, part, values);
    for (int64_t i = 0; i < part.count && result == BS_OK; i++) {
        add(c->f, part.first + i, status[i], values[i]);
    }
    bs_free(values);
    return result;
}

static bs_status collect(bs_surface *surface, int value, bs_range range, summary *f)
{
    collecting c = {.surface = surface, .value = value, .f = f};
    return bs_surface_scan_status(surface, range, collect_slab, &c);
}

/* Coordinates of a point of the file; with its realisation when the line speaks of several. */
static void print_place(FILE *out, const bs_surface_schema *schema, int64_t index, bool several)
{
    double c[BS_GRID_DIMS];
    const int64_t points = bs_grid_points(&schema->grid);
    bs_grid_coordinates(&schema->grid, index % points, c);
    fprintf(out, "(");
    for (int i = 0; i < schema->grid.ndim; i++) {
        fprintf(out, "%s%.4g", i == 0 ? "" : ", ", c[i]);
    }
    fprintf(out, ")");
    if (several) {
        fprintf(out, " of #%" PRId64, index / points % schema->realisations);
    }
}

static void print_summary(FILE *out, const bs_surface_schema *schema, const summary *f,
                          bool several)
{
    if (f->finite == 0) {
        fprintf(out, " no finite point yet");
    } else {
        fprintf(out, " min %.6g at ", f->min);
        print_place(out, schema, f->min_at, several);
        fprintf(out, ", mean %.6g, max %.6g at ", f->sum / (double)f->finite, f->max);
        print_place(out, schema, f->max_at, several);
    }
    if (f->counts.of[BS_POINT_NON_FINITE] > 0) {
        fprintf(out, "; %" PRId64 " non-finite", f->counts.of[BS_POINT_NON_FINITE]);
    }
    if (f->counts.of[BS_POINT_PENDING] > 0) {
        fprintf(out, "; %" PRId64 " pending", f->counts.of[BS_POINT_PENDING]);
    }
    if (f->counts.of[BS_POINT_FAILED] > 0) {
        fprintf(out, "; %" PRId64 " failed", f->counts.of[BS_POINT_FAILED]);
    }
    fprintf(out, "\n");
}

static void print_shape(FILE *out, const bs_surface_schema *schema)
{
    static const char *const letters[BS_GRID_DIMS] = {"x", "y", "z"};
    fprintf(out, "grid     ");
    for (int i = 0; i < schema->grid.ndim && i < BS_GRID_DIMS; i++) {
        const bs_axis *axis = &schema->grid.axis[i];
        fprintf(out, "%s%s %.4g to %.4g in %" PRId64 " points%s", i == 0 ? "" : ", ", letters[i],
                axis->from, axis->to, axis->points, axis->endpoint ? "" : " (end not included)");
    }
    fprintf(out, "; %d network%s, %d realisation%s\n", schema->networks,
            schema->networks == 1 ? "" : "s", schema->realisations,
            schema->realisations == 1 ? "" : "s");
}

/* A file without an analysis is still on its way; one with half of it looks whole. */
static bs_status print_analysis(FILE *out, bs_surface *surface)
{
    bs_analysis_state state;
    BS_TRY(bs_analysis_mark_read(surface, &state));
    if (state == BS_ANALYSIS_INCOMPLETE) {
        fprintf(out, "analysis incomplete: derived arrays are missing or old; the same sweep, or "
                     "blueshift analyse, completes it\n");
    }
    return BS_OK;
}

/* One line about SURFACES (pairs of network and realisation). */
static bs_status print_line(FILE *out, bs_surface *file, int value, bs_range surfaces,
                            const char *name)
{
    const bs_surface_schema *schema = bs_surface_get_schema(file);
    const int64_t points = bs_grid_points(&schema->grid);
    summary f = {.finite = 0};
    BS_TRY(collect(file, value, (bs_range){surfaces.first * points, surfaces.count * points}, &f));
    bs_info_print_name(out, name, bs_info_name_room(schema->networks, schema->network_names));
    if (schema->realisations > 1 && surfaces.count == 1) {
        fprintf(out, " #%-3" PRId64, surfaces.first % schema->realisations);
    } else if (schema->realisations > 1) {
        fprintf(out, " %-4s", surfaces.count == schema->realisations ? "all" : "");
    }
    print_summary(out, schema, &f, surfaces.count > 1 && schema->realisations > 1);
    return BS_OK;
}

/* Names the networks whose grid is too coarse, as far as the analysis knows. */
static bs_status print_undersampled(FILE *out, bs_surface *surface)
{
    const bs_surface_schema *schema = bs_surface_get_schema(surface);
    int lines = 0;
    for (int n = 0; n < schema->networks; n++) {
        char text[BS_UNDERSAMPLED_TEXT];
        BS_TRY(bs_undersampling_read(surface, n, BS_UNDERSAMPLING_WHOLE | BS_UNDERSAMPLING_BRANCHES,
                                     text));
        if (text[0] != '\0' && lines++ < BS_INFO_LINES_MAX) {
            fputs(lines == 1 ? "undersampled: power beyond half of Nyquist, where more than 1 % "
                               "means aliases; take more points or a shorter path\n"
                             : "",
                  out);
            bs_info_print_name(out, schema->network_names[n],
                               bs_info_name_room(schema->networks, schema->network_names));
            fprintf(out, " %s\n", text);
        }
    }
    if (lines > BS_INFO_LINES_MAX) {
        fprintf(out, "  and %d more networks\n", lines - BS_INFO_LINES_MAX);
    }
    return BS_OK;
}

/* What is compared between networks, each where the file has it. */
static const struct {
    const char *quantity, *heading;
    int64_t index;
} columns[] = {
    {"second_moment", "<k^2>", 0},
    {"high_fraction", "high fraction", 0},
    {"tail_slope", "tail slope", 0},
    {"roughness", "roughness", 0},
    {"log_second_moment", "<k^2> of the log", 0},
    {"local_minima", "local minima", BS_REGION_ALL},
    {"negative_curvature", "neg. curvature", BS_REGION_ALL},
    {"logits_normalised_second_moment", "<k^2> of logits", 0},
};
enum { COLUMNS = sizeof columns / sizeof columns[0] };

static bs_status print_derived_row(FILE *out, bs_surface *surface, int network, int room,
                                   const bool shown[COLUMNS])
{
    bs_info_print_name(out, bs_surface_get_schema(surface)->network_names[network], room);
    for (int c = 0; c < COLUMNS; c++) {
        bs_derived number;
        char text[BS_DERIVED_TEXT];
        if (shown[c]) {
            BS_TRY(
                bs_derived_read(surface, columns[c].quantity, network, columns[c].index, &number));
            bs_derived_print(&number, text);
            fprintf(out, " %*s", CELL, isnan(number.mean) ? "" : text);
        }
    }
    fprintf(out, "\n");
    return BS_OK;
}

/* The derived numbers of every network, with their errors over the realisations. */
static bs_status print_derived(FILE *out, bs_surface *surface)
{
    const bs_surface_schema *schema = bs_surface_get_schema(surface);
    bool shown[COLUMNS] = {false}, any = false;
    for (int c = 0; c < COLUMNS; c++) {
        for (int n = 0; n < schema->networks && !shown[c]; n++) {
            bs_derived number;
            BS_TRY(bs_derived_read(surface, columns[c].quantity, n, columns[c].index, &number));
            shown[c] = !isnan(number.mean);
        }
        any = any || shown[c];
    }
    if (!any) {
        return BS_OK;
    }
    const int room = bs_info_name_room(schema->networks, schema->network_names);
    fprintf(out, "%-*s", room + 2, "derived");
    for (int c = 0; c < COLUMNS; c++) {
        if (shown[c]) {
            fprintf(out, " %*s", CELL, columns[c].heading);
        }
    }
    fprintf(out, "\n");
    for (int n = 0; n < schema->networks && n < BS_INFO_LINES_MAX; n++) {
        BS_TRY(print_derived_row(out, surface, n, room, shown));
    }
    if (schema->networks > BS_INFO_LINES_MAX) {
        fprintf(out, "  and %d more networks\n", schema->networks - BS_INFO_LINES_MAX);
    }
    return BS_OK;
}

/* The surfaces of VALUE. A summary stays one: a line per surface while these are few, else per
 * network. */
static bs_status print_value(FILE *out, bs_surface *file, int value)
{
    const bs_surface_schema *schema = bs_surface_get_schema(file);
    const int64_t surfaces = (int64_t)schema->networks * schema->realisations;
    const int64_t step = surfaces <= BS_INFO_LINES_MAX ? 1 : schema->realisations;
    fprintf(out, "%s\n", schema->values[value].name);
    int64_t next = 0;
    for (int line = 0; line < BS_INFO_LINES_MAX && next < surfaces; line++, next += step) {
        const char *name = schema->network_names[next / schema->realisations];
        BS_TRY(print_line(out, file, value, (bs_range){next, step}, name));
    }
    if (next < surfaces) {
        char name[NAME_LENGTH];
        snprintf(name, sizeof name, "%" PRId64 " more networks", (surfaces - next) / step);
        BS_TRY(print_line(out, file, value, (bs_range){next, surfaces - next}, name));
    }
    return BS_OK;
}

bs_status bs_report_print(FILE *out, bs_surface *file)
{
    const bs_surface_schema *schema = bs_surface_get_schema(file);
    print_shape(out, schema);
    if (bs_surface_is_part(file)) {
        fprintf(out, "part     of a larger result; what was derived belongs to the whole\n");
    }
    for (int v = 0; v < schema->value_count; v++) {
        if (v == 0 || bs_text_ends_in(schema->values[v].name, "_loss")) {
            BS_TRY(print_value(out, file, v));
        }
    }
    BS_TRY(bs_report_trajectories(out, file));
    BS_TRY(bs_report_barriers(out, file));
    BS_TRY(print_derived(out, file));
    BS_TRY(print_undersampled(out, file));
    BS_TRY(bs_surface_judge_claims(file, bs_info_print_claim, out));
    return print_analysis(out, file);
}

bs_status bs_report_path(FILE *out, const char *path)
{
    bs_surface *file = NULL;
    BS_TRY(bs_surface_open_read(&bs_comm_alone, path, &file));
    bs_status status = bs_report_print(out, file);
    bs_status closed = bs_surface_close(file);
    return status != BS_OK ? status : closed;
}
