/* Power spectra of all networks in one picture; of planes and volumes binned by |k|. */
#include "curves.h"
#include "plot_spectrum.h"
#include "views.h"

enum { LEFT = 92, WIDTH = 640, RIGHT = 24, HEIGHT = 420, FOOT = 58 };

static const char *needs_spectrum(bs_surface *file)
{
    return bs_plot_has_spectrum(file) ? NULL : "spectra (`blueshift analyse` computes them)";
}

static bs_status draw(const plot_data *data, plot_figure *figure)
{
    plot_spectra spectra = {0};
    bs_status status = bs_plot_spectra_read(data, data->options->quantity, &spectra);
    if (status == BS_OK) {
        plot_legend legend = {0};
        bs_curves_network_keys(data, &legend);
        bs_plot_spectra_keys(data, &spectra, &legend);
        bs_plot_data_note(data, &legend);
        const char *title = data->title != NULL ? data->title : "";
        figure->width = LEFT + WIDTH + RIGHT;
        double top = bs_figure_title_height(title, figure->width);
        double foot = top + HEIGHT + FOOT;
        figure->height = foot + bs_legend_height(&legend, figure->width - 40) + 8;
        bs_figure_begin(figure);
        bs_figure_title(figure, title);
        bs_legend_draw(figure, &legend, 20, foot, figure->width - 40);
        bs_plot_spectra_draw(data, &spectra, (plot_box){LEFT, top, WIDTH, HEIGHT}, figure);
        bs_figure_end(figure);
    }
    bs_plot_spectra_release(&spectra);
    return status;
}

const plot_view bs_view_spectrum = {
    .name = "spectrum",
    .summary = "power spectra of all networks, by |k|",
    .all = true,
    .needs = needs_spectrum,
    .draw = draw,
};
