/* Branch statistics: how fast each block's signals vary, and by octave what the branches have in
 * common, with what unrelated networks show. */
#include <string.h>

#include "line_styles.h"
#include "spectrum_page.h"
#include "views.h"

enum { CURVES = 4 };

typedef struct branch_curve {
    const char *name, *style, *label;
} branch_curve;

/* A panel is drawn when the file has its first curve. */
typedef struct branch_panel {
    const char *title, *over;
    branch_curve curves[CURVES];
} branch_panel;

#define SOLID "lw 1.8 " LINE_MEASURED, NULL
#define FOREIGN "lw 1 " LINE_NULL, "with the branch of other realisations"
#define GRAFTED "lw 1 " LINE_GRAFTED, "with another network's path through the same rest"
#define SIGNLESS "lw 1 " LINE_SIGNLESS, "of the squares, blind to signs"
#define PHASELESS "lw 1 " LINE_INDEPENDENT, "without phases: what independent signals give"

static const branch_panel panels[] = {
    {"<k^2> of main paths at random neurons",
     PLOT_OVER_BLOCK,
     {{"block_probe_second_moment[2]", SOLID}}},
    {"sign changes of sums at random neurons",
     PLOT_OVER_BLOCK,
     {{"block_probe_sign_changes[1]", SOLID}}},
    {"<k^2> of main paths' logit surfaces",
     PLOT_OVER_BLOCK,
     {{"block_surface_second_moment[2]", SOLID}}},
    {"correlation of branch losses",
     PLOT_OVER_BAND,
     {{"branch_loss_band_correlation", SOLID}, {"branch_loss_band_correlation_null", FOREIGN}}},
    {"correlation of logit surfaces",
     PLOT_OVER_BAND,
     {{"branch_surface_correlation_logits", SOLID},
      {"branch_surface_correlation_logits_null", FOREIGN},
      {"branch_surface_correlation_squared_logits", SIGNLESS},
      {"branch_surface_correlation_logits_foreign", GRAFTED}}},
    {"exponential downweighting (ED)",
     PLOT_OVER_BAND,
     {{"branch_surface_ed", SOLID}, {"branch_surface_ed_null", FOREIGN}}},
    {"frequency-dependent averaging (FDSA)",
     PLOT_OVER_BAND,
     {{"branch_surface_fdsa", SOLID},
      {"branch_surface_fdsa_null", FOREIGN},
      {"branch_surface_fdsa_without_phases", PHASELESS}}},
    {"correlation of paths' losses",
     PLOT_OVER_BAND,
     {{"path_loss_band_correlation", SOLID}, {"path_loss_band_correlation_null", FOREIGN}}},
    {"correlation of paths' logit surfaces",
     PLOT_OVER_BAND,
     {{"path_surface_correlation_logits", SOLID},
      {"path_surface_correlation_logits_null", FOREIGN},
      {"path_surface_correlation_squared_logits", SIGNLESS}}},
    {"FDSA of the paths",
     PLOT_OVER_BAND,
     {{"path_surface_fdsa", SOLID},
      {"path_surface_fdsa_null", FOREIGN},
      {"path_surface_fdsa_without_phases", PHASELESS}}},
    {"effective number of independent signals",
     PLOT_OVER_WAVENUMBER,
     {{"effective_signals", SOLID},
      {"effective_signals_ceiling", "lw 1 " LINE_INDEPENDENT, "independent signals"}}},
};
enum { PANELS = sizeof panels / sizeof panels[0] };

static bool has_panel(bs_surface *file, const branch_panel *panel)
{
    return bs_spectra_has_over(file, panel->curves[0].name, panel->over);
}

static const char *needs_branches(bs_surface *file)
{
    for (int i = 0; i < PANELS; i++) {
        if (has_panel(file, &panels[i])) {
            return NULL;
        }
    }
    return "branch statistics, which `blueshift analyse` computes of a path with branch losses or "
           "probes";
}

/* Leaves a panel out of which no chosen network has a number. */
static bs_status read_panel(const plot_data *data, const branch_panel *panel,
                            plot_spectra_page *page)
{
    plot_spectra *spectra = &page->spectra[page->count];
    page->titles[page->count++] = panel->title;
    BS_TRY(bs_spectra_open_over(data, panel->curves[0].name, panel->over, spectra));
    spectra->linear = strcmp(panel->over, PLOT_OVER_BAND) == 0;
    for (int c = 0; c < CURVES && panel->curves[c].name != NULL; c++) {
        const branch_curve *curve = &panel->curves[c];
        BS_TRY(bs_spectra_add_optional(data, curve->name, curve->style, curve->label, spectra));
    }
    if (!bs_spectra_any(spectra)) {
        bs_spectra_release(spectra);
        page->count--;
    }
    return BS_OK;
}

bs_status bs_branches_page_read(const plot_data *data, plot_spectra_page *page)
{
    if (data->options->quantity != NULL) {
        return BS_FAIL(BS_ERR_USAGE,
                       "view branches shows quantities of its own; for one of them "
                       "write --view spectrum --quantity %s",
                       data->options->quantity);
    }
    for (int i = 0; i < PANELS; i++) {
        if (has_panel(data->file, &panels[i])) {
            BS_TRY(read_panel(data, &panels[i], page));
        }
    }
    if (page->count == 0) {
        return BS_FAIL(BS_ERR_INPUT,
                       "%s: its branch statistics are empty; are all points done, and has "
                       "`blueshift analyse` run?",
                       data->path);
    }
    return BS_OK;
}

static bs_status draw(const plot_data *data, plot_figure *figure)
{
    plot_spectra_page page = {.undersampling = BS_UNDERSAMPLING_BRANCHES};
    bs_status status = bs_branches_page_read(data, &page);
    if (status == BS_OK) {
        bs_spectra_page_draw(data, &page, figure);
    }
    bs_spectra_page_release(&page);
    return status;
}

const plot_view bs_view_branches = {
    .name = "branches",
    .summary = "of the branches of blocks: <k^2>, correlation by octave, ED and FDSA, with their "
               "nulls",
    .all = true,
    .no_clip = true,
    .no_realisation = true,
    .needs = needs_branches,
    .draw = draw,
};
