/* Which networks are of one training, and how old they are. */
#include "training_series.h"

#include <stdio.h>
#include <string.h>

#include "blueshift/experiment.h"
#include "blueshift/memory.h"
#include "blueshift/trajectory_arrays.h"

static const char *age_array(bs_surface *file)
{
    return bs_surface_find_array(file, BS_TRAINING_EPOCH) >= 0 ? BS_TRAINING_EPOCH
                                                               : BS_TRAINING_STEP;
}

bool bs_plot_ages_exist(bs_surface *file)
{
    return bs_surface_find_array(file, age_array(file)) >= 0;
}

bool bs_plot_series_exist(bs_surface *file)
{
    const bs_surface_schema *schema = bs_surface_get_schema(file);
    int marked = 0;
    for (int n = 0; n < schema->networks; n++) {
        marked += strstr(schema->network_names[n], BS_SERIES_MARK) != NULL;
    }
    return marked > 1 && bs_plot_ages_exist(file);
}

/* Bytes of the name that all networks of its series have. */
static size_t series_length(const char *name)
{
    const char *mark = strstr(name, BS_SERIES_MARK);
    return mark != NULL ? (size_t)(mark - name) : strlen(name);
}

/* The series of a network called NAME; COUNT: a new one. */
static int find(const plot_data *data, const plot_series *series, const char *name)
{
    const size_t length = series_length(name);
    int s = 0;
    while (s < series->count) {
        const char *other = bs_plot_data_name(data, series->first[s]);
        if (series_length(other) == length && strncmp(other, name, length) == 0) {
            break;
        }
        s++;
    }
    return s;
}

bs_status bs_plot_series_read(const plot_data *data, plot_series *series)
{
    *series = (plot_series){.of = bs_alloc((size_t)data->networks, sizeof *series->of),
                            .first = bs_alloc((size_t)data->networks, sizeof *series->first)};
    if (series->of == NULL || series->first == NULL) {
        return BS_ERR_MEMORY;
    }
    for (int n = 0; n < data->networks; n++) {
        const int s = find(data, series, bs_plot_data_name(data, n));
        if (s == series->count) {
            series->first[series->count++] = n;
        }
        series->of[n] = s;
    }
    return bs_plot_scalar_read(data, age_array(data->file), &series->age);
}

void bs_plot_series_release(plot_series *series)
{
    bs_plot_scalar_release(&series->age);
    bs_free(series->of);
    bs_free(series->first);
    *series = (plot_series){.count = 0};
}

void bs_plot_series_name(const plot_data *data, const plot_series *series, int number, char *name,
                         size_t length)
{
    const char *whole = bs_plot_data_name(data, series->first[number]);
    snprintf(name, length, "%.*s", (int)series_length(whole), whole);
}
