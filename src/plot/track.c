/* Draws trajectories, and says how much of them a plane shows. */
#include "track.h"

#include <math.h>

#include "blueshift/memory.h"
#include "blueshift/trajectory_arrays.h"
#include "gnuplot.h"

/* On light and dark colours: a line in white below the coloured one. */
enum { TYPE = 2, STEPS = 16 };
static const char style[] = "lw 1.4";

/* Row of chosen network N of array NAME, into a block for bs_free; NULL where there is none such,
 * or nothing is written in it. Gives the array. */
static bs_status read_row(const plot_data *data, int n, const char *name, const bs_array **array,
                          double **row)
{
    const int index = bs_surface_find_array(data->file, name);
    *row = NULL;
    *array = index < 0 ? NULL : &data->schema->arrays[index];
    if (*array == NULL || (*array)->kind != BS_ARRAY_NETWORK) {
        return BS_OK;
    }
    double *numbers = bs_alloc((size_t)bs_array_row(*array), sizeof *numbers);
    if (numbers == NULL) {
        return BS_ERR_MEMORY;
    }
    bs_status status =
        bs_surface_read_array(data->file, index, (bs_range){data->network[n], 1}, numbers);
    if (status != BS_OK || bs_plot_is_missing(numbers[0])) {
        bs_free(numbers);
        return status;
    }
    *row = numbers;
    return BS_OK;
}

bs_status bs_track_read(const plot_data *data, int n, plot_track *track)
{
    const bs_array *array = NULL;
    double *row = NULL;
    *track = (plot_track){.count = 0};
    BS_TRY(read_row(data, n, BS_TRAJECTORY_COORDINATE, &array, &row));
    if (row == NULL || array->ndim != 2 || array->dims[1].length != 2) {
        bs_free(row);
        return BS_OK;
    }
    track->at = row;
    while (track->count < array->dims[0].length && isfinite(row[2 * (size_t)track->count])) {
        track->count++;
    }
    return BS_OK;
}

void bs_track_release(plot_track *track)
{
    bs_free(track->at);
    *track = (plot_track){.count = 0};
}

/* A line of a block: x, y, and the height where there is a surface. */
static void write_place(FILE *script, const double at[2], plot_height height, const void *surface)
{
    bs_gnuplot_number(script, at[0]);
    bs_gnuplot_number(script, at[1]);
    if (height != NULL) {
        bs_gnuplot_number(script, height(surface, at));
    }
    fputc('\n', script);
}

/* The way from one weight to the next, over hills and valleys. */
static void write_way(FILE *script, const plot_track *track, plot_height height,
                      const void *surface)
{
    fputs("$way << EOD\n", script);
    for (int i = 0; i + 1 < track->count; i++) {
        const double *from = &track->at[2 * (size_t)i];
        for (int step = 0; step <= STEPS; step++) {
            const double part = (double)step / STEPS;
            const double at[2] = {from[0] + part * (from[2] - from[0]),
                                  from[1] + part * (from[3] - from[1])};
            write_place(script, at, height, surface);
        }
    }
    fputs("EOD\n", script);
}

void bs_track_data(FILE *script, const plot_track *track, plot_height height, const void *surface)
{
    if (track->count == 0) {
        return;
    }
    fputs("$track << EOD\n", script);
    for (int i = 0; i < track->count; i++) {
        write_place(script, &track->at[2 * (size_t)i], height, surface);
    }
    fputs("EOD\n", script);
    if (height != NULL) {
        write_way(script, track, height, surface);
    }
}

void bs_track_plot(FILE *script, const plot_track *track, bool surface)
{
    const char *columns = surface ? "1:2:3" : "1:2";
    const char *way = surface ? "$way" : "$track";
    if (track->count == 0) {
        return;
    }
    fprintf(script,
            "%s using %s with lines lt -1 lw 3 lc rgb '#ffffff', "
            "%s using %s with lines lt %d %s, "
            "$track using %s with points lt %d %s, "
            "$track every ::0::0 using %s with points lt %d pt 6 ps 1.2 lw 1.5, ",
            way, columns, way, columns, TYPE, style, columns, TYPE, style, columns, TYPE);
}

bs_status bs_track_note(const plot_data *data, plot_legend *legend)
{
    bool any = false;
    for (int n = 0; n < data->networks; n++) {
        const bs_array *array = NULL;
        double *row = NULL;
        BS_TRY(read_row(data, n, BS_TRAJECTORY_VARIANCE, &array, &row));
        if (row != NULL && array->dims[0].length > 1 && data->schema->grid.ndim == 2) {
            if (!any) {
                bs_legend_add(legend, KEY_LINE, TYPE, style,
                              "weights of the training, from the first (circle) on");
            }
            any = true;
            bs_legend_note(legend,
                           "%s: the plane's directions explain %.1f and %.1f %% of the "
                           "variance of its weights",
                           bs_plot_data_name(data, n), 100.0 * row[0], 100.0 * row[1]);
        }
        bs_free(row);
    }
    return BS_OK;
}
