/* Which point of a result file --at means. Private to src/cli. */
#ifndef BLUESHIFT_CLI_EXPORT_PLACE_H
#define BLUESHIFT_CLI_EXPORT_PLACE_H

#include "blueshift/path.h"
#include "blueshift/surface.h"

enum { EXPORT_PLACE_TEXT = 128 };

typedef struct export_place {
    bool base; /* the base point, not the coordinates */
    double at[BS_GRID_DIMS];
    char text[EXPORT_PLACE_TEXT]; /* "the base point", or the coordinates with commas between */
    bool measured;                /* whether the file has its values */
    double loss, accuracy;        /* as in the file */
} export_place;

/* Reads AT, "X[,Y[,Z]]" with as many coordinates as PATH has, or NULL for the base point. A point
 * need not lie on the grid; one within a millionth of a step of a sample is that sample, so that
 * rounded coordinates mean the point that was measured. BS_ERR_USAGE. */
bs_status bs_export_place_read(const bs_surface_schema *schema, bs_path_kind path, const char *at,
                               export_place *place);

/* Looks up what SURFACE has of the place in one of its networks and realisations. */
bs_status bs_export_place_measure(bs_surface *surface, bs_path_kind path, int network,
                                  int realisation, export_place *place);

#endif
