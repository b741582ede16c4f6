/* From a demo's dataset to its picture. */
#include "blueshift/plot_demo.h"

#include <string.h>

#include "demo_views.h"
#include "gnuplot.h"

static bs_status lay_out(const void *context, plot_figure *figure)
{
    const bs_dataset *dataset = context;
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
    BS_TRY(bs_gnuplot_check(output));
    BS_TRY(bs_plot_demo_check(dataset));
    return bs_figure_write(output, replace, lay_out, dataset);
}
