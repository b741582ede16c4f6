/* Power spectra of all networks in one picture; of planes and volumes binned by |k|. */
#include "blueshift/text.h"
#include "line_styles.h"
#include "spectrum_page.h"
#include "views.h"

static const char *needs_spectrum(bs_surface *file)
{
    return bs_spectra_exist(file) ? NULL : "spectra, which `blueshift analyse` computes";
}

static bs_status add_panel(const plot_data *data, const char *name, plot_spectra_page *page)
{
    plot_spectra *spectra = &page->spectra[page->count++];
    BS_TRY(bs_spectra_open(data, spectra));
    return name != NULL ? bs_spectra_add(data, name, "lw 1.5 " LINE_MEASURED, NULL, spectra)
                        : bs_spectra_add_power(data, spectra);
}

/* The loss, and beside it the logits, which theory knows; or the quantity that was asked for.
 * Several networks are compared at unit power: scales of losses and logits differ by orders of
 * magnitude and say nothing of frequencies. */
bs_status bs_spectrum_page_read(const plot_data *data, plot_spectra_page *page)
{
    static const char loss[] = "normalised_power";
    static const char logits[] = "logits_normalised_power_mean";
    if (data->options->quantity != NULL) {
        return add_panel(data, data->options->quantity, page);
    }
    bool unit = data->networks > 1 && bs_spectra_has(data->file, loss);
    BS_TRY(add_panel(data, unit ? loss : NULL, page));
    if (bs_spectra_has(data->file, "theory_power")) {
        BS_TRY(add_panel(data, "theory_power", page));
        bool applies = bs_spectra_any(&page->spectra[1]);
        bs_spectra_release(&page->spectra[--page->count]);
        if (applies) {
            BS_TRY(add_panel(data, "logits_power_mean", page));
            return bs_spectra_add(data, "theory_power", "lw 1.2 " LINE_THEORY,
                                  "theory, infinite width", &page->spectra[1]);
        }
    }
    return bs_spectra_has(data->file, logits) ? add_panel(data, logits, page) : BS_OK;
}

static bs_status draw(const plot_data *data, plot_figure *figure)
{
    plot_spectra_page page = {.undersampling = BS_UNDERSAMPLING_WHOLE};
    bs_status status = bs_spectrum_page_read(data, &page);
    if (status == BS_OK && !bs_spectra_any(&page.spectra[0])) {
        char word[BS_SHELL_WORD];
        status = BS_FAIL(BS_ERR_INPUT,
                         "%s: its spectra are empty: are all points done and finite, and more "
                         "than one per axis? `blueshift info %s` shows it",
                         data->path, bs_text_shell_word(data->path, word, sizeof word));
    }
    if (status == BS_OK) {
        bs_spectra_page_draw(data, &page, figure);
    }
    bs_spectra_page_release(&page);
    return status;
}

const plot_view bs_view_spectrum = {
    .name = "spectrum",
    .summary =
        "power over the wavenumber with error bars, of several networks at unit power, and of "
        "logits, with theory",
    .all = true,
    .no_clip = true,
    .needs = needs_spectrum,
    .draw = draw,
};
