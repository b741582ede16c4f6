/* Checks the header of a classic NetCDF file before the library believes it. */
#ifndef BLUESHIFT_CDF_HEADER_H
#define BLUESHIFT_CDF_HEADER_H

#include "blueshift/status.h"

/* Reads the header of the file open as DESCRIPTOR (CDF-1, CDF-2 or CDF-5, by offset, never moving
 * it) as strictly as the format is defined: every count and length against what is left of the
 * file, names, types, and that each variable has a place of its own within the file. What passes
 * makes the library neither crash nor take more memory than a few times the file's header; what a
 * file of ours never has (records, more than 32 dimensions of a variable) does not pass.
 * BS_ERR_INPUT says what is wrong and where, with PATH for the file's name: another format,
 * damaged, or cut short. Source: the NetCDF classic format specification, and PnetCDF's for CDF-5.
 * Not collective. */
bs_status bs_cdf_header_check(int descriptor, const char *path);

#endif
