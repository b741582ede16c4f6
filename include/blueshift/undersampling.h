/* Whether what was derived of a result file says that its grid is too coarse. */
#ifndef BLUESHIFT_UNDERSAMPLING_H
#define BLUESHIFT_UNDERSAMPLING_H

#include "blueshift/surface.h"

/* Names of the arrays of fractions of the power beyond half of Nyquist, as the analysis writes
 * them. */
#define BS_UNDERSAMPLED_LOSS "undersampled_fraction"
#define BS_UNDERSAMPLED_LOGITS "logits_undersampled_fraction"
#define BS_UNDERSAMPLED_PROBES "block_probe_undersampled_fraction"
#define BS_UNDERSAMPLED_SURFACES "block_surface_undersampled_fraction"

/* With more than this fraction of its power beyond half of Nyquist a surface is undersampled: of
 * what lies beyond Nyquist, as much again where the spectrum goes on, all has come back as aliases.
 */
static const double BS_UNDERSAMPLED = 0.01;

/* Which fractions: of the surface and its logits, of the signals and surfaces of branches. */
typedef enum bs_undersampling_of {
    BS_UNDERSAMPLING_WHOLE = 1,
    BS_UNDERSAMPLING_BRANCHES = 2
} bs_undersampling_of;

/* Names the largest fraction of each kind of NETWORK that exceeds the limit, of those that the bits
 * OF choose, as "12 % of the loss, 20 % of the logits", in TEXT: "" when none does, or nothing was
 * derived. Not collective. */
enum { BS_UNDERSAMPLED_TEXT = 128 };
bs_status bs_undersampling_read(bs_surface *surface, int network, unsigned of,
                                char text[BS_UNDERSAMPLED_TEXT]);

#endif
