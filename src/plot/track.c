/* Draws trajectories, and says how much of them a plane shows. */
#include "track.h"

#include <math.h>

#include "blueshift/memory.h"
#include "blueshift/trajectory_arrays.h"
#include "gnuplot.h"

/* On light and dark colours: a line in white below the coloured one. */
enum { TYPE = 2 };
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

void bs_track_data(FILE *script, const plot_track *track)
{
    if (track->count == 0) {
        return;
    }
    fputs("$track << EOD\n", script);
    for (int i = 0; i < track->count; i++) {
        bs_gnuplot_number(script, track->at[2 * (size_t)i]);
        bs_gnuplot_number(script, track->at[2 * (size_t)i + 1]);
        fputc('\n', script);
    }
    fputs("EOD\n", script);
}

void bs_track_plot(FILE *script, const plot_track *track)
{
    if (track->count == 0) {
        return;
    }
    fprintf(script,
            "$track using 1:2 with lines lt -1 lw 3 lc rgb '#ffffff', "
            "$track using 1:2 with linespoints lt %d %s, "
            "$track every ::0::0 using 1:2 with points lt %d pt 6 ps 1.2 lw 1.5, ",
            TYPE, style, TYPE);
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
