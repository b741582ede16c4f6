/* From a demo's dataset to its picture. */
#include "blueshift/plot_demo.h"

#include <string.h>

#include "demo_views.h"
#include "gnuplot.h"

static bs_status lay_out(const bs_dataset *dataset, plot_figure *figure)
{
    static const struct {
        const char *demo;
        bs_status (*view)(const bs_dataset *dataset, plot_figure *figure);
    } views[] = {{"fbm", bs_demo_view_fbm},
                 {"averaging", bs_demo_view_averaging},
                 {"plane", bs_demo_view_plane}};
    for (size_t i = 0; i < sizeof views / sizeof views[0]; i++) {
        if (strcmp(bs_dataset_attribute(dataset, "demo"), views[i].demo) == 0) {
            return views[i].view(dataset, figure);
        }
    }
    return BS_FAIL(BS_ERR_INPUT, "there is no picture of a demo '%s'",
                   bs_dataset_attribute(dataset, "demo"));
}

bs_status bs_plot_demo(const bs_dataset *dataset, const char *output, bool replace)
{
    plot_figure figure = {0};
    BS_TRY(bs_gnuplot_check(output));
    BS_TRY(bs_plot_demo_check(dataset));
    bs_status status = bs_figure_open(&figure);
    if (status == BS_OK) {
        status = lay_out(dataset, &figure);
    }
    if (status == BS_OK) {
        status = bs_gnuplot_draw(output, replace, figure.width, figure.height, figure.script);
    }
    bs_figure_release(&figure);
    return status;
}
