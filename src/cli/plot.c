/* From a result file to a picture. */
#include "plot.h"

#include <stdio.h>
#include <string.h>

#include "blueshift/comm.h"
#include "blueshift/log.h"
#include "blueshift/memory.h"
#include "blueshift/surface.h"
#include "gnuplot.h"
#include "plot_data.h"
#include "plot_draw.h"

/* FILE with .png instead of .nc; for bs_free. */
static char *picture_name(const char *file)
{
    size_t stem = strlen(file);
    if (stem > 3 && strcmp(file + stem - 3, ".nc") == 0) {
        stem -= 3;
    }
    size_t length = stem + sizeof ".png";
    char *name = bs_alloc(length, 1);
    if (name != NULL) {
        snprintf(name, length, "%.*s.png", (int)stem, file);
    }
    return name;
}

static bs_status draw(const plot_data *data, const char *output)
{
    bool path = data->schema->grid.ndim == 1;
    FILE *script = NULL;
    BS_TRY(bs_gnuplot_open(output, path ? bs_plot_lines_size(data) : bs_plot_maps_size(data),
                           &script));
    if (path) {
        bs_plot_lines(data, script);
    } else {
        bs_plot_maps(data, script);
    }
    bs_status status = bs_gnuplot_run(script, output);
    fclose(script);
    return status;
}

static bs_status draw_file(const bs_comm *self, const char *file, const char *output)
{
    bs_surface *surface = NULL;
    BS_TRY(bs_surface_open_read(self, file, &surface));
    plot_data data = {0};
    bs_status status = bs_plot_data_read(surface, &data);
    if (status == BS_OK) {
        status = draw(&data, output);
    }
    bs_plot_data_release(&data);
    bs_status closed = bs_surface_close(surface);
    return status != BS_OK ? status : closed;
}

bs_status bs_plot(const char *file, const char *output)
{
    char *name = output != NULL ? bs_strdup(output) : picture_name(file);
    if (name == NULL) {
        return BS_ERR_MEMORY;
    }
    bs_comm self = {.mpi = MPI_COMM_NULL};
    bs_status status = bs_gnuplot_check(name);
    if (status == BS_OK) {
        status = bs_comm_create(MPI_COMM_SELF, &self);
    }
    if (status == BS_OK) {
        status = draw_file(&self, file, name);
    }
    if (status == BS_OK) {
        bs_log(BS_LOG_INFO, "picture: %s", name);
    }
    bs_comm_release(&self);
    bs_free(name);
    return status;
}
