/* The mark of a whole analysis, written so that a crash at any time leaves it right. */
#include "blueshift/analysis_mark.h"

bs_status bs_analysis_mark_read(bs_surface *surface, bs_analysis_state *state)
{
    const int array = bs_surface_find_array(surface, BS_ANALYSIS_MARK);
    double mark = -1.0;
    *state = BS_ANALYSIS_NONE;
    if (array < 0) {
        return BS_OK;
    }
    BS_TRY(bs_surface_read_array(surface, array, (bs_range){0, 1}, &mark));
    if (mark == 0.0 || mark == 1.0) { /* else NetCDF's fill value */
        *state = mark == 1.0 ? BS_ANALYSIS_COMPLETE : BS_ANALYSIS_INCOMPLETE;
    }
    return BS_OK;
}

static bs_status write_mark(bs_surface *surface, int array, double mark)
{
    BS_TRY(bs_surface_write_array(surface, array, (bs_range){0, 1}, &mark));
    return bs_surface_sync(surface);
}

bs_status bs_analysis_mark_write(const bs_comm *comm, bs_surface *surface, bs_analysis_state state)
{
    const int array = bs_surface_find_array(surface, BS_ANALYSIS_MARK);
    const double mark = state == BS_ANALYSIS_COMPLETE ? 1.0 : 0.0;
    BS_TRY(bs_agree(comm, bs_surface_sync(surface)));
    return bs_agree(comm, comm->rank == 0 && array >= 0 ? write_mark(surface, array, mark) : BS_OK);
}
