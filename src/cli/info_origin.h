/* What a result was measured of, as info says it. */
#ifndef BLUESHIFT_CLI_INFO_ORIGIN_H
#define BLUESHIFT_CLI_INFO_ORIGIN_H

#include <stdio.h>

#include "blueshift/surface.h"

/* Prints images, seed, weights with the beginning of their hashes, and the cosines between
 * directions, each where FILE says it. */
bs_status bs_info_print_origin(FILE *out, bs_surface *file);

#endif
