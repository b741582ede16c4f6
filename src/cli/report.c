/* Prints what a result file holds. */
#include "report.h"

#include <inttypes.h>
#include <math.h>

#include "blueshift/analysis_mark.h"
#include "blueshift/memory.h"

enum { SLAB = 1 << 16 };

/* One surface's figures over its finite points. */
typedef struct figures {
    int64_t of[4]; /* points by status */
    int64_t finite;
    double sum, least, greatest;
    int64_t least_at, greatest_at;
} figures;

static void add(figures *f, int64_t index, uint8_t status, double value)
{
    f->of[status & 3]++;
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

static bs_status collect(bs_surface *surface, bs_range range, figures *f)
{
    double *values = bs_alloc(SLAB, sizeof *values);
    uint8_t *status = bs_alloc(SLAB, sizeof *status);
    bs_status result = values == NULL || status == NULL ? BS_ERR_MEMORY : BS_OK;
    for (int64_t first = 0; first < range.count && result == BS_OK; first += SLAB) {
        int64_t count = range.count - first < SLAB ? range.count - first : SLAB;
        bs_range slab = {range.first + first, count};
        result = bs_surface_read_values(surface, 0, slab, values);
        if (result == BS_OK) {
            result = bs_surface_read_status(surface, slab, status);
        }
        for (int64_t i = 0; i < count && result == BS_OK; i++) {
            add(f, first + i, status[i], values[i]);
        }
    }
    bs_free(values);
    bs_free(status);
    return result;
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
    if (f->of[BS_POINT_NON_FINITE] > 0) {
        fprintf(out, "; %" PRId64 " non-finite", f->of[BS_POINT_NON_FINITE]);
    }
    if (f->of[BS_POINT_PENDING] > 0) {
        fprintf(out, "; %" PRId64 " pending", f->of[BS_POINT_PENDING]);
    }
    if (f->of[BS_POINT_FAILED] > 0) {
        fprintf(out, "; %" PRId64 " failed", f->of[BS_POINT_FAILED]);
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
