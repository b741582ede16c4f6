/* Layout of a page of spectra. */
#include "spectrum_page.h"

#include <string.h>

#include "curves.h"

enum { LEFT = 92, RIGHT = 24, GUTTER = 92, FOOT = 60, COLUMNS = 3 };

/* Says that spectra hold aliases: of one network how much, of several how many. */
static void note_undersampled(const plot_data *data, unsigned of, plot_legend *legend)
{
    char last[BS_UNDERSAMPLED_TEXT] = "";
    int count = 0;
    for (int n = 0; n < data->networks; n++) {
        char text[BS_UNDERSAMPLED_TEXT];
        bs_status status = bs_undersampling_read(data->file, data->network[n], of, text);
        if (status == BS_OK && text[0] != '\0') {
            memcpy(last, text, sizeof last);
            count++;
        }
    }
    if (count > 0 && data->networks == 1) {
        bs_legend_note(legend, "undersampled, so with aliases: %s beyond half of Nyquist", last);
    } else if (count > 0) {
        bs_legend_note(legend,
                       "undersampled, so with aliases: %d of %d networks; blueshift info says "
                       "which and how much",
                       count, data->networks);
    }
}

void bs_spectra_page_draw(const plot_data *data, const plot_spectra_page *page, plot_figure *figure)
{
    plot_legend legend = {0};
    bs_curves_network_keys(data, &legend);
    for (int i = 0; i < page->count; i++) {
        bs_spectra_keys(data, &page->spectra[i], &legend);
    }
    bs_plot_data_note(data, &legend);
    note_undersampled(data, page->undersampling, &legend);
    int columns = page->count == 4 ? 2 : page->count < COLUMNS ? page->count : COLUMNS;
    int rows = (page->count + columns - 1) / columns;
    double width = columns == 1 ? 640 : columns == 2 ? 480 : 400;
    double height = columns == 1 ? 420 : columns == 2 ? 350 : 310;
    double top = bs_page_begin(figure, LEFT + columns * width + (columns - 1) * GUTTER + RIGHT,
                               rows * (height + FOOT), data->title, &legend);
    for (int i = 0; i < page->count; i++) {
        int row = i / columns;
        plot_box box = {LEFT + (i % columns) * (width + GUTTER), top + row * (height + FOOT), width,
                        height};
        plot_spectra_panel panel = {&page->spectra[i], box, i, page->titles[i]};
        bs_spectra_draw(data, &panel, figure);
        bs_figure_letter(figure, box, i, page->count);
    }
    bs_figure_end(figure);
}

void bs_spectra_page_release(plot_spectra_page *page)
{
    for (int i = 0; i < page->count; i++) {
        bs_spectra_release(&page->spectra[i]);
    }
    page->count = 0;
}
