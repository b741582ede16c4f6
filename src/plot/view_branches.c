/* Branch statistics over the wavenumber: coherence with its bias floor, damping and its factors. */
#include "spectrum_page.h"
#include "views.h"

enum { CURVES = 3 };

typedef struct branch_curve {
    const char *name, *style, *label;
} branch_curve;

/* A panel is drawn when the file has its first curve. */
typedef struct branch_panel {
    const char *title;
    branch_curve curves[CURVES];
} branch_panel;

#define SOLID "lw 1.8"
#define FLOOR "lw 1 dt 2", "what independent signals give"
#define SHUFFLED "lw 1 dt (2,6)", "with random phases"
#define FACTORS(name, kind)                                                                        \
    {                                                                                              \
        {name kind, SOLID, "damping = ED \xC3\x97 FDSA"},                                          \
            {name "_ed" kind, "lw 1.2 dt 2", "exponential downweighting (ED), by radii"},          \
        {                                                                                          \
            name "_fdsa" kind, "lw 1.2 dt 3",                                                      \
                "frequency-dependent signal averaging (FDSA), by angles"                           \
        }                                                                                          \
    }

static const branch_panel panels[] = {
    {"coherence of skip and main branch",
     {{"skip_main_coherence", SOLID, NULL},
      {"coherence_floor", FLOOR},
      {"skip_main_coherence_null", SHUFFLED}}},
    {"correlation of the branches' losses",
     {{"branch_loss_correlation", SOLID, NULL}, {"branch_loss_correlation_floor", FLOOR}}},
    {"damping of the main branch", FACTORS("damping", "")},
    {"damping, branches of unit power", FACTORS("damping", "_scaled")},
    {"coherence of the paths",
     {{"path_coherence", SOLID, NULL},
      {"coherence_floor", FLOOR},
      {"path_coherence_null", SHUFFLED}}},
    {"correlation of the paths' losses",
     {{"path_loss_correlation", SOLID, NULL}, {"path_loss_correlation_floor", FLOOR}}},
    {"damping by averaging paths", FACTORS("path_damping", "")},
    {"effective number of independent signals",
     {{"effective_signals", SOLID, NULL}, {"effective_signals_ceiling", FLOOR}}},
    {"effective number, bias removed", {{"effective_signals_corrected", SOLID, NULL}}},
};
enum { PANELS = sizeof panels / sizeof panels[0] };

static const char *needs_branches(bs_surface *file)
{
    for (int i = 0; i < PANELS; i++) {
        if (bs_spectra_has(file, panels[i].curves[0].name)) {
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
    BS_TRY(bs_spectra_open(data, spectra));
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

static bs_status read_page(const plot_data *data, plot_spectra_page *page)
{
    if (data->options->quantity != NULL) {
        return BS_FAIL(BS_ERR_USAGE,
                       "view branches shows quantities of its own; for one of them "
                       "write --view spectrum --quantity %s",
                       data->options->quantity);
    }
    for (int i = 0; i < PANELS; i++) {
        if (bs_spectra_has(data->file, panels[i].curves[0].name)) {
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
    plot_spectra_page page = {0};
    bs_status status = read_page(data, &page);
    if (status == BS_OK) {
        bs_spectra_page_draw(data, &page, figure);
    }
    bs_spectra_page_release(&page);
    return status;
}

const plot_view bs_view_branches = {
    .name = "branches",
    .summary = "coherence with its bias floor, damping and its two factors",
    .all = true,
    .no_clip = true,
    .no_realisation = true,
    .needs = needs_branches,
    .draw = draw,
};
