/* Which networks, realisations and range of a result file a command line means. */
#ifndef BLUESHIFT_SELECTION_H
#define BLUESHIFT_SELECTION_H

#include "blueshift/surface.h"

/* Chosen networks, in the order they were named, and realisations. */
typedef struct bs_selection {
    int networks;
    int *network; /* [networks] index in the file */
    int first_realisation, realisations;
} bs_selection;

/* Chooses among what SCHEMA, that of the file PATH, has. NETWORK: names, or numbers from 0 on, with
 * commas between (a name that holds commas stands alone); NULL or "all": all. REALISATION: a number
 * from 0 on; NULL or "all": all. BS_ERR_USAGE names what there is. The caller releases SELECTION,
 * also after a failure. Not collective. */
bs_status bs_selection_make(const bs_surface_schema *schema, const char *path, const char *network,
                            const char *realisation, bs_selection *selection);
void bs_selection_release(bs_selection *selection);

/* The --clip TEXT, "MAX" or "MIN:MAX" of which one may be left out (infinite); NULL: no limits.
 * BS_ERR_USAGE. */
bs_status bs_selection_clip(const char *text, double clip[2]);

#endif
