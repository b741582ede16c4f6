/* What a result file holds, in a few readable lines. */
#ifndef BLUESHIFT_CLI_SUMMARY_H
#define BLUESHIFT_CLI_SUMMARY_H

#include <stdio.h>

#include "blueshift/surface.h"

/* Prints the shape, the state of the points and, for each surface, the least, mean and greatest
 * loss with their places to OUT. Not collective: one rank with a surface of its own. */
bs_status bs_report_print(FILE *out, bs_surface *surface);

#endif
