/* Everything that is derived of a file, part after part, and the mark that it is whole. */
#include "blueshift/analysis.h"

static const char COMPLETE[] = BS_ANALYSIS_FIRST;

bs_status bs_analysis_list_arrays(const bs_surface_schema *schema, bs_array_list *list)
{
    static const bs_array complete = {
        .variable = {COMPLETE, "whether the last analysis came to its end", "1"},
        .comment = "0 from the begin of an analysis to its end, then 1; with 0 run blueshift "
                   "analyse on this file",
        .kind = BS_ARRAY_GLOBAL,
    };
    BS_TRY(bs_array_list_add(list, &complete));
    BS_TRY(bs_spectra_list_arrays(schema, list));
    return bs_branches_list_arrays(schema, list);
}

/* Rank 0 tells the file. Everything written before is on the disk before. Collective. */
static bs_status mark(const bs_comm *comm, bs_surface *surface, double complete)
{
    const int array = bs_surface_find_array(surface, COMPLETE);
    BS_TRY(bs_agree(comm, bs_surface_sync(surface)));
    bs_status status = BS_OK;
    if (comm->rank == 0 && array >= 0) {
        status = bs_surface_write_array(surface, array, (bs_range){0, 1}, &complete);
    }
    return bs_agree(comm, status);
}

bs_status bs_analysis_run(const bs_comm *comm, bs_surface *surface,
                          const bs_analysis_options *options, int *skipped)
{
    BS_TRY(mark(comm, surface, 0.0));
    BS_TRY(bs_spectra_run(comm, surface, options, skipped));
    BS_TRY(bs_branches_run(comm, surface, options));
    return mark(comm, surface, 1.0);
}
