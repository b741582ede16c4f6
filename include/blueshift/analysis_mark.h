/* Whether the analysis of a result file came to its end. */
#ifndef BLUESHIFT_ANALYSIS_MARK_H
#define BLUESHIFT_ANALYSIS_MARK_H

#include "blueshift/surface.h"

/* The array with the mark: 1 after an analysis, 0 from its begin to its end. In a file it stands
 * before all that is derived; arrays before it are the sweep's own. */
#define BS_ANALYSIS_MARK "analysis_complete"

typedef enum bs_analysis_state {
    BS_ANALYSIS_NONE,       /* nothing has been derived yet, or the file has no place for it */
    BS_ANALYSIS_INCOMPLETE, /* it was stopped: derived arrays are missing, or of different ages */
    BS_ANALYSIS_COMPLETE
} bs_analysis_state;

/* Reads the mark. Not collective. */
bs_status bs_analysis_mark_read(bs_surface *surface, bs_analysis_state *state);

/* Writes the mark, COMPLETE or INCOMPLETE, in this order: all that any rank has written before is
 * on the disk, then the mark is, then the call returns. A file without the array is left alone.
 * Collective over COMM, that of SURFACE. */
bs_status bs_analysis_mark_write(const bs_comm *comm, bs_surface *surface, bs_analysis_state state);

#endif
