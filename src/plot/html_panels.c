/* The curves that the views spectrum and branches draw, for the page. */
#include "html_panels.h"

#include <math.h>
#include <string.h>

#include "html_text.h"
#include "line_styles.h"
#include "spectrum_page.h"
#include "views.h"

/* Patterns of plotly.js for those of gnuplot. */
static const char *dash_of(const char *style)
{
    static const char *const patterns[][2] = {{LINE_NULL, "dash"},
                                              {LINE_THEORY, "dot"},
                                              {LINE_SIGNLESS, "dashdot"},
                                              {LINE_GRAFTED, "longdashdot"},
                                              {LINE_INDEPENDENT, "2px,6px"},
                                              {LINE_IMAGES, "14px,7px"},
                                              {LINE_ROUNDING, "14px,5px,2px,5px,2px,5px"}};
    for (size_t i = 0; i < sizeof patterns / sizeof patterns[0]; i++) {
        if (strstr(style, patterns[i][0]) != NULL) {
            return patterns[i][1];
        }
    }
    return "solid";
}

/* [networks][bins]; none at wavenumber 0, which has no place on a logarithmic axis. */
static void write_rows(const plot_spectra *spectra, const double *numbers, FILE *out)
{
    for (int n = 0; n < spectra->networks; n++) {
        fputs(n == 0 ? "[[" : ",[", out);
        for (int64_t k = 0; k < spectra->bins; k++) {
            fputs(k > 0 ? "," : "", out);
            bs_html_number(out, spectra->wavenumber[k] > 0 ? numbers[n * spectra->bins + k]
                                                           : (double)NAN);
        }
        fputc(']', out);
    }
    fputc(']', out);
}

/* A logarithm shows what spans decades, and nothing of what is not positive. */
static bool is_logarithmic(const plot_spectra *spectra)
{
    double min = INFINITY;
    double max = 0;
    for (int64_t i = 0; i < spectra->networks * spectra->bins; i++) {
        double value = spectra->series[0].values[i];
        if (spectra->wavenumber[i % spectra->bins] > 0 && isfinite(value)) {
            min = fmin(min, value);
            max = fmax(max, value);
        }
    }
    return !spectra->linear && min > 0 && max > 30 * min;
}

static void write_panel(const plot_spectra *spectra, const char *title, FILE *out)
{
    char label[256];
    bool blocks = strcmp(spectra->over, PLOT_OVER_BLOCK) == 0;
    bs_plot_label(&spectra->axis, 1e9, label, sizeof label);
    fputs("{\"label\":", out);
    bs_html_string(out, title != NULL ? title : spectra->series[0].variable.long_name);
    fputs(",\"xlabel\":", out);
    bs_html_string(out, label);
    fprintf(out, ",\"xlog\":%s,\"ylog\":%s,\"x\":", blocks ? "false" : "true",
            is_logarithmic(spectra) ? "true" : "false");
    bs_html_numbers(out, spectra->bins, spectra->wavenumber);
    fputs(",\"series\":[", out);
    for (int s = 0; s < spectra->count; s++) {
        const plot_series *series = &spectra->series[s];
        fprintf(out, "%s{\"dash\":\"%s\",\"label\":", s > 0 ? "," : "", dash_of(series->style));
        bs_html_string(out, series->label);
        fputs(",\"values\":", out);
        write_rows(spectra, series->values, out);
        if (series->has_errors) {
            fputs(",\"errors\":", out);
            write_rows(spectra, series->errors, out);
        }
        fputc('}', out);
    }
    fputs("]}\n", out);
}

/* The page of curves of one view, where the file fits it. */
static bs_status write_view(const plot_data *data, const plot_view *view,
                            bs_status (*read)(const plot_data *, plot_spectra_page *),
                            const char **comma, FILE *out)
{
    if (view->needs(data->file) != NULL) {
        return BS_OK;
    }
    plot_data plain = *data;
    const bs_plot_options none = {.quantity = NULL};
    plain.options = &none;
    plot_spectra_page page = {.count = 0};
    bs_status status = read(&plain, &page);
    for (int i = 0; i < page.count && status == BS_OK; i++) {
        if (bs_spectra_any(&page.spectra[i])) {
            fputs(*comma, out);
            write_panel(&page.spectra[i], page.titles[i], out);
            *comma = ",";
        }
    }
    bs_spectra_page_release(&page);
    return status == BS_ERR_INPUT ? BS_OK : status; /* its curves are empty */
}

bs_status bs_html_panels_write(const plot_data *data, FILE *out)
{
    const char *comma = "";
    fputs("\"panels\":[", out);
    BS_TRY(write_view(data, &bs_view_spectrum, bs_spectrum_page_read, &comma, out));
    BS_TRY(write_view(data, &bs_view_branches, bs_branches_page_read, &comma, out));
    fputs("],\n", out);
    return BS_OK;
}
