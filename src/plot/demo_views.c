/* What the pictures of the demos share. */
#include "demo_views.h"

#include "gnuplot.h"

bs_status bs_demo_view_values(const bs_dataset *dataset, const char *name, const double **values)
{
    *values = bs_dataset_values(dataset, name);
    if (*values == NULL) {
        return BS_FAIL(BS_ERR_INPUT, "the demo's file has no %s; run the demo again", name);
    }
    return BS_OK;
}

void bs_demo_view_panel(plot_figure *figure, plot_box box, const char *title, const char *x,
                        const char *y)
{
    FILE *script = figure->script;
    bs_figure_place(figure, box);
    fputs("set border 3 lc rgb '#404040'\nset grid lc rgb '#e0e0e0' lw 1 lt 1 dt 1\nset title ",
          script);
    char lettered[128];
    snprintf(lettered, sizeof lettered, "(%c)  %s", 'a' + figure->panels++, title);
    bs_gnuplot_text(script, lettered);
    fputs(" noenhanced font ',10' offset 0,-0.5\nset xlabel ", script);
    bs_gnuplot_text(script, x);
    fputs(" noenhanced offset 0,0.3\nset ylabel ", script);
    bs_gnuplot_text(script, y);
    fputs(" noenhanced\n", script);
}

void bs_demo_view_row(FILE *script, int count, const double *values)
{
    for (int i = 0; i < count; i++) {
        bs_gnuplot_number(script, values[i]);
    }
    fputc('\n', script);
}

double bs_demo_view_begin(const bs_dataset *dataset, double width, double body,
                          const plot_legend *legend, plot_figure *figure)
{
    return bs_page_begin(figure, width, body, bs_dataset_attribute(dataset, "title"), legend);
}
