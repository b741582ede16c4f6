/* Prints which images make the barrier between the two ends of a line. */
#include "report_barrier.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

#include <netcdf.h>

#include "blueshift/memory.h"
#include "blueshift/observables.h"
#include "info_text.h"

enum { SHOWN = 3, NOWHERE = -1, UNKNOWN = -2 };

/* How far an image's loss is above the straight line between those of the ends. */
typedef struct excess {
    int64_t image;
    double height;
} excess;

/* The losses of the images along one line of the file. */
typedef struct line {
    bs_surface *file;
    int array;
    int64_t first, points, images; /* FIRST: the line's first point in the file */
    double *ends[2], *inner;       /* [images] */
    excess *order;                 /* [images] */
} line;

static void release(line *l)
{
    bs_free(l->ends[0]);
    bs_free(l->ends[1]);
    bs_free(l->inner);
    bs_free(l->order);
}

static bs_status allocate(line *l)
{
    const size_t images = (size_t)l->images;
    l->ends[0] = bs_alloc(images, sizeof *l->ends[0]);
    l->ends[1] = bs_alloc(images, sizeof *l->ends[1]);
    l->inner = bs_alloc(images, sizeof *l->inner);
    l->order = bs_alloc(images, sizeof *l->order);
    bool whole = l->ends[0] != NULL && l->ends[1] != NULL && l->inner != NULL && l->order != NULL;
    return whole ? BS_OK : BS_ERR_MEMORY;
}

static bs_status read_point(line *l, int64_t point, double *losses)
{
    return bs_surface_read_array(l->file, l->array, (bs_range){l->first + point, 1}, losses);
}

/* The mean excess of point POINT, whose losses are in l->inner; images in their order. */
static double measure(line *l, int64_t point)
{
    const double t = (double)point / (double)(l->points - 1);
    double sum = 0.0;
    for (int64_t i = 0; i < l->images; i++) {
        const double straight = (1.0 - t) * l->ends[0][i] + t * l->ends[1][i];
        l->order[i] = (excess){i, l->inner[i] - straight};
        sum += l->order[i].height;
    }
    return sum / (double)l->images;
}

/* The highest first, equal ones in the order of the images. */
static int compare(const void *a, const void *b)
{
    const excess *x = a;
    const excess *y = b;
    return x->height > y->height   ? -1
           : x->height < y->height ? 1
           : x->image < y->image   ? -1
                                   : x->image > y->image;
}

/* Where the mean is highest above the line; NOWHERE; UNKNOWN as long as points are missing. */
static bs_status find_barrier(line *l, int64_t *highest, double *height)
{
    *highest = NOWHERE;
    *height = 0.0;
    BS_TRY(read_point(l, 0, l->ends[0]));
    BS_TRY(read_point(l, l->points - 1, l->ends[1]));
    for (int64_t p = 1; p + 1 < l->points; p++) {
        BS_TRY(read_point(l, p, l->inner));
        const double mean = measure(l, p);
        if (!isfinite(mean) || fabs(mean) > 1e-3 * NC_FILL_DOUBLE) {
            *highest = UNKNOWN;
            return BS_OK;
        }
        *highest = mean > *height ? p : *highest;
        *height = mean > *height ? mean : *height;
    }
    return BS_OK;
}

static bs_status print_barrier(FILE *out, line *l, const bs_axis *axis)
{
    int64_t highest = NOWHERE;
    double height = 0.0;
    BS_TRY(find_barrier(l, &highest, &height));
    if (highest < 0) {
        fprintf(out, " %s\n", highest == NOWHERE ? "none between the ends" : "not known yet");
        return BS_OK;
    }
    BS_TRY(read_point(l, highest, l->inner));
    measure(l, highest);
    qsort(l->order, (size_t)l->images, sizeof *l->order, compare);
    const double half = 0.5 * height * (double)l->images;
    double sum = 0.0;
    int64_t few = 0;
    while (few < l->images && sum < half) {
        sum += l->order[few++].height;
    }
    const bs_grid grid = {.ndim = 1, .axis = {*axis}};
    double x[BS_GRID_DIMS] = {0};
    bs_grid_coordinates(&grid, highest, x);
    fprintf(out,
            " %.4g above the line between the ends at x = %.4g, half of it from %" PRId64
            " of %" PRId64 " images:",
            height, x[0], few, l->images);
    for (int64_t i = 0; i < few && i < SHOWN; i++) {
        fprintf(out, "%s %" PRId64 " (%.3g)", i > 0 ? "," : "", l->order[i].image,
                l->order[i].height);
    }
    fprintf(out, "%s\n", few > SHOWN ? ", ..." : "");
    return BS_OK;
}

bs_status bs_report_barriers(FILE *out, bs_surface *file)
{
    const bs_surface_schema *schema = bs_surface_get_schema(file);
    const int array = bs_surface_find_array(file, BS_IMAGE_LOSS);
    const bs_axis *axis = &schema->grid.axis[0];
    const int surfaces = schema->networks * schema->realisations;
    if (array < 0 || schema->grid.ndim != 1 || !axis->endpoint || axis->points < 3) {
        return BS_OK;
    }
    line l = {.file = file,
              .array = array,
              .points = axis->points,
              .images = bs_array_row(&schema->arrays[array])};
    bs_status status = allocate(&l);
    for (int s = 0; s < surfaces && s < BS_INFO_LINES_MAX && status == BS_OK; s++) {
        l.first = s * l.points;
        fputs(s == 0 ? "barrier of the images\n" : "", out);
        bs_info_print_name(out, schema->network_names[s / schema->realisations],
                           bs_info_name_room(schema->networks, schema->network_names));
        if (schema->realisations > 1) {
            fprintf(out, " #%-3d", s % schema->realisations);
        }
        status = print_barrier(out, &l, axis);
    }
    release(&l);
    return status;
}
