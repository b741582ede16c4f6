/* Prints what a result file holds. */
#include "report.h"

#include <inttypes.h>
#include <math.h>

#include "blueshift/analysis_mark.h"
#include "blueshift/memory.h"

/* One surface's figures over its finite points. */
typedef struct figures {
    bs_status_counts counts;
    int64_t finite;
    double sum, least, greatest;
    int64_t least_at, greatest_at;
} figures;

static void add(figures *f, int64_t index, uint8_t status, double value)
{
    f->counts.of[status]++;
    if (status != BS_POINT_DONE || !isfinite(value)) {
        return;
    }
    if (f->finite == 0 || value < f->least) {
        f->least = value;
        f->least_at = index;
    }
    if (f->finite == 0 || value > f->greatest) {
        f->greatest = value;
        f->greatest_at = index;
    }
    f->finite++;
    f->sum += value;
}

/* What the scan of one surface needs. */
typedef struct collecting {
    bs_surface *surface;
    int64_t first; /* point of the surface */
    figures *f;
} collecting;

static bs_status collect_slab(void *context, bs_range part, const uint8_t *status)
{
    const collecting *c = context;
    double *values = bs_alloc((size_t)part.count, sizeof *values);
    if (values == NULL) {
        return BS_ERR_MEMORY;
    }
    bs_status result = bs_surface_read_values(c->surface, 0, part, values);
    for (int64_t i = 0; i < part.count && result == BS_OK; i++) {
        add(c->f, part.first - c->first + i, status[i], values[i]);
    }
    bs_free(values);
    return result;
}

static bs_status collect(bs_surface *surface, bs_range range, figures *f)
{
    collecting c = {.surface = surface, .first = range.first, .f = f};
    return bs_surface_scan_status(surface, range, collect_slab, &c);
}

static void print_place(FILE *out, const bs_grid *grid, int64_t index)
{
    double c[BS_GRID_DIMS];
    bs_grid_coordinates(grid, index, c);
    fprintf(out, "(");
    for (int i = 0; i < grid->ndim; i++) {
        fprintf(out, "%s%.4g", i == 0 ? "" : ", ", c[i]);
    }
    fprintf(out, ")");
}

static void print_figures(FILE *out, const bs_grid *grid, const char *name, int realisation,
                          const figures *f)
{
    fprintf(out, "  %-16s", name);
    if (realisation >= 0) {
        fprintf(out, " #%-3d", realisation);
    }
    if (f->finite == 0) {
        fprintf(out, " no finite point yet");
    } else {
        fprintf(out, " least %.6g at ", f->least);
        print_place(out, grid, f->least_at);
        fprintf(out, ", mean %.6g, greatest %.6g at ", f->sum / (double)f->finite, f->greatest);
        print_place(out, grid, f->greatest_at);
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

bs_status bs_report_print(FILE *out, bs_surface *surface)
{
    const bs_surface_schema *schema = bs_surface_get_schema(surface);
    int64_t points = bs_grid_points(&schema->grid);
    print_shape(out, schema);
    if (bs_surface_is_part(surface)) {
        fprintf(out, "part     of a larger result; what was derived belongs to the whole\n");
    }
    fprintf(out, "%s\n", schema->values[0].name);
    for (int n = 0; n < schema->networks; n++) {
        for (int r = 0; r < schema->realisations; r++) {
            figures f = {.finite = 0};
            int64_t first = ((int64_t)n * schema->realisations + r) * points;
            BS_TRY(collect(surface, (bs_range){first, points}, &f));
            print_figures(out, &schema->grid, schema->network_names[n],
                          schema->realisations > 1 ? r : -1, &f);
        }
    }
    return print_analysis(out, surface);
}
