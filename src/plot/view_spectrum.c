/* Power spectra of all networks in one picture; of planes and volumes binned by |k|. */
#include "spectrum_page.h"
#include "views.h"

static const char *needs_spectrum(bs_surface *file)
{
    return bs_spectra_exist(file) ? NULL : "spectra, which `blueshift analyse` computes";
}

/* The loss, and beside it the logits, which theory knows; or the quantity that was asked for. */
static bs_status read_page(const plot_data *data, plot_spectra_page *page)
{
    BS_TRY(bs_spectra_open(data, &page->spectra[page->count++]));
    if (data->options->quantity != NULL) {
        return bs_spectra_add(data, data->options->quantity, "lw 1.5", NULL, &page->spectra[0]);
    }
    BS_TRY(bs_spectra_add_power(data, &page->spectra[0]));
    if (!bs_spectra_has(data->file, "logits_power_mean")) {
        return BS_OK;
    }
    BS_TRY(bs_spectra_open(data, &page->spectra[page->count++]));
    BS_TRY(bs_spectra_add(data, "logits_power_mean", "lw 1.5", NULL, &page->spectra[1]));
    return bs_spectra_add_optional(data, "theory_power", "lw 1.2 dt 3", "theory, infinite width",
                                   &page->spectra[1]);
}

static bs_status draw(const plot_data *data, plot_figure *figure)
{
    plot_spectra_page page = {0};
    bs_status status = read_page(data, &page);
    if (status == BS_OK && !bs_spectra_any(&page.spectra[0])) {
        status = BS_FAIL(BS_ERR_INPUT,
                         "%s: its spectra are empty: are all points done and finite, and more "
                         "than one per axis? `blueshift info %s` shows it",
                         data->path, data->path);
    }
    if (status == BS_OK) {
        bs_spectra_page_draw(data, &page, figure);
    }
    bs_spectra_page_release(&page);
    return status;
}

const plot_view bs_view_spectrum = {
    .name = "spectrum",
    .summary = "power over the wavenumber with error bars, noise floors and, for logits, theory",
    .all = true,
    .no_clip = true,
    .needs = needs_spectrum,
    .draw = draw,
};
