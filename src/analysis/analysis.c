/* Everything that is derived of a file, part after part, and the mark that it is whole. */
#include "blueshift/analysis.h"

#include "blueshift/analysis_mark.h"
#include "blueshift/log.h"

bs_status bs_analysis_list_arrays(const bs_surface_schema *schema, bs_array_list *list)
{
    static const bs_array complete = {
        .variable = {BS_ANALYSIS_MARK, "whether the last analysis is complete", "1"},
        .comment = "0 while an analysis is under way, 1 when it is complete; with 0 derived arrays "
                   "are missing or out of date: run blueshift analyse on this file",
        .kind = BS_ARRAY_GLOBAL,
    };
    BS_TRY(bs_array_list_add(list, &complete));
    BS_TRY(bs_spectra_list_arrays(schema, list));
    return bs_branches_list_arrays(schema, list);
}

bs_status bs_analysis_run(const bs_comm *comm, bs_surface *surface,
                          const bs_analysis_options *options, int *skipped)
{
    bs_log(BS_LOG_DEBUG, "analysis: window %s, cutoff %g, tail %g to %g",
           bs_window_name(options->window), options->cutoff, options->tail[0], options->tail[1]);
    BS_TRY(bs_analysis_mark_write(comm, surface, BS_ANALYSIS_INCOMPLETE));
    BS_TRY(bs_spectra_run(comm, surface, options, skipped));
    BS_TRY(bs_branches_run(comm, surface, options));
    return bs_analysis_mark_write(comm, surface, BS_ANALYSIS_COMPLETE);
}

/* Numbers of the global array NAME; as they are where the file has none. */
static bs_status read_global(bs_surface *surface, const char *name, double *numbers)
{
    const int array = bs_surface_find_array(surface, name);
    return array < 0 ? BS_OK : bs_surface_read_array(surface, array, (bs_range){0, 1}, numbers);
}

bs_status bs_analysis_compare(bs_surface *surface, const bs_analysis_options *options, bool *whole,
                              bool *same)
{
    bs_analysis_state state;
    double window = options->window == BS_WINDOW_HANN ? 1.0 : 0.0;
    double cutoff = options->cutoff;
    double tail[2] = {options->tail[0], options->tail[1]};
    const double wanted = window;
    BS_TRY(bs_analysis_mark_read(surface, &state));
    BS_TRY(read_global(surface, BS_ANALYSIS_WINDOW, &window));
    BS_TRY(read_global(surface, BS_ANALYSIS_CUTOFF, &cutoff));
    BS_TRY(read_global(surface, BS_ANALYSIS_TAIL, tail));
    *whole = state == BS_ANALYSIS_COMPLETE;
    *same = window == wanted && cutoff == options->cutoff && tail[0] == options->tail[0] &&
            tail[1] == options->tail[1];
    return BS_OK;
}
