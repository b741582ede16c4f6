/* A result file in the formats of other programs. */
#ifndef BLUESHIFT_CONVERT_H
#define BLUESHIFT_CONVERT_H

#include <stdbool.h>

#include "blueshift/status.h"

/* What to write, as texts of the command line; NULL: not given. Borrowed. */
typedef struct bs_convert_options {
    const char *output;
    const char *format;      /* a name of bs_convert_format_at; by the output's suffix */
    const char *network;     /* a name, or a number from 0 on; all */
    const char *realisation; /* a number from 0 on, or "all"; all */
    const char *clip;        /* heights: MAX or MIN:MAX of the loss */
    bool logarithmic;        /* heights: log10 of the loss */
    bool replace;            /* an older output of this name may go */
} bs_convert_options;

/* Writes the result FILE as OPTIONS say, whole or not at all. Raw numbers are never altered; a
 * number that is not there yet is NaN (in CSV empty; in NetCDF-4 the fill value that it was).
 * BS_ERR_USAGE for an unknown format or network, or options that do not fit; BS_ERR_INPUT for a
 * file that is no result, or has not the shape that the format needs, and for an output that
 * exists; BS_ERR_IO when the system refuses. Not collective: one process converts. */
bs_status bs_convert(const char *file, const bs_convert_options *options);

/* Name of format INDEX, and what it is; NULL after the last. */
const char *bs_convert_format_at(int index, const char **summary);

#endif
