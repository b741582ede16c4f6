/* How a page begins: its size, the title above the panels and the legend below. */
#include "figure.h"

enum { MARGIN = 20, FOOT = 8 };

double bs_page_begin(plot_figure *figure, double width, double body, const char *title,
                     const plot_legend *legend)
{
    double room = width - 2 * MARGIN;
    const char *text = title != NULL ? title : "";
    double top = bs_figure_title_height(text, room);
    figure->width = width;
    figure->height = top + body + bs_legend_height(legend, room) + FOOT;
    fputs("set multiplot\n", figure->script);
    bs_figure_title(figure, text, room);
    bs_legend_draw(figure, legend, MARGIN, top + body, room);
    return top;
}
